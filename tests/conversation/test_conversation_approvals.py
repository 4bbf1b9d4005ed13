"""Approvals of whole runs: for the run, for always, too late, twice, against the rules."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import anyio
import pytest
from ledger import LEDGER

from databases import DatabasePlace
from taskmatrix import TaskMatrix
from taskmatrix.conversation import summarize
from taskmatrix.core.errors import ApprovalDeniedError, SettingError, TaskMatrixError, UsageError
from taskmatrix.core.events import ApprovalAnswered, ApprovalRequested, CallIntended, CallSent, Event, Run

Open = Callable[..., TaskMatrix]

CLOSE_ALL = """```python
from ledger import close_account
done = []
for name in ["savings", "gold", "silver"]:
    done.append(close_account(name))
done
```"""


@pytest.fixture
def place(started_place: DatabasePlace) -> DatabasePlace:
    """Each kind of database: runs are to be the same in both."""
    return started_place


def close_one(tm: TaskMatrix, account: str = "savings") -> Run:
    return tm.call_sync("ledger.close_account", {"account": account})


def kinds(run: Run, kind: type[Event]) -> list[Event]:
    return [event for event in run.events if isinstance(event, kind)]


def test_an_approval_shows_what_changes_and_what_takes_it_back(open_ledger: Open) -> None:
    tm = open_ledger()
    (waiting,) = [close_one(tm)] and tm.approvals()
    asked = waiting.request
    assert asked is not None and asked.arguments == {"account": "savings"}
    assert asked.changes == "Close an account for good: loses something, or cannot be taken back."
    assert asked.undo == "cannot be taken back: its document names no API for that"
    assert waiting.options == ("approve", "approve-run", "approve-always", "deny") and not waiting.expired


def test_an_approval_for_the_run_covers_what_the_same_rule_asks_about(open_ledger: Open) -> None:
    tm = open_ledger("1. Close the accounts", CLOSE_ALL)
    run = tm.run_sync("close the accounts")
    tm.rules.add({"verdict": "ask", "arguments": "account = silver", "reason": "silver is special"}, by="ann")
    run = tm.resume_sync(run.id, "approve-run")
    assert [e.call for e in kinds(run, ApprovalRequested)] == [1, 3] and run.status == "waiting"
    assert summarize(tm.resume_sync(run.id, "approve")).answer == "- savings\n- gold\n- silver"
    calls = [e for e in tm.journal.run(run.id).events if isinstance(e, CallIntended)]
    assert [call.permit for call in calls] == ["", "approved for this run", ""]


def test_an_approval_for_the_run_ends_with_the_run(open_ledger: Open) -> None:
    tm = open_ledger()
    tm.resume_sync(close_one(tm).id, "approve-run")
    assert close_one(tm).status == "waiting"


def test_an_approval_for_always_is_for_this_call_and_can_be_revoked(open_ledger: Open) -> None:
    tm = open_ledger()
    first = close_one(tm)
    assert tm.resume_sync(first.id, "approve-always", by="ann").status == "done"
    again = close_one(tm)
    assert again.status == "done" and not kinds(again, ApprovalRequested)
    (call,) = kinds(again, CallIntended)
    assert isinstance(call, CallIntended) and call.permit.startswith("approved always by ann on ")
    assert close_one(tm, "gold").status == "waiting"
    (permit,) = tm.rules.permitted()
    assert (permit.run, permit.by, permit.arguments) == (first.id, "ann", '{"account": "savings"}')
    tm.rules.remove(permit.id)
    assert close_one(tm).status == "waiting"


def test_a_permit_covers_no_other_document_and_no_other_folder(open_ledger: Open, tmp_path: Path) -> None:
    tm = open_ledger()
    tm.resume_sync(close_one(tm).id, "approve-always")
    assert tm.call_sync("ledger.close_account", {"account": "savings"}, directory=tmp_path).status == "waiting"
    kept = tm.registry.find("ledger.close_account")
    assert kept is not None
    tm.registry.register(kept.model_copy(update={"description": "Close an account, and tell the neighbours."}))
    assert close_one(tm).status == "waiting"


def test_neither_a_permit_nor_yes_nor_an_approval_covers_what_is_refused(open_ledger: Open) -> None:
    tm = open_ledger()
    tm.resume_sync(close_one(tm).id, "approve-always")
    waiting = close_one(tm, "gold")
    tm.rules.add({"verdict": "refuse", "api": "ledger.close_account", "reason": "never again"}, by="ann")
    for run in (
        close_one(tm),
        tm.call_sync("ledger.close_account", {"account": "silver"}, assume_yes=True),
        tm.resume_sync(waiting.id, "approve"),
    ):
        told = summarize(run)
        assert told.error is not None and told.error.code == ApprovalDeniedError.code
        assert "the policy refuses it: never again" in told.error.message and not kinds(run, CallSent)


def test_a_run_asks_until_its_time_and_calls_nothing_later(open_ledger: Open) -> None:
    tm = open_ledger()
    now = datetime(2026, 5, 4, 12, tzinfo=UTC)
    tm.clock = lambda: now
    in_time, late = close_one(tm), close_one(tm, "gold")
    (asked, _) = tm.approvals()
    assert asked.request is not None and asked.request.expires == now + timedelta(days=7)
    tm.close()
    tm.clock = lambda: now + timedelta(days=7)
    assert tm.resume_sync(in_time.id, "approve").status == "done"
    tm.close()
    tm.clock = lambda: now + timedelta(days=7, seconds=1)
    assert [waiting.expired for waiting in tm.approvals()] == [True]
    told = summarize(tm.resume_sync(late.id, "approve"))
    assert told.error is not None and (told.status, told.error.code) == ("failed", "approval-expired")
    assert not kinds(told, CallSent) and not kinds(told, ApprovalAnswered)
    with pytest.raises(UsageError, match="waits for no answer"):
        tm.resume_sync(late.id, "approve")


def test_the_journal_says_who_answered_and_when(open_ledger: Open) -> None:
    tm = open_ledger()
    (answer,) = kinds(tm.resume_sync(close_one(tm).id, "approve", by="ann"), ApprovalAnswered)
    assert isinstance(answer, ApprovalAnswered) and answer.by == "ann" and answer.at is not None


def test_a_waiting_run_can_be_answered_as_a_stream(open_ledger: Open) -> None:
    tm = open_ledger()
    run = close_one(tm)

    async def read() -> list[str]:
        return [event.type async for event in tm.resume(run.id, "approve")]

    seen = anyio.run(read)
    assert (seen[0], seen[-1]) == ("approval_answered", "run_finished")


def test_of_many_who_approve_at_once_one_wins(database_place: DatabasePlace, open_ledger: Open) -> None:
    run = close_one(open_ledger())

    def approve(number: int) -> str:
        tm = TaskMatrix(home=database_place.home, database_url=database_place.url, model="embedded")
        with tm:
            for function in LEDGER:
                tm.callers.keep(function)
            try:
                return tm.resume_sync(run.id, "approve", by=f"person {number}").status
            except TaskMatrixError as error:
                return error.code

    with ThreadPoolExecutor(4) as pool:
        outcomes = sorted(pool.map(approve, range(4)))
    assert outcomes == ["done", "usage", "usage", "usage"]
    told = open_ledger().journal.run(run.id)
    assert len(kinds(told, ApprovalAnswered)) == len(kinds(told, CallSent)) == 1


def test_rules_that_cannot_be_read_stop_everything_before_it_starts(open_ledger: Open) -> None:
    tm = open_ledger()
    waiting = close_one(tm)
    Path("taskmatrix.toml").write_text("[[rules]]\nverdict = 'perhaps'")
    for start in (lambda: close_one(tm), lambda: tm.resume_sync(waiting.id, "approve")):
        with pytest.raises(SettingError, match=r"taskmatrix.toml, rule 1, line 1"):
            start()
    assert [run.status for run in tm.journal.runs()] == ["waiting"]


def test_a_projects_file_can_stop_calls_but_lets_none_run_before_it_is_trusted(open_ledger: Open) -> None:
    tm = open_ledger()
    Path("taskmatrix.toml").write_text(
        "[[rules]]\nverdict = 'run'\napi = 'close_account'\n"
        "[[rules]]\nverdict = 'refuse'\napi = 'add_money'\narguments = 'amount > 10'"
    )
    assert close_one(tm).status == "waiting"
    assert tm.call_sync("ledger.add_money", {"account": "a", "amount": 11}).status == "failed"
    assert tm.call_sync("ledger.add_money", {"account": "a", "amount": 10}).status == "done"
    tm.rules.trust(Path.cwd())
    assert close_one(tm).status == "done"
    with Path("taskmatrix.toml").open("a") as file:
        file.write("# changed")
    assert close_one(tm).status == "waiting"
