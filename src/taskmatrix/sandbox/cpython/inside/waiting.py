"""Waiting for answers, alone and together: an event loop whose only source of events is the host.

Answers are given to the program one at a time, and only when all of it waits: so the same answers in the same order
lead to the same calls. For the same reason sleeping goes on only while no call is open.
"""

import asyncio
import inspect
import time
from collections import deque
from collections.abc import Callable, Coroutine
from types import FrameType
from typing import Any

from taskmatrix.sandbox.cpython.inside.pipe import Pipe
from taskmatrix.sandbox.values import MAX_SIZE, NotJsonError, to_json

FILE = "<program>"
"""What the program's text is called in its code."""

_sleep = time.sleep


class ForeverError(RuntimeError):
    """The program waits for something that will never come."""


class Answers:
    """The calls that wait for an answer, and the answers that wait for the program."""

    def __init__(self, pipe: Pipe) -> None:
        self._pipe = pipe
        self._made = 0
        self._received = 0
        self._queue: deque[dict[str, Any]] = deque()
        self.open: dict[int, asyncio.Future[Any] | None] = {}

    def call(self, module: str, function: str, line: int, args: tuple[object, ...], kwargs: dict[str, object]) -> Any:
        """Make a call and stand still until it is answered."""
        number = self._announce(module, function, line, args, kwargs, awaited=False)
        self.open[number] = None
        while True:
            message = next((m for m in self._queue if m["id"] == number), None)
            if message is not None:
                self._queue.remove(message)
                del self.open[number]
                return _value(message)
            self._receive()

    async def call_together(
        self, module: str, function: str, line: int, args: tuple[object, ...], kwargs: dict[str, object]
    ) -> Any:
        """Make a call and let the rest of the program go on until it is answered."""
        number = self._announce(module, function, line, args, kwargs, awaited=True)
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self.open[number] = future
        return await future

    def deliver(self) -> None:
        """Give the program the next answer to calls made together, waiting for it if need be."""
        while not (ready := [m for m in self._queue if self.open[m["id"]] is not None]):
            self._receive()
        self._queue.remove(ready[0])
        future = self.open.pop(ready[0]["id"])
        if future is None or future.done():  # nobody waits for it any more
            return
        try:
            future.set_result(_value(ready[0]))
        except RuntimeError as error:
            future.set_exception(error)

    def _announce(
        self,
        module: str,
        function: str,
        line: int,
        args: tuple[object, ...],
        kwargs: dict[str, object],
        *,
        awaited: bool,
    ) -> int:
        try:
            given = [to_json(value, where=f"argument {i}", most=MAX_SIZE) for i, value in enumerate(args, 1)]
            named = {key: to_json(value, where=f"argument {key!r}", most=MAX_SIZE) for key, value in kwargs.items()}
        except NotJsonError as error:
            raise TypeError(f"{module}.{function}: {error}") from None
        self._made += 1
        self._pipe.send(
            "call",
            id=self._made,
            module=module,
            function=function,
            args=given,
            kwargs=named,
            line=line,
            awaited=awaited,
        )
        return self._made

    def _receive(self) -> None:
        self._pipe.send("wait", received=self._received)
        self._queue.append(self._pipe.receive())
        self._received += 1


def _value(message: dict[str, Any]) -> Any:
    if "error" in message:
        raise RuntimeError(message["error"])
    return message["value"]


class _Selector:
    """Stands where an event loop waits for the world."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers

    def select(self, timeout: float | None) -> list[object]:
        if timeout is not None and timeout <= 0:
            return []
        if self._answers.open:
            self._answers.deliver()
        elif timeout is None:
            raise ForeverError("the program waits for something that never comes")
        else:
            _sleep(timeout)
        return []

    def close(self) -> None:
        """Nothing is open."""


class ProgramLoop(asyncio.BaseEventLoop):
    """An event loop without threads, sockets or signals."""

    def __init__(self, answers: Answers) -> None:
        super().__init__()
        self._selector = _Selector(answers)

    def _process_events(self, event_list: list[object]) -> None:
        """There are none: answers are put where they belong at once."""

    def _write_to_self(self) -> None:
        """Nobody wakes this loop from elsewhere."""


def wait_for_host(answers: Answers) -> None:
    """Have all that programs do with event loops be done by loops that wait for the host."""
    kept: list[ProgramLoop] = []

    def new_loop() -> ProgramLoop:
        return ProgramLoop(answers)

    def loop() -> asyncio.AbstractEventLoop:
        running = asyncio._get_running_loop()  # pyright: ignore[reportPrivateUsage]  # documented for event loops
        if running is None and not kept:
            kept.append(new_loop())
        return running or kept[0]

    asyncio.events.new_event_loop = asyncio.new_event_loop = new_loop
    asyncio.events.get_event_loop = asyncio.get_event_loop = loop
    asyncio.to_thread, asyncio.run = to_thread, run


def to_thread(function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Coroutine[Any, Any, Any]:
    """Stand for `asyncio.to_thread`: a call of an API waits with others, any other function just runs."""
    return _to_thread(function, line_at(inspect.currentframe()), args, kwargs)


async def _to_thread(function: Callable[..., Any], line: int, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    together = getattr(function, "call_together", None)
    if together is not None:
        return await together(line, args, kwargs)
    result = function(*args, **kwargs)
    return await result if inspect.iscoroutine(result) else result


def line_at(frame: FrameType | None) -> int:
    """Return the program's own innermost line at a frame, or 0."""
    while frame is not None:
        if frame.f_code.co_filename == FILE:
            return frame.f_lineno
        frame = frame.f_back
    return 0


def run(main: Coroutine[Any, Any, Any], **_options: Any) -> Any:
    """Stand for `asyncio.run`; within a running loop it runs in a loop of its own meanwhile."""
    outer = asyncio._get_running_loop()  # pyright: ignore[reportPrivateUsage]  # documented for event loops
    asyncio._set_running_loop(None)  # pyright: ignore[reportPrivateUsage]
    try:
        with asyncio.Runner() as runner:
            return runner.run(main)
    finally:
        asyncio._set_running_loop(outer)  # pyright: ignore[reportPrivateUsage]
