"""Values at the border of the sandbox: everything that crosses is JSON.

Both sides of the border run this: it takes the standard library alone.
"""

from __future__ import annotations

import dataclasses
import datetime
import json
import math
import sys
from collections.abc import Mapping, Sequence, Set
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from pydantic import JsonValue

MAX_DEPTH = 100
MAX_INT_BITS = 4096
MAX_SIZE = 32 * 1024 * 1024
"""How large a value may be that a program passes on."""


class NotJsonError(TypeError):
    """A value that has no JSON form; the message names its type and where it sits."""


class TooLargeError(NotJsonError):
    """A value that is too large to pass on."""


def to_json(value: object, *, where: str = "value", most: int | None = None) -> JsonValue:
    """Return the JSON form of a value.

    Tuples become lists, sets sorted lists, dates ISO strings, dataclasses objects. Raises NotJsonError, naming
    the type and the place, for anything else: NaN, bytes, functions, instances, cycles. Raises TooLargeError for what
    is larger than `most`: text counts its characters, everything else 16 a piece. (A list may hold the same text
    a million times, which costs nothing where it comes from and a gigabyte here.)
    """
    try:
        return _Conversion(most).convert(value, 0)
    except _Unfit as unfit:
        kind = TooLargeError if unfit.too_large else NotJsonError
        raise kind(f"{where}{''.join(reversed(unfit.path))} {unfit.reason}") from None


class _Unfit(Exception):  # never leaves this module
    """Why a value has no JSON form; `path` is where within the whole, the innermost step first."""

    def __init__(self, reason: str, *, too_large: bool = False) -> None:
        self.reason = reason
        self.too_large = too_large
        self.path: list[str] = []


class _Conversion:
    """One value on its way; `_room` is how much may still come."""

    def __init__(self, most: int | None) -> None:
        self._most = most or 0
        self._room = most if most is not None else sys.maxsize

    def convert(self, value: object, depth: int) -> JsonValue:
        self._take(16)
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, int | float | str):
            return self._scalar(value)
        if depth >= MAX_DEPTH:
            raise _Unfit(f"is nested more than {MAX_DEPTH} deep, or holds itself")
        if isinstance(value, Mapping):
            return self._mapping(cast("Mapping[object, object]", value), depth)
        if isinstance(value, list | tuple):
            return self._items(cast("list[object]", value), depth)
        if isinstance(value, Set):
            converted = self._items(list(cast("Set[object]", value)), depth)
            return sorted(
                converted, key=lambda item: (type(item).__name__, json.dumps(item, sort_keys=True), str(item))
            )
        if isinstance(value, datetime.date | datetime.time):
            return value.isoformat()
        fields = _fields(value)
        if fields is not None:
            return self._mapping(fields, depth)
        raise _Unfit(f"is {_name(value)}, which cannot leave the program; pass text, numbers, lists or dicts")

    def _scalar(self, value: float | str) -> JsonValue:
        if isinstance(value, str):
            self._take(len(value))
            if not value.isascii():
                _check_text(value)
            return str(value)
        if isinstance(value, float):
            if not math.isfinite(value):
                raise _Unfit(f"is {value}, which is not a number that JSON can hold")
            return float(value)
        if value.bit_length() > MAX_INT_BITS:
            raise _Unfit(f"is a whole number of more than {MAX_INT_BITS} bits")
        return int(value)

    def _items(self, items: Sequence[object], depth: int) -> list[JsonValue]:
        result: list[JsonValue] = []
        try:
            for item in items:
                result.append(self.convert(item, depth + 1))
        except _Unfit as unfit:
            unfit.path.append(f"[{len(result)}]")
            raise
        return result

    def _mapping(self, value: Mapping[object, object], depth: int) -> dict[str, JsonValue]:
        result: dict[str, JsonValue] = {}
        for key, item in value.items():
            if not isinstance(key, str | int) or isinstance(key, bool):
                raise _Unfit(f"has a key that is {_name(key)}; keys must be text")
            text = cast("str", self._scalar(str(key)))
            if text in result:
                raise _Unfit(f"has the key {text!r} twice, as text and as a number")
            try:
                result[text] = self.convert(item, depth + 1)
            except _Unfit as unfit:
                unfit.path.append(f"[{text!r}]")
                raise
        return result

    def _take(self, size: int) -> None:
        self._room -= size
        if self._room < 0:
            raise _Unfit(f"is past {self._most:,} characters in all; pass it on in parts", too_large=True)


def _fields(value: object) -> Mapping[object, object] | None:
    """Return the fields of a dataclass: of a real one, or of the interpreter's stand-in for one."""
    attributes = getattr(value, "attributes", None)
    if getattr(value, "is_dataclass", False) is True and isinstance(attributes, Mapping):
        return cast("Mapping[object, object]", attributes)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    return None


def _check_text(value: str) -> None:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise _Unfit("is text with half a character in it (a lone surrogate)") from None


def _name(value: object) -> str:
    # The sandbox hands over stand-ins for classes and functions, which carry the name of the real thing.
    given = getattr(value, "name", None)
    kind = type(value).__name__
    if kind == "MontyClassProxy" and isinstance(given, str):
        return f"an object of class {given}"
    if kind in ("MontyClassTypeProxy", "MontyStdTypeProxy") and isinstance(given, str):
        return f"the function or class {given}"
    return f"of type {kind}"
