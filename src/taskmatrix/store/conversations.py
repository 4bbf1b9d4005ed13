"""Conversations: which run is which turn, and in short what turns were about that are no longer shown whole."""

from collections.abc import Sequence
from datetime import UTC, datetime

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection, Row, Select, delete, func, insert, or_, select, update

from taskmatrix.core.errors import NotFoundError
from taskmatrix.store.characters import holdable, storable
from taskmatrix.store.database import Database
from taskmatrix.store.journal import SHORTEST_PREFIX, new_run_id
from taskmatrix.store.tables import conversations, runs, turns
from taskmatrix.store.turns import HINT, title_of


class ConversationRecord(BaseModel):
    """One conversation. Relative paths of its turns start at `directory`."""

    model_config = ConfigDict(frozen=True)

    id: str
    title: str
    directory: str
    created: datetime
    updated: datetime
    turns: int = Field(default=0, description="how many it has")
    summary: str = Field(default="", description="what its first turns were about")
    summarized: int = Field(default=0, description="the last turn that the summary speaks of")


class ConversationStore:
    """Keeps conversations in the registry's database. Ids are made as those of runs are."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, title: str = "", directory: str = "") -> ConversationRecord:
        """Begin a conversation without turns."""
        now = datetime.now(UTC)
        made = ConversationRecord(
            id=new_run_id(), title=title_of(title), directory=storable(directory), created=now, updated=now
        )
        with self._database.write(lock=None) as connection:
            connection.execute(insert(conversations), [made.model_dump(exclude={"turns"})])
        return made

    def holding(self, run_id: str) -> str | None:
        """Return the conversation that a run is a turn of, or None."""
        with self._database.read() as connection:
            return connection.execute(select(turns.c.conversation).where(turns.c.run_id == run_id)).scalar()

    def begun_by(self, run_id: str, instruction: str, directory: str) -> ConversationRecord:
        """Begin a conversation whose first turn is a run that was none of any."""
        made = self.create(instruction, directory)
        with self._database.write(lock=None) as connection:
            connection.execute(insert(turns), [{"conversation": made.id, "turn": 1, "run_id": run_id}])
        return made.model_copy(update={"turns": 1})

    def newest(self, limit: int = 20, *, directory: str | None = None) -> Sequence[ConversationRecord]:
        """Return those that had a turn last, newest first; only those of a folder where one is given."""
        wanted = _counted().order_by(conversations.c.updated.desc(), conversations.c.id.desc()).limit(limit)
        if directory is not None:
            wanted = wanted.where(conversations.c.directory == storable(directory))
        with self._database.read() as connection:
            return [_record(row) for row in connection.execute(wanted)]

    def find(self, conversation: str) -> ConversationRecord:
        """Return a conversation by its id, or the beginning or end of it that only it has. Raises NotFoundError."""
        typed = conversation.strip().lower()
        key = conversations.c.id
        found: Sequence[Row[tuple[object, ...]]] = []
        if len(typed) >= SHORTEST_PREFIX and typed.isalnum() and holdable(typed):
            alike = or_(key == typed, key.startswith(typed), key.endswith(typed))
            with self._database.read() as connection:
                found = connection.execute(_counted().where(alike).order_by(key.desc()).limit(6)).all()
        if len(found) == 1:
            return _record(found[0])
        if found:
            names = ", ".join(_record(row).id for row in found[:5])
            raise NotFoundError(
                f"{conversation!r} may mean several conversations: {names}", hint="give more of the id"
            )
        raise NotFoundError(f"there is no conversation {conversation!r}", hint=HINT)

    def runs(self, conversation: str, *, after: int = 0, before: int | None = None) -> dict[int, str]:
        """Return turn → run id, in order, of the turns between two, neither included."""
        wanted = select(turns.c.turn, turns.c.run_id).where(turns.c.conversation == conversation, turns.c.turn > after)
        if before is not None:
            wanted = wanted.where(turns.c.turn < before)
        with self._database.read() as connection:
            return {row.turn: row.run_id for row in connection.execute(wanted.order_by(turns.c.turn))}

    def last_run(self, conversation: str) -> str | None:
        """Return the run of the last turn, or None before the first."""
        with self._database.read() as connection:
            wanted = select(turns.c.run_id).where(turns.c.conversation == conversation)
            return connection.execute(wanted.order_by(turns.c.turn.desc()).limit(1)).scalar()

    def keep_summary(self, conversation: str, text: str, reaches: int) -> None:
        """Keep what the turns up to `reaches` were about; one that reaches further stays.

        Raises NotFoundError.
        """
        with self._database.write(lock=f"conversation/{conversation}") as connection:
            _require(connection, conversation)
            older = (conversations.c.id == conversation, conversations.c.summarized <= reaches)
            values = {"summary": storable(text), "summarized": reaches}
            connection.execute(update(conversations).where(*older).values(values))

    def rename(self, conversation: str, title: str) -> None:
        """Give a conversation another title. Raises NotFoundError."""
        with self._database.write(lock=f"conversation/{conversation}") as connection:
            _require(connection, conversation)
            named = update(conversations).where(conversations.c.id == conversation)
            connection.execute(named.values(title=title_of(title)))

    def delete(self, conversation: str, *, with_runs: bool = False) -> None:
        """Forget a conversation. Its runs stay in the journal unless they are to go too. Raises NotFoundError."""
        with self._database.write(lock=f"conversation/{conversation}") as connection:
            _require(connection, conversation)
            if with_runs:
                own = select(turns.c.run_id).where(turns.c.conversation == conversation)
                connection.execute(delete(runs).where(runs.c.id.in_(own)))
            connection.execute(delete(conversations).where(conversations.c.id == conversation))


def _counted() -> "Select[tuple[object, ...]]":
    number = select(func.max(turns.c.turn)).where(turns.c.conversation == conversations.c.id).scalar_subquery()
    return select(conversations, func.coalesce(number, 0).label("turns"))


def _require(connection: Connection, conversation: str) -> None:
    known = select(conversations.c.id).where(conversations.c.id == conversation)
    if not holdable(conversation) or connection.execute(known).first() is None:
        raise NotFoundError(f"there is no conversation {conversation!r}", hint=HINT)


def _record(row: "Row[tuple[object, ...]]") -> ConversationRecord:
    return ConversationRecord.model_validate(dict(row._mapping))  # pyright: ignore[reportPrivateUsage]
