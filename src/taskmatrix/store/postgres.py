"""The engine over a PostgreSQL database, through psycopg 3.

Readers are `REPEATABLE READ`: all their statements see one state. Writers are `READ COMMITTED` and take an advisory
lock first: a state fixed before the lock was given would be out of date. Both kinds of lock end with the
transaction, however it ends.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

import sqlalchemy
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL
from sqlalchemy.pool import ConnectionPoolEntry

from taskmatrix.core.errors import SettingError, StoreForeignError
from taskmatrix.store.migrations import HEAD, REVISIONS, VERSION_TABLE
from taskmatrix.store.tables import metadata
from taskmatrix.store.upgrading import upgrade

SCHEMES = ("postgresql", "postgres")

READING: Mapping[str, Any] = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
"""Execution options of a connection that only reads."""

CONNECT_SECONDS = 10
_HOLD = text("SELECT pg_advisory_xact_lock(hashtextextended(coalesce(current_schema(), '') || '/' || :lock, 0))")
_OWN_PLACE = "give TaskMatrix a database, or a schema, of its own"
_SHOWN = ("host", "port", "service", "options")


def name(url: URL) -> str:
    """Return the URL as it may be shown: no password, and of the options only those that say which database."""
    shown = {key: value for key, value in url.query.items() if key in _SHOWN}
    plain = url.set(drivername="postgresql", query=shown)
    return URL.create(
        "postgresql", plain.username, None, plain.host, plain.port, plain.database, plain.query
    ).render_as_string(hide_password=False)


def folder_name(where: str) -> str:
    """Return a name for a folder that belongs to one database."""
    return hashlib.sha256(where.encode(errors="replace")).hexdigest()[:16]


def make_engine(url: URL, busy_seconds: float) -> Engine:
    """Return the engine. Raises SettingError without the driver."""
    try:
        import psycopg  # noqa: F401 # pyright: ignore[reportUnusedImport]
    except ImportError as error:
        raise SettingError(
            f"PostgreSQL cannot be used: {error}", hint='install its driver: pip install "taskmatrix[postgres]"'
        ) from error
    given = {"connect_timeout": str(CONNECT_SECONDS), "application_name": "taskmatrix"} | dict(url.query)
    engine = create_engine(
        url.set(drivername="postgresql+psycopg", query=given),
        # Whatever the server's or the user's defaults are.
        isolation_level="READ COMMITTED",
        client_encoding="utf8",
        # A server that was restarted costs nobody a transaction.
        pool_pre_ping=True,
        pool_timeout=busy_seconds,
        use_native_hstore=False,
    )
    milliseconds = max(1, round(busy_seconds * 1000))

    def prepare(connection: Any, _entry: ConnectionPoolEntry) -> None:
        connection.autocommit = True
        connection.execute(f"SET lock_timeout = {milliseconds}")
        connection.autocommit = False

    event.listen(engine, "connect", prepare)
    return engine


def hold(connection: Connection, lock: str) -> None:
    """Wait for a lock, and hold it until the transaction ends. Each schema has its own."""
    connection.execute(_HOLD, {"lock": f"taskmatrix/{lock}"})


def relax(connection: Connection) -> None:
    """Let this transaction end before the disk has it: a crash may take it back as a whole, never in part."""
    connection.exec_driver_sql("SET LOCAL synchronous_commit = off")


def ensure_schema(engine: Engine, where: str) -> None:
    """Create the tables, or bring them up to date.

    Raises StoreForeignError for tables that are not ours or of a newer version.
    """
    with engine.connect() as connection, connection.begin():
        if _read_version(connection, where) == HEAD:
            return
    with engine.connect() as connection, connection.begin():
        hold(connection, "schema")
        # Asked again, since somebody else may have done the work while this process waited.
        found = _read_version(connection, where)
        if found is None:
            _check_place(connection, where)
        if found != HEAD:
            upgrade(connection)


def _read_version(connection: Connection, where: str) -> str | None:
    if not sqlalchemy.inspect(connection).has_table(VERSION_TABLE["postgresql"]):
        return None
    found = connection.exec_driver_sql(f"SELECT version_num FROM {VERSION_TABLE['postgresql']}").scalar()
    if found is not None and found not in REVISIONS:
        raise StoreForeignError(
            f"{where} was written by a newer version of TaskMatrix (schema {found!r}, this one knows {HEAD!r})",
            hint=f"upgrade taskmatrix, or {_OWN_PLACE}",
        )
    return found


def _check_place(connection: Connection, where: str) -> None:
    """Refuse a database that holds somebody else's tables, or cannot hold every character."""
    taken = sorted(set(sqlalchemy.inspect(connection).get_table_names()) & set(metadata.tables))
    if taken:
        raise StoreForeignError(
            f"{where} has a table {taken[0]!r} that is not TaskMatrix's", hint=f"leave it as it is, and {_OWN_PLACE}"
        )
    encoding = connection.exec_driver_sql("SHOW server_encoding").scalar()
    if encoding != "UTF8":
        raise StoreForeignError(
            f"{where} is encoded as {encoding}, and API documents are Unicode",
            hint="create the database with ENCODING 'UTF8' TEMPLATE template0",
        )
