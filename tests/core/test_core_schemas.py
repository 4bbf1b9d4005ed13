import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from taskmatrix.core.schemas import TypeWriter, kind

KEYS = st.sampled_from(
    ["type", "enum", "const", "items", "properties", "required", "anyOf", "oneOf", "allOf", "$ref", "default"]
) | st.text(max_size=8)
TYPES = st.sampled_from(
    ["string", "integer", "number", "array", "object", "null", "List[int]", "dict", "#/properties/a"]
)
SCHEMAS = st.recursive(
    st.none() | st.booleans() | st.integers() | TYPES | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=20,
)


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({}, "Any"),
        ({"type": "string"}, "str"),
        ({"type": "str"}, "str"),
        ({"type": "integer"}, "int"),
        ({"type": "number"}, "float"),
        ({"type": ["string", "null"]}, "str"),
        ({"type": ["string", "integer"]}, "Any"),
        ({"type": "List[int]"}, "list"),
        ({"type": "array"}, "list"),
        ({"enum": ["a", "b", None]}, "str"),
        ({"enum": ["a", 1]}, "Any"),
        ({"properties": {}}, "dict"),
        ({"items": {}}, "list"),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, "int"),
        ({"anyOf": [{"type": "integer"}, {"type": "string"}]}, "Any"),
        ({"type": "wild guess"}, "Any"),
        ({"type": 7}, "Any"),
    ],
)
def test_a_schema_stands_for_one_type_or_any(schema: dict[str, JsonValue], expected: str) -> None:
    assert kind(schema) == expected


@pytest.mark.parametrize(
    ("schema", "expression"),
    [
        ({"type": "string"}, "str"),
        ({"type": ["string", "null"]}, "str | None"),
        ({"enum": ["a", "b"]}, "Literal['a', 'b']"),
        ({"const": 3}, "Literal[3]"),
        ({"type": "array", "items": {"type": "integer"}}, "list[int]"),
        ({"type": "List[str]"}, "list[str]"),
        ({"type": "object", "additionalProperties": {"type": "number"}}, "dict[str, float]"),
        ({"anyOf": [{"type": "integer"}, {"type": "string"}]}, "int | str"),
        ({"anyOf": [{"type": "integer"}, {}]}, "Any"),
        ({"$ref": "#/$defs/x", "$defs": {"x": {"type": "boolean"}}}, "bool"),
        ({"$ref": "https://example.org/schema.json"}, "Any"),
        ({"enum": list(range(100))}, "int"),
    ],
)
def test_a_schema_is_written_as_a_type(schema: dict[str, JsonValue], expression: str) -> None:
    assert TypeWriter().expression(schema, "X") == expression


def test_objects_become_classes_with_what_is_required() -> None:
    writer = TypeWriter()
    schema: dict[str, JsonValue] = {
        "type": "object",
        "properties": {"id": {"type": "integer"}, "tags": {"type": "array", "items": {"type": "string"}}},
        "required": ["id"],
    }
    assert writer.expression(schema, "Slide") == "Slide"
    assert writer.classes == ["class Slide(TypedDict):\n    id: int\n    tags: NotRequired[list[str]]"]
    assert writer.expression(schema, "Slide", reading=True) == "Slide2"


def test_a_schema_that_holds_itself_ends() -> None:
    schema: dict[str, JsonValue] = {
        "type": "object",
        "properties": {"child": {"$ref": "#"}, "next": {"$ref": "#/properties/next"}},
    }
    writer = TypeWriter()
    writer.expression(schema, "Node")
    assert len("".join(writer.classes)) < 10_000


@given(st.dictionaries(KEYS, SCHEMAS, max_size=5))
def test_any_schema_is_written_as_python(schema: dict[str, JsonValue]) -> None:
    writer = TypeWriter()
    expression = writer.expression(schema, "X")
    ast.parse(expression, mode="eval")
    ast.parse("\n".join(writer.classes))
    assert kind(schema) in {"str", "int", "float", "bool", "None", "list", "dict", "Any"}
