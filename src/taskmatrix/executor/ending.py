"""How a run is ended that used more than it may: a typed event first, then its error."""

from collections.abc import Generator
from contextlib import contextmanager

import anyio

from taskmatrix.core.errors import LimitError
from taskmatrix.core.events import LimitReached
from taskmatrix.core.protocols import Limits


@contextmanager
def wall_time(seconds: float) -> Generator[None]:
    """Let the block take so many seconds; calls that are under way then are cancelled. Raises LimitError."""
    with anyio.move_on_after(seconds) as scope:
        yield
    if scope.cancelled_caught:
        raise LimitError(
            f"the run took more than {seconds:g} seconds and was ended",
            limit="wall time",
            allowed=f"{seconds:g} s",
            used=f"{seconds:g} s",
            hint="do it in parts, or set TASKMATRIX_RUN_SECONDS",
        )


def reached(error: LimitError, limits: Limits) -> LimitReached:
    """Return the event of a run that went over a limit: its own, or one of its program in the sandbox."""
    allowed = {
        "time": f"{limits.seconds:g} s",
        "memory": f"{limits.memory_bytes:,} bytes",
        "calls": f"{limits.calls:,} calls",
        "output": f"{limits.output_bytes:,} bytes",
    }.get(error.limit, "")
    more = f"more than {allowed}" if allowed else ""
    return LimitReached(limit=error.limit, allowed=error.allowed or allowed, used=error.used or more)
