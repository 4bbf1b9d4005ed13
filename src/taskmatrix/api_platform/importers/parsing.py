"""A source's bytes as data: JSON to the letter of its standard, YAML as JSON's superset, both within limits.

Every refusal has a code: `encoding`, `json.duplicate_key`, `json.number`, else `doc.invalid`.
"""

import json
import re
from typing import cast

from pydantic import JsonValue

from taskmatrix.api_platform.importers.reports import Progress
from taskmatrix.api_platform.importers.strict_json import JsonFault, parse_json
from taskmatrix.api_platform.importers.texts import SourceText
from taskmatrix.api_platform.importers.yaml_reading import yaml_to_json
from taskmatrix.core.errors import ImportRefusedError

DEEPEST = 200
"""Levels a document may nest."""

_BOM = b"\xef\xbb\xbf"
_WIDE_BOMS = (b"\xff\xfe", b"\xfe\xff")
_HALF = re.compile(rb"\\u[dD][89a-fA-F]")


def parse_source(source: SourceText, tell: Progress) -> JsonValue:
    """Return the data of a JSON or YAML source, whatever its name ends with. Raises ImportRefusedError."""
    data = source.data.removeprefix(_BOM)
    _refuse_encoding(data, source.location)
    tell("reading", 0, len(data))
    head = data.lstrip()[:1]
    if not head:
        raise _refusal(f"{source.location} is empty")
    if head in b"{[":
        try:
            value = _json(data, source.location)
        except _NoJsonError as error:
            value = _loose(data, source.location, error.refusal, tell)
    else:
        value = _json(yaml_to_json(data, source.location, tell), source.location)
    tell("reading", len(data), len(data))
    return value


class _NoJsonError(Exception):
    """Text that is no JSON at all, and may be YAML; `refusal` says where it breaks off."""

    def __init__(self, refusal: ImportRefusedError) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


def _loose(data: bytes, location: str, refusal: ImportRefusedError, tell: Progress) -> JsonValue:
    """Read what looks like JSON and is none as YAML, which allows comments and trailing commas."""
    try:
        return _json(yaml_to_json(data, location, tell), location)
    except ImportRefusedError as error:
        # Broken JSON is broken YAML too; what the JSON reader says is easier to find.
        raise (refusal if error.code == "doc.invalid" else error) from None


def _json(data: bytes, location: str) -> JsonValue:
    try:
        value = cast(JsonValue, parse_json(data))
    except JsonFault as fault:
        refusal = _refusal(f"{location}: {fault}", fault.code)
        if isinstance(fault.__cause__, json.JSONDecodeError):
            raise _NoJsonError(refusal) from fault
        raise refusal from fault
    _refuse_depth(value, location)
    if _HALF.search(data):
        _refuse_halves(value, location)
    return value


def _refuse_encoding(data: bytes, location: str) -> None:
    if data.startswith(_WIDE_BOMS) or b"\0" in data[:4]:
        raise _refusal(f"{location} is UTF-16 or UTF-32", "encoding", "save it as UTF-8")
    try:
        data.decode()
    except UnicodeDecodeError as error:
        raise _refusal(f"{location}: no UTF-8 (byte {error.start + 1})", "encoding", "save it as UTF-8") from error


def _refuse_depth(value: JsonValue, location: str) -> None:
    level: list[JsonValue] = [value]
    for _ in range(DEEPEST):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer if isinstance(outer, list) else ())
            if isinstance(inner, dict | list)
        ]
        if not level:
            return
    raise _refusal(f"{location} is nested more than {DEEPEST} levels deep")


def _refuse_halves(value: JsonValue, location: str) -> None:
    """Refuse escaped halves of surrogate pairs: such a text has no UTF-8, so no database takes it."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            waiting += [*one, *one.values()]
        elif isinstance(one, list):
            waiting += one
        elif isinstance(one, str) and any("\ud800" <= c <= "\udfff" for c in one):
            raise _refusal(f"{location}: half of a surrogate pair in {one[:40]!a}", "encoding")


def _refusal(message: str, code: str = "doc.invalid", hint: str | None = None) -> ImportRefusedError:
    return ImportRefusedError(message, code=code, hint=hint)
