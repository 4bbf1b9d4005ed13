"""Media types: what a body is, as far as a caller must know."""

import re
from typing import Literal

Family = Literal["json", "text", "form", "multipart", "binary"]

BINARY = "application/octet-stream"

_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+*-]+/[A-Za-z0-9!#$&^_.+*-]+(\s*;[\x20-\x7e]*)?")

_TEXTS = frozenset(
    "application/xml application/javascript application/ecmascript application/yaml application/x-yaml "
    "application/graphql application/sql application/x-ndjson application/ndjson application/jsonl "
    "application/json-seq application/x-sh application/toml application/jwt application/vnd.api+yaml".split()
)


def essence(media_type: str) -> str:
    """Return the type without its parameters, in lower case."""
    return media_type.partition(";")[0].strip().lower()


def is_type(media_type: str) -> bool:
    """Whether a text may stand in a `Content-Type`."""
    return _TYPE.fullmatch(media_type) is not None


def family(media_type: str) -> Family:
    """Return how a body of this type is written and read."""
    name = essence(media_type)
    if name in ("*/*", "application/*", "") or re.fullmatch(r"(application|text)/(.+\+)?json", name):
        return "json"
    if name == "application/x-www-form-urlencoded":
        return "form"
    if name.startswith("multipart/"):
        return "multipart"
    if name.startswith("text/") or name in _TEXTS:
        return "text"
    if not name.startswith("image/") and name.endswith(("+xml", "+yaml")):
        return "text"
    return "binary"


def charset(media_type: str) -> str:
    """Return the character encoding a type names, or UTF-8."""
    found = re.search(r"charset\s*=\s*\"?([A-Za-z0-9_.:+-]+)", media_type, re.IGNORECASE)
    return found[1] if found else "utf-8"
