"""The command at a real (pseudo) terminal: live display, questions, Ctrl-C."""

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from cli_session import Session

Command = Callable[..., CompletedProcess[str]]
Start = Callable[..., Session]

pytestmark = pytest.mark.usefixtures("notebook")

SHRED = 'shred the note "memo.txt" for good'


def test_a_question_is_asked_until_it_has_an_answer(start: Start) -> None:
    session = start(SHRED)
    session.expect("approve / run / always / deny (Enter leaves the run waiting): ")
    assert '"memo.txt"' in session.seen
    session.type("perhaps\n")
    session.expect("'perhaps' is none of them")
    session.type("a\n")
    assert session.finish() == 0, session.seen
    assert "Answer" in session.seen


def test_a_refusal_at_the_terminal_fails_the_run(start: Start) -> None:
    session = start(SHRED)
    session.expect("waiting): ")
    session.type("deny\n")
    assert session.finish() == 1
    assert "was not called" in session.seen


def test_enter_leaves_the_run_waiting(start: Start) -> None:
    session = start(SHRED)
    session.expect("waiting): ")
    session.type("\n")
    assert session.finish() == 3
    assert "taskmatrix runs approve" in session.seen


def test_ctrl_c_at_a_question_cancels_the_run_and_restores_the_terminal(start: Start, taskmatrix: Command) -> None:
    session = start(SHRED)
    session.expect("waiting): ")
    session.type("\x03")
    assert session.finish() == 130, session.seen
    assert "Traceback" not in session.seen
    hidden, shown = session.seen.rfind("\x1b[?25l"), session.seen.rfind("\x1b[?25h")
    assert shown >= hidden
    assert json.loads(taskmatrix("runs", "list", "--json").stdout)[0]["status"] == "cancelled"


def test_a_reviewed_run_goes_from_an_edited_outline_over_an_approval_to_its_outcome(
    start: Start, taskmatrix: Command, work: Path
) -> None:
    """One whole run at a terminal: outline, edited by number, program, the risky call asked about, outcome."""
    code = (
        "from notebook import shred_note, write_note\n"
        "write_note('new.txt', 'milk')\nshred_note('old.txt')\nprint('all in order')"
    )
    replies = ("1. Write a note\n2. Count its words\n3. Shred the old note", f"```python\n{code}\n```")
    script = work / "script.jsonl"
    script.write_text("".join(json.dumps({"reply": reply}) + "\n" for reply in replies))
    session = start("run", "renew my notes", "--model", f"scripted:{script}", NO_COLOR="1")
    session.expect("go on, or what to change: ")
    assert "2. Count its words" in session.seen and "Program" not in session.seen
    session.type("drop step 7\n")
    session.expect("there is no step 7")
    session.type("drop step 2\n")
    session.expect("2. Shred the old note")
    session.expect("go on, or what to change: ", times=3)
    session.type("\n")
    session.expect("approve / run / always / deny (Enter leaves the run waiting): ")
    order = [
        session.seen.rindex(part) for part in ("Shred the old note", "Program", "Check", "Run", "Approval needed")
    ]
    assert order == sorted(order)
    assert 'path = "old.txt"' in session.seen and (work / "new.txt").exists()
    session.type("yes\n")
    assert session.finish() == 0, session.seen
    end = session.seen[order[-1] :]
    parts = [end.index(part) for part in ("2 notebook.shred_note", "all in order", "Outcome", "Made", "Answer")]
    assert parts == sorted(parts)
    run = json.loads(taskmatrix("runs", "list", "--json").stdout)[0]
    told = json.loads(taskmatrix("runs", "show", run["id"], "--json").stdout)
    assert [step["text"] for step in told["outline"]["steps"]] == ["Write a note", "Shred the old note"]
    assert [(call["api"], call["arguments"]) for call in told["calls"]][1] == (
        "notebook.shred_note",
        {"path": "old.txt"},
    )
    answers = [event["answer"] for event in told["events"] if event["type"].endswith("_answered")]
    assert answers == ["drop step 2", "go on", "approve"]


def test_a_terminal_gets_colours_and_a_live_line_unless_told_otherwise(start: Start) -> None:
    session = start('count the words of the text "one two"')
    assert session.finish() == 0
    assert "\x1b[1m" in session.seen
    assert "checking the program" in session.seen
    plain = start('count the words of the text "one two"', NO_COLOR="1")
    assert plain.finish() == 0
    assert "\x1b[3" not in plain.seen
