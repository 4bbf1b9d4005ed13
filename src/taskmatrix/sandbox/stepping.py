"""Running a program whose calls are answered one after another."""

from collections.abc import Awaitable, Callable

from taskmatrix.core.protocols import HostCall, Raised, SandboxRun, Value


async def answer_each(run: SandboxRun, answer: Callable[[HostCall], Awaitable[Value | Raised]]) -> Value:
    """Run a program to its end, answering its calls in the order it makes them. Raises SandboxError, LimitError."""
    answers: dict[int, Value | Raised] = {}
    waiting: list[HostCall] = []
    while True:
        step = await run.advance(answers)
        if isinstance(step, Value):
            return step
        waiting += step
        call = waiting.pop(0)
        answers = {call.id: await answer(call)}
