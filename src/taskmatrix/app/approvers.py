"""Answers to approval requests that need no person."""

from taskmatrix.core.events import ApprovalRequested


async def leave_waiting(request: ApprovalRequested) -> str | None:
    """Answer nothing: the run waits, and can be answered later from any process."""
    return None
