"""From what the driver and the operating system raise to the one error tree."""

import errno
import sqlite3
from collections.abc import Generator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from taskmatrix.core.errors import StoreBusyError, StoreError, StoreForeignError, StoreFullError

MOVE_AWAY = "move that file away, or set TASKMATRIX_HOME to another folder"
OTHER_PLACE = "set TASKMATRIX_HOME to a folder you may write to"
FREE_SPACE = "free some space, or set TASKMATRIX_HOME to a folder on another disk"

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
    if primary == sqlite3.SQLITE_FULL:
        return StoreFullError(f"no space is left to write {where}", hint=FREE_SPACE)
    if primary == sqlite3.SQLITE_NOTADB:
        return StoreForeignError(f"{where} is no TaskMatrix database", hint=MOVE_AWAY)
    if primary == sqlite3.SQLITE_CORRUPT:
        return StoreError(f"{where} is damaged: {error}", hint=f"restore it from a copy, or {MOVE_AWAY}")
    if primary in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        return StoreError(f"{where} cannot be written: {error}", hint=OTHER_PLACE)
    return StoreError(f"{where}: {error}")


def _of_system(error: OSError, where: str) -> StoreError:
    if error.errno in _FULL:
        return StoreFullError(f"no space is left to write {where}", hint=FREE_SPACE)
    return StoreError(f"{where} cannot be used: {error.strerror or error}", hint=OTHER_PLACE)
