"""The queue in one process, without a cluster."""

from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest

from taskmatrix import api
from taskmatrix.app import TaskMatrix
from taskmatrix.app.worker import Worker
from taskmatrix.core.errors import UsageError
from taskmatrix.core.events import RunFinished, RunStatus
from taskmatrix.core.orders import Task
from taskmatrix.store import new_run_id

ADD = "from math_ import evaluate\n\nevaluate(expression='1 + 1')\n"


@pytest.fixture
def tm(tmp_path: Path) -> Iterator[TaskMatrix]:
    with TaskMatrix(tmp_path / "home", model="embedded") as opened:
        yield opened


def work(tmp_path: Path, concurrency: int = 4) -> dict[str, RunStatus]:
    done: dict[str, RunStatus] = {}
    with TaskMatrix(tmp_path / "home", model="embedded") as other:
        anyio.run(Worker(other, once=True, concurrency=concurrency, tell=done.__setitem__).work)
    return done


def test_a_queued_run_is_carried_out_by_a_worker_in_another_taskmatrix(tm: TaskMatrix, tmp_path: Path) -> None:
    run_id = tm.submit("add", program=ADD, directory=tmp_path)
    assert tm.history.run(run_id).status == "queued"
    assert work(tmp_path) == {run_id: "done"}
    last = tm.history.run(run_id).events[-1]
    assert isinstance(last, RunFinished)
    assert "exact: 2" in last.answer
    assert tm.queue.store.count() == 0


def test_a_program_that_fails_ends_its_own_run_only(tm: TaskMatrix, tmp_path: Path) -> None:
    wrong = tm.submit("add", program="1 / 0", directory=tmp_path)
    right = tm.submit("add", program=ADD, directory=tmp_path)
    assert work(tmp_path) == {wrong: "failed", right: "done"}


def test_a_run_whose_worker_was_gone_before_it_began_is_taken_up_again(tm: TaskMatrix, tmp_path: Path) -> None:
    run_id = tm.submit("add", program=ADD, directory=tmp_path)
    assert [one.run_id for one in tm.queue.store.take(None, 5)] == [run_id]
    assert not tm.queue.store.take(None, 5)
    assert work(tmp_path) == {run_id: "done"}


def test_a_run_that_waits_for_somebody_is_on_the_queue_no_more(tm: TaskMatrix, tmp_path: Path) -> None:
    @api(package="till", effects="destructive")
    def pay(amount: int) -> int:
        """Pay an amount."""
        raise AssertionError(amount)

    tm.register(pay)
    run_id = tm.submit("pay", program="from till import pay\n\npay(amount=1)\n", directory=tmp_path)
    assert work(tmp_path) == {run_id: "waiting"}
    assert tm.queue.store.count() == 0


def test_the_order_of_a_run_that_has_ended_is_forgotten(tm: TaskMatrix, tmp_path: Path) -> None:
    run_id = tm.submit("add", program=ADD, directory=tmp_path)
    order = tm.queue.store.find(run_id)
    assert order is not None
    assert work(tmp_path) == {run_id: "done"}
    tm.queue.store.add(run_id, order.task)  # as a worker of an older version leaves it that is killed here
    assert work(tmp_path) == {run_id: "done"}
    assert tm.queue.store.count() == 0
    assert [event.type for event in tm.history.run(run_id).events].count("run_finished") == 1


@pytest.mark.parametrize("last", ["program_written", "program_checked"])
@pytest.mark.parametrize(("program", "status"), [(ADD, "done"), (ADD.replace("'1 + 1'", "2"), "failed")])
def test_a_run_broken_off_around_the_check_of_its_program_goes_on_with_the_apis_it_names(
    tm: TaskMatrix, tmp_path: Path, program: str, status: RunStatus, last: str
) -> None:
    queued = tm.submit("add", program=program, directory=tmp_path)
    assert work(tmp_path) == {queued: status}
    whole = tm.history.run(queued)
    kinds = [event.type for event in whole.events]
    broken_off, order = new_run_id(), Task(instruction="add", directory=str(tmp_path), model="embedded")
    tm.journal.create(broken_off, "add", "you", str(tmp_path), opening=whole.events[: kinds.index(last) + 1])
    tm.queue.store.add(broken_off, order)
    assert work(tmp_path) == {broken_off: status}
    assert tm.history.run(broken_off).events[-1].model_dump(exclude={"seq", "at"}) == whole.events[-1].model_dump(
        exclude={"seq", "at"}
    )


def test_tenants_take_turns_however_much_one_of_them_queues(tm: TaskMatrix, tmp_path: Path) -> None:
    for tenant in ("a", "a", "a", "a", "b", "b", "c"):
        tm.submit("add", program=ADD, directory=tmp_path, tenant=tenant)
    store = tm.queue.store
    assert [one.task.tenant for one in store.take(None, 4)] == ["a", "b", "c", "a"]
    assert [one.task.tenant for one in store.take("a", 2)] == ["b", "a"]
    assert [one.task.tenant for one in store.take("a", 9)] == ["a"]


def test_an_instruction_that_says_nothing_is_not_queued(tm: TaskMatrix) -> None:
    with pytest.raises(UsageError, match="empty"):
        tm.submit("  ")


def test_a_limit_by_the_minute_needs_a_cluster(tm: TaskMatrix) -> None:
    with pytest.raises(UsageError, match="PostgreSQL"):
        Worker(tm, per_minute=5)
