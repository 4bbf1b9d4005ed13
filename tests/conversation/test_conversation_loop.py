from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path

import anyio
import pytest
from sqlalchemy import delete

from databases import DatabasePlace
from taskmatrix import TaskMatrix
from taskmatrix.conversation import summarize
from taskmatrix.core.documents import Parameter
from taskmatrix.core.errors import ApiGoneError, UsageError
from taskmatrix.core.events import ApprovalRequested, CallSent, Event, Run
from taskmatrix.store.tables import apis

Open = Callable[..., TaskMatrix]

OUTLINE = "1. Read the balance of the account savings"
BALANCE = "```python\nfrom ledger import read_balance\nread_balance('savings')\n```"
CLOSE = "```python\nfrom ledger import close_account\nclose_account('savings')\n```"


@pytest.fixture
def place(started_place: DatabasePlace) -> DatabasePlace:
    """Each kind of database: runs are to be the same in both."""
    return started_place


def _types(run: Run) -> list[str]:
    return [event.type for event in run.events]


def test_an_instruction_goes_through_every_step_and_each_is_an_event(open_ledger: Open) -> None:
    run = open_ledger(OUTLINE, BALANCE).run_sync("How much is on the account savings?")
    assert _types(run) == [
        "run_started",
        "model_replied",
        "outline_proposed",
        "apis_selected",
        "model_replied",
        "program_written",
        "program_checked",
        "call_intended",
        "call_sent",
        "call_done",
        "run_finished",
    ]
    told = summarize(run)
    assert (told.status, told.answer) == ("done", "100")
    assert [event.seq for event in run.events] == list(range(1, len(run.events) + 1))


@pytest.mark.parametrize("instruction", ["", "  \n\t ", "x" * 40_001])
def test_an_instruction_that_says_nothing_or_far_too_much_starts_no_run(open_ledger: Open, instruction: str) -> None:
    tm = open_ledger()
    with pytest.raises(UsageError):
        tm.run_sync(instruction)
    assert not tm.journal.runs()


def test_an_instruction_nothing_fits_runs_nothing_and_names_the_nearest(open_ledger: Open) -> None:
    run = open_ledger(model="embedded").run_sync("photograph the zebra")
    told = summarize(run)
    assert told.status == "failed"
    assert told.error is not None
    assert told.error.code == "nothing-fits"
    assert "photograph the zebra" in told.error.message
    assert "apis import" in (told.error.hint or "")
    assert not told.calls
    assert told.program is None


def test_of_a_small_registry_the_model_sees_everything_where_the_selector_finds_nothing(open_ledger: Open) -> None:
    program = "```python\nfrom ledger import add_money\nadd_money('savings', 5)\n```"
    run = open_ledger("1. Zap the wombat", program).run_sync("zap the wombat")
    told = summarize(run)
    assert (told.status, told.answer) == ("done", "105")
    assert [step.choices for step in told.steps] == [()]


def test_a_chat_model_that_finds_nothing_either_says_why(open_ledger: Open) -> None:
    told = summarize(open_ledger("1. Zap the wombat", "NOTHING FITS: no zapper").run_sync("zap the wombat"))
    assert told.error is not None
    assert told.error.code == "nothing-fits"
    assert "no zapper" in told.error.message


