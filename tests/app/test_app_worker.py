"""Workers as processes: they fire schedules, listen to webhooks, die, and are stood in for."""

import json
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import JsonValue
from worker_scene import WATCHED, Workers, eventually

from databases import DatabasePlace
from taskmatrix.app import TaskMatrix
from taskmatrix.core.events import CallIntended, Run
from taskmatrix.core.triggers import OnTopic

PROGRAM = "from watched import touch\n\n[touch(folder={folder!r}, name=name) for name in ('one', 'two')]\n"


@pytest.fixture
def workers(database_place: DatabasePlace, tmp_path: Path) -> Iterator[Workers]:
    scene = Workers(database_place, tmp_path)
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
    assert post("/new", Origin="http://evil.example") == 403
    assert post("/new", b"x" * 1_000_001) == 413
    (run_id,) = run_ids
    eventually(lambda: tm.history.run(run_id).status == "done")
