import pytest

from taskmatrix.core.errors import ApiFileError, ApprovalDeniedError
from taskmatrix.core.events import ApprovalAnswered, ArtifactMade, CallDone, CallFailed, CallSent, RunPaused

WRITE = "import desk\npath = desk.new_note('tech.txt')\ndesk.append('mine')\n[path, desk.save()]"


@pytest.fixture
def taken(stage):
    (stage.directory / "tech.txt").write_text("theirs\n")
    return stage


def test_a_new_file_is_written_without_asking(stage):
    assert stage.run(WRITE).value == ["tech.txt", str(stage.directory / "tech.txt")]
    assert not stage.asked and stage.files() == ["tech.txt"]


def test_a_file_that_is_there_is_asked_about_before_any_work_is_spent(taken):
    assert taken.run(WRITE).status == "waiting"
    (request,) = taken.asked
    assert request.options == ("rename", "overwrite", "deny") and request.call == 1
    assert "tech.txt" in request.reason and "tech-2.txt" in request.reason
    assert not taken.of(CallDone)


def test_rename_takes_the_free_name_for_the_rest_of_the_run(taken):
    taken.answers = lambda request: "rename"
    (taken.directory / "tech-2.txt").write_text("theirs too\n")
    outcome = taken.run(WRITE + "\ndesk.save('tech.txt')\ndesk.save('tech-3.txt')\npath")
    assert outcome.value == "tech-3.txt" and len(taken.asked) == 1
    assert {p.name: p.read_text() for p in taken.directory.iterdir()} == {
        "tech.txt": "theirs\n",
        "tech-2.txt": "theirs too\n",
        "tech-3.txt": "mine\n",
    }


def test_with_yes_the_free_name_is_taken_and_the_original_is_kept(taken):
    assert taken.run(WRITE, yes=True).value == ["tech-2.txt", str(taken.directory / "tech-2.txt")]
    assert (taken.directory / "tech.txt").read_text() == "theirs\n" and not taken.asked
    assert [(e.answer, e.by) for e in taken.of(ApprovalAnswered)] == [("rename", "--yes")]
    assert [e.attempt for e in taken.of(CallSent) if e.call == 1] == [1, 2]


def test_overwrite_replaces_the_file_and_asks_no_more(taken):
    taken.answers = lambda request: "overwrite"
    assert taken.run(WRITE + "\ndesk.append('more')\ndesk.save()").status == "done"
    assert (taken.directory / "tech.txt").read_text() == "mine\nmore\n" and len(taken.asked) == 1
    assert taken.files() == ["tech.txt"]


def test_deny_keeps_the_file_and_raises_in_the_program(taken):
    taken.answers = lambda request: "deny"
    outcome = taken.run(WRITE)
    assert isinstance(outcome.error, ApprovalDeniedError) and "kept" in outcome.error.message
    assert (taken.directory / "tech.txt").read_text() == "theirs\n"


def test_a_file_the_run_opened_is_saved_without_asking(taken):
    assert taken.run("import desk\ndesk.open_note('tech.txt')\ndesk.append('x')\ndesk.save()").status == "done"
    assert (taken.directory / "tech.txt").read_text() == "theirs\nx\n" and not taken.asked


def test_a_file_the_run_wrote_is_written_again_without_asking(stage):
    assert stage.run("import desk\ndesk.new_note('a.txt')\nfor i in range(3):\n    desk.save()").status == "done"
    assert not stage.asked and len(stage.of(ArtifactMade)) == 3


def test_a_write_without_a_claim_is_claimed_first(taken):
    taken.run("import desk\ndesk.new_note('free.txt')\ndesk.save('tech.txt')")
    assert len(taken.asked) == 1 and (taken.directory / "tech.txt").read_text() == "theirs\n"


def test_a_file_that_appears_after_the_claim_is_not_overwritten(stage):
    def appear(request):
        (stage.directory / "n.txt").write_text("theirs\n")
        return "approve"

    stage.answers = lambda r: appear(r) if r.api == "shop.pay" else "rename"
    outcome = stage.run("import desk, shop\ndesk.new_note('n.txt')\nshop.pay(1)\ndesk.append('mine')\ndesk.save()")
    assert outcome.value == str(stage.directory / "n-2.txt")
    assert (stage.directory / "n.txt").read_text() == "theirs\n"
    assert [request.api for request in stage.asked] == ["shop.pay", "desk.save"]


@pytest.mark.parametrize(("answer", "expected"), [("rename", "tech-2.txt"), ("overwrite", "tech.txt")])
def test_the_question_is_answered_after_a_pause(taken, answer, expected):
    assert taken.run(WRITE).status == "waiting"
    assert taken.resume(answer).value == [expected, str(taken.directory / expected)]
    assert (taken.directory / expected).read_text() == "mine\n"
    claims = [e.claims for e in taken.of(CallDone) if e.claims]
    assert claims == [{str(taken.directory / "tech.txt"): str(taken.directory / expected)}]
    assert [e.attempt for e in taken.of(CallSent) if e.call == 1] == [1, 2]


def test_deny_after_a_pause_keeps_the_file(taken):
    taken.run(WRITE)
    assert isinstance(taken.resume("deny").error, ApprovalDeniedError)
    assert taken.of(CallFailed)[0].call == 1 and (taken.directory / "tech.txt").read_text() == "theirs\n"


def test_claims_survive_a_pause(taken):
    code = WRITE.replace("desk.append", "import shop\nshop.pay(1)\ndesk.append")
    taken.answers = lambda request: "rename" if "rename" in request.options else None
    assert taken.run(code).status == "waiting"
    assert taken.resume("approve").value[0] == "tech-2.txt"
    assert taken.files() == ["ledger", "tech-2.txt", "tech.txt"] and len(taken.asked) == 2


def test_a_renamed_claim_is_not_lost_when_a_file_appears_during_the_pause(taken):
    code = WRITE.replace("desk.append", "import shop\nshop.pay(1)\ndesk.append")
    taken.answers = lambda request: "rename" if "rename" in request.options else None
    taken.run(code)
    (taken.directory / "tech-2.txt").write_text("also theirs\n")
    assert taken.resume("approve").value[1] == str(taken.directory / "tech-3.txt")
    assert (taken.directory / "tech-2.txt").read_text() == "also theirs\n"


def test_files_of_the_run_stay_its_own_over_a_pause(stage):
    stage.run("import desk, shop\ndesk.new_note('a.txt')\ndesk.save()\nshop.pay(1)\ndesk.append('x')\ndesk.save()")
    assert stage.of(RunPaused) and stage.resume("approve").status == "done"
    assert (stage.directory / "a.txt").read_text() == "x\n" and len(stage.asked) == 1


def test_a_file_written_by_a_call_that_then_failed_is_shown_and_is_the_runs_own(stage):
    code = "import desk\ndesk.new_note('a.txt')\ntry:\n    desk.save_then_fail('b.txt')\nexcept RuntimeError:\n    pass\ndesk.append('x')\ndesk.save('b.txt')"  # noqa: E501
    assert stage.run(code).status == "done" and not stage.asked
    assert [(e.artifact.name, e.call) for e in stage.of(ArtifactMade)] == [("b.txt", 2), ("b.txt", 4)]


def test_a_missing_folder_is_named(stage):
    outcome = stage.run("import desk\ndesk.new_note('no/such/n.txt')")
    assert isinstance(outcome.error, ApiFileError) and "no/such' does not exist" in outcome.error.message
    assert stage.files() == []
