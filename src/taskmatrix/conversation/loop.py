"""The loop: instruction → outline → APIs → program → check → run → answer.

Read top to bottom, this is the paper's Figure 1. Each part is called once, in this order, and every step is an
event in the journal before the next one starts.
"""

import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial

import anyio
import anyio.to_thread

from taskmatrix.conversation import endings
from taskmatrix.conversation.answers import answer_text
from taskmatrix.conversation.coverage import steps_left_out
from taskmatrix.conversation.offering import nothing_found, recalled, widen, with_recalled
from taskmatrix.conversation.orders import given_with, order_of
from taskmatrix.conversation.parts import Given, Order, Parts, Watch
from taskmatrix.conversation.questions import Planning, answers_in, read_answer
from taskmatrix.conversation.streaming import stream
from taskmatrix.conversation.summary import RunSummary, summarize
from taskmatrix.conversation.tally import Tally
from taskmatrix.conversation.versions import documents_kept, versions_called
from taskmatrix.core.documents import ApiDocument, Package
from taskmatrix.core.errors import (
    NeedsInputError,
    NothingFitsError,
    ScheduleError,
    StoreError,
    TaskMatrixError,
    UsageError,
)
from taskmatrix.core.events import (
    ApisSelected,
    Event,
    ModelReplied,
    ModelWriting,
    OutlineProposed,
    ProgramChecked,
    ProgramWritten,
    QuestionAsked,
    RunFinished,
    RunScheduled,
    RunStarted,
    RunStatus,
)
from taskmatrix.core.outlines import Outline
from taskmatrix.core.programs import CheckReport, Program
from taskmatrix.core.protocols import Approver, Asker, Context, Listen, Record, Request, Selection
from taskmatrix.core.triggers import Trigger
from taskmatrix.executor import Job, Outcome, find_irreversible

REPAIRS = 2
"""How often a program that did not pass its check goes back to its writer."""

_ENDED = frozenset(("done", "failed", "cancelled"))

