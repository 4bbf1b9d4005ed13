import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from cli_session import Session

Command = Callable[..., CompletedProcess[str]]

pytestmark = pytest.mark.usefixtures("notebook")

NOTE = 'write a note "memo.txt" with the text "buy milk"'


@pytest.fixture
def memo(here: Command) -> str:
    """The id of a run that wrote a note."""
    return json.loads(here("run", "--json", NOTE).stdout)["id"]


def _made(here: Command, memo: str) -> None:
    done = here("templates", "make", memo, "--name", "write-memo", "--slot", "path=file")
    assert done.returncode == 0, done.stderr


def test_a_run_becomes_a_template_that_is_run_with_other_values(here: Command, memo: str, work: Path) -> None:
    done = here("templates", "make", memo, "--name", "write-memo", "--slot", "path=file")
    assert done.returncode == 0, done.stderr
    assert 'write a note "{file}" with the text "{text}"' in done.stdout
    assert "taskmatrix templates run write-memo --set file=… --set text=…" in done.stdout
    values = ("--set", "file=other.txt", "--set", 'text="); import os')
    ran = here("templates", "run", "write-memo", *values, "--yes", TASKMATRIX_MODEL="scripted:/nowhere")
    assert ran.returncode == 0, ran.stderr
    assert (work / "other.txt").read_text() == '"); import os'
    (kept,) = json.loads(here("templates", "list", "--json").stdout)
    assert (kept["name"], kept["slots"], kept["used"]) == ("write-memo", ["file", "text"], 1)
    assert "run 1 time" in here("templates", "show", "write-memo").stdout


def test_a_dry_run_of_a_template_is_no_use_of_it(here: Command, memo: str, work: Path) -> None:
    _made(here, memo)
    done = here("templates", "run", "write-memo", "--set", "file=other.txt", "--set", "text=x", "--dry-run")
    assert (done.returncode, (work / "other.txt").exists()) == (0, False), done.stderr
    (kept,) = json.loads(here("templates", "list", "--json").stdout)
    assert (kept["used"], kept["last"]) == (0, None)


def test_values_come_as_json_too_and_a_script_reads_the_run(here: Command, memo: str, work: Path) -> None:
    _made(here, memo)
    given = json.dumps({"file": "j.txt", "text": "a\nb"})
    run = json.loads(here("templates", "run", "write-memo", "--set-json", given, "-y", "--json").stdout)
    assert run["status"] == "done"
    assert (work / "j.txt").read_text() == "a\nb"
    assert here("templates", "run", "write-memo", "--set-json", "[1]").returncode == 2
    missing = here("templates", "run", "write-memo", "--set", "file=x.txt")
    assert missing.returncode == 2
    assert "needs a value for text" in missing.stderr
    assert here("templates", "run", "write-memo", "--set", "file").returncode == 2


def test_a_missing_value_is_asked_for_at_the_terminal(
    here: Command, memo: str, start: Callable[..., Session], work: Path
) -> None:
    _made(here, memo)
    session = start("templates", "run", "write-memo", "--set", "file=asked.txt", "--yes")
    session.expect("text (What the note says.)")
    session.type("eggs\r")
    assert session.finish() == 0
    assert (work / "asked.txt").read_text() == "eggs"


def test_a_template_is_exported_imported_checked_and_removed(here: Command, memo: str, work: Path) -> None:
    _made(here, memo)
    assert here("templates", "export", "write-memo").returncode == 0
    assert (work / "write-memo" / "SKILL.md").read_text().startswith("---\nname: write-memo\n")
    assert here("templates", "remove", "write-memo").returncode == 0
    assert here("templates", "show", "write-memo").returncode == 2
    imported = here("templates", "import", "write-memo")
    assert imported.returncode == 0, imported.stderr
    assert "write-memo can be run" in imported.stdout
    assert json.loads(here("templates", "check", "write-memo", "--json").stdout)["ok"] is True
    assert "templates.write_memo" in here("apis", "list", "--package", "templates").stdout


def test_a_template_whose_apis_are_not_here_is_named_as_such(here: Command, memo: str, work: Path) -> None:
    _made(here, memo)
    here("apis", "remove", "notebook.write_note")
    checked = here("templates", "check", "write-memo")
    assert checked.returncode == 1
    assert "notebook.write_note is not registered" in checked.stdout
    assert "lacks notebook.write_note" in here("templates", "list").stdout
    ran = here("templates", "run", "write-memo", "--set", "file=a", "--set", "text=b")
    assert ran.returncode == 1
    assert "cannot be run" in ran.stderr


def test_what_a_file_says_steers_no_terminal(here: Command, work: Path) -> None:
    (work / "evil.md").write_text(
        '---\nname: evil\ndescription: "red \\x1b[31m \\u202e"\n---\n## Instruction\n```text\ngo\n```\n'
        "## Program\n```python\nfrom nowhere import fire\nfire()\n```\n"
    )
    done = here("templates", "import", "evil.md")
    assert done.returncode == 0, done.stderr
    assert "\x1b" not in done.stdout
    assert "\u202e" not in done.stdout
    assert "nowhere.fire is not registered" in done.stdout
    for text, said in (
        ("nothing", "front matter"),
        ("---\nname: a\ndescription: b\n---\nhi\n", "without Instruction"),
    ):
        (work / "bad.md").write_text(text)
        refused = here("templates", "import", "bad.md")
        assert refused.returncode == 1
        assert said in refused.stderr


def test_a_template_is_scheduled_with_values_of_what_happens(here: Command, memo: str, work: Path) -> None:
    _made(here, memo)
    values = ("--set", "file={event.body.file}", "--set", "text=to {event.body.who}")
    waits = ("--on-topic", "memos", "--template", "write-memo", *values, "--yes")
    done = here("schedules", "add", *waits)
    assert done.returncode == 0, done.stderr
    assert "Kept as schedule 'write-memo'" in " ".join(done.stdout.split())
    assert here("events", "publish", "memos", '{"file": "ann.txt", "who": "Ann \'n Bob"}').returncode == 0
    worked = here("worker", "--once", TASKMATRIX_MODEL="scripted:/nowhere")
    assert "done" in worked.stdout, worked.stderr
    assert (work / "ann.txt").read_text() == "to Ann 'n Bob"
    unknown = here("schedules", "add", "--on-topic", "m", "--template", "write-memo", "--set", "nobody=1")
    assert unknown.returncode == 2 and "no slot 'nobody'" in unknown.stderr
    assert here("schedules", "add", "x", "--on-topic", "m", "--set", "a=1").returncode == 2
