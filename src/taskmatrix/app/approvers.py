"""What answers, and watches, where no person does."""

from taskmatrix.core.events import ApprovalRequested, QuestionAsked


async def leave_waiting(request: ApprovalRequested | QuestionAsked) -> None:
    """Answer nothing: the run waits, and can be answered later from any process."""
    return


def look_away(event: object) -> None:
    """Watch nothing: the journal tells all."""
