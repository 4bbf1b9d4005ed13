from told_runs import DECK, call, told

from taskmatrix.conversation.turns import LONGEST_ARGUMENT, LONGEST_LINE, MOST_CALLS, line_of, turns_of
from taskmatrix.core.artifacts import Artifact
from taskmatrix.core.events import (
    Fact,
    OutcomeChecked,
    QuestionAnswered,
    QuestionAsked,
    Run,
    UndoFinished,
    UndoStep,
)
from taskmatrix.core.protocols import Call, Turn
from taskmatrix.core.questions import Question


def with_events(run: Run, *events: object, before_end: bool = True) -> Run:
    own = list(run.events)
    place = len(own) - 1 if before_end else len(own)
    return run.model_copy(update={"events": (*own[:place], *events, *own[place:])})


def test_a_run_is_what_was_said_what_was_called_and_what_was_made() -> None:
    made = told(
        "create a deck",
        call(1, "powerpoint.new_presentation", path="a.pptx"),
        call(2, "powerpoint.save_presentation", wrote=("/work/a.pptx", "1" * 64)),
        answer="Made a.pptx.",
    )
    assert turns_of(made) == (
        Turn(
            "user",
            "create a deck",
            (
                Call("powerpoint.new_presentation", {"path": "a.pptx"}, "1"),
                Call("powerpoint.save_presentation", {}, "2"),
            ),
        ),
        Turn("assistant", "Made a.pptx."),
        Turn("tool", f"a.pptx: {DECK}, /work/a.pptx"),
    )
    assert line_of(made) == "create a deck → made a.pptx"


def test_questions_and_replies_stand_where_they_were_said() -> None:
    asked = QuestionAsked(number=1, question=Question("which file?"))
    run = with_events(told("open it", call(1, "powerpoint.open_presentation")), asked)
    run = with_events(run, QuestionAnswered(number=1, answer="a.pptx", by="user"))
    said = [(turn.role, turn.text) for turn in turns_of(run)]
    assert said[:3] == [("user", "open it"), ("assistant", "which file?"), ("user", "a.pptx")]
    assert [call.api for call in turns_of(run)[0].calls] == ["powerpoint.open_presentation"]


def test_a_failure_says_so_and_what_was_called_does_not_count_as_in_force() -> None:
    run = told("go", call(1, "shop.look"), call(2, "shop.pay", failed=True), failed="it broke")
    user, assistant = turns_of(run)
    assert not user.calls
    assert assistant.text == "It failed: it broke\n(it called shop.look)"
    assert line_of(run) == "go → It failed: it broke; called shop.look"


def test_what_was_taken_back_or_found_wrong_is_told() -> None:
    run = told("go", call(1, "shop.look"), call(2, "shop.pay"), answer="Paid.")
    wrong = OutcomeChecked(facts=(Fact(text="it is paid", state="false"),), beyond=("two orders",))
    undone = UndoFinished(steps=(UndoStep(call=2, api="shop.pay", state="undone"),))
    user, assistant = turns_of(with_events(with_events(run, wrong), undone, before_end=False))
    assert [made.api for made in user.calls] == ["shop.look"]
    assert assistant.text == ("Paid.\nNot as it should be: it is paid; two orders\nTaken back afterwards: call 2")


def test_whatever_a_journal_holds_the_turns_are_short() -> None:
    long = "x" * 100_000
    calls = [call(n, "shop.pay", text=long, rows=[[long]] * 3, n=n) for n in range(1, 200)]
    run = told(f"do {long}", *calls, answer=long)
    started = run.events[0].model_copy(
        update={"attachments": (Artifact(name="a.png", media_type="image/png", digest="1", size=1),)}
    )
    run = run.model_copy(update={"events": (started, *run.events[1:])})
    user, assistant = turns_of(run)
    assert len(user.calls) == MOST_CALLS and user.calls[-1].arguments["n"] == 199
    assert all(len(str(value)) <= LONGEST_ARGUMENT for made in user.calls for value in made.arguments.values())
    assert len(user.text) + len(assistant.text) <= 6_000
    assert len(line_of(run)) <= LONGEST_LINE


def test_what_was_given_along_is_named() -> None:
    run = told("put it on the slide")
    started = run.events[0].model_copy(
        update={"attachments": (Artifact(name="a.png", media_type="image/png", digest="1", size=1),)}
    )
    run = run.model_copy(update={"events": (started, *run.events[1:])})
    assert turns_of(run)[0].text == "put it on the slide\n(attached: a.png (image/png))"
