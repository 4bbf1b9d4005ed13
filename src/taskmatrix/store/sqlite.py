"""The engine over a SQLite file.

The file is in write-ahead mode, so readers never wait. Events of a journal are written with `synchronous=FULL`:
they survive a power cut. API documents are written with `NORMAL`: a power cut may take the last of them back as
a whole, never in part, and they can be imported again.
"""

from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.pool import ConnectionPoolEntry

CACHE_KIB = 16 * 1024
"""Memory a connection may keep pages in: with SQLite's own 2 MB a bulk import pages more."""


def make_engine(path: Path, busy_seconds: float) -> Engine:
    """Return the engine over a file; `taskmatrix_write` among a connection's options makes it a writer."""
    url = URL.create("sqlite", database=str(path))
    engine = create_engine(url, connect_args={"timeout": busy_seconds})

    def prepare(connection: object, _entry: ConnectionPoolEntry) -> None:
        # The driver's own transaction handling would commit behind our back; `begin` below does it instead.
        connection.isolation_level = None  # pyright: ignore[reportAttributeAccessIssue]
        for pragma in ("foreign_keys = ON", f"cache_size = -{CACHE_KIB}"):
            connection.execute(f"PRAGMA {pragma}").close()  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]

    event.listen(engine, "connect", prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _begin(connection: Connection) -> None:
    durable = connection.get_execution_options().get("taskmatrix_write")
    if durable is None:
        connection.exec_driver_sql("BEGIN")
    else:
        connection.exec_driver_sql(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
        # A writer that started as a reader could not wait for another writer: SQLite refuses it at once.
        connection.exec_driver_sql("BEGIN IMMEDIATE")
