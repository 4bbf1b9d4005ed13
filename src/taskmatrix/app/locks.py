"""One process at a time has a run in hand: no call is made twice, and a run whose process is gone is known."""

import fcntl
import os
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol, TextIO

from taskmatrix.core.errors import UsageError
from taskmatrix.store import Database, Leases, translated


class RunLocks(Protocol):
    """Who has which run in hand."""

    def hold(self, run_id: str) -> AbstractContextManager[None]:
        """Hold a run while it is carried out. Raises UsageError if another process does so now."""
        ...

    def is_held(self, run_id: str) -> bool:
        """Whether some process has a run in hand."""
        ...


class FileLocks:
    """Implements `RunLocks` for the processes of one machine, by locks on files in `folder`.

    The system lets go of the lock of a process that ends, however it ends.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def hold(self, run_id: str) -> Generator[None, None, None]:
        """Hold a run while it is carried out. Raises UsageError if another process does so now."""
        place = self._folder / run_id
        with translated(str(place)):
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock = place.open("w")
        with lock:
            if not (_take(lock, fcntl.LOCK_EX) and _is_at(lock, place)):
                raise _in_hand(run_id)
            try:
                yield
            finally:
                place.unlink(missing_ok=True)

    def is_held(self, run_id: str) -> bool:
        """Whether some process has a run in hand."""
        try:
            lock = (self._folder / run_id).open()
        except FileNotFoundError:
            return False
        with lock:
            return not _take(lock, fcntl.LOCK_SH)


class LeaseLocks:
    """Implements `RunLocks` for all machines that share a PostgreSQL database."""

    def __init__(self, leases: Leases) -> None:
        self._leases = leases

    @contextmanager
    def hold(self, run_id: str) -> Generator[None, None, None]:
        """Hold a run while it is carried out. Raises UsageError if another process does so now, StoreError."""
        name = _lease(run_id)
        if not self._leases.take(name):
            raise _in_hand(run_id)
        try:
            yield
        finally:
            self._leases.let_go(name)

    def is_held(self, run_id: str) -> bool:
        """Whether some process has a run in hand. Raises StoreError."""
        return self._leases.is_taken(_lease(run_id))


def run_locks(database: Database, leases: Leases | None) -> RunLocks:
    """Return the locks on the runs of a database: those who share the journal share them."""
    return LeaseLocks(leases) if leases is not None else FileLocks(database.locks)


def _lease(run_id: str) -> str:
    return f"run/{run_id}"


def _in_hand(run_id: str) -> UsageError:
    return UsageError(f"another process is carrying out run {run_id}", hint=f"see `taskmatrix runs show {run_id}`")


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
