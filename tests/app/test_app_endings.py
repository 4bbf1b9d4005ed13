"""The endings of runs that end at about the same time."""

import anyio
import anyio.lowlevel
import pytest

from taskmatrix.app.endings import Endings
from taskmatrix.core.errors import NotFoundError
from taskmatrix.core.events import Event, RunFinished
from taskmatrix.core.orders import Task
from taskmatrix.store import Database, JournalStore, OrderStore

RUNS = ("0123456789aa", "0123456789bb")


@pytest.fixture
def journal(database: Database) -> JournalStore:
    made = JournalStore(database)
    for run_id in RUNS:
        made.create(run_id, "do it", "embedded", "/somewhere")
        OrderStore(database).add(run_id, Task(instruction="do it", directory="/somewhere", model="embedded"))
    return made


def finished(answer: str) -> RunFinished:
    return RunFinished(status="done", answer=answer)


def test_an_ending_waits_for_that_of_another_run_and_their_orders_go_with_them(
    journal: JournalStore, database: Database
) -> None:
    endings, stored = Endings(journal, lambda: 4), list[Event]()

    async def end(run_id: str) -> None:
        stored.append(await endings.end(run_id, finished(run_id)))

    async def main() -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(end, RUNS[0])
            await anyio.lowlevel.checkpoint()
            assert (journal.status(RUNS[0]), stored) == ("running", [])
            await end(RUNS[1])
            assert [journal.status(run_id) for run_id in RUNS] == ["done", "done"]

    anyio.run(main)
    assert {tuple(journal.run(run_id).events) for run_id in RUNS} == {(event,) for event in stored}
    assert OrderStore(database).count() == 0


def test_an_ending_that_no_other_comes_to_is_written_all_the_same(journal: JournalStore) -> None:
    async def main() -> None:
        await Endings(journal, lambda: 4).end(RUNS[0], finished("alone"))

    anyio.run(main)
    assert [journal.status(run_id) for run_id in RUNS] == ["done", "running"]


def test_an_ending_that_cannot_be_written_fails_no_other(journal: JournalStore, database: Database) -> None:
    endings, failed = Endings(journal, lambda: 4), list[NotFoundError]()

    async def end_nobody() -> None:
        try:
            await endings.end("nobody", finished("never"))
        except NotFoundError as error:
            failed.append(error)

    async def main() -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(end_nobody)
            await anyio.lowlevel.checkpoint()
            await endings.end(RUNS[1], finished("all the same"))

    anyio.run(main)
    assert [journal.status(run_id) for run_id in RUNS] == ["running", "done"]
    assert len(failed) == 1
    assert OrderStore(database).find(RUNS[0]) is not None
