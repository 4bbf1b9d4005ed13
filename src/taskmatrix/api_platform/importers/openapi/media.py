"""Media types: which of those a document offers is taken, and what it is like."""

import re
from collections.abc import Iterable

JSON = "application/json"
MULTIPART = "multipart/form-data"
URLENCODED = "application/x-www-form-urlencoded"

_JSON = re.compile(r"(application|text)/([a-z0-9.+*-]*\+)?json\b", re.IGNORECASE)
_TEXT = re.compile(r"text/|application/([a-z0-9.-]*\+)?(xml|yaml|jwt|jose|javascript|graphql|x-?ndjson|jsonl|sql)\b")


def is_json(media: str) -> bool:
    """Whether a body of this type is JSON, as far as a schema is concerned."""
    kind = media.strip()
    return _JSON.match(kind) is not None or kind in ("", "*/*", "application/*")


def is_text(media: str) -> bool:
    """Whether a body of this type is written as text."""
    return is_json(media) or _TEXT.match(media.strip().lower()) is not None


def best_type(offered: Iterable[str]) -> str | None:
    """Return the type that says most about its fields: JSON, else a form, else the first. None for nothing."""
    types = list(offered)
    return min(types, key=_rank, default=None)


def _rank(media: str) -> int:
    kind = media.partition(";")[0].strip().lower()
    if kind == JSON:
        return 0
    if is_json(kind) and "*" not in kind and kind:
        return 1
    return {MULTIPART: 3, URLENCODED: 4}.get(kind, 2 if is_json(kind) else 5)
