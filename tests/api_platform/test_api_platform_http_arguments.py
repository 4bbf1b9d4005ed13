import pytest
from http_operations import Caller, operation
from http_server import serving

from taskmatrix.api_platform.validation import fault
from taskmatrix.core.errors import ApiArgumentError

LIST = {
    "$ref": "#/$defs/Node",
    "$defs": {"Node": {"type": "object", "properties": {"next": {"$ref": "#/$defs/Node"}}}},
}


@pytest.mark.parametrize(
    ("schema", "good", "bad"),
    [
        ({"type": "integer", "minimum": 1}, 1, 0),
        ({"type": "integer"}, 2.0, "2"),
        ({"type": "boolean"}, True, 1),
        ({"type": "str"}, "a", 1),
        ({"type": "int"}, 1, 1.5),
        ({"type": ["string", "null"]}, None, 1),
        ({"type": "string", "nullable": True, "enum": ["a"]}, None, "b"),
        ({"type": "string", "x-nullable": True}, None, 1),
        ({"type": "number", "minimum": 0, "exclusiveMinimum": True}, 1, -1),
        ({"type": "number", "exclusiveMaximum": 5}, 4, 5),
        ({"enum": ["a", "b"]}, "a", "c"),
        ({"type": "string", "maxLength": 2}, "ab", "abc"),
        ({"type": "string", "pattern": "^[a-z]+$"}, "abc", "aBc"),
        ({"type": "array", "items": {"type": "integer"}, "maxItems": 2}, [1, 2], [1, "x"]),
        ({"type": "object", "required": ["a"]}, {"a": 1}, {}),
        ({"type": "object", "additionalProperties": False, "properties": {"a": {}}}, {"a": 1}, {"b": 1}),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, {"b": 1}, {"b": "x"}),
        ({"patternProperties": {"^x-": {"type": "integer"}}, "additionalProperties": False}, {"x-a": 1}, {"x-a": "1"}),
        ({"patternProperties": {"^x-": {}}, "additionalProperties": False}, {"x-a": 1}, {"y": 1}),
        ({"oneOf": [{"type": "string"}, {"type": "integer"}]}, 1, []),
        ({"anyOf": [{"required": ["a"]}, {"required": ["b"]}], "type": "object"}, {"b": 1}, {}),
        (LIST, {"next": {"next": {}}}, {"next": {"next": 3}}),
    ],
)
def test_values_are_checked_as_schemas_in_the_wild_mean_it(schema, good, bad) -> None:
    assert fault(schema, good) is None
    assert fault(schema, bad) is not None


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "strnig"},
        {"type": []},
        {"type": 5},
        {"minimum": "5"},
        {"multipleOf": 0},
        {"enum": 3},
        {"required": 4},
        {"properties": []},
        {"items": 7},
        {"$ref": "#/nowhere"},
        {"$ref": "file:///etc/passwd"},
        {"$ref": "#"},
        {"allOf": [{"$ref": "#"}, {"$ref": "#"}]},
        {"pattern": "(?<=a)b(?=c)"},
        {"pattern": "["},
        {"pattern": "(((((a{99}){99}){99}){99}){99})"},
        {"pattern": "a" * 5_000},
        {"maxLength": -1.5, "pattern": 4},
    ],
)
def test_what_a_schema_says_wrongly_is_not_enforced_and_nothing_is_fetched(schema) -> None:
    for value in (7, [7], {"a": 7}):
        assert fault(schema, value) is None


def test_a_reference_to_the_outside_is_never_fetched() -> None:
    with serving() as server:
        server.on("/schema.json", {"type": "string"})
        for schema in ({"$ref": f"{server.url}/schema.json"}, {"$id": f"{server.url}/", "$ref": "schema.json"}):
            assert fault(schema, 7) is None
        assert server.seen == []


@pytest.mark.parametrize("pattern", ["(a+)+$", "^(a|a)*$", "(.*a){20}", "^(([a-z])+.)+[A-Z]([a-z])+$"])
@pytest.mark.parametrize("wrap", [lambda s: s, lambda s: {"type": "object", "patternProperties": {s["pattern"]: {}}}])
def test_patterns_that_make_other_engines_hang_do_not(pattern, wrap) -> None:
    value = "a" * 40 + "!"
    schema = wrap({"type": "string", "pattern": pattern})
    fault(schema, {value: 1} if "patternProperties" in schema else value)  # a hang would run into the time limit


def test_a_schema_that_makes_the_work_explode_is_given_up() -> None:
    again = {"properties": {"a": {"$ref": "#"}}}
    schema = {"anyOf": [{**again, "required": ["no"]}, {**again, "required": ["neither"]}, again]}
    value: dict = {}
    for _ in range(60):
        value = {"a": value}
    assert fault(schema, value) is None


def test_deep_values_are_no_recursion_error() -> None:
    value: dict = {}
    for _ in range(3_000):
        value = {"next": value}
    assert fault(LIST, value) is None


def test_long_values_are_not_repeated_in_messages() -> None:
    said = fault({"type": "string", "maxLength": 3}, "x" * 10_000)
    assert said is not None
    assert len(said) < 300


def test_wrong_missing_and_unknown_arguments_name_the_parameter_and_nothing_is_sent(tmp_path) -> None:
    with serving() as server:
        call = Caller(tmp_path)
        document = operation(
            server,
            "POST",
            parameters={
                "size": {"in": "query", "required": True, "schema": {"type": "string", "enum": ["s", "m"]}},
                "deep": {
                    "in": "json",
                    "schema": {"type": "object", "properties": {"a": {"items": {"type": "integer"}}}},
                },
            },
        )
        for arguments, words in [
            ({}, "needs 'size'"),
            ({"size": None}, "needs 'size'"),
            ({"size": "xl"}, "size: 'xl' is not one of"),
            ({"size": "s", "colour": 1}, "no parameter 'colour'"),
            ({"size": "s", "deep": {"a": [1, "x"]}}, "deep.a[1]: 'x' is not of type integer"),
        ]:
            with pytest.raises(ApiArgumentError) as refused:
                call.call(document, arguments)
            assert words in refused.value.message
        assert refused.value.code == "api-argument"
        assert server.seen == []
        with pytest.raises(ApiArgumentError) as refused:
            call(document, size="xl")
        assert refused.value.hint == "it takes s, m"
