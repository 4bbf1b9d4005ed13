import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from taskmatrix.core.documents import ApiDocument, parse_document
from taskmatrix.core.matching import (
    ArgumentCounts,
    ExpectedCall,
    References,
    compare_arguments,
    plain,
    references_in,
    values_match,
)
from taskmatrix.core.protocols import Call

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


def document(**schemas: dict[str, JsonValue]) -> ApiDocument:
    parameters = [{"name": name, "schema": schema} for name, schema in schemas.items()]
    return parse_document({"package": "p", "name": "f", "description": "", "parameters": parameters})


@given(JSON)
def test_every_value_matches_itself_where_nothing_is_said_of_its_type(value: JsonValue) -> None:
    assert values_match(value, value)


@given(st.text())
def test_strings_match_without_case_spaces_and_light_punctuation(text: str) -> None:
    noisy = " ".join(text).upper() + "-_./,*^'\""
    assert values_match(noisy, text) == (plain(noisy) == plain(text))
    assert values_match(text + " -_.,/*^'\"", text)


@pytest.mark.parametrize(
    ("predicted", "accepted", "schema", "same"),
    [
        ("San Francisco", "san-francisco", "string", True),
        ("San Francisco!", "san francisco", "string", False),
        (5, 5.0, "number", True),
        (5.0, 5, "number", True),
        (5.0, 5, "integer", False),
        (5, 5.0, "integer", True),
        (True, 1, "number", False),
        (1, True, "boolean", False),
        (None, None, "string", True),
        (None, False, "boolean", False),
        (5, "5", "integer", True),
        (5, "5", "string", False),
        ("5", "5", "integer", False),
        (True, "true", "boolean", True),
        (False, "False", "boolean", True),
        ([1, 2], "[1, 2]", "array", True),
        ([1, 2], "(1, 2)", "array", True),
        ({"a": "x"}, "{'a': 'X'}", "object", True),
        ("[1, 2]", "[1, 2]", "string", True),
        ([1, 2], [2, 1], "array", False),
        ([1], [1, 1], "array", False),
        ({"a": 1}, {"a": 1, "b": 2}, "object", False),
        ("ten", "ten", "integer", True),
        (1, "{1, 2}", "array", False),
    ],
)
def test_values_match_as_the_formats_say(predicted: JsonValue, accepted: JsonValue, schema: str, same: bool) -> None:
    assert values_match(predicted, accepted, {"type": schema}) is same


def test_elements_and_fields_follow_their_own_schemas() -> None:
    assert not values_match([1.0], [1], {"type": "array", "items": {"type": "integer"}})
    schema: dict[str, JsonValue] = {"type": "object", "properties": {"n": {"type": "integer"}}}
    assert values_match({"n": 3}, {"n": "3"}, schema)


@pytest.mark.parametrize("text", ["[" * 5000, "1" * 5000, "\x00", "", "{", "__import__('os')", "'" * 3])
def test_an_accepted_text_that_cannot_be_parsed_stays_a_text(text: str) -> None:
    assert values_match(text, text, {"type": "array"})
    assert not values_match([], text, {"type": "array"})


def test_a_reference_matches_only_the_call_that_stands_for_its_own() -> None:
    known = References({"c0": "p3"})
    assert values_match({"$ref": "p3"}, {"$ref": "c0", "field": "x"}, {}, known)
    assert values_match({"$ref": "p3", "field": "other[0]"}, {"$ref": "c0"}, {}, known)
    assert not values_match({"$ref": "p1"}, {"$ref": "c0"}, {}, known)
    assert not values_match("p3", {"$ref": "c0"}, {}, known)
    assert not values_match({"$ref": "p3"}, "p3", {}, known)
    assert values_match([{"$ref": "p3"}, 1], [{"$ref": "c0"}, 1], {}, known)


def test_references_are_found_at_any_depth() -> None:
    assert references_in({"a": [{"$ref": "x"}, {"b": {"$ref": "y", "field": "z"}}], "$ref": 3}) == ["x", "y"]


def test_given_missing_forbidden_and_optional_arguments_are_counted() -> None:
    expected = ExpectedCall("p.f", {"a": [1, 2], "b": ["x"], "c": [], "d": ["y"]}, optional=frozenset({"b"}))
    api = document(a={}, b={}, c={}, d={}, e={"default": 7}, g={})

    def counts(**arguments: JsonValue) -> ArgumentCounts:
        return compare_arguments(Call("p.f", arguments), expected, api)

    assert counts(a=2, d="y").right
    assert counts(a=2, d="y", b="x").right
    assert counts(a=2, d="y", e=7).right, "a default repeated counts for nothing"
    assert counts(a=2) == ArgumentCounts(1, 1, 2)
    assert counts(a=3, d="y") == ArgumentCounts(1, 2, 2)
    assert not counts(a=2, d="y", b="z").right, "an optional argument must be right where it is given"
    assert not counts(a=2, d="y", c=1).right, "an empty list forbids"
    assert not counts(a=2, d="y", e=8).right
    assert not counts(a=2, d="y", g=None).right


@given(st.dictionaries(st.text(min_size=1), JSON, max_size=5))
def test_a_call_that_echoes_what_is_accepted_is_right(arguments: dict[str, JsonValue]) -> None:
    arguments = json.loads(json.dumps(arguments))
    expected = ExpectedCall("p.f", {name: ["other", value] for name, value in arguments.items()})
    assert compare_arguments(Call("p.f", arguments), expected, None).right
