"""Runs that break off anywhere, and go on from what their journal holds."""

import anyio
import pytest

from taskmatrix.core.errors import OutcomeUnknownError, RunDivergedError
from taskmatrix.core.events import (
    ApprovalAnswered,
    ApprovalRequested,
    CallDone,
    CallIntended,
    CallSent,
    Printed,
    RunPaused,
)

CODE = """\
import desk, shop
print('start')
size = desk.add(1, 2)
try:
    desk.append('nothing is open')
except RuntimeError as error:
    print(error)
paid = shop.pay(int(size))
print('paid', paid)
desk.new_note('n.txt')
desk.append('a')
desk.save()
[paid, shop.pay(4)]
"""


class Killed(BaseException):
    """The process ends here, as far as the journal can tell."""


def break_off(stage, code: str, after: int, *, yes: bool = True) -> bool:
    """Run a program until its journal has so many events; whether it got that far."""
    real = stage.record

    def record(event, *more, durable=True):
        stored = real(event, *more, durable=durable)
        if len(stage.events) >= after:
            raise Killed
        return stored

    stage.record = record
    try:
        stage.run(code, yes=yes)
    except Killed:
        return True
    finally:
        stage.record = real
    return False


def ledger(stage) -> list[str]:
    file = stage.directory / "ledger"
    return file.read_text().splitlines() if file.exists() else []


def whole(stage) -> int:
    """Return how many events the program has that is not broken off."""
    assert stage.run(CODE, yes=True).value == [3, 7]
    return len(stage.events)


def test_a_run_that_breaks_off_after_any_event_goes_on_and_does_nothing_twice(stage, tmp_path):
    last = whole(stage)
    for after in range(1, last):
        stage.events.clear()
        for file in stage.directory.iterdir():
            file.unlink()
        assert break_off(stage, CODE, after)

        def answer(request: ApprovalRequested) -> str:
            if request.kind == "file":  # what the broken run wrote itself
                return "overwrite"
            assert request.kind == "outcome-unknown"
            if request.api == "shop.pay":
                return "it-happened" if len(ledger(stage)) > sum(e.api == "shop.pay" for e in done(stage)) else "retry"
            return "retry"

        stage.answers = answer
        outcome = stage.go_on(yes=True)
        assert outcome.error is None, (after, outcome)
        assert ledger(stage) == ["3", "4"], after
        assert (stage.directory / "n.txt").read_text() == "a\n"
        printed = "".join(event.text for event in stage.of(Printed))
        assert printed.startswith("start\napi-state: no note is open\npaid ") and printed.count("\n") == 3, after
        assert [event.call for event in stage.of(CallIntended)] == [1, 2, 3, 4, 5, 6, 7], after


def done(stage) -> list[CallIntended]:
    ended = {event.call for event in stage.of(CallDone)}
    return [event for event in stage.of(CallIntended) if event.call in ended]


def events_until(stage, kind: type, number: int = 1) -> int:
    """Return how many events there are up to the nth of a kind."""
    found = [event.seq for event in stage.events if isinstance(event, kind)]
    return found[number - 1]


def test_a_read_that_was_sent_and_never_answered_is_sent_again_with_the_same_key(stage):
    code = "import desk\ndesk.clock()"
    assert break_off(stage, code, 2)
    assert stage.go_on().status == "done"
    assert [event.attempt for event in stage.of(CallSent)] == [1, 2]
    assert [event.key for event in stage.of(CallIntended)] == ["r1-1"]
    assert not stage.of(ApprovalRequested)


@pytest.mark.parametrize("yes", [True, False])
def test_a_payment_that_was_sent_and_never_answered_is_asked_about_whoever_wants_not_to_be_asked(stage, yes):
    whole_journal = break_off(stage, "import shop\nshop.pay(3)", 4)
    assert whole_journal and isinstance(stage.events[-1], CallSent)
    assert stage.go_on(yes=yes).status == "waiting"
    asked = stage.of(ApprovalRequested)[-1]
    assert (asked.kind, asked.options) == ("outcome-unknown", ("it-happened", "retry", "stop"))
    assert ledger(stage) == []


@pytest.mark.parametrize(("answer", "paid", "value"), [("it-happened", [], None), ("retry", ["3"], 3)])
def test_what_is_said_of_a_payment_nobody_knows_of_is_done(stage, answer, paid, value):
    assert break_off(stage, "import shop\nshop.pay(3)", 4)
    stage.go_on()
    outcome = stage.resume(answer)
    assert (outcome.status, outcome.value, ledger(stage)) == ("done", value, paid)


