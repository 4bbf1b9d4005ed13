"""Taking back what an ended run did: in reverse order, each compensation a call in the journal of that run.

Undoing may be killed at any point and started again: what is taken back stays so, what was under way is gone on with.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from pydantic import JsonValue

from taskmatrix.core import names
from taskmatrix.core.binding import Namespace
from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.errors import NotFoundError, OutcomeUnknownError, UndoError
from taskmatrix.core.events import (
    ArtifactMade,
    CallDone,
    CallFailed,
    CallIntended,
    CallSent,
    Event,
    RunStarted,
    UndoFinished,
    UndoState,
    UndoStep,
)
from taskmatrix.core.protocols import BlobStore, Caller, HostCall, Raised, Record, Value
from taskmatrix.executor.calling import Desk
from taskmatrix.executor.compensations import Compensation, FileChange, Find, Made, compensations
from taskmatrix.executor.flights import Waiting
from taskmatrix.executor.irreversible import is_local
from taskmatrix.executor.payloads import restore
from taskmatrix.executor.restoring import RESTORE_FILE, foresee, restore_file, what_comes_back
from taskmatrix.executor.spending import Spending

UNKNOWN = "nobody knows whether it happened; look there yourself"


@dataclass(slots=True)
class _Past:
    """A call as the journal tells it. `undone` are the calls that took it back, or tried to, in order."""

    intended: CallIntended
    sent: bool = False
    ending: CallDone | CallFailed | None = None
    files: dict[str, FileChange] = field(default_factory=dict[str, FileChange])
    undone: list["_Past"] = field(default_factory=list["_Past"])

    @property
    def is_unknown(self) -> bool:
        """Whether nobody knows if it happened."""
        return self.sent and (self.ending is None or (isinstance(self.ending, CallFailed) and self.ending.unsure))


@dataclass(frozen=True, slots=True)
class Task:
    """One compensation to make. `number` is that of its call, also where an earlier undoing began it."""

    compensation: Compensation
    number: int

    @property
    def host_call(self) -> HostCall:
        """The call, as a program would make it."""
        document = self.compensation.document
        given = {names.identifier(name): value for name, value in self.compensation.arguments.items()}
        return HostCall(names.module(document.package), names.function(document.name), (), given, id=self.number)


@dataclass(frozen=True, slots=True)
class Planned:
    """What can become of one call, and the compensations that are still to be made."""

    step: UndoStep
    tasks: tuple[Task, ...] = ()

    def after(self, answers: Sequence[Value | Raised | Waiting]) -> UndoStep:
        """Return the step once its compensations have been made."""
        for task, answer in zip(self.tasks, answers, strict=False):
            if isinstance(answer, Raised):
                return self.step.model_copy(update={"state": "not-undone", "why": answer.message})
            if isinstance(answer, Waiting):
                why = f"{task.compensation.document.id} waits for an answer: undo at a terminal, or with --yes"
                return self.step.model_copy(update={"state": "not-undone", "why": why})
        return self.step.model_copy(update={"state": "undone", "why": ""}) if self.tasks else self.step


@dataclass(frozen=True, slots=True)
class Reach:
    """What is known of the APIs: those the run called, by id; how to look up others; the packages' sandboxes."""

    documents: Mapping[str, ApiDocument]
    find: Find
    sandboxes: Mapping[str, str | None]


def plan_undo(
    events: Sequence[Event], reach: Reach, blobs: BlobStore, calls: Sequence[int] | None = None
) -> tuple[Planned, ...]:
    """Return what can be taken back of a run, last call first; of all its calls or of some.

    Only what may have changed something is named: no reads, no calls that were refused or surely failed.
    """
    made = _read(events)
    number = max(made, default=0)
    planned: list[Planned] = []
    holds: dict[str, str] = {}
    started = next((event for event in events if isinstance(event, RunStarted)), None)
    for past in sorted(made.values(), key=lambda past: past.intended.call, reverse=True):
        if past.intended.undoes is not None or (calls is not None and past.intended.call not in calls):
            continue
        one = _plan(past, reach, blobs, number, started)
        if one is not None:
            planned.append(_foreseen(one, holds))
            number = max([number, *(task.number for task in one.tasks)])
    return tuple(planned)


def _foreseen(one: Planned, holds: dict[str, str]) -> Planned:
    """Say of a call if a file of it was changed since. It is tried all the same: the file may be as it was by then."""
    for task in one.tasks:
        if task.compensation.document is RESTORE_FILE:
            why = foresee(task.compensation.arguments, holds)
            if why:
                return replace(one, step=_impossible(one.step, why))
    return one


def _plan(past: _Past, reach: Reach, blobs: BlobStore, last: int, started: RunStarted | None) -> Planned | None:
    intended, ending = past.intended, past.ending
    step = UndoStep(call=intended.call, api=intended.api, state="can-be-undone")
    document = reach.documents.get(intended.api)
    if intended.effect == "read" or not past.sent or (isinstance(ending, CallFailed) and not _did_something(past)):
        return None
    if past.is_unknown and not past.files:
        return Planned(step.model_copy(update={"state": "unknown", "why": UNKNOWN}))
    if document is None:
        return Planned(_impossible(step, "its document is gone"))
    try:
        found = compensations(document, _made(past, blobs, started), reach.find)
    except UndoError as error:
        return Planned(_impossible(step, error.message))
    if not found:
        local = is_local(document, reach.sandboxes)
        return None if local else Planned(_impossible(step, "nothing is known to take it back"))
    return _planned(past, step, found, last)


