"""From the schema of a tool's input to one for each parameter, that stands alone."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from taskmatrix.api_platform.importers.mcp.schemas import MOST_NODES, fields_of, standalone
from taskmatrix.core.errors import DocumentError


def references(value: JsonValue) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield str(value["$ref"])
        for item in value.values():
            yield from references(item)
    elif isinstance(value, list):
        for item in value:
            yield from references(item)


def one(schema: dict[str, JsonValue]) -> dict[str, JsonValue]:
    (field,) = fields_of(schema)
    return field.schema


def test_a_parameter_brings_only_what_it_refers_to() -> None:
    defs: dict[str, JsonValue] = {"A": {"$ref": "#/$defs/B"}, "B": {"type": "string"}, "C": {"type": "null"}}
    found = {f.name: f.schema for f in fields_of({"$defs": defs, "properties": {"a": {"$ref": "#/$defs/A"}, "n": {}}})}
    assert found == {
        "a": {"$ref": "#/$defs/A", "$defs": {"A": {"$ref": "#/$defs/B"}, "B": {"type": "string"}}},
        "n": {},
    }


def test_a_reference_to_the_whole_schema_stays_a_cycle() -> None:
    schema: dict[str, JsonValue] = {"properties": {"child": {"$ref": "#"}}}
    assert one(schema) == {
        "$ref": "#/$defs/root",
        "$defs": {"root": {"properties": {"child": {"$ref": "#/$defs/root"}}}},
    }


def test_a_reference_to_another_parameter_becomes_a_definition() -> None:
    schema: dict[str, JsonValue] = {"properties": {"a": {"type": "string"}, "b": {"$ref": "#/properties/a"}}}
    found = {f.name: f.schema for f in fields_of(schema)}
    assert found["b"] == {"$ref": "#/$defs/a", "$defs": {"a": {"type": "string"}}}


def test_places_with_one_last_name_are_kept_apart() -> None:
    schema: dict[str, JsonValue] = {
        "$defs": {"x": {"type": "string"}},
        "definitions": {"x": {"type": "null"}},
        "properties": {"a": {"anyOf": [{"$ref": "#/$defs/x"}, {"$ref": "#/definitions/x"}]}},
    }
    assert sorted(str(v) for v in one(schema)["$defs"].values()) == ["{'type': 'null'}", "{'type': 'string'}"]  # pyright: ignore


def test_the_parts_of_an_object_are_put_together_and_alternatives_require_nothing() -> None:
    schema: dict[str, JsonValue] = {
        "required": ["a"],
        "properties": {"a": {}},
        "allOf": [{"properties": {"b": {}}, "required": ["b"]}, {"$ref": "#/$defs/more"}],
        "oneOf": [{"properties": {"d": {}}, "required": ["d"]}],
        "$defs": {"more": {"properties": {"c": {}}}},
    }
    assert {f.name: f.required for f in fields_of(schema)} == {"a": True, "b": True, "c": False, "d": False}


def test_an_object_made_of_itself_ends() -> None:
    assert fields_of({"allOf": [{"$ref": "#"}] * 30, "properties": {"a": {}}})[0].name == "a"
    several: JsonValue = [{"$ref": f"#/$defs/{name}"} for name in "abc"]
    defs: JsonValue = {name: {"allOf": several, "properties": {name: {}}} for name in "abc"}
    assert {f.name for f in fields_of({"$defs": defs, "allOf": several})} == set("abc")


def test_many_places_with_one_last_name_are_no_work_without_end() -> None:
    inner: JsonValue = {f"p{n}": {"properties": {"x": {"type": "string"}}} for n in range(5_000)}
    uses: JsonValue = [{"$ref": f"#/$defs/p{n}/properties/x"} for n in range(5_000)]
    (field,) = fields_of({"$defs": inner, "properties": {"a": {"anyOf": uses}}})
    assert len(field.schema["$defs"]) == 5_000  # pyright: ignore


@pytest.mark.parametrize("target", ["https://example.com/s.json", "file:///etc/hosts", "other.json#/a", "//host/x"])
def test_a_reference_that_leads_out_is_refused_and_never_fetched(target: str) -> None:
    for read in (fields_of, standalone):
        with pytest.raises(DocumentError) as refused:
            read({"properties": {"a": {"$ref": target}}})
        assert refused.value.code == "ref.external"


def test_a_reference_to_nothing_is_refused() -> None:
    with pytest.raises(DocumentError, match="not there"):
        fields_of({"properties": {"a": {"$ref": "#/$defs/none"}}})


def test_what_grows_beyond_measure_is_refused() -> None:
    # Each parameter brings the same large definition along.
    large: JsonValue = {"enum": list(range(1_000))}
    properties: JsonValue = {f"p{n}": {"$ref": "#/$defs/large"} for n in range(MOST_NODES // 1_000 + 1)}
    with pytest.raises(DocumentError, match="larger than"):
        fields_of({"$defs": {"large": large}, "properties": properties})


NAMES = st.sampled_from(["a", "b", "c/d", "e~f", "g%h"])
POINTERS = NAMES.map(lambda name: "#/$defs/" + name.replace("~", "~0").replace("/", "~1"))
SCHEMAS = st.recursive(
    st.just({}) | st.builds(lambda p: {"$ref": p}, POINTERS | st.just("#")) | st.just({"type": "string"}),
    lambda inner: (
        st.builds(lambda i: {"items": i}, inner)
        | st.builds(lambda p: {"properties": p}, st.dictionaries(NAMES, inner, max_size=3))
    ),
    max_leaves=8,
)


@given(
    st.fixed_dictionaries(dict.fromkeys(["a", "b", "c/d", "e~f", "g%h"], SCHEMAS)),
    st.dictionaries(NAMES, SCHEMAS, min_size=1, max_size=4),
)
def test_every_reference_of_a_parameter_leads_into_its_own_schema(
    defs: dict[str, JsonValue], properties: dict[str, JsonValue]
) -> None:
    for field in fields_of({"$defs": defs, "properties": properties}):
        for reference in references(field.schema):
            name = reference.removeprefix("#/$defs/").replace("~1", "/").replace("~0", "~")
            assert name in field.schema["$defs"]  # pyright: ignore
        standalone(field.schema)