def test_a_run_stopped_at_a_payment_nobody_knows_of_says_so(stage):
    assert break_off(stage, "import shop\ntry:\n    shop.pay(3)\nexcept RuntimeError:\n    pass\nshop.pay(4)", 4)
    stage.go_on()
    outcome = stage.resume("stop")
    assert outcome.status == "failed" and isinstance(outcome.error, OutcomeUnknownError)
    assert ledger(stage) == [] and not stage.of(CallDone)


def test_a_run_killed_while_it_asked_can_be_answered_without_a_saved_program(stage):
    assert break_off(stage, CODE, 10, yes=False)
    assert isinstance(stage.events[-1], ApprovalRequested) and not stage.of(RunPaused)
    assert stage.resume("approve").status == "waiting"
    assert ledger(stage) == ["3"] and len(stage.of(RunPaused)) == 1


def test_an_answer_that_was_written_down_counts_although_the_process_ended(stage):
    assert break_off(stage, "import shop\nshop.pay(3)", 3)
    assert isinstance(stage.events[-1], ApprovalAnswered)
    assert stage.go_on().value == 3
    assert len(stage.of(ApprovalRequested)) == 1 and ledger(stage) == ["3"]


def test_a_denial_that_was_written_down_counts_although_the_process_ended(stage):
    stage.answers = lambda request: "deny"
    assert break_off(stage, "import shop\nshop.pay(3)", 3, yes=False)
    stage.answers = lambda request: "approve"
    assert stage.go_on().error.code == "approval-denied"
    assert ledger(stage) == []


@pytest.mark.parametrize(
    "other",
    [
        "import shop\nshop.pay(1)\nshop.pay(5)",  # other arguments
        "import desk\ndesk.add(1, 2)\ndesk.add(1, 2)",  # another API
        "import shop\n7",  # no call at all
    ],
)
def test_a_program_that_does_not_do_the_same_twice_is_stopped_before_anything_is_called(stage, other):
    assert break_off(stage, "import shop\nshop.pay(3)\nshop.pay(4)", 6)
    before, paid = list(stage.events), ledger(stage)
    stage.code = other
    outcome = stage.go_on(yes=True)
    assert outcome.status == "failed" and isinstance(outcome.error, RunDivergedError)
    assert stage.events == before and ledger(stage) == paid


def test_a_program_that_ended_before_its_run_did_gives_its_value_again(stage):
    value = stage.run(CODE, yes=True).value
    before = len(stage.events)
    assert stage.go_on().value == value == [3, 7]
    assert len(stage.events) == before and ledger(stage) == ["3", "4"]


TOGETHER = """\
import asyncio
import shop, desk
async def main():
    return await asyncio.gather(
        asyncio.to_thread(shop.pay, 3), asyncio.to_thread(desk.add, 1, 2), asyncio.to_thread(shop.pay, 4)
    )
await main()
"""


def test_calls_started_together_do_not_wait_for_the_approval_of_one_of_them(stage):
    assert stage.run(TOGETHER).status == "waiting"
    assert [event.call for event in stage.of(CallDone)] == [2]
    assert [event.call for event in stage.of(ApprovalRequested)] == [1, 3]
    assert stage.resume("approve").status == "waiting"
    assert ledger(stage) == ["3"]
    outcome = stage.resume("approve")
    assert outcome.value == [3, 3.0, 7] and ledger(stage) == ["3", "4"]
    assert len(stage.of(ApprovalRequested)) == 2, "what is asked already is not asked again"


def test_a_broken_run_gives_calls_started_together_their_answers_in_the_order_of_then(stage):
    stage.run(TOGETHER, yes=True)
    for after in range(1, len(stage.events)):
        events = stage.events[:after]
        kept = [e for e in events if not isinstance(e, CallSent)]
        if len(kept) + sum(isinstance(e, CallDone) for e in events) != len(events):
            continue  # a payment under way: asked about
        again = stage.__class__(stage.directory, stage.home, stage.sandbox, code=TOGETHER)
        again.events = list(events)
        assert sorted(again.go_on(yes=True).value) == [3.0, 3, 7]


def test_a_cancelled_run_leaves_calls_under_way_open_in_its_journal(stage):
    code = TOGETHER.replace("shop.pay, 3", "odd.wait").replace("shop.pay, 4", "odd.wait").replace("shop,", "odd,")

    async def main():
        with anyio.CancelScope() as scope:
            real = stage.record

            def record(event, *more, durable=True):
                stored = real(event, *more, durable=durable)
                if len(stage.of(CallSent)) == 3 and stage.of(CallDone):
                    scope.cancel()
                return stored

            stage.record = record
            await stage.executor().execute(stage.job(code), record, stage.approve)
        assert scope.cancelled_caught

    anyio.run(main)
    assert [event.call for event in stage.of(CallSent)] == [1, 2, 3]
    assert [event.call for event in stage.of(CallDone)] == [2]
