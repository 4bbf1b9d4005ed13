"""JSON as its standard has it: what Python's reader lets pass is refused."""

import json
import math
import re
from collections.abc import Iterable
from typing import NoReturn, cast

DEEPEST = 150
"""Levels that data may nest: what is stored is read again by a parser that goes no deeper than 200."""

_LONG_NUMBER = re.compile(rb"[0-9]{309}")


class JsonFault(ValueError):
    """What is wrong with a JSON text; `code` is that of the DocumentError it stands for."""

    def __init__(self, message: str, code: str = "doc.invalid") -> None:
        super().__init__(message)
        self.code = code


def parse_json(text: bytes) -> object:
    """Parse UTF-8 JSON. Raises JsonFault for anything that another reader might take otherwise.

    That is a key given twice (`json.duplicate_key`), NaN, infinities and integers beyond what a float can hold
    (`json.number`), what is no UTF-8 (`encoding`), data nested more than `DEEPEST` levels.
    """
    try:
        value: object = json.loads(
            text.decode(),
            object_pairs_hook=_object,
            parse_constant=_refuse_constant,
            parse_float=_finite,
            # Slow, so only where a number may be too large.
            parse_int=_within_float if _LONG_NUMBER.search(text) else None,
        )
    except UnicodeDecodeError as error:
        raise JsonFault(f"no UTF-8 (byte {error.start + 1})", "encoding") from error
    except json.JSONDecodeError as error:
        raise JsonFault(f"no JSON: {error.msg} (column {error.pos + 1})") from error
    except RecursionError as error:
        raise JsonFault("nested too deep") from error
    except JsonFault:
        raise
    except ValueError as error:
        # The one thing left: an integer that Python refuses to read for its length.
        raise JsonFault("an integer of more than 4,300 digits", "json.number") from error
    if text.count(b"{") + text.count(b"[") > DEEPEST:
        _refuse_depth(value)
    return value


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise JsonFault(f"the key {key!r} is given twice", "json.duplicate_key")
            seen.add(key)
    return found


def _refuse_depth(value: object) -> None:
    level = [value]
    for _ in range(DEEPEST):
        level = [inner for outer in level for inner in _parts(outer) if isinstance(inner, dict | list)]
        if not level:
            return
    raise JsonFault(f"nested more than {DEEPEST} levels deep")


def _parts(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return cast(dict[str, object], value).values()
    return cast(list[object], value) if isinstance(value, list) else ()


def _refuse_constant(name: str) -> NoReturn:
    raise JsonFault(f"{name} is no JSON number", "json.number")


def _within_float(text: str) -> int:
    number = int(text)
    try:
        float(number)
    except OverflowError:
        raise JsonFault(
            f"an integer of {len(text.lstrip('-')):,} digits is too large for a number", "json.number"
        ) from None
    return number


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise JsonFault(f"{text} is too large for a number", "json.number")
    return number
