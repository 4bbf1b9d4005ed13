import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskmatrix.conversation.outline_edits import edit_outline, is_accepted, is_declined
from taskmatrix.conversation.outline_text import (
    is_outline_text,
    outline_asked,
    outline_question,
    outline_text,
    read_outline_text,
    text_asked,
)
from taskmatrix.core.errors import UsageError
from taskmatrix.core.outlines import Outline, Step
from taskmatrix.core.stubs import clean

CREATE, TITLE, LOGO, SAVE = (
    "Create a presentation",
    "Write the title Big Tech in red",
    "Insert the logo on each slide",
    "Save it as tech.pptx",
)
OUTLINE = Outline(steps=tuple(Step(text=text) for text in (CREATE, TITLE, LOGO, SAVE)))


def edited(words: str, outline: Outline = OUTLINE) -> list[str] | None:
    found = edit_outline(outline, words)
    return None if found is None else [step.text for step in found.steps]


@pytest.mark.parametrize(
    ("words", "steps"),
    [
        ("drop step 2", [CREATE, LOGO, SAVE]),
        ("Please remove the last step.", [CREATE, TITLE, LOGO]),
        ("delete step two", [CREATE, LOGO, SAVE]),
        ("skip 2, 3 and 4", [CREATE]),
        ("leave steps 2-3 out", [CREATE, SAVE]),
        ("remove the last two", [CREATE, TITLE]),
        ("drop everything after step 2", [CREATE, TITLE]),
        ("only keep 1 and 4", [CREATE, SAVE]),
        ("no, drop the logo step", [CREATE, TITLE, SAVE]),
        ("2: delete it", [CREATE, LOGO, SAVE]),
        ("2: new words, and more", [CREATE, "new words, and more", LOGO, SAVE]),
        ("1. one\n2. two", ["one", "two", LOGO, SAVE]),
        ("change step 3 to draw a box, then colour it", [CREATE, TITLE, "draw a box, then colour it", SAVE]),
        ("change 3 to crop it and remove the frame", [CREATE, TITLE, "crop it and remove the frame", SAVE]),
        ('replace the last step with "save, and drop step 1"', [CREATE, TITLE, LOGO, "save, and drop step 1"]),
        ("in step 2 replace red by blue", [CREATE, TITLE.replace("red", "blue"), LOGO, SAVE]),
        ("use blue instead of red in step 2", [CREATE, TITLE.replace("red", "blue"), LOGO, SAVE]),
        ("change tech.pptx to big.pptx", [CREATE, TITLE, LOGO, "Save it as big.pptx"]),
        ("replace the title with a footer", [CREATE, "Write a footer Big Tech in red", LOGO, SAVE]),
        ("add check the spelling after step 2", [CREATE, TITLE, "check the spelling", LOGO, SAVE]),
        ("add a chart at the end", [CREATE, TITLE, LOGO, SAVE, "Add a chart"]),
        ("insert a step to proofread before the last step", [CREATE, TITLE, LOGO, "proofread", SAVE]),
        ("add look up the name first", ["look up the name", CREATE, TITLE, LOGO, SAVE]),
        ("after step 1, add a picture", [CREATE, "Add a picture", TITLE, LOGO, SAVE]),
        ("add a step: mail it", [CREATE, TITLE, LOGO, SAVE, "mail it"]),
        ("move 3 before 1", [LOGO, CREATE, TITLE, SAVE]),
        ("move step 3 up", [CREATE, LOGO, TITLE, SAVE]),
        ("move 4 to 1", [SAVE, CREATE, TITLE, LOGO]),
        ("put the logo first", [LOGO, CREATE, TITLE, SAVE]),
        ("put the title after the logo", [CREATE, LOGO, TITLE, SAVE]),
        ("step 1 at the end", [TITLE, LOGO, SAVE, CREATE]),
        ("swap 1 and 2", [TITLE, CREATE, LOGO, SAVE]),
        ("merge 2 and 3", [CREATE, f"{TITLE}; {LOGO}", SAVE]),
        ("drop step 2, put the logo first", [LOGO, CREATE, SAVE]),
        ("drop step 2. Put the logo first.", [LOGO, CREATE, SAVE]),
        ("swap 1 and 2 and then drop step 4", [TITLE, CREATE, LOGO]),
        ("change 3 to draw and drop step 1", [TITLE, "draw", SAVE]),
        ("drop 1; 2: sing", ["sing", LOGO, SAVE]),
    ],
)
def test_an_edit_in_words_is_carried_out(words, steps):
    assert edited(words) == steps


