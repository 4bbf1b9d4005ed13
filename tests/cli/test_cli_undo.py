import json
import re
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from cli_session import Session

Command = Callable[..., CompletedProcess[str]]
Start = Callable[..., Session]

pytestmark = pytest.mark.usefixtures("notebook")

FAILING = "from notebook import write_note\nwrite_note('memo.txt', 'milk')\nwrite_note('nowhere/x.txt', 'a')"


def _model(work: Path, code: str) -> str:
    replies = ("1. Write a note to a file", f"```python\n{code}\n```")
    file = work.parent / "script.jsonl"
    file.write_text("".join(json.dumps({"reply": reply}) + "\n" for reply in replies))
    return f"scripted:{file}"


def _last(taskmatrix: Command) -> dict[str, str]:
    return json.loads(taskmatrix("runs", "list", "--json").stdout)[0]


def test_a_deck_that_a_run_changed_is_taken_back_to_the_byte_and_one_it_made_is_removed(
    taskmatrix: Command, work: Path
) -> None:
    made = json.loads(taskmatrix("run", "--json", 'Create a presentation tech.pptx with the title "Big Tech"').stdout)
    before = (work / "tech.pptx").read_bytes()
    changing = "Open the presentation tech.pptx, add a slide and save it"
    changed = json.loads(taskmatrix("run", "--json", changing).stdout)
    assert changed["status"] == "done"
    assert (work / "tech.pptx").read_bytes() != before
    foreseen = taskmatrix("runs", "undo", made["id"], "--dry-run")
    assert (foreseen.returncode, "was changed since" in foreseen.stdout) == (1, True)
    early = taskmatrix("runs", "undo", made["id"])
    assert early.returncode == 1
    assert "was changed since" in early.stdout
    planned = taskmatrix("runs", "undo", changed["id"], "--dry-run")
    assert re.search(r"can be undone: tech\.pptx, as it was at \d\d:\d\d on [\d-]+ \(\d+ kB\)", planned.stdout)
    undone = taskmatrix("runs", "undo", changed["id"])
    assert undone.returncode == 0, undone.stdout
    assert 'what="tech.pptx, as it was at' in undone.stdout
    assert not re.search(
        "[0-9a-f]{64}", planned.stdout + undone.stdout + taskmatrix("runs", "show", changed["id"]).stdout
    )
    assert (work / "tech.pptx").read_bytes() == before
    assert taskmatrix("runs", "undo", made["id"]).returncode == 0
    assert not (work / "tech.pptx").exists()


def test_a_run_that_was_taken_back_says_so_and_how_much_of_it(taskmatrix: Command, work: Path) -> None:
    code = "from notebook import write_note\nwrite_note('a.txt', 'x')\nwrite_note('b.txt', 'x')"
    run = json.loads(taskmatrix("run", "--json", "write a note", "--model", _model(work, code)).stdout)["id"]
    assert _last(taskmatrix)["undone"] == "no"
    for number, undone, said in (("2", "partly", "done, partly undone"), ("1", "all", "done, undone")):
        assert taskmatrix("runs", "undo", run, "--call", number).returncode == 0
        assert (_last(taskmatrix)["status"], _last(taskmatrix)["undone"]) == ("done", undone)
        assert f"{run}  {said}  " in taskmatrix("runs", "list").stdout
        assert f"\n{said}, started" in taskmatrix("runs", "show", run).stdout
        assert json.loads(taskmatrix("runs", "show", run, "--json").stdout)["undone"] == undone


def test_a_failed_run_offers_what_can_be_taken_back_and_stays_failed(taskmatrix: Command, work: Path) -> None:
    failed = taskmatrix("run", "write a note", "--model", _model(work, FAILING))
    assert failed.returncode == 1
    run = _last(taskmatrix)["id"]
    restored = "memo.txt, removed: it was not there before"
    assert f"Can be taken back: 1 notebook.write_note ({restored})\n  taskmatrix runs undo {run}" in failed.stdout
    undone = json.loads(taskmatrix("runs", "undo", run, "--json").stdout)
    assert [(step["call"], step["state"]) for step in undone["steps"]] == [(1, "undone")]
    assert not (work / "memo.txt").exists()
    assert _last(taskmatrix)["status"] == "failed"
    shown = taskmatrix("runs", "show", run)
    assert f"Undo\n  ✓ 1 notebook.write_note  undone: {restored}" in shown.stdout


def test_at_a_terminal_it_is_asked_whether_to_take_back_what_a_failed_run_did(
    start: Start, taskmatrix: Command, work: Path
) -> None:
    session = start("run", "write a note", "--no-review", "--model", _model(work, FAILING))
    session.expect("Take it back? yes / no (Enter: no): ")
    assert (work / "memo.txt").exists()
    session.type("yes\n")
    assert session.finish() == 1, session.seen
    assert not (work / "memo.txt").exists()


def test_what_cannot_be_taken_back_is_announced_before_the_first_call(taskmatrix: Command, work: Path) -> None:
    code = "from notebook import shred_note, write_note\nwrite_note('a.txt', 'x')\nshred_note('a.txt')"
    waiting = taskmatrix("run", "shred a note", "--model", _model(work, code))
    assert waiting.returncode == 3
    announced = waiting.stdout.index("stays done: line 3: notebook.shred_note, it cannot be taken back")
    assert announced < waiting.stdout.index("✓ 1")


def test_a_run_that_waits_cannot_be_taken_back_and_nor_can_a_call_that_changed_nothing(
    taskmatrix: Command, work: Path
) -> None:
    taskmatrix("run", "--json", 'shred the note "memo.txt" for good')
    waiting = taskmatrix("runs", "undo", _last(taskmatrix)["id"])
    assert waiting.returncode == 2
    assert "has not ended" in waiting.stderr
    taskmatrix('count the words of the text "one two"')
    counted = _last(taskmatrix)["id"]
    assert taskmatrix("runs", "undo", counted, "--call", "1").returncode == 2
    nothing = taskmatrix("runs", "undo", counted)
    assert (nothing.returncode, "changed nothing" in nothing.stdout) == (0, True)


def test_a_budget_that_is_no_amount_is_a_usage_error(taskmatrix: Command) -> None:
    refused = taskmatrix("run", "--budget", "plenty", 'count the words of the text "one two"')
    assert refused.returncode == 2
    assert "no amount of money" in refused.stderr
    assert taskmatrix("runs", "list", "--json").stdout.strip() == "[]"


def test_a_function_that_never_ends_holds_up_neither_its_run_nor_the_end_of_the_command(
    taskmatrix: Command, work: Path
) -> None:
    (work / "slow.py").write_text(
        "import threading\nfrom taskmatrix import api\n\n\n"
        '@api(effects="write", limits={"timeout_s": 0.2})\n'
        'def dig(depth: int) -> None:\n    """Dig a hole.\n\n    Args:\n        depth: How deep.\n    """\n'
        "    threading.Event().wait()\n"
    )
    assert taskmatrix("apis", "import", "slow.py").returncode == 0
    dug = taskmatrix("apis", "call", "slow.dig", "depth=3", "--yes")
    assert dug.returncode == 1, dug.stdout
    assert "did not" in dug.stderr
    assert "May have happened: 1 slow.dig" in dug.stdout
