"""`convert 5 km to miles`: units and currencies that are values themselves, and lengths of time in several words."""

from dataclasses import replace
from datetime import UTC, datetime

import anyio
import pytest

from taskmatrix.core.documents import ApiDocument, parse_document
from taskmatrix.core.protocols import Call, Context, Request, Turn
from taskmatrix.mcfm.embedded import EmbeddedMcfm, plan_request
from taskmatrix.mcfm.embedded.filled import Filled
from taskmatrix.mcfm.embedded.instruction.language import tokenize
from taskmatrix.mcfm.embedded.values.candidates import find_values
from taskmatrix.mcfm.embedded.values.durations import find_durations
from taskmatrix.mcfm.embedded.values.stated_units import stated_unit

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)


def api(name: str, description: str, **parameters: tuple[str, str, bool]) -> ApiDocument:
    listed = [
        {"name": n, "description": text, "required": required, "schema": {"type": kind}}
        for n, (text, kind, required) in parameters.items()
    ]
    return parse_document({"package": "p", "name": name, "description": description, "parameters": listed})


UNITS = api(
    "convert_units",
    "Convert a value from one unit to another.",
    value=("The value to convert.", "number", True),
    from_unit=("The unit to convert from.", "string", True),
    to_unit=("The unit to convert to.", "string", True),
)
CURRENCIES = api(
    "convert_currency",
    "Convert an amount of money between currencies.",
    amount=("The amount of money.", "number", True),
    from_currency=("The currency to convert from.", "string", True),
    to_currency=("The currency to convert to.", "string", True),
)
TIMER = api("set_timer", "Start a timer.", minutes=("How long, in minutes.", "integer", True))
SOUNDS = api("play_sounds", "Play sounds for some hours.", hours=("For how many hours.", "number", True))
STEEP = api(
    "steep_tea",
    "Steeps the tea for some time.",
    hours=("Number of hours", "integer", False),
    minutes=("Number of minutes", "integer", False),
    seconds=("Number of seconds", "integer", False),
)


def given(instruction: str, document: ApiDocument) -> dict[str, object]:
    [call] = plan_request(Request(instruction=instruction, documents=(document,), context=Context(now=NOW))).calls()
    return {name: a.value for name, a in call.arguments.items() if isinstance(a, Filled)}


@pytest.mark.parametrize(
    ("instruction", "value", "said", "asked"),
    [
        ("convert 5 km to miles", 5, "km", "miles"),
        ("convert 100 pounds to kilograms", 100, "pounds", "kilograms"),
        ("convert 3.5 hours to minutes", 3.5, "hours", "minutes"),
        ("convert 3 gallons to litres", 3, "gallons", "litres"),
        ("convert 60 miles per hour to km/h", 60, "miles per hour", "km/h"),
    ],
)
def test_the_unit_behind_a_number_is_converted_to_the_one_behind_to(
    instruction: str, value: float, said: str, asked: str
) -> None:
    assert given(instruction, UNITS) == {"value": value, "from_unit": said, "to_unit": asked}


@pytest.mark.parametrize(
    ("instruction", "amount", "said", "asked"),
    [("convert 20 USD to GBP", 20, "USD", "GBP"), ("convert $20 to euros", 20, "USD", "EUR")],
)
def test_currencies_are_read_by_the_words_around_them(instruction: str, amount: int, said: str, asked: str) -> None:
    assert given(instruction, CURRENCIES) == {"amount": amount, "from_currency": said, "to_currency": asked}


def test_of_several_stated_units_none_is_certain() -> None:
    text = "convert 5 km to miles and 3 kg to pounds"
    values = find_values(text, NOW)
    assert stated_unit(text, "from", values, (0, len(text))) is None
    first = (0, text.index(" and"))
    place = stated_unit(text, "from", values, first)
    assert place is not None
    assert text[slice(*place)] == "km"


@pytest.mark.parametrize(
    ("said", "minutes"),
    [
        ("an hour and a half", 90),
        ("half an hour", 30),
        ("two and a half hours", 150),
        ("a quarter of an hour", 15),
        ("three quarters of an hour", 45),
        ("an hour and 15 minutes", 75),
        ("an hour", 60),
    ],
)
def test_a_length_of_time_in_several_words_is_read_in_the_unit_asked_for(said: str, minutes: int) -> None:
    assert given(f"Set a timer for {said}", TIMER) == {"minutes": minutes}
    assert given(f"Play rain sounds for {said}", SOUNDS) == {"hours": minutes / 60}


