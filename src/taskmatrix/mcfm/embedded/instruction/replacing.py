"""A value of an earlier instruction replaced by another one of its kind: a time by a time, a name by a name.

What is replaced is found by what it is, not by where it stands: `8:15` takes the place of `half past seven`, and
`in EUR` that of `to GBP`.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from taskmatrix.mcfm.embedded.instruction.clauses import VERBS
from taskmatrix.mcfm.embedded.instruction.language import PREPOSITIONS, STOP_WORDS, stem
from taskmatrix.mcfm.embedded.values.candidates import Candidate, find_values
from taskmatrix.mcfm.embedded.values.currencies import currency_code, currency_symbols
from taskmatrix.mcfm.embedded.values.measuring import same_kind, unit
from taskmatrix.mcfm.embedded.values.times import find_time

_WORD = re.compile(r"[^\W\d_]+")
_EDGE = re.compile(r"^(?:(?P<preposition>[a-z]+)\s+)?(?:the\s+)?(?P<value>.*?)(?:,?\s+please)?[\s.!?,]*$", re.I | re.S)
_FIGURES = re.compile(r"[-−]?\d[\d.,]*")
_COUNTED = re.compile(r"[\s-]?([A-Za-z]+)")
_SIGN = re.compile(rf"(?:[A-Z]{{1,2}})?{currency_symbols()}$")
_TOWARDS = frozenset(("to", "in", "into"))
_HOURS = 24
_COUNTS = ("number", "percent")
_QUOTES = "\"'`“”‘’"
_ALIKE = {
    "name": ("name", "quote"),
    "quote": ("quote", "name"),
    "time": ("time", "hour"),
    "number": ("number", "percent", "hour", "time"),
}
"""What may take the place of what, the likeliest first."""


@dataclass(frozen=True, slots=True)
class Value:
    """A value at `start:end` of a text: what it is, the unit of a number, and the preposition before it."""

    start: int
    end: int
    kind: str
    unit: str = ""
    preposition: str = ""
    counted: bool = False
    """Whether a unit or a currency has a number before it."""


def replace_alike(before: str, said: str, taken: Sequence[str], now: datetime | None = None) -> str | None:
    """Return a text with what is `said` (`8:15`, `in EUR`) in place of its value of that kind.

    Of several the one behind the same preposition is meant, else one that calls have `taken`, else the last. None
    where what is said is no value alone, or the text has none of its kind.
    """
    edge = _EDGE.match(said.strip())
    if edge is None or not edge["value"]:
        return None
    preposition = (edge["preposition"] or "").lower()
    words = said.strip()[edge.start("value" if preposition in PREPOSITIONS else 0) : edge.end("value")]
    preposition = preposition if preposition in PREPOSITIONS else ""
    new = next((v for v in _values(f"to {words}", now) if (v.start, v.end) == (3, 3 + len(words))), None)
    if new is None:
        return None
    known = list(_values(before, now))
    for kind in _ALIKE.get(new.kind, (new.kind,)):
        places = [v for v in known if v.kind == kind and _fits(new, v, words)]
        if places:
            place = max(places, key=lambda v: _likeness(v, preposition, words, before, taken))
            return _put(before, place, new, words)
    return None


def _put(before: str, place: Value, new: Value, words: str) -> str:
    old = before[place.start : place.end]
    if place.kind in ("name", "quote"):
        return replace_name(before, old.strip(_QUOTES), words.strip(_QUOTES))
    figures = _FIGURES.search(old) if place.kind in _COUNTS and new.kind == "number" and not new.unit else None
    start, end = figures.span() if figures else (0, len(old))  # the unit stays
    return before[: place.start] + old[:start] + words + old[end:] + before[place.end :]


def replace_name(text: str, old: str, new: str) -> str:
    """Return the text with one name for another; in small letters where it stood so, as in the name of a file."""

    def put(found: re.Match[str]) -> str:
        return new.lower() if found[0].islower() and not old.islower() else new

    return re.sub(rf"(?<!\w){re.escape(old)}(?!\w)", put, text, flags=re.I)


def _fits(new: Value, old: Value, words: str) -> bool:
    if old.kind in ("hour", "time"):
        return new.kind == "time" or (words.isdigit() and int(words) <= _HOURS)
    if new.kind == "number":
        money = currency_code(new.unit) and currency_code(old.unit)
        return not new.unit or new.unit == old.unit or same_kind(new.unit, old.unit) or bool(money)
    if new.kind == "unit":
        return new.unit == old.unit or same_kind(new.unit, old.unit)
    return True


def _likeness(value: Value, preposition: str, words: str, before: str, taken: Sequence[str]) -> tuple[bool | int, ...]:
    towards = value.preposition in _TOWARDS and preposition in _TOWARDS
    source = value.counted and preposition == "from"
    same = source or (bool(preposition) and (value.preposition == preposition or towards))
    plain = before[value.start : value.end].strip(_QUOTES)
    alike = value.kind not in ("name", "quote") or _is_name(plain) == _is_name(words.strip(_QUOTES))
    return same, not value.counted, alike, any(plain.casefold() == t.casefold() for t in taken), value.start


def _is_name(words: str) -> bool:
    return all(not word[0].islower() for word in words.split())


def _values(text: str, now: datetime | None) -> Iterator[Value]:
    """The values of a text by what they are; a number with its unit, and no number within a date or a time."""
    found = find_values(text, now)
    closed = [v for v in found if v.kind in ("date", "time", "quote", "path", "url", "email")]
    for value in found:
        inside = any(c is not value and c.contains(value) for c in closed)
        if value.kind in ("date", "time"):
            yield from _of_moment(text, value)
        elif value.kind in ("number", "percent") and not inside:
            yield _measured(text, value)
        elif value.kind in ("color", "email", "url", "path", "quote"):
            yield _valued(text, value.start, value.end, value.kind)
        elif value.kind == "name" and not inside and not _is_other(value):
            yield _valued(text, value.start, value.end, "name")
    for word in _WORD.finditer(text):
        if any(c.start <= word.start() and word.end() <= c.end for c in closed):
            continue
        counted = bool(re.search(r"\d\s*$", text[: word.start()]))
        kind = "currency" if currency_code(word[0]) else "unit" if unit(word[0]) and len(word[0]) > 1 else ""
        if kind and (kind == "currency" or word[0].lower() not in PREPOSITIONS):
            name = unit(word[0]) if kind == "unit" else ""
            yield Value(word.start(), word.end(), kind, name, _before(text, word.start()), counted)


def _is_other(value: Candidate) -> bool:
    return bool(currency_code(value.text)) or value.text.lower() in VERBS


def _valued(text: str, start: int, end: int, kind: str) -> Value:
    return Value(start, end, kind, preposition=_before(text, start))


def _measured(text: str, value: Candidate) -> Value:
    """A number with what it counts (a unit, a currency, things) behind or before it; one behind `at` is an hour."""
    preposition = _before(text, value.start)
    if not any(c.isdigit() for c in value.text):
        return Value(value.start, value.end, "number", value.unit, preposition)
    sign = _SIGN.search(text[: value.start + 1]) if text[value.start] in currency_symbols() else None
    if sign is not None:
        return Value(value.start, value.end, "number", currency_code(sign[0]), preposition)
    behind = _COUNTED.match(text, value.end)
    word = behind[1] if behind and behind[1].lower() not in STOP_WORDS else ""
    counted = value.unit or currency_code(word) or stem(word)
    if counted and behind is not None:
        return Value(value.start, behind.end(), "number", counted, preposition)
    hour = preposition == "at" and not value.unit and re.fullmatch(r"\d\d?", value.text.strip())
    kind = "percent" if value.kind == "percent" else "hour" if hour else "number"
    return Value(value.start, behind.end() if behind else value.end, kind, value.unit, preposition)


def _of_moment(text: str, value: Candidate) -> Iterator[Value]:
    """The time and the day that a moment says, each for itself."""
    said = text[value.start : value.end]
    clock = find_time(said)
    if clock is None:
        yield _valued(text, value.start, value.end, "date")
        return
    yield _valued(text, value.start + clock.start, value.start + clock.end, "time")
    head, tail = said[: clock.start], said[clock.end :]
    head = re.sub(r"[\s,]+(?:(?:at|by|around)\s*)?$", "", head, flags=re.I)
    rest = head or re.sub(r"^[\s,]+(?:(?:on)\s+)?", "", tail, flags=re.I)
    if len(rest) > 2:
        start = value.start if head else value.end - len(rest)
        yield _valued(text, start, start + len(rest), "date")


def _before(text: str, start: int) -> str:
    found = re.search(r"([A-Za-z]+)\s+(?:the\s+|an?\s+)?[\"'“‘]?$", text[:start])
    word = found[1].lower() if found else ""
    return word if word in PREPOSITIONS else ""
