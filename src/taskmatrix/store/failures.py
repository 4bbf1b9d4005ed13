"""From what the driver and the operating system raise to the one error tree."""

import errno
import os
import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from taskmatrix.core.errors import StoreBusyError, StoreError, StoreForeignError, StoreFullError
from taskmatrix.store.postgres_failures import translate_postgres

MOVE_AWAY = "move that file away, or set TASKMATRIX_HOME to another folder"
OTHER_PLACE = "set TASKMATRIX_HOME to a folder you may write to"
FREE_SPACE = "free some space, or set TASKMATRIX_HOME to a folder on another disk"
UNSOUND_PLACE = "see whether that disk is sound, or set TASKMATRIX_HOME to a folder on another disk"

_FULL_BELOW = 256 * 1024
"""SQLite gives back what it could not use, so a full disk has a little room again when the error is read."""
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@contextmanager
def translated(where: str) -> Generator[None, None, None]:
    """Raise what the driver or the operating system raises inside as a StoreError that names `where`."""
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error, OSError) as error:
        raise translate(error, where) from error


def translate(error: Exception, where: str) -> StoreError:
    """Return the StoreError that stands for a driver's or the operating system's error."""
    if isinstance(error, DBAPIError) and isinstance(error.orig, Exception):
        return translate(error.orig, where)
    if isinstance(error, sqlite3.Error):
        return _of_sqlite(error, where)
    if hasattr(error, "sqlstate"):
        return translate_postgres(error, where)
    if isinstance(error, OSError):
        return _of_system(error, where)
    if isinstance(error, PoolTimeoutError):
        return StoreBusyError(f"{where} has no connection free", hint="try again")
    return StoreError(f"{where}: {error}")


def _of_sqlite(error: sqlite3.Error, where: str) -> StoreError:
    # Errors raised by the Python module itself (a closed connection, say) carry no code.
    primary = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if primary in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return StoreBusyError(f"{where} is locked by another process", hint="wait for it to finish, then try again")
    unclear = primary in (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN)
    if primary == sqlite3.SQLITE_FULL or (unclear and _is_full(Path(where))):
        return StoreFullError(f"no space is left to write {where}", hint=FREE_SPACE)
    if primary == sqlite3.SQLITE_NOTADB:
        return StoreForeignError(f"{where} is no TaskMatrix database", hint=MOVE_AWAY)
    if primary == sqlite3.SQLITE_CORRUPT:
        return StoreError(f"{where} is damaged: {error}", hint=f"restore it from a copy, or {MOVE_AWAY}")
    if primary in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        return StoreError(f"{where} cannot be written: {error}", hint=OTHER_PLACE)
    if primary == sqlite3.SQLITE_IOERR:
        return StoreError(f"{where} cannot be read or written: {error}", hint=UNSOUND_PLACE)
    return StoreError(f"{where}: {error}")


def _is_full(place: Path) -> bool:
    """Tell whether the disk that holds a place, or would hold it, has no room left for bytes or for files."""
    try:
        nearest = next(path for path in (place, *place.parents) if path.exists())
        disk = os.statvfs(nearest)
    except (OSError, StopIteration):
        return False
    return disk.f_bavail * disk.f_frsize < _FULL_BELOW or (disk.f_files > 0 and disk.f_favail == 0)


def _of_system(error: OSError, where: str) -> StoreError:
    if error.errno in _FULL:
        return StoreFullError(f"no space is left to write {where}", hint=FREE_SPACE)
    return StoreError(f"{where} cannot be used: {error.strerror or error}", hint=OTHER_PLACE)
