import json
from collections.abc import Callable
from pathlib import Path

import pytest

from taskmatrix.app import TaskMatrix
from taskmatrix.cli.apis import app
from taskmatrix.core.errors import NotFoundError, UsageError

Cli = Callable[..., int]


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    monkeypatch.setenv("TASKMATRIX_HOME", str(tmp_path / "home"))

    def run(*arguments: str) -> int:
        status = app(list(arguments), standalone_mode=False)
        return status if isinstance(status, int) else 0

    run("import", "json:dumps", "statistics:median")
    capsys.readouterr()
    return run


def test_sources_are_listed_with_what_came_from_them(cli: Cli, capsys: pytest.CaptureFixture[str]) -> None:
    cli("sources", "list", "--json")
    found = json.loads(capsys.readouterr().out)["sources"]
    assert [(s["source"], s["kind"], s["apis"]) for s in found] == [
        ("python:json:dumps", "python", 1),
        ("python:statistics:median", "python", 1),
    ]
    cli("sources", "list")
    assert capsys.readouterr().out.startswith("python:json:dumps\t1 API\t")


def test_removing_a_source_removes_its_apis_only(cli: Cli, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UsageError, match="needs a yes"):
        cli("sources", "remove", "python:json:dumps")
    cli("sources", "remove", "python:json:dumps", "--yes")
    assert capsys.readouterr().out == "removed python:json:dumps: 1 API\n"
    with TaskMatrix() as tm:
        assert tm.registry.find("json.dumps") is None
        assert tm.registry.find("statistics.median") is not None
    with pytest.raises(NotFoundError):
        cli("sources", "remove", "python:json:dumps", "--yes")
