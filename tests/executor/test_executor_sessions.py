"""A run begins with what earlier turns of its conversation left open."""

import pytest
from executor_stage import NOW

from taskmatrix.core.errors import NotFoundError
from taskmatrix.core.events import ApprovalRequested, CallDone, RunStarted, Session
from taskmatrix.executor.progress import replay
from taskmatrix.store.blobs import FileBlobs

FIRST = "import desk\ndesk.new_note('a.txt')\ndesk.append('one')\ndesk.save()"
SECOND = "import desk\ndesk.append('two')\ndesk.save()"


def left_open(stage) -> Session:
    """Return what the calls in the stage's journal left open."""
    done = stage.of(CallDone)
    states = [event.state for event in done if event.state is not None]
    owned = {path: digest for event in done for path, digest in event.owned.items()}
    owned |= {event.artifact.path: event.artifact.digest for event in stage.events if event.type == "artifact_made"}
    claims = {asked: path for event in done for asked, path in (event.claims or {}).items()}
    return Session(states={"desk": states[-1]}, claims=claims, owned=owned)


def begin(stage, code: str, session: Session | None) -> None:
    stage.events = [
        RunStarted(instruction="go on", model="m", directory=str(stage.directory), session=session, at=NOW)
    ]
    stage.code = code


def test_what_one_run_opened_is_open_in_the_next_and_its_file_is_replaced_without_asking(stage) -> None:
    assert stage.run(FIRST).status == "done"
    begin(stage, SECOND, left_open(stage))
    assert stage.go_on().status == "done"
    assert (stage.directory / "a.txt").read_text() == "one\ntwo\n"
    assert not stage.of(ApprovalRequested) and stage.files() == ["a.txt"]


def test_without_a_session_nothing_is_open(stage) -> None:
    stage.run(FIRST)
    begin(stage, SECOND, None)
    outcome = stage.go_on()
    assert outcome.error is not None and outcome.error.code == "api-state"


def test_a_file_that_somebody_changed_between_two_turns_is_asked_about(stage) -> None:
    stage.run(FIRST)
    session = left_open(stage)
    (stage.directory / "a.txt").write_text("mine")
    begin(stage, SECOND, session)
    assert stage.go_on().status == "waiting"
    assert "changed since" in stage.asked[0].reason
    assert (stage.directory / "a.txt").read_text() == "mine"


def test_a_large_state_comes_back_from_its_blob(stage) -> None:
    stage.run("import odd\nodd.big_state(2_000_000)")
    (done,) = stage.of(CallDone)
    assert done.state is not None and "$blob" in done.state
    begin(stage, "import odd\nodd.big_state(1)", Session(states={"odd": done.state}))
    assert stage.go_on().value == 2_000_000


def test_a_state_whose_blob_is_gone_is_an_error_that_says_so(stage) -> None:
    gone = {"$blob": "0" * 64, "preview": ""}
    events = [RunStarted(instruction="i", model="m", directory="/", session=Session(states={"desk": gone}))]
    with pytest.raises(NotFoundError, match="is gone"):
        replay(events, (), FileBlobs(stage.home))


def test_money_that_earlier_turns_cost_is_not_counted_again(stage) -> None:
    stage.run(FIRST)
    begin(stage, SECOND, left_open(stage))
    assert replay(stage.events, (), FileBlobs(stage.home)).spent == {}
