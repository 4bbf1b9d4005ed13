"""Runs that were broken off, by a kill or by a database that takes no more, and go on."""

import resource
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from taskmatrix import TaskMatrix, api
from taskmatrix.app.approvers import leave_waiting
from taskmatrix.conversation import Given, Order
from taskmatrix.core.effects import Effect
from taskmatrix.core.errors import NotFoundError, StoreBusyError, StoreError, UsageError
from taskmatrix.core.events import CallSent
from taskmatrix.core.programs import Program
from taskmatrix.store import new_run_id, open_database

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
import faults

paid: list[int] = []
hindered: list[sqlite3.Connection | None] = []


@api(package="till", effects=Effect(kind="write"))
def pay(amount: int) -> int:
    """Pay an amount; return how many payments there were."""
    paid.append(amount)
    return len(paid)


@api(package="till", effects="read")
def fill_the_disk() -> None:
    """Leave no room for a file to grow, the first time."""
    if not hindered:
        hindered.append(None)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))


@api(package="till", effects="read")
def take_the_database(path: str) -> None:
    """Begin to write in the database, as another process would, the first time."""
    if not hindered:
        hindered.append(sqlite3.connect(path, isolation_level=None, check_same_thread=False))
        hindered[0].execute("BEGIN IMMEDIATE")


@pytest.fixture
def tm(tmp_path):
    paid.clear()
    hindered.clear()
    with TaskMatrix(tmp_path / "home") as tm:
        tm.database = open_database(None, tmp_path / "home", busy_seconds=0.05)
        for function in (pay, fill_the_disk, take_the_database):
            tm.register(function)
        yield tm


def carry_out(tm: TaskMatrix, folder: Path, code: str):
    documents = tuple(tm.registry.documents("till"))
    given = Given(Program(code=code, apis=tuple(d.id for d in documents), author="test"), documents)
    return tm._carry_out(Order(new_run_id(), "pay", folder, given=given), leave_waiting, lambda event: None)


@pytest.fixture(scope="module")
def bench() -> Iterator[tuple[faults.Bench, faults.Forks]]:
    """The payment API, and what forks the processes that are killed."""
    with faults.open_bench() as opened, closing(faults.Forks(opened.environment)) as forks:
        yield opened, forks


@pytest.mark.parametrize("api", faults.APIS)
@pytest.mark.parametrize("point", faults.POINTS)
def test_a_run_killed_at_any_point_charges_once_and_comes_to_its_end_or_to_a_person(bench, point, api):
    opened, forks = bench
    tally = faults.Tally()
    opened.trial(forks, point, api, tally)
    assert (tally.trials, tally.twice, tally.lost) == (1, 0, 0), tally


def test_a_full_disk_breaks_a_run_off_and_it_goes_on_once_there_is_room(tm, tmp_path):
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        with pytest.raises(StoreError):
            carry_out(tm, tmp_path, "import till\ntill.pay(3)\ntill.fill_the_disk()\ntill.pay(4)")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    (run,) = tm.history.runs()
    assert paid == [3] and run.status == "interrupted"
    done = tm.go_on_sync(run.id)
    assert (done.status, paid) == ("done", [3, 4])
    assert [event.attempt for event in done.events if isinstance(event, CallSent)] == [1, 1, 2, 1]


def test_a_database_that_another_process_holds_breaks_a_run_off_and_it_goes_on_later(tm, tmp_path):
    code = f"import till\ntill.pay(3)\ntill.take_the_database({tm.database.where!r})\ntill.pay(4)"
    with pytest.raises(StoreBusyError):
        carry_out(tm, tmp_path, code)
    (holder,) = hindered
    holder.close()
    (run,) = tm.history.runs()
    assert paid == [3] and run.status == "interrupted"
    assert tm.go_on_sync(run.id).status == "done"
    assert paid == [3, 4]


def test_a_run_that_ended_or_never_was_cannot_go_on(tm, tmp_path):
    run = carry_out(tm, tmp_path, "import till\ntill.pay(3)")
    with pytest.raises(UsageError, match="cannot go on: it is done"):
        tm.go_on_sync(run.id)
    with pytest.raises(UsageError, match="waits for no answer"):
        tm.resume_sync(run.id, "approve")
    with pytest.raises(NotFoundError):
        tm.go_on_sync("0000zzzz")
    assert paid == [3]
