"""Appending events: the statements of one short transaction, the same in both databases."""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Protocol

from pydantic import ValidationError
from pydantic_core import PydanticSerializationError
from sqlalchemy import Connection, text

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
    RunStarted,
)
from taskmatrix.store.characters import storable
from taskmatrix.store.turns import take_turn

Values = Mapping[str, str | int | datetime | None]

_text = cache(text)
_QUEUED = "SELECT 1 FROM runs WHERE id = :run AND status = 'queued'"
_CREATE = (
    "INSERT INTO runs (id, instruction, status, started, model, directory)"
    " VALUES (:run, :instruction, :status, :started, :model, :directory)"
)
_LAST = "SELECT max(seq) FROM events WHERE run_id = :run"
_KNOWN = "SELECT 1 FROM runs WHERE id = :run"
_INSERT = "INSERT INTO events (run_id, seq, at, type, body) VALUES (:run, :seq, :at, :type, :body)"
_END = "UPDATE runs SET status = :status, finished = :at WHERE id = :run"
_FORGET_ORDER = "DELETE FROM orders WHERE run_id = :run"
_BEGIN = "UPDATE runs SET status = :status WHERE id = :run AND status = 'queued'"
# That of an ended run stays, whatever is asked when it is taken back.
_CHANGE = "UPDATE runs SET status = :status WHERE id = :run AND finished IS NULL"


class Statements(Protocol):
    """Runs SQL with named parameters in an open transaction."""

    def value(self, sql: str, values: Values) -> object:
        """Return the first column of the first row, None where there is none."""
        ...

    def change(self, sql: str, values: Values) -> None:
        """Run a statement that returns nothing."""
        ...

    def moment(self, at: datetime) -> str | datetime:
        """Return a point in time as the database keeps it."""
        ...


class DirectStatements:
    """Implements `Statements` on the driver's own connection to SQLite."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def value(self, sql: str, values: Values) -> object:
        """Return the first column of the first row, None where there is none."""
        row = self._connection.execute(sql, values).fetchone()
        return None if row is None else row[0]

    def change(self, sql: str, values: Values) -> None:
        """Run a statement that returns nothing."""
        self._connection.execute(sql, values).close()

    def moment(self, at: datetime) -> str | datetime:
        """Return a point in time as SQLAlchemy writes it into SQLite."""
        return at.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


class EngineStatements:
    """Implements `Statements` on a connection of SQLAlchemy's."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def value(self, sql: str, values: Values) -> object:
        """Return the first column of the first row, None where there is none."""
        return self._connection.execute(_text(sql), values).scalar()

    def change(self, sql: str, values: Values) -> None:
        """Run a statement that returns nothing."""
        self._connection.execute(_text(sql), values)

    def moment(self, at: datetime) -> str | datetime:
        """Return a point in time as the database keeps it: UTC without a zone."""
        plain = at.astimezone(UTC).replace(tzinfo=None)
        return plain if self._connection.dialect.name == "postgresql" else plain.isoformat(" ", "microseconds")


def create_run(statements: Statements, run: Run, model: str, directory: str) -> None:
    """Add a run; one that is queued is there."""
    if statements.value(_QUEUED, {"run": run.id}) is None:
        row = {
            "run": run.id,
            "instruction": storable(run.instruction),
            "status": run.status,
            "started": statements.moment(run.started),
            "model": storable(model),
            "directory": storable(directory),
        }
        statements.change(_CREATE, row)


def append_events(statements: Statements, run_id: str, new: Sequence[Event]) -> Sequence[Event]:
    """Number, stamp and store events; the run's status follows. Raises NotFoundError, StoreError."""
    last = statements.value(_LAST, {"run": run_id})
    seq = last if isinstance(last, int) else 0
    if seq == 0 and statements.value(_KNOWN, {"run": run_id}) is None:
        raise NotFoundError(f"there is no run {run_id!r} to record an event of")
    now = datetime.now(UTC)
    at = statements.moment(now)
    stored: list[Event] = []
    for number, event in enumerate(new, seq + 1):
        body = _body(event.model_copy(update={"seq": number, "at": now}))
        stored.append(read_event(body))
        row: Values = {"run": run_id, "seq": number, "at": at, "type": event.type, "body": body}
        statements.change(_INSERT, row)
        _follow(statements, run_id, event, at)
    return stored


def read_event(body: str) -> Event:
    """Read an event back: also done before it is stored, so that a journal can always be read."""
    try:
        return EVENT.validate_json(body)
    except ValidationError as error:
        raise StoreError(
            f"an event cannot be kept in the journal: {body[:80]!r} … ({error.errors()[0]['msg']})",
            hint="integers of more than 4,300 digits and data nested more than 200 deep cannot be kept",
        ) from error


def _follow(statements: Statements, run_id: str, event: Event, at: str | datetime) -> None:
    match event:
        case RunFinished():
            statements.change(_END, {"status": event.status, "at": at, "run": run_id})
            statements.change(_FORGET_ORDER, {"run": run_id})
        case RunStarted():
            statements.change(_BEGIN, {"status": "running", "run": run_id})
            if event.conversation:
                take_turn(statements, event.conversation, event.turn, run_id, event.instruction, at)
        case ApprovalRequested() | QuestionAsked() | RunPaused():
            statements.change(_CHANGE, {"status": "waiting", "run": run_id})
        case ApprovalAnswered() | QuestionAnswered():
            statements.change(_CHANGE, {"status": "running", "run": run_id})
        case _:
            pass


def _body(event: Event) -> str:
    try:
        return event.model_dump_json()
    except PydanticSerializationError:
        # Half a surrogate pair, from a file name or a model: the journal keeps the event, not that half.
        return storable(json.dumps(event.model_dump(mode="json"), ensure_ascii=False))
