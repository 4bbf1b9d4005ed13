import pytest

from taskmatrix.core.protocols import Call, Turn
from taskmatrix.mcfm.embedded.instruction.referring import stand_alone


def said(text: str, **arguments: str | int) -> Turn:
    return Turn("user", text, (Call("deck.change", arguments),))


BLUE = said("make the title blue", color="blue")
SECOND = said("make the title on the second slide blue", color="blue", slide_id=2)
MICROSOFT = said('create a deck about Microsoft in microsoft.pptx with the title "Microsoft"', title="Microsoft")

CASES = [
    (BLUE, "do the same on the third slide", "On the third slide, make the title blue"),
    (BLUE, "now do the same thing on slide 3.", "On slide 3, make the title blue"),
    (BLUE, "the same again", "make the title blue"),
    (SECOND, "do the same on the third slide", "make the title on the third slide blue"),
    (SECOND, "and the same on slide 3", "make the title on slide 3 blue"),
    (MICROSOFT, "do the same for Amazon", 'create a deck about Amazon in amazon.pptx with the title "Amazon"'),
    (
        said("look up the revenue of Microsoft", company="Microsoft"),
        "same for Amazon",
        "look up the revenue of Amazon",
    ),
    (said("send the report", x=1), "do the same for Amazon", "send the report for Amazon"),
    (BLUE, "make it red instead", "make the title red"),
    (BLUE, "make it dark red", "make the title dark red"),
    (BLUE, "use green instead", "make the title green"),
    (said("set the volume to 20", volume=20), "set it to 30 instead", "set the volume to 30"),
    (BLUE, "now save it as b.pptx", "save it as b.pptx"),
    (BLUE, "then add a slide", "add a slide"),
    (BLUE, "what is it now", "what is it now"),
    (BLUE, "use the same color for the content", "use the same color for the content"),
]


@pytest.mark.parametrize(("before", "text", "meant"), CASES)
def test_an_instruction_that_leans_on_the_one_before_is_put_into_words_of_its_own(before, text, meant) -> None:
    assert stand_alone(text, [before, Turn("assistant", "Done.")]) == meant


def test_each_may_lean_on_the_one_before_it() -> None:
    turns = [BLUE, said("do the same on the third slide", slide_id=3, color="blue"), said("make it red", color="red")]
    assert stand_alone("the same on the fourth slide", turns) == "On the fourth slide, make the title red"


@pytest.mark.parametrize("text", ["do the same on the third slide", "now make it red", "", "the same"])
def test_without_anything_before_it_words_stay_as_they_are(text: str) -> None:
    assert stand_alone(text, []) == text
    assert stand_alone(text, [Turn("user", "it failed"), Turn("assistant", "It failed: no")]) == text


def test_words_full_of_signs_do_no_harm() -> None:
    odd = said("make the (title [blue\\1", color="(title [blue\\1")
    assert stand_alone("make it \\g<0> instead", [odd]) == "make the \\g<0>"
    assert stand_alone("do the same on the (third", [odd])
