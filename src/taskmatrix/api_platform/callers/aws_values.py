"""Values on their way to AWS and back: contents become bytes, and bytes, streams and times become JSON."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol, cast, runtime_checkable

from pydantic import JsonValue

from taskmatrix.core.artifacts import Artifact
from taskmatrix.core.context import RunContext
from taskmatrix.core.errors import ApiArgumentError, ApiLimitError

LARGEST = 10 * 1024 * 1024
"""Bytes of content that one call may return."""

MOST_EVENTS = 10_000
"""Events of a stream that one call may return."""

_LONGEST_TEXT = 64 * 1024
_UNKNOWN = "application/octet-stream"


class Shape(Protocol):
    """The part of botocore's shapes that is used; `members`, `member` and `value` where the type has them."""

    @property
    def type_name(self) -> str:
        """As in the model: `structure`, `list`, `map`, `blob`, …"""
        ...


@runtime_checkable
class _Stream(Protocol):
    def read(self, amt: int | None = None) -> bytes: ...

    def close(self) -> None: ...


def request_value(shape: Shape, value: JsonValue, path: str, context: RunContext) -> object:
    """Return an argument as botocore takes it. Raises ApiArgumentError, ApiFileError."""
    if shape.type_name == "blob":
        return _content(value, path, context)
    if isinstance(value, dict):
        members = cast(Mapping[str, Shape], getattr(shape, "members", {}))
        anything = cast(Shape | None, getattr(shape, "value", None))
        # Null says that there is no value, which AWS has no word for.
        return {
            key: _inner(members.get(key, anything), item, f"{path}.{key}", context)
            for key, item in value.items()
            if item is not None or (anything is None and not members)
        }
    if isinstance(value, list):
        member = cast(Shape | None, getattr(shape, "member", None))
        return [_inner(member, item, f"{path}.{number}", context) for number, item in enumerate(value)]
    return value


def _inner(shape: Shape | None, value: JsonValue, path: str, context: RunContext) -> object:
    return value if shape is None else request_value(shape, value, path, context)


def _content(value: JsonValue, path: str, context: RunContext) -> bytes:
    if isinstance(value, str):
        try:
            return value.encode()
        except UnicodeEncodeError as error:
            raise ApiArgumentError(f"{path} is a text that cannot be written as UTF-8") from error
    if isinstance(value, dict):
        digest, file = value.get("digest"), value.get("path")
        if isinstance(digest, str):
            return context.get_blob(digest)
        if isinstance(file, str):
            return context.read_input(file)
    raise ApiArgumentError(
        f"{path} is no content", hint='give a text, {"path": "a file"}, or an artifact that another call returned'
    )


@dataclass(slots=True)
class Answer:
    """Turns one answer into JSON, keeping its contents as artifacts named after `name`."""

    name: str
    context: RunContext
    left: int = LARGEST

    def json(self, value: object, key: str = "", media_type: str = _UNKNOWN) -> JsonValue:
        """Return a value as JSON. Raises ApiLimitError for contents of more than `LARGEST` bytes in all."""
        match value:
            case None | bool() | int() | str():
                return value
            case float():
                return value if math.isfinite(value) else None
            case Decimal():
                return float(value)
            case datetime() | date():
                return value.isoformat()
            case bytes() | bytearray():
                return self._artifact(bytes(value), key, media_type)
            case Mapping():
                return self._object(cast(Mapping[object, object], value), key)
            case _:
                return self._other(value, key, media_type)

    def _object(self, value: Mapping[object, object], key: str) -> JsonValue:
        stated = value.get("ContentType", value.get("contentType"))
        media_type = stated if isinstance(stated, str) and stated else _UNKNOWN
        return {
            str(name): self.json(item, f"{key}-{name}" if key else str(name), media_type)
            for name, item in value.items()
        }

    def _other(self, value: object, key: str, media_type: str) -> JsonValue:
        if isinstance(value, _Stream):
            try:
                return self._artifact(value.read(self.left + 1), key, media_type)
            finally:
                value.close()
        if isinstance(value, list | tuple):
            return [self.json(each, f"{key}-{n}", media_type) for n, each in enumerate(cast(Iterable[object], value))]
        if isinstance(value, Iterable):
            return self._events(cast(Iterable[object], value), key)
        return str(value)

    def _events(self, events: Iterable[object], key: str) -> JsonValue:
        """Return the events of a stream, which come for as long as the other side sends."""
        found: list[JsonValue] = []
        for event in events:
            if len(found) == MOST_EVENTS:
                raise ApiLimitError(f"{self.name} returned more than {MOST_EVENTS:,} events")
            found.append(self.json(event, f"{key}-{len(found)}"))
        return found

    def _artifact(self, data: bytes, key: str, media_type: str) -> JsonValue:
        if len(data) > self.left:
            raise ApiLimitError(
                f"{self.name} returned more than {LARGEST // 1024 // 1024} MB of content",
                hint="ask for a part of it, such as a range of bytes, where the operation can do that",
            )
        self.left -= len(data)
        handle = Artifact(
            name=f"{self.name}-{key}", media_type=media_type, digest=self.context.put_blob(data), size=len(data)
        )
        said: dict[str, JsonValue] = handle.model_dump(mode="json", exclude_none=True)
        text = _text(data)
        return said if text is None else said | {"text": text}


def _text(data: bytes) -> str | None:
    """Return short content as text, if that is what it is."""
    if len(data) > _LONGEST_TEXT or b"\0" in data:
        return None
    try:
        return data.decode()
    except UnicodeDecodeError:
        return None
