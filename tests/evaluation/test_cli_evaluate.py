import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from small_set import write_lines

from taskmatrix.cli.evaluate import app
from taskmatrix.core.errors import TaskMatrixError, UsageError


def run(*arguments: str) -> int:
    return int(app(list(arguments), standalone_mode=False) or 0)


def test_planning_prints_one_json_object_and_keeps_the_cases(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TASKMATRIX_HOME", str(folder / "home"))
    out = folder / "out.jsonl"
    assert run("planning", str(folder), "--model", "embedded", "--json", "--out", str(out), "--limit", "3") == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["model"] == "embedded"
    assert printed["cases"] == 3
    assert [json.loads(line)["id"] for line in out.read_text().splitlines()] == ["one", "two", "3"]


def test_retrieval_prints_a_table(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("retrieval", str(folder)) == 0
    printed = capsys.readouterr().out
    assert "recall@10" in printed
    assert "latency_ms.p50" in printed


def test_files_after_the_first_haystack_file_are_haystack_too(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("x", "y"):
        line = {"package": name, "name": name, "description": "", "parameters": []}
        write_lines(folder / f"{name}.jsonl", [line])
    x, y = str(folder / "x.jsonl"), str(folder / "y.jsonl")
    assert run("retrieval", str(folder), "--json", "--haystack", x, y) == 0
    assert json.loads(capsys.readouterr().out)["apis"] == 5
    assert run("retrieval", str(folder), "--json", "--haystack", x, "--haystack", y) == 0
    assert json.loads(capsys.readouterr().out)["apis"] == 5
    with pytest.raises(UsageError):
        run("retrieval", str(folder), x)


@pytest.mark.parametrize(
    "arguments",
    [
        ["planning", "/no/such/folder"],
        ["retrieval", "/no/such/folder"],
        ["planning", "SET", "--without", "everything"],
        ["planning", "SET", "--now", "yesterday"],
        ["planning", "SET", "--model", "no-such-kind:x"],
        ["planning", "SET", "--out", "/no/such/folder/file"],
        ["retrieval", "SET", "--haystack", "/no/such/file"],
    ],
)
def test_what_cannot_be_measured_is_a_usage_error(
    folder: Path, arguments: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TASKMATRIX_HOME", str(folder / "home"))
    with pytest.raises(TaskMatrixError) as caught:
        run(*[str(folder) if argument == "SET" else argument for argument in arguments])
    assert caught.value.exit_status == 2


def test_asking_for_help_loads_nothing_heavy() -> None:
    code = (
        "import sys\nfrom taskmatrix.cli.evaluate import app\n"
        "try:\n    app(['planning', '--help'])\nexcept SystemExit:\n    pass\n"
        "heavy = {'tantivy', 'sqlalchemy', 'numpy', 'pydantic_monty', 'openai'} & set(sys.modules)\n"
        "sys.exit(f'loaded {heavy}' if heavy else 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=dict(os.environ), check=False
    )
    assert done.returncode == 0, done.stderr
