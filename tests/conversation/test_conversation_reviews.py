"""The user looks at the outline before it is carried out, and changes it."""

from collections.abc import Callable

from taskmatrix import TaskMatrix
from taskmatrix.conversation import summarize
from taskmatrix.core.events import OutlineProposed, QuestionAsked, Run
from taskmatrix.core.protocols import Asker

Open = Callable[..., TaskMatrix]

OUTLINE = "1. Read the balance of savings\n2. Close the account savings"
EXPLICIT = "EXPLICIT: it says all\n1. Read the balance of savings"
READ = "```python\nfrom ledger import read_balance\nread_balance('savings')\n```"


def _saying(*answers: str | None) -> Asker:
    left = list(answers)

    async def answer(request: QuestionAsked) -> str | None:
        return left.pop(0)

    return answer


def _outlines(run: Run) -> list[tuple[str, list[str]]]:
    proposed = [event.outline for event in run.events if isinstance(event, OutlineProposed)]
    return [(outline.by, [step.text for step in outline.steps]) for outline in proposed]


def test_the_run_waits_at_its_outline_and_goes_on_in_another_process(open_ledger: Open) -> None:
    first = open_ledger({"reply": READ, "when": "# APIs on offer"}, OUTLINE)
    waiting = first.run_sync("read savings and close it", review="always")
    first.close()
    told = summarize(waiting)
    assert told.question is not None
    assert (told.status, told.question.question.about) == ("waiting", "outline")
    edited = open_ledger().resume_sync(waiting.id, "drop step 2")
    assert summarize(edited).status == "waiting"  # the changed outline is shown once more
    assert _outlines(edited)[-1] == ("user", ["Read the balance of savings"])
    run = open_ledger().resume_sync(waiting.id, "go on")
    assert (summarize(run).status, summarize(run).answer) == ("done", "100")


def test_edits_are_made_in_place_until_the_outline_is_accepted(open_ledger: Open) -> None:
    asker = _saying("drop step 9", "drop step 2", "ok")
    run = open_ledger(OUTLINE, READ).run_sync("read savings and close it", review="always", asker=asker)
    assert summarize(run).status == "done"
    asked = [event.question.text for event in run.events if isinstance(event, QuestionAsked)]
    assert "9" in asked[1]
    assert [by for by, _ in _outlines(run)] == ["model", "user"]


def test_words_that_no_rule_understands_go_to_the_model(open_ledger: Open) -> None:
    softer = {"reply": "1. Read the balance of savings, politely", "when": "be nicer to the bank"}
    asker = _saying("be nicer to the bank", "ok")
    run = open_ledger(softer, OUTLINE, READ).run_sync("read savings and close it", review="always", asker=asker)
    assert _outlines(run)[-1] == ("user", ["Read the balance of savings, politely"])
    assert summarize(run).status == "done"


def test_an_explicit_instruction_is_not_asked_about_unless_wanted(open_ledger: Open) -> None:
    run = open_ledger(EXPLICIT, READ).run_sync("read the balance of savings", review="unless-explicit")
    assert summarize(run).status == "done"
    told = summarize(run)
    assert told.outline is not None
    assert told.outline.reason == "it says all"
    waiting = open_ledger(EXPLICIT).run_sync("read the balance of savings", review="always")
    assert summarize(waiting).question is not None


def test_the_user_may_stop_at_the_outline(open_ledger: Open) -> None:
    run = open_ledger(OUTLINE).run_sync("read savings and close it", review="always", asker=_saying(""))
    assert summarize(run).status == "cancelled"


def test_an_answer_needs_no_program(open_ledger: Open) -> None:
    run = open_ledger("ANSWER: First choose the account, then read it.").run_sync("what should I do first?")
    told = summarize(run)
    assert (told.status, told.answer, told.program) == ("done", "First choose the account, then read it.", None)
