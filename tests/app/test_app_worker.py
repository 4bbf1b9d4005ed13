"""Workers as processes: they fire schedules, listen to webhooks, die, and are stood in for."""

import json
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest
from pydantic import JsonValue
from sqlalchemy import text
from worker_scene import WATCHED, Workers, eventually

from databases import DatabasePlace
from forked import ForkedCommands
from taskmatrix.app import TaskMatrix
from taskmatrix.app.worker import Worker
from taskmatrix.core.events import CallIntended, Run
from taskmatrix.core.triggers import OnTopic

PROGRAM = "from watched import touch\n\n[touch(folder={folder!r}, name=name) for name in ('one', 'two')]\n"


@pytest.fixture
def workers(database_place: DatabasePlace, tmp_path: Path, forked_commands: ForkedCommands) -> Iterator[Workers]:
    scene = Workers(database_place, tmp_path, forked_commands)
    (tmp_path / "watched.py").write_text(WATCHED.format(effect="read"))
    scene.run("apis", "import", "watched.py")
    (tmp_path / "program.py").write_text(PROGRAM.format(folder=str(tmp_path)))
    yield scene
    scene.end()


@pytest.fixture
def tm(workers: Workers) -> Iterator[TaskMatrix]:
    with TaskMatrix(workers.place.home, workers.place.url, "embedded") as opened:
        yield opened


def add(workers: Workers, *waits_for: str) -> None:
    workers.run("schedules", "add", "touch files", *waits_for, "--program", "program.py", "--name", "s")


def names(run: Run) -> list[JsonValue]:
    return [event.arguments["name"] for event in run.events if isinstance(event, CallIntended)]


def test_the_run_of_a_worker_that_is_killed_is_gone_on_with_by_another(
    workers: Workers, tm: TaskMatrix, tmp_path: Path
) -> None:
    run_id = tm.submit("touch files", program=(tmp_path / "program.py").read_text())
    first = workers.start()
    eventually((tmp_path / "began-one").exists)
    second = workers.start()
    first.kill()
    first.wait()
    (tmp_path / "go").touch()
    eventually(lambda: tm.history.run(run_id).status == "done")
    assert names(tm.history.run(run_id)) == ["one", "two"]
    assert second.poll() is None


def test_two_workers_carry_out_each_run_once(workers: Workers, tm: TaskMatrix, tmp_path: Path) -> None:
    (tmp_path / "go").touch()
    add(workers, "--on-topic", "go")
    assert len(json.loads(workers.run("events", "publish", "go", '{"n": 1}', "--json"))["runs"]) == 1
    for _ in range(9):
        tm.schedules.happened(OnTopic(topic="go"))
    for process in [workers.start("--once"), workers.start("--once")]:
        assert process.wait(timeout=100) == 0
    calls = (tmp_path / "calls").read_text().split("\n")[:-1]
    assert sorted(call.split()[0] for call in calls) == ["one"] * 10 + ["two"] * 10
    assert [run.status for run in tm.history.runs()] == ["done"] * 11


def test_a_worker_that_is_asked_to_end_lets_its_runs_end(workers: Workers, tm: TaskMatrix, tmp_path: Path) -> None:
    run_id = tm.submit("touch files", program=(tmp_path / "program.py").read_text())
    worker = workers.start()
    eventually((tmp_path / "began-one").exists)
    worker.terminate()
    (tmp_path / "go").touch()
    assert worker.wait(timeout=100) == 0
    assert tm.history.run(run_id).status == "done"


