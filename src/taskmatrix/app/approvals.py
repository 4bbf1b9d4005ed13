"""What runs wait for: what every interface that answers shows."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field

from taskmatrix.core.events import ApprovalRequested, QuestionAsked

if TYPE_CHECKING:
    from taskmatrix.app.wiring import Wiring


class PendingApproval(BaseModel):
    """What a run waits for: an approval, or the answer to a question. `resume(run, answer)` gives it."""

    model_config = ConfigDict(frozen=True)

    run: str
    instruction: str
    directory: str
    request: ApprovalRequested | None = None
    question: QuestionAsked | None = None
    expired: bool = Field(default=False, description="any answer ends the run now, without a call")

    @property
    def options(self) -> tuple[str, ...]:
        """What can be answered; empty where any words will do."""
        return self.request.options if self.request is not None else ()


def is_expired(request: ApprovalRequested | None, now: datetime) -> bool:
    """Whether it is too late to answer a request."""
    return request is not None and request.expires is not None and now > request.expires


def pending_approvals(tm: "Wiring", limit: int) -> Sequence[PendingApproval]:
    """Return what the newest waiting runs wait for; of several approvals of a run the one to be answered first."""
    from taskmatrix.conversation import summarize

    now, found = tm.clock(), list[PendingApproval]()
    for run in tm.journal.runs(limit, status="waiting"):
        told = summarize(tm.journal.run(run.id))
        if told.pending is not None or told.question is not None:  # else it was answered meanwhile
            found.append(
                PendingApproval(
                    run=told.id,
                    instruction=told.instruction,
                    directory=told.directory,
                    request=told.pending,
                    question=told.question,
                    expired=is_expired(told.pending, now),
                )
            )
    return found