LONGEST_INSTRUCTION = 40_000
"""Characters. Longer texts are files to be read by an API, not instructions."""

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Conversation:
    """Carries out instructions with the parts it is given."""

    parts: Parts

    def run(self, order: Order, approver: Approver, asker: Asker) -> AsyncGenerator[Event, None]:
        """Carry out an instruction, yielding each event once it is in the journal.

        Raises UsageError for an instruction that says nothing. Anything else that goes wrong is told by the last
        event. Closing the iterator early stops the run.
        """
        return stream(partial(self.carry_out, order, approver, asker))

    async def carry_out(self, order: Order, approver: Approver, asker: Asker, watch: Watch) -> RunStatus:
        """Carry out an instruction; `watch` sees each event. Returns the status the run is left in."""
        order = replace(order, now=order.now or datetime.now(UTC).astimezone())
        accept(order.instruction)
        mcfm = order.given.program.author if order.given else self.parts.mcfm.name
        started = RunStarted(
            run_id=order.run_id,
            instruction=order.instruction,
            model=mcfm,
            directory=str(order.directory),
            now=order.now,
            dry_run=order.dry_run,
            assume_yes=order.assume_yes,
            budget=dict(order.budget) if order.budget is not None else None,
            trigger=order.trigger,
            name=order.name,
            zone=order.zone,
        )

        given = (ProgramWritten(program=order.given.program),) if order.given else ()
        journal, folder = self.parts.journal, str(order.directory)
        for event in journal.create(order.run_id, order.instruction, mcfm, folder, opening=(started, *given)).events:
            watch(event)
        record = self._recorder(order.run_id, watch)
        return await _to_the_end(record, partial(self._flow, Planning(order, asker), record, approver))

    async def resume(
        self, run_id: str, answer: str, approver: Approver, asker: Asker, watch: Watch, *, by: str = "user"
    ) -> RunStatus:
        """Go on with a waiting run, answering what it waits for; an empty answer to a question ends the run.

        Raises NotFoundError, UsageError for a run that waits for nothing or an answer it does not take, and
        ApiGoneError where an API it calls is in quarantine or cannot be had any more; the run then waits on.
        """
        run = self.parts.journal.run(run_id)
        told = summarize(run)
        record = self._recorder(run.id, watch)
        if told.question is not None:
            return await self._answer(told, told.question, answer, approver, asker, record)
        _accept_answer(told, answer)
        job = replace(self._job(told, stopping=answer == "deny"), by=by)

        async def go_on() -> RunFinished | None:
            tally = Tally(told.events)
            recording = tally.recording(record)
            return _ending(tally, await self.parts.executor.resume(job, told.events, answer, recording, approver))

        return await _to_the_end(record, go_on)

    async def go_on(self, run_id: str, approver: Approver, asker: Asker, watch: Watch) -> RunStatus:
        """Go on with a run from wherever its journal ends, asking again what it asks.

        A program that passed its check is run on; before that, the run is planned again. Raises NotFoundError,
        UsageError for a run that has ended, ApiGoneError as `resume` does.
        """
        told = summarize(self.parts.journal.run(run_id))
        if told.status in _ENDED:
            raise UsageError(f"run {told.id} cannot go on: it is {told.status}", hint="give the instruction again")
        record = self._recorder(told.id, watch)
        if told.question is not None:
            typed = await asker(told.question)
            return (
                "waiting" if typed is None else await self._answer(told, told.question, typed, approver, asker, record)
            )
        if kept := next((event for event in told.events if isinstance(event, RunScheduled)), None):
            return await _to_the_end(record, partial(_ended, endings.scheduled(kept)))
        order = replace(order_of(told), given=given_with(told, self.parts.registry))
        planning = Planning(order, asker, told.outline, answers=answers_in(told.events))
        if told.program is None or told.check is None or not told.check.ok:
            return await _to_the_end(record, partial(self._flow, planning, record, approver))
        job = self._job(told, stopping=False)
        return await _to_the_end(record, partial(self._carry, order, job, told.events, record, approver))

    async def _answer(
        self, told: RunSummary, asked: QuestionAsked, typed: str, approver: Approver, asker: Asker, record: Record
    ) -> RunStatus:
        """Plan a run again with the answer to its question, as it was ordered."""
        answer = read_answer(asked.question, typed)
        planning = Planning(order_of(told), asker, told.outline, answers=answers_in(told.events))

        async def go_on() -> RunFinished | None:
            planning.take(asked, answer, record)
            return await self._flow(planning, record, approver)

        return await _to_the_end(record, go_on)

    def _recorder(self, run_id: str, watch: Watch) -> Record:
        def record(event: Event, *more: Event, durable: bool = True) -> Event:
            stored = self.parts.journal.append_all(run_id, (event, *more), durable=durable)
            for each in stored:
                watch(each)
            return stored[0]

        return record

    async def _flow(self, planning: Planning, record: Record, approver: Approver) -> RunFinished | None:
        order = planning.order
        given = await (self._check_given(order.given, record) if order.given else self._plan(planning, record))
        if given is None:
            return None
        job = _job_of(order, given.program, given.documents)
        return await self._carry(order, job, (), record, approver)

    async def _carry(
        self, order: Order, job: Job, events: Sequence[Event], record: Record, approver: Approver
    ) -> RunFinished | None:
        """Step 5, for a program that passed its check; `events` are those of the run, where it was broken off."""
        if order.dry_run:
            return RunFinished(status="done", answer="Not run: this was a dry run. The program passed its check.")
        trigger = order.trigger or job.program.trigger
        if trigger is not None:
            return self._schedule(order, job.program, trigger, record)
        tally = Tally(events)
        return _ending(tally, await self.parts.executor.go_on(job, events, tally.recording(record), approver))

    def _schedule(self, order: Order, program: Program, trigger: Trigger, record: Record) -> RunFinished:
        """Keep a program that passed its check until its time comes. Raises ScheduleError where nothing waits."""
        if self.parts.keep is None:
            raise ScheduleError(f"wanted {trigger}; nothing here runs later or again by itself", best=program)
        versions = summarize(self.parts.journal.run(order.run_id)).versions
        kept = self.parts.keep(order, program.model_copy(update={"trigger": None}), versions, trigger)
        record(kept)
        return endings.scheduled(kept)

    async def _plan(self, planning: Planning, record: Record) -> Given | None:
        """Steps 1 to 4, until nothing is left to ask; None where a question waits for its answer."""
        while True:
            try:
                return await self._plan_once(planning, record)
            except NeedsInputError as error:
                if not await planning.ask(error, record):
                    return None

    async def _plan_once(self, planning: Planning, record: Record) -> Given:
        """Steps 1 to 4: outline, APIs, program, check; an outline and APIs that are known already are kept."""
        order, packages = planning.order, tuple(self.parts.registry.packages())
        request = Request(order.instruction, Context(now=order.now), packages=packages, answers=planning.answers)
        outline = planning.outline = planning.outline or await self._outline(request, record)
        selection = planning.selection or await self._select(replace(request, outline=outline), outline, record)
        planning.selection = selection
        packages = self._packages(selection.documents)
        request = replace(request, outline=outline, documents=selection.documents, packages=packages)
        program = await self._write_with(selection, request, record)
        left_out = () if self.parts.judges_steps else steps_left_out(selection, program)
        if left_out:
            raise endings.nothing_fits(selection, left_out, chat_model=False)
        return Given(program, selection.documents)

    async def _check_given(self, given: Given, record: Record) -> Given:
        """Step 4 alone: the program is there."""
        if given.versions:
            kept = [self.parts.registry.kept(v.package, v.name, v.digest) for v in given.versions]
            given = replace(given, documents=(*given.documents, *kept))
        check = partial(self.parts.verifier.check, given.program.code, given.documents)
        report = await anyio.to_thread.run_sync(check)
        record(self._checked(given.program, report, given.documents))
        if not report.ok:
            raise endings.not_passed(report, 1, given=True)
        return replace(given, program=given.program.on(report.backend))

    async def _outline(self, request: Request, record: Record) -> Outline:
        outline = await self.parts.mcfm.outline(request, _listener(record))
        record(OutlineProposed(outline=outline))
        return outline

    async def _select(self, request: Request, outline: Outline, record: Record) -> Selection:
        search = partial(self.parts.selector.select, outline, instruction=request.instruction)
        selection = await anyio.to_thread.run_sync(search)
        record(ApisSelected(steps=selection.steps))
        known = recalled(self.parts.mcfm, request, self.parts.registry)
        if known:
            return with_recalled(selection, known)
        offered = await anyio.to_thread.run_sync(widen, selection, self.parts.registry)
        if not offered.documents or (nothing_found(selection) and offered is selection):
            raise endings.nothing_fits(selection, selection.unmet, chat_model=self.parts.judges_steps)
        return offered

    async def _write_with(self, selection: Selection, request: Request, record: Record) -> Program:
        """Write the program; where selector and model both find nothing, the steps and what is nearest are told."""
        try:
            return await self._write(request, record)
        except NothingFitsError as error:
            if not nothing_found(selection):
                raise
            if self.parts.judges_steps:
                raise NothingFitsError(error.message, nearest=selection.nearest, hint=error.hint) from error
            raise endings.nothing_fits(selection, selection.unmet, chat_model=False) from error

    async def _write(self, request: Request, record: Record) -> Program:
        """Write the program, and give it back with the findings until it passes or the repairs are used up."""
        attempt = 1
        while True:
            program = await self.parts.mcfm.write(request, _listener(record))
            record(ProgramWritten(program=program, attempt=attempt))
            check = partial(self.parts.verifier.check, program.code, request.documents)
            report = await anyio.to_thread.run_sync(check)
            record(self._checked(program, report, request.documents, attempt))
            if report.ok:
                return program.on(report.backend)
            unchanged = request.previous is not None and request.previous.code == program.code
            if unchanged or attempt > REPAIRS:
                raise endings.not_passed(report, attempt)
            request = replace(request, previous=program, findings=report.findings)
            attempt += 1

    def _checked(
        self, program: Program, report: CheckReport, documents: Sequence[ApiDocument], attempt: int = 1
    ) -> ProgramChecked:
        sandboxes = {package.name: package.sandbox for package in self._packages(documents)}
        return ProgramChecked(
            report=report,
            attempt=attempt,
            versions=versions_called(program, report, documents),
            irreversible=find_irreversible(report, documents, self.parts.registry.find, sandboxes),
        )

    def _packages(self, documents: Sequence[ApiDocument]) -> tuple[Package, ...]:
        found = (self.parts.registry.package(name) for name in dict.fromkeys(d.package for d in documents))
        return tuple(package for package in found if package is not None)

    def _job(self, told: RunSummary, *, stopping: bool) -> Job:
        """Return what is left to do of a run, with the documents that it started with."""
        if told.program is None:
            raise UsageError(f"run {told.id} has no program to go on with")
        return _job_of(order_of(told), told.program, documents_kept(told, self.parts.registry, stopping=stopping))


