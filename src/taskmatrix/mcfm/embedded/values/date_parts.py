"""Parts of a date or a time: the year, the month, the day, the weekday, the hour or the minute that a span says.

`January 15, 2023` may be said once for three parameters; each takes its own part.
"""

import re
from datetime import date, datetime
from typing import Literal

from pydantic import JsonValue

from taskmatrix.core import names
from taskmatrix.mcfm.embedded.documents.reading import ParameterView
from taskmatrix.mcfm.embedded.values.dates import MONTH_NAMES, MONTHS
from taskmatrix.mcfm.embedded.values.moments import Moment, read_moment

Part = Literal["year", "month", "day", "weekday", "hour", "minute", "second"]
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
"""The names of the days of the week, from Monday."""
MAX_TEXT = 2_000

_ENDS: dict[str, Part] = {
    "year": "year",
    "yyyy": "year",
    "month": "month",
    "day": "day",
    "weekday": "weekday",
    "hour": "hour",
    "minute": "minute",
    "second": "second",
}
_DAYS = r"mon(?:day)?|tue(?:s(?:day)?)?|wed(?:nesday)?|thu(?:rs(?:day)?)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?"
_WEEKDAY = re.compile(rf"\b({_DAYS})s?\b", re.I)
_NAMED = re.compile(rf"\b(?:{MONTHS})\b", re.I)
_YEAR = re.compile(r"(?<!\d)[1-9]\d{3}(?!\d)")
_SHORT_YEAR = re.compile(r"(?<!\w)['’](\d\d)(?![\w'’])")
_DATED = re.compile(r"\d[-/.]\d")
_DATE_OR_TIME = re.compile(rf"\b(?:{MONTHS})\b|\d[-/.]\d+[-/.]\d|\d:\d\d|\d\s?[ap]\.?m\b", re.I)
_OF_MONTH = re.compile(r"\bday (?:of|in) (?:the |a |that )?month\b|\b1 ?(?:-|–|to|through|and) ?31\b|\bDD\b", re.I)
_OF_WEEK = re.compile(r"\bday of (?:the )?week\b|\bweekday\b", re.I)
_FIGURES = re.compile(
    r"\bnumber|\bnumeric|\binteger\b|\b0?1 ?(?:-|–|to|through|and) ?12\b|\bMM\b|\bdigits?\b|['\"`(]\d{1,2}['\"`)]"
)
_TWO_FIGURES = re.compile(r"\bMM\b|\bDD\b|\b(?:2|two)[- ]digits?\b|\b0[1-9]\b")
_NUMBERED = re.compile(
    rf"\b([0-7])\s*(?:=|:|is|for|-|–|\()\s*({_DAYS})\b|\b({_DAYS})\s*(?:=|:|is|as|\()\s*([0-7])\b", re.I
)
_FROM_ZERO = re.compile(r"\b0 ?(?:-|–|to|through|and) ?6\b", re.I)


def part_of(parameter: ParameterView) -> Part | None:
    """Return the part of a date or time that a parameter takes, by its name; None for none, or a count (`hours`)."""
    words = [w.lower() for w in names.words(parameter.name)]
    if not words:
        return None
    spelled = "_".join(words)
    if re.search(r"day_?of_?(?:the_?)?week|week_?day|\bdow\b", spelled):
        return "weekday"
    if re.search(r"day_of_(?:the_)?month", spelled):
        return "day"
    part = _ENDS.get(words[-1])
    if part is None and len(words) > 1 and words[-1] in ("number", "num", "no", "name"):
        part = _ENDS.get(words[-2])
    if part == "day" and parameter.type != "int":
        text = parameter.text[:MAX_TEXT]
        return "weekday" if _OF_WEEK.search(text) else "day" if _OF_MONTH.search(text) else None
    return part if len(words) < 2 or words[-2] not in ("per", "every", "max", "min", "each") else None