def test_a_large_registry_is_not_shown_whole(open_ledger: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("taskmatrix.conversation.offering.SMALL_REGISTRY", 3)
    told = summarize(open_ledger("1. Zap the wombat").run_sync("zap the wombat"))
    assert told.error is not None
    assert told.error.code == "nothing-fits"
    assert "Zap the wombat" in told.error.message
    assert told.program is None


@pytest.mark.parametrize(("instruction", "answer"), [("what is 6 times 7", "42"), ("what is 90 divided by 4", "45/2")])
def test_words_that_no_document_holds_can_still_be_planned_over(
    open_ledger: Open, instruction: str, answer: str
) -> None:
    told = summarize(open_ledger(model="embedded").run_sync(instruction))
    assert told.status == "done"
    assert answer in told.answer


@pytest.mark.parametrize(
    ("instruction", "hint"),
    [
        ("order a pizza", "apis import"),
        ("Write an essay about whales", "language model"),
        ("play some music", "apis import"),
    ],
)
def test_what_no_api_does_is_refused_with_a_hint(open_ledger: Open, instruction: str, hint: str) -> None:
    told = summarize(open_ledger(model="embedded").run_sync(instruction))
    assert told.error is not None
    assert told.error.code == "nothing-fits"
    assert hint in (told.error.hint or "")
    assert not told.calls


def test_a_chat_model_is_asked_about_steps_without_an_api_if_another_has_one(open_ledger: Open) -> None:
    outline = "1. Read the balance of the account savings\n2. Photograph the zebra"
    run = open_ledger(outline, "NOTHING FITS: no camera").run_sync("read the balance of savings, photograph a zebra")
    told = summarize(run)
    assert [bool(step.choices) for step in told.steps] == [True, False]
    assert told.error is not None
    assert told.error.code == "nothing-fits"
    assert "no camera" in told.error.message


def test_a_dry_run_stops_after_the_check(open_ledger: Open) -> None:
    run = open_ledger(OUTLINE, CLOSE).run_sync("close the account savings", dry_run=True)
    assert run.status == "done"
    assert _types(run)[-2:] == ["program_checked", "run_finished"]


def test_findings_go_back_to_the_writer_until_the_program_passes(open_ledger: Open) -> None:
    wrong = "```python\nfrom ledger import read_balance\nread_balance(acount='savings')\n```"
    run = open_ledger(OUTLINE, wrong, BALANCE).run_sync("read the balance of savings")
    told = summarize(run)
    assert told.status == "done"
    assert _types(run).count("program_written") == 2


def test_after_two_repairs_it_gives_up_without_running(open_ledger: Open) -> None:
    wrong = [f"```python\nfrom ledger import read_balance\nread_balance(acount{n}='x')\n```" for n in range(5)]
    run = open_ledger(OUTLINE, *wrong).run_sync("read the balance of savings")
    told = summarize(run)
    assert told.error is not None
    assert told.error.code == "program-invalid"
    assert "acount2" in told.error.message
    assert _types(run).count("program_written") == 3
    assert not told.calls


def test_a_program_that_comes_back_unchanged_is_not_asked_for_again(open_ledger: Open) -> None:
    wrong = {"reply": "```python\nfrom ledger import read_balance\nread_balance(1)\n```", "repeat": True}
    run = open_ledger(OUTLINE, wrong).run_sync("read the balance of savings")
    assert run.status == "failed"
    assert _types(run).count("program_written") == 2


def test_a_call_that_fails_ends_the_run_with_its_own_code_and_hint(open_ledger: Open) -> None:
    program = "```python\nfrom ledger import read_balance\nread_balance('holiday')\n```"
    told = summarize(open_ledger(OUTLINE, program).run_sync("read the balance of holiday"))
    assert told.error is not None
    assert told.error.code == "api-argument"
    assert "holiday" in told.error.message
    assert told.error.hint is not None and told.error.hint.startswith("there are savings")


def test_a_model_that_fails_ends_the_run_and_says_so(open_ledger: Open) -> None:
    told = summarize(open_ledger({"error": "overloaded"}).run_sync("read the balance of savings"))
    assert told.error is not None
    assert told.error.code == "model-failed"


def test_what_was_made_is_told_with_its_path(open_ledger: Open) -> None:
    program = "```python\nfrom ledger import write_statement\nwrite_statement('s.txt', 'all yours')\nNone\n```"
    tm = open_ledger("1. Write a statement of the account", program)
    told = summarize(tm.run_sync("write a statement of the account to s.txt"))
    assert told.answer == "Made s.txt."
    assert [artifact.path for artifact in told.artifacts] == [str(Path.cwd() / "s.txt")]
    assert Path("s.txt").read_text() == "all yours"


async def _refuse(request: ApprovalRequested) -> str | None:
    return "deny"


async def _allow(request: ApprovalRequested) -> str | None:
    return "approve"


def test_a_risky_call_is_asked_about_and_a_refusal_ends_the_run(open_ledger: Open) -> None:
    replies = ("1. Close the account savings", CLOSE)
    told = summarize(open_ledger(*replies).run_sync("close the account savings", approver=_refuse))
    assert told.error is not None
    assert told.error.code == "approval-denied"
    assert not Path("ledger.json").exists()
    assert summarize(open_ledger(*replies).run_sync("close savings", approver=_allow)).status == "done"
    assert Path("ledger.json").read_text() == "{}"


def test_yes_approves_without_asking(open_ledger: Open) -> None:
    run = open_ledger("1. Close the account savings", CLOSE).run_sync("close the account savings", assume_yes=True)
    assert run.status == "done"
    assert "approval_answered" in _types(run)


def test_a_waiting_run_goes_on_in_another_process_with_the_answer(open_ledger: Open) -> None:
    first = open_ledger("1. Close the account savings", CLOSE)
    run = first.run_sync("close the account savings")
    assert (run.status, _types(run)[-1]) == ("waiting", "run_paused")
    pending = summarize(run).pending
    assert pending is not None
    assert (pending.api, pending.arguments) == ("ledger.close_account", {"account": "savings"})
    first.close()
    second = open_ledger()
    told = summarize(second.resume_sync(run.id, "approve"))
    assert (told.status, told.answer) == ("done", "savings")
    assert [event.seq for event in told.events] == list(range(1, len(told.events) + 1))


def test_answers_that_make_no_sense_are_refused_and_change_nothing(open_ledger: Open) -> None:
    tm = open_ledger("1. Close the account savings", CLOSE)
    run = tm.run_sync("close the account savings")
    with pytest.raises(UsageError, match="'maybe' is no answer"):
        tm.resume_sync(run.id, "maybe")
    assert tm.journal.run(run.id).events == run.events
    assert tm.resume_sync(run.id, "deny").status == "failed"
    with pytest.raises(UsageError, match="waits for no answer"):
        tm.resume_sync(run.id, "approve")


def test_a_run_goes_on_with_the_version_it_started_with(open_ledger: Open) -> None:
    tm = open_ledger("1. Close the account savings", CLOSE)
    run = tm.run_sync("close the account savings")
    kept = tm.registry.find("ledger.close_account")
    assert kept is not None
    assert [v.digest for v in summarize(run).versions] == [kept.digest()]
    # As it is now, the program's call would not even bind.
    needs_more = Parameter(name="reason", required=True)
    tm.registry.register(kept.model_copy(update={"parameters": (*kept.parameters, needs_more)}))
    tm.registry.remove("ledger.close_account")
    told = summarize(tm.resume_sync(run.id, "approve"))
    assert (told.status, told.answer) == ("done", "savings")


def test_a_run_does_not_go_on_with_an_api_in_quarantine_but_can_be_stopped(open_ledger: Open) -> None:
    tm = open_ledger("1. Close the account savings", CLOSE)
    run = tm.run_sync("close the account savings")
    tm.registry.catalogue.quarantine("ledger", "close_account", "it answers nothing")
    with pytest.raises(ApiGoneError, match="it answers nothing") as caught:
        tm.resume_sync(run.id, "approve")
    assert caught.value.code == "api.gone"
    assert tm.journal.run(run.id).events == run.events
    assert tm.resume_sync(run.id, "deny").status == "failed"


def test_a_run_cannot_go_on_with_an_api_of_which_nothing_is_kept(open_ledger: Open) -> None:
    tm = open_ledger("1. Close the account savings", CLOSE)
    run = tm.run_sync("close the account savings")
    with tm.database.write() as connection:
        connection.execute(delete(apis).where(apis.c.name == "close_account"))
    with pytest.raises(ApiGoneError, match="is gone"):
        tm.resume_sync(run.id, "approve")
    assert tm.journal.run(run.id).status == "waiting"


def test_events_can_be_streamed_and_closing_the_stream_cancels_the_run(open_ledger: Open) -> None:
    tm = open_ledger(OUTLINE, BALANCE)
    seen: list[Event] = []

    async def read() -> str:
        async with tm:
            async with aclosing(tm.run("read the balance of savings")) as events:  # type: ignore[type-var]
                async for event in events:
                    seen.append(event)
                    if isinstance(event, CallSent):
                        break
            return tm.journal.runs()[0].status

    assert anyio.run(read) in ("cancelled", "done")  # the call may have been quicker
    assert seen[0].type == "run_started"


def test_a_fault_of_our_own_is_told_as_one_and_the_journal_is_closed(
    open_ledger: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    tm = open_ledger(OUTLINE, BALANCE)

    def break_off(*args: object, **kwargs: object) -> None:
        raise ZeroDivisionError("a fault")

    monkeypatch.setattr(type(tm.verifier), "check", break_off)
    told = summarize(tm.run_sync("read the balance of savings"))
    assert told.error is not None
    assert told.error.code == "internal"
    assert "ZeroDivisionError: a fault" in told.error.message
