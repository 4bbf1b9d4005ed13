"""Files as arguments: a path the user named, or the handle of an artifact."""

import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePath

from pydantic import JsonValue

from taskmatrix.api_platform.callers.http import media
from taskmatrix.api_platform.http_sources import HttpSource
from taskmatrix.core.context import RunContext
from taskmatrix.core.documents import Parameter
from taskmatrix.core.errors import ApiArgumentError


@dataclass(frozen=True, slots=True)
class File:
    """A file on its way."""

    name: str
    media_type: str
    data: bytes = field(repr=False)


def holds_file(parameter: Parameter, source: HttpSource) -> bool:
    """Whether a parameter takes a file (or a list of files), and not the value its schema speaks of."""
    placed = source.parameters.get(parameter.name)
    if placed is None:
        return False
    if placed.place == "body":
        return media.family(source.body or "application/json") == "binary"
    return placed.place == "multipart" and is_file(parameter.type)


def is_file(schema: Mapping[str, JsonValue]) -> bool:
    """Whether a schema means a file: `binary` (OpenAPI 3.0), `contentMediaType` (3.1), `file` (Swagger), lists."""
    if schema.get("format") == "binary" or schema.get("type") == "file":
        return True
    if "contentMediaType" in schema and "contentEncoding" not in schema:
        return True
    inner: list[JsonValue] = [schema.get("items")]
    for key in ("anyOf", "oneOf", "allOf"):
        options = schema.get(key)
        inner += options if isinstance(options, list) else []
    return any(isinstance(option, dict) and is_file(option) for option in inner)


def read_file(value: JsonValue, name: str, context: RunContext) -> File:
    """Read a file argument. Raises ApiFileError, ApiArgumentError for what is neither a path nor a handle."""
    if isinstance(value, str):
        data = context.read_input(value)
        return File(PurePath(value).name, mimetypes.guess_type(value)[0] or media.BINARY, data)
    if isinstance(value, dict) and isinstance(value.get("digest"), str):
        title, media_type = value.get("name"), value.get("media_type")
        return File(
            PurePath(title).name if isinstance(title, str) else name,
            media_type if isinstance(media_type, str) and media.is_type(media_type) else media.BINARY,
            context.get_blob(str(value["digest"])),
        )
    raise ApiArgumentError(
        f"{name} takes a file: {str(value)[:100]!r} is none", hint="give the path of a file, or an artifact"
    )
