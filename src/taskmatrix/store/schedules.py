"""Schedules: what they wait for, when they are due, what became of them."""

import json
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Row, Select, delete, insert, or_, select, update

from taskmatrix.core.errors import ConflictError, NotFoundError
from taskmatrix.core.orders import Schedule, ScheduleState
from taskmatrix.core.triggers import OnFile, OnTopic, OnWebhook, Trigger
from taskmatrix.store.characters import holdable
from taskmatrix.store.database import Database
from taskmatrix.store.tables import schedules

LOCK = "schedules"
"""The lock of whoever adds, changes or fires schedules."""

Seen = dict[str, list[int]]
"""What files looked like: path → time of change (ns) and size."""


class ScheduleStore:
    """Keeps schedules. What decides that one fires, and what follows, belongs into one `write` under `LOCK`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, schedule: Schedule, seen: Seen) -> None:
        """Keep a schedule. Raises ConflictError for a name that is taken."""
        body = schedule.model_dump_json(include={"trigger", "zone", "task", "created"})
        row = {
            "id": schedule.id,
            "name": schedule.name,
            "state": schedule.state,
            "kind": schedule.trigger.kind,
            "key": _key(schedule.trigger),
            "host": schedule.trigger.host if isinstance(schedule.trigger, OnFile) else "",
            "due": schedule.due,
            "seen": json.dumps(seen),
            "fired": 0,
            "body": body,
        }
        with self._database.write(lock=LOCK) as connection:
            if connection.execute(select(schedules.c.id).where(schedules.c.name == schedule.name)).first() is not None:
                raise ConflictError(f"there is a schedule {schedule.name!r} already", hint="give it another --name")
            connection.execute(insert(schedules), [row])

    def all(self) -> Sequence[Schedule]:
        """Return all schedules, the oldest first."""
        return self._read(select(schedules).order_by(schedules.c.id))

    def find(self, name: str) -> Schedule:
        """Return a schedule by its name or id. Raises NotFoundError."""
        wanted = select(schedules).where(or_(schedules.c.name == name, schedules.c.id == name))
        found = self._read(wanted) if holdable(name) else ()
        if not found:
            raise NotFoundError(f"there is no schedule {name!r}", hint="taskmatrix schedules list shows what there is")
        return found[0]

    def get(self, schedule_id: str) -> Schedule | None:
        """Return the schedule of an id, or None."""
        return next(iter(self._read(select(schedules).where(schedules.c.id == schedule_id))), None)

    def due(self, now: datetime) -> Sequence[Schedule]:
        """Return the active schedules whose time has come, the longest waiting first."""
        wanted = select(schedules).where(schedules.c.state == "active", schedules.c.due <= now)
        return self._read(wanted.order_by(schedules.c.due, schedules.c.id))

    def waiting_for(self, kind: str, key: str) -> Sequence[Schedule]:
        """Return the active schedules that wait for a topic or a path."""
        wanted = select(schedules).where(schedules.c.state == "active", schedules.c.kind == kind)
        return self._read(wanted.where(schedules.c.key == key).order_by(schedules.c.id))

    def watching(self, host: str) -> Sequence[Schedule]:
        """Return the active schedules that wait for files of a machine."""
        wanted = select(schedules).where(schedules.c.state == "active", schedules.c.kind == "file")
        return self._read(wanted.where(schedules.c.host == host).order_by(schedules.c.id))

    def seen(self, schedule_id: str) -> Seen:
        """Return what the files of a schedule looked like last."""
        with self._database.read() as connection:
            body = connection.execute(select(schedules.c.seen).where(schedules.c.id == schedule_id)).scalar()
        return json.loads(body or "{}")

    def look(self, schedule_id: str, seen: Seen) -> None:
        """Keep what files look like now."""
        self._change(schedule_id, seen=json.dumps(seen))

    def fire(self, schedule: Schedule, run_id: str, now: datetime, due: datetime | None, *, ended: bool) -> None:
        """Keep that a schedule gave a run, and when it is due again."""
        state = "ended" if ended else schedule.state
        self._change(schedule.id, state=state, due=due, fired=schedule.fired + 1, last=now, last_run=run_id)

    def set_state(self, schedule_id: str, state: ScheduleState, due: datetime | None) -> None:
        """Pause a schedule, or let it go on."""
        self._change(schedule_id, state=state, due=due)

    def remove(self, schedule_id: str) -> None:
        """Forget a schedule; its runs stay."""
        with self._database.write(lock=LOCK) as connection:
            connection.execute(delete(schedules).where(schedules.c.id == schedule_id))

    def _change(self, schedule_id: str, **values: object) -> None:
        with self._database.write(lock=LOCK) as connection:
            connection.execute(update(schedules).where(schedules.c.id == schedule_id).values(**values))

    def _read(self, wanted: Select[object]) -> Sequence[Schedule]:
        with self._database.read() as connection:
            return [_schedule(row) for row in connection.execute(wanted)]


def _key(trigger: Trigger) -> str:
    match trigger:
        case OnTopic():
            return trigger.topic
        case OnWebhook():
            return trigger.path
        case _:
            return ""


def _schedule(row: Row[object]) -> Schedule:
    told = {name: row._mapping[name] for name in ("id", "name", "state", "due", "fired", "last", "last_run")}  # pyright: ignore[reportPrivateUsage]
    return Schedule.model_validate(json.loads(row._mapping["body"]) | told)  # pyright: ignore[reportPrivateUsage]
