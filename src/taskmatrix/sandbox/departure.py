"""Leaving the process while threads of a worker pool still finish.

A pool hands each result to the event loop from a thread of its own, by `loop.call_soon_threadsafe`. The loop may
wake, finish, and the process begin to end while that thread is still inside the call. An interpreter that ends
makes such a thread exit where it stands, which native code does not survive: the whole process aborts (SIGABRT)
with its work done. So the process waits, right before it ends, until no such thread runs Python any more.
"""

import atexit
import sys
import threading
import time
from functools import cache

_ENOUGH_SECONDS = 2.0
_PAUSE_SECONDS = 0.001
_CALM_LOOKS = 2
"""A thread may pause between two calls into Python, so one look is not enough."""


@cache
def wait_at_exit() -> None:
    """Have the process wait for the threads of worker pools before it ends. Further calls change nothing."""
    atexit.register(wait_for_foreign_threads)


def wait_for_foreign_threads() -> None:
    """Return when no thread that Python did not start runs Python, or after two seconds."""
    deadline = time.monotonic() + _ENOUGH_SECONDS
    calm = 0
    while calm < _CALM_LOOKS and time.monotonic() < deadline:
        time.sleep(_PAUSE_SECONDS)
        calm = 0 if _foreign_threads_run() else calm + 1


def _foreign_threads_run() -> bool:
    running = sys._current_frames().keys()  # pyright: ignore[reportPrivateUsage]  # documented, named so as a warning
    return bool(running - {thread.ident for thread in threading.enumerate()})
