"""What stands before the calls of one API: a pace, a number of places, and a breaker that opens when it is down.

Shared by all runs of a process: each takes a lock for the moment it decides in, and none belongs to an event loop.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Generator
from concurrent.futures import Future
from contextlib import asynccontextmanager, contextmanager
from threading import Lock

from taskmatrix.core.errors import ApiArgumentError, ApiNotCallableError, ApiUnavailableError, CredentialError
from taskmatrix.core.limits import Rate

_SAYS_NOTHING = (ApiArgumentError, ApiNotCallableError, CredentialError)
"""Errors that may come before anything is sent."""


class Pace:
    """Lets at most so many calls through in any span of so many seconds, first come first served."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._sent: deque[float] = deque()

    def reserve(self, rate: Rate, now: float, most: float) -> float | None:
        """Take the next turn; return how many seconds it is away, None (and take none) where more than `most`."""
        with self._lock:
            while len(self._sent) > rate.calls:
                self._sent.popleft()
            turn = max(now, self._sent[-rate.calls] + rate.per_s) if len(self._sent) >= rate.calls else now
            if turn - now > most:
                return None
            self._sent.append(turn)
            return turn - now


class Bulkhead:
    """So many calls at a time; the others wait in line, each in its own event loop."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._busy = 0
        self._waiting: deque[Future[None]] = deque()

    @asynccontextmanager
    async def place(self, most: int | None) -> AsyncGenerator[None]:
        """Hold one of `most` places; None for no limit."""
        if most is None:
            yield
            return
        await self._enter(most)
        try:
            yield
        finally:
            self._leave()

    async def _enter(self, most: int) -> None:
        with self._lock:
            if self._busy < most:
                self._busy += 1
                return
            mine = Future[None]()
            self._waiting.append(mine)
        try:
            await asyncio.wrap_future(mine)
        except BaseException:
            with self._lock:
                handed_over = not mine.cancel()
            if handed_over:
                self._leave()
            raise

    def _leave(self) -> None:
        """Hand the place over to who waits longest, whichever event loop that is in."""
        with self._lock:
            while self._waiting:
                next_one = self._waiting.popleft()
                if next_one.set_running_or_notify_cancel():
                    next_one.set_result(None)
                    return
            self._busy -= 1


class Breaker:
    """Opens after so many failures in a row, and lets one call try again after a while.

    Only an API that cannot be reached, is too busy or does not answer counts as failing.
    """

    def __init__(self, failures: int, cool_down_s: float, clock: Callable[[], float]) -> None:
        self._lock = Lock()
        self._most = failures
        self._cool_down = cool_down_s
        self._clock = clock
        self._failed = 0
        self._until = 0.0
        self._trying = False

    @property
    def is_open(self) -> bool:
        """Whether calls are refused now."""
        with self._lock:
            return self._left() > 0

    def check(self, api: str) -> None:
        """Raise ApiUnavailableError while calls are refused."""
        with self._lock:
            self._refuse(api)

    @contextmanager
    def attempt(self, api: str) -> Generator[None]:
        """Watch one call; what it raises goes on. Raises ApiUnavailableError while calls are refused."""
        with self._lock:
            self._refuse(api)
            trial = self._trying = self._failed >= self._most
        try:
            yield
        except ApiUnavailableError:
            with self._lock:
                self._failed += 1
                if self._failed >= self._most:
                    self._until = self._clock() + self._cool_down
            raise
        except _SAYS_NOTHING:
            raise
        except Exception:
            self._close()
            raise
        else:
            self._close()
        finally:
            if trial:
                with self._lock:
                    self._trying = False

    def _close(self) -> None:
        with self._lock:
            self._failed = 0

    def _left(self) -> float:
        return self._until - self._clock() if self._failed >= self._most else 0.0

    def _refuse(self, api: str) -> None:
        left = self._left()
        if left <= 0 and not self._trying:
            return
        again = f"is tried again in {left:.0f} seconds" if left > 0 else "is being tried again now"
        raise ApiUnavailableError(
            f"{api} failed {self._failed} times in a row and {again}; it was not called",
            hint="try again later",
            sent=False,
            after_s=max(left, 0.0),
        )
