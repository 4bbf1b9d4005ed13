"""What an instruction leaves open is asked, and the run goes on with the answer: at once, or later."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from taskmatrix import TaskMatrix
from taskmatrix.conversation import summarize
from taskmatrix.conversation.questions import reworded
from taskmatrix.core.errors import UsageError
from taskmatrix.core.events import (
    OutlineProposed,
    QuestionAnswered,
    QuestionAsked,
    Run,
    RunStarted,
)
from taskmatrix.core.outlines import Outline, Step
from taskmatrix.core.protocols import Asker
from taskmatrix.core.questions import Answered, Question

Open = Callable[..., TaskMatrix]

OUTLINE = {"reply": "1. Read the balance of the account", "when": "# What can be done here", "repeat": True}
ASK = {"reply": "QUESTION: Which account?", "when": "# APIs on offer", "repeat": True}
BALANCE = "```python\nfrom ledger import read_balance\nread_balance('savings')\n```"
ONCE_ANSWERED = {"reply": BALANCE, "when": "question: Which account?\nreply: savings", "repeat": True}
SCRIPT = (ONCE_ANSWERED, OUTLINE, ASK)


def _saying(*answers: str | None) -> Asker:
    left = list(answers)

    async def answer(request: QuestionAsked) -> str | None:
        return left.pop(0)

    return answer


def _types(run: Run) -> list[str]:
    return [event.type for event in run.events]


def test_a_question_leaves_the_run_waiting_with_how_to_answer(open_ledger: Open) -> None:
    run = open_ledger(*SCRIPT).run_sync("read the balance")
    assert (run.status, _types(run)[-1]) == ("waiting", "question_asked")
    told = summarize(run)
    assert told.error is None
    assert told.question is not None
    assert told.question.question.text == "Which account?"
    assert f"taskmatrix runs answer {run.id}" in (told.question.hint or "")


def test_an_answer_at_once_is_planned_with(open_ledger: Open) -> None:
    run = open_ledger(*SCRIPT).run_sync("read the balance", asker=_saying(" savings "))
    told = summarize(run)
    assert (told.status, told.answer, told.question) == ("done", "100", None)
    answered = [e for e in run.events if isinstance(e, QuestionAnswered)]
    assert [(e.number, e.answer, e.by) for e in answered] == [(1, "savings", "user")]
    assert [_types(run).count(kind) for kind in ("outline_proposed", "apis_selected", "call_done")] == [1, 1, 1]


def test_a_question_about_the_outline_is_asked_too(open_ledger: Open) -> None:
    outline = {**OUTLINE, "when": "reply: savings"}
    asks = {"reply": "QUESTION: Which account?", "when": "# What can be done here"}
    run = open_ledger(asks, {**ONCE_ANSWERED, "when": "# APIs on offer"}, outline).run_sync(
        "read the balance", asker=_saying("savings")
    )
    assert summarize(run).answer == "100"


def test_the_answer_may_come_in_another_process_with_another_model_set(open_ledger: Open) -> None:
    first = open_ledger(*SCRIPT)
    run = first.run_sync("read the balance")
    first.close()
    told = summarize(open_ledger(model="embedded").resume_sync(run.id, "savings"))
    assert (told.status, told.answer) == ("done", "100")
    assert [event.seq for event in told.events] == list(range(1, len(told.events) + 1))


def test_a_dry_run_stays_one(open_ledger: Open) -> None:
    tm = open_ledger(*SCRIPT)
    run = tm.run_sync("read the balance", dry_run=True)
    told = summarize(tm.resume_sync(run.id, "savings"))
    assert (told.status, told.calls) == ("done", ())
    assert "dry run" in told.answer


def test_dates_are_read_against_the_clock_of_the_start(open_ledger: Open) -> None:
    tm = open_ledger({**ONCE_ANSWERED, "when": "2020-02-03T04:05"})
    outline = Outline(steps=(Step(text="Read the balance of the account"),))
    started = RunStarted(
        instruction="read it",
        model=tm.mcfm.name,
        directory=str(Path.cwd()),
        now=datetime(2020, 2, 3, 4, 5, tzinfo=UTC),
    )
    tm.journal.create("run-1", "read it", tm.mcfm.name, str(Path.cwd()))
    for event in (started, OutlineProposed(outline=outline), QuestionAsked(number=1, question=Question("Which?"))):
        tm.journal.append("run-1", event)
    assert summarize(tm.resume_sync("run-1", "savings")).answer == "100"


def test_after_five_questions_the_run_ends_with_the_sixth(open_ledger: Open) -> None:
    run = open_ledger(OUTLINE, ASK).run_sync("read the balance", asker=_saying(*"abcdefg"))
    told = summarize(run)
    assert _types(run).count("question_asked") == 5
    assert told.error is not None
    assert (told.error.code, told.error.message) == ("needs-input", "Which account?")
    assert "5 questions" in (told.error.hint or "")


@pytest.mark.parametrize("answer", ["", "  \n"])
def test_an_empty_answer_ends_the_run_without_any_call(open_ledger: Open, answer: str) -> None:
    tm = open_ledger(*SCRIPT)
    at_once = tm.run_sync("read the balance", asker=_saying(answer))
    later = tm.resume_sync(tm.run_sync("read the balance").id, answer)
    for run in (at_once, later):
        assert (run.status, _types(run)[-1]) == ("cancelled", "run_finished")
        assert not summarize(run).calls
    with pytest.raises(UsageError, match="waits for no answer"):
        tm.resume_sync(later.id, "savings")


@pytest.mark.parametrize("answer", ["x" * 100_000, "sav\x1b[2Jings", "sav\x00ings", "sav\udc80ings"])
def test_an_answer_that_is_no_text_is_refused_and_the_run_waits_on(open_ledger: Open, answer: str) -> None:
    tm = open_ledger(*SCRIPT)
    run = tm.run_sync("read the balance")
    with pytest.raises(UsageError):
        tm.resume_sync(run.id, answer)
    assert tm.journal.run(run.id) == run
    assert tm.resume_sync(run.id, "savings").status == "done"


def test_a_step_is_put_in_the_words_of_the_answer_or_left_out() -> None:
    outline = Outline(steps=(Step(text="open a.txt"), Step(text="for each jar: sing it")), explicit=True)
    question = Question("no API does this", step="sing it")
    assert [s.text for s in reworded(outline, Answered(question, "count it")).steps] == [
        "open a.txt",
        "for each jar: count it",
    ]
    whole = Question("no API does this", step="open a.txt")
    left = reworded(outline, Answered(whole, "leave it out"))
    assert [s.text for s in left.steps] == ["for each jar: sing it"]
    assert not left.explicit
    gone = Question("no API does this", step="dance")
    assert [s.text for s in reworded(outline, Answered(gone, "wave")).steps][-1] == "wave"


def test_a_step_that_no_api_does_is_planned_again_in_other_words(open_ledger: Open) -> None:
    run = open_ledger(model="embedded").run_sync(
        "In deck.pptx, insert a shape", dry_run=True, asker=_saying('add a slide titled "Shapes"')
    )
    told = summarize(run)
    asked = [e.question for e in run.events if isinstance(e, QuestionAsked)]
    assert [q.step for q in asked] == ["insert a shape"]
    assert told.outline is not None
    assert [s.text for s in told.outline.steps] == ["In deck.pptx", 'add a slide titled "Shapes"']
    assert _types(run).count("apis_selected") == 2
    assert told.program is not None
    assert "create_slide()" in told.program.code


def test_nothing_is_left_to_do_once_the_only_step_is_left_out(open_ledger: Open) -> None:
    tm = open_ledger(model="embedded")
    asked = QuestionAsked(number=1, question=Question("no API does this", step="sing"))
    started = RunStarted(instruction="sing", model="embedded", directory=str(Path.cwd()))
    tm.journal.create("run-1", "sing", "embedded", str(Path.cwd()))
    for event in (started, OutlineProposed(outline=Outline(steps=(Step(text="sing"),))), asked):
        tm.journal.append("run-1", event)
    told = summarize(tm.resume_sync("run-1", "skip it"))
    assert (told.status, told.calls) == ("cancelled", ())
