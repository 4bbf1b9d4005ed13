"""What an earlier round did is asked about before it is done again, however the call is written or was allowed."""

from collections.abc import Callable

import pytest

from taskmatrix import RunContext, TaskMatrix, api
from taskmatrix.conversation import summarize
from taskmatrix.core.events import ApprovalAnswered, ApprovalRequested, CallDone, Run

Open = Callable[..., TaskMatrix]


@api(package="till", effects="write")
def pay_out(to: str, amount: float, context: RunContext, note: str = "") -> float:
    """Pay money out to somebody.

    Args:
        to: Who gets it.
        amount: How many euros.
        note: What it is for.

    Returns:
        The amount that was paid out.
    """
    return amount


def _plan(words: str, *lines: str) -> tuple[str, str]:
    imports = "from ledger import add_money, close_account, read_balance\nfrom till import pay_out"
    return f"1. {words}", f"```python\n{imports}\n" + "\n".join(lines) + "\n```"


def _twice(open_ledger: Open, first: str, second: str, *, yes: bool = False) -> tuple[TaskMatrix, Run]:
    """Run a call, fail, and run a call of another plan."""
    failing = _plan("Pay out money to ann, add money or close the account", first, "read_balance('holidays')")
    tm = open_ledger(*failing, *_plan("Pay out the money, add it or close the account once more", second))
    tm.register(pay_out)
    return tm, tm.run_sync("pay out 5 euros to ann, add money to savings or close the account", assume_yes=yes)


def _asked(run: Run) -> list[ApprovalRequested]:
    return [event for event in run.events if isinstance(event, ApprovalRequested)]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("pay_out('ann', 5.0)", "pay_out('ann', 5.0, note='')"),
        ("pay_out('ann', 5.0, '')", "pay_out(to='ann', amount=5.0)"),
        ("pay_out('ann', 5.0, 'x' * 1_200_000)", "pay_out('ann', 5.0, 'x' * 1_200_000)"),
    ],
    ids=["default-spelled-out", "default-left-out", "large-argument"],
)
def test_the_same_call_is_asked_about_however_it_is_written(open_ledger: Open, first: str, second: str) -> None:
    _, run = _twice(open_ledger, first, second)
    assert run.status == "waiting" and summarize(run).rounds == 2
    assert [request.rule for request in _asked(run)] == ["made before"]


AGAIN = "pay_out('ann', 5.0, note='tip')\npay_out('ann', 5.0, note='rent')"


def test_paying_again_with_another_note_is_asked_about_and_can_be_approved_for_the_run(open_ledger: Open) -> None:
    tm, run = _twice(open_ledger, "pay_out('ann', 5.0)", AGAIN)
    (asked,) = _asked(run)
    assert (run.status, asked.rule, asked.options) == ("waiting", "stays done", ("approve", "approve-run", "deny"))
    assert "nothing takes it back" in asked.reason
    once = tm.resume_sync(run.id, "approve")
    assert once.status == "waiting" and len(_asked(once)) == 2
    done = tm.resume_sync(run.id, "approve-run")
    assert done.status == "done" and len(_asked(done)) == 2


def test_one_approval_for_the_run_is_enough_for_all_that_follow(open_ledger: Open) -> None:
    tm, run = _twice(open_ledger, "pay_out('ann', 5.0)", AGAIN)
    done = tm.resume_sync(run.id, "approve-run")
    assert done.status == "done" and len(_asked(done)) == 1
    assert [event.result for event in done.events if isinstance(event, CallDone)] == [5.0, 5.0, 5.0]


def test_within_one_round_paying_twice_is_nobodys_question(open_ledger: Open) -> None:
    tm = open_ledger(*_plan("Pay out money to ann twice", AGAIN))
    tm.register(pay_out)
    run = tm.run_sync("pay out 5 euros to ann, twice")
    assert run.status == "done" and not _asked(run)


def test_what_was_approved_for_the_run_in_an_earlier_round_does_not_cover_another_one(open_ledger: Open) -> None:
    tm, run = _twice(open_ledger, "close_account('savings')", "close_account('holidays')")
    run = tm.resume_sync(run.id, "approve-run")
    assert run.status == "waiting" and [request.rule for request in _asked(run)][-1] == "stays done"


@pytest.mark.parametrize("answer", ["approve-run", "approve-always"])
def test_no_answer_of_an_earlier_round_covers_doing_it_again(open_ledger: Open, answer: str) -> None:
    tm, run = _twice(open_ledger, "close_account('savings')", "close_account('savings')")
    run = tm.resume_sync(run.id, answer)
    assert run.status == "waiting" and [request.call for request in _asked(run)] == [1, 3]
    again = _asked(run)[-1]
    assert (again.rule, again.options) == ("made before", ("approve", "deny"))
    done = tm.resume_sync(run.id, "approve")
    assert done.status == "done" and len(tm.rules.permitted()) == (answer == "approve-always")


def test_a_permit_from_before_does_not_cover_it_either(open_ledger: Open) -> None:
    tm = open_ledger()
    tm.resume_sync(tm.call_sync("ledger.close_account", {"account": "savings"}).id, "approve-always")
    _, run = _twice(open_ledger, "close_account('savings')", "close_account('savings')")
    assert run.status == "waiting" and [request.rule for request in _asked(run)] == ["made before"]


def test_whoever_says_yes_to_all_says_so_to_this(open_ledger: Open) -> None:
    _, run = _twice(open_ledger, "pay_out('ann', 5.0)", "pay_out('ann', 5.0)", yes=True)
    assert [event.by for event in run.events if isinstance(event, ApprovalAnswered)] == ["--yes"]
    assert [event.result for event in run.events if isinstance(event, CallDone)] == [5.0, 5.0]
