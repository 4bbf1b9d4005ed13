"""The loop wired together: with the model in use, or with the one that a waiting run was planned by."""

from typing import TYPE_CHECKING

from taskmatrix.app.models import EMBEDDED, make_mcfm
from taskmatrix.core.events import Run
from taskmatrix.core.protocols import Mcfm

if TYPE_CHECKING:
    from taskmatrix.app.taskmatrix import TaskMatrix
    from taskmatrix.conversation import Conversation


def open_conversation(tm: "TaskMatrix", mcfm: Mcfm) -> "Conversation":
    """Return the loop over the parts of `tm`, planning with `mcfm`."""
    from taskmatrix.conversation import Conversation, Parts

    parts = Parts(
        mcfm=mcfm,
        registry=tm.registry,
        selector=tm.selector,
        verifier=tm.verifier,
        executor=tm.executor,
        journal=tm.journal,
        judges_steps=mcfm.name != EMBEDDED,
    )
    return Conversation(parts)


def conversation_of(tm: "TaskMatrix", run: Run) -> "Conversation":
    """Return the loop that goes on with a waiting run: with the model that asked, where the run asks a question."""
    from taskmatrix.conversation import summarize

    told = summarize(run)
    if told.question is None or told.model == tm.mcfm.name:
        return tm.conversation
    return open_conversation(tm, make_mcfm(told.model, tm.home))
