"""Swagger 2: what it says in other words than OpenAPI 3."""

from typing import Any

import pytest
from openapi_documents import Json, only, reading

from taskmatrix.api_platform.http_sources import http_source, security_schemes

PET: Json = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}


def swagger(operation: Json, **more: Any) -> Json:
    paths = {"/pets/{id}": {"post": {"responses": {}} | operation}}
    about = {"swagger": "2.0", "info": {"title": "Pets", "version": "1"}, "host": "pets.example", "basePath": "/v2"}
    return about | {"paths": paths, "definitions": {"Pet": PET}} | more


ID = {"name": "id", "in": "path", "required": True, "type": "integer", "maximum": 9}


def test_the_body_and_the_parameters_become_parameters():
    body = {"name": "pet", "in": "body", "required": True, "schema": {"$ref": "#/definitions/Pet"}}
    found = only(swagger({"parameters": [ID, body]}))

    assert {p.name: (p.required, p.type) for p in found.parameters} == {
        "id": (True, {"type": "integer", "maximum": 9}),
        "name": (True, {"type": "string"}),
    }
    assert http_source(found).parameters["name"].place == "json"


def test_form_fields_with_a_file_are_sent_as_multipart():
    fields = [{"name": "photo", "in": "formData", "type": "file", "required": True},
              {"name": "note", "in": "formData", "type": "string"}]  # fmt: skip
    found = only(swagger({"parameters": [ID, *fields]}))

    assert http_source(found).body == "multipart/form-data"
    assert http_source(found).parameters["photo"].place == "multipart"
    photo, note = found.parameters[1:]
    assert (photo.required, photo.type, note.required) == (True, {"type": "string", "format": "binary"}, False)


@pytest.mark.parametrize(
    ("given", "style", "explode"),
    [
        ("csv", None, False),
        ("ssv", "spaceDelimited", False),
        ("pipes", "pipeDelimited", False),
        ("multi", "form", True),
    ],
)
def test_collection_formats_are_styles(given: str, style: str | None, explode: bool):
    tags = {"name": "tags", "in": "query", "type": "array", "items": {"type": "string"}, "collectionFormat": given}
    place = http_source(only(swagger({"parameters": [ID, tags]}))).parameters["tags"]

    assert (place.style, place.explode) == (style, explode)


@pytest.mark.parametrize(
    ("more", "base", "server"),
    [
        ({"schemes": ["http", "https"]}, None, "https://pets.example/v2"),
        ({"schemes": ["http"]}, None, "http://pets.example/v2"),
        ({}, "http://127.0.0.1:9/swagger.json", "http://pets.example/v2"),
        ({"host": None}, "http://127.0.0.1:9/swagger.json", "http://127.0.0.1:9/v2"),
        ({"host": None}, None, None),
        ({"schemes": ["ws"]}, None, None),
    ],
)
def test_the_server_is_made_of_scheme_host_and_base_path(more: Json, base: str | None, server: str | None):
    assert http_source(only(swagger({"parameters": [ID]}, **more), base)).server == server


def test_security_definitions_are_told_in_the_words_of_version_three():
    schemes = {
        "login": {"type": "basic"},
        "oauth": {"type": "oauth2", "flow": "application", "tokenUrl": "https://pets.example/token", "scopes": {}},
    }
    found = only(swagger({"security": [{"login": []}, {"oauth": []}]}, securityDefinitions=schemes))

    assert security_schemes(found)["login"].scheme == "basic"
    assert set(security_schemes(found)["oauth"].flows or {}) == {"clientCredentials"}


def test_results_are_what_the_operation_produces():
    answers = {"200": {"description": "ok", "schema": {"$ref": "#/definitions/Pet"}}}
    typed = only(swagger({"responses": answers, "produces": ["application/xml", "application/json"]}))
    picture = only(
        swagger({"responses": {"200": {"description": "ok", "schema": {"type": "file"}}}}, produces=["image/png"])
    )

    assert typed.returns.type["required"] == ["name"]
    assert http_source(typed).accept == "application/json"
    assert http_source(picture).accept == "image/png"


def test_the_identity_is_server_and_title():
    assert reading(swagger({})).identity == "openapi:https://pets.example/v2 Pets"
