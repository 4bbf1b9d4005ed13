"""The loop: instruction → outline → APIs → program → check → run → outcome → answer.

Read top to bottom, this is the paper's Figure 1. Each part is called once, in this order, and every step is an
event in the journal before the next one starts. What did not work is planned anew, a few times.
"""

import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial

from taskmatrix.conversation import endings
from taskmatrix.conversation.answers import answer_text
from taskmatrix.conversation.dry_run import dry_run_ending
from taskmatrix.conversation.orders import given_with, order_of
from taskmatrix.conversation.parts import End, Given, Order, Parts, Watch
from taskmatrix.conversation.planner import Planner
from taskmatrix.conversation.planning import Planning
from taskmatrix.conversation.questions import read_answer
from taskmatrix.conversation.rounds import LAST_ROUND, NoOtherWayError, is_mendable, is_under_way, learned_from
from taskmatrix.conversation.streaming import stream
from taskmatrix.conversation.summary import RunSummary, summarize
from taskmatrix.conversation.tally import Tally
from taskmatrix.conversation.versions import documents_kept, versions_offered
from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.errors import ModelError, ScheduleError, StoreError, TaskMatrixError, UsageError
from taskmatrix.core.events import (
    Event,
    ModelWriting,
    ProgramWritten,
    QuestionAsked,
    RunFinished,
    RunScheduled,
    RunStarted,
    RunStatus,
)
from taskmatrix.core.happenings import marks_in
from taskmatrix.core.programs import CheckReport, Program
from taskmatrix.core.protocols import Approver, Asker, Record
from taskmatrix.core.triggers import At, Cron, Every, Trigger
from taskmatrix.executor import Job, Outcome

_ENDED = frozenset(("done", "failed", "cancelled"))

LONGEST_INSTRUCTION = 40_000
"""Characters. Longer texts are files to be read by an API, not instructions."""

_logger = logging.getLogger(__name__)

