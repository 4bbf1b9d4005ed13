"""`Database`: one engine over the registry's database, with transactions that say how durable they must be.

**Transactions that join.** Inside `with database.write():` every further `read` and `write` of the same database
in the same thread joins that transaction, so that several stores change together or not at all. An inner `write`
that raises takes back what it did itself (a savepoint), also where the outer block catches the error and goes on.
The outermost `write` decides how durable all of it is. A `write` inside a `read` is a transaction of its own,
which that `read` does not see. Never wait for anything asynchronous inside a transaction.

**Who waits for whom.** In a SQLite file one writer at a time, whatever it writes; readers never wait. In PostgreSQL
a `write` waits for those that hold the same `lock`: by default the registry's, so that what was looked up inside
the block still holds when it is acted upon. `lock=None` is for rows that are only added.
"""

import sqlite3
import threading
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from sqlalchemy import Connection, Engine, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from taskmatrix.core.errors import SettingError
from taskmatrix.store import postgres, sqlite
from taskmatrix.store.creation import ensure_schema
from taskmatrix.store.direct import DirectWriter
from taskmatrix.store.failures import translate, translated

_T = TypeVar("_T")

BUSY_SECONDS = 10.0
"""How long a transaction waits for another process's."""

REGISTRY = "registry"
"""The lock of whoever changes the catalogue, its change counter or its owners."""


@dataclass(frozen=True, slots=True)
class _Open:
    """A transaction that further ones may join."""

    database: "Database"
    connection: Connection
    writes: bool
    thread: int


_OPEN: ContextVar[tuple[_Open, ...]] = ContextVar("taskmatrix_open_transactions", default=())


