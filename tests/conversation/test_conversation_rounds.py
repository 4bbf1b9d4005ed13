"""What did not work is planned anew, from what was done and learned, a few times; then the user is asked."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import JsonValue

from taskmatrix import TaskMatrix
from taskmatrix.conversation import summarize
from taskmatrix.conversation.rounds import learned_from
from taskmatrix.core.documents import parse_document
from taskmatrix.core.errors import ApiError
from taskmatrix.core.events import (
    ApprovalRequested,
    CallDone,
    CallFailed,
    CallIntended,
    Event,
    OutlineProposed,
    QuestionAsked,
    RoundStarted,
    Run,
)
from taskmatrix.core.protocols import Asker
from taskmatrix.store import new_run_id

Open = Callable[..., TaskMatrix]


def _program(code: str) -> str:
    return f"```python\n{code}\n```"


def _read(account: str) -> str:
    return _program(f"from ledger import read_balance\nread_balance({account!r})")


PAY_AND_READ = _program(
    "from ledger import add_money, read_balance\nadd_money('savings', 5.0)\nread_balance('holidays')"
)
FIRST = ("1. Add 5 euros to savings\n2. Read the balance of holidays", PAY_AND_READ)
SECOND = ("1. Read the balance of savings", _read("savings"))


def _saying(*answers: str | None) -> Asker:
    left = list(answers)

    async def answer(request: QuestionAsked) -> str | None:
        return left.pop(0)

    return answer


def _rounds(run: Run) -> list[RoundStarted]:
    return [event for event in run.events if isinstance(event, RoundStarted)]


def _balance() -> float:
    return json.loads(Path("ledger.json").read_text())["savings"]


def test_a_program_that_failed_is_planned_anew_from_what_was_done(open_ledger: Open) -> None:
    run = open_ledger(*FIRST, *SECOND).run_sync("add 5 euros to savings and read the balance", assume_yes=True)
    told = summarize(run)
    assert (told.status, told.answer, told.rounds) == ("done", "105", 2)
    (started,) = _rounds(run)
    assert "there is no account 'holidays'" in started.reason
    assert 'ledger.add_money(account="savings", amount=5.0) gave 105.0' in started.reason
    assert [event.call for event in run.events if isinstance(event, CallIntended)] == [1, 2, 3]
    assert [event.outline.by for event in run.events if isinstance(event, OutlineProposed)] == ["model", "system"]


LONG_ARGUMENTS: dict[str, JsonValue] = {f"a{n}": "x" * 500 for n in range(100)}
KNOWN = {
    f"ledger.{name}": parse_document(
        {
            "package": "ledger",
            "name": name,
            "description": "Do it.",
            "parameters": [{"name": n, "type": {}, "description": "A value."} for n in ("n", *LONG_ARGUMENTS)],
            "effects": effects,
        }
    )
    for name, effects in (("add_money", "write"), ("read_balance", "read"))
}


def test_what_was_done_is_told_however_long_the_error_is() -> None:
    made = [CallIntended(call=n, api="ledger.add_money", arguments={"n": n}, effect="write") for n in (1, 2)]
    reads = [CallIntended(call=n, api="ledger.read_balance", arguments={}, effect="read") for n in range(3, 60)]
    events = [event for call in made for event in (call, CallDone(call=call.call, result=1.0, seconds=0))]
    for call in reads:
        events += [call, CallFailed(call=call.call, code="c", message="z" * 5_000, seconds=0)]
    told = learned_from(events, ApiError("bad gateway " + "z" * 50_000), KNOWN)
    assert "ledger.add_money(n=1) gave 1.0\n- ledger.add_money(n=2) gave 1.0" in told
    assert re.search(r"\n\(\d\d calls left out, 0 of which changed something\)\n", told)
    assert "It went wrong: bad gateway zz" in told and len(told) < 10_000


def test_calls_with_many_long_arguments_are_told_in_short() -> None:
    made = CallIntended(call=1, api="ledger.add_money", arguments=LONG_ARGUMENTS, effect="write")
    calls = [made.model_copy(update={"call": n}) for n in range(1, 31)]
    events = [event for call in calls for event in (call, CallDone(call=call.call, result=call.call, seconds=0))]
    told = learned_from(events, ApiError("no"), KNOWN)
    assert "gave 30\n" in told and "of which changed something" in told and len(told) < 10_000


def test_the_model_is_told_what_was_done_and_what_went_wrong(open_ledger: Open) -> None:
    knows = {"reply": SECOND[0], "when": "there is no account 'holidays'"}
    knows_too = {"reply": SECOND[1], "when": "there is no account 'holidays'"}
    told = summarize(open_ledger(knows, knows_too, *FIRST).run_sync("add 5 euros to savings", assume_yes=True))
    assert (told.status, told.answer) == ("done", "105")


def script_of(run: Run) -> Path:
    """Return the file with the replies of the model that plans a run, also in another process."""
    return Path(summarize(run).model.removeprefix("scripted:"))


def _prefixes(run: Run) -> list[tuple[Event, ...]]:
    return [run.events[:length] for length in range(1, len(run.events))]


def test_a_run_broken_off_anywhere_in_its_rounds_ends_the_same(open_ledger: Open, tmp_path: Path) -> None:
    whole = open_ledger(*FIRST, *SECOND).run_sync("add 5 euros to savings and read the balance", assume_yes=True)
    for events in _prefixes(whole):
        written = [event for event in events if isinstance(event, CallDone) and event.call == 1]
        Path("ledger.json").write_text(json.dumps({"savings": 105.0 if written else 100.0}))
        tm = open_ledger(*_left_to_say(events))
        run_id = new_run_id()
        begun = events[0].model_copy(update={"model": tm.mcfm.name})
        tm.journal.create(run_id, whole.instruction, tm.mcfm.name, str(Path.cwd()), opening=(begun, *events[1:]))
        run = tm.go_on_sync(run_id)
        if summarize(run).pending is not None:  # sent and never answered: nobody knows whether it happened
            run = tm.resume_sync(run_id, "retry")
        told = summarize(run)
        assert (told.status, told.answer) == ("done", "105"), events[-1]
        assert _balance() == 105.0, events[-1]
        tm.close()


def _left_to_say(events: tuple[Event, ...]) -> list[str]:
    """Return the replies that the model had not given yet: what it said and nobody took down, it says again."""
    taken = [event.type for event in events if event.type in ("outline_proposed", "program_written")]
    checked = sum(event.type == "program_checked" for event in events)
    left = [*FIRST, *SECOND][len(taken) :]
    return left if checked * 2 >= len(taken) - len(taken) % 2 else [[*FIRST, *SECOND][len(taken) - 1], *left]


def test_what_was_done_before_is_not_done_again_without_asking(open_ledger: Open) -> None:
    again = ("1. Add 5 euros to savings", _program("from ledger import add_money\nadd_money('savings', 5.0)"))
    run = open_ledger(*FIRST, *again).run_sync("add 5 euros to savings and read the balance")
    if summarize(run).pending is not None and not _rounds(run):
        run = open_ledger(*again).resume_sync(run.id, "approve-run")
    asked = [event for event in run.events if isinstance(event, ApprovalRequested)]
    assert run.status == "waiting"
    assert "made already" in asked[-1].reason


def test_after_three_plans_the_user_is_asked_and_the_answer_counts(open_ledger: Open) -> None:
    wrong = [(f"1. Read the balance of {name}", _read(name)) for name in ("a", "b", "c")]
    script = [reply for pair in wrong for reply in pair]
    waiting = open_ledger(*script).run_sync("read the balance")
    told = summarize(waiting)
    assert told.status == "waiting"
    assert told.question is not None
    assert "there is no account 'c'" in told.question.question.text
    script_of(waiting).write_text("".join(json.dumps({"reply": reply}) + "\n" for reply in SECOND))
    run = open_ledger().resume_sync(waiting.id, "it is called savings")
    assert (summarize(run).status, summarize(run).answer) == ("done", "100")


def test_a_model_without_another_way_leaves_the_first_error(open_ledger: Open) -> None:
    read = ("1. Read the balance", _read("holidays"))
    told = summarize(open_ledger(*read, read[0]).run_sync("read the balance"))
    assert told.error is not None
    assert "there is no account 'holidays'" in told.error.message


def test_a_model_that_fails_in_a_later_round_leaves_the_first_error(open_ledger: Open) -> None:
    read = ("1. Read the balance", _read("holidays"))
    down = {"error": "overloaded", "hint": "try again in an hour"}
    told = summarize(open_ledger(*read, down).run_sync("read the balance"))
    assert told.error is not None and told.error.hint is not None
    assert told.error.code == "api-argument"
    assert "there is no account 'holidays'; planning it anew failed: overloaded" in told.error.message
    assert told.error.hint == "there are savings; try again in an hour"


def test_a_program_that_never_passes_its_check_hints_at_another_model(open_ledger: Open) -> None:
    wrong = [_program(f"from ledger import read_balance\nread_balance({number})") for number in range(3)]
    told = summarize(open_ledger("1. Read the balance", *wrong).run_sync("read the balance"))
    assert told.error is not None and told.error.code == "program-invalid"
    assert "TASKMATRIX_MODEL" in (told.error.hint or "")


def test_what_somebody_refused_is_not_tried_another_way(open_ledger: Open) -> None:
    close = ("1. Close the account savings", _program("from ledger import close_account\nclose_account('savings')"))
    tm = open_ledger(*close, *SECOND)
    waiting = tm.run_sync("close the account savings")
    told = summarize(tm.resume_sync(waiting.id, "deny"))
    assert told.error is not None
    assert (told.error.code, told.rounds) == ("approval-denied", 1)


@pytest.mark.parametrize("words", ["1. Fly to the moon", "1. Paint the ceiling"])
def test_a_step_that_no_api_fits_is_planned_in_another_way(open_ledger: Open, words: str) -> None:
    refused = (words, "NOTHING FITS: there is no such API")
    run = open_ledger(*refused, *SECOND).run_sync("how much money is there")
    told = summarize(run)
    assert (told.status, told.answer, told.rounds) == ("done", "100", 2)