Work = Callable[[], Awaitable[RunFinished | None]]
"""Goes on with a run until it ends, or waits (None). Raises TaskMatrixError for what went wrong."""


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

    async def carry_out(
        self, order: Order, approver: Approver, asker: Asker, watch: Watch, end: End | None = None
    ) -> RunStatus:
        """Carry out an instruction; `watch` sees each event. Returns the status the run is left in.

        Whoever gives an `end`, to write how the run ended, has it queued till then: its start need not wait for the
        disk, since a run that lost it is queued still.
        """
        order = replace(order, now=order.now or datetime.now(UTC).astimezone())
        accept(order.instruction)
        mcfm = order.given.program.author if order.given else self.parts.mcfm.name
        given = (_given(order.given),) if order.given else ()
        journal, folder, opening = self.parts.journal, str(order.directory), (_started(order, mcfm), *given)
        opened = journal.create(order.run_id, order.instruction, mcfm, folder, opening=opening, durable=end is None)
        for event in opened.events:
            watch(event)
        record = self._recorder(order.run_id, watch)
        planning = self._planning(order, asker)

        async def ended(ending: RunFinished) -> None:
            record(ending) if end is None else watch(await end(order.run_id, ending))

        return await _to_the_end(record, partial(self._rounds, planning, record, approver), ended)

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
        order = order_of(told)
        job = replace(self._job(told, stopping=answer == "deny"), by=by)

        async def go_on() -> RunFinished | None:
            tally = Tally(told.events)
            outcome = await self.parts.executor.resume(job, told.events, answer, tally.recording(record), approver)
            return await self._ending(job, tally, outcome, record)

        planning = self._planning(order, asker).follow(told.events)
        return await _to_the_end(record, partial(self._rounds, planning, record, approver, go_on))

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
            watch(told.question)  # shown once more, to be answered
            typed = await asker(told.question)
            if typed is None:
                return "waiting"
            return await self._answer(told, told.question, typed, approver, asker, record)
        if kept := next((event for event in told.events if isinstance(event, RunScheduled)), None):
            return await _to_the_end(record, partial(_ended, endings.scheduled(kept)))
        order = replace(order_of(told), given=given_with(told, self.parts.registry))
        planning = self._planning(order, asker).follow(told.events)
        work = None
        if told.program is not None and told.check is not None and told.check.ok:
            job = self._job(told, stopping=False)
            work = partial(self._carry, order, job, told.check, told.events, record, approver)
        return await _to_the_end(record, partial(self._rounds, planning, record, approver, work))

    async def _answer(
        self, told: RunSummary, asked: QuestionAsked, typed: str, approver: Approver, asker: Asker, record: Record
    ) -> RunStatus:
        """Plan a run again with the answer to its question, as it was ordered."""
        answer = read_answer(asked.question, typed)
        planning = self._planning(order_of(told), asker).follow(told.events)

        async def go_on() -> RunFinished | None:
            planning.take(asked, answer, record)
            return await self._once(planning, record, approver)

        return await _to_the_end(record, partial(self._rounds, planning, record, approver, go_on))

    def _planning(self, order: Order, asker: Asker) -> Planning:
        return Planning(order, asker, redrafts=self.parts.judges_steps)

    def _recorder(self, run_id: str, watch: Watch) -> Record:
        def record(event: Event, *more: Event, durable: bool = True) -> Event:
            if isinstance(event, ModelWriting):
                watch(event)
                return event
            stored = self.parts.journal.append_all(run_id, (event, *more), durable=durable)
            for each in stored:
                watch(each)
            return stored[0]

        return record

    async def _rounds(
        self, planning: Planning, record: Record, approver: Approver, first: Work | None = None
    ) -> RunFinished | None:
        """Carry a run out, and where it does not work, plan it anew from what was done and learned.

        Raises what went wrong where nothing mends it.
        """
        work = first or partial(self._once, planning, record, approver)
        failure: TaskMatrixError | None = None
        while True:
            try:
                return await work()
            except TaskMatrixError as error:
                if failure is not None and isinstance(error, ModelError | NoOtherWayError):
                    raise endings.not_planned_anew(failure, error) from error
                if not self._mends(planning, error):
                    raise
                failure = error
                self._begin_round(planning, error, record)
            work = partial(self._once, planning, record, approver)

    def _mends(self, planning: Planning, error: TaskMatrixError) -> bool:
        """Whether to plan anew: a program that somebody gave is theirs to change."""
        planned = self.parts.judges_steps and planning.order.given is None and planning.outline is not None
        return planned and is_mendable(error) and planning.round < LAST_ROUND

    def _begin_round(self, planning: Planning, error: TaskMatrixError, record: Record) -> None:
        told = summarize(self.parts.journal.run(planning.order.run_id))
        kept = documents_kept(told, self.parts.registry, stopping=True)
        planning.begin_round(learned_from(told.events, error, {d.id: d for d in kept}), record)

    async def _once(self, planning: Planning, record: Record, approver: Approver) -> RunFinished | None:
        """One round: plan, check, run. None where it waits."""
        order, planner = planning.order, Planner(self.parts, record)
        if order.trigger is not None and order.given is None and marks_in(order.instruction):
            return self._schedule(order, None, order.trigger, record)
        planned = await (planner.check(order.given, order.event) if order.given else planner.plan(planning))
        if planned is None:
            return None
        if isinstance(planned, str):
            return _answered(order, planned)
        events: Sequence[Event] = ()
        documents = planned.documents
        if planning.round > 1 or order.session is not None:  # what was left open before, this finds
            told = summarize(self.parts.journal.run(order.run_id))
            events = told.events
            earlier = documents_kept(told, self.parts.registry, stopping=False)
            documents = tuple({document.id: document for document in (*earlier, *documents)}.values())
        job = _job_of(order, planned.program, documents)
        return await self._carry(order, job, planned.report, events, record, approver)

    async def _carry(
        self,
        order: Order,
        job: Job,
        report: CheckReport | None,
        events: Sequence[Event],
        record: Record,
        approver: Approver,
    ) -> RunFinished | None:
        """Step 5, for a program that passed its check; `events` are those of the run, where it was broken off."""
        if order.dry_run:
            return dry_run_ending(report, order.directory)
        trigger = _awaited(order, job.program)
        if trigger is not None:
            return self._schedule(order, job.program, trigger, record)
        tally = Tally(events)
        if self.parts.outcomes is not None and report is not None and not is_under_way(events):
            states = await self.parts.outcomes.before(job, report, events)
            events = (*events, record(states)) if states is not None else events
        outcome = await self.parts.executor.go_on(job, events, tally.recording(record), approver)
        return await self._ending(job, tally, outcome, record)

    async def _ending(self, job: Job, tally: Tally, outcome: Outcome, record: Record) -> RunFinished | None:
        """Turn what the executor reports into the run's last event; None while it waits. Raises what went wrong."""
        if outcome.status == "waiting":
            return None
        if outcome.error is not None:
            raise outcome.error
        if self.parts.outcomes is not None and (tally.artifacts or _is_promised(job)):
            checked = await self.parts.outcomes.after(job, self.parts.journal.run(job.run_id).events)
            if checked.facts or checked.beyond:
                record(checked)
            if not checked.ok:
                raise endings.outcome_wrong(checked)
        answer = answer_text(outcome.value, tally.artifacts, tally.calls, tally.opened)
        return RunFinished(status="done", answer=answer)

    def _schedule(self, order: Order, program: Program | None, trigger: Trigger, record: Record) -> RunFinished:
        """Keep a program that passed its check until its time comes; None: what says `{event.…}`, to be planned then.

        Raises ScheduleError where nothing waits.
        """
        if self.parts.keep is None:
            raise ScheduleError(f"wanted {trigger}; nothing here runs later or again by itself", best=program)
        versions = summarize(self.parts.journal.run(order.run_id)).versions
        program = program.model_copy(update={"trigger": None}) if program is not None else None
        kept = self.parts.keep(order, program, versions, trigger)
        record(kept)
        return endings.scheduled(kept)

    def _job(self, told: RunSummary, *, stopping: bool) -> Job:
        """Return what is left to do of a run, with the documents that it started with."""
        if told.program is None:
            raise UsageError(f"run {told.id} has no program to go on with")
        return _job_of(order_of(told), told.program, documents_kept(told, self.parts.registry, stopping=stopping))


