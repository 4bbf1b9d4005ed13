"""Choices, some of them or one, and flags that a document describes as text."""

from collections.abc import Mapping
from datetime import UTC, datetime

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from taskmatrix.core.documents import ApiDocument, Parameter, parse_document
from taskmatrix.core.programs import Program
from taskmatrix.core.protocols import Context, Request, Turn
from taskmatrix.mcfm.embedded import EmbeddedMcfm
from taskmatrix.mcfm.embedded.documents.objects import flatten
from taskmatrix.mcfm.embedded.documents.reading import ParameterView, read_document
from taskmatrix.mcfm.embedded.encoder.loading import load_cross_encoder
from taskmatrix.mcfm.embedded.encoder.sequences import Said
from taskmatrix.mcfm.embedded.values.choosing import choose
from taskmatrix.mcfm.embedded.values.converting import convert_span

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def api(name: str, description: str, **parameters: tuple[str, bool, Mapping[str, JsonValue]]) -> ApiDocument:
    listed = [
        {"name": n, "description": text, "required": required, "schema": dict(schema)}
        for n, (text, required, schema) in parameters.items()
    ]
    return parse_document({"package": "p", "name": name, "description": description, "parameters": listed})


def planned(instruction: str, document: ApiDocument) -> Program:
    request = Request(instruction, documents=(document,), context=Context(now=NOW))
    return anyio.run(EmbeddedMcfm().write, request, print)


def test_a_weekday_that_is_a_choice_is_no_time_to_wait_for() -> None:
    tour = api(
        "book_tour",
        "Book a guided tour of a castle.",
        castle=("The name of the castle.", True, {"type": "string"}),
        day=("Day of the week.", True, {"type": "string", "enum": list(DAYS)}),
    )
    program = planned("Book a tour of the castle Neuschwanstein on Saturday", tour)
    assert program.trigger is None
    assert "day='Saturday'" in program.code


def flag(text: str, **schema: JsonValue) -> ParameterView:
    data = {"name": "x", "description": text, "schema": schema or {"type": "string"}}
    return ParameterView(Parameter.model_validate(data), 0)


@pytest.mark.parametrize(
    "text",
    ["Boolean flag indicating if pets are allowed", "Whether the hotel has a pool", "whether or not to hide it",
     "A boolean value", "True if subtitles are wanted", "bool"],
)  # fmt: skip
def test_a_text_that_is_described_as_true_or_false_is_a_flag(text: str) -> None:
    assert flag(text).type == "bool" and flag(text).flag == ("true", "false")
    assert flag(text, type="boolean").type == "bool" and flag(text, type="boolean").flag is None


@pytest.mark.parametrize(
    "text",
    ["Whether and how old entries are removed", 'A boolean value or "cover"', "The name of the flag", "Flagged words",
     "The country whose flag is meant"],
)  # fmt: skip
def test_other_texts_are_no_flags(text: str) -> None:
    assert flag(text).type == "str"


def test_a_flag_in_words_is_given_as_text() -> None:
    hotel = api(
        "search_hotel",
        "Search for hotels in a city.",
        city=("The city.", True, {"type": "string"}),
        has_wifi=("Boolean flag indicating if the hotel has wifi", False, {"type": "string"}),
    )
    assert "has_wifi='true'" in planned("Search for a hotel in Lisbon that has wifi", hotel).code
    assert "has_wifi" not in planned("Search for a hotel in Lisbon", hotel).code


def test_a_flag_with_choices_is_given_as_the_choice() -> None:
    def hotel(*choices: str) -> ApiDocument:
        wifi = ("Whether the hotel has wifi", False, {"type": "string", "enum": list(choices)})
        city = ("The city.", True, {"type": "string"})
        return api("search_hotel", "Search for hotels in a city.", city=city, has_wifi=wifi)

    assert "has_wifi='True'" in planned("Search for a hotel in Lisbon that has wifi", hotel("True", "False")).code
    assert "has_wifi='Yes'" in planned("Search for a hotel in Lisbon that has wifi", hotel("No", "Yes")).code
    assert flag("", type="string", enum=["yes", "no", "maybe"]).flag is None
    assert flag("", type="string", enum=["on", "off"]).choices == ("on", "off")


