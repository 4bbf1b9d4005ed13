"""What an instruction leaves open: asked at the terminal, or answered later with `runs answer`."""

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
from cli_session import Session

Command = Callable[..., CompletedProcess[str]]
Start = Callable[..., Session]

pytestmark = pytest.mark.usefixtures("notebook")

CREATE = "Create a presentation"
PROMPT = "(Enter ends the run without any call): "


def _newest(taskmatrix: Command) -> dict[str, Any]:
    return json.loads(taskmatrix("runs", "list", "--json").stdout)[0]


def test_a_question_at_the_terminal_is_answered_at_once(start: Start, work: Path) -> None:
    session = start(CREATE)
    session.expect(PROMPT)
    assert "needs 'path'" in session.seen
    session.type("deck.pptx\n")
    assert session.finish() == 0, session.seen
    assert (work / "deck.pptx").exists()


def test_questions_follow_one_another_and_a_wrong_answer_is_asked_for_again(start: Start) -> None:
    session = start("run", "--dry-run", "Delete a slide")
    for answer, asked in (("deck.pptx", "'path'"), ("a few", "'slide_id'"), ("2", "a whole number")):
        session.expect(PROMPT)
        assert asked in " ".join(session.seen.split())
        session.seen = ""
        session.type(f"{answer}\n")
    assert session.finish() == 0, session.seen
    assert "slide_id" in session.seen


@pytest.mark.parametrize(("keys", "status"), [("\n", 1), ("\x03", 130)])
def test_enter_and_ctrl_c_at_a_question_end_the_run_without_any_call(
    start: Start, taskmatrix: Command, work: Path, keys: str, status: int
) -> None:
    session = start(CREATE)
    session.expect(PROMPT)
    session.type(keys)
    assert session.finish() == status, session.seen
    assert "Traceback" not in session.seen
    assert ("The question was not answered: the run ended" in session.seen) == (status == 1)
    assert not list(work.iterdir())
    run = _newest(taskmatrix)
    assert run["status"] == "cancelled"
    assert not json.loads(taskmatrix("runs", "show", run["id"], "--json").stdout)["calls"]


def test_a_line_that_is_no_text_is_asked_for_again_at_the_terminal(start: Start) -> None:
    session = start("run", "--dry-run", CREATE)
    session.expect(PROMPT)
    session.seen = ""
    session.type("de\x1b[Dck\n")
    session.expect("U+001B")
    session.expect(PROMPT)
    session.type("deck.pptx\n")
    assert session.finish() == 0, session.seen


def test_a_run_killed_at_its_question_goes_on_with_an_answer_from_elsewhere(
    start: Start, taskmatrix: Command, work: Path
) -> None:
    session = start(CREATE)
    session.expect(PROMPT)
    run = _newest(taskmatrix)
    assert run["status"] == "waiting"
    assert taskmatrix("runs", "answer", run["id"], "deck.pptx").returncode == 2  # the terminal still has it in hand
    session.process.kill()
    session.process.wait()
    done = taskmatrix("runs", "answer", run["id"], "deck.pptx")
    assert done.returncode == 0, done.stderr
    assert "Made deck.pptx." in done.stdout
    assert (work / "deck.pptx").exists()


def test_without_a_terminal_the_run_waits_and_says_how_to_answer(taskmatrix: Command) -> None:
    asked = taskmatrix(CREATE)
    assert asked.returncode == 3
    run = _newest(taskmatrix)
    assert f'taskmatrix runs answer {run["id"]} "…"' in asked.stdout
    assert "give the instruction again" in asked.stdout
    assert "needs 'path'" in run["asks"]
    assert "asks: powerpoint.new_presentation needs 'path'" in taskmatrix("runs", "list").stdout
    assert "runs answer" in taskmatrix("runs", "show", run["id"]).stdout
    refused = taskmatrix("runs", "approve", run["id"])
    assert refused.returncode == 2
    assert "runs answer" in refused.stderr


def test_a_question_that_is_refused_ends_the_run_and_that_is_no_error(taskmatrix: Command) -> None:
    taskmatrix(CREATE)
    run = _newest(taskmatrix)["id"]
    denied = taskmatrix("runs", "deny", run)
    assert (denied.returncode, denied.stderr) == (1, "")
    assert "Question: powerpoint.new_presentation needs 'path'" in denied.stdout
    assert "The question was not answered: the run ended, and nothing was called." in denied.stdout
    shown = json.loads(taskmatrix("runs", "show", run, "--json").stdout)
    assert (shown["status"], shown["error"]["code"], shown["calls"]) == ("cancelled", "not-answered", [])
    assert taskmatrix("runs", "answer", run, "deck.pptx").returncode == 2


def test_json_tells_the_question_and_a_dry_run_stays_one_when_it_is_answered(taskmatrix: Command, work: Path) -> None:
    asked = taskmatrix("run", "--json", "--dry-run", CREATE)
    run = json.loads(asked.stdout)
    assert (asked.returncode, run["status"], run["error"]) == (3, "waiting", None)
    assert (run["question"]["question"]["parameter"], run["question"]["number"]) == ("path", 1)
    assert f"runs answer {run['id']}" in run["question"]["hint"]
    done = taskmatrix("runs", "answer", run["id"], "deck.pptx", "--json")
    told = json.loads(done.stdout)
    assert (done.returncode, told["status"], told["question"], told["calls"]) == (0, "done", None, [])
    assert "deck.pptx" in told["program"]["code"]
    assert not list(work.iterdir())


@pytest.mark.parametrize("answer", ["a\x1b[2Jb.pptx", "x" * 100_000])
def test_an_answer_that_is_no_text_is_refused_and_the_run_waits_on(taskmatrix: Command, answer: str) -> None:
    run = json.loads(taskmatrix("run", "--json", CREATE).stdout)
    refused = taskmatrix("runs", "answer", run["id"], answer)
    assert refused.returncode == 2
    assert "\x1b" not in refused.stdout + refused.stderr
    assert len(refused.stderr) < 1_000
    assert _newest(taskmatrix)["status"] == "waiting"


def test_an_answer_may_begin_with_a_minus(taskmatrix: Command) -> None:
    run = json.loads(taskmatrix("run", "--json", "--dry-run", CREATE).stdout)
    done = taskmatrix("runs", "answer", run["id"], "-5")
    assert done.returncode == 0, done.stderr
    assert "path='-5'" in done.stdout
