"""`Database`: one engine over the registry's file, with transactions that say how durable they must be.

SQLite runs in write-ahead mode, so readers never wait. Events of a journal are written with `synchronous=FULL`:
they survive a power cut. API documents are written with `NORMAL`: a power cut may take the last of them back as
a whole, never in part, and they can be imported again.
"""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from taskmatrix.core.errors import SettingError
from taskmatrix.store.creation import ensure_schema
from taskmatrix.store.failures import translate, translated

BUSY_SECONDS = 10.0
"""How long a transaction waits for another process's."""


CACHE_KIB = 16 * 1024
"""Memory a connection may keep pages in: with SQLite's own 2 MB a bulk import pages more."""


class Database:
    """The source of truth. Safe to share between threads; other processes may use the same file."""

    def __init__(self, engine: Engine, where: str) -> None:
        self._engine = engine
        self.where = where

    @contextmanager
    def read(self) -> Generator[Connection, None, None]:
        """Give a connection whose statements all see one state. Raises StoreError."""
        with self._transaction(None) as connection:
            yield connection

    @contextmanager
    def write(self, *, durable: bool = True) -> Generator[Connection, None, None]:
        """Give a connection in a transaction of its own: kept when the block ends, dropped when it raises.

        `durable` waits until the disk has it. Raises StoreError.
        """
        with self._transaction("FULL" if durable else "NORMAL") as connection:
            yield connection

    @contextmanager
    def _transaction(self, synchronous: str | None) -> Generator[Connection, None, None]:
        try:
            with self._engine.connect() as plain:
                connection = plain.execution_options(taskmatrix_write=synchronous)
                with connection.begin():
                    yield connection
        except SQLAlchemyError as error:
            raise translate(error, self.where) from error

    def close(self) -> None:
        """Let go of the file."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_database(url: str | None, home: Path, *, busy_seconds: float = BUSY_SECONDS) -> Database:
    """Open the registry, creating `home`, the file and its tables where they do not exist yet.

    `url` is `sqlite:///PATH`; without one the file is `HOME/taskmatrix.db`. A file that is not ours is left as
    it is. Raises StoreForeignError, StoreBusyError, StoreFullError, StoreError, SettingError.
    """
    path = _path(url) if url else home / "taskmatrix.db"
    with translated(str(path)):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        engine = _engine(path, busy_seconds)
        try:
            ensure_schema(engine, path, busy_seconds)
        except BaseException:
            engine.dispose()
            raise
    return Database(engine, str(path))


def _path(url: str) -> Path:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise SettingError(
            "the database URL cannot be read", hint="it looks like sqlite:////folder/registry.db"
        ) from error
    if parsed.get_backend_name() != "sqlite" or not parsed.database or parsed.database == ":memory:":
        raise SettingError(
            f"the database URL {parsed.render_as_string(hide_password=True)!r} names no SQLite file",
            hint="use sqlite:////folder/registry.db, or leave it unset",
        )
    return Path(parsed.database).expanduser()


def _engine(path: Path, busy_seconds: float) -> Engine:
    url = URL.create("sqlite", database=str(path))
    engine = create_engine(url, connect_args={"timeout": busy_seconds})

    def prepare(connection: object, _entry: ConnectionPoolEntry) -> None:
        # The driver's own transaction handling would commit behind our back; `begin` below does it instead.
        connection.isolation_level = None  # pyright: ignore[reportAttributeAccessIssue]
        for pragma in ("foreign_keys = ON", f"cache_size = -{CACHE_KIB}"):
            connection.execute(f"PRAGMA {pragma}").close()  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]

    def begin(connection: Connection) -> None:
        synchronous = connection.get_execution_options().get("taskmatrix_write")
        if synchronous is None:
            connection.exec_driver_sql("BEGIN")
        else:
            connection.exec_driver_sql(f"PRAGMA synchronous = {synchronous}")
            # A writer that started as a reader could not wait for another writer: SQLite refuses it at once.
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    event.listen(engine, "connect", prepare)
    event.listen(engine, "begin", begin)
    return engine
