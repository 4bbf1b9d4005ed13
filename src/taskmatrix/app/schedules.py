"""Schedules: programs that were planned and checked now, and run when their time comes or something happens.

A firing and the run it gives are one transaction: it happens once, however many workers look. What was missed while
none looked is made up for once. After a firing the next time is one after now, so that a clock that is set back
repeats nothing.
"""

import os
import socket
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from datetime import datetime
from glob import iglob
from itertools import islice
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from pydantic import JsonValue

from taskmatrix.app.happened import check_task, marks_in_task, task_after
from taskmatrix.app.zones import known_zone, local_zone
from taskmatrix.core.errors import ScheduleError, UsageError
from taskmatrix.core.events import ApiVersion, RunScheduled
from taskmatrix.core.happenings import EventKind, Happening, bounded
from taskmatrix.core.orders import Schedule, Task
from taskmatrix.core.programs import Program
from taskmatrix.core.triggers import At, Every, OnFile, OnTopic, OnWebhook, Trigger, next_time
from taskmatrix.store import ScheduleStore, new_run_id
from taskmatrix.store.schedules import LOCK, Seen

if TYPE_CHECKING:
    from taskmatrix.app.wiring import Wiring
    from taskmatrix.conversation import Order

MOST_FILES = 10_000
"""Files that one schedule looks at."""


