"""Answers to approval requests and questions that need no person."""

from taskmatrix.core.events import ApprovalRequested, QuestionAsked


async def leave_waiting(request: ApprovalRequested | QuestionAsked) -> None:
    """Answer nothing: the run waits, and can be answered later from any process."""
    return
