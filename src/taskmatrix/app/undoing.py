"""Taking back what an ended run did: what can be, and doing it."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from taskmatrix.conversation import RunSummary, summarize
from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.errors import ApiGoneError, UsageError
from taskmatrix.core.event_parts import extent_of
from taskmatrix.core.events import Event, Run, RunFinished, RunStarted, UndoFinished
from taskmatrix.core.programs import Program
from taskmatrix.executor import Job, Planned, Reach, plan_undo

if TYPE_CHECKING:
    from taskmatrix.app.wiring import Wiring
    from taskmatrix.conversation import Watch
    from taskmatrix.core.protocols import Approver


def plan_of(tm: "Wiring", run: Run, calls: Sequence[int] | None = None) -> tuple[Planned, ...]:
    """Return what can be taken back of a run, last call first.

    Raises UsageError for a run that has not ended, and for calls that changed nothing.
    """
    if run.status not in ("done", "failed", "cancelled", "interrupted"):
        raise UsageError(f"run {run.id} has not ended: it is {run.status}", hint=f"taskmatrix runs deny {run.id}")
    planned = plan_undo(run.events, _reach(tm, summarize(run)), tm.blobs, calls)
    missing = sorted(set(calls or ()) - {one.step.call for one in planned})
    if missing:
        raise UsageError(
            f"call {missing[0]} of run {run.id} changed nothing that could be taken back",
            hint=f"see `taskmatrix runs undo {run.id} --dry-run`",
        )
    return planned


async def undo_run(
    tm: "Wiring", run: Run, planned: Sequence[Planned], *, assume_yes: bool, approver: "Approver", watch: "Watch"
) -> None:
    """Take back calls as planned; the run is held meanwhile."""
    told = summarize(run)
    if isinstance(run.events[-1], UndoFinished) and not any(one.tasks for one in planned):
        return  # all that could be done was done before
    before = {one.step.call: one.step for one in plan_of(tm, run)}

    def record(event: Event, *more: Event, durable: bool = True) -> Event:
        if isinstance(event, UndoFinished):  # what becomes of the calls that were not chosen counts, too
            now = before | {step.call: step for step in event.steps}
            event = event.model_copy(update={"extent": extent_of(now.values())})
        stored = tm.journal.append_all(run.id, (event, *more), durable=durable)
        for each in stored:
            watch(each)
        return stored[0]

    if run.status == "interrupted":  # it will not go on from here
        record(RunFinished(status="cancelled", code="cancelled", message="it was given up, and taken back"))
    job = Job(
        run_id=run.id,
        program=told.program or Program(code=""),
        documents=tuple(_documents(tm, told)),
        directory=Path(told.directory),
        assume_yes=assume_yes,
        now=next((event.now for event in run.events if isinstance(event, RunStarted)), None),
    )
    await tm.executor.undo(job, run.events, planned, record, approver)


def _reach(tm: "Wiring", told: RunSummary) -> Reach:
    documents = {document.id: document for document in _documents(tm, told)}
    about = (tm.registry.package(name) for name in {document.package for document in documents.values()})
    sandboxes = {package.name: package.sandbox for package in about if package is not None}
    return Reach(documents, lambda api: callable_document(tm, api), sandboxes)


def _documents(tm: "Wiring", told: RunSummary) -> Sequence[ApiDocument]:
    """Return what can still be had of the documents that the run was checked against."""
    found: list[ApiDocument] = []
    for version in (*told.versions, *told.earlier):
        try:
            found.append(tm.registry.kept(version.package, version.name, version.digest, quarantined=True))
        except ApiGoneError:
            continue
    return found


def callable_document(tm: "Wiring", api: str) -> ApiDocument | None:
    """Return the document of an API that may be called; None for one that is not there, or in quarantine."""
    document = tm.registry.find(api)
    try:
        return document and tm.registry.kept(document.package, document.name, document.digest())
    except ApiGoneError:
        return None
