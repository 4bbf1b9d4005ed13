"""What a rule says of an argument: `amount > 100`, `message.to = *@example.org`, `*path* != reports/*`."""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal, cast

from pydantic import JsonValue

from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.errors import SettingError

Operator = Literal["=", "!=", "<", "<=", ">", ">="]

_WRITTEN = re.compile(r"\s*(?P<path>.+?)\s*(?P<operator><=|>=|!=|=|<|>)\s*(?P<value>.*?)\s*", re.DOTALL)
_MOST_STEPS = 20


@dataclass(frozen=True, slots=True)
class Condition:
    """Compares the values that an argument has.

    `path` leads to them by names, each a glob, with dots between; lists are gone through. `=` and `!=` compare with
    a glob, texts as they are and other values as JSON; `<`, `<=`, `>` and `>=` compare numbers.
    """

    path: str
    operator: Operator
    value: str

    def __str__(self) -> str:
        return f"{self.path} {self.operator} {self.value}"

    def holds(self, document: ApiDocument, arguments: Mapping[str, JsonValue], *, strictly: bool) -> bool:
        """Whether a call is meant; an argument that is left out has the default its document states.

        `strictly`, as what runs without asking has to be, all values found must fit, and there must be one. Else,
        as what is asked about or refused, one is enough, and what may be read as a number counts as one.
        """
        given = {p.name: p.default for p in document.parameters if p.has_default} | dict(arguments)
        found = [value for part in _at(given, self.path.split(".")) for value in _plain(part)]
        fits = (self._fits(value, strictly=strictly) for value in found)
        return bool(found) and all(fits) if strictly else any(fits)

    def _fits(self, value: JsonValue, *, strictly: bool) -> bool:
        number = _number(value, strictly=strictly)
        if number is not None and number != number:  # NaN compares with nothing: only what is strict relies on that
            return not strictly
        if self.operator in ("=", "!="):
            same = fnmatchcase(_text(value), self.value) or (number is not None and number == _bound(self.value))
            return same == (self.operator == "=")
        bound = _bound(self.value)
        if number is None or bound is None:
            return False
        return {"<": number < bound, "<=": number <= bound, ">": number > bound, ">=": number >= bound}[self.operator]


def read_condition(text: str) -> Condition:
    """Read a condition as it is written. Raises SettingError saying what is wrong with it."""
    found = _WRITTEN.fullmatch(text)
    if found is None:
        raise SettingError(f"{text!r} is no condition", hint='write it as in "amount > 100" or "to = *@example.org"')
    path, operator, value = found["path"], cast(Operator, found["operator"]), found["value"]
    steps = path.split(".")
    if not all(steps) or len(steps) > _MOST_STEPS:
        raise SettingError(f"{path!r} in {text!r} is no path to an argument", hint="write names with dots between")
    if operator not in ("=", "!=") and _bound(value) is None:
        raise SettingError(f"{value!r} in {text!r} is no number", hint="texts are compared with = and != only")
    return Condition(path, operator, value)


def _at(value: JsonValue, steps: list[str]) -> Iterator[JsonValue]:
    """Yield what lies at a path. A name may hold dots itself, so a name may take several steps."""
    if not steps:
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _at(item, steps)
    elif isinstance(value, dict):
        for name, item in value.items():
            for taken in range(1, len(steps) + 1):
                if fnmatchcase(name, ".".join(steps[:taken])):
                    yield from _at(item, steps[taken:])


def _plain(value: JsonValue) -> Iterator[JsonValue]:
    """Yield the texts, numbers, booleans and nulls in a value."""
    waiting = [value]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            waiting.extend(part.values())
        elif isinstance(part, list):
            waiting.extend(part)
        else:
            yield part


def _text(value: JsonValue) -> str:
    if isinstance(value, str):
        return value
    try:
        return json.dumps(value)
    except ValueError:  # an integer of more digits than Python writes
        return ""


def _number(value: JsonValue, *, strictly: bool) -> float | int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return value
    return None if strictly or not isinstance(value, str) else _parsed(value)


def _bound(text: str) -> float | int | None:
    """Return the number a rule names; None for what is none."""
    number = _parsed(text)
    return number if number == number else None


def _parsed(text: str) -> float | int | None:
    for kind in (int, float):
        with suppress(ValueError):
            return kind(text)
    return None
