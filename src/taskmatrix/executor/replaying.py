"""Running a program once more: it gets the answers that its journal has, in the order in which it got them then."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from taskmatrix.core.errors import RunDivergedError
from taskmatrix.core.events import CallDone, CallFailed
from taskmatrix.core.protocols import HostCall, Raised, SandboxRun, Value
from taskmatrix.executor.recorded import Recorded


@dataclass(frozen=True, slots=True)
class Opened:
    """A program at its first step, and what the journal has that it does not know yet."""

    run: SandboxRun
    step: Sequence[HostCall] | Value
    left: Recorded


@dataclass(frozen=True, slots=True)
class Replay:
    """Answers calls from the journal. `verify` raises RunDivergedError for a call that is not the journal's."""

    opened: Opened
    verify: Callable[[HostCall], None]
    answer: Callable[[CallDone | CallFailed], Value | Raised]

    async def run(self) -> Sequence[HostCall] | Value:
        """Return the calls that the journal has no answer to, or the program's last value. Makes no call.

        Raises RunDivergedError, SandboxError, NotFoundError where a result is gone.
        """
        run, step, left = self.opened.run, self.opened.step, self.opened.left
        made: dict[int, HostCall] = {}
        for outcome in left.outcomes:
            if isinstance(step, Value):
                break  # it did not wait for the rest then, either
            self._take(step, made)
            if outcome.call not in made:
                raise _diverged(outcome.call)
            step = await run.advance({outcome.call: self.answer(outcome)})
        if not isinstance(step, Value):
            self._take(step, made)
        answered = {outcome.call for outcome in left.outcomes}
        for number, call in left.current.items():
            if (call.open or number in answered) and number not in made:
                raise _diverged(number)
        return step if isinstance(step, Value) else [call for number, call in made.items() if number not in answered]

    def _take(self, step: Sequence[HostCall], made: dict[int, HostCall]) -> None:
        for call in step:
            self.verify(call)
            made[call.id] = call


def _diverged(number: int) -> RunDivergedError:
    return RunDivergedError(
        f"the program did not make call {number} of its journal again: nothing was called",
        hint="the program does not do the same twice; give the instruction again",
    )
