"""OpenAPI 3: parameters, bodies, results, names, servers and security as they reach a document."""

from typing import Any

import pytest
from openapi_documents import Json, document, get, notes, only, post, read, reading, taking

from taskmatrix.api_platform.http_sources import http_source, security_schemes
from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.stubs import render_module

PET = {
    "type": "object",
    "required": ["name", "id"],
    "properties": {
        "id": {"type": "integer", "readOnly": True},
        "name": {"type": "string", "description": "What it is <b>called</b>"},
        "secret": {"type": "string", "writeOnly": True},
        "tags": {"type": "array", "items": {"type": "string"}},
    },
}


TEXTS: Json = {"type": "array", "items": {"type": "string"}}
TEXT: Json = {"type": "string"}


def schema(found: ApiDocument, name: str) -> Json:
    parameter = found.parameter(name)
    assert parameter is not None
    return parameter.type


def test_parameters_of_every_place_become_parameters_with_their_place():
    item = get(
        parameters=[
            {"name": "shopId", "in": "path", "required": True, "schema": {"type": "integer"}},
            {
                "name": "tags",
                "in": "query",
                "explode": False,
                "schema": {"type": "array", "items": {"type": "string"}},
            },
            {"name": "filter", "in": "query", "style": "deepObject", "schema": {"type": "object"}},
            {"name": "where", "in": "query", "content": {"application/json": {"schema": {"type": "object"}}}},
            {"name": "X-Trace", "in": "header", "schema": {"type": "string"}},
            {"name": "theme", "in": "cookie", "schema": {"type": "string"}},
        ]
    )
    source = http_source(only(document({"/shops/{shopId}": item})))

    assert {name: place.model_dump(exclude_defaults=True) for name, place in source.parameters.items()} == {
        "shopId": {"place": "path"},
        "tags": {"place": "query", "explode": False},
        "filter": {"place": "query", "style": "deepObject"},
        "where": {"place": "query", "content": "application/json"},
        "X-Trace": {"place": "header"},
        "theme": {"place": "cookie"},
    }


def test_headers_that_http_owns_are_no_parameters():
    headers = [{"name": name, "in": "header", "schema": {"type": "string"}} for name in ("Accept", "Content-Type")]

    assert only(document({"/a": get(parameters=headers)})).parameters == ()


def test_an_authorization_header_is_a_credential_and_no_argument():
    header = {"name": "Authorization", "in": "header", "required": True, "schema": {"type": "string"}}
    found = only(document({"/a": get(parameters=[header])}))

    assert found.parameters == ()
    assert security_schemes(found)["Authorization"].place == "header"
    assert http_source(found).security == ({"Authorization": ()},)


def test_an_operation_overrides_the_parameters_of_its_path():
    item = get(parameters=[{"name": "q", "in": "query", "schema": {"type": "integer"}}])
    item["parameters"] = [
        {"name": "q", "in": "query", "schema": {"type": "string"}},
        {"name": "page", "in": "query", "schema": {"type": "string"}},
    ]
    found = only(document({"/a": item}))

    assert [p.name for p in found.parameters] == ["q", "page"]
    assert schema(found, "q") == {"type": "integer"}


def test_a_path_variable_that_nobody_declared_is_added_with_a_note():
    found = reading(document({"/shops/{shopId}/{day}": get()}))
    (api,) = found.documents

    assert [(p.name, p.required, p.type) for p in api.parameters] == [
        ("shopId", True, {"type": "string"}),
        ("day", True, {"type": "string"}),
    ]
    assert any("'shopId' is not described" in note.message for note in found.notes.first)


def test_the_fields_of_a_json_body_are_parameters_without_those_only_the_server_writes():
    found = only(document({"/pets": post(PET)}))

    assert [(p.name, p.required, p.description) for p in found.parameters] == [
        ("name", True, "What it is called"),
        ("secret", False, ""),
        ("tags", False, ""),
    ]
    assert http_source(found).body == "application/json"


def test_a_field_that_is_called_like_a_path_variable_gets_a_name_of_its_own():
    body = {"type": "object", "properties": {"id": {"type": "string"}}}
    parameter = {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}
    source = http_source(only(document({"/pets/{id}": post(body, parameters=[parameter])})))

    assert source.parameters["body.id"].place == "json"
    assert source.parameters["body.id"].name == "id"


@pytest.mark.parametrize(
    "body",
    [
        {"type": "array", "items": {"type": "integer"}},
        {"type": "string"},
        {"type": "object"},
        {"type": "object", "additionalProperties": {"type": "integer"}},
        {"oneOf": [PET, {"type": "object", "properties": {"other": {"type": "string"}}}]},
    ],
)
def test_a_body_without_fixed_fields_is_one_parameter(body: Json):
    found = only(document({"/pets": post(body)}))

    assert [p.name for p in found.parameters] == ["body"]
    assert http_source(found).parameters["body"].place == "body"


