"""The event journal: what a run did, in order, durable at every step."""

import json
import secrets
import time
from collections.abc import Sequence
from datetime import UTC, datetime

from pydantic import ValidationError
from pydantic_core import PydanticSerializationError
from sqlalchemy import Connection, Row, func, insert, or_, select, update

from taskmatrix.core.errors import NotFoundError, StoreError
from taskmatrix.core.events import (
    EVENT,
    ApprovalAnswered,
    ApprovalRequested,
    Event,
    QuestionAnswered,
    QuestionAsked,
    Run,
    RunFinished,
    RunPaused,
    RunStatus,
)
from taskmatrix.store.characters import holdable, storable
from taskmatrix.store.database import Database
from taskmatrix.store.tables import events, runs

_DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"
_MISREAD = str.maketrans("oil", "011")
_TIME_DIGITS, _CHANCE_DIGITS = 9, 3
SHORTEST_PREFIX = 4

_RunRow = Row[str, str, RunStatus, datetime, datetime | None, str, str]


def new_run_id() -> str:
    """Return an id of 12 characters (Crockford's base 32) that sorts by time: 9 are milliseconds, 3 are chance."""
    number = (time.time_ns() // 1_000_000 << 5 * _CHANCE_DIGITS) | secrets.randbits(5 * _CHANCE_DIGITS)
    return "".join(_DIGITS[number >> shift & 31] for shift in range(5 * (_TIME_DIGITS + _CHANCE_DIGITS) - 5, -1, -5))


class JournalStore:
    """The journal of every run, in the registry's database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, run_id: str, instruction: str, model: str, directory: str) -> Run:
        """Open the journal of a new run. Raises StoreError, also for an id that is taken."""
        run = Run(id=run_id, instruction=instruction, status="running", started=datetime.now(UTC))
        row = {
            "id": run.id,
            "instruction": storable(instruction),
            "status": run.status,
            "started": run.started,
            "model": storable(model),
            "directory": storable(directory),
        }
        with self._database.write(lock=None) as connection:
            connection.execute(insert(runs), [row])
        return run

    def append(self, run_id: str, event: Event) -> Event:
        """Number, stamp and store an event; return it as stored. Raises NotFoundError, StoreError.

        The run's status follows in the same transaction.
        """
        with self._database.write(lock=f"run/{run_id}") as connection:
            last = select(func.max(events.c.seq)).where(events.c.run_id == run_id)
            seq = (connection.execute(last).scalar() or 0) + 1
            if seq == 1 and connection.execute(select(runs.c.id).where(runs.c.id == run_id)).first() is None:
                raise NotFoundError(f"there is no run {run_id!r} to record an event of")
            now = datetime.now(UTC)
            body = _body(event.model_copy(update={"seq": seq, "at": now}))
            stored = _event(body)
            row = {"run_id": run_id, "seq": seq, "at": now, "type": event.type, "body": body}
            connection.execute(insert(events), [row])
            _follow(connection, run_id, event, now)
        return stored

    def run(self, run_id: str) -> Run:
        """Return a run with its events.

        The beginning or the end of an id will do (at least 4 characters) if it means one run only; ids of one
        day begin alike, so the end is the shorter to type. Raises NotFoundError.
        """
        with self._database.read() as connection:
            row = _find(connection, run_id)
            bodies = select(events.c.body).where(events.c.run_id == row.id).order_by(events.c.seq)
            found = tuple(_event(body) for body in connection.execute(bodies).scalars())
        return _run(row, found)

    def runs(self, limit: int = 20) -> Sequence[Run]:
        """Return the newest runs, newest first, without their events."""
        newest = select(runs).order_by(runs.c.id.desc()).limit(limit)
        with self._database.read() as connection:
            return [_run(row, ()) for row in connection.execute(newest)]


def _follow(connection: Connection, run_id: str, event: Event, now: datetime) -> None:
    change = update(runs).where(runs.c.id == run_id)
    if isinstance(event, RunFinished):
        connection.execute(change.values(status=event.status, finished=now))
    elif isinstance(event, ApprovalRequested | QuestionAsked | RunPaused):
        connection.execute(change.values(status="waiting"))
    elif isinstance(event, ApprovalAnswered | QuestionAnswered):
        connection.execute(change.values(status="running"))


def _find(connection: Connection, run_id: str) -> _RunRow:
    exact = connection.execute(select(runs).where(runs.c.id == run_id)).first() if holdable(run_id) else None
    if exact is not None:
        return exact
    typed = run_id.strip().lower().translate(_MISREAD)
    if len(typed) >= SHORTEST_PREFIX and all(c in _DIGITS for c in typed):
        alike = select(runs).where(or_(runs.c.id.startswith(typed), runs.c.id.endswith(typed)))
        found = connection.execute(alike.order_by(runs.c.id.desc()).limit(6)).all()
        if len(found) == 1:
            return found[0]
        if found:
            raise NotFoundError(
                f"{run_id!r} may mean several runs: {', '.join(row.id for row in found[:5])}",
                hint="give more of the id; its last characters differ most",
            )
    raise NotFoundError(f"there is no run {run_id!r}", hint="taskmatrix runs list shows the newest")


def _run(row: _RunRow, found: tuple[Event, ...]) -> Run:
    return Run(
        id=row.id,
        instruction=row.instruction,
        status=row.status,
        started=row.started,
        finished=row.finished,
        events=found,
    )


def _body(event: Event) -> str:
    try:
        return event.model_dump_json()
    except PydanticSerializationError:
        # Half a surrogate pair, from a file name or a model: the journal keeps the event, not that half.
        return storable(json.dumps(event.model_dump(mode="json"), ensure_ascii=False))


def _event(body: str) -> Event:
    """Read an event back: also done before it is stored, so that a journal can always be read."""
    try:
        return EVENT.validate_json(body)
    except ValidationError as error:
        raise StoreError(
            f"an event cannot be kept in the journal: {body[:80]!r} … ({error.errors()[0]['msg']})",
            hint="integers of more than 4,300 digits and data nested more than 200 deep cannot be kept",
        ) from error