class Database:
    """The source of truth. Safe to share between threads; other processes may use the same database.

    `where` names it for people and for comparing, and never holds a password. `locks` is a folder for locks that
    the processes of this machine that use this database share.
    """

    def __init__(self, engine: Engine, where: str, locks: Path) -> None:
        self._engine = engine
        self._direct = DirectWriter(engine)
        self.where = where
        self.locks = locks

    @contextmanager
    def read(self) -> Generator[Connection, None, None]:
        """Give a connection whose statements all see one state; inside a `write`, its own. Raises StoreError."""
        outer = self._outer()
        if outer is not None:
            yield outer.connection
            return
        with self._translated(), self._engine.connect() as plain:
            connection = plain.execution_options(**postgres.READING) if self.is_postgres else plain
            with connection.begin(), self._joinable(connection, writes=False):
                yield connection

    @contextmanager
    def write(self, *, durable: bool = True, lock: str | None = REGISTRY) -> Generator[Connection, None, None]:
        """Give a connection in a transaction: kept when the outermost block ends, dropped when it raises.

        `durable` waits until the disk has it. Raises StoreError.
        """
        outer = self._outer()
        if outer is not None and outer.writes:
            with self._translated(), outer.connection.begin_nested():
                self._hold(outer.connection, lock)
                yield outer.connection
            return
        with self._translated(), self._engine.connect() as plain:
            connection = plain.execution_options(taskmatrix_write=durable)
            with connection.begin(), self._joinable(connection, writes=True):
                if self.is_postgres and not durable:
                    postgres.relax(connection)
                self._hold(connection, lock)
                yield connection

    def session(self) -> Connection:
        """Return a connection of its own, in no transaction, for locks that last; close it. Raises StoreError."""
        with self._translated():
            return self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")

    @property
    def is_direct(self) -> bool:
        """Whether `write_directly` may be used: not in PostgreSQL, nor inside a transaction, which is to be joined."""
        return not self.is_postgres and self._outer() is None

    def write_directly(self, work: Callable[[sqlite3.Connection], _T], *, durable: bool) -> _T:
        """Do something with the driver's own connection to a SQLite file, in one transaction. Raises StoreError."""
        with translated(self.where):
            return self._direct.write(work, durable=durable)

    def rows(self, sql: str, values: Mapping[str, str | int]) -> Sequence[Sequence[object]]:
        """Return the rows of one SELECT with named parameters, as the driver gives them. Raises StoreError.

        For what every run looks up: in a SQLite file it costs a tenth of `read`.
        """
        if not self.is_direct:
            with self.read() as connection:
                return connection.execute(text(sql), values).all()
        with translated(self.where):
            return self._direct.rows(sql, values)

    @property
    def is_postgres(self) -> bool:
        """Whether this is PostgreSQL, not SQLite."""
        return self._engine.dialect.name == "postgresql"

    def close(self) -> None:
        """Let go of the database."""
        self._direct.close()
        self._engine.dispose()

    def _outer(self) -> _Open | None:
        """Return the innermost open transaction of this database in this thread."""
        thread = threading.get_ident()
        for found in reversed(_OPEN.get()):
            # Tasks and threads inherit what was open where they were started.
            if found.database is self and found.thread == thread and not found.connection.closed:
                return found
        return None

    @contextmanager
    def _joinable(self, connection: Connection, *, writes: bool) -> Generator[None, None, None]:
        before = _OPEN.get()
        _OPEN.set((*before, _Open(self, connection, writes, threading.get_ident())))
        try:
            yield
        finally:
            _OPEN.set(before)

    @contextmanager
    def _translated(self) -> Generator[None, None, None]:
        try:
            yield
        except SQLAlchemyError as error:
            raise translate(error, self.where) from error

    def _hold(self, connection: Connection, lock: str | None) -> None:
        if lock is not None and self.is_postgres:
            postgres.hold(connection, lock)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_database(url: str | None, home: Path, *, busy_seconds: float = BUSY_SECONDS) -> Database:
    """Open the registry, creating tables, and for SQLite `home` and the file, where they do not exist yet.

    `url` is `sqlite:///PATH` or `postgresql://USER:PASSWORD@HOST/DATABASE`; without one the file is
    `HOME/taskmatrix.db`. A database that is not ours is left as it is. Raises StoreForeignError, StoreBusyError,
    StoreFullError, StoreError, SettingError.
    """
    parsed = _parsed(url) if url else URL.create("sqlite", database=str(home / "taskmatrix.db"))
    if parsed.drivername.split("+")[0] in postgres.SCHEMES:
        return _open_postgres(parsed, home, busy_seconds)
    return _open_sqlite(_path(parsed), busy_seconds)


def _open_sqlite(path: Path, busy_seconds: float) -> Database:
    with translated(str(path)):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        engine = sqlite.make_engine(path, busy_seconds)
        try:
            ensure_schema(engine, path, busy_seconds)
        except BaseException:
            engine.dispose()
            raise
    return Database(engine, str(path), Path(f"{path}-locks"))


def _open_postgres(url: URL, home: Path, busy_seconds: float) -> Database:
    where = postgres.name(url)
    engine = postgres.make_engine(url, busy_seconds)
    with translated(where):
        try:
            postgres.ensure_schema(engine, where)
        except BaseException:
            engine.dispose()
            raise
    return Database(engine, where, home / "locks" / postgres.folder_name(where))


def _parsed(url: str) -> URL:
    try:
        return make_url(url)
    except (ArgumentError, ValueError):
        # What the parser says may quote the password.
        raise SettingError(
            "the database URL cannot be read",
            hint="it looks like sqlite:////folder/registry.db or postgresql://user:password@host/database;"
            " special characters of a password are written as %40 and so on",
        ) from None


def _path(url: URL) -> Path:
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        raise SettingError(
            f"the database URL {url.set(query={}).render_as_string(hide_password=True)!r} names neither a SQLite file"
            " nor a PostgreSQL database",
            hint="use sqlite:////folder/registry.db or postgresql://user:password@host/database, or leave it unset",
        )
    return Path(url.database).expanduser()
