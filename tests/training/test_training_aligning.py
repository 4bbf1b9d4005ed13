from datetime import UTC, datetime
from typing import Any

import pytest

from taskmatrix.core.documents import parse_document
from taskmatrix.mcfm.embedded.documents.reading import read_document
from taskmatrix.mcfm.embedded.learning.aligning import (
    CHOICE,
    FALSE,
    OMIT,
    OTHER,
    RESULT,
    SPAN,
    TRUE,
    UNKNOWN,
    Target,
    Text,
    target,
)


def aim(
    text: str,
    schema: dict[str, Any],
    *gold: Any,
    name: str = "value",
    about: str = "",
    required: bool = True,
    **more: Any,
) -> Target:
    """Return the target of one parameter whose accepted values are `gold`."""
    parameter = {"name": name, "description": about, "required": required, "schema": schema}
    document = {"package": "shop", "name": "order", "description": "Order things.", "parameters": [parameter]}
    view = read_document(parse_document(document)).parameters[0]
    return target(view, {name: list(gold)} if gold else {}, Text(text, **more))


def test_a_day_told_from_today_is_found_against_the_day_of_the_text() -> None:
    text, gold, schema = "Bring it next Friday.", "2019-03-08", {"type": "string"}
    on_that_day = aim(text, schema, gold, name="date", now=datetime(2019, 3, 1, tzinfo=UTC))
    assert said(text, on_that_day) == ["next Friday"]
    assert aim(text, schema, gold, name="date").kind == OTHER


def said(text: str, found: Target) -> list[str]:
    assert found.kind == SPAN
    return [text[start:end] for start, end in found.spans]


@pytest.mark.parametrize(
    ("text", "schema", "gold", "words"),
    [
        ("Order twelve candles.", {"type": "integer"}, 12, "twelve"),
        ("Order 1,500 candles.", {"type": "integer"}, 1500, "1,500"),
        ("Give them 20% off.", {"type": "number"}, 0.2, "20%"),
        ("Send it to Ada Lovelace.", {"type": "string"}, "Ada Lovelace", "Ada Lovelace"),
        ("Send it to new-york.", {"type": "string"}, "New York", "new-york"),
        ("Ship it on May 5, 2024 please.", {"type": "string"}, "2024-05-05", "May 5, 2024"),
        ("Ring at 7:30 pm.", {"type": "string"}, "19:30", "7:30 pm"),
        ("Buy apples, pears and figs now.", {"type": "array"}, ["apples", "pears", "figs"], "apples, pears and figs"),
        ("Add up 3, 4 and 5.", {"type": "array", "items": {"type": "integer"}}, [3, 4, 5], "3, 4 and 5"),
    ],
)
def test_a_value_is_found_where_the_words_say_it(text: str, schema: dict[str, Any], gold: Any, words: str) -> None:
    assert words in said(text, aim(text, schema, gold))


def test_a_part_of_a_word_is_not_the_value() -> None:
    assert aim("Order a catalogue.", {"type": "string"}, "cat").kind == OTHER


def test_every_place_of_a_value_is_a_target() -> None:
    text = "Move Rome to the front, then show Rome."
    assert said(text, aim(text, {"type": "string"}, "Rome")) == ["Rome", "Rome"]


def test_items_that_lie_far_apart_are_no_list() -> None:
    text = (
        "Buy apples when you are in town on Friday with your sister, and ask whether the shop there still sells figs."
    )
    assert aim(text, {"type": "array"}, ["apples", "figs"]).kind == UNKNOWN


def test_a_choice_is_told_by_its_place_in_the_document() -> None:
    schema = {"type": "string", "enum": ["small", "medium", "extra_large"]}
    assert aim("The biggest one.", schema, "extra large") == Target(CHOICE, choices=(2,))


def test_booleans_are_true_or_false_also_as_words() -> None:
    assert aim("Wrap it.", {"type": "boolean"}, True).kind == TRUE
    assert aim("Do not wrap it.", {"type": "boolean"}, "no").kind == FALSE


def test_a_boolean_default_that_was_written_out_teaches_nothing() -> None:
    assert aim("Order it.", {"type": "boolean", "default": False}, False, required=False).kind == UNKNOWN


def test_a_reference_is_the_result_of_an_earlier_call() -> None:
    assert aim("Cancel it.", {"type": "string"}, {"$ref": "c0", "field": "id"}).kind == RESULT


def test_what_is_not_given_is_omitted() -> None:
    assert aim("Order it.", {"type": "string"}, required=False).kind == OMIT
    assert aim("Order it.", {"type": "integer", "default": 1}, 1, required=False).kind == OMIT


def test_a_required_value_that_nobody_said_is_something_else() -> None:
    assert aim("Order the usual.", {"type": "string"}, "oolong").kind == OTHER
    assert aim("Order the usual.", {"type": "string"}, "oolong", required=False).kind == UNKNOWN


def test_a_code_is_found_by_the_name_it_stands_for() -> None:
    text = "Translate it to French."
    assert "French" in said(text, aim(text, {"type": "string"}, "fr", name="language", about="Language code."))
