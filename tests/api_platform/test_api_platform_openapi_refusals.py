"""What an import refuses, with a code and the field's path, and what it survives."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openapi_documents import Json, document, get, notes, only, post, read, reading, taking

from taskmatrix.api_platform.http_sources import http_source
from taskmatrix.core.errors import ImportRefusedError
from taskmatrix.core.stubs import render_module


def refusal(data: Json | str | bytes, **options: Any) -> ImportRefusedError:
    with pytest.raises(ImportRefusedError) as caught:
        read(data, **options)
    return caught.value


def to(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


CYCLES = {
    "itself": {"A": to("A")},
    "two": {"A": to("B"), "B": to("A")},
    "allOf": {"A": {"allOf": [to("B"), {"properties": {"x": {"type": "string"}}}]}, "B": {"allOf": [to("A")]}},
    "properties": {"A": {"type": "object", "properties": {"next": to("A"), "x": {"type": "string"}}}},
    "items": {"A": {"type": "array", "items": to("A")}},
    "choice": {"A": {"oneOf": [to("A"), {"type": "string"}, {"type": "array", "items": to("A")}]}},
    "thirty": {
        f"{'A' if i == 0 else i}": {"type": "object", "properties": {f"p{j}": to(str(j or "A")) for j in range(30)}}
        for i in range(30)
    },
    "chain": {**{f"{'A' if i == 0 else i}": to(str(i + 1)) for i in range(3_000)}, "3000": {"type": "string"}},
    "fan": {
        **{f"{'A' if i == 0 else i}": {"allOf": [to(str(i + 1))] * 10} for i in range(30)},
        "30": {"type": "object", "properties": {"z": {"type": "string"}}},
    },
}


@pytest.mark.parametrize("name", CYCLES)
def test_schemas_that_contain_themselves_are_accepted_and_stay_small(name: str):
    answers = {"200": {"description": "it", "content": {"application/json": {"schema": to("A")}}}}
    (found,) = read(document({"/a": post(to("A"), responses=answers)}, components={"schemas": CYCLES[name]}))

    assert len(json.dumps(found.to_json())) < 40_000
    compile(render_module("shop", [found]).stub, "shop", "exec")


def test_a_recursive_schema_refers_to_its_own_definitions():
    answers = {"200": {"description": "it", "content": {"application/json": {"schema": to("A")}}}}
    found = only(document({"/a": get(responses=answers)}, components={"schemas": CYCLES["properties"]}))

    properties: Any = found.returns.type["properties"]
    assert properties == {"next": {"$ref": "#/$defs/A"}, "x": {"type": "string"}}
    assert found.returns.type["$defs"] == {"A": {"type": "object", "properties": properties}}


OUTSIDE = ["file:///etc/hostname", "../../secret.yaml", "https://a.example/x.json#/X", "http://169.254.169.254/latest",
    "/etc/hostname", "//a.example/x", "%2e%2e/secret.yaml", "..\\secret.yaml", "C:\\x.yaml", "ftp:x"]  # fmt: skip


@pytest.mark.parametrize("reference", OUTSIDE)
def test_a_reference_to_the_outside_is_never_fetched_and_refuses_the_document(reference: str):
    error = refusal(taking(schema={"type": "array", "items": {"$ref": reference}}))

    assert (error.code, error.path) == ("ref.external", "paths./a.get.parameters.0.schema.items.$ref")


def test_references_to_the_outside_are_refused_wherever_they_matter():
    outside = {"$ref": "https://a.example/x"}
    places: list[Json] = [
        document({"/a": outside, "/b": get()}),
        document({"/a": get(parameters=[outside])}),
        document({"/a": get(responses={"default": outside})}),
        document({"/a": get()}, components={"schemas": {"value": outside}}),
        document({"/a": get()}, components={"securitySchemes": {"x": outside}}),
        document({"/a": get(requestBody=outside)}),
    ]

    assert [refusal(place).code for place in places] == ["ref.external"] * len(places)


def test_a_reference_written_with_escapes_is_found_too():
    text = json.dumps(taking(schema={"$ref": "https://a.example/x"})).replace('"$ref"', '"\\u0024ref"')

    assert refusal(text).code == "ref.external"


def test_an_example_of_a_reference_is_no_reference():
    example = {"$ref": "https://a.example/x"}

    assert read(taking(schema={"type": "object", "example": example, "default": example}, example=example))


def test_operations_in_files_that_did_not_come_along_are_left_out():
    found = reading(document({"/a": {"$ref": "./paths/a.yaml"}, "/b": get(), "/c": {"get": {"$ref": "c.yaml#/get"}}}))

    assert [api.name for api in found.documents] == ["look"]
    assert [problem.message for problem in found.invalid.first] == [
        "/a: its operations are not in the document",
        "GET /c: it is not in the document",
    ]


def test_a_document_whose_operations_are_all_elsewhere_is_refused():
    assert refusal(document({"/a": {"$ref": "./paths/a.yaml"}})).code == "ref.external"


def test_an_operation_with_parameters_elsewhere_is_documented_and_not_callable():
    found = reading(document({"/a": get(parameters=[{"$ref": "./network.json#/parameters/Version"}])}))
    (api,) = found.documents

    assert api.source.kind == "none"
    assert any("cannot be called" in note.message for note in found.notes.first)


def test_a_schema_that_is_elsewhere_is_left_open_with_a_note():
    given = taking(schema={"$ref": "./schemas/x.yaml"})

    assert only(given).parameters[0].type == {}
    assert any("did not come with the document" in note for note in notes(reading(given)))


FAULTS = [{"multipleOf": 0}, {"maxLength": -1}, {"minimum": 3, "maximum": 2}, {"enum": []}, {"pattern": 5},
    {"minItems": "x"}]  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_schema_that_nothing_can_meet_is_refused_with_its_path(fault: Json):
    error = refusal(taking(schema={"type": "array", "items": {"type": "string"} | fault}))

    assert error.code == "doc.invalid"
    assert error.path == f"paths./a.get.parameters.0.schema.items.{next(iter(fault))}"


def test_a_pattern_that_takes_for_ever_is_kept_and_never_run():
    given = {"type": "string", "pattern": "(a+)+$", "default": "a" * 40 + "!", "example": "a" * 40 + "!"}

    assert only(taking(schema=given)).parameters[0].type["pattern"] == "(a+)+$"


@pytest.mark.parametrize(
    "server",
    [
        {"url": "https://{host}/"},
        {"url": "https://{host}/", "variables": {"host": {"description": "yours"}}},
        {"url": "{base}/v1", "variables": {}},
        {"url": "https://a.example:{port}"},
    ],
)
def test_a_host_that_is_left_open_is_refused_unless_the_user_says_it(server: Json):
    given = document({"/a": get()}, servers=[server])

    assert refusal(given).code == "doc.invalid"
    assert refusal(given).path.startswith("servers.0.variables.")
    assert http_source(only(given, server="https://mine.example")).server == "https://mine.example"


# Put together here, so that nobody takes them for real ones.
KEYS = [
    "AKIA" + "QWERTYUIOPASDFGH",
    "sk-" + "q9w8e7r6t5y4u3i2o1p0a9s8",
    "ghp_" + "q9W8e7R6t5Y4u3I2o1P0a9S8d7F6g5H4j3K2",
    "AIza" + "SyQ9w8E7r6T5y4U3i2O1p0A9s8D7f6G5h4J",
]


@pytest.mark.parametrize("key", KEYS)
def test_a_credential_in_the_document_is_refused_without_showing_it(key: str):
    scheme = {"type": "apiKey", "in": "header", "name": "X-Key", "description": f"Use {key}"}
    places: list[Json] = [
        document({"/a": get()}, components={"securitySchemes": {"k": scheme}}),
        document({"/a": get()}, servers=[{"url": f"https://a.example/{key}"}]),
        taking(schema={"type": "string", "default": key}),
    ]
    for place in places:
        error = refusal(place)
        assert error.code == "secret.in_doc"
        assert key not in f"{error} {error.path} {error.hint}"


@pytest.mark.parametrize("field", ["value", "x-api-key", "x-token", "clientSecret", "password"])
def test_a_scheme_that_holds_its_value_is_refused(field: str):
    scheme = {"type": "apiKey", "in": "header", "name": "X-Key", field: "q9w8e7r6t5"}
    error = refusal(document({"/a": get()}, components={"securitySchemes": {"k": scheme}}))

    assert (error.code, error.path) == ("secret.in_doc", f"components.securitySchemes.k.{field}")


@pytest.mark.parametrize("word", ["YOUR_API_KEY", "<token>", "xxxxxxxxxxxx", "{apiKey}", "A key, sent with each call"])
def test_a_placeholder_is_no_credential(word: str):
    scheme = {"type": "apiKey", "in": "header", "name": "X-Key", "value": word}

    assert read(document({"/a": get()}, components={"securitySchemes": {"k": scheme}}))


def test_a_user_name_in_the_address_of_a_server_is_refused():
    assert refusal(document({"/a": get()}, servers=[{"url": "https://me:word@a.example"}])).code == "secret.in_doc"


def test_a_token_in_the_address_is_kept_nowhere():
    server = {"url": "https://a.example/bot{token}", "variables": {"token": {"default": "123:q9w8e7r6t5"}}}
    (found,) = read(document({"/a": get()}, servers=[server]))

    assert "q9w8" not in json.dumps(found.to_json())
    assert http_source(found).server is None


def test_a_default_that_looks_like_a_credential_is_left_out():
    given = taking(name="app_key", schema={"type": "string", "default": "4dc1aeba0a3721f0f8e79a55e2514bc7"})

    assert only(given).parameters[0].type == {"type": "string"}


@pytest.mark.parametrize(
    ("data", "path"),
    [
        ("[]", "openapi"),
        ("{}", "openapi"),
        ('{"openapi": "2.1", "paths": {}}', "openapi"),
        ('{"swagger": "1.2", "paths": {}}', "swagger"),
        ('{"openapi": "3.0.0", "paths": []}', "paths"),
        ('{"openapi": "3.0.0", "paths": {}}', "paths"),
        ('{"openapi": "3.1.0", "webhooks": {"x": {"post": {}}}}', "paths"),
    ],
)
def test_what_is_no_document_with_operations_is_refused(data: str, path: str):
    error = refusal(data)

    assert (error.code, error.path) == ("doc.invalid", path)


JUNK: Any = st.recursive(
    st.sampled_from([None, True, 0, -1, 1.5, "", "x", "#", "#/paths", "{x}", "string", "object"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(
        st.sampled_from(["$ref", "type", "properties", "items", "allOf", "enum", "in", "name", "schema", "get", ""]),
        inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
WHOLE = document(
    {"/a/{id}": {"parameters": [{"name": "id", "in": "path", "schema": {"type": "integer"}}], **post(to("A"))}},
    components={"schemas": CYCLES["properties"], "securitySchemes": {"k": {"type": "http", "scheme": "bearer"}}},
    security=[{"k": []}],
)


def spots(value: Any) -> list[tuple[Any, Any]]:
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    return [(value, key) for key in keys] + [spot for key in keys for spot in spots(value[key])]


@settings(max_examples=150)
@given(st.data())
def test_whatever_stands_anywhere_is_read_or_refused(data: st.DataObject):
    broken = json.loads(json.dumps(WHOLE))
    for _ in range(data.draw(st.integers(1, 3))):
        place, key = data.draw(st.sampled_from(spots(broken)))
        place[key] = data.draw(JUNK)
        if not spots(broken):
            break
    try:
        render_module("shop", read(broken))
    except ImportRefusedError as error:
        assert error.code in ("doc.invalid", "ref.external", "secret.in_doc")
