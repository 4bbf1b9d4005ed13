"""`taskmatrix apis call`: one call by hand, checked, asked about and journalled like any other."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from taskmatrix.cli.apis import app
from taskmatrix.core.errors import ApiArgumentError, UsageError

CODE = '''
"""A store room."""
from taskmatrix import api

@api(effects="read")
def weigh(name: str, pieces: int = 1, tags: list[str] = []) -> dict[str, float | str]:
    """Weigh a thing.

    Args:
        name: What is weighed.
    """
    return {"name": name, "kilograms": 2.5 * pieces, "tags": ",".join(tags)}

@api(effects="destructive")
def burn(name: str) -> str:
    """Burn a thing."""
    return f"burnt {name}"

@api(effects="read")
def fail() -> None:
    """Fail."""
    raise RuntimeError("the scale is broken")
'''

Cli = Callable[..., int]


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    monkeypatch.setenv("TASKMATRIX_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "room.py").write_text(CODE)

    def run(*arguments: str) -> int:
        status = app(list(arguments), standalone_mode=False)
        return status if isinstance(status, int) else 0

    run("import", "room.py")
    capsys.readouterr()
    return run


def test_a_call_prints_its_result(cli: Cli, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli("call", "room.weigh", "name=12", "pieces=4", 'tags=["a", "b"]') == 0
    assert json.loads(capsys.readouterr().out) == {"name": "12", "kilograms": 10.0, "tags": "a,b"}


def test_arguments_come_as_one_json_object_too(cli: Cli, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli("call", "room.weigh", "--arguments", '{"name": "box", "pieces": 2}', "pieces=3") == 0
    assert json.loads(capsys.readouterr().out)["kilograms"] == 7.5


def test_what_cannot_be_taken_back_is_asked_about(cli: Cli, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli("call", "room.burn", "name=box") == 3
    assert "runs approve" in "".join(capsys.readouterr())
    assert cli("call", "room.burn", "name=box", "--yes") == 0
    assert capsys.readouterr().out == "burnt box\n"


def test_the_whole_run_as_json(cli: Cli, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli("call", "room.fail", "--json") == 1
    told = json.loads(capsys.readouterr().out)
    assert told["status"] == "failed"
    assert "the scale is broken" in told["error"]["message"]
    assert next(event["type"] for event in told["events"]) == "run_started"


@pytest.mark.parametrize("pairs", [["nme=box"], ["name=box", "weight=3"], []])
def test_unknown_and_missing_parameters_are_told_before_anything_runs(cli: Cli, pairs: list[str]) -> None:
    with pytest.raises(ApiArgumentError) as raised:
        cli("call", "room.weigh", *pairs)
    assert "name" in f"{raised.value.message} {raised.value.hint}"


@pytest.mark.parametrize(
    "arguments", [["room.weigh", "box"], ["room.weigh", "--arguments", "[1]"], ["room.weigh", "--arguments", "{"]]
)
def test_what_is_no_argument_is_wrong_use(cli: Cli, arguments: list[str]) -> None:
    with pytest.raises(UsageError):
        cli("call", *arguments)


def test_a_value_of_the_wrong_type_is_refused_in_the_words_of_its_schema(cli: Cli) -> None:
    with pytest.raises(ApiArgumentError, match="pieces: 'many' is not of type integer"):
        cli("call", "room.weigh", "name=box", "pieces=many")
