"""Values too large for an event: kept as blobs, shown as a preview."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from pydantic import JsonValue

from taskmatrix.core.protocols import BlobStore
from taskmatrix.executor.looks import look_of, size_of

MAX_JOURNALLED = 1_000_000
_encode = json.JSONEncoder(ensure_ascii=False).encode
_PREVIEW = 1_000
_KEYS = {"$blob", "preview"}


@dataclass(frozen=True, slots=True)
class Stub:
    """What the journal holds of a large value: the digest of its JSON, what it is, and its beginning."""

    digest: str
    look: str
    preview: str


def shorten(value: JsonValue, blobs: BlobStore) -> JsonValue:
    """Return a value as the journal holds it: itself, or `{"$blob": digest, "look", "preview"}` over 1 MB.

    A value that looks like such a stub is kept so too: nobody makes the journal name a blob by returning its digest.
    """
    if value is None or isinstance(value, bool | int | float) or (isinstance(value, str) and len(value) < _PREVIEW):
        return value
    text = _encode(value)
    small = len(text) <= MAX_JOURNALLED // 4 or len(text.encode()) <= MAX_JOURNALLED
    if small and not (isinstance(value, dict) and "$blob" in value):
        return value
    data = text.encode()
    return {"$blob": blobs.put(data), "look": f"{look_of(value)}, {size_of(len(data))}", "preview": text[:_PREVIEW]}


def shorten_each(values: Mapping[str, JsonValue], blobs: BlobStore) -> dict[str, JsonValue]:
    """Return arguments as the journal holds them."""
    return {name: shorten(value, blobs) for name, value in values.items()}


def restore(value: JsonValue, blobs: BlobStore) -> JsonValue:
    """Return the value that `shorten` was given. Raises NotFoundError."""
    stub = stub_of(value)
    return value if stub is None else cast(JsonValue, json.loads(blobs.get(stub.digest)))


def stub_of(value: JsonValue) -> Stub | None:
    """Return the stub that stands in a journal for a large value; None for a value that is there itself."""
    if not isinstance(value, dict) or value.keys() - {"look"} != _KEYS:
        return None
    digest, look, preview = value["$blob"], value.get("look", "large value"), value["preview"]
    if isinstance(digest, str) and isinstance(look, str) and isinstance(preview, str):
        return Stub(digest, look, preview)
    return None
