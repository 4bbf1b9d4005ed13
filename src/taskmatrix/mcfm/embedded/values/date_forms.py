"""How an API's document wants dates and times written, and writing them so."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Literal

from pydantic import JsonValue

from taskmatrix.mcfm.embedded.documents.reading import ParameterView
from taskmatrix.mcfm.embedded.values.dates import MONTH_NAMES, MONTHS
from taskmatrix.mcfm.embedded.values.moments import Moment

Special = Literal["", "iso", "date-time", "seconds", "milliseconds"]


@dataclass(frozen=True, slots=True)
class Form:
    """A way to write a date: a pattern (`%Y-%m-%d`, `%-d` without the zero), or one that no pattern writes.

    `iso` is a date, with the time where one was said; `date-time` always has both, and the zone (RFC 3339);
    `seconds` and `milliseconds` count from 1970.
    """

    pattern: str = ""
    special: Special = ""
    strict: bool = field(default=False, compare=False)
    """Whether nothing but a date is meant: the schema says so, or the document spells the form out (`YYYY-MM-DD`)."""

    @property
    def has_day(self) -> bool:
        """Whether it says the day, or the month or year."""
        return bool(self.special) or bool(re.search(r"%-?[dmYyBbAaj]", self.pattern))

    @property
    def has_time(self) -> bool:
        """Whether it says the time of the day."""
        return self.special not in ("", "iso") or bool(re.search(r"%-?[HIMS]", self.pattern))

    @property
    def day_first(self) -> bool:
        """Whether the day of the month comes before the month in figures."""
        day, month = re.search(r"%-?d", self.pattern), re.search(r"%-?m", self.pattern)
        return bool(day and month and day.start() < month.start())


_STRFTIME = re.compile(r"%-?[YymdBbAaHIMSpfzZj](?:[-/.,: T]{0,3}%-?[YymdBbAaHIMSpfzZj])*Z?")
_LETTERS = re.compile(
    r"(?<![A-Za-z%])(?:Y{3,4}|y{3,4}|M{2,4}|m{2}|D{1,2}|d{1,2}|H{2}|h{2}|Month|Day)"
    r"(?:['’]?[-/.,: T]{0,2}['’]?(?:Y{3,4}|y{3,4}|YY|yy|M{2,4}|m{2}|D{1,2}|d{1,2}|H{2}|h{2}|S{2,3}|s{2,3}|"
    r"Month\b|Day\b|AM/PM|am/pm|AM|PM|[Aa](?=[).'\"]|$)|Z\b)){0,8}(?![A-Za-z])"
)
_PIECE = re.compile(
    r"Month|Day|Y{3,4}|y{3,4}|YY|yy|M{2,4}|m{2}|DD?|dd?|HH|hh|SSS|sss|SS|ss|AM/PM|am/pm|AM|PM|[Aa]|Z|.", re.S
)
_LABEL = re.compile(r"(?:Day|Month)[,:] ?(?=[Yy]{4})")
"""What is asked for, before its form: `Day, YYYY-MM-DD`."""
_TWO_YEARS = re.compile(r"[Yy]{4}.[Yy]{2,4}")
"""A season: `2018-19`."""
_NAMED_PARTS = re.compile(r"\b(?:month([-/])day\1year|day([-/])month\2year|year([-/])month\3day)\b", re.I)
_NAMED_PART = re.compile(r"[a-z]+", re.I)
_PART_FORMS = {"year": "%Y", "month": "%m", "day": "%d"}
_MONTH = rf"(?:{MONTHS})"
_EXAMPLES: tuple[tuple[str, str], ...] = (
    (r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z", "%Y-%m-%dT%H:%M:%SZ"),
    (r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?[+-]\d{2}:\d{2}", "%Y-%m-%dT%H:%M:%S%z"),
    (r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}", "%Y-%m-%dT%H:%M:%S"),
    (r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}", "%Y-%m-%dT%H:%M"),
    (r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}", "%Y-%m-%d %H:%M:%S"),
    (r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}", "%Y-%m-%d %H:%M"),
    (r"\d{4}-\d{2}-\d{2}", "%Y-%m-%d"),
    (r"\d{4}/\d{2}/\d{2}", "%Y/%m/%d"),
    (r"(?:1[3-9]|2\d|3[01])/\d{2}/\d{4}", "%d/%m/%Y"),
    (r"\d{2}/\d{2}/\d{4}", "%m/%d/%Y"),
    (r"\d{2}\.\d{2}\.\d{4}", "%d.%m.%Y"),
    (r"(?:1[3-9]|2\d|3[01])-\d{2}-\d{4}", "%d-%m-%Y"),
    (r"\d{2}-\d{2}-\d{4}", "%m-%d-%Y"),
    (rf"0\d {_MONTH} \d{{4}}", "%d %B %Y"),
    (rf"\d{{1,2}} {_MONTH} \d{{4}}", "%-d %B %Y"),
    (rf"{_MONTH} 0\d, ?\d{{4}}", "%B %d, %Y"),
    (rf"{_MONTH} \d{{1,2}}, ?\d{{4}}", "%B %-d, %Y"),
    (r"(?:19|20)\d\d[01]\d[0-3]\d", "%Y%m%d"),
    (r"(?:19|20)\d\d-(?:0\d|1[0-2])", "%Y-%m"),
    (r"\d{2}:\d{2}:\d{2}", "%H:%M:%S"),
    (r"0\d:\d{2} ?[AP]M", "%I:%M %p"),
    (r"\d{1,2}:\d{2} ?[AP]M", "%-I:%M %p"),
    (r"\d{1,2} ?[AP]M", "%-I %p"),
    (r"\d{2}:\d{2}", "%H:%M"),
)
_READ_EXAMPLES = tuple((re.compile(rf"(?<![\w:/.-]){one}(?![\w:/]|[.-]\d)", re.I), form) for one, form in _EXAMPLES)
_DATE_STEMS = frozenset(
    """date time day datetim timestamp when deadlin schedul start end begin departur arriv depart checkin checkout due
    expir birthday moment until sinc from to month year week""".split()
)
_SURE_STEMS = frozenset("date time day datetim timestamp when deadlin due birthday month year week".split())
_RELATIVE = r"(?:today|tomorrow|yesterday|tonight|now|(?:next|this) \w+)"
_DAYS_AWAY = r"(?:today|tomorrow|yesterday|tonight|(?:next|this) (?:week(?:end)?|month|year|\w+day))"
_DECLARED = ("date", "date-time", "time")
_SAYS_RELATIVE = re.compile(
    rf"['\"`(]{_RELATIVE}['\"`),]|\b(?:e\.g\.?,?|such as|like) {_DAYS_AWAY}(?=[,.;)]|$| or\b)", re.I
)


def speaks_of_dates(parameter: ParameterView) -> bool:
    """Whether a parameter takes a date or a time: by its name, its schema, or what its description asks for."""
    if asked_form(parameter) is not None or _SURE_STEMS & set(parameter.name_stems):
        return True
    return bool(_DATE_STEMS & set(parameter.name_stems) and _SURE_STEMS & parameter.stems)


def takes_relative(parameter: ParameterView) -> bool:
    """Whether a parameter's document gives words such as `tomorrow` as its values."""
    return bool(_SAYS_RELATIVE.search(parameter.text[:4_000]))


