"""The loop from instruction to answer, and what its journal says."""

from taskmatrix.conversation.answers import answer_text, describe, opened_files
from taskmatrix.conversation.loop import Conversation
from taskmatrix.conversation.parts import Given, Order, Parts, Watch
from taskmatrix.conversation.questions import LONGEST_ANSWER, MOST_QUESTIONS, read_answer
from taskmatrix.conversation.summary import INTERRUPTED, RunError, RunSummary, summarize

__all__ = [
    "INTERRUPTED",
    "LONGEST_ANSWER",
    "MOST_QUESTIONS",
    "Conversation",
    "Given",
    "Order",
    "Parts",
    "RunError",
    "RunSummary",
    "Watch",
    "answer_text",
    "describe",
    "opened_files",
    "read_answer",
    "summarize",
]
