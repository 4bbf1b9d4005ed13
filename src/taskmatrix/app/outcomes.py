"""Looking at the world before and after a program, with the parts of a `TaskMatrix`."""

from collections.abc import Sequence
from functools import reduce
from typing import TYPE_CHECKING

from taskmatrix.app.undoing import callable_document
from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.events import Event, OutcomeChecked, StatesRead
from taskmatrix.core.programs import CheckReport

if TYPE_CHECKING:
    from taskmatrix.app.wiring import Wiring
    from taskmatrix.executor import Job
    from taskmatrix.executor.outcomes import Observer


class Outcomes:
    """Implements `conversation.parts.Outcomes`."""

    def __init__(self, tm: "Wiring") -> None:
        self._tm = tm

    async def before(self, job: "Job", report: CheckReport, events: Sequence[Event]) -> StatesRead | None:
        """Return how the packages are that a checked program may change; None where none of them tells."""
        from taskmatrix.executor.outcomes import Visit, observe

        read = await observe(report, events, Visit(job.run_id, job.directory), observer_of(self._tm, job.documents))
        return StatesRead(states=read.states, unread=read.unread) if read.states or read.unread else None

    async def after(self, job: "Job", events: Sequence[Event]) -> OutcomeChecked:
        """Return what was verified after a program, and what changed that no call was to change."""
        from taskmatrix.executor.outcomes import Before, Visit, check_outcome

        read = [Before(states=e.states, unread=e.unread) for e in events if isinstance(e, StatesRead)]
        before = reduce(lambda earlier, later: earlier | later, read, Before())
        visit, observer = Visit(job.run_id, job.directory), observer_of(self._tm, job.documents)
        return await check_outcome(events, before, visit, observer)


def observer_of(tm: "Wiring", documents: Sequence[ApiDocument] = ()) -> "Observer":
    """Return what looks at the world without changing it: a run's own `documents` first, else those on offer."""
    from taskmatrix.executor.outcomes import Observer

    known = {document.id: document for document in documents}
    return Observer(
        callers=tm.callers,
        blobs=tm.blobs,
        policy=tm.rules.policy,
        clock=tm.clock,
        find=lambda api: known.get(api) or callable_document(tm, api),
        package=tm.registry.package,
        dispatcher=tm.dispatcher,
    )