def _ending(tally: Tally, outcome: Outcome) -> RunFinished | None:
    """Turn what the executor reports into the run's last event; None while it waits."""
    if outcome.status == "waiting":
        return None
    if outcome.error is not None:
        return endings.failed(outcome.error)
    answer = answer_text(outcome.value, tally.artifacts, tally.calls, tally.opened)
    return RunFinished(status="done", answer=answer)


async def _to_the_end(record: Record, work: Callable[[], Awaitable[RunFinished | None]]) -> RunStatus:
    """Do the work and record how it ended, whatever happens."""
    try:
        ending = await work()
    except StoreError:
        raise  # nothing more can be written: the run stays as it is, and goes on once the journal takes events again
    except TaskMatrixError as error:
        ending = endings.failed(error)
    except Exception as error:
        _logger.exception("a run broke off")
        ending = endings.broken(error)
    except BaseException:
        # Cancelled, or interrupted: the journal is written without a chance of being cancelled again.
        record(endings.cancelled())
        raise
    if ending is None:
        return "waiting"
    record(ending)
    return ending.status


def _listener(record: Record) -> Listen:
    def listen(event: ModelReplied | ModelWriting) -> None:
        if isinstance(event, ModelReplied):
            record(event)

    return listen


def accept(instruction: str) -> None:
    """Raise UsageError for an instruction that says nothing, or too much."""
    if not instruction.strip():
        raise UsageError("the instruction is empty", hint='say what to do: taskmatrix "create a presentation …"')
    if len(instruction) > LONGEST_INSTRUCTION:
        raise UsageError(
            f"the instruction has {len(instruction):,} characters; {LONGEST_INSTRUCTION:,} is the most",
            hint="put long material in a file, and name the file in the instruction",
        )


async def _ended(ending: RunFinished) -> RunFinished:
    return ending


def _job_of(order: Order, program: Program, documents: Sequence[ApiDocument]) -> Job:
    return Job(
        run_id=order.run_id,
        program=program,
        documents=tuple(documents),
        directory=order.directory,
        assume_yes=order.assume_yes,
        now=order.now,
        budget=order.budget,
    )


def _accept_answer(told: RunSummary, answer: str) -> None:
    if told.pending is None:
        raise UsageError(f"run {told.id} waits for no answer: it is {told.status}")
    if answer not in told.pending.options:
        raise UsageError(
            f"{answer!r} is no answer to what run {told.id} asks",
            hint=f"it takes {' or '.join(told.pending.options)}",
        )
