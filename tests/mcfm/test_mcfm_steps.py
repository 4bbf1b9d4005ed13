import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskmatrix.core.errors import ModelAnswerError, NeedsInputError, TaskMatrixError
from taskmatrix.core.outlines import Outline, Step
from taskmatrix.mcfm.steps import read_outline

PLAIN = (
    Step(text="Look up the rooms", yields="the rooms"),
    Step(text="Switch each lamp on", needs=("the rooms", "the time 18:00")),
)


@pytest.mark.parametrize(
    "reply",
    [
        "1. Look up the rooms\n   yields: the rooms\n2. Switch each lamp on\n   needs: the rooms; the time 18:00",
        "1) Look up the rooms\n- yields: the rooms\n2) Switch each lamp on\n- Needs: the rooms; the time 18:00\n",
        "Here is the outline:\n\n1. **Look up the rooms**\n   - **yields:** the rooms\n\n2. **Switch each lamp on**\n"
        "   - **needs:** the rooms; the time 18:00\n   - yields: none\n\nShall I go on?",
        "**1. Look up the rooms**\nyields: the rooms\n**2.** Switch each lamp on\nneeds: the rooms; the time 18:00",
        "Step 1: Look up the rooms | yields: the rooms\n"
        "Step 2: Switch each lamp on | needs: the rooms; the time 18:00",
        "### 1. Look up the rooms\nyields: the rooms\n### 2. Switch each lamp on\nneeds: the rooms; the time 18:00",
        "- Look up the rooms\n  yields: the rooms\n- Switch each lamp on\n  needs: the rooms; the time 18:00",
        "```\n1. Look up the rooms\n   yields: the rooms\n"
        "2. Switch each lamp on\n   needs: the rooms; the time 18:00\n```",
        "<think>1. nonsense</think>\n1. Look up the rooms\n   yields: the rooms\n2. Switch each\n   lamp on\n"
        "   needs: the rooms; the time 18:00",
    ],
)
def test_the_steps_are_found_in_every_common_layout(reply):
    assert read_outline(reply, "lamps on") == Outline(steps=PLAIN)


def test_what_is_indented_below_a_step_belongs_to_it():
    outline = read_outline("1. Create two slides:\n   1. one titled A\n   2. one titled B\n2. Save", "x")
    assert [s.text for s in outline.steps] == ["Create two slides: 1. one titled A 2. one titled B", "Save"]


def test_values_in_a_step_are_kept_to_the_letter():
    text = "Write 2**10 and my__file__v2.pptx and __init__ and 1.5 million and a | b into it"
    assert read_outline(f"1. {text}\n", "x").steps[0].text == text


def test_an_explicit_instruction_keeps_its_reason():
    outline = read_outline("EXPLICIT: every step is stated\n\n1. Switch lamp A on\n2. Switch lamp B on", "x")
    assert outline.explicit and outline.reason == "every step is stated"
    assert [s.text for s in outline.steps] == ["Switch lamp A on", "Switch lamp B on"]


def test_an_explicit_instruction_without_a_list_is_its_own_step():
    outline = read_outline("**EXPLICIT:** it is one call", "switch  lamp A on")
    assert outline.steps == (Step(text="switch lamp A on"),) and outline.explicit


def test_a_question_is_passed_on():
    with pytest.raises(NeedsInputError) as caught:
        read_outline("QUESTION: Which of the two decks?\n1. old.pptx\n2. new.pptx", "x")
    assert caught.value.question.text == "Which of the two decks?"


@pytest.mark.parametrize(
    "reply",
    [
        "ANSWER: First get the data.\n\n1. Collect it\n2. Clean it",
        "**ANSWER:** First get the data.\n\n1. Collect it\n2. Clean it\n",
        "ANSWER:\nFirst get the data.\n\n1. Collect it\n2. Clean it",
        "<think>1. x\n2. y</think>\nANSWER: First get the data.\n\n1. Collect it\n2. Clean it",
        "```\nANSWER: First get the data.\n\n1. Collect it\n2. Clean it\n```",
        "Nothing has to be done here.\n\nANSWER: First get the data.\r\n\r\n1. Collect it\r\n2. Clean it",
    ],
)
def test_an_answer_is_taken_whole_and_its_list_is_no_outline(reply):
    assert read_outline(reply, "x") == Outline(steps=(), answer="First get the data.\n\n1. Collect it\n2. Clean it")


def test_an_answer_may_hold_code():
    told = "Run this:\n\n```python\nprint(1)\n```\n\nThen wait."
    assert read_outline(f"ANSWER: {told}", "x").answer == told


@pytest.mark.parametrize("reply", ["1. Look it up\n2. Tell it\n\nANSWER: both", "EXPLICIT: one\n\nANSWER: both"])
def test_what_plans_first_is_an_outline(reply):
    outline = read_outline(reply, "tell it")
    assert outline.steps and not outline.answer


def test_what_asks_first_is_a_question():
    with pytest.raises(NeedsInputError):
        read_outline("QUESTION: Which one?\nANSWER: both", "x")


@pytest.mark.parametrize(
    "reply", ["", "ANSWER:", "ANSWER: **", "I will do it.", "```\n```", "1.", "\x00", "needs: x", "NOTE 1", "{}"]
)
def test_a_reply_without_steps_is_an_error_that_keeps_it(reply):
    with pytest.raises(ModelAnswerError) as caught:
        read_outline(reply, "x")
    assert caught.value.answer == reply


def test_an_outline_beyond_measure_is_refused():
    with pytest.raises(ModelAnswerError, match="200 steps"):
        read_outline("\n".join(f"{n}. step" for n in range(200)), "x")


@pytest.mark.parametrize(
    "unit", ["1. x\n", "   more\n", "**", "1. ** **", " ", "\n", "- ", "EXPLICIT", "needs: ;", "ANSWER"]
)
def test_hostile_repetition_is_read_in_linear_time(unit):
    with pytest.raises(TaskMatrixError):
        read_outline("QUESTION: hm\n" + unit * (300_000 // len(unit)), "x")


@given(
    st.lists(
        st.sampled_from(["1. ", "- ", "ANSWER: ", "needs:", " | ", "\n", "\n  ", "**", "```"]) | st.text(max_size=6)
    ).map("".join)
)
def test_any_reply_gives_steps_or_a_typed_error(reply):
    try:
        outline = read_outline(reply, "x")
    except TaskMatrixError as error:
        assert error.message and error.hint
    else:
        assert bool(outline.steps) != bool(outline.answer)
