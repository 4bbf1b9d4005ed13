"""Documents of both versions, fetched from a server and called there."""

from pathlib import Path
from typing import Any

from http_operations import Caller
from http_server import serving
from openapi_documents import Json

from taskmatrix.api_platform.importers.openapi import read_openapi

PARAMETERS: list[Json] = [
    {"name": "shopId", "in": "path", "required": True, "schema": {"type": "string"}},
    {"name": "tags", "in": "query", "explode": False, "schema": {"type": "array", "items": {"type": "string"}}},
    {"name": "X-Trace", "in": "header", "schema": {"type": "string"}},
    {"name": "theme", "in": "cookie", "schema": {"type": "string"}},
]
BODY = {"type": "object", "properties": {"shopId": {"type": "integer"}, "name": {"type": "string"}}}
SHOP: Json = {
    "openapi": "3.1.0",
    "info": {"title": "Shop"},
    "servers": [{"url": "/v1"}],
    "paths": {
        "/shops/{shopId}/pets": {
            "parameters": PARAMETERS,
            "post": {"requestBody": {"content": {"application/json": {"schema": BODY}}}, "responses": {}},
        }
    },
}
PETS: Json = {
    "swagger": "2.0",
    "info": {"title": "Pets"},
    "basePath": "/v2",
    "paths": {
        "/photos": {
            "post": {
                "parameters": [
                    {"name": "photo", "in": "formData", "type": "file", "required": True},
                    {"name": "note", "in": "formData", "type": "string"},
                ],
                "responses": {},
            }
        },
        "/login": {
            "post": {
                "parameters": [
                    {"name": "roles", "in": "formData", "type": "array", "items": {"type": "string"}},
                    {"name": "user", "in": "formData", "type": "string"},
                ],
                "responses": {},
            }
        },
    },
}


def test_arguments_reach_the_place_the_document_names(tmp_path: Path):
    with serving() as server:
        server.on("/openapi.json", SHOP)
        (api,) = read_openapi(f"{server.url}/openapi.json").documents
        arguments: Any = {"shopId": "a/b", "tags": ["x", "y"], "X-Trace": "7", "theme": "dark", "body.shopId": 5}
        Caller(tmp_path).call(api, arguments | {"name": "Rex"})
        seen = server.last

    assert seen.target == "/v1/shops/a%2Fb/pets?tags=x,y"
    assert (seen.headers["X-Trace"], seen.headers["Cookie"]) == ("7", "theme=dark")
    assert seen.json == {"shopId": 5, "name": "Rex"}


def test_forms_of_swagger_are_sent_as_they_say(tmp_path: Path):
    (tmp_path / "rex.png").write_bytes(b"\x89PNG")
    with serving() as server:
        server.on("/swagger.json", PETS)
        photo, login = read_openapi(f"{server.url}/swagger.json").documents
        call = Caller(tmp_path)
        call.call(photo, {"photo": "rex.png", "note": "good"})
        sent = server.last
        call.call(login, {"roles": ["a", "b"], "user": "me"})
        form = server.last

    assert sent.path == "/v2/photos"
    assert b'name="photo"; filename="rex.png"' in sent.body
    assert b"\x89PNG" in sent.body
    assert form.form == {"roles": ["a,b"], "user": ["me"]}
