import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import anyio
import pytest
from poultry import count_eggs

from databases import DatabasePlace
from taskmatrix import TaskMatrix, api
from taskmatrix.core.errors import DocumentError, UsageError
from taskmatrix.core.events import Event, RunFinished

Open = Callable[[str], TaskMatrix]


@pytest.fixture
def home(database_place: DatabasePlace) -> Path:
    return database_place.home


@pytest.fixture
def start(database_place: DatabasePlace) -> Open:
    """Make a TaskMatrix over a database of its own, once for each kind."""
    return lambda model: TaskMatrix(home=database_place.home, database_url=database_place.url, model=model)


def _script(folder: Path, *replies: str) -> str:
    file = folder / "script.jsonl"
    file.write_text("".join(json.dumps({"reply": reply}) + "\n" for reply in replies))
    return f"scripted:{file}"


PLAN = ("1. Count the eggs of 4 hens", "```python\nfrom poultry import count_eggs\ncount_eggs(4)\n```")


def test_nothing_is_opened_before_it_is_used(start: Open, home: Path) -> None:
    with start("embedded") as tm:
        assert tm.home == home
    assert not home.exists()


def test_the_installed_packages_are_in_the_registry(start: Open) -> None:
    with start("embedded") as tm:
        packages = {document.package for document in tm.registry.documents()}
    assert {"powerpoint", "math"} <= packages


def test_a_function_of_this_process_can_be_registered_and_called(start: Open, tmp_path: Path) -> None:
    with start(_script(tmp_path, *PLAN)) as tm:
        assert tm.register(count_eggs).api == "poultry.count_eggs"
        run = tm.run_sync("count the eggs of 4 hens")
    finished = run.events[-1]
    assert isinstance(finished, RunFinished)
    assert (finished.status, finished.answer) == ("done", "20")


def test_another_process_calls_a_registered_function_through_its_file(
    start: Open, database_place: DatabasePlace, tmp_path: Path
) -> None:
    with start("embedded") as tm:
        tm.register(count_eggs)
    model = _script(tmp_path, *PLAN)
    program = (
        "from taskmatrix import TaskMatrix\n"
        f"with TaskMatrix(model={model!r}) as tm:\n"
        "    print(tm.run_sync('count the eggs of 4 hens').events[-1].answer)\n"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(
        command, env=database_place.environment, capture_output=True, text=True, timeout=100, check=False
    )
    assert done.stdout.strip() == "20", done.stderr


def test_a_function_without_the_mark_or_the_text_is_refused(start: Open) -> None:
    def plain(x: int) -> int:
        return x

    @api
    def silent(x: int) -> int:
        return x

    with start("embedded") as tm:
        with pytest.raises(UsageError, match="not marked with @api"):
            tm.register(plain)
        with pytest.raises(DocumentError, match="description is missing"):
            tm.register(silent)


def test_events_can_be_read_as_they_happen(start: Open, tmp_path: Path) -> None:
    async def read() -> list[Event]:
        async with start(_script(tmp_path, *PLAN)) as tm:
            tm.register(count_eggs)
            return [event async for event in tm.run("count the eggs of 4 hens")]

    events = anyio.run(read)
    journalled = [event for event in events if event.type != "model_writing"]
    assert [event.seq for event in journalled] == list(range(1, len(journalled) + 1))
    assert len(journalled) < len(events)
    assert events[-1].type == "run_finished"


def test_a_program_is_checked_against_the_modules_it_imports(start: Open) -> None:
    with start("embedded") as tm:
        tm.register(count_eggs)
        assert tm.check("from poultry import count_eggs\ncount_eggs(2)").ok
        assert tm.check("import poultry\npoultry.count_eggs(hens=2)").ok
        assert not tm.check("from poultry import count_eggs\ncount_eggs('two')").ok
        assert not tm.check("from poultry import").ok


def test_a_folder_that_is_none_is_a_usage_error(start: Open, tmp_path: Path) -> None:
    with start("embedded") as tm, pytest.raises(UsageError, match="is not a folder"):
        tm.run_sync("count the eggs", directory=tmp_path / "nowhere")


def test_it_can_be_used_again_after_it_was_closed(start: Open) -> None:
    tm = start("embedded")
    before = tm.registry.count()
    tm.close()
    tm.close()
    assert tm.registry.count() == before
    tm.close()
