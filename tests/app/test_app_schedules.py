"""Schedules over real databases, by a clock that the test moves."""

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from databases import DatabasePlace
from taskmatrix.app import TaskMatrix
from taskmatrix.conversation import summarize
from taskmatrix.core.errors import ConflictError, NotFoundError, ScheduleError, UsageError
from taskmatrix.core.events import RunQueued, RunScheduled
from taskmatrix.core.orders import Schedule, Task
from taskmatrix.core.programs import Program
from taskmatrix.core.triggers import At, Cron, Every, OnFile, OnTopic, OnWebhook, Trigger

NOON = datetime(2026, 3, 28, 12, tzinfo=UTC)
DAY = timedelta(days=1)


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tm(started_place: DatabasePlace, clock: Clock) -> Iterator[TaskMatrix]:
    with TaskMatrix(started_place.home, started_place.url, "embedded", clock=clock) as opened:
        yield opened


def task(tenant: str = "") -> Task:
    return Task(instruction="add", directory="/", model="embedded", tenant=tenant, program=Program(code="1 + 1"))


def add(tm: TaskMatrix, trigger: Trigger, name: str = "s", zone: str = "UTC") -> Schedule:
    return tm.schedules.add(name, trigger, task(), zone=zone)


def daily() -> Every:
    return Every(interval="P1D", start=NOON + timedelta(hours=1))


def test_a_schedule_fires_when_it_is_due_and_its_run_tells_where_it_comes_from(tm: TaskMatrix, clock: Clock) -> None:
    add(tm, daily())
    assert not tm.schedules.fire_due()
    clock.now = NOON + timedelta(hours=1)
    (run_id,) = tm.schedules.fire_due()
    run = tm.history.run(run_id)
    assert run.status == "queued"
    queued = run.events[0]
    assert isinstance(queued, RunQueued)
    assert queued.schedule == "s"
    assert "2026-03-28 13:00:00" in queued.cause
    kept = tm.schedules.store.find("s")
    assert (kept.fired, kept.last_run, kept.due) == (1, run_id, NOON + DAY + timedelta(hours=1))


def test_what_was_missed_is_made_up_for_once(tm: TaskMatrix, clock: Clock) -> None:
    add(tm, Every(interval="PT1M", start=NOON + timedelta(minutes=1)))
    clock.now = NOON + 30 * DAY
    assert len(tm.schedules.fire_due()) == 1
    assert not tm.schedules.fire_due()
    assert tm.schedules.store.find("s").due == clock.now + timedelta(minutes=1)


def test_a_clock_that_is_set_back_or_forth_fires_nothing_twice(tm: TaskMatrix, clock: Clock) -> None:
    add(tm, daily())
    clock.now = NOON + timedelta(hours=1)
    assert len(tm.schedules.fire_due()) == 1
    for jump in (-2 * DAY, timedelta(hours=-1), timedelta(0), timedelta(hours=23)):
        clock.now = NOON + timedelta(hours=1) + jump
        assert not tm.schedules.fire_due()
    clock.now = NOON + 10 * DAY
    assert len(tm.schedules.fire_due()) == 1
    clock.now = NOON + 2 * DAY
    assert not tm.schedules.fire_due()


def test_of_two_workers_that_look_at_the_same_moment_one_fires(
    tm: TaskMatrix, database_place: DatabasePlace, clock: Clock
) -> None:
    for number in range(5):
        add(tm, daily(), f"s{number}")
    clock.now = NOON + DAY
    start, fired = threading.Barrier(4), list[str]()

    def work() -> None:
        with TaskMatrix(database_place.home, database_place.url, "embedded", clock=clock) as worker:
            worker.schedules.store.all()
            start.wait()
            fired.extend(worker.schedules.fire_due())

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(fired) == len(set(fired)) == 5
    assert [schedule.fired for schedule in tm.schedules.store.all()] == [1] * 5


def test_a_schedule_of_one_time_ends_with_it_and_a_time_that_is_past_is_refused(tm: TaskMatrix, clock: Clock) -> None:
    add(tm, At(at=NOON + timedelta(minutes=1)))
    with pytest.raises(ScheduleError, match="that is past"):
        add(tm, At(at=NOON - timedelta(minutes=1)), "late")
    clock.now = NOON + DAY
    assert len(tm.schedules.fire_due()) == 1
    assert tm.schedules.store.find("s").state == "ended"
    with pytest.raises(UsageError, match="come to its end"):
        tm.schedules.resume("s")


def test_the_zone_is_kept_and_nine_stays_nine_in_summer(tm: TaskMatrix, clock: Clock) -> None:
    kept = add(tm, Cron(expression="0 9 * * *"), zone="Europe/Berlin")
    assert (kept.zone, kept.due) == ("Europe/Berlin", datetime(2026, 3, 29, 7, tzinfo=UTC))
    with pytest.raises(UsageError, match="no time zone"):
        add(tm, Cron(expression="0 9 * * *"), "other", "Europe/Nowhere")


def test_a_paused_schedule_fires_nothing_and_goes_on_from_when_it_is_resumed(tm: TaskMatrix, clock: Clock) -> None:
    add(tm, daily())
    assert tm.schedules.pause("s").state == "paused"
    clock.now = NOON + 3 * DAY
    assert not tm.schedules.fire_due()
    assert tm.schedules.resume("s").due == NOON + 3 * DAY + timedelta(hours=1)
    assert not tm.schedules.fire_due()