def test_a_minute_and_a_half_is_no_whole_number_of_minutes() -> None:
    assert given("Set a timer for a minute and a half", TIMER) == {}


@pytest.mark.parametrize(
    ("said", "parts"),
    [
        ("an hour and a half", {"hours": 1, "minutes": 30}),
        ("half an hour", {"minutes": 30}),
        ("a minute and a half", {"minutes": 1, "seconds": 30}),
        ("1 hour and 15 minutes", {"hours": 1, "minutes": 15}),
    ],
)
def test_a_length_of_time_is_dealt_out_to_the_parameters_of_its_parts(said: str, parts: dict[str, int]) -> None:
    assert given(f"Steep the tea for {said}", STEEP) == parts


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("wait an hour and a half, then half a day", ["an hour and a half", "half a day"]),
        ("in an hour and a half", ["an hour and a half"]),
        ("8 km an hour, twice a day", []),
        ("for 20 minutes", []),
        ("for 2 hours and 15 minutes", ["2 hours and 15 minutes"]),
        ("it takes an hour", ["an hour"]),
    ],
)
def test_lengths_of_time_are_found_where_they_take_more_than_a_number_and_a_unit(text: str, found: list[str]) -> None:
    placed = find_durations(text, tokenize(text))
    assert [text[p.start : p.end] for p in placed] == found


MADE = (
    Turn("user", "convert 20 USD to GBP", (Call(CURRENCIES.id, {"amount": 20}),)),
    Turn("assistant", "15.80"),
    Turn("user", "set a timer for 90 minutes", (Call(TIMER.id, {"minutes": 90}),)),
    Turn("assistant", "Done."),
)


def calls_after(turns: tuple[Turn, ...], instruction: str) -> list[tuple[str, dict[str, object]]]:
    """The calls planned for an outline of the instruction, over all of these APIs."""
    model, context = EmbeddedMcfm(), Context(now=NOW, turns=turns)
    request = Request(instruction, documents=(UNITS, CURRENCIES, TIMER, SOUNDS), context=context)
    plan = plan_request(replace(request, outline=anyio.run(model.outline, request, print)))
    return [
        (c.view.document.name, {n: a.value for n, a in c.arguments.items() if isinstance(a, Filled)})
        for c in plan.calls()
    ]


def test_what_was_said_earlier_takes_nothing_from_an_instruction_that_stands_alone() -> None:
    made = ("convert_units", {"value": 5, "from_unit": "km", "to_unit": "miles"})
    assert calls_after(MADE, "convert 5 km to miles") == [made]


def test_a_correction_is_planned_from_its_own_words_alone() -> None:
    assert calls_after(MADE, "make it half an hour") == [("set_timer", {"minutes": 30})]
    assert calls_after(MADE[:2], "and in EUR") == [
        ("convert_currency", {"amount": 20, "from_currency": "USD", "to_currency": "EUR"})
    ]


DIM = parse_document(
    {
        "package": "p",
        "name": "dim",
        "description": "Dims the light.",
        "parameters": [
            {
                "name": "brightness",
                "description": "Brightness percentage from 0 to 100",
                "required": True,
                "schema": {},
            }
        ],
    }
)


@pytest.mark.parametrize(
    ("said", "brightness"), [("20%", 20), ("35 percent", 35), ("half", 50), ("a quarter", 25), ("7", 7)]
)
def test_what_a_document_gives_a_range_of_figures_is_a_number_in_it(said: str, brightness: int) -> None:
    assert given(f"Dim the light to {said}", DIM) == {"brightness": brightness}


@pytest.mark.parametrize(
    "instruction", ["convert 3.5 hours to minutes", "Convert 4.5 hours to minutes.", "from km to miles: 7"]
)
def test_what_states_both_units_of_a_conversion_is_not_refused(instruction: str) -> None:
    assert {"from_unit", "to_unit"} <= {*given(instruction, UNITS)}
