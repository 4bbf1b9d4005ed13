"""The loop from instruction to answer, and what its journal says."""

from taskmatrix.conversation.answers import answer_text, describe
from taskmatrix.conversation.loop import Conversation
from taskmatrix.conversation.parts import Order, Parts, Watch
from taskmatrix.conversation.summary import RunError, RunSummary, summarize

__all__ = [
    "Conversation",
    "Order",
    "Parts",
    "RunError",
    "RunSummary",
    "Watch",
    "answer_text",
    "describe",
    "summarize",
]