@pytest.mark.parametrize(
    "words",
    [
        "no",
        "make it nicer",
        "make the title green",
        "change the colour to blue",
        "make step 2 shorter",
        "drop the logo",  # of a step that says more than that
        "drop the red colour",
        "add a chart",
        "add bold to step 2",
        "drop step 2 and make it nicer",
        "is step 2 needed?",
        "put the cat first",
        "delete all",
        "change 2 to 5",
        "x" * 5_000,
    ],
)
def test_what_is_not_understood_for_certain_is_left_to_a_model(words):
    assert edited(words) is None


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("drop step 9", "no step 9"),
        ("drop step 0", "no step 0"),
        ("5: sing", "no step 5"),
        ("change 9 to sing", "no step 9"),
        ("move 2 before 7", "no step 7"),
        ("drop 1-4", "no step would be left"),
        ("drop 2, 2: sing", "step 2 is gone"),
        ("put the slide step first", "step 1 .* or step 2"),
        ("in step 1 replace red by blue", "does not say 'red'"),
        ("move 2 before 2", "itself"),
    ],
)
def test_an_edit_that_cannot_be_is_refused_with_a_hint(words, said):
    outline = Outline(steps=(Step(text="Make a slide"), Step(text="Fill the slide"), *OUTLINE.steps[2:]))
    with pytest.raises(UsageError, match=said) as caught:
        edit_outline(outline, words)
    assert caught.value.hint


def test_an_edited_outline_is_the_users_and_says_why():
    found = edit_outline(OUTLINE.model_copy(update={"explicit": True, "reason": "it says all"}), "drop step 2")
    assert found is not None
    assert (found.by, found.reason, found.explicit) == ("user", "edited: drop step 2", False)


def test_what_a_step_needs_and_yields_goes_with_it():
    steps = (Step(text="Find the red one", yields="a red one"), Step(text="Use it", needs=("a red one", "glue")))
    merged = edit_outline(Outline(steps=steps), "merge 1 and 2")
    assert merged is not None
    assert merged.steps == (Step(text="Find the red one; Use it", needs=("a red one", "glue"), yields="a red one"),)
    renamed = edit_outline(Outline(steps=steps), "replace red by blue")
    assert renamed is not None
    assert (renamed.steps[0].yields, renamed.steps[1].needs) == ("a blue one", ("a blue one", "glue"))


@pytest.mark.parametrize(
    "words", ["", " \n", "ok", "OK!", "yes, go on", "Looks good to me.", "run it", "go ahead please", "that’s fine"]
)
def test_an_outline_is_accepted_in_many_words(words):
    assert is_accepted(words) and not is_declined(words)


@pytest.mark.parametrize("words", ["no", "drop it", "yes but drop 2", "ok, make it red", "good grief", "1"])
def test_other_words_accept_nothing(words):
    assert not is_accepted(words) and not is_declined(words)


@pytest.mark.parametrize("words", ["stop", "Cancel it.", "never mind"])
def test_an_outline_can_be_declined(words):
    assert is_declined(words) and not is_accepted(words)


STEPS = st.lists(
    st.builds(
        Step,
        text=st.text(max_size=40).filter(clean),
        needs=st.lists(st.text(max_size=12).filter(clean), max_size=3).map(tuple),
        yields=st.text(max_size=12).filter(lambda text: not text or clean(text)),
    ),
    min_size=1,
    max_size=6,
).map(tuple)


@given(STEPS)
def test_an_outline_that_nobody_changed_is_read_back_to_the_letter(steps):
    outline = Outline(steps=steps, explicit=True, reason="r")
    assert is_outline_text(outline_text(outline))
    assert read_outline_text(outline_text(outline), outline) is outline


