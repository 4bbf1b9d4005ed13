"""Values too large for an event: kept as blobs, shown as a preview."""

import json
from collections.abc import Mapping
from typing import cast

from pydantic import JsonValue

from taskmatrix.core.protocols import BlobStore

MAX_JOURNALLED = 1_000_000
_PREVIEW = 1_000
_KEYS = {"$blob", "preview"}


def shorten(value: JsonValue, blobs: BlobStore) -> JsonValue:
    """Return a value as the journal holds it: itself, or `{"$blob": digest, "preview": text}` over 1 MB."""
    text = json.dumps(value, ensure_ascii=False)
    if len(text) <= MAX_JOURNALLED // 4 or len(text.encode()) <= MAX_JOURNALLED:
        return value
    return {"$blob": blobs.put(text.encode()), "preview": text[:_PREVIEW]}


def shorten_each(values: Mapping[str, JsonValue], blobs: BlobStore) -> dict[str, JsonValue]:
    """Return arguments as the journal holds them."""
    return {name: shorten(value, blobs) for name, value in values.items()}


def restore(value: JsonValue, blobs: BlobStore) -> JsonValue:
    """Return the value that `shorten` was given. Raises NotFoundError."""
    if isinstance(value, dict) and value.keys() == _KEYS and isinstance(value["$blob"], str):
        return cast(JsonValue, json.loads(blobs.get(value["$blob"])))
    return value