def asked_form(parameter: ParameterView) -> Form | None:
    """Return the form in which a document asks for a date: its schema's, in words, or by example; None for none."""
    declared = parameter.parameter.type.get("format")
    examples = tuple(v for v in _given(parameter) if isinstance(v, str))
    named = "_".join(parameter.name_stems)
    return _find_form(
        declared if isinstance(declared, str) else "", parameter.text[:4_000], examples, named, parameter.type
    )


def _given(parameter: ParameterView) -> Iterator[JsonValue]:
    schema = parameter.parameter.type
    for key in ("example", "default", "const"):
        yield schema.get(key)
    examples = schema.get("examples")
    if isinstance(examples, list):
        yield from examples[:5]


@lru_cache(maxsize=8_192)
def _find_form(declared: str, text: str, examples: tuple[str, ...], named: str, kind: str) -> Form | None:
    found = _shown_form(declared, text, examples, named, kind)
    return replace(found, strict=True) if found is not None and declared in _DECLARED else found


def _shown_form(declared: str, text: str, examples: tuple[str, ...], named: str, kind: str) -> Form | None:
    if declared == "date":
        return Form("%Y-%m-%d")
    if declared == "time":
        return Form("%H:%M:%S")
    if "season" in named.split("_"):
        return None  # 2010-11 is no month
    counted = re.search(r"\b(?:unix|epoch|posix)\b", f"{text} {named.replace('_', ' ')}", re.I)
    if counted or (kind in ("int", "float") and "timestamp" in named):
        milli = re.search(r"\bms\b|millisecond", f"{text} {named.replace('_', ' ')}", re.I)
        return Form(special="milliseconds" if milli else "seconds")
    found = _worded(text)
    if found is None:
        found = next((f for e in (*examples, text) if (f := _by_example(e)) is not None), None)
    if declared == "date-time" and (found is None or not (found.has_day and found.has_time)):
        return Form(special="date-time")
    if found is None and re.search(r"RFC[ -]?3339", text, re.I):
        return Form(special="date-time")
    if found is None and re.search(r"\bISO\b(?![ -]?(?:4217|3166|639|2|3))", text) and "duration" not in text.lower():
        return Form(special="iso")
    return found


def _worded(text: str) -> Form | None:
    match = _STRFTIME.search(text)
    if match:
        return Form(match.group())
    for match in _LETTERS.finditer(text):
        said = _LABEL.sub("", match.group())
        if _TWO_YEARS.fullmatch(said):
            continue
        if re.search(r"[Yy]{3,4}|[Hh]{2}:|[MD]{2}[-/.][MD]{2}", said):
            return Form(_pattern(said), strict=True)
    named = _NAMED_PARTS.search(text)
    return Form(_NAMED_PART.sub(lambda m: _PART_FORMS[m.group().lower()], named.group())) if named else None


