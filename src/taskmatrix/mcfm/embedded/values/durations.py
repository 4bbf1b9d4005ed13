"""Lengths of time: `two and a half hours`, `90 minutes`, `1h30`, `PT1H30M`; written as ISO 8601 or in a unit."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from taskmatrix.mcfm.embedded.instruction.language import PREPOSITIONS, Token
from taskmatrix.mcfm.embedded.values.measuring import converted, unit
from taskmatrix.mcfm.embedded.values.numerals import calculated, read_figure, speaks_of_number

MAX_LENGTH = 80
_SECONDS = {
    "millisecond": 0.001,
    "second": 1,
    "minute": 60,
    "hour": 3600,
    "day": 86_400,
    "week": 604_800,
    "fortnight": 1_209_600,
}
_MONTHS = {"month": 1, "year": 12}
UNITS = ("week", "day", "hour", "minute", "second")
"""Those that a length of time is taken apart into, where each has a parameter of its own."""


@dataclass(frozen=True, slots=True)
class Duration:
    """Months, and seconds (how long a month is depends on where it starts). `smallest`: the last unit said."""

    months: float = 0
    seconds: float = 0
    smallest: str = ""

    def in_unit(self, name: str) -> int | float | None:
        """Return it as a number of a unit (`minute`); None where that depends on the calendar."""
        if name in _MONTHS:
            return None if self.seconds else calculated(self.months / _MONTHS[name])
        return None if self.months else converted(self.seconds, "second", name)

    def in_parts(self, units: Sequence[str]) -> dict[str, int]:
        """Return how many of each unit (largest first: `hour`, `minute`) it takes; {} where a rest is left."""
        found: dict[str, int] = {}
        rest = self.seconds
        for name in units:
            whole = int(calculated(rest / _SECONDS[name]) or 0)
            rest -= whole * _SECONDS[name]
            if whole:
                found[name] = whole
        return {} if rest or self.months else found

    def iso(self) -> str | None:
        """Return it as ISO 8601 writes it: `P1Y2M3DT4H5M6S`; None for a broken month or less than nothing."""
        if self.months != int(self.months) or self.months < 0 or self.seconds < 0:
            return None
        years, months = divmod(int(self.months), 12)
        days, rest = divmod(self.seconds, 86_400)
        hours, rest = divmod(rest, 3600)
        minutes, seconds = divmod(rest, 60)
        day = "".join(f"{_short(n)}{u}" for n, u in ((years, "Y"), (months, "M"), (days, "D")) if n)
        clock = "".join(f"{_short(n)}{u}" for n, u in ((hours, "H"), (minutes, "M"), (seconds, "S")) if n)
        return f"P{day}T{clock}" if clock else f"P{day or 'T0S'}"


def _short(value: float) -> str:
    return str(calculated(round(value, 3)))


_ISO = re.compile(
    r"P(?:(\d{1,6})Y)?(?:(\d{1,6})M)?(?:(\d{1,6})W)?(?:(\d{1,6})D)?"
    r"(?:T(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,6}(?:\.\d{1,6})?)S)?)?"
)
_TIGHT = re.compile(
    r"(\d{1,5})\s?h(?:ours?|rs?)?\s?(\d{1,2})(?:\s?m(?:in(?:ute)?s?)?)?(?:\s?(\d{1,2})\s?s(?:ec)?)?", re.I
)
_MINUTES = re.compile(r"(\d{1,5})\s?m(?:\s?(\d{1,2})\s?s)?")
_HALF_OF = re.compile(
    r"(?:(half|1/2|½)|(?:a\s+)?quarter|1/4|¼|(three[ -]quarters|3/4|¾))\s+(?:of\s+)?(?:an?\s+)(hour|minute|day|year)",
    re.I,
)
_ARTICLE = re.compile(r"an?\s+(?=hour|minute|second|day|week|month|year|fortnight)", re.I)
_UNIT = re.compile(r"(?:\s+of\b)?\s*-?([A-Za-z]+)\b")
_JOINED = re.compile(r"\s*,?\s*(?:and\s+)?")
_PART = re.compile(r"an?\s+(half|quarter)\b\s*", re.I)


def read_duration(text: str) -> Duration | None:
    """Return the length of time that a whole text says; None where it says anything else."""
    text = text.strip(" .,;")
    if not text or len(text) > MAX_LENGTH:
        return None
    text = re.sub(r"^(?:for|about|around|up to|a total of)\s+", "", text, flags=re.I)
    iso = _ISO.fullmatch(text)
    if iso and any(iso.groups()):
        years, months, weeks, days, hours, minutes = (int(g or 0) for g in iso.groups()[:6])
        clock = hours * 3600 + minutes * 60 + float(iso[7] or 0)
        return Duration(years * 12 + months, (weeks * 7 + days) * 86_400 + clock, "second")
    tight = _TIGHT.fullmatch(text)
    if tight:
        return Duration(0, int(tight[1]) * 3600 + int(tight[2]) * 60 + int(tight[3] or 0), "minute")
    short = _MINUTES.fullmatch(text)
    if short:
        return Duration(0, int(short[1]) * 60 + int(short[2] or 0), "second")
    half = _HALF_OF.fullmatch(text)
    if half:
        return _amount(0.5 if half[1] else 0.75 if half[2] else 0.25, half[3].lower())
    return _summed(text)


_LONGEST = 8
_SHARES = frozenset(("half", "quarter", "½", "¼", "¾"))
_BEFORE_ONE = PREPOSITIONS | frozenset("it that than least most another only just lasts takes around".split())
"""What stands before `an hour` where it is a length of time: `8 km an hour` is none."""


@dataclass(frozen=True, slots=True)
class PlacedDuration:
    """A length of time at `start:end` of a text."""

    start: int
    end: int
    length: Duration


def find_durations(text: str, tokens: Sequence[Token]) -> Iterator[PlacedDuration]:
    """Yield the lengths of time that take more than a number and its unit: `half an hour`, `1 hour and 20 minutes`.

    `tokens` are those of the text, in order; of several that begin at one word the longest.
    """
    index = 0
    while index < len(tokens):
        found = _longest(text, tokens, index) if _opens(tokens[index]) else None
        if found is None:
            index += 1
            continue
        yield found
        while index < len(tokens) and tokens[index].start < found.end:
            index += 1


def _opens(token: Token) -> bool:
    return token.text[0].isnumeric() or speaks_of_number(token.text)


def _longest(text: str, tokens: Sequence[Token], index: int) -> PlacedDuration | None:
    for last in range(min(len(tokens), index + _LONGEST) - 1, index, -1):
        start, end = tokens[index].start, tokens[last].end
        closes = unit(tokens[last].text) or tokens[last].text.lower() in ("half", "quarter")
        length = read_duration(text[start:end]) if closes else None
        if length is None:
            continue
        if last == index + 1:  # a number and its unit, `an hour` or `half hour`
            first = tokens[index].text.lower()
            before = tokens[index - 1].text.lower() if index else "for"
            told = first in _SHARES or (first in ("a", "an") and before in _BEFORE_ONE)
            return PlacedDuration(start, end, length) if told else None
        return PlacedDuration(start, end, length)
    return None


def _summed(text: str) -> Duration | None:
    """`1 hour and 30 minutes`, `two and a half hours`, `an hour and a half`."""
    months, seconds, place, last, told = 0.0, 0.0, 0, "", "and"
    while place < len(text):
        article = _ARTICLE.match(text, place)
        if article and "and" not in told:
            return None  # `5 hours a day`
        figure = None if article else read_figure(text[place:])
        part = _PART.fullmatch(text, place) if last else None
        if part:
            more = _amount(0.5 if part[1].lower() == "half" else 0.25, last)
            place = len(text)
        elif article is not None or figure is not None:
            value = figure.value if figure else 1
            place = article.end() if article else place + (figure.end if figure else 0)
            named = _UNIT.match(text, place)
            before, last = last, unit(named[1]) if named else ""
            if last == before:
                return None  # `a month, 180 months` are two
            more = _amount(value, last)
            joined = _JOINED.match(text, named.end()) if named else None
            place, told = (joined.end(), joined.group().lower()) if joined else (len(text), told)
        else:
            return None
        if more is None:
            return None
        months, seconds = months + more.months, seconds + more.seconds
    return Duration(months, seconds, last) if last else None


def _amount(value: float, name: str) -> Duration | None:
    if name in _SECONDS:
        return Duration(0, value * _SECONDS[name], name)
    return Duration(value * _MONTHS[name], 0, name) if name in _MONTHS else None