def test_run_now_changes_no_due_time_and_what_is_removed_is_gone(tm: TaskMatrix) -> None:
    due = add(tm, daily()).due
    run_id = tm.schedules.run_now("s")
    assert tm.schedules.store.find("s").due == due
    tm.schedules.remove("s")
    with pytest.raises(NotFoundError, match="no schedule 's'"):
        tm.schedules.run_now("s")
    assert tm.history.run(run_id).status == "queued"


def test_two_schedules_of_one_name_are_refused(tm: TaskMatrix) -> None:
    add(tm, daily())
    with pytest.raises(ConflictError, match="already"):
        add(tm, daily())


def test_what_is_published_fires_those_that_wait_for_it_with_what_came(tm: TaskMatrix) -> None:
    add(tm, OnTopic(topic="orders"))
    add(tm, OnTopic(topic="other"), "other")
    add(tm, OnWebhook(path="/orders"), "hook")
    (run_id,) = tm.schedules.happened(OnTopic(topic="orders"), {"id": 7})
    queued = tm.history.run(run_id).events[0]
    assert isinstance(queued, RunQueued)
    assert (queued.schedule, queued.payload) == ("s", {"id": 7})
    tm.schedules.pause("hook")
    assert not tm.schedules.happened(OnWebhook(path="/orders"))
    assert tm.schedules.resume("hook").state == "active"
    assert len(tm.schedules.happened(OnWebhook(path="/orders"))) == 1


def test_files_that_appear_or_change_fire_once_and_those_that_were_there_do_not(
    tm: TaskMatrix, tmp_path: Path
) -> None:
    import socket

    (tmp_path / "there.csv").write_text("1")
    add(tm, OnFile(pattern=f"{tmp_path}/*.csv", host=socket.gethostname()))
    add(tm, OnFile(pattern=f"{tmp_path}/*.csv", host="another machine"), "elsewhere")
    assert not tm.schedules.look_at_files()
    (tmp_path / "new.csv").write_text("2")
    (tmp_path / "there.csv").write_text("changed")
    (run_id,) = tm.schedules.look_at_files()
    queued = tm.history.run(run_id).events[0]
    assert isinstance(queued, RunQueued)
    assert queued.payload == [f"{tmp_path}/new.csv", f"{tmp_path}/there.csv"]
    (tmp_path / "new.csv").unlink()
    assert not tm.schedules.look_at_files()
    assert tm.schedules.store.find("elsewhere").fired == 0


KILLED = """
import os, signal, sys
from datetime import datetime
from taskmatrix.app import TaskMatrix
from taskmatrix.app.schedules import Schedules
from taskmatrix.core.triggers import At

keep = Schedules.keep

def keep_and_die(self, *given):
    keep(self, *given)
    os.kill(os.getpid(), signal.SIGKILL)

Schedules.keep = keep_and_die
home, url, now = sys.argv[1:4]
with TaskMatrix(home, url or None, "embedded", clock=lambda: datetime.fromisoformat(now)) as tm:
    tm.schedule_sync("add", At(at="2026-03-28T13:00:00Z"), program="1 + 1", name="s", directory=home)
"""


def test_what_is_to_be_a_schedule_and_names_no_time_is_not_run(tm: TaskMatrix) -> None:
    for words, program in (("compute 3 * 4", None), ("every day at 9 add", "1 + 1")):
        told = summarize(tm.schedule_sync(words, program=program, directory="/"))
        assert (told.status, told.error and told.error.code) == ("failed", ScheduleError.code)
        assert told.error is not None and "say when" in told.error.message
        assert not told.calls
    assert not tm.schedules.store.all()
    assert summarize(tm.schedule_sync("every day at 9 compute 3 * 4", name="s", directory="/")).status == "done"
    (kept,) = tm.schedules.store.all()
    assert kept.trigger.kind == "every"


def test_what_names_no_time_is_not_run_either_once_its_question_is_answered(tm: TaskMatrix) -> None:
    asked = tm.schedule_sync("create a presentation", directory="/")
    assert asked.status == "waiting"
    told = summarize(tm.resume_sync(asked.id, "tech.pptx"))
    while told.status == "waiting":
        told = summarize(tm.resume_sync(asked.id, "tech"))
    assert (told.error and told.error.code, told.calls) == (ScheduleError.code, ())


def test_a_run_that_is_killed_between_keeping_a_schedule_and_saying_so_keeps_it_once(
    tm: TaskMatrix, database_place: DatabasePlace, clock: Clock
) -> None:
    database_place.home.mkdir(exist_ok=True)
    given = (str(database_place.home), database_place.url or "", NOON.isoformat())
    killed = subprocess.run([sys.executable, "-c", KILLED, *given], capture_output=True, text=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    (run,) = tm.history.runs()
    assert run.status == "interrupted"
    clock.now = NOON + DAY
    (fired,) = tm.schedules.fire_due()
    assert tm.go_on_sync(run.id).status == "done"
    (kept,) = tm.schedules.store.all()
    (told,) = [event for event in tm.history.run(run.id).events if isinstance(event, RunScheduled)]
    assert (told.schedule, kept.id, kept.name, kept.last_run) == (kept.id, run.id, "s", fired)