def read_part(said: str, parameter: ParameterView, now: datetime) -> JsonValue:
    """Return the part of a date that a parameter takes; None where it takes none, or the words do not say it.

    A year is taken only where it was said, and an hour only from a time of the day.
    """
    part = part_of(parameter) if parameter.type in ("int", "str", "Any") and len(said) <= 80 else None
    if part is None:
        return None
    if part == "weekday":
        return _weekday(said, parameter, now)
    if part in ("hour", "minute", "second"):
        moment = read_moment(said, now)
        clock = moment.clock if moment and not moment.loose else None
        found = {"hour": clock.hour, "minute": clock.minute, "second": clock.second}[part] if clock else None
        return None if found is None else found if parameter.type == "int" else str(found)
    moment = read_moment(said, now, loose=True) or _month_of_year(said, now)
    if moment is None or moment.day is None or not _says(part, said, moment):
        return None
    return _write(part, said, moment.day, parameter)


def year_in_short(text: str, start: int, end: int, now: datetime) -> int | None:
    """Return the year that a span says in two figures behind an apostrophe (`'98`); the last one that was."""
    found = _SHORT_YEAR.match(text, max(0, start - 1)) or _SHORT_YEAR.match(text, start)
    if found is None or found.end() != end:
        return None
    century = now.year // 100 * 100
    year = century + int(found[1])
    return year if year <= now.year else year - 100


def is_dated(said: str) -> bool:
    """Whether words hold a date or a time of the day, whose figures are no amount."""
    return bool(_DATE_OR_TIME.search(said[:80]))


def _says(part: Part, said: str, moment: Moment) -> bool:
    """Whether a part was said, or follows from the clock (`tomorrow`)."""
    figures = bool(_DATED.search(said))
    if part == "year":
        return figures or bool(_YEAR.search(said)) or moment.relative
    if part == "month":
        return figures or bool(_NAMED.search(said)) or moment.relative
    return moment.last is None or figures


def _month_of_year(said: str, now: datetime) -> Moment | None:
    """`March 2023`."""
    month, year = _NAMED.search(said), _YEAR.search(said)
    if month is None or year is None or len(said.split()) > 4:
        return None
    index = [m[:3].lower() for m in MONTH_NAMES].index(month.group()[:3].lower())
    first = datetime(int(year.group()), index, 1, tzinfo=now.tzinfo).date()
    return Moment(first, last=first.replace(day=28), now=now)


def _write(part: Part, said: str, day: date, parameter: ParameterView) -> JsonValue:
    figure = {"year": day.year, "month": day.month, "day": day.day}[part]
    if parameter.type == "int":
        return figure
    asked = f"{parameter.text[:MAX_TEXT]} {parameter.parameter.type.get('example', '')}"
    if part == "month" and not _FIGURES.search(asked):
        spoken = _NAMED.search(said)
        return spoken.group() if spoken else MONTH_NAMES[figure]
    return f"{figure:02d}" if part != "year" and _TWO_FIGURES.search(asked) else str(figure)


def _weekday(said: str, parameter: ParameterView, now: datetime) -> JsonValue:
    """The name of a day of the week, or its number as the document counts: by default from Monday as 1."""
    named = _WEEKDAY.search(said)
    if named is not None:
        index = _index(named[1])
    else:
        moment = read_moment(said, now)
        if moment is None or moment.day is None:
            return None
        index = moment.day.weekday()
    text = parameter.text[:MAX_TEXT]
    if parameter.type == "int":
        return _counted(index, text)
    short = re.search(r"\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\b", f"{text} {parameter.parameter.type.get('example', '')}")
    return named[1] if named and not short else DAYS[index][:3] if short else DAYS[index]


def _index(name: str) -> int:
    return [d[:3].lower() for d in DAYS].index(name[:3].lower())


def _counted(index: int, text: str) -> int:
    match = _NUMBERED.search(text)
    if match:
        number, day = int(match[1] or match[4]), _index(match[2] or match[3])
        zero = _FROM_ZERO.search(text) or any("0" in (m[1], m[4]) for m in _NUMBERED.finditer(text))
        counted = (number + index - day) % 7
        return counted if zero else counted or 7
    return index if _FROM_ZERO.search(text) else index + 1
