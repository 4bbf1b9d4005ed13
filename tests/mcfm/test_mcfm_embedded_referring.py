from datetime import UTC, datetime

import pytest

from taskmatrix.core.protocols import Call, Turn
from taskmatrix.mcfm.embedded.instruction.referring import stand_alone

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)


def said(text: str, /, **arguments: str | int) -> Turn:
    return Turn("user", text, (Call("deck.change", arguments),))


BLUE = said("make the title blue", color="blue")
SECOND = said("make the title on the second slide blue", color="blue", slide_id=2)
MICROSOFT = said('create a deck about Microsoft in microsoft.pptx with the title "Microsoft"', title="Microsoft")

DECK = said(
    'Create a deck tech.pptx with the title "Big Tech", then add a slide titled "Microsoft" with the content '
    '"Founder: Bill Gates" and "Location: Redmond"',
    title="Big Tech",
    slide_title="Microsoft",
    first="Founder: Bill Gates",
    second="Location: Redmond",
)
MAILED = said("print the report, then send it to Ann", to="Ann")

CASES = [
    (
        DECK,
        'do the same for "Amazon" with the content "Founder: Jeff Bezos"',
        'Add a slide titled "Amazon" with the content "Founder: Jeff Bezos"',
    ),
    (
        DECK,
        "do the same for Amazon",
        'Add a slide titled "Amazon" with the content "Founder: Bill Gates" and "Location: Redmond"',
    ),
    (MAILED, "the same for Carl", "print the report, then send it to Carl"),
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
    assert stand_alone(text, [before, Turn("assistant", "Done.")]).words == meant


def test_each_may_lean_on_the_one_before_it() -> None:
    turns = [BLUE, said("do the same on the third slide", slide_id=3, color="blue"), said("make it red", color="red")]
    assert stand_alone("the same on the fourth slide", turns).words == "On the fourth slide, make the title red"


@pytest.mark.parametrize("text", ["do the same on the third slide", "now make it red", "", "the same"])
def test_without_anything_before_it_words_stay_as_they_are(text: str) -> None:
    assert stand_alone(text, []).words == text
    assert stand_alone(text, [Turn("user", "it failed"), Turn("assistant", "It failed: no")]).words == text


def test_words_full_of_signs_do_no_harm() -> None:
    odd = said("make the (title [blue\\1", color="(title [blue\\1")
    assert stand_alone("make it \\g<0> instead", [odd]).words == "make the \\g<0>"
    assert stand_alone("do the same on the (third", [odd])


ALARM = said("set an alarm for 7:30", time="07:30")
MONEY = said("convert 20 USD to GBP", amount=20, from_currency="USD", to_currency="GBP")
WEATHER = said("what is the weather in Paris tomorrow", location="Paris", day="2026-11-22")
TIMER = said("set a timer for 20 minutes", minutes=20)
TABLE = said("book a table for 4 people at 7 pm", people=4, time="19:00")
FLIGHT = said("fly from Paris to London on Friday", origin="Paris", goal="London")
QUOTES = said('add a slide titled "Microsoft" with the content "A company"', title="Microsoft", text="A company")

CORRECTIONS = [
    *((ALARM, t, "set an alarm for 8:15") for t in ("make it 8:15", "no, 8:15", "change it to 8:15", "8:15 instead")),
    *(
        (ALARM, t, "set an alarm for 8:15")
        for t in ("I meant 8:15.", "no wait, make it 8:15 please", "what about 8:15?")
    ),
    (ALARM, "and another one for half past nine", "set an alarm for half past nine"),
    (said("wake me at 7", time="07:00"), "make it 8:15", "wake me at 8:15"),
    (said("wake me tomorrow at half past seven", at="07:30"), "make it Friday", "wake me Friday at half past seven"),
    (said("wake me tomorrow at half past seven", at="07:30"), "make it 8:15", "wake me tomorrow at 8:15"),
    (MONEY, "and in EUR", "convert 20 USD to EUR"),
    (MONEY, "and to euros?", "convert 20 USD to euros"),
    (MONEY, "now 50 USD", "convert 50 USD to GBP"),
    (MONEY, "and 50?", "convert 50 USD to GBP"),
    (MONEY, "and from CHF", "convert 20 CHF to GBP"),
    (said("pay $20 to Ann", amount=20), "make it 50", "pay $50 to Ann"),
    (WEATHER, "and in Rome?", "what is the weather in Rome tomorrow"),
    (WEATHER, "what about New York", "what is the weather in New York tomorrow"),
    (WEATHER, "and on Friday?", "what is the weather in Paris Friday"),
    (TIMER, "make it 30", "set a timer for 30 minutes"),
    (TIMER, "make it half an hour", "set a timer for half an hour"),
    (TABLE, "make it 6", "book a table for 6 people at 7 pm"),
    (TABLE, "for 6 people", "book a table for 6 people at 7 pm"),
    (TABLE, "make it 8 pm", "book a table for 4 people at 8 pm"),
    (FLIGHT, "and from Rome", "fly from Rome to London on Friday"),
    (FLIGHT, "to Berlin instead", "fly from Paris to Berlin on Friday"),
    (said("set the text to blue", color="blue"), "make it red", "set the text to red"),
    (said("turn it down to 20%", volume=20), "make it 30%", "turn it down to 30%"),
    (said("open a.txt", path="a.txt"), "b.txt instead", "open b.txt"),
    (QUOTES, "do the same for Amazon", 'add a slide titled "Amazon" with the content "A company"'),
    (QUOTES, 'no, "Amazon"', 'add a slide titled "Amazon" with the content "A company"'),
    (
        said('add a slide titled "Microsoft"', title="Microsoft"),
        "do the same for Amazon and Google",
        'add a slide titled "Amazon". add a slide titled "Google"',
    ),
]


@pytest.mark.parametrize(("before", "text", "meant"), CORRECTIONS)
def test_a_value_said_alone_takes_the_place_of_the_one_of_its_kind(before: Turn, text: str, meant: str) -> None:
    assert stand_alone(text, [before, Turn("assistant", "Done.")], NOW).words == meant


@pytest.mark.parametrize(
    ("before", "text"),
    [
        (ALARM, "delete it"),
        (ALARM, "make it louder"),
        (ALARM, "make it Friday"),
        (MONEY, "close the window"),
        (said("turn on the heating for 30 minutes", minutes=30), "set it to 22 degrees"),
        (said('find files in "a.txt"', path="a.txt"), "save it as b.txt"),
        (WEATHER, "what is the time in Rome"),
    ],
)
def test_what_names_something_else_to_do_replaces_no_value(before: Turn, text: str) -> None:
    assert stand_alone(text, [before, Turn("assistant", "Done.")], NOW).words == text


def test_the_answer_to_a_question_replaces_no_value() -> None:
    assert stand_alone("Rome", [WEATHER, Turn("assistant", "Where do you live?")], NOW).words == "Rome"
    assert stand_alone("Rome", [WEATHER, Turn("assistant", "It rains.")], NOW).words != "Rome"
