from told_runs import call, told

from taskmatrix.conversation.session import MOST_FILES, called_before, session_of
from taskmatrix.core.events import Run, Session, UndoFinished, UndoStep

A, B = {"path": "a.pptx", "slide": 1}, {"path": "a.pptx", "slide": 2}


def test_a_run_that_is_done_leaves_open_what_it_opened() -> None:
    left = session_of(told("open", call(1, "powerpoint.open", state=A), call(2, "powerpoint.go", state=B)))
    assert left == Session(states={"powerpoint": B}, called=("powerpoint.open", "powerpoint.go"))


def test_what_was_open_before_stays_open_through_a_run_that_does_not_touch_it() -> None:
    before = Session(states={"powerpoint": A}, owned={"/work/a.pptx": "1"})
    left = session_of(told("add", call(1, "desk.add", state={"n": 1}), session=before, packages=("desk",)))
    assert left == Session(
        states={"powerpoint": A, "desk": {"n": 1}}, owned={"/work/a.pptx": "1"}, called=("desk.add",)
    )


def test_a_package_that_closes_everything_leaves_nothing_open() -> None:
    before = Session(states={"powerpoint": A}, called=("powerpoint.open",))
    left = session_of(told("close", call(1, "powerpoint.close", state={}), session=before))
    assert left == Session(called=("powerpoint.open", "powerpoint.close"))


def test_what_was_called_is_named_once_in_the_order_of_the_last_calls() -> None:
    before = Session(called=("powerpoint.open", "powerpoint.go"))
    left = session_of(told("go", call(1, "powerpoint.add"), call(2, "powerpoint.open"), session=before))
    assert left is not None and left.called == ("powerpoint.go", "powerpoint.add", "powerpoint.open")


def test_a_run_that_failed_leaves_the_session_of_before_without_its_unsaved_changes() -> None:
    before = Session(states={"powerpoint": A})
    run = told(
        "go", call(1, "powerpoint.go", state=B), call(2, "powerpoint.pay", failed=True), failed="no", session=before
    )
    assert session_of(run) == before


def test_what_a_failed_run_had_saved_is_what_is_open() -> None:
    saved = {**B, "saved": True}
    run = told(
        "go",
        call(1, "powerpoint.go", state=B),
        call(2, "powerpoint.save", state=saved, wrote=("/work/a.pptx", "2")),
        call(3, "powerpoint.go", state=A),
        failed="no",
        session=Session(states={"powerpoint": A}),
    )
    left = session_of(run)
    assert left is not None
    assert (left.states, left.owned) == ({"powerpoint": saved}, {"/work/a.pptx": "2"})
    assert left.called == ("powerpoint.go", "powerpoint.save")


def test_a_run_that_was_taken_back_leaves_what_was_open_before_it_and_files_as_they_are_now() -> None:
    before = Session(states={"powerpoint": A}, called=("powerpoint.open",))
    run = told(
        "go",
        call(1, "powerpoint.save", state=B, wrote=("/work/a.pptx", "2")),
        call(2, "powerpoint.save", state=B, wrote=("/work/new.pptx", "2")),
        session=before,
    )
    restored = [
        *call(3, "taskmatrix.restore_file", path="/work/new.pptx", before="", after="2"),
        *call(4, "taskmatrix.restore_file", path="/work/a.pptx", before="1", after="2"),
    ]
    undone = UndoFinished(steps=(UndoStep(call=1, api="powerpoint.save", state="undone"),))
    left = session_of(run.model_copy(update={"events": (*run.events, *restored, undone)}))
    assert left == before.model_copy(
        update={"owned": {"/work/new.pptx": "", "/work/a.pptx": "1"}, "claims": left.claims}
    )


def test_an_api_whose_name_has_dots_keeps_the_state_of_its_package() -> None:
    run = told("go", call(1, "az.vm.start", state={"n": 1}), packages=("az",))
    assert session_of(run) == Session(states={"az": {"n": 1}}, called=("az.vm.start",))


def test_a_run_that_never_began_leaves_nothing() -> None:
    run = told("go")
    assert session_of(Run.model_validate(dict(run) | {"events": ()})) is None


def test_a_session_knows_no_more_than_so_many_files() -> None:
    before = Session(owned={f"/work/{n}": "1" for n in range(MOST_FILES)})
    left = session_of(told("go", call(1, "powerpoint.save", state=B, wrote=("/work/0", "2")), session=before))
    left = session_of(told("go", call(1, "powerpoint.save", state=B, wrote=("/work/new", "2")), session=left))
    assert left is not None and len(left.owned) == MOST_FILES
    assert left.owned["/work/0"] == "2" and "/work/1" not in left.owned


def test_a_program_rests_on_what_earlier_turns_and_earlier_rounds_called() -> None:
    before = Session(called=("desk.open", "desk.look"))
    run = told("go", call(1, "shop.look"), call(2, "shop.pay", failed=True), call(3, "desk.open"), session=before)
    assert called_before(run.events) == ("desk.look", "shop.look", "desk.open")
