"""`Executor`: runs a program from call to call, pauses it, and goes on with it in another process."""

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import JsonValue

from taskmatrix.core.binding import Namespace
from taskmatrix.core.documents import ApiDocument, Package
from taskmatrix.core.errors import (
    LimitError,
    NotFoundError,
    OutcomeUnknownError,
    SandboxError,
    TaskMatrixError,
    UsageError,
)
from taskmatrix.core.events import CallDone, CallFailed, Event, Printed, RunPaused, UndoStep
from taskmatrix.core.limits import DAY
from taskmatrix.core.permits import Permits
from taskmatrix.core.programs import Program
from taskmatrix.core.protocols import (
    Approver,
    BlobStore,
    Caller,
    HostCall,
    Limits,
    Origin,
    Policy,
    Raised,
    Record,
    Sandbox,
    SandboxRun,
    Value,
)
from taskmatrix.core.stubs import render_modules
from taskmatrix.executor.approvals import APPROVAL_HOURS, Approvals, allowed_in, check_time
from taskmatrix.executor.calling import Desk
from taskmatrix.executor.dispatch import Dispatcher
from taskmatrix.executor.ending import reached, wall_time
from taskmatrix.executor.flights import Waiting, open_flights
from taskmatrix.executor.numbering import numbered
from taskmatrix.executor.payloads import restore
from taskmatrix.executor.progress import Progress, error_of, replay
from taskmatrix.executor.recorded import Recorded, read_recorded
from taskmatrix.executor.repeats import Repeats
from taskmatrix.executor.replaying import Opened, Replay
from taskmatrix.executor.spending import Budget, Spending
from taskmatrix.executor.undoing import Planned, take_back
from taskmatrix.policy import DoubtingPolicy

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    """A checked program to run: over which documents, where relative paths start, and who is asked.

    With `assume_yes` every question is answered by its first option: approve a call, take a free file name. `now` is
    what the program's clock shows, so that it does the same when it is run once more. `by` is who
    answers what is asked; `budget` is the most that its calls may cost.
    """

    run_id: str
    program: Program
    documents: tuple[ApiDocument, ...]
    directory: Path
    assume_yes: bool = False
    limits: Limits | None = None
    now: datetime | None = None
    by: str = "user"
    budget: Budget | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a program: `value` is that of its last expression; `error` says why it failed."""

    status: Literal["done", "failed", "waiting"]
    value: JsonValue = None
    error: TaskMatrixError | None = None


PolicyOf = Callable[[Path], Policy]
"""Returns the policy for the runs of a folder. Raises SettingError for rules that cannot be read."""


def _local_time() -> datetime:
    return datetime.now().astimezone()


def _unknown(package: str) -> None:
    return None


class Executor:
    """Runs programs in a sandbox and makes their calls. Holds nothing of any run between calls of its methods."""

    def __init__(
        self,
        *,
        sandbox: Sandbox,
        blobs: BlobStore,
        policy: Policy | PolicyOf,
        callers: Callable[[ApiDocument], Caller],
        limits: Limits | None = None,
        clock: Callable[[], datetime] = _local_time,
        dispatcher: Dispatcher | None = None,
        run_seconds: float = DAY,
        permits: Permits | None = None,
        approval_hours: float = APPROVAL_HOURS,
        packages: Callable[[str], Package | None] = _unknown,
    ) -> None:
        self._sandbox = sandbox
        self._blobs = blobs
        self._policy = policy
        self._callers = callers
        self._limits = limits or Limits()
        self._clock = clock
        self._dispatcher = dispatcher or Dispatcher()
        self._run_seconds = run_seconds
        self._permits = permits
        self._approval_hours = approval_hours
        self._packages = packages

    async def execute(self, job: Job, record: Record, approver: Approver) -> Outcome:
        """Run a program to its end, or to a question that nobody answers now.

        What the program or a call does wrong is the outcome's error; StoreError is raised if the journal cannot
        be written. When cancelled, no file is half-written, and the last event tells what was under way.
        """
        return await self.go_on(job, (), record, approver)

    async def resume(
        self, job: Job, events: Sequence[Event], answer: str, record: Record, approver: Approver
    ) -> Outcome:
        """Go on with a run, in this or any process, answering what it waits for: of several questions the first.

        Raises UsageError if it waits for nothing or takes no such answer, ApprovalExpiredError if the answer comes
        too late, before anything is changed.
        """
        questions = read_recorded(events).questions
        if not questions:
            raise UsageError("the run does not wait for an answer", hint="see `taskmatrix runs list`")
        if answer not in questions[0].options:
            raise UsageError(f"{answer!r} is no answer to this", hint=f"it takes {' or '.join(questions[0].options)}")
        check_time(questions[0], self._clock())
        return await self.go_on(job, events, record, approver, given={questions[0].call: answer})

    async def go_on(
        self,
        job: Job,
        events: Sequence[Event],
        record: Record,
        approver: Approver,
        *,
        given: Mapping[int, str] | None = None,
    ) -> Outcome:
        """Go on with a run from wherever its journal ends; `given` are answers to its questions, by call.

        The program is taken from where it was saved last, else run from its start, and gets the answers that the
        journal has, until a call that has none. If it makes another call than then, the outcome's error is
        RunDivergedError, and nothing was called.
        """
        recorded = read_recorded(events)
        progress = replay(events, job.documents, self._blobs)
        desk = self._desk(job, record, approver, progress, recorded, dict(given or {}))
        try:
            async with AsyncExitStack() as stack:
                stack.enter_context(wall_time(self._run_seconds))
                opened = await self._open(job, recorded, record, stack)
                step = await Replay(opened, desk.verify, self._answer(progress)).run()
                return await self._drive(opened.run, desk, step)
        except (NotFoundError, OutcomeUnknownError) as error:
            return Outcome("failed", error=error)
        except LimitError as error:
            record(reached(error, job.limits or self._limits))
            return Outcome("failed", error=error)
        except SandboxError as error:
            return Outcome("failed", error=desk.progress.cause(error))

    async def undo(
        self, job: Job, events: Sequence[Event], planned: Sequence[Planned], record: Record, approver: Approver
    ) -> tuple[UndoStep, ...]:
        """Take back calls of an ended run, as planned from its journal; return what became of each."""
        progress = replay(events, job.documents, self._blobs)
        return await take_back(self._desk(job, record, approver, progress, read_recorded(events), {}), planned)

    async def _open(self, job: Job, recorded: Recorded, record: Record, stack: AsyncExitStack) -> Opened:
        """Open the program where it was saved; from its start where it was not, or cannot be taken up there."""
        if recorded.paused is not None and recorded.paused.snapshot:
            left = recorded.since_pause()
            try:
                saved = self._blobs.get(recorded.paused.snapshot)
                opened = self._sandbox.restore(saved, _printer(record, left.printed))
                run = numbered(await stack.enter_async_context(opened), recorded.before)
                return Opened(run, await run.advance({}), left)
            except (NotFoundError, SandboxError) as error:
                _logger.warning("run %s goes on from its journal, not from its saved program: %s", job.run_id, error)
        modules = render_modules(job.documents)
        limits = job.limits or self._limits
        origin = Origin(seed=job.run_id, now=job.now, backend=job.program.backend)
        printer = _printer(record, recorded.printed)
        opened = self._sandbox.start(job.program.code, modules, limits, printer, origin)
        run = numbered(await stack.enter_async_context(opened), recorded.before)
        return Opened(run, await run.advance({}), recorded)

    def _answer(self, progress: Progress) -> Callable[[CallDone | CallFailed], Value | Raised]:
        """Return what gives the program the outcome of a call once more."""

        def answer(outcome: CallDone | CallFailed) -> Value | Raised:
            if isinstance(outcome, CallFailed):
                return progress.raise_in_program(error_of(outcome))
            return Value(restore(outcome.result, self._blobs))

        return answer

    def _desk(
        self,
        job: Job,
        record: Record,
        approver: Approver,
        progress: Progress,
        recorded: Recorded,
        given: dict[int, str],
    ) -> Desk:
        return Desk(
            run_id=job.run_id,
            directory=job.directory,
            namespace=Namespace(job.documents),
            approvals=self._approvals(job, recorded),
            callers=self._callers,
            blobs=self._blobs,
            clock=self._clock,
            record=record,
            approver=approver,
            assume_yes=job.assume_yes,
            progress=progress,
            dispatcher=self._dispatcher,
            spending=Spending(job.budget, progress.spent),
            recorded=recorded,
            given=given,
            by=job.by,
        )

    def _approvals(self, job: Job, recorded: Recorded) -> Approvals:
        policy = self._policy(job.directory) if callable(self._policy) else self._policy
        return Approvals(
            run_id=job.run_id,
            directory=job.directory,
            policy=DoubtingPolicy(policy, job.program),
            clock=self._clock,
            blobs=self._blobs,
            permits=self._permits,
            repeats=self._repeats(job, recorded),
            hours=self._approval_hours,
            allowed=allowed_in(asked for call in recorded.calls.values() for asked in call.asked),
        )

    def _repeats(self, job: Job, recorded: Recorded) -> Repeats | None:
        done = recorded.done_before()
        if not done:
            return None
        packages = (self._packages(name) for name in {document.package for document in job.documents})
        return Repeats(done, self._blobs, {package.name: package.sandbox for package in packages if package})

    async def _drive(self, run: SandboxRun, desk: Desk, step: Sequence[HostCall] | Value) -> Outcome:
        """Step the program from calls to calls; all that it has made are under way at once."""
        async with open_flights(desk.make) as flights:
            while not isinstance(step, Value):
                landed = await flights.take(step)
                if landed is None:
                    return await self._pause(run, desk, flights.waiting)
                step = await run.advance({landed.call: landed.answer})
        return Outcome("done", value=step.value)

    async def _pause(self, run: SandboxRun, desk: Desk, waiting: Sequence[Waiting]) -> Outcome:
        """Save the program where it stands. Its journal alone would do: what is saved spares running it again."""
        saved = await run.snapshot()
        first = min(call.call for call in waiting)
        desk.record(RunPaused(snapshot=self._blobs.put(saved) if saved else "", call=first))
        return Outcome("waiting")


def _printer(record: Record, known: int) -> Callable[[str], None]:
    """Return what records the program's output; its first `known` characters are in the journal already."""
    left = known

    def on_print(text: str) -> None:
        nonlocal left
        new, left = text[left:], max(left - len(text), 0)
        if new:
            record(Printed(text=new), durable=False)

    return on_print
