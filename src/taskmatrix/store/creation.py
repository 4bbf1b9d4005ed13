"""Making sure that a SQLite file is ours and has the newest schema, before anything else touches it.

The order of creation matters: tables, schema version and `application_id` appear in one transaction, and only
then the file goes to write-ahead logging. So the first hundred bytes of a file say whether it is complete, and
a file that is somebody else's is recognised without opening it for writing.
"""

import fcntl
import sqlite3
import time
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Literal
from urllib.parse import quote

import sqlalchemy
from sqlalchemy import Engine

from taskmatrix.core.errors import StoreBusyError, StoreForeignError
from taskmatrix.store.failures import MOVE_AWAY
from taskmatrix.store.migrations import HEAD, REVISIONS
from taskmatrix.store.upgrading import upgrade

APPLICATION_ID = 0x544D4149
"""What a TaskMatrix database carries in its header (`TMAI`), as `file` and `PRAGMA application_id` show it."""

_MAGIC = b"SQLite format 3\x00"

State = Literal["complete", "incomplete", "empty", "foreign"]


def inspect(path: Path) -> State:
    """Say what a file is, from its header; one without our mark is opened read-only. Raises OSError."""
    try:
        with path.open("rb") as file:
            header = file.read(100)
    except FileNotFoundError:
        return "empty"
    if not header:
        return "empty"
    if not header.startswith(_MAGIC) or len(header) < 100:
        return "foreign"
    if int.from_bytes(header[68:72], "big") == APPLICATION_ID:
        return "complete" if header[18:20] == b"\x02\x02" else "incomplete"
    return "foreign" if _has_content(path) else "empty"


def _has_content(path: Path) -> bool:
    if path.with_name(path.name + "-wal").exists():
        return True
    # `immutable` keeps SQLite from creating lock and log files beside a file that is not ours.
    uri = f"file:{quote(str(path))}?mode=ro&immutable=1"
    with closing(sqlite3.connect(uri, uri=True)) as connection:
        return connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] > 0


def ensure_schema(engine: Engine, path: Path, wait: float) -> None:
    """Create the schema, or bring it up to date.

    Raises StoreForeignError for a file that is not ours or newer than this version; StoreBusyError.
    """
    state = inspect(path)
    if state == "complete" and read_version(engine, path) == HEAD:
        return
    if state == "foreign":
        # Before the lock, which is a file beside it.
        raise StoreForeignError(f"{path} is no TaskMatrix database", hint=MOVE_AWAY)
    with _alone(path, wait):
        # Asked again, since somebody else may have done the work while this process waited.
        if inspect(path) == "empty" or read_version(engine, path) != HEAD:
            _upgrade(engine)
        with closing(engine.raw_connection()) as raw:
            raw.cursor().execute("PRAGMA journal_mode = WAL")


def read_version(engine: Engine, path: Path) -> str | None:
    """Return the schema's revision, None where there is none.

    Raises StoreForeignError for one that this version does not know.
    """
    with engine.connect() as connection:
        if not sqlalchemy.inspect(connection).has_table("alembic_version"):
            return None
        found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    if found is not None and found not in REVISIONS:
        raise StoreForeignError(
            f"{path} was written by a newer version of TaskMatrix (schema {found!r}, this one knows {HEAD!r})",
            hint=f"upgrade taskmatrix, or {MOVE_AWAY}",
        )
    return found


def _upgrade(engine: Engine) -> None:
    with engine.connect() as plain:
        connection = plain.execution_options(taskmatrix_write=True)
        with connection.begin():
            connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
            upgrade(connection)


@contextmanager
def _alone(path: Path, wait: float) -> Generator[None, None, None]:
    """Hold the one lock under which a database is created or migrated."""
    deadline = time.monotonic() + max(wait, 0.0)
    with path.with_name(path.name + ".lock").open("ab") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise StoreBusyError(
                        f"{path} is being created or migrated by another process", hint="try again in a moment"
                    ) from None
                time.sleep(0.02)
        yield
