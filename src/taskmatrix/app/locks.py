"""One process at a time has a run in hand: no call is made twice, and a run whose process is gone is known."""

import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from taskmatrix.core.errors import UsageError
from taskmatrix.store import translated


@contextmanager
def hold_run(folder: Path, run_id: str) -> Generator[None, None, None]:
    """Hold a run while it is carried out. Raises UsageError if another process does so now.

    The system lets go of the lock of a process that ends, however it ends.
    """
    place = folder / run_id
    with translated(str(place)):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = place.open("w")
    with lock:
        if not (_take(lock, fcntl.LOCK_EX) and _is_at(lock, place)):
            raise UsageError(
                f"another process is carrying out run {run_id}", hint=f"see `taskmatrix runs show {run_id}`"
            )
        try:
            yield
        finally:
            place.unlink(missing_ok=True)


def is_held(folder: Path, run_id: str) -> bool:
    """Whether some process has a run in hand."""
    place = folder / run_id
    try:
        lock = place.open()
    except FileNotFoundError:
        return False
    with lock:
        return not _take(lock, fcntl.LOCK_SH)


def _take(lock: TextIO, kind: int) -> bool:
    try:
        fcntl.flock(lock, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_at(lock: TextIO, place: Path) -> bool:
    """Whether the file is still the one at its place: whoever held it before has removed it at the end."""
    try:
        return os.path.samestat(os.fstat(lock.fileno()), place.stat())
    except FileNotFoundError:
        return False
