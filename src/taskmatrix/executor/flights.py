"""The calls of one program that are under way at the same time."""

from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import anyio
from anyio.abc import TaskGroup

from taskmatrix.core.protocols import HostCall, Raised, Value


@dataclass(frozen=True, slots=True)
class Waiting:
    """A question nobody answers now: the run is to be saved with this call open."""

    call: int


@dataclass(frozen=True, slots=True)
class Landed:
    """A call that has its answer."""

    call: int
    answer: Value | Raised


class Flights:
    """Starts calls, and gives back their answers in the order in which they came."""

    def __init__(self, group: TaskGroup, make: Callable[[HostCall], Awaitable[Value | Raised | Waiting]]) -> None:
        self._group = group
        self._make = make
        self._under_way = 0
        self._landed: deque[Landed] = deque()
        self._news = anyio.Event()
        self.waiting: list[Waiting] = []

    async def take(self, calls: Sequence[HostCall]) -> Landed | None:
        """Send calls on their way, and return the next that has its answer; None once all left wait for somebody's.

        Each has a task of its own, but for a call that is alone.
        """
        if len(calls) == 1 and not self._under_way and not self._landed:
            self._under_way = 1
            await self._fly(calls[0])
        else:
            for call in calls:
                self._under_way += 1
                self._group.start_soon(self._fly, call)
        while not self._landed:
            if not self._under_way:
                return None
            self._news = anyio.Event()
            await self._news.wait()
        return self._landed.popleft()

    async def _fly(self, call: HostCall) -> None:
        answer = await self._make(call)
        # Nothing is awaited between the journal's event and this line: the program gets answers in its order.
        if isinstance(answer, Waiting):
            self.waiting.append(answer)
        else:
            self._landed.append(Landed(call.id, answer))
        self._under_way -= 1
        self._news.set()


@asynccontextmanager
async def open_flights(
    make: Callable[[HostCall], Awaitable[Value | Raised | Waiting]],
) -> AsyncGenerator[Flights, None]:
    """Open the flights of a program; what is under way at the end is cancelled. Raises what a call raised."""
    try:
        async with anyio.create_task_group() as group:
            yield Flights(group, make)
            group.cancel_scope.cancel()
    except BaseExceptionGroup as raised:
        first: BaseException = raised
        while isinstance(first, BaseExceptionGroup):
            first = first.exceptions[0]  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        raise first from None  # pyright: ignore[reportUnknownArgumentType]