class Schedules:
    """What waits for its time, over the database of `tm` and by its clock."""

    def __init__(self, tm: "Wiring") -> None:
        self._tm = tm
        self.store = ScheduleStore(tm.database)

    def add(
        self, name: str, trigger: Trigger, task: Task, *, zone: str | None = None, key: str | None = None
    ) -> Schedule:
        """Keep a task with what it waits for; what was kept by the same `key`, its id, is there and stays as it is.

        Raises ConflictError for a name that is taken, ScheduleError for a time that is past, UsageError for an
        unknown zone and for a mark `{event.…}` that what it waits for can never fill.
        """
        if key is not None and (there := self.store.get(key)) is not None:
            return there
        timed = not isinstance(trigger, OnTopic | OnWebhook | OnFile)
        check_task(task, None if timed else trigger.kind)
        zone, now = known_zone(zone) if zone else local_zone(), self._tm.clock()
        due = next_time(trigger, zone, now)
        if due is None and timed:
            raise ScheduleError(f"wanted {trigger}, and that is past", hint="name a time that is yet to come")
        made = key or new_run_id()
        kept = Schedule(id=made, name=name or made, trigger=trigger, zone=zone, task=task, created=now, due=due)
        self.store.add(kept, _look(trigger) if isinstance(trigger, OnFile) else {})
        return kept

    def keep(
        self, order: "Order", program: Program | None, versions: tuple[ApiVersion, ...], trigger: Trigger
    ) -> RunScheduled:
        """Keep what a run has planned and checked, or without a program its words; implements `Keep`.

        The run's id is the schedule's: a run that was broken off before it wrote down what it kept, keeps it once.
        """
        task = Task(
            instruction=order.instruction,
            directory=str(order.directory),
            model=program.author if program is not None else self._tm.settings.model_name,
            assume_yes=order.assume_yes,
            tenant=order.tenant,
            program=program,
            versions=versions,
        )
        zone = order.zone or local_zone()
        kept = self.add(order.name, _on_the_wall(trigger, ZoneInfo(zone)), task, zone=zone, key=order.run_id)
        return RunScheduled(
            schedule=kept.id,
            name=kept.name,
            trigger=str(kept.trigger),
            zone=kept.zone,
            due=kept.due,
            planned=program is not None,
        )

    def fire_due(self) -> Sequence[str]:
        """Queue a run for every schedule whose time has come; return the ids of the runs."""
        now = self._tm.clock()
        if not self.store.due(now):  # looked at often, and most often in vain: without the lock
            return ()
        with self._firing():
            return [
                self._fire(found, now, f"due at {found.due:%Y-%m-%d %H:%M:%S} UTC") for found in self.store.due(now)
            ]

    def happened(self, trigger: OnTopic | OnWebhook, payload: JsonValue = None) -> Sequence[str]:
        """Queue a run for every schedule that waits for a topic or a path; return their ids. Raises StoreError."""
        key = trigger.topic if isinstance(trigger, OnTopic) else trigger.path
        with self._firing():
            found = self.store.waiting_for(trigger.kind, key)
            event = self._happening(trigger.kind, key, payload) if found else None
            return [self._fire(each, self._tm.clock(), str(trigger), event) for each in found]

    def look_at_files(self) -> Sequence[str]:
        """Queue a run for every schedule some of whose files have appeared or changed since the last look."""
        runs: list[str] = []
        for found in self.store.watching(socket.gethostname()):
            if not isinstance(found.trigger, OnFile):
                continue
            there = _look(found.trigger)
            if there == self.store.seen(found.id):
                continue
            with self._firing():
                before = self.store.seen(found.id)
                new = sorted(path for path, look in there.items() if before.get(path) != look)
                self.store.look(found.id, there)
                # One run for all; where it speaks of the path, one for each.
                each_alone = "{event.path}" in marks_in_task(found.task)
                for paths in [[path] for path in new] if each_alone else [new] if new else []:
                    cause = f"{paths[0]!r}" + (f" and {len(paths) - 1} more" if paths[1:] else "")
                    event = self._happening("file", found.trigger.pattern, [*paths])
                    now = self._tm.clock()
                    runs.append(self._fire(self.store.find(found.id), now, f"{cause} changed", event))
        return runs

    def _happening(self, kind: EventKind, key: str, payload: JsonValue) -> Happening:
        """What happened, as runs may know of it: without secrets that are kept here, and no more than fits."""
        return Happening(kind=kind, key=key, payload=bounded(self._tm.credentials.redactor().value(payload)))

    def run_now(self, name: str) -> str:
        """Queue a run of a schedule, due or not, paused or not; return its id.

        Raises NotFoundError, UsageError for one that speaks of an event.
        """
        with self._firing():
            found = self.store.find(name)
            marks = marks_in_task(found.task)
            if marks:
                raise UsageError(
                    f"the schedule {found.name!r} speaks of {marks[0]}, and nothing has happened",
                    hint="let it happen: publish, post or write what it waits for",
                )
            return self._fire(found, self._tm.clock(), "asked for by hand", due=found.due)

    def pause(self, name: str) -> Schedule:
        """Let a schedule wait for nothing. Raises NotFoundError."""
        with self._tm.database.write(lock=LOCK):
            found = self.store.find(name)
            self.store.set_state(found.id, "paused" if found.state == "active" else found.state, None)
            return self.store.find(found.id)

    def resume(self, name: str) -> Schedule:
        """Let a paused schedule go on from now, and leave out what was due. Raises NotFoundError, UsageError."""
        with self._tm.database.write(lock=LOCK):
            found = self.store.find(name)
            if found.state == "paused":
                due = next_time(found.trigger, found.zone, self._tm.clock())
                timed = not isinstance(found.trigger, OnTopic | OnWebhook | OnFile)
                self.store.set_state(found.id, "ended" if timed and due is None else "active", due)
                if isinstance(found.trigger, OnFile):
                    self.store.look(found.id, _look(found.trigger))
            elif found.state == "ended":
                raise UsageError(f"the schedule {found.name!r} has come to its end", hint="add another one")
            return self.store.find(found.id)

    def remove(self, name: str) -> None:
        """Forget a schedule; its runs stay. Raises NotFoundError."""
        self.store.remove(self.store.find(name).id)

    @contextmanager
    def _firing(self) -> Generator[None, None, None]:
        """One transaction, for what one process at a time does."""
        self._tm.queue.prepare()
        with self._tm.database.write(lock=LOCK):
            yield

    def _fire(
        self,
        found: Schedule,
        now: datetime,
        cause: str,
        event: Happening | None = None,
        due: datetime | None = None,
    ) -> str:
        """Queue a run and set the schedule to its next time, in the transaction that is open."""
        task = task_after(found.task, event) if event is not None else found.task
        run_id = self._tm.queue.submit(task, schedule=found.name, cause=cause)
        timed = not isinstance(found.trigger, OnTopic | OnWebhook | OnFile)
        due = due or (next_time(found.trigger, found.zone, now) if found.state == "active" else None)
        self.store.fire(found, run_id, now, due, ended=timed and due is None and found.state == "active")
        return run_id


def _look(trigger: OnFile) -> Seen:
    """What the files of a pattern look like now."""
    seen: Seen = {}
    for path in islice(iglob(trigger.pattern, recursive=True), MOST_FILES):  # noqa: PTH207 — the pattern is absolute
        try:
            told = os.stat(path)  # noqa: PTH116
        except OSError:
            continue  # gone since
        seen[path] = [told.st_mtime_ns, told.st_size]
    return seen


def _on_the_wall(trigger: Trigger, zone: ZoneInfo) -> Trigger:
    """Read times with a fixed offset as times of day in a zone, so that they stay when its clock is changed."""
    match trigger:
        case At() if trigger.at.tzinfo is not None and trigger.at.tzname() != "UTC":
            return At(at=trigger.at.replace(tzinfo=zone))
        case Every() if trigger.start.tzname() != "UTC" and "T" not in trigger.interval:
            return trigger.model_copy(update={"start": trigger.start.replace(tzinfo=zone)})
        case _:
            return trigger
