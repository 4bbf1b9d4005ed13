import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from ledger import LEDGER

from databases import DatabasePlace
from taskmatrix import TaskMatrix

Open = Callable[..., TaskMatrix]


@pytest.fixture
def place(started: Path, tmp_path: Path) -> DatabasePlace:
    """A home that was used before. Where it matters how runs are kept, `place` is `database_place` instead."""
    return DatabasePlace(Path(shutil.copytree(started, tmp_path / "home")), None)


@pytest.fixture
def open_ledger(place: DatabasePlace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Open a TaskMatrix that plans with a scripted chat model and knows the package `ledger`."""
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    opened: list[TaskMatrix] = []

    def open_one(*replies: str | dict[str, object], model: str | None = None) -> TaskMatrix:
        script = tmp_path / f"script-{len(opened)}.jsonl"
        lines = [{"reply": reply} if isinstance(reply, str) else reply for reply in replies]
        script.write_text("".join(json.dumps(line) + "\n" for line in lines))
        model = model or f"scripted:{script}"
        tm = TaskMatrix(home=place.home, database_url=place.url, model=model)
        opened.append(tm)
        for function in LEDGER:
            tm.register(function)
        return tm

    yield open_one
    for tm in opened:
        tm.close()
