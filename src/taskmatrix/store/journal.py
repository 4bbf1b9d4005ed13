"""The event journal: what a run did, in order, durable at every step."""

import secrets
import sqlite3
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import cast

from sqlalchemy import Connection, Row, or_, select

from taskmatrix.core.errors import NotFoundError
from taskmatrix.core.events import Event, Run, RunStatus
from taskmatrix.store.appending import (
    DirectStatements,
    EngineStatements,
    Statements,
    append_events,
    create_run,
    read_event,
)
from taskmatrix.store.characters import holdable, storable
from taskmatrix.store.database import Database
from taskmatrix.store.tables import events, runs

_DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"
_MISREAD = str.maketrans("oil", "011")
_TIME_DIGITS, _CHANCE_DIGITS = 9, 3
SHORTEST_PREFIX = 4
_STATUS = "SELECT status FROM runs WHERE id = :run"

_RunRow = Row[str, str, RunStatus, datetime, datetime | None, str, str]


def new_run_id() -> str:
    """Return an id of 12 characters (Crockford's base 32) that sorts by time: 9 are milliseconds, 3 are chance."""
    number = (time.time_ns() // 1_000_000 << 5 * _CHANCE_DIGITS) | secrets.randbits(5 * _CHANCE_DIGITS)
    return "".join(_DIGITS[number >> shift & 31] for shift in range(5 * (_TIME_DIGITS + _CHANCE_DIGITS) - 5, -1, -5))


class JournalStore:
    """The journal of every run, in the registry's database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(
        self,
        run_id: str,
        instruction: str,
        model: str,
        directory: str,
        *,
        status: RunStatus = "running",
        opening: Sequence[Event] = (),
        durable: bool = True,
    ) -> Run:
        """Open the journal of a new run with its first events; that of a queued one is open.

        Raises StoreError for an id that is taken. Returns the run with the events as stored; `durable` as for
        `append_all`.
        """
        run = Run(id=run_id, instruction=instruction, status=status, started=datetime.now(UTC))

        def work(statements: Statements) -> Sequence[Event]:
            create_run(statements, run, model, directory)
            return append_events(statements, run_id, opening) if opening else ()

        return run.model_copy(update={"events": tuple(self._write(run_id, work, durable=durable))})

    def append(self, run_id: str, event: Event) -> Event:
        """Number, stamp and store an event; return it as stored. Raises NotFoundError, StoreError."""
        return self.append_all(run_id, (event,))[0]

    def append_all(self, run_id: str, new: Sequence[Event], *, durable: bool = True) -> Sequence[Event]:
        """Store events in one transaction, all of them or none; return them as stored. Raises as `append` does.

        The run's status follows in the same transaction. What is not `durable` survives the end of the process, and
        may be lost, from the last event backwards, when the machine loses power.
        """
        return self._write(run_id, lambda statements: append_events(statements, run_id, new), durable=durable)

    def append_each(self, new: Mapping[str, Event]) -> Mapping[str, Event]:
        """Store an event of each of some runs, durably: in one transaction, so that the disk is waited for once.

        Returns them as stored, by run. Raises as `append` does; then none is stored.
        """
        if self._database.is_direct:

            def work(direct: sqlite3.Connection) -> Mapping[str, Event]:
                statements = DirectStatements(direct)
                return {run_id: append_events(statements, run_id, (event,))[0] for run_id, event in new.items()}

            return self._database.write_directly(work, durable=True)
        with self._database.write(lock=None):
            return {run_id: self.append(run_id, event) for run_id, event in sorted(new.items())}

    def run(self, run_id: str) -> Run:
        """Return a run with its events.

        The beginning or the end of an id will do (at least 4 characters) if it means one run only; ids of one
        day begin alike, so the end is the shorter to type. Raises NotFoundError.
        """
        with self._database.read() as connection:
            row = _find(connection, run_id)
            bodies = select(events.c.body).where(events.c.run_id == row.id).order_by(events.c.seq)
            found = tuple(read_event(body) for body in connection.execute(bodies).scalars())
        return _run(row, found)

    def status(self, run_id: str) -> RunStatus:
        """Return what the journal says of a run. Raises NotFoundError."""
        found = self._database.rows(_STATUS, {"run": run_id})
        if not found:
            raise NotFoundError(f"there is no run {run_id!r}", hint="taskmatrix runs list shows the newest")
        return cast(RunStatus, found[0][0])

    def runs(self, limit: int = 20, *, status: RunStatus | None = None, directory: str | None = None) -> Sequence[Run]:
        """Return the newest runs, newest first, without their events; only those of a status, or in a folder."""
        newest = select(runs).order_by(runs.c.id.desc()).limit(limit)
        if status is not None:
            newest = newest.where(runs.c.status == status)
        if directory is not None:
            newest = newest.where(runs.c.directory == storable(directory))
        with self._database.read() as connection:
            return [_run(row, ()) for row in connection.execute(newest)]

    def latest(self, run_ids: Collection[str], kind: str) -> Mapping[str, Event]:
        """Return the last event of a type (`undo_finished`) of each of some runs that has one, by run."""
        wanted = select(events.c.run_id, events.c.body).where(events.c.run_id.in_(run_ids), events.c.type == kind)
        with self._database.read() as connection:
            rows = connection.execute(wanted.order_by(events.c.run_id, events.c.seq)).all()
        return {row.run_id: read_event(row.body) for row in rows}

    def _write(
        self, run_id: str, work: Callable[[Statements], Sequence[Event]], *, durable: bool = True
    ) -> Sequence[Event]:
        """Return what `work` does in one transaction."""
        if self._database.is_direct:
            return self._database.write_directly(lambda direct: work(DirectStatements(direct)), durable=durable)
        with self._database.write(durable=durable, lock=f"run/{run_id}") as connection:
            return work(EngineStatements(connection))


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
