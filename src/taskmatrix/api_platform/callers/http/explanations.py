"""What a server says about a failure, in one line."""

import json
import re

from pydantic import JsonValue

from taskmatrix.api_platform.callers.http import media
from taskmatrix.api_platform.callers.http.sending import Answer
from taskmatrix.core.stubs import clean

LONGEST = 500

_WORDS = ("detail", "message", "error_description", "error_message", "errorMessage", "msg", "description", "reason")
_INNER = ("error", "errors", "fault", "Error", "errorMessages", "details", "faultstring", "title")


def explain(answer: Answer) -> str:
    """Return the explanation in an answer: of problem details (RFC 9457), OAuth, Google, and what else is common."""
    text = answer.content.decode(_codec(answer.headers.get("content-type", "")), "replace")
    try:
        value: JsonValue = json.loads(text)
    except (ValueError, RecursionError):
        return _cut(_plain(text, answer.headers.get("content-type", "")))
    return _cut(_said(value, 0) or ("" if isinstance(value, dict) and not value else text))


def _codec(media_type: str) -> str:
    name = media.charset(media_type)
    try:
        "".encode(name)
    except LookupError:
        return "utf-8"
    return name


def _said(value: JsonValue, depth: int) -> str:
    if isinstance(value, str):
        return value
    if depth > 4:
        return ""
    if isinstance(value, list):
        found = [said for item in value[:5] if (said := _said(item, depth + 1))]
        return "; ".join(dict.fromkeys(found))
    if not isinstance(value, dict):
        return ""
    lowered = {key.lower(): item for key, item in value.items()}
    main = next((said for w in _WORDS if (said := _said(lowered.get(w.lower()), depth + 1))), "")
    where = lowered.get("loc") or lowered.get("field") or lowered.get("pointer")
    if main and where:
        path = ".".join(str(p) for p in where) if isinstance(where, list) else str(where)
        return f"{path}: {main}"
    more = next((said for w in _INNER if (said := _said(lowered.get(w.lower()), depth + 1))), "")
    if main and more and more not in main:
        return f"{main} ({more})"
    return main or more


def _plain(text: str, media_type: str) -> str:
    if "html" not in media_type and text.lstrip()[:1] != "<":
        return text
    title = re.search(r"<(title|h1|message|Message)[^>]{0,200}>([^<]{1,500})", text, re.IGNORECASE)
    return title[2] if title else ""


def _cut(text: str) -> str:
    line = clean(text[: 20 * LONGEST])
    return line if len(line) <= LONGEST else line[:LONGEST] + "…"
