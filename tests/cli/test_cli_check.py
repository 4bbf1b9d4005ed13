import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

Command = Callable[..., CompletedProcess[str]]

pytestmark = pytest.mark.usefixtures("notebook")


def test_a_sound_program_passes_and_its_effects_are_told(taskmatrix: Command, work: Path) -> None:
    (work / "p.py").write_text("from notebook import write_note\nwrite_note('a.txt', 'hello')\n")
    done = taskmatrix("check", "p.py")
    assert done.returncode == 0, done.stderr
    assert "passed, 1 call" in done.stdout
    assert "write: notebook.write_note" in done.stdout
    assert not (work / "a.txt").exists()


def test_findings_say_line_and_rule_and_fail(taskmatrix: Command, work: Path) -> None:
    (work / "p.py").write_text("from notebook import count_words\n\ncount_words(1)\ncount_letters('x')\n")
    done = taskmatrix("check", "p.py", "--json")
    assert done.returncode == 1
    report = json.loads(done.stdout)
    assert {3, 4} <= {finding["line"] for finding in report["findings"]}
    assert report["calls"] == ["notebook.count_words"]


def test_standard_input_is_checked_as_well(taskmatrix: Command) -> None:
    assert taskmatrix("check", "-", stdin="from notebook import count_words\ncount_words('a b')\n").returncode == 0
    assert taskmatrix("check", "-", stdin="def (").returncode == 1


def test_a_module_that_is_no_package_is_a_finding(taskmatrix: Command, work: Path) -> None:
    (work / "p.py").write_text("import subprocess\nfrom notebok import count_words\n")
    done = taskmatrix("check", "p.py")
    assert done.returncode == 1
    assert "subprocess" in done.stdout
    assert "notebok" in done.stdout


def test_what_is_no_program_is_a_usage_error(taskmatrix: Command, work: Path) -> None:
    (work / "binary").write_bytes(b"\xff\xfe\x00")
    (work / "huge.py").write_bytes(b"#" * 1_000_001)
    for name, said in (("missing.py", "does not exist"), (".", "folder"), ("binary", "UTF-8"), ("huge.py", "bytes")):
        done = taskmatrix("check", name)
        assert done.returncode == 2, name
        assert said in done.stderr, name
