import gzip
import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from taskmatrix.cli.apis import app
from taskmatrix.core.errors import NotFoundError, UsageError
from taskmatrix.core.stubs import render_module

CODE = '''
"""Weather of the past."""
from taskmatrix import api

print("this file prints")

@api(effects="read")
def rain(city: str, days: int = 7) -> list[float]:
    """Say how much it rained. In millimetres.

    Args:
        city: Where.
    """
    return [0.5] * days

@api(effects="destructive")
def forget(city: str) -> None:
    """Forget what is known of a city."""
'''

Cli = Callable[..., int]


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    monkeypatch.setenv("TASKMATRIX_HOME", str(tmp_path / "home"))
    (tmp_path / "weather.py").write_text(CODE)
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> int:
        status = app(list(arguments), standalone_mode=False)
        return status if isinstance(status, int) else 0

    return run


def test_import_reports_what_it_did(cli: Cli, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli("import", "weather.py") == 0
    out, err = capsys.readouterr()
    assert out.endswith("weather.py: 2 added in weather\n")
    assert "this file prints" in err
    cli("import", "weather.py")
    assert capsys.readouterr().out.endswith("weather.py: 2 unchanged in weather\n")


def test_import_of_many_sources_takes_what_it_can_and_fails(cli: Cli, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli("import", "nothing.py", "weather.py", "--json") == 1
    told = json.loads(capsys.readouterr().out)
    assert told["status"] == "failed"
    assert [i["added"] for i in told["imports"]] == [2]
    assert [e["code"] for e in told["errors"]] == ["import-refused"]


def test_import_names_bad_lines_and_skips_them_when_told_to(
    cli: Cli, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    good = '{"package": "p", "name": "n", "description": "d", "parameters": []}'
    (tmp_path / "x.jsonl.gz").write_bytes(gzip.compress(f"{good}\nbad\n{good}\n".encode()))
    assert cli("import", "x.jsonl.gz") == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert "line 2: no JSON" in err
    assert "--skip-invalid" in err
    assert cli("import", "x.jsonl.gz", "--skip-invalid", "--package", "mine") == 0
    out = capsys.readouterr().out
    assert "1 added, 1 duplicates, 1 invalid in mine" in out
    assert "left out: line 2" in out
    assert "duplicate: line 3: mine.n was in line 1 already" in out


def test_list_gives_one_line_an_api_and_says_what_is_left(cli: Cli, capsys: pytest.CaptureFixture[str]) -> None:
    cli("import", "weather.py")
    capsys.readouterr()
    cli("list", "--package", "weather")
    assert capsys.readouterr().out.splitlines() == [
        "weather.forget\tdestructive\tForget what is known of a city",
        "weather.rain\tread\tSay how much it rained",
    ]
    cli("list", "--package", "weather", "--limit", "1")
    out, err = capsys.readouterr()
    assert len(out.splitlines()) == 1
    assert "1 more of 2" in err
    cli("list", "--package", "weather", "--json")
    told = json.loads(capsys.readouterr().out)
    assert told["total"] == 2
    assert told["apis"][1]["api"] == "weather.rain"


def test_show_prints_the_text_that_the_model_reads(
    cli: Cli, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    from taskmatrix.app import TaskMatrix

    cli("import", "weather.py")
    capsys.readouterr()
    cli("show", "weather.rain")
    out = capsys.readouterr().out
    with TaskMatrix() as tm:
        document = tm.registry.get("weather", "rain")
        assert document is not None
        assert out.startswith(render_module("weather", [document], tm.registry.package("weather")).stub)
    source, grade = out.splitlines()[-2:]
    assert source == f"# source: python path={tmp_path}/weather.py"
    assert grade == "# grade: bronze; 'days' is not described and 1 more"
    compile(out, "shown", "exec")


def test_show_takes_a_package_and_prints_json(cli: Cli, capsys: pytest.CaptureFixture[str]) -> None:
    cli("import", "weather.py")
    capsys.readouterr()
    cli("show", "weather")
    assert capsys.readouterr().out.count("def ") == 2
    cli("show", "weather", "--json")
    told = json.loads(capsys.readouterr().out)
    assert told["package"]["description"] == "Weather of the past."
    assert [a["name"] for a in told["apis"]] == ["forget", "rain"]
    cli("show", "weather.rain", "--json")
    assert json.loads(capsys.readouterr().out)["parameters"][0]["name"] == "city"


def test_hostile_documents_cannot_steer_the_terminal(
    cli: Cli, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    hostile = {"package": "p", "name": "n", "description": "a\u001b[2Jb\r\u0007c\u202e", "parameters": []}
    (tmp_path / "x.jsonl").write_text(json.dumps(hostile))
    for arguments in (["import", "x.jsonl"], ["list", "--package", "p"], ["show", "p"], ["search", "n"]):
        cli(*arguments)
        out, err = capsys.readouterr()
        assert not {"\x1b", "\r", "\x07", "\u202e"} & set(out + err)


def test_search_finds_by_what_an_api_does(cli: Cli, capsys: pytest.CaptureFixture[str]) -> None:
    cli("import", "weather.py")
    capsys.readouterr()
    assert cli("search", "how", "much", "rain", "fell", "--package", "weather") == 0
    assert capsys.readouterr().out.startswith("weather.rain\t")
    cli("search", "rain", "--json", "--limit", "1")
    told = json.loads(capsys.readouterr().out)
    assert [m["api"] for m in told["matches"]] == ["weather.rain"]
    assert 0 <= told["matches"][0]["score"] <= 1


def test_search_without_words_is_a_usage_error_and_without_a_match_fails(
    cli: Cli, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(UsageError):
        cli("search", "  ")
    assert cli("search", "xyzzyplugh") == 1
    assert "no API fits" in capsys.readouterr().err


def test_remove_takes_an_api_and_asks_before_a_package(cli: Cli, capsys: pytest.CaptureFixture[str]) -> None:
    cli("import", "weather.py")
    cli("remove", "weather.rain")
    assert capsys.readouterr().out.endswith("removed weather.rain\n")
    with pytest.raises(UsageError, match="weather") as caught:
        cli("remove", "weather")
    assert caught.value.hint == "add --yes"
    cli("remove", "weather", "--yes", "--json")
    assert json.loads(capsys.readouterr().out) == {"removed": "weather", "kind": "package", "apis": 1}
    with pytest.raises(NotFoundError):
        cli("show", "weather")


@pytest.mark.parametrize("command", [["show"], ["remove"], ["list", "--package"], ["search", "x", "--package"]])
def test_an_unknown_name_gets_the_nearest_ones(cli: Cli, command: list[str]) -> None:
    cli("import", "weather.py")
    with pytest.raises(NotFoundError) as caught:
        cli(*command, "wether")
    assert "weather" in (caught.value.hint or "")


def test_an_api_where_a_package_is_meant_is_a_usage_error(cli: Cli) -> None:
    cli("import", "weather.py")
    with pytest.raises(UsageError, match="not a package"):
        cli("list", "--package", "weather.rain")


def test_the_command_says_what_is_wrong_on_standard_error(tmp_path: Path) -> None:
    (tmp_path / "taskmatrix.db").write_text("somebody else's file")
    done = subprocess.run(
        [sys.executable, "-m", "taskmatrix", "apis", "list"],
        env=os.environ | {"TASKMATRIX_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"error: {tmp_path}/taskmatrix.db is no TaskMatrix database\nhint: ")
    assert (tmp_path / "taskmatrix.db").read_text() == "somebody else's file"


def test_on_a_terminal_a_list_is_a_table_and_a_stub_is_coloured(cli: Cli) -> None:
    cli("import", "weather.py")
    for arguments, expected in ((["list", "--package", "weather"], "weather.rain"), (["show", "weather"], "\x1b[")):
        outer, inner = pty.openpty()
        process = subprocess.Popen(
            [sys.executable, "-m", "taskmatrix", "apis", *arguments],
            stdout=inner,
            stdin=inner,
            stderr=subprocess.DEVNULL,
            env=os.environ | {"TERM": "xterm-256color"},
        )
        os.close(inner)
        seen = b""
        while True:
            try:
                piece = os.read(outer, 4096)
            except OSError:  # how Linux says that the other side is closed
                break
            if not piece:
                break
            seen += piece
        os.close(outer)
        assert process.wait() == 0
        assert expected in seen.decode()
        assert "\t" not in seen.decode()
