"""The calls of a run's later rounds are numbered on from those before: a call's number is its own in the whole run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from taskmatrix.core.protocols import HostCall, Raised, SandboxRun, Value


def numbered(run: SandboxRun, before: int) -> SandboxRun:
    """Return a program whose first call is number `before` + 1."""
    return _Numbered(run, before) if before else run


@dataclass(frozen=True, slots=True)
class _Numbered:
    """Implements `SandboxRun`."""

    run: SandboxRun
    before: int

    async def advance(self, answers: Mapping[int, Value | Raised]) -> Sequence[HostCall] | Value:
        """Give answers to calls, by number; return the calls made since, or the last value."""
        step = await self.run.advance({number - self.before: answer for number, answer in answers.items()})
        return step if isinstance(step, Value) else [replace(call, id=call.id + self.before) for call in step]

    async def snapshot(self) -> bytes | None:
        """Save the program where it stands."""
        return await self.run.snapshot()
