"""The body of a request: JSON, forms, multipart, text, or a file as it is."""

import json
import math
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import anyio.to_thread
from pydantic import JsonValue

from taskmatrix.api_platform.callers.http import media, styles
from taskmatrix.api_platform.callers.http.files import File, is_file, read_file
from taskmatrix.api_platform.http_sources import HttpParameter, HttpSource
from taskmatrix.core.context import RunContext
from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.errors import ApiArgumentError

_FORM = HttpParameter.model_validate({"in": "form"})
_WITH_BODY = ("POST", "PUT", "PATCH")


@dataclass(frozen=True, slots=True)
class Body:
    """What is sent, and its media type."""

    content: bytes = field(repr=False)
    media_type: str


async def build_body(
    document: ApiDocument, source: HttpSource, arguments: Mapping[str, JsonValue], context: RunContext
) -> Body | None:
    """Return the body of a call; None where there is none. Raises ApiArgumentError, ApiFileError."""
    placed = {n: p for n, p in source.parameters.items() if p.place in ("json", "form", "multipart", "body")}
    given = {n: (placed[n], value) for n, value in arguments.items() if n in placed}
    whole = next(((n, value) for n, (spec, value) in given.items() if spec.place == "body"), None)
    if whole is not None:
        return await _whole(source.body or "application/json", whole[0], whole[1], document, context)
    fields = {spec.name or n: (spec, value) for n, (spec, value) in given.items()}
    places = {spec.place for spec in placed.values()}
    if "multipart" in places:
        files = {placed[p.name].name or p.name for p in document.parameters if p.name in placed and is_file(p.type)}
        values = {name: value for name, (_, value) in fields.items()}
        return await _multipart(values, files, source.body, context) if values else None
    if "form" in places:
        pieces = [piece for name, (spec, value) in fields.items() for piece in styles.in_query(name, value, spec)]
        return _form(pieces) if pieces or source.method.upper() in _WITH_BODY else None
    # A body whose fields are all optional is `{}` rather than nothing: servers that read JSON refuse nothing.
    if fields or ("json" in places and source.method.upper() in _WITH_BODY):
        return _json({name: value for name, (_, value) in fields.items()}, source.body or "application/json")
    return None


async def _whole(media_type: str, name: str, value: JsonValue, document: ApiDocument, context: RunContext) -> Body:
    family = media.family(media_type)
    if family == "json":
        return _json(value, media_type if "*" not in media_type else "application/json")
    if family == "text":
        return Body(_text(value, media_type), media_type if "*" not in media_type else "text/plain")
    if family == "binary":
        file = await anyio.to_thread.run_sync(read_file, value, name, context)
        return Body(file.data, file.media_type if "*" in media_type else media_type)
    if not isinstance(value, dict):
        raise ApiArgumentError(f"{name} takes an object with the fields of the form")
    if family == "form":
        return _form([piece for key, item in value.items() for piece in styles.in_query(key, item, _FORM)])
    parameter = document.parameter(name)
    properties = parameter.type.get("properties") if parameter else None
    known = properties if isinstance(properties, dict) else {}
    files = {key for key, inner in known.items() if isinstance(inner, dict) and is_file(inner)}
    return await _multipart(value, files, media_type, context)


def _json(value: JsonValue, media_type: str) -> Body:
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return Body(text.encode(), media_type)
    except (ValueError, RecursionError):
        raise ApiArgumentError("an argument holds what JSON has no word for", hint="no NaN, no infinity") from None


def _text(value: JsonValue, media_type: str) -> bytes:
    if isinstance(value, list) and "json" in media.essence(media_type):  # one JSON text for each line
        return "".join(_json(item, "").content.decode() + "\n" for item in value).encode()
    try:
        return styles.scalar(value).encode(media.charset(media_type))
    except (LookupError, UnicodeEncodeError):
        raise ApiArgumentError(f"the text cannot be written as {media.charset(media_type)}") from None


def _form(pieces: Sequence[str]) -> Body:
    return Body("&".join(pieces).encode("ascii"), "application/x-www-form-urlencoded")


async def _multipart(
    fields: Mapping[str, JsonValue], files: set[str], media_type: str | None, context: RunContext
) -> Body:
    boundary = secrets.token_hex(16)
    out: list[bytes] = []
    for name, value in fields.items():
        for item in value if isinstance(value, list) else [value]:
            if name in files or (isinstance(item, dict) and {"digest", "media_type"} <= item.keys()):
                part = _file_part(await anyio.to_thread.run_sync(read_file, item, name, context))
            else:
                part = _field_part(item)
            out += [f'--{boundary}\r\nContent-Disposition: form-data; name="{_quoted(name)}"'.encode(), part, b"\r\n"]
    out.append(f"--{boundary}--\r\n".encode())
    kind = media.essence(media_type or "multipart/form-data")
    return Body(b"".join(out), f"{kind if '*' not in kind else 'multipart/form-data'}; boundary={boundary}")


def _file_part(file: File) -> bytes:
    head = f'; filename="{_quoted(file.name)}"\r\nContent-Type: {file.media_type}\r\n\r\n'
    return head.encode() + file.data


def _field_part(value: JsonValue) -> bytes:
    if isinstance(value, dict | list):
        return b"\r\nContent-Type: application/json\r\n\r\n" + _json(value, "").content
    if isinstance(value, float) and not math.isfinite(value):
        raise ApiArgumentError(f"{value} is no number that can be sent")
    try:
        return b"\r\n\r\n" + styles.scalar(value).encode()
    except UnicodeEncodeError:
        raise ApiArgumentError("half of a surrogate pair cannot be sent") from None


def _quoted(name: str) -> str:
    """Return a name as it stands between quotes in a part's header (WHATWG, as browsers do)."""
    text = name.encode("utf-8", "replace").decode()
    return text.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
