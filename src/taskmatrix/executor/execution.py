"""`Executor`: runs a program from call to call, pauses it, and goes on with it in another process."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import JsonValue

from taskmatrix.core.binding import Namespace
from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.errors import NotFoundError, SandboxError, TaskMatrixError, UsageError
from taskmatrix.core.events import Event, Printed, RunPaused
from taskmatrix.core.programs import Program
from taskmatrix.core.protocols import (
    Approver,
    BlobStore,
    Caller,
    HostCall,
    Limits,
    Policy,
    Raised,
    Record,
    Sandbox,
    SandboxRun,
    Value,
)
from taskmatrix.core.stubs import render_modules
from taskmatrix.executor.calling import Desk, Waiting
from taskmatrix.executor.progress import Progress, find_pending, replay
from taskmatrix.policy import DoubtingPolicy


@dataclass(frozen=True, slots=True)
class Job:
    """A checked program to run: over which documents, where relative paths start, and who is asked.

    With `assume_yes` every question is answered by its first option: approve a call, take a free file name.
    """

    run_id: str
    program: Program
    documents: tuple[ApiDocument, ...]
    directory: Path
    assume_yes: bool = False
    limits: Limits | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a program: `value` is that of its last expression; `error` says why it failed."""

    status: Literal["done", "failed", "waiting"]
    value: JsonValue = None
    error: TaskMatrixError | None = None


def _local_time() -> datetime:
    return datetime.now().astimezone()


class Executor:
    """Runs programs in a sandbox and makes their calls. Holds nothing of any run between calls of its methods."""

    def __init__(
        self,
        *,
        sandbox: Sandbox,
        blobs: BlobStore,
        policy: Policy,
        callers: Callable[[ApiDocument], Caller],
        limits: Limits | None = None,
        clock: Callable[[], datetime] = _local_time,
    ) -> None:
        self._sandbox = sandbox
        self._blobs = blobs
        self._policy = policy
        self._callers = callers
        self._limits = limits or Limits()
        self._clock = clock

    async def execute(self, job: Job, record: Record, approver: Approver) -> Outcome:
        """Run a program to its end, or to a question that nobody answers now.

        What the program or a call does wrong is the outcome's error; StoreError is raised if the journal cannot
        be written. When cancelled, no file is half-written, and the last event tells what was under way.
        """
        desk = self._desk(job, record, approver, Progress())
        modules = render_modules(job.documents)
        opened = self._sandbox.start(job.program.code, modules, job.limits or self._limits, _printer(record))
        try:
            async with opened as run:
                return await self._drive(run, desk, None)
        except SandboxError as error:
            return Outcome("failed", error=desk.progress.cause(error))

    async def resume(
        self, job: Job, events: Sequence[Event], answer: str, record: Record, approver: Approver
    ) -> Outcome:
        """Go on with a paused run, in this or any process, answering what it waits for.

        Raises UsageError if it waits for nothing or takes no such answer, before anything is changed.
        """
        pending = find_pending(events)
        if answer not in pending.request.options:
            options = " or ".join(pending.request.options)
            raise UsageError(f"{answer!r} is no answer to this", hint=f"it takes {options}")
        desk = self._desk(job, record, approver, replay(events, job.documents, self._blobs))
        try:
            snapshot = self._blobs.get(pending.snapshot)
            async with self._sandbox.restore(snapshot, _printer(record)) as run:
                waiting = await run.advance(None)
                if not isinstance(waiting, HostCall):
                    raise SandboxError("the saved program does not wait at a call", hint="start the run again")
                return await self._drive(run, desk, await desk.take_up(waiting, pending, answer))
        except NotFoundError as error:
            return Outcome("failed", error=error)
        except SandboxError as error:
            return Outcome("failed", error=desk.progress.cause(error))

    def _desk(self, job: Job, record: Record, approver: Approver, progress: Progress) -> Desk:
        return Desk(
            run_id=job.run_id,
            directory=job.directory,
            namespace=Namespace(job.documents),
            policy=DoubtingPolicy(self._policy, job.program),
            callers=self._callers,
            blobs=self._blobs,
            clock=self._clock,
            record=record,
            approver=approver,
            assume_yes=job.assume_yes,
            progress=progress,
        )

    async def _drive(self, run: SandboxRun, desk: Desk, answer: Value | Raised | Waiting | None) -> Outcome:
        """Step the program from call to call."""
        while not isinstance(answer, Waiting):
            step = await run.advance(answer)
            if isinstance(step, Value):
                return Outcome("done", value=step.value)
            answer = await desk.make(step)
        desk.record(RunPaused(snapshot=self._blobs.put(await run.snapshot()), call=answer.call))
        return Outcome("waiting")


def _printer(record: Record) -> Callable[[str], None]:
    def on_print(text: str) -> None:
        record(Printed(text=text))

    return on_print
