"""The value of an answer: JSON as it is, text as text, everything else as an artifact."""

import json
import mimetypes
import re
from pathlib import PurePosixPath
from urllib.parse import unquote

import anyio.to_thread
from pydantic import JsonValue
from pydantic_core import from_json

from taskmatrix.api_platform.callers.http import media
from taskmatrix.api_platform.callers.http.sending import Answer
from taskmatrix.core.artifacts import Artifact
from taskmatrix.core.context import RunContext
from taskmatrix.core.errors import ApiError
from taskmatrix.core.stubs import clean
from taskmatrix.policy.redaction import Redactor

_SHOWN = 200
_LONGEST_NAME = 100
_BOM = b"\xef\xbb\xbf"
_HUGE = re.compile(rb"[eE]\+?\d{3}|\d{300}")
"""Where a number may lie beyond what a float can hold."""


async def value_of(answer: Answer, context: RunContext, redactor: Redactor) -> JsonValue:
    """Return what a successful answer holds, without secrets. Raises ApiError for JSON that is none."""
    content = answer.content
    if not content:
        return None
    declared = answer.headers.get("content-type", "")
    if not declared.strip():
        return await _undeclared(answer, context, redactor)
    family = media.family(declared)
    if family == "json":
        try:
            return redactor.value(_json(content, declared))
        except ValueError:
            pass
        start = clean(redactor.text(content[: 4 * _SHOWN].decode("utf-8", "replace")))[:_SHOWN]
        raise ApiError(
            f"the answer calls itself {media.essence(declared)} but is none: {start}",
            hint="report it to the owner of the API",
        )
    if family in ("text", "form"):
        return redactor.text(_text(content, declared))
    return await _artifact(answer, media.essence(declared), context, redactor)


async def _undeclared(answer: Answer, context: RunContext, redactor: Redactor) -> JsonValue:
    try:
        return redactor.value(_json(answer.content, ""))
    except ValueError:
        pass
    try:
        return redactor.text(answer.content.decode("utf-8"))
    except UnicodeDecodeError:
        return await _artifact(answer, media.BINARY, context, redactor)


def _json(content: bytes, media_type: str) -> JsonValue:
    """Parse JSON (RFC 8259: no NaN, no half surrogates). Raises ValueError."""
    encoding = media.charset(media_type).lower()
    if encoding not in ("utf-8", "utf8", "us-ascii", "ascii"):
        content = _text(content, media_type).encode("utf-8", "surrogatepass")
    value: JsonValue = from_json(content.removeprefix(_BOM), allow_inf_nan=False)
    if _HUGE.search(content):
        json.dumps(value, allow_nan=False)  # `1e999` became infinity
    return value


def _text(content: bytes, media_type: str) -> str:
    try:
        return content.decode(media.charset(media_type), "replace").removeprefix("\ufeff")
    except LookupError:
        return content.decode("utf-8", "replace").removeprefix("\ufeff")


async def _artifact(answer: Answer, media_type: str, context: RunContext, redactor: Redactor) -> JsonValue:
    data = redactor.data(answer.content)
    digest = await anyio.to_thread.run_sync(context.put_blob, data)
    name = redactor.text(file_name(answer.headers.get("content-disposition", ""), answer.path, media_type))
    kind = media_type if media.is_type(media_type) else media.BINARY
    return Artifact(name=name, media_type=kind, digest=digest, size=len(data)).model_dump(mode="json")


def file_name(disposition: str, path: str, media_type: str) -> str:
    """Return a name for a file that came: as the server says (RFC 6266), else the path's last part. Never a path."""
    extended = re.search(r"filename\*\s*=\s*([A-Za-z0-9_-]+)'[^']*'([^;\s]+)", disposition, re.IGNORECASE)
    plain = re.search(r'filename\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s]+))', disposition, re.IGNORECASE)
    given = ""
    if extended:
        try:
            given = unquote(extended[2], encoding=extended[1], errors="replace")
        except LookupError:
            given = unquote(extended[2], errors="replace")
    elif plain:
        given = re.sub(r"\\(.)", r"\1", plain[1]) if plain[1] is not None else plain[2]
    name = _safe(given) or _safe(unquote(PurePosixPath(path).name, errors="replace")) or "answer"
    if "." not in name:
        name += mimetypes.guess_extension(media_type) or ""
    return name


def _safe(name: str) -> str:
    last = re.split(r"[/\\]", name)[-1]
    kept = "".join(c for c in clean(last) if c not in '<>:"|?*').strip(" .")
    if len(kept) > _LONGEST_NAME:
        stem, dot, ending = kept.rpartition(".")
        kept = (
            stem[: _LONGEST_NAME - len(ending) - 1] + dot + ending
            if stem and len(ending) < 10
            else kept[:_LONGEST_NAME]
        )
    return kept
