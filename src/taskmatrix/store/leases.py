"""Leases in PostgreSQL: names that one process holds, on whatever machine, until it lets go or is gone.

They are advisory locks of one session. The server lets go of them when the session ends, however it ends; that of a
machine that vanished ends when it has not answered for `KEEPALIVE_SECONDS`.
"""

import threading
from contextlib import suppress

from sqlalchemy import Connection, TextClause, text
from sqlalchemy.exc import SQLAlchemyError

from taskmatrix.core.errors import StoreError
from taskmatrix.store.database import Database

KEEPALIVE_SECONDS = 30
"""After this long without an answer the server takes a client for gone."""

_KEY = "hashtextextended(coalesce(current_schema(), '') || '/taskmatrix/lease/' || :name, 0)"
_TAKE = text(f"SELECT pg_try_advisory_lock({_KEY})")
_LET_GO = text(f"SELECT pg_advisory_unlock({_KEY})")
_IS_TAKEN = text(
    f"SELECT EXISTS (SELECT 1 FROM pg_locks, (SELECT {_KEY} AS key) AS wanted WHERE locktype = 'advisory' AND granted"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND objsubid = 1"
    " AND classid::bigint = (wanted.key >> 32) & 4294967295 AND objid::bigint = wanted.key & 4294967295)"
)


class Leases:
    """What this process holds. Safe to share between threads."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._session: Connection | None = None
        self._held: set[str] = set()
        self._guard = threading.Lock()

    def take(self, name: str) -> bool:
        """Take a lease; False where any process, this one too, holds it. Raises StoreError."""
        with self._guard:
            if name in self._held or not self._ask(_TAKE, name):
                return False
            self._held.add(name)
            return True

    def let_go(self, name: str) -> None:
        """Give a lease back; one that is lost already is forgotten."""
        with self._guard:
            self._held.discard(name)
            with suppress(StoreError):
                self._ask(_LET_GO, name)

    def holds(self) -> bool:
        """Whether everything that was taken is still held: not, once the session was lost."""
        with self._guard:
            try:
                return self._session is None or bool(self._session.execute(text("SELECT true")).scalar())
            except SQLAlchemyError:
                return False

    def is_taken(self, name: str) -> bool:
        """Whether some process holds a lease. Raises StoreError."""
        with self._database.read() as connection:
            return bool(connection.execute(_IS_TAKEN, {"name": name}).scalar())

    def close(self) -> None:
        """Let go of everything."""
        with self._guard:
            session, self._session = self._session, None
            self._held.clear()
            if session is not None:
                # The connection itself: one that went back to the pool would keep its locks.
                session.invalidate()
                session.close()

    def _ask(self, question: TextClause, name: str) -> bool:
        try:
            return bool(self._open().execute(question, {"name": name}).scalar())
        except SQLAlchemyError as error:
            raise StoreError(
                f"the database at {self._database.where} cannot be reached, and what this process held there is lost",
                hint="see that the server runs, then go on",
            ) from error

    def _open(self) -> Connection:
        if self._session is None:
            self._session = self._database.session()
            for name, value in (("idle", KEEPALIVE_SECONDS // 2), ("interval", KEEPALIVE_SECONDS // 6), ("count", 3)):
                self._session.exec_driver_sql(f"SET tcp_keepalives_{name} = {value}")
        return self._session
