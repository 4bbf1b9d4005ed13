"""Values at the border of the sandbox: everything that crosses is JSON."""

import datetime
import json
import math
from collections.abc import Mapping, Set
from typing import cast

from pydantic import JsonValue

MAX_DEPTH = 100
MAX_INT_BITS = 4096


class NotJsonError(TypeError):
    """A value that has no JSON form; the message names its type and where it sits."""


def to_json(value: object, *, where: str = "value") -> JsonValue:
    """Return the JSON form of a value.

    Tuples become lists, sets sorted lists, dates ISO strings, dataclasses objects. Raises NotJsonError, naming
    the type and the place, for anything else: NaN, bytes, functions, instances, cycles.
    """
    return _convert(value, where, 0)


def _convert(value: object, where: str, depth: int) -> JsonValue:
    if depth > MAX_DEPTH:
        raise NotJsonError(f"{where} is nested more than {MAX_DEPTH} deep, or holds itself")
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float | str):
        return _scalar(value, where)
    if isinstance(value, Mapping):
        return _mapping(cast("Mapping[object, object]", value), where, depth)
    if isinstance(value, list | tuple):
        items = cast("list[object]", value)
        return [_convert(item, f"{where}[{i}]", depth + 1) for i, item in enumerate(items)]
    if isinstance(value, Set):
        converted = [_convert(item, where, depth + 1) for item in cast("Set[object]", value)]
        return sorted(converted, key=lambda item: (type(item).__name__, json.dumps(item, sort_keys=True), str(item)))
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    attributes = getattr(value, "attributes", None)
    if getattr(value, "is_dataclass", False) is True and isinstance(attributes, Mapping):
        return _mapping(cast("Mapping[object, object]", attributes), where, depth)
    raise NotJsonError(
        f"{where} is {_name(value)}, which cannot leave the program; pass text, numbers, lists or dicts"
    )


def _scalar(value: float | str, where: str) -> JsonValue:
    if isinstance(value, str):
        if any("\ud800" <= c <= "\udfff" for c in value):
            raise NotJsonError(f"{where} is text with half a character in it (a lone surrogate)")
        return str(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise NotJsonError(f"{where} is {value}, which is not a number that JSON can hold")
        return float(value)
    if value.bit_length() > MAX_INT_BITS:
        raise NotJsonError(f"{where} is a whole number of more than {MAX_INT_BITS} bits")
    return int(value)


def _mapping(value: Mapping[object, object], where: str, depth: int) -> dict[str, JsonValue]:
    result: dict[str, JsonValue] = {}
    for key, item in value.items():
        if not isinstance(key, str | int) or isinstance(key, bool):
            raise NotJsonError(f"{where} has a key that is {_name(key)}; keys must be text")
        text = cast(str, _scalar(str(key), where))
        if text in result:
            raise NotJsonError(f"{where} has the key {text!r} twice, as text and as a number")
        result[text] = _convert(item, f"{where}[{text!r}]", depth + 1)
    return result


def _name(value: object) -> str:
    # The sandbox hands over stand-ins for classes and functions, which carry the name of the real thing.
    given = getattr(value, "name", None)
    kind = type(value).__name__
    if kind == "MontyClassProxy" and isinstance(given, str):
        return f"an object of class {given}"
    if kind in ("MontyClassTypeProxy", "MontyStdTypeProxy") and isinstance(given, str):
        return f"the function or class {given}"
    return f"of type {kind}"
