"""The command at a real (pseudo) terminal: live display, questions, Ctrl-C."""

import json
from collections.abc import Callable
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


def test_a_terminal_gets_colours_and_a_live_line_unless_told_otherwise(start: Start) -> None:
    session = start('count the words of the text "one two"')
    assert session.finish() == 0
    assert "\x1b[1m" in session.seen
    assert "checking the program" in session.seen
    plain = start('count the words of the text "one two"', NO_COLOR="1")
    assert plain.finish() == 0
    assert "\x1b[3" not in plain.seen
