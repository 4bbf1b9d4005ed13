import anyio
import pytest
from executor_stage import resume_in_new_process, store_journal

from taskmatrix.core.errors import ApprovalDeniedError, UsageError
from taskmatrix.core.events import (
    EVENT,
    ApprovalAnswered,
    ApprovalRequested,
    CallDone,
    CallFailed,
    CallIntended,
    CallSent,
    Printed,
    RunPaused,
)
from taskmatrix.store.blobs import FileBlobs

PAY = "import shop\nshop.pay(3)\nshop.pay(4)"


def test_a_risky_call_is_asked_about_with_its_actual_arguments(stage):
    stage.answers = lambda request: "approve"
    assert stage.run("import shop\nfor n in [2, 3]:\n    shop.pay(n * 10)").status == "done"
    assert [(r.api, r.arguments, r.options) for r in stage.asked] == [
        ("shop.pay", {"amount": 20}, ("approve", "approve-run", "deny")),
        ("shop.pay", {"amount": 30}, ("approve", "approve-run", "deny")),
    ]
    assert all("cannot be taken back" in request.reason for request in stage.asked)
    assert stage.types()[:5] == [
        "call_intended",
        "approval_requested",
        "approval_answered",
        "call_sent",
        "call_done",
    ]
    assert {event.by for event in stage.of(ApprovalAnswered)} == {"user"}


def test_an_undeclared_effect_is_asked_about_and_a_declared_write_is_not(stage):
    stage.run("import desk, shop\ndesk.new_note('n.txt')\nshop.guess('a')")
    assert [request.api for request in stage.asked] == ["shop.guess"]


def test_with_yes_the_answer_is_taken_and_written_down(stage):
    assert stage.run(PAY, yes=True).value == 7
    assert not stage.asked
    assert [(e.answer, e.by) for e in stage.of(ApprovalAnswered)] == [("approve", "--yes")] * 2


def test_a_denied_call_is_an_error_that_the_program_may_handle(stage):
    stage.answers = lambda request: "deny"
    outcome = stage.run("import shop\ntry:\n    shop.pay(3)\nexcept RuntimeError as e:\n    print(e)\n'kept going'")
    assert outcome.value == "kept going" and stage.files() == []
    assert stage.of(CallFailed)[0].code == "approval-denied" and not stage.of(CallSent)


def test_a_denied_call_that_nobody_handles_fails_the_run(stage):
    stage.answers = lambda request: "deny"
    outcome = stage.run(PAY)
    assert outcome.status == "failed" and isinstance(outcome.error, ApprovalDeniedError)


def test_an_answer_that_was_not_offered_is_refused(stage):
    stage.answers = lambda request: "perhaps"
    with pytest.raises(UsageError, match="perhaps"):
        stage.run(PAY)


def test_without_an_answer_the_run_waits_and_goes_on_later(stage):
    assert stage.run("import desk, shop\nx = desk.add(1, 2)\nshop.pay(int(x))\n[x, shop.pay(4)]").status == "waiting"
    assert stage.types()[-3:] == ["call_intended", "approval_requested", "run_paused"]
    assert stage.of(RunPaused)[0].call == 2 and stage.files() == []
    assert stage.resume("approve").status == "waiting"
    outcome = stage.resume("approve")
    assert outcome.value == [3.0, 7]
    assert (stage.directory / "ledger").read_text() == "3\n4\n"
    assert [event.call for event in stage.of(CallIntended)] == [1, 2, 3]
    assert [event.state for event in stage.of(CallDone)] == [None, {"paid": 3}, {"paid": 7}]


def test_a_paused_run_is_small(stage):
    stage.run(PAY)
    snapshot = FileBlobs(stage.home).get(stage.of(RunPaused)[0].snapshot)
    assert len(snapshot) < 20_000


def test_a_waiting_run_can_be_denied(stage):
    stage.run("import shop\ntry:\n    shop.pay(3)\nexcept RuntimeError as e:\n    print(e)\n'over'")
    assert stage.resume("deny").value == "over"
    assert stage.files() == []


