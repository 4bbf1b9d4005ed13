"""Taking a turn of a conversation: one run gets it, in the transaction that records how it starts."""

from datetime import datetime
from typing import TYPE_CHECKING

from taskmatrix.core.errors import ConflictError, NotFoundError
from taskmatrix.store.characters import holdable, storable

if TYPE_CHECKING:
    from taskmatrix.store.appending import Statements

LONGEST_TITLE = 80
"""Characters of a title; one that nobody gave is the beginning of the first instruction."""

HINT = "taskmatrix chats list shows the newest"

_KNOWN = "SELECT 1 FROM conversations WHERE id = :conversation"
_BEFORE = "SELECT coalesce(max(turn), 0) FROM turns WHERE conversation = :conversation AND turn < :turn"
_TAKE = "INSERT INTO turns (conversation, turn, run_id) VALUES (:conversation, :turn, :run) ON CONFLICT DO NOTHING"
_TAKEN = "SELECT run_id FROM turns WHERE conversation = :conversation AND turn = :turn"
_FOLLOW = (
    "UPDATE conversations SET updated = :at, title = CASE WHEN title = '' THEN :title ELSE title END"
    " WHERE id = :conversation"
)


def take_turn(
    statements: "Statements", conversation: str, turn: int, run_id: str, instruction: str, at: str | datetime
) -> None:
    """Make a run that is in the journal the next turn.

    Raises ConflictError where the turn is taken or not the next, NotFoundError for a conversation that is gone.
    """
    which = {"conversation": conversation, "turn": turn}
    if not holdable(conversation) or statements.value(_KNOWN, which) is None:
        raise NotFoundError(f"there is no conversation {conversation!r}", hint=HINT)
    last = statements.value(_BEFORE, which)
    if last == turn - 1:
        statements.change(_TAKE, {**which, "run": run_id})
    if last != turn - 1 or statements.value(_TAKEN, which) != run_id:
        raise ConflictError(
            f"run {run_id} cannot be turn {turn} of conversation {conversation}: the turn is taken, or not the next",
            hint="see what was done meanwhile with `taskmatrix chats show`, then say it again",
        )
    statements.change(_FOLLOW, {"conversation": conversation, "at": at, "title": title_of(instruction)})


def title_of(text: str) -> str:
    """Return a text as a title: one line, not too long."""
    line = " ".join(storable(text).split())
    return line if len(line) <= LONGEST_TITLE else line[: LONGEST_TITLE - 1].rstrip() + "…"
