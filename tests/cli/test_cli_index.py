"""Vectors are made in the foreground or behind it, and `apis index` tells how far they are."""

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from taskmatrix.api_platform.publishing import Owners
from taskmatrix.app import TaskMatrix
from taskmatrix.cli.apis import app
from taskmatrix.cli.background import LOG, make_vectors
from taskmatrix.core.documents import parse_document
from taskmatrix.core.errors import SettingError, UsageError

Cli = Callable[..., int]


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    monkeypatch.setenv("TASKMATRIX_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "letters.jsonl").write_text("\n".join(json.dumps(letter(n)) for n in range(5)))

    def run(*arguments: str) -> int:
        status = app(list(arguments), standalone_mode=False)
        return status if isinstance(status, int) else 0

    return run


@pytest.fixture
def tm(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> Iterator[TaskMatrix]:
    """Return a registry whose vectors are made by themselves."""
    monkeypatch.setenv("TASKMATRIX_BACKGROUND", "on")
    with TaskMatrix() as opened:
        yield opened


def letter(number: int) -> dict[str, object]:
    return {"package": "mail", "name": f"send_{number}", "description": f"Send letter {number}.", "parameters": []}


def status(cli: Cli, capsys: pytest.CaptureFixture[str], *options: str) -> dict[str, dict[str, object]]:
    capsys.readouterr()
    assert cli("index", "--json", *options) == 0
    return json.loads(capsys.readouterr().out)


def test_the_command_computes_what_is_missing(cli: Cli, capsys: pytest.CaptureFixture[str]) -> None:
    cli("import", "letters.jsonl")
    told = status(cli, capsys, "--status")
    assert (told["status"], told["vectors"]["done"], told["words"]["state"]) == ("waiting", 0, "missing")
    assert told["index"] == "files"
    told = status(cli, capsys)
    assert told["status"] == "done"
    assert told["vectors"]["done"] == told["vectors"]["total"]
    assert told["vectors"]["encoder"]
    cli("search", "send a letter")
    words = status(cli, capsys, "--status")["words"]
    assert (words["state"], words["documents"]) == ("ready", told["vectors"]["total"])
    cli("index", "--status")
    out = capsys.readouterr().out
    assert "vectors: " in out
    assert f"words: ready; {words['documents']} APIs up to change {words['change']}" in out
    assert "index: files in " in out


def test_the_index_of_another_home_counts_for_nothing(
    cli: Cli, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    cli("import", "letters.jsonl")
    cli("index")
    cli("search", "send a letter")
    others = tmp_path / "letters.jsonl"
    others.write_text(others.read_text().replace("letter", "parcel").replace("send_", "post_"))
    monkeypatch.setenv("TASKMATRIX_HOME", str(tmp_path / "other"))
    cli("import", "letters.jsonl")
    shutil.copytree(tmp_path / "home" / "index", tmp_path / "other" / "index", dirs_exist_ok=True)
    told = status(cli, capsys, "--status")
    assert (told["status"], told["vectors"]["done"], told["words"]["state"]) == ("waiting", 0, "missing")
    assert cli("search", "post a parcel") == 0
    assert "mail.post_" in capsys.readouterr().out
    assert status(cli, capsys)["status"] == "done"


@pytest.mark.skipif(os.name != "posix", reason="limits of a process are set by a POSIX shell")
def test_a_disk_that_takes_no_more_vectors_is_told(cli: Cli, tmp_path: Path) -> None:
    cli("import", "letters.jsonl")
    command = f"ulimit -f 100; trap '' XFSZ; exec {shlex.quote(sys.executable)} -m taskmatrix apis index"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=100)
    assert done.returncode == 1
    assert "cannot be written" in done.stderr
    assert "bug" not in done.stderr


def test_a_search_says_that_its_index_was_damaged(cli: Cli, tmp_path: Path) -> None:
    cli("import", "letters.jsonl")
    cli("search", "send a letter")
    (tmp_path / "home" / "index" / "words" / "meta.json").write_text("{")
    command = [sys.executable, "-m", "taskmatrix", "apis", "search", "send a letter"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0
    assert "warning: " in done.stderr
    assert "building it again" in " ".join(done.stderr.split())


def test_a_search_makes_vectors_that_are_missing(
    cli: Cli, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    cli("import", "letters.jsonl")
    monkeypatch.setenv("TASKMATRIX_BACKGROUND", "on")
    cli("search", "send a letter")
    assert "in the background" in capsys.readouterr().err
    with TaskMatrix() as tm:
        while tm.selector.embedding.waiting():
            pass


def test_all_can_be_computed_again(cli: Cli, capsys: pytest.CaptureFixture[str]) -> None:
    cli("import", "letters.jsonl")
    before = status(cli, capsys)
    assert status(cli, capsys, "--rebuild") == before
    with pytest.raises(UsageError):
        cli("index", "--rebuild", "--status")


def test_few_vectors_are_made_after_an_import(
    cli: Cli, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TASKMATRIX_BACKGROUND", "on")
    cli("import", "letters.jsonl", "--json")
    assert json.loads(capsys.readouterr().out)["status"] == "done"
    assert status(cli, capsys, "--status")["status"] == "done"


@pytest.mark.parametrize(
    "command",
    [
        ("import", "letters.jsonl"),
        ("register", "new.json"),
        ("approve", "post.send_1", "--yes"),
        ("transfer", "mail.send_2", "ada"),
        ("generate", "mail.send_2", "--apply"),
        ("check", "mail.send_2"),
        ("remove", "mail.send_2"),
        ("sources", "remove", "python:json:dumps", "--yes"),
    ],
    ids=lambda command: command[0],
)
def test_every_command_that_changes_apis_leaves_no_vectors_to_be_made(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    cli("import", "letters.jsonl", "json:dumps")
    (tmp_path / "new.json").write_text(json.dumps(letter(9)))
    with TaskMatrix() as tm:
        key = Owners(tm.database).add("ada")
    for server in ("https://a.example", "https://b.example"):
        source = {"kind": "http", "method": "POST", "server": server, "path": "/post"}
        (tmp_path / "post.json").write_text(json.dumps(letter(1) | {"package": "post", "source": source}))
        cli("register", "post.json", "--key", key)
    monkeypatch.setenv("TASKMATRIX_BACKGROUND", "on")
    cli(*command)
    with TaskMatrix() as tm:
        assert tm.selector.embedding.waiting() == 0


def test_an_import_is_done_also_where_its_database_cannot_be_searched(
    cli: Cli, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TASKMATRIX_BACKGROUND", "on")
    monkeypatch.setenv("TASKMATRIX_INDEX", "database")
    assert cli("import", "letters.jsonl") == 0
    assert "no vectors were computed: " in capsys.readouterr().err
    with pytest.raises(SettingError):
        cli("index", "--status")


def test_none_are_made_where_that_is_turned_off(cli: Cli, capsys: pytest.CaptureFixture[str]) -> None:
    cli("import", "letters.jsonl")
    assert status(cli, capsys, "--status")["status"] == "waiting"


def test_many_are_made_by_a_process_of_its_own(tm: TaskMatrix, capsys: pytest.CaptureFixture[str]) -> None:
    tm.registry.register_many(parse_document(letter(n)) for n in range(5))
    process = make_vectors(tm, few=4)
    assert process is not None
    assert "in the background; search uses words meanwhile" in capsys.readouterr().err
    assert process.wait(60) == 0
    assert (tm.home / "index" / LOG).read_text().startswith("vectors: ")
    done = tm.selector.embedding.status()
    assert (done.done, done.running) == (done.total, False)
    assert make_vectors(tm, few=4) is None
