"""Days and times that no call takes, and those that do not exist."""

from datetime import UTC, datetime

import anyio
import pytest

from taskmatrix.core.documents import ApiDocument, parse_document
from taskmatrix.core.errors import NeedsInputError
from taskmatrix.core.programs import Program
from taskmatrix.core.protocols import Context, Request
from taskmatrix.core.questions import Answered, Question
from taskmatrix.mcfm.embedded import EmbeddedMcfm
from taskmatrix.mcfm.embedded.values.impossible import impossible_moment

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)


def api(name: str, description: str, effects: str = "write", **parameters: str) -> ApiDocument:
    listed = [
        {"name": n, "description": text, "required": True, "schema": {"type": "string"}}
        for n, text in parameters.items()
    ]
    return parse_document(
        {"package": "p", "name": name, "description": description, "parameters": listed, "effects": {"kind": effects}}
    )


ALARM = api("set_alarm", "Set an alarm.", time="The time of the alarm, HH:MM.")
ROOM = api("book_room", "Book a meeting room.", room="The name of the room.", date="The day, YYYY-MM-DD.")
WEATHER = api("get_weather", "Get the weather at a place.", "read", location="The place.")


def planned(instruction: str, document: ApiDocument, *answers: Answered) -> Program:
    request = Request(instruction, documents=(document,), context=Context(now=NOW), answers=answers)
    return anyio.run(EmbeddedMcfm().write, request, print)


def asked(instruction: str, document: ApiDocument, *answers: Answered) -> Question:
    with pytest.raises(NeedsInputError) as caught:
        planned(instruction, document, *answers)
    assert caught.value.question is not None
    return caught.value.question


@pytest.mark.parametrize(
    ("instruction", "document", "words"),
    [
        ("set an alarm for tomorrow at 10 am", ALARM, "tomorrow"),
        ("set an alarm for 10 am on Friday", ALARM, "on Friday"),
        ("book the room Aurora on Monday at 3 pm", ROOM, "3 pm"),
    ],
)
def test_a_day_or_a_time_that_no_call_takes_is_asked_about(
    instruction: str, document: ApiDocument, words: str
) -> None:
    question = asked(instruction, document)
    assert question.value == words
    assert planned(instruction, document, Answered(question, "leave it out")).notes == ()


@pytest.mark.parametrize(
    ("instruction", "document"),
    [
        ("set an alarm for 10 am", ALARM),
        ("set an alarm for 10 am today", ALARM),
        ("set an alarm for 7 pm tonight", ALARM),
        ("book the room Aurora on 5 May 2027", ROOM),
        ("book the room Aurora for tomorrow", ROOM),
    ],
)
def test_what_a_call_takes_or_goes_without_saying_is_not_asked_about(instruction: str, document: ApiDocument) -> None:
    assert planned(instruction, document).notes == ()


def test_a_time_that_means_that_day_anyway_is_only_noted() -> None:
    assert planned("set an alarm for tomorrow at 8 am", ALARM).notes == ("no call takes 'tomorrow'",)


def test_where_nothing_is_changed_a_day_that_is_lost_is_noted() -> None:
    assert planned("what is the weather in Paris tomorrow", WEATHER).notes == ("no call takes 'tomorrow'",)
    assert planned("what is the weather in Paris today", WEATHER).notes == ()


@pytest.mark.parametrize(
    ("instruction", "document", "parameter", "said"),
    [
        ("set an alarm for 25:99", ALARM, "time", "25:99"),
        ("set an alarm for 7:75", ALARM, "time", "7:75"),
        ("set an alarm for 13 pm", ALARM, "time", "13 pm"),
        ("book the room Aurora for 31 February", ROOM, "date", "31 February"),
        ("book the room Aurora on 2026-13-05", ROOM, "date", "2026-13-05"),
    ],
)
def test_a_moment_that_does_not_exist_is_asked_about(
    instruction: str, document: ApiDocument, parameter: str, said: str
) -> None:
    question = asked(instruction, document)
    assert question.parameter == parameter
    assert f"there is no {said}" in question.text
    answer = "8:15" if document is ALARM else "5 May 2027"
    program = planned(instruction, document, Answered(question, answer))
    assert said not in str([argument.text for argument in program.arguments])


@pytest.mark.parametrize(
    "text",
    ["25:99", "at 24:01", "13 pm", "0 am", "31 February", "the 31st of April", "Feb 30", "2026-02-31", "31/02/2026"],
)
def test_dates_and_times_that_do_not_exist_are_found(text: str) -> None:
    assert impossible_moment(text)


@pytest.mark.parametrize(
    "text",
    [
        *("23:59", "24:00", "12 am", "14:30 pm", "29 February", "29 February 2028", "31 March", "2024-02-29"),
        *("13/02/2026", "02/13/2026", "March 2026", "you may 45", "10.0.0.1:80", "a ratio of 16:9", "May 5 at 7:30"),
    ],
)
def test_those_that_exist_and_other_numbers_are_left_alone(text: str) -> None:
    assert impossible_moment(text) == ""


def test_a_year_without_a_29_february_is_known() -> None:
    assert impossible_moment("29 February 2027") == "29 February 2027"