def _started(order: Order, model: str) -> RunStarted:
    return RunStarted(
        run_id=order.run_id,
        instruction=order.instruction,
        model=model,
        directory=str(order.directory),
        now=order.now,
        dry_run=order.dry_run,
        assume_yes=order.assume_yes,
        budget=dict(order.budget) if order.budget is not None else None,
        trigger=order.trigger,
        scheduled=order.scheduled,
        name=order.name,
        zone=order.zone,
        conversation=order.conversation,
        turn=order.turn,
        session=order.session,
        attachments=order.attachments,
        pinned=order.pinned,
        review=order.review,
    )


def _given(given: Given) -> ProgramWritten:
    """Return what tells of a program that is there, with its documents: it may be checked in another process."""
    return ProgramWritten(program=given.program, versions=(*given.versions, *versions_offered(given.documents)))


async def _to_the_end(
    record: Record, work: Work, ended: Callable[[RunFinished], Awaitable[None]] | None = None
) -> RunStatus:
    """Do the work and record how it ended, whatever happens; an end that nobody forced is `ended`'s to record."""
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
    if ended is None:
        record(ending)
    else:
        await ended(ending)
    return ending.status


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


def _answered(order: Order, answer: str) -> RunFinished:
    """Return the ending of an instruction that needs nothing done. Raises ScheduleError where it was to be kept."""
    if order.scheduled:
        raise ScheduleError(
            f"{order.instruction!r} asks for nothing that could be done later", hint="say what to do at its time"
        )
    return RunFinished(status="done", answer=answer)


def _awaited(order: Order, program: Program) -> Trigger | None:
    """Return what a program is kept for; None where it is to be run now. After an event it waits no more: it has come.

    Raises ScheduleError where neither the order of a schedule nor its words say when, and where the program of an
    event is to wait for a time: who sends values must not schedule runs.
    """
    trigger = order.trigger or program.trigger
    if trigger is None and order.scheduled:
        raise endings.says_no_time(order.instruction, program, given=order.given is not None)
    if trigger is None or order.event is None:
        return trigger
    if isinstance(trigger, At | Every | Cron):
        raise ScheduleError(f"wanted {trigger}; a run that an event has started schedules nothing", best=program)
    return None


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


def _is_promised(job: Job) -> bool:
    """Whether a document says how the world is to be after a call, or what of it a call changes."""
    return any(document.ensures or document.changes is not None for document in job.documents)


def _accept_answer(told: RunSummary, answer: str) -> None:
    if told.pending is None:
        raise UsageError(f"run {told.id} waits for no answer: it is {told.status}")
    if answer not in told.pending.options:
        raise UsageError(
            f"{answer!r} is no answer to what run {told.id} asks",
            hint=f"it takes {' or '.join(told.pending.options)}",
        )