def _planned(past: _Past, step: UndoStep, found: Sequence[Compensation], last: int) -> Planned:
    """Leave out the compensations that were made, and go on with those that were begun."""
    tasks: list[Task] = []
    for compensation in found:
        tries = [u for u in past.undone if _is_of(u, compensation)]
        if any(isinstance(u.ending, CallDone) for u in tries):
            continue
        if any(isinstance(u.ending, CallFailed) and u.ending.unsure for u in tries):
            why = f"{compensation} was sent, and {UNKNOWN}"
            return Planned(step.model_copy(update={"state": "unknown", "by": str(compensation), "why": why}))
        begun = [u.intended.call for u in tries if u.ending is None]
        last += not begun
        tasks.append(Task(compensation, begun[-1] if begun else last))
    by, restores = ", ".join(map(str, found)), "; ".join(one.restores for one in found if one.restores)
    state: UndoState = "can-be-undone" if tasks else "undone"
    return Planned(step.model_copy(update={"state": state, "by": by, "restores": restores}), tuple(tasks))


def _is_of(tried: _Past, compensation: Compensation) -> bool:
    path = str(tried.intended.arguments.get("path", "")) if compensation.subject else ""
    return tried.intended.api == compensation.document.id and path == compensation.subject


def _impossible(step: UndoStep, why: str) -> UndoStep:
    return step.model_copy(update={"state": "cannot-be-undone", "why": why})


def _did_something(past: _Past) -> bool:
    return past.is_unknown or bool(past.files)


def _made(past: _Past, blobs: BlobStore, started: RunStarted | None) -> Made:
    arguments: dict[str, JsonValue] = {k: restore(v, blobs) for k, v in past.intended.arguments.items()}
    result = restore(past.ending.result, blobs) if isinstance(past.ending, CallDone) else None
    files = {path: replace(change, what=_told(change, blobs, started)) for path, change in past.files.items()}
    return Made(arguments, result, files)


def _told(change: FileChange, blobs: BlobStore, started: RunStarted | None) -> str:
    """Say what comes back of a file; its time as on the clock of the run."""
    try:
        before = blobs.get(change.before) if change.before else None
    except NotFoundError as error:
        raise UndoError(f"what {change.path!r} held before is gone") from error
    zone = started.now.tzinfo if started is not None and started.now is not None else None
    directory = Path(started.directory) if started is not None else None
    at = change.at.astimezone(zone) if change.at is not None else None
    return what_comes_back(Path(change.path), before, at, directory)


def _read(events: Sequence[Event]) -> dict[int, _Past]:
    found: dict[int, _Past] = {}
    for event in events:
        match event:
            case CallIntended():
                found[event.call] = _Past(event)
                if event.undoes in found:
                    found[event.undoes].undone.append(found[event.call])
            case CallSent() if event.call in found:
                found[event.call].sent = True
            case CallDone() | CallFailed() if event.call in found:
                found[event.call].ending = event
            case ArtifactMade() if event.call in found and event.artifact.path is not None:
                files, path = found[event.call].files, event.artifact.path
                first = files.get(path)
                before, at = (first.before, first.at) if first is not None else (event.before, event.at)
                files[path] = FileChange(path, before, event.artifact.digest, at)
            case _:
                pass
    return found


async def take_back(desk: Desk, planned: Sequence[Planned]) -> tuple[UndoStep, ...]:
    """Make the compensations of a plan, in its order; what fails does not keep the others from being made.

    Each is asked about, journalled and sent as any call of the run is; what it costs is not held against its budget.
    """
    steps: list[UndoStep] = []
    for one in planned:
        answers: list[Value | Raised | Waiting] = []
        for task in one.tasks:
            answers.append(await _make(desk, one.step.call, task))
            if not isinstance(answers[-1], Value):
                break
        steps.append(one.after(answers))
    desk.record(UndoFinished(steps=tuple(steps)))
    return tuple(steps)


async def _make(desk: Desk, undoes: int, task: Task) -> Value | Raised | Waiting:
    document = task.compensation.document

    def caller(wanted: ApiDocument) -> Caller:
        return restore_file if wanted is RESTORE_FILE else desk.callers(wanted)

    own = replace(
        desk,
        namespace=Namespace((document,)),
        callers=caller,
        record=_marking(desk.record, undoes),
        spending=Spending(),
    )
    try:
        return await own.make(task.host_call)
    except OutcomeUnknownError as error:
        return Raised(error.message)


def _marking(record: Record, undoes: int) -> Record:
    """Return a journal in which each call says what it takes back."""

    def mark(event: Event) -> Event:
        return event.model_copy(update={"undoes": undoes}) if isinstance(event, CallIntended) else event

    def marked(event: Event, *more: Event, durable: bool = True) -> Event:
        return record(mark(event), *map(mark, more), durable=durable)

    return marked
