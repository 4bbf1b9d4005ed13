"""One process at a time goes on with a waiting run: a call must not be made twice because two people approved it."""

import fcntl
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from taskmatrix.core.errors import UsageError
from taskmatrix.store import translated


@contextmanager
def hold_run(home: Path, run_id: str) -> Generator[None, None, None]:
    """Hold a run while its answer is carried out. Raises UsageError if another process does so now."""
    place = home / "locks" / run_id
    with translated(str(place)):
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = place.open("w")
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UsageError(
                f"run {run_id} is being answered by another process", hint=f"see `taskmatrix runs show {run_id}`"
            ) from None
        yield
