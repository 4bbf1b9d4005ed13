"""OpenAPI documents for tests, and how to read them."""

import json
from typing import Any

from taskmatrix.api_platform.importers.openapi import read_openapi_text
from taskmatrix.api_platform.importers.reading import ImportOptions, Reading
from taskmatrix.api_platform.importers.texts import SourceText
from taskmatrix.core.documents import ApiDocument

Json = dict[str, Any]


def document(paths: Json, **more: Any) -> Json:
    """Return a document of version 3 with these paths, served at api.example.com."""
    servers = [{"url": "https://api.example.com/v1"}]
    return {"openapi": "3.0.3", "info": {"title": "Shop", "version": "1"}, "servers": servers, "paths": paths} | more


def get(**more: Any) -> Json:
    """Return a GET operation that answers nothing in particular."""
    return {"get": {"operationId": "look", "responses": {"200": {"description": "what is there"}}} | more}


def post(schema: Json, *, media: str = "application/json", **more: Any) -> Json:
    """Return a POST operation with a body."""
    body = {"required": True, "content": {media: {"schema": schema}}}
    return {"post": {"operationId": "add", "requestBody": body, "responses": {}} | more}


def taking(**parameter: Any) -> Json:
    """Return a document with one operation that takes one parameter in the query."""
    return document({"/a": get(parameters=[{"name": "q", "in": "query"} | parameter])})


def reading(data: Json | str | bytes, base: str | None = None, **options: Any) -> Reading:
    """Read a document."""
    text = data if isinstance(data, bytes) else (data if isinstance(data, str) else json.dumps(data)).encode()
    return read_openapi_text(SourceText(text, "shop.json", base), ImportOptions(**options))


def read(data: Json | str | bytes, base: str | None = None, **options: Any) -> list[ApiDocument]:
    """Read a document and all of its operations."""
    return list(reading(data, base, **options).documents)


def only(data: Json | str | bytes, base: str | None = None, **options: Any) -> ApiDocument:
    """Read a document with one operation."""
    (found,) = read(data, base, **options)
    return found


def notes(found: Reading) -> list[str]:
    """Return what a reading noted, after taking its documents."""
    list(found.documents)
    return [note.message for note in found.notes.first]
