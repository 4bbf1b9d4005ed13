"""Short transactions on one connection of a SQLite file, without the layers above the driver.

The journal writes two of them for each call of a program; by way of SQLAlchemy one costs about 0.5 ms of processor
time, here about 0.05 ms.
"""

import sqlite3
import threading
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from typing import TypeVar, cast

from sqlalchemy import Engine, PoolProxiedConnection

_T = TypeVar("_T")


class DirectWriter:
    """Holds one connection, opened at first use, for one thread at a time."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._borrowed: PoolProxiedConnection | None = None
        self._durable: bool | None = None

    def write(self, work: Callable[[sqlite3.Connection], _T], *, durable: bool) -> _T:
        """Do something in a transaction: kept at the end, dropped if `work` raises. Raises sqlite3.Error."""
        with self._lock:
            connection = self._connection()
            if durable != self._durable:
                connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}").close()
                self._durable = durable
            connection.execute("BEGIN IMMEDIATE").close()
            try:
                result = work(connection)
                connection.execute("COMMIT").close()
            except BaseException:
                with suppress(sqlite3.Error):  # a full disk may have ended the transaction already
                    connection.execute("ROLLBACK").close()
                raise
            return result

    def rows(self, sql: str, values: Mapping[str, str | int]) -> list[tuple[object, ...]]:
        """Return the rows of one SELECT, in no transaction. Raises sqlite3.Error."""
        with self._lock, closing(self._connection().execute(sql, values)) as cursor:
            return cursor.fetchall()

    def close(self) -> None:
        """Let go of the connection."""
        with self._lock:
            borrowed, self._borrowed, self._durable = self._borrowed, None, None
            if borrowed is not None:
                borrowed.invalidate()  # closed: another user of the pool would find other settings

    def _connection(self) -> sqlite3.Connection:
        if self._borrowed is None:
            self._borrowed = self._engine.raw_connection()
        return cast(sqlite3.Connection, self._borrowed.driver_connection)