TICKETS = api(
    "buy_tickets",
    "Buy tickets for an event.",
    event=("The name of the event.", True, {"type": "string"}),
    number_of_tickets=("How many tickets.", True, {"type": "string", "enum": ["1", "2", "3", "4", "5", "6"]}),
    seats=("The kind of seats.", False, {"type": "string", "enum": ["Standing", "Regular", "Balcony"]}),
)


@pytest.mark.parametrize(
    ("instruction", "number"),
    [
        ("Buy four tickets for the event Jazz Night", "4"),
        ("I need 2 tickets for the event Jazz Night", "2"),
        ("Buy tickets for the event Swan Lake, six of them", "6"),
    ],
)
def test_a_choice_among_numbers_is_read_as_a_number(instruction: str, number: str) -> None:
    assert f"number_of_tickets='{number}'" in planned(instruction, TICKETS).code


def test_of_choices_that_were_said_the_last_one_is_meant() -> None:
    turns = (
        Turn("user", "I want to hear Jazz Night, with two tickets"),
        Turn("assistant", "Do you want Standing, Regular or Balcony seats?"),
        Turn("user", "Balcony please"),
        Turn("assistant", "Balcony seats are sold out. There are Standing and Regular ones."),
    )
    request = Request("Then take regular seats", documents=(TICKETS,), context=Context(turns=turns, now=NOW))
    assert "seats='Regular'" in anyio.run(EmbeddedMcfm().write, request, print).code


PLAYER = api(
    "get_player",
    "Get the statistics of a football player.",
    player=("The name of the player.", True, {"type": "string"}),
    metrics=(
        "What to get of the player.",
        False,
        {"type": "array", "items": {"type": "string", "enum": ["goals", "saves", "minutes_played", "red_cards"]}},
    ),
)


@pytest.mark.parametrize(
    ("instruction", "metrics"),
    [
        ("Get the goals and red cards of the player Ann Lee", "['goals', 'red_cards']"),
        ("Get the statistics of the player Ann Lee, including saves, minutes played and goals",
         "['saves', 'minutes_played', 'goals']"),
        ("Get the statistics of the player Ann Lee with metrics saves", "['saves']"),
    ],
)  # fmt: skip
def test_some_of_the_choices_of_a_list_are_taken_in_the_order_of_the_text(instruction: str, metrics: str) -> None:
    assert f"metrics={metrics}" in planned(instruction, PLAYER).code


def test_choices_that_are_not_spoken_of_are_left_out() -> None:
    assert "metrics" not in planned("Get the statistics of the player Ann Lee", PLAYER).code


@pytest.mark.parametrize(
    ("instruction", "given"),
    [
        ("Get the discriminant of the quadratic with coefficients 2, 3 and -4", "a=2, b=3, c=-4"),
        ("Get the discriminant of the quadratic with a 7, b 3 and c 5", "a=7, b=3, c=5"),
    ],
)
def test_a_list_is_dealt_out_to_parameters_that_are_numbered_alike(instruction: str, given: str) -> None:
    number = {"type": "number"}
    quadratic = api(
        "get_discriminant",
        "Get the discriminant of a quadratic polynomial.",
        a=("The coefficient of the square.", True, number),
        b=("The coefficient of the linear term.", True, number),
        c=("The constant.", True, number),
    )
    assert f"get_discriminant({given})" in planned(instruction, quadratic).code


def described(text: str) -> ParameterView:
    return ParameterView(Parameter.model_validate({"name": "x", "description": text, "schema": {"type": "string"}}), 0)


