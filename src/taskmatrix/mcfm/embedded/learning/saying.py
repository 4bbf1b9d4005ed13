"""Whether, and where, a text says a value: as it stands, a number in words, a day or an hour in words."""

import re
from datetime import date, datetime
from functools import cached_property

from taskmatrix.mcfm.embedded.values.candidates import Candidate, find_values, said_in_words
from taskmatrix.mcfm.embedded.values.durations import UNITS

SKIPPED = frozenset(" ,./-_*^'\"\n\t")
"""Marks that do not count when two texts are compared, as in the evaluation."""
_MONTHS = {m: i + 1 for i, m in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split())}


class Text:
    """A text in which values are looked for, and where they lie once spaces and marks are taken away; `now` is when it
    was said.
    """

    def __init__(self, text: str, now: datetime | None = None) -> None:
        self.text = text
        self.now = now
        kept = [(i, c) for i, c in enumerate(text.lower()) if c not in SKIPPED and len(c) == 1]
        self.compact = "".join(c for _, c in kept)
        self.places = [i for i, _ in kept]

    @cached_property
    def values(self) -> list[Candidate]:
        """The typed candidates."""
        return find_values(self.text, self.now)

    def literal(self, wanted: str) -> list[tuple[int, int]]:
        """Return where a text stands, as whole words; marks and spaces do not count, as in the evaluation."""
        needle = "".join(c for c in wanted.lower() if c not in SKIPPED)
        found: list[tuple[int, int]] = []
        at = self.compact.find(needle) if needle else -1
        while at >= 0 and len(found) < 8:
            start, end = self.places[at], self.places[at + len(needle) - 1] + 1
            if self._is_edge(start - 1, start) and self._is_edge(end - 1, end):
                found.append((start, end))
            at = self.compact.find(needle, at + 1)
        return found

    def _is_edge(self, one: int, other: int) -> bool:
        if one < 0 or other >= len(self.text):
            return True
        return not (self.text[one].isalnum() and self.text[other].isalnum())

    def number(self, wanted: float) -> list[tuple[int, int]]:
        """Return where a number is said, in digits or words; 0.2 also as 20 %, 30 also as half an hour."""
        found: list[tuple[int, int]] = []
        for value in self.values:
            if value.kind in ("number", "percent") and isinstance(value.value, int | float):
                said = float(value.value)
                share = value.kind == "percent" and abs(said / 100 - wanted) < 1e-9
                length = said_in_words(value)
                if said == wanted or share or (length and wanted in length.in_parts(UNITS).values()):
                    found.append((value.start, value.end))
        return found

    def dated(self, wanted: str) -> list[tuple[int, int]]:
        """Return where the day or the time of day that a text in digits gives is said in words."""
        day, hour = day_of(wanted), hour_of(wanted)
        found: list[tuple[int, int]] = []
        for value in self.values:
            if day and value.kind == "date" and same_day(day, day_of(value.text)):
                found.append((value.start, value.end))
            if hour and not day and value.kind == "time" and hour_of(value.text) == hour:
                found.append((value.start, value.end))
        return found


def day_of(text: str) -> tuple[int, int, int] | None:
    """Return the year (0: not said), month and day that a text gives."""
    iso = re.search(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})", text)
    if iso:
        return _checked(int(iso[1]), int(iso[2]), int(iso[3]))
    turned = re.search(r"\b(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})", text)
    if turned:
        return _checked(int(turned[3]), int(turned[1]), int(turned[2])) or _checked(
            int(turned[3]), int(turned[2]), int(turned[1])
        )
    month = re.search(r"\b(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)", text.lower())
    numbers = [int(n) for n in re.findall(r"\d+", re.sub(r"\d{1,2}:\d{2}\S*", "", text))]
    if month and numbers and numbers[0] <= 31:
        return (numbers[1] if len(numbers) > 1 and numbers[1] > 31 else 0, _MONTHS[month[1]], numbers[0])
    return None


def _checked(year: int, month: int, day: int) -> tuple[int, int, int] | None:
    try:
        date(year, month, day)
    except ValueError:
        return None
    return year, month, day


def same_day(one: tuple[int, int, int], other: tuple[int, int, int] | None) -> bool:
    """Return whether two days are the same; a year that was not said fits any."""
    return other is not None and one[1:] == other[1:] and (one[0] == other[0] or not one[0] or not other[0])


def hour_of(text: str) -> tuple[int, int] | None:
    """Return the hour (0…23) and minute that a text gives, None where it gives no time of day."""
    match = re.search(r"\b(\d{1,2})(?::(\d{2}))?(?::\d{2})?\s*([ap])?\.?m?\b", text.lower())
    if not match or (match[2] is None and match[3] is None):
        return None
    hour = int(match[1]) % 12 + 12 if match[3] == "p" else int(match[1]) % 12 if match[3] == "a" else int(match[1])
    return hour, int(match[2] or 0)