def test_the_parts_of_allof_are_one_object():
    base = {
        "type": "object",
        "required": ["kind"],
        "properties": {"kind": {"type": "string"}, "x": {"type": "string"}},
    }
    more = {"allOf": [{"$ref": "#/components/schemas/Base"}], "properties": {"x": {"type": "integer"}}}
    found = only(document({"/a": post(more)}, components={"schemas": {"Base": base}}))

    assert {p.name: p.type for p in found.parameters} == {"kind": {"type": "string"}, "x": {"type": "integer"}}


def test_files_go_into_a_multipart_body():
    form = {
        "type": "object",
        "properties": {"photo": {"type": "string", "format": "binary"}, "note": {"type": "string"}},
    }
    found = only(document({"/photos": post(form, media="multipart/form-data")}))

    assert http_source(found).parameters["photo"].place == "multipart"
    assert found.parameters[0].description == "A file: its path, or an artifact."


def test_json_is_preferred_to_a_form_and_a_form_to_xml():
    content: Any = {m: {"schema": PET} for m in ("application/xml", "application/x-www-form-urlencoded")}
    item = post(PET)
    item["post"]["requestBody"]["content"] = content

    assert http_source(only(document({"/a": item}))).body == "application/x-www-form-urlencoded"
    content["text/json"] = {"schema": PET}
    assert http_source(only(document({"/a": item}))).body == "text/json"


def test_xml_is_given_as_text_and_other_content_as_a_file():
    xml = only(document({"/a": post(PET, media="application/xml")}))
    other = only(document({"/a": post({"type": "string"}, media="application/pdf")}))

    assert schema(xml, "body") == {"type": "string"}
    assert schema(other, "body") == {"type": "string", "format": "binary"}


def test_a_nullable_enum_and_limits_are_said_in_the_words_of_json_schema():
    given = {"type": "string", "nullable": True, "enum": ["a", "b"]}
    number = {"type": "number", "minimum": 0, "exclusiveMinimum": True}

    assert schema(only(taking(schema=given)), "q") == {"type": ["string", "null"], "enum": ["a", "b", None]}
    assert schema(only(taking(schema=number)), "q") == {"type": "number", "exclusiveMinimum": 0}


def test_a_default_outside_its_schema_is_left_out_with_a_note():
    found = reading(taking(schema={"type": "integer", "default": "ten"}))
    (api,) = found.documents

    assert schema(api, "q") == {"type": "integer"}
    assert "default was left out" in found.notes.first[0].message


def test_a_parameter_with_a_default_is_never_required():
    found = only(taking(required=True, schema={"type": "integer", "default": 3}))

    assert not found.parameters[0].required
    assert found.parameters[0].default == 3


def test_a_type_nobody_knows_is_left_out_with_a_note():
    found = reading(taking(schema={"type": "uuid", "maxLength": 36}))
    (api,) = found.documents

    assert schema(api, "q") == {"maxLength": 36}
    assert "'uuid' is no type" in found.notes.first[0].message


def test_results_are_typed_without_what_is_only_written():
    answers = {
        "404": {"description": "no such pet"},
        "200": {"description": "the pet", "content": {"application/json": {"schema": PET}}},
    }
    found = only(document({"/a": get(responses=answers)}))

    assert found.returns.description == "the pet"
    assert list(found.returns.type["properties"]) == ["id", "name", "tags"]  # type: ignore[arg-type]
    assert [(e.name, e.description) for e in found.errors] == [("404", "no such pet")]
    assert http_source(found).accept == "application/json"


def test_a_result_that_is_no_json_names_its_media_type():
    answers = {"200": {"description": "A picture.", "content": {"image/png": {"schema": {"type": "string"}}}}}
    found = only(document({"/a": get(responses=answers)}))

    assert found.returns.description == "A picture (image/png)"
    assert found.returns.type == {}
    assert http_source(found).accept == "image/png"


@pytest.mark.parametrize(
    ("method", "kind", "idempotent"),
    [("get", "read", True), ("head", "read", True), ("put", "write", True), ("post", "write", False),
     ("patch", "write", False), ("delete", "destructive", True)],
)  # fmt: skip
def test_the_effect_follows_the_method(method: str, kind: str, idempotent: bool):
    effect = only(document({"/a": {method: {"responses": {}}}})).effects

    assert (effect.kind, effect.idempotent, effect.inferred) == (kind, idempotent, True)


def test_operations_without_an_id_are_named_by_method_and_path():
    paths = {"/pets/{petId}/photos.json": {"get": {}, "delete": {}}, "/": {"get": {}}}

    assert [d.name for d in read(document(paths))] == [
        "get_pets_by_petId_photos_json",
        "delete_pets_by_petId_photos_json",
        "get_root",
    ]


def test_doubled_ids_stay_distinct_whatever_else_the_document_holds():
    paths = {"/a": get(), "/b": get(), "/c": get()}
    names = [d.name for d in read(document(paths))]

    assert names == ["look", "look_get_b", "look_get_c"]
    del paths["/b"]
    assert [d.name for d in read(document(paths))] == ["look", "look_get_c"]