@pytest.mark.parametrize(
    ("text", "meanings"),
    [
        ("The order. Can be 'asc' for ascending order, or 'desc' for descending order. Default is 'asc'.",
         {"asc": "ascending", "desc": "descending"}),
        ("The unit: 'c' for Celsius, 'f' for Fahrenheit. Default is 'c'.", {"c": "Celsius", "f": "Fahrenheit"}),
        ('One of: * "AND" (all of them) * "OR" (any of them)', {"AND": "all", "OR": "any"}),
        ("A region code, e.g. 'us' for the United States or 'gb' for the United Kingdom", {}),
        ("The text 'as it is' and nothing else", {}),
        ("", {}),
    ],
)  # fmt: skip
def test_choices_may_be_told_with_what_they_mean(text: str, meanings: dict[str, str]) -> None:
    assert described(text).meanings == meanings
    assert described(text).choices == tuple(meanings)


def test_words_that_say_what_a_choice_means_are_that_choice() -> None:
    unit = described("The unit: 'c' for Celsius, 'f' for Fahrenheit.")
    assert convert_span("in degrees Fahrenheit", 3, 21, unit) == "f"
    assert convert_span("in kelvin", 3, 9, unit) is None


@pytest.mark.parametrize(
    ("text", "schema"),
    [
        ("The order of the result.", {"type": "string", "enum": ["asc", "desc"]}),
        ("The order: 'asc' for ascending order, 'desc' for descending order.", {"type": "string"}),
    ],
)
def test_an_abbreviated_choice_is_known_by_the_word_it_is_short_for(
    text: str, schema: Mapping[str, JsonValue]
) -> None:
    words = ("The words to sort.", True, {"type": "array", "items": {"type": "string"}})
    sort = api("sort_words", "Sort a list of words.", words=words, order=(text, False, schema))
    for way, order in (("ascending", "asc"), ("descending", "desc")):
        code = planned(f"Sort the words ['pear', 'apple', 'plum'] in {way} order", sort).code
        assert f"order='{order}'" in code


@given(
    st.text(max_size=80)
    | st.lists(st.sampled_from(["'a'", '"b"', " for ", "(", ")", " e.g. ", ", ", ".", "= x"])).map("".join)
)
def test_any_description_can_be_read_for_choices(text: str) -> None:
    assert all(isinstance(choice, str) and choice for choice in described(text).choices)


def test_of_very_many_choices_those_are_compared_that_are_like_what_is_said() -> None:
    many = [f"item {number} of the list" for number in range(900)]
    assert [c.value for words in ("item 7 of the list", "Item 850") if (c := choose(words, many))] == [
        "item 7 of the list",
        "item 850 of the list",
    ]
    assert choose("something else", many) is None
    numbers = choose("850", list(range(900)))
    assert numbers is not None and numbers.value == 850


def test_of_dozens_of_long_lists_the_choices_that_are_said_are_shown() -> None:
    builder = load_cross_encoder().builder
    schemas = [{"type": "string", "enum": [f"{kind} {n}" for n in range(400)]} for kind in ("oak", "elm", "ash")]
    parameters = {f"wood_{n}": ("A wood.", False, schemas[n % 3]) for n in range(30)}
    view = flatten(read_document(api("plant", "Plant trees.", **parameters)))
    few = flatten(read_document(api("plant", "Plant trees.", wood=("A wood.", False, schemas[0]))))
    pieces = builder.pieces(Said.of("Plant one elm."))
    shown = [chosen for pair in builder.build(pieces, view) for chosen in pair.chosen]
    assert [len(chosen) for chosen in shown] == [5] * 30
    assert [len(chosen) for pair in builder.build(pieces, few) for chosen in pair.chosen] == [16]
    said = builder.pieces(Said.of("Plant elm 317."))
    assert 317 in [i for pair in builder.build(said, view) for chosen in pair.chosen[1:2] for i in chosen]