def _pattern(said: str) -> str:
    """`%` for letters: MM is the month, and behind the hours the minutes."""
    hours, parts = False, list[str]()
    halves = bool(re.search(r"(?<![A-Za-z])(?:AM|PM|[Aa])|am/pm", said))
    for piece in _PIECE.findall(said):
        lower = piece.lower()
        if lower == "mm":
            parts.append("%M" if hours else "%m")
        elif lower == "hh":
            hours = True
            parts.append("%I" if halves else "%H")
        elif lower in ("am/pm", "am", "pm", "a"):
            parts.append("%p")
        elif lower in ("ss", "sss"):
            parts.append("%S" if lower == "ss" else "%f")
        elif lower in _LETTER_FORMS:
            parts.append(_LETTER_FORMS[lower])
        elif piece not in "'’":
            parts.append(piece)
    return "".join(parts)


_LETTER_FORMS = {
    "yyyy": "%Y",
    "yyy": "%Y",
    "yy": "%y",
    "mmmm": "%B",
    "month": "%B",
    "mmm": "%b",
    "dd": "%d",
    "d": "%-d",
    "day": "%A",
}


def _by_example(text: str) -> Form | None:
    for example, form in _READ_EXAMPLES:
        match = example.search(text)
        if match:
            abbreviated = re.search(r"\b(?![Mm]ay\b)[A-Z][a-z]{2}\b", match.group())
            spaced = form if " %p" not in form or " " in match.group() else form.replace(" %p", "%p")
            spaced = spaced.replace("%p", "%P") if match.group().endswith("m") else spaced
            return Form(spaced.replace("%B", "%b") if abbreviated else spaced)
    return None


def is_written(text: str, form: Form) -> bool:
    """Return whether a text is a date or time in a form already: `02-19` for MM-DD."""
    pattern = form.pattern.replace("%-", "%")
    leap = "" if re.search(r"%[Yy]", pattern) else " 2000"  # 02-29 is a day in some years
    try:
        datetime.strptime(text + leap, pattern + (leap and " %Y"))
    except (ValueError, re.error):  # a form that names the month twice is no form
        return False
    return bool(pattern)


def write_moment(moment: Moment, form: Form) -> str | int | None:
    """Return the moment in a form; None where it lacks the time of the day that is all the form says."""
    if form.has_time and not form.has_day and moment.clock is None:
        return None
    try:
        return _write(moment, moment.point(), form)
    except (OverflowError, ValueError, OSError):
        return None  # in another zone it would lie outside the years 1 to 9999


def _write(moment: Moment, point: datetime, form: Form) -> str | int:
    if form.special in ("seconds", "milliseconds"):
        return int(_aware(point).timestamp()) * (1_000 if form.special == "milliseconds" else 1)
    if form.special == "iso":
        if moment.clock is None:
            return point.date().isoformat()
        zoned = moment.zone is not None and not moment.relative
        return point.isoformat() if zoned else point.replace(tzinfo=None).isoformat()
    if form.special == "date-time":
        text = _aware(point).isoformat()
        return f"{text.removesuffix('+00:00')}Z" if text.endswith("+00:00") else text
    if form.pattern.endswith("Z") and moment.clock is not None:
        point = _aware(point).astimezone(UTC)
    return write_point(point, form.pattern)


def _aware(point: datetime) -> datetime:
    return point if point.tzinfo else point.astimezone()


def write_point(point: datetime, pattern: str) -> str:
    """Return a point in time as `strftime` would write it in English, whatever the locale and system."""
    hour = point.hour % 12 or 12
    offset = point.strftime("%z")
    values = {
        "Y": f"{point.year:04d}",
        "y": f"{point.year % 100:02d}",
        "m": f"{point.month:02d}",
        "d": f"{point.day:02d}",
        "j": f"{point.timetuple().tm_yday:03d}",
        "B": MONTH_NAMES[point.month],
        "b": MONTH_NAMES[point.month][:3],
        "A": _DAYS[point.weekday()],
        "a": _DAYS[point.weekday()][:3],
        "H": f"{point.hour:02d}",
        "I": f"{hour:02d}",
        "M": f"{point.minute:02d}",
        "S": f"{point.second:02d}",
        "f": f"{point.microsecond // 1000:03d}",
        "p": "AM" if point.hour < 12 else "PM",
        "P": "am" if point.hour < 12 else "pm",
        "z": f"{offset[:3]}:{offset[3:5]}" if offset else "",
        "Z": point.tzname() or "",
    }
    return re.sub(
        r"%(-?)([A-Za-z])",
        lambda m: (values.get(m[2], "").lstrip("0") or "0") if m[1] else values.get(m[2], ""),
        pattern,
    )


_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