@given(STEPS)
def test_a_question_shows_what_an_editor_is_given(steps):
    question = outline_question(Outline(steps=steps))
    assert question.about == "outline"
    assert text_asked(question) == outline_text(Outline(steps=steps))
    assert [clean(step.text) for step in outline_asked(question).steps] == [clean(step.text) for step in steps]


@given(STEPS, st.randoms())
def test_lines_that_were_moved_or_deleted_leave_the_others_as_they_were(steps, chance):
    outline = Outline(steps=steps)
    blocks = re.split(r"(?m)^(?=\d)", outline_text(outline))
    kept = chance.sample(range(len(steps)), chance.randint(1, len(steps)))
    found = read_outline_text(blocks[0] + "".join(blocks[1 + n] for n in kept), outline)
    assert sorted(map(repr, found.steps)) == sorted(repr(steps[n]) for n in kept)


def test_an_edited_text_may_hold_new_steps_in_any_common_form():
    text = outline_text(OUTLINE).replace("3. ", "draw it\n   needs: a pen; ink\n   yields: a box\n7) ")
    found = edit_outline(OUTLINE, text + "mail it\n  to Ann\n5.\n")
    assert found is not None
    assert found.steps == (
        *OUTLINE.steps[:2],
        Step(text="draw it", needs=("a pen", "ink"), yields="a box"),
        *OUTLINE.steps[2:],
        Step(text="mail it to Ann"),
    )
    assert found.by == "user"


@pytest.mark.parametrize(
    ("text", "said"),
    [("# Outline: x\n", "no step is left"), ("# Outline: x\n" + "a\n" * 200, "200 steps")],
)
def test_a_text_without_steps_or_with_far_too_many_is_refused(text, said):
    with pytest.raises(UsageError, match=said):
        edit_outline(OUTLINE, text)


@given(STEPS, st.permutations(range(1, 7)))
def test_dropping_and_moving_never_change_words(steps, numbers):
    first, second, *_ = [n for n in numbers if n <= len(steps)] + [1, 1]
    outline = Outline(steps=steps)
    moved = edit_outline(outline, f"move {first} to the end")
    assert moved is not None
    assert sorted(map(repr, moved.steps)) == sorted(map(repr, steps))
    assert moved.steps[-1] == steps[first - 1]
    swapped = edit_outline(outline, f"swap {first} and {second}, swap {first} and {second}")
    assert swapped is not None and swapped.steps == steps
    if len(steps) > 1:
        dropped = edit_outline(outline, f"drop step {first}")
        assert dropped is not None
        assert dropped.steps == steps[: first - 1] + steps[first:]


@given(STEPS, st.text(max_size=30).filter(clean))
def test_new_words_of_a_step_are_taken_as_they_are(steps, words):
    found = edit_outline(Outline(steps=steps), f'change step 1 to "{words.replace(chr(34), "")}x"')
    if found is not None:
        assert found.steps[0].text == clean(words.replace('"', "") + "x")
        assert found.steps[1:] == steps[1:]


PIECES = st.sampled_from(
    [
        "drop ",
        "step ",
        "2",
        "3",
        ", ",
        " and ",
        "put ",
        "the logo",
        " first",
        " before ",
        "add ",
        ": ",
        "\n",
        '"',
        "swap ",
    ]
)


@given(st.lists(PIECES | st.text(max_size=5), max_size=14).map("".join))
def test_any_answer_is_an_edit_not_understood_or_refused(words):
    try:
        found = edit_outline(OUTLINE, words)
    except UsageError as error:
        assert error.message and error.hint
    else:
        assert found is None or found.steps
    assert not (is_accepted(words) and is_declined(words))


@pytest.mark.parametrize(
    "unit",
    [" before", "change x to ", ", drop 2", "in step 2 replace a by ", " ", "1, ", '"', "\n", "put a first ", "yes "],
)
def test_hostile_repetition_ends_soon(unit):
    for words in (unit * (4_000 // len(unit)), f"put {unit * (3_000 // len(unit))}", "add a" + unit * 500):
        is_accepted(words)
        try:
            edit_outline(OUTLINE, words)
        except UsageError as error:
            assert error.hint
