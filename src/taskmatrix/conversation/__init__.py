"""The loop from instruction to answer, and what its journal says."""

from taskmatrix.conversation.answers import answer_text, describe
from taskmatrix.conversation.happened import calling, check_program, marks_of, program_of
from taskmatrix.conversation.inspection import CallReport, Found, find_value, report_call
from taskmatrix.conversation.loop import LONGEST_INSTRUCTION, Conversation, accept
from taskmatrix.conversation.parts import Compacted, End, Given, Order, Parts, Watch
from taskmatrix.conversation.questions import LONGEST_ANSWER, MOST_QUESTIONS, read_answer
from taskmatrix.conversation.streaming import stream
from taskmatrix.conversation.summary import INTERRUPTED, RunError, RunSummary, summarize
from taskmatrix.conversation.tally import opened_files
from taskmatrix.conversation.versions import versions_offered

__all__ = [
    "INTERRUPTED",
    "LONGEST_ANSWER",
    "LONGEST_INSTRUCTION",
    "MOST_QUESTIONS",
    "CallReport",
    "Compacted",
    "Conversation",
    "End",
    "Found",
    "Given",
    "Order",
    "Parts",
    "RunError",
    "RunSummary",
    "Watch",
    "accept",
    "answer_text",
    "calling",
    "check_program",
    "describe",
    "find_value",
    "marks_of",
    "opened_files",
    "program_of",
    "read_answer",
    "report_call",
    "stream",
    "summarize",
    "versions_offered",
]
