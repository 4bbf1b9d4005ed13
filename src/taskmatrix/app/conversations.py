"""The loop wired together: with the model in use, or with the one that a waiting run was planned by."""

from typing import TYPE_CHECKING

from taskmatrix.app.models import EMBEDDED, make_mcfm
from taskmatrix.app.outcomes import Outcomes
from taskmatrix.app.planned import Planned
from taskmatrix.app.remembering import Memory
from taskmatrix.core.events import Run
from taskmatrix.core.protocols import Mcfm

if TYPE_CHECKING:
    from taskmatrix.app.wiring import Wiring
    from taskmatrix.conversation import Conversation


def open_conversation(tm: "Wiring", mcfm: Mcfm) -> "Conversation":
    """Return the loop over the parts of `tm`, planning with `mcfm`."""
    from taskmatrix.conversation import Conversation, Parts

    parts = Parts(
        mcfm=mcfm,
        registry=tm.registry,
        selector=mcfm if isinstance(mcfm, Planned) else tm.selector,
        verifier=tm.verifier,
        executor=tm.executor,
        journal=tm.journal,
        judges_steps=mcfm.name != EMBEDDED,
        keep=tm.schedules.keep,
        memory=Memory(tm),
        expand=tm.templates.expand,
        outcomes=Outcomes(tm),
    )
    return Conversation(parts)


def conversation_of(tm: "Wiring", run: Run) -> "Conversation":
    """Return the loop that goes on with a run: with the model that plans it, as long as it may be planned anew."""
    from taskmatrix.conversation import summarize

    told = summarize(run)
    passed = told.outline is None or (told.check is not None and told.check.ok)
    # What was given, or planned by a model that has but one plan, is not planned again.
    settled = told.outline is None or told.model == EMBEDDED
    if told.question is None and told.program is not None and passed and settled:
        return tm.__dict__.get("conversation") or open_conversation(tm, Planned())
    if told.model == tm.mcfm.name:
        return tm.conversation
    return open_conversation(tm, make_mcfm(told.model, tm.home))
