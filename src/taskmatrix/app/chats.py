"""Conversations: a chain of runs, each of which goes on from what those before it said, did and left open.

The journal holds all of it. What is kept besides is which run is which turn, and a summary of the first ones.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING

from taskmatrix.app.ordering import folder_of
from taskmatrix.core.errors import ConflictError, NotFoundError, UsageError
from taskmatrix.core.events import Run, Session
from taskmatrix.core.protocols import Context
from taskmatrix.store import ConversationRecord, ConversationStore

if TYPE_CHECKING:
    from taskmatrix.app.wiring import Wiring
    from taskmatrix.conversation import Compacted
    from taskmatrix.conversation.taken_back import TurnDone
    from taskmatrix.policy.redaction import Redactor

OVERTAKEN = "give the instruction again, as the next turn"
"""What to do about a turn that was broken off, once the conversation has gone on."""

TOLD_TO_MODEL = 30_000
"""Characters of the turns that a chat model is to summarize."""

MOST_REMEMBERED = 200
"""Turns whose secrets are looked for in what packages say of the world."""


@dataclass(frozen=True, slots=True)
class Chat:
    """A conversation with its runs, by turn."""

    record: ConversationRecord
    runs: dict[int, Run]


@dataclass(frozen=True, slots=True)
class TurnOpening:
    """What the next turn of a conversation starts from."""

    conversation: str
    turn: int
    directory: Path
    session: Session | None
    context: Context
    compacted: "Compacted | None" = None


class Chats:
    """The conversations of a registry."""

    def __init__(self, tm: "Wiring") -> None:
        self._tm = tm
        self.store = ConversationStore(tm.database)

    def start(self, title: str = "", directory: str | Path | None = None) -> ConversationRecord:
        """Begin a conversation; relative paths of its turns start at `directory`, else at the current folder."""
        return self.store.create(title, str(folder_of(directory)))

    def list(self, limit: int = 20) -> Sequence[ConversationRecord]:
        """Return those that had a turn last, newest first."""
        return self.store.newest(limit)

    def find(self, conversation: str) -> ConversationRecord:
        """Return a conversation by its id, or a part of it. Raises NotFoundError."""
        return self.store.find(conversation)

    def newest(self, directory: str | Path | None = None) -> ConversationRecord:
        """Return the conversation that went on last in a folder. Raises NotFoundError, naming the newest elsewhere."""
        folder = str(folder_of(directory))
        found = self.store.newest(1, directory=folder)
        if found:
            return found[0]
        others = self.store.newest(1)
        hint = f"the newest, {others[0].id}, is in {others[0].directory}" if others else "begin one: taskmatrix chat"
        raise NotFoundError(f"no conversation was begun in {folder!r}", hint=hint)

    def going_on(self, directory: str | Path | None = None) -> ConversationRecord:
        """Return the conversation of the last run in a folder; one that was alone becomes the first turn of a new one.

        Raises NotFoundError where nothing was run there.
        """
        folder = str(folder_of(directory))
        found = self._tm.journal.runs(1, directory=folder)
        if not found:
            raise NotFoundError(f"nothing was run in {folder!r} yet", hint="leave --continue out")
        last = found[0]
        held = self.store.holding(last.id)
        return self.store.find(held) if held else self.store.begun_by(last.id, last.instruction, folder)

    def show(self, conversation: str) -> Chat:
        """Return a conversation with all of its runs. Raises NotFoundError."""
        record = self.store.find(conversation)
        return Chat(record, self._runs(self.store.runs(record.id)))

    def last_run(self, conversation: str) -> Run | None:
        """Return the run of the last turn, as it stands; None before the first."""
        last = self.store.last_run(conversation)
        return self._tm.history.run(last) if last is not None else None

    def overtaken_by(self, run_id: str) -> str:
        """Return the run of the last turn where a run is an earlier one: later turns took it as it was; else empty."""
        conversation = self.store.holding(run_id)
        last = self.store.last_run(conversation) if conversation else None
        return last if last is not None and last != run_id else ""

    def check_newest(self, run: Run) -> None:
        """Raise ConflictError for a turn that later ones follow: they took it as failed, and built on that."""
        later = self.overtaken_by(run.id)
        if later:
            raise ConflictError(
                f"run {run.id} cannot go on: its conversation went on without it, with run {later}", hint=OVERTAKEN
            )

    def rename(self, conversation: str, title: str) -> ConversationRecord:
        """Give a conversation another title. Raises NotFoundError, UsageError for an empty one."""
        found = self.store.find(conversation)
        if not title.strip():
            raise UsageError("the title is empty", hint="say what the conversation is about")
        self.store.rename(found.id, title)
        return self.store.find(found.id)

    def delete(self, conversation: str, *, with_runs: bool = False) -> ConversationRecord:
        """Forget a conversation; its runs stay unless they are to go too.

        Raises NotFoundError, UsageError where a run that is to go has not ended.
        """
        found = self.store.find(conversation)
        for run_id in self.store.runs(found.id).values() if with_runs else ():
            _require_ended(self._tm.history.run(run_id))
        self.store.delete(found.id, with_runs=with_runs)
        return found

    def keep_summary(self, conversation: str, text: str, reaches: int) -> None:
        """Keep what the turns up to `reaches` were about, in a chat model's words. Raises NotFoundError."""
        from taskmatrix.conversation.compaction import clip_summary

        self.store.keep_summary(conversation, clip_summary(text), reaches)

    def next_turn(self, conversation: str, now: datetime | None = None) -> TurnOpening:
        """Return what the next turn starts from. It is taken when the journal of its run is opened: of two, one is.

        Raises NotFoundError, UsageError where the turn before waits for an answer or is still carried out.
        """
        record = self.store.find(conversation)
        last = self.last_run(record.id)
        if last is not None:
            _require_ended(last)
        session = self._left_open(record.id)
        compacted = self._compact(record)
        context = self.context_before(record.id, record.turns + 1, now)
        return TurnOpening(record.id, record.turns + 1, Path(record.directory), session, context, compacted)

    def context_before(self, conversation: str, turn: int, now: datetime | None = None) -> Context:
        """Return what was said and done before a turn: also of one that is planned again. Raises NotFoundError."""
        from taskmatrix.conversation.compaction import MOST_TURNS, context_of
        from taskmatrix.conversation.secrecy import secrets_of

        record = self.store.find(conversation)
        told = record.summarized if record.summarized < turn else 0  # else it is of later turns, too
        after = max(told, turn - 1 - MOST_TURNS)
        runs = list(self._runs(self.store.runs(record.id, after=after, before=turn)).values())
        session = self._left_open(record.id, turn)
        secrets = secrets_of(runs, self._tm.registry)
        return context_of(runs, now, record.summary if told else "", session, secrets)

    def secrets_before(self, conversation: str, turn: int) -> "Redactor":
        """Return what takes the secrets of the turns before one out of any text: also of those no longer told."""
        from taskmatrix.conversation.secrecy import secrets_of

        after = max(0, turn - 1 - MOST_REMEMBERED)
        runs = self._runs(self.store.runs(conversation, after=after, before=turn))
        return secrets_of(runs.values(), self._tm.registry)

    def to_take_back(self, conversation: str, turn: int | None = None) -> "TurnDone | None":
        """Return the turn that is taken back next, else the one that is named; None where nothing is left to.

        Raises UsageError for a turn that is not there, has not ended or stays done, and for one whose things
        a later one changed.
        """
        from taskmatrix.conversation.taken_back import check_later, next_to_take_back

        ids = self.store.runs(conversation)
        newest_first = (self._done(number, ids[number]) for number in sorted(ids, reverse=True))
        if turn is None:
            return next_to_take_back(newest_first)
        if turn not in ids:
            raise UsageError(f"there is no turn {turn}", hint="/runs shows the turns")
        found = self._done(turn, ids[turn])
        check_later(found.run, turn, takewhile(lambda one: one.turn > turn, newest_first))
        return found

    def _done(self, turn: int, run_id: str) -> "TurnDone":
        from taskmatrix.app.undoing import plan_of
        from taskmatrix.conversation.taken_back import TurnDone

        run = self._tm.history.run(run_id)
        return TurnDone(turn, run, [one.step for one in plan_of(self._tm, run)])

    def _left_open(self, conversation: str, before: int | None = None) -> Session | None:
        """Return what the turns, those before one, left open: the last, and those taken back since it began."""
        from taskmatrix.conversation.session import session_after

        ids = self.store.runs(conversation, before=before)
        if not ids:
            return None
        newest = self._tm.journal.run(ids[max(ids)])
        undone = self._tm.journal.latest(ids.values(), "undo_finished")
        since = [
            turn for turn, run in ids.items() if run in undone and (undone[run].at or newest.started) > newest.started
        ]
        first = min(since, default=max(ids))
        return session_after([self._tm.journal.run(ids[turn]) for turn in sorted(ids) if turn >= first])

    def _compact(self, record: ConversationRecord) -> "Compacted | None":
        """Take turns that are too many for the context into the summary."""
        from taskmatrix.conversation import Compacted
        from taskmatrix.conversation.compaction import Summary, extend_summary, fit, needs_summary, to_summarize
        from taskmatrix.conversation.secrecy import secrets_of

        summary = Summary(record.summary, record.summarized)
        if not needs_summary(summary, record.turns):
            return None
        wanted = to_summarize(summary, record.turns)
        runs = self._runs(self.store.runs(record.id, after=wanted.start - 1, before=wanted.stop))
        secrets = secrets_of(runs.values(), self._tm.registry)
        extended = extend_summary(summary, runs, wanted.stop - 1, secrets)
        self.store.keep_summary(record.id, extended.text, extended.reaches)
        return Compacted(fit(list(runs.values()), secrets, TOLD_TO_MODEL), summary.text, extended.reaches)

    def _runs(self, ids: Mapping[int, str]) -> dict[int, Run]:
        return {turn: self._tm.journal.run(run_id) for turn, run_id in ids.items()}


def _require_ended(run: Run) -> None:
    """Raise UsageError for a run that still goes on, or waits."""
    if run.status == "waiting":
        raise UsageError(
            f"the turn before, run {run.id}, waits for an answer",
            hint=f"see what it asks: taskmatrix runs show {run.id}; or give it up: taskmatrix runs deny {run.id}",
        )
    if run.status in ("queued", "running"):
        raise UsageError(
            f"the turn before, run {run.id}, is {run.status}", hint=f"see `taskmatrix runs show {run.id}`"
        )