def test_a_failure_before_the_pause_is_still_known_after_it(stage):
    code = "import desk, shop\nerror = None\ntry:\n    desk.append('a')\nexcept RuntimeError as e:\n    error = e\nshop.pay(1)\nraise error"  # noqa: E501
    stage.run(code)
    error = stage.resume("approve").error
    assert error and (error.code, error.hint) == ("api-state", "call open_note or new_note first")


@pytest.mark.parametrize("answer", ["", "yes", "overwrite", "APPROVE"])
def test_resuming_with_an_answer_that_was_not_offered_changes_nothing(stage, answer):
    stage.run(PAY)
    before = list(stage.events)
    with pytest.raises(UsageError, match="is no answer") as caught:
        stage.resume(answer)
    assert caught.value.hint == "it takes approve or approve-run or deny"
    assert stage.events == before and stage.files() == []


def test_a_run_that_does_not_wait_cannot_be_resumed(stage):
    with pytest.raises(UsageError, match="does not wait"):
        stage.resume("approve", events=[])
    stage.run("1")
    with pytest.raises(UsageError, match="does not wait"):
        stage.resume("approve")


def test_approving_twice_is_refused(stage):
    stage.run(PAY)
    stage.resume("approve")
    told = stage.events[: -stage.types()[::-1].index("call_intended") - 1]
    assert told[-1].type == "call_done"
    with pytest.raises(UsageError, match="does not wait"):
        stage.resume("approve", events=told)
    assert (stage.directory / "ledger").read_text() == "3\n"


def test_a_run_whose_saved_program_is_gone_or_changed_goes_on_from_its_journal(stage, caplog):
    stage.run("import shop\nprint('paying')\nshop.pay(3)\nshop.pay(4)")
    digest = stage.of(RunPaused)[0].snapshot
    data = FileBlobs(stage.home).get(digest)
    (blob,) = [p for p in stage.home.rglob("*") if p.name == digest[2:]]
    blob.unlink()
    damaged = data[:-1] + bytes([data[-1] ^ 1])
    for spoiled in (digest, FileBlobs(stage.home).put(damaged)):
        events = [e.model_copy(update={"snapshot": spoiled}) if isinstance(e, RunPaused) else e for e in stage.events]
        stage.events = list(events)
        assert stage.resume("approve").status == "waiting"
        assert (stage.directory / "ledger").read_text() == "3\n"
        assert [event.text for event in stage.of(Printed)] == ["paying\n"]
        (stage.directory / "ledger").unlink()
        stage.events = events
    assert [record.levelname for record in caplog.records] == ["WARNING"] * 2
    assert "is gone" in caplog.text and "is damaged" in caplog.text


def test_a_run_goes_on_in_another_process_with_its_state_and_claims(stage, tmp_path, forked_commands):
    (stage.directory / "n.txt").write_text("old\n")
    code = (
        "import desk, shop\nsize = desk.open_note('n.txt')\ndesk.append('new')\nshop.pay(size)\n"
        "desk.append('newer')\nprint(shop.pay(1))\ndesk.save()\nsize"
    )
    assert stage.run(code).status == "waiting"
    journal = store_journal(stage, tmp_path / "journal")
    assert resume_in_new_process(forked_commands, stage, journal, "approve").startswith("waiting")
    assert resume_in_new_process(forked_commands, stage, journal, "approve") == "done 4 None"
    assert (stage.directory / "n.txt").read_text() == "old\nnew\nnewer\n"
    assert (stage.directory / "ledger").read_text() == "4\n1\n"
    calls = [EVENT.validate_json(line) for line in journal.read_text().splitlines()]
    assert [e.call for e in calls if isinstance(e, CallIntended)] == [1, 2, 3, 4, 5, 6]


def test_many_runs_wait_without_holding_a_worker(stage):
    async def main():
        for _ in range(70):  # more than there are workers
            outcome = await stage.executor().execute(stage.job(PAY), stage.record, stage.approve)
            assert outcome.status == "waiting"

    anyio.run(main)
    assert len(stage.of(ApprovalRequested)) == 70
