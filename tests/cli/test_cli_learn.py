"""`taskmatrix learn`: teach the embedded model, list versions, go back."""

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

Command = Callable[..., CompletedProcess[str]]

pytestmark = pytest.mark.usefixtures("notebook")

CORRECTION = {
    "instruction": "Put the shopping down",
    "expected": [{"api": "notebook.write_note", "arguments": {"path": ["shopping.txt"], "text": ["milk"]}}],
}


def test_what_is_learned_is_used_listed_and_taken_back(taskmatrix: Command, work: Path) -> None:
    (work / "c.jsonl").write_text(json.dumps(CORRECTION) + "\n")
    done = taskmatrix("learn", "update", "c.jsonl", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["adopted"] and told["version"] == "v1" and told["examples"] == 1
    planned = taskmatrix("run", "Put the shopping down", "--dry-run", "--json")
    assert "shopping.txt" in planned.stdout, planned.stdout + planned.stderr
    listed = json.loads(taskmatrix("learn", "versions", "--json").stdout)
    assert listed["active"] == "v1" and [v["name"] for v in listed["versions"]] == ["v1"]
    assert "* v1" in taskmatrix("learn", "versions").stdout
    assert taskmatrix("learn", "rollback", "shipped").returncode == 0
    again = taskmatrix("run", "Put the shopping down", "--dry-run", "--json")
    assert "shopping.txt" not in again.stdout


def test_mistakes_are_told_with_what_to_do(taskmatrix: Command, work: Path) -> None:
    (work / "bad.jsonl").write_text(json.dumps(CORRECTION) + "\n{\n")
    broken = taskmatrix("learn", "update", "bad.jsonl")
    assert broken.returncode != 0 and "line 2" in broken.stderr
    (work / "unknown.jsonl").write_text(json.dumps({"instruction": "x", "expected": [{"api": "no.such"}]}) + "\n")
    unknown = taskmatrix("learn", "update", "unknown.jsonl")
    assert unknown.returncode != 0 and "no.such" in unknown.stderr
    missing = taskmatrix("learn", "rollback", "v7", "--json")
    assert missing.returncode != 0 and "v7" in missing.stdout + missing.stderr