def test_a_webhook_fires_the_schedules_that_wait_for_its_path(
    workers: Workers, tm: TaskMatrix, tmp_path: Path
) -> None:
    (tmp_path / "go").touch()
    add(workers, "--on-webhook", "/new")
    workers.start("--webhooks", "0")
    log = tmp_path / "worker0.log"
    eventually(lambda: "127.0.0.1" in log.read_text())
    found = re.search(r"http://127\.0\.0\.1:\d+", log.read_text().replace("\n", ""))
    assert found is not None

    def post(path: str, body: bytes = b"{}", **headers: str) -> int:
        asked = urllib.request.Request(found[0] + path, data=body, headers=headers, method="POST")
        try:
            with urllib.request.urlopen(asked, timeout=30) as answer:
                run_ids.extend(json.load(answer)["runs"])
                return answer.status
        except urllib.error.HTTPError as error:
            error.close()
            return error.code

    run_ids: list[str] = []
    assert post("/new", b'{"id": 7}') == 202
    assert post("/old") == 404
    assert post("/new", b"no JSON") == 400
    assert post("/new", b'{"name": "\\ud800"}') == 400
    assert post("/new", Origin="http://evil.example") == 403
    assert post("/new", b"x" * 1_000_001) == 413
    (run_id,) = run_ids
    eventually(lambda: tm.history.run(run_id).status == "done")


def test_what_is_posted_and_the_file_that_appears_reach_the_programs_they_start(
    workers: Workers, tm: TaskMatrix, tmp_path: Path
) -> None:
    (tmp_path / "go").touch()
    (tmp_path / "in").mkdir()
    for name, said in (("posted", "{event.body.city}"), ("appeared", "{event.path}")):
        (tmp_path / f"{name}.py").write_text(
            f"from watched import touch\n\ntouch(folder={str(tmp_path)!r}, name='got ' + {said!r}.split('/')[-1])\n"
        )
    workers.run("schedules", "add", "note {event.body.city}", "--on-webhook", "/new", "--program", "posted.py")
    workers.run("schedules", "add", "note {event.path}", "--on-file", "in/*.csv", "--program", "appeared.py")
    workers.start("--webhooks", "0")
    log = tmp_path / "worker0.log"
    eventually(lambda: "127.0.0.1" in log.read_text())
    found = re.search(r"http://127\.0\.0\.1:\d+", log.read_text().replace("\n", ""))
    assert found is not None
    with urllib.request.urlopen(found[0] + "/new", data=b'{"city": "Bonn"}', timeout=30) as answer:
        (run_id,) = json.load(answer)["runs"]
    eventually(lambda: tm.history.run(run_id).status == "done")
    assert (names(tm.history.run(run_id)), tm.history.run(run_id).instruction) == (["got Bonn"], "note Bonn")
    for name in ("a.csv", "b.csv"):
        (tmp_path / "in" / name).write_text("1")
    eventually((tmp_path / "began-got a.csv").exists)
    eventually((tmp_path / "began-got b.csv").exists)


@pytest.mark.parametrize("days", [0.0, 1.0])
def test_the_queue_of_a_cluster_forgets_the_runs_that_ended_long_enough_ago(
    database_place: DatabasePlace, tmp_path: Path, days: float
) -> None:
    if database_place.url is None:
        pytest.skip("only PostgreSQL's queue keeps rows of runs that have ended")

    def work(keeping: float) -> None:
        with TaskMatrix(database_place.home, database_place.url, "embedded") as worker:
            worker.settings = worker.settings.model_copy(update={"queue_days": keeping})
            anyio.run(Worker(worker, once=True).work)

    def rows(tm: TaskMatrix) -> int:
        with tm.database.read() as connection:
            schema = connection.execute(text("SELECT current_schema()")).scalar()
            return connection.execute(text(f'SELECT count(*) FROM "{schema}_dbos".workflow_status')).scalar_one()

    with TaskMatrix(database_place.home, database_place.url, "embedded") as tm:
        runs = [tm.submit("add", program="1 + 1", directory=tmp_path) for _ in range(2)]
        work(1.0)
        assert rows(tm) == 2
        runs.append(tm.submit("add", program="1 + 1", directory=tmp_path))
        work(days)
        assert [tm.history.run(run_id).status for run_id in runs] == ["done"] * 3
        assert rows(tm) == (1 if days == 0.0 else 3)
