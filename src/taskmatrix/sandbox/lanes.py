"""`Lane`: a thread in which the worker of one program is asked for one step after another.

A worker answers within microseconds. So asked, a step takes 50 µs of processor time; by way of the worker pool's own
event loop it takes 130. Threads go from one program to the next: whoever starts one stands still until it runs, for
milliseconds where many run already.
"""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from queue import SimpleQueue
from typing import TypeVar

_T = TypeVar("_T")


class Lanes:
    """Lanes that no program has, at most `most`, to be taken by the next."""

    def __init__(self, most: int = 16) -> None:
        self._most = most
        self._free: list[Lane] = []

    def take(self) -> "Lane":
        """Return a lane that is free, or a new one."""
        with suppress(IndexError):
            return self._free.pop()
        lane = Lane()
        lane.begin()
        return lane

    def give_back(self, lane: "Lane") -> None:
        """Have a lane that does nothing more be free for another program."""
        if len(self._free) < self._most:
            self._free.append(lane)
        else:
            lane.leave()

    def close(self) -> None:
        """End the threads of those that are free."""
        while self._free:
            self._free.pop().leave()


class Lane:
    """Does one thing after another, until it is told to `leave`."""

    def __init__(self) -> None:
        self._works: SimpleQueue[Callable[[], object] | None] = SimpleQueue()
        self.busy = False

    def begin(self) -> None:
        """Start the thread. It keeps no process from ending."""
        threading.Thread(target=self._go, name="taskmatrix-program", daemon=True).start()

    async def do(self, work: Callable[[], _T]) -> _T:
        """Return what `work` returns, or raise what it raises. When this is cancelled, the work goes on."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[_T] = loop.create_future()

        def step() -> None:
            try:
                result = work()
                tell = partial(done.set_result, result)
            except BaseException as error:  # noqa: BLE001  # whoever waits raises it
                tell = partial(done.set_exception, error)
            self.busy = False
            with suppress(RuntimeError):  # the loop was closed: nobody waits
                loop.call_soon_threadsafe(lambda: None if done.done() else tell())

        self.busy = True
        self._works.put(step)
        return await done

    def leave(self, last: Callable[[], object] | None = None) -> None:
        """Have the thread end, after what it was given before, and this."""
        if last is not None:
            self._works.put(last)
        self._works.put(None)

    def _go(self) -> None:
        while (work := self._works.get()) is not None:
            work()