def test_the_package_is_called_by_the_title_and_describes_itself():
    info = {
        "title": "Swagger Petstore - OpenAPI 3.0",
        "version": "1.0",
        "description": "# About\n\nA **pet** store.\n\nMore.",
    }
    found = reading(document({"/a": get()}, info=info))
    (package,) = found.packages

    assert (package.name, package.description, package.version) == ("swagger_petstore", "A pet store.", "1.0")
    assert found.identity == "openapi:https://api.example.com/v1 Swagger Petstore - OpenAPI 3.0"
    assert found.renamable
    named = reading(document({"/a": get()}), package="mine")
    assert (named.packages[0].name, named.renamable) == ("mine", False)


def test_the_description_is_summary_and_description_said_once():
    both = {
        "summary": "List pets",
        "description": "List pets. With <i>paging</i>, see [here](https://x.example).",
        "tags": ["zoo"],
    }
    found = only(document({"/a": get(**both, deprecated=True)}))

    assert found.description == "Deprecated. List pets. With paging , see here. Topic: zoo."


SERVERS = [
    ([{"url": "http://a.example"}, {"url": "https://a.example/"}], None, "https://a.example"),
    ([{"url": "/v2"}], "https://docs.example.com/api/openapi.json", "https://docs.example.com/v2"),
    ([{"url": "v2"}], "https://docs.example.com/api/openapi.json", "https://docs.example.com/api/v2"),
    ([], "https://docs.example.com/api/openapi.json", "https://docs.example.com"),
    ([{"url": "/v2"}], None, None),
    ([{"url": "ftp://a.example"}], None, None),
    (
        [{"url": "https://{region}.a.example/{v}", "variables": {"region": {"enum": ["eu"]}, "v": {"default": "v1"}}}],
        None,
        "https://eu.a.example/v1",
    ),
    ([{"url": "https://{host}/x", "variables": {"host": {"default": "shop.example"}}}], None, "https://shop.example/x"),
]  # fmt: skip


@pytest.mark.parametrize(("servers", "base", "expected"), SERVERS)
def test_the_server_is_settled_by_the_document_and_where_it_came_from(
    servers: list[Json], base: str | None, expected: str | None
):
    assert http_source(only(document({"/a": get()}, servers=servers), base)).server == expected


def test_the_user_may_say_where_it_is_served_which_leaves_the_identity_as_it_is():
    given = document({"/a": get(servers=[{"url": "https://other.example"}])})
    found = reading(given, server="http://127.0.0.1:8080/api/")
    (api,) = found.documents

    assert http_source(api).server == "http://127.0.0.1:8080/api"
    assert found.identity == reading(given).identity


def test_servers_of_an_operation_count_more_than_the_documents():
    item = get(servers=[{"url": "https://files.example"}])

    assert http_source(only(document({"/a": item}))).server == "https://files.example"


def test_without_a_server_the_note_says_what_to_do():
    assert any("--server" in note for note in notes(reading(document({"/a": get()}, servers=[{"url": "/"}]))))


SCHEMES = {
    "key": {"type": "apiKey", "in": "query", "name": "api_key"},
    "login": {"type": "http", "scheme": "Basic"},
    "oauth": {
        "type": "oauth2",
        "flows": {
            "clientCredentials": {"tokenUrl": "/token", "scopes": {"read": "read it", "write": "change it"}},
        },
    },
    "unused": {"type": "http", "scheme": "bearer"},
}


def test_security_keeps_the_schemes_an_operation_uses_and_the_scopes_it_needs():
    item = get(security=[{"oauth": ["read"], "key": []}, {"login": []}])
    found = only(document({"/a": item}, components={"securitySchemes": SCHEMES}), "https://a.example/openapi.json")

    assert set(security_schemes(found)) == {"key", "login", "oauth"}
    assert security_schemes(found)["oauth"].flows == {
        "clientCredentials": {"tokenUrl": "https://a.example/token", "scopes": {"read": "read it"}}
    }
    assert security_schemes(found)["login"].scheme == "basic"
    assert http_source(found).security == ({"oauth": ("read",), "key": ()}, {"login": ()})


def test_the_security_of_the_document_holds_unless_an_operation_says_none():
    parts: Json = {"components": {"securitySchemes": SCHEMES}, "security": [{"key": []}]}

    assert http_source(only(document({"/a": get()}, **parts))).security == ({"key": ()},)
    assert http_source(only(document({"/a": get(security=[])}, **parts))).security == ()


def test_an_api_key_that_is_declared_as_a_parameter_too_is_no_argument():
    key = {"name": "api_key", "in": "query", "schema": {"type": "string"}}
    parts: Json = {"components": {"securitySchemes": SCHEMES}, "security": [{"key": []}]}

    assert only(document({"/a": get(parameters=[key])}, **parts)).parameters == ()


def test_the_stub_of_a_document_can_be_parsed_by_python():
    stub = render_module("shop", read(document({"/pets/{petId}": post(PET), "/class": get(operationId="class")}))).stub

    compile(stub, "shop", "exec")
