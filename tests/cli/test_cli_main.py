import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from taskmatrix.cli.failures import exit_status, status_of_run
from taskmatrix.core.errors import (
    ApiArgumentError,
    ApiFileError,
    NotFoundError,
    QuestionDeclinedError,
    RunCancelledError,
    SettingError,
    UsageError,
)

Command = Callable[..., CompletedProcess[str]]


def test_help_names_every_command(taskmatrix: Command) -> None:
    done = taskmatrix("--help")
    assert done.returncode == 0
    for command in ("run", "runs", "feedback", "check", "apis", "eval"):
        assert f"\n  {command} " in done.stdout
    assert taskmatrix("help").stdout == done.stdout


def test_version_is_the_one_installed(taskmatrix: Command) -> None:
    from importlib.metadata import version

    assert taskmatrix("--version").stdout.strip() == f"taskmatrix {version('taskmatrix')}"


def test_a_mistyped_command_is_no_instruction(taskmatrix: Command) -> None:
    done = taskmatrix("rnu", "something")
    assert done.returncode == 2
    assert "did you mean 'run'?" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("arguments", [("run", "--nope", "x"), ("runs", "show"), ("runs", "list", "--limit", "0")])
def test_wrong_options_are_usage_errors_with_a_hint(taskmatrix: Command, arguments: tuple[str, ...]) -> None:
    done = taskmatrix(*arguments)
    assert done.returncode == 2
    assert done.stderr.startswith("error: ")
    assert "hint: " in done.stderr


def test_a_group_without_a_command_shows_its_help(taskmatrix: Command) -> None:
    done = taskmatrix("runs")
    assert done.returncode == 2
    assert done.stderr.startswith("Usage: taskmatrix runs")


def test_a_setting_that_cannot_be_used_is_named(taskmatrix: Command) -> None:
    done = taskmatrix("run", "count the words of 'a b'", TASKMATRIX_MODEL="gpt")
    assert done.returncode == 2
    assert "'gpt' names no chat model" in done.stderr


def test_errors_are_json_too_where_json_was_asked_for(taskmatrix: Command) -> None:
    done = taskmatrix("run", "--json", " ")
    assert done.returncode == 2
    assert json.loads(done.stdout)["error"]["code"] == "usage"
    assert done.stderr == ""


def test_a_registry_file_that_is_not_ours_is_refused_and_left_alone(taskmatrix: Command, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    database = home / "taskmatrix.db"
    database.write_bytes(b"not a database at all, but somebody's notes " * 100)
    before = database.read_bytes()
    done = taskmatrix("apis", "list")
    assert done.returncode == 1
    assert "taskmatrix.db" in done.stderr
    assert "hint: " in done.stderr
    assert "Traceback" not in done.stderr
    assert database.read_bytes() == before


def test_debug_shows_the_error_in_full_wherever_it_stands(taskmatrix: Command) -> None:
    assert "Traceback" in taskmatrix("run", " ", "--debug").stderr
    assert "Traceback" in taskmatrix("run", " ", TASKMATRIX_DEBUG="1").stderr
    assert "Traceback" not in taskmatrix("run", " ").stderr


def test_every_kind_of_ending_has_its_exit_status() -> None:
    assert exit_status(ApiFileError("x")) == 1
    assert exit_status(UsageError("x")) == 2
    assert exit_status(SettingError("x")) == 2
    assert exit_status(NotFoundError("x")) == 2
    assert exit_status(ApiArgumentError("x")) == 2
    assert exit_status(RunCancelledError("x")) == 130
    assert exit_status(KeyboardInterrupt()) == 130
    assert exit_status(ZeroDivisionError()) == 1
    assert [status_of_run(s) for s in ("done", "failed", "waiting", "cancelled")] == [0, 1, 3, 130]
    assert status_of_run("cancelled", QuestionDeclinedError.code) == 1


@pytest.mark.parametrize(
    "typed",
    [
        "run --attach gone.png x",
        "run --model scripted:gone.jsonl x",
        "run --model nobody x",
        "run --conversation gone1234 x",
        "run --with gone.api x",
        "run --directory gone x",
        "chat --continue gone1234",
        "chats show gone1234",
        "runs show gone1234",
        "templates run gone",
        "schedules remove gone",
        "apis show gone.api",
        "apis call gone.api",
        "apis call math.differentiate",
        "apis call math.differentiate nope=1",
        "apis import gone.json",
        "check gone.py",
        "runs approve --nope",
    ],
)
def test_what_is_typed_wrong_is_wrong_use_wherever_it_stands_and_begins_no_run(here: Command, typed: str) -> None:
    done = here(*typed.split())
    assert done.returncode == 2, done.stderr
    assert here("runs", "list", "--json").stdout == "[]\n"


def test_what_was_tried_and_failed_is_no_wrong_use(here: Command, work: Path) -> None:
    (work / "damaged.json").write_text("{")
    assert here("apis", "import", "damaged.json").returncode == 1
    assert here("apis", "import", "damaged.json", "gone.json").returncode == 1
    assert here("run", "photograph the zebra").returncode == 1


@pytest.mark.parametrize(
    ("typed", "command"),
    [
        ("runs approve --nope", "taskmatrix runs approve"),
        ("runs list --limit x", "taskmatrix runs list"),
        ("apis owners nope", "taskmatrix apis owners"),
        ("run --nope x", "taskmatrix run"),
    ],
)
def test_wrong_use_points_to_the_help_of_its_command(taskmatrix: Command, typed: str, command: str) -> None:
    refused = taskmatrix(*typed.split())
    assert refused.returncode == 2
    assert f"hint: {command} --help says what it takes" in refused.stderr
