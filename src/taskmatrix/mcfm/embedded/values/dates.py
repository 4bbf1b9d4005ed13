"""Days in words and figures: `May 5th, 2024`, `31/12/2024`, `next Monday`, `a week from Friday`."""

import calendar
import re
from dataclasses import dataclass, replace
from datetime import date, timedelta

from taskmatrix.mcfm.embedded.instruction.language import number_word
from taskmatrix.mcfm.embedded.values.numerals import read_number

MONTHS = (
    "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sep(?:t(?:ember)?)?|"
    "oct(?:ober)?|nov(?:ember)?|dec(?:ember)?"
)
"""The alternatives of a pattern that finds the names of the months."""
MONTH_NAMES = tuple(calendar.month_name)
"""The names of the months in English, from 1."""
_DAY_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WEEKDAY = r"(mon|tues?|wed|thu(?:rs)?|fri|sat|sun|(?:mon|tues|wednes|thurs|fri|satur|sun)day)s?"
_UNIT = r"(day|week|fortnight|month|year)s?"


@dataclass(frozen=True, slots=True)
class Day:
    """A day. `relative`: said against another day. `last` ends a whole week, month or year that was said."""

    value: date
    relative: bool = False
    last: date | None = None


def read_day(text: str, today: date, *, day_first: bool = False, loose: bool = False, depth: int = 0) -> Day | None:
    """Return the day that a whole text says; None where it says anything else.

    A day without its year is the next one from `today` on. `loose` also takes `the 15th`, `May` and `2023`. Only the
    first 80 characters count, and `N weeks after …` is followed two deep.
    """
    if len(text) > 80 or depth > 2:
        return None
    said = " ".join(text.lower().strip(" ,.").split())
    said = re.sub(rf"^{_WEEKDAY}\.?,?\s+(?:the\s+)?(?=\d|{MONTHS})", "", said)
    said = re.sub(r"^the\s+", "", said)
    try:
        found = _in_figures(said, day_first) or _with_month(said, today) or _near(said, today) or _whole(said, today)
        found = found or _counted(said, today, depth) or _edge(said, today) or _nth(said, today)
        return found or (_loose(said, today) if loose else None)
    except (ValueError, OverflowError):
        return None


def _in_figures(said: str, day_first: bool) -> Day | None:
    match = re.fullmatch(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})", said) or re.fullmatch(
        r"((?:19|20)\d\d)([01]\d)([0-3]\d)", said
    )
    if match:
        return Day(date(int(match[1]), int(match[2]), int(match[3])))
    match = re.fullmatch(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})", said)
    if match is None:
        return None
    one, two, year = int(match[1]), int(match[3]), _year(match[4])
    # With dots, as in most of Europe, the day comes first.
    first = (day_first or match[2] == "." or one > 12) and two <= 12
    return Day(date(year, two, one) if first else date(year, one, two))


def _year(text: str) -> int:
    value = int(text)
    return value if len(text) == 4 else value + (2000 if value < 69 else 1900)


def _with_month(said: str, today: date) -> Day | None:
    day = r"(\d{1,2}(?:st|nd|rd|th)?|[a-z]+(?:[ -](?!of\b)[a-z]+)?)"
    match = re.fullmatch(rf"({MONTHS})\.?[ -]?(?:the )?{day}(?:,? ?(?:of )?(\d{{4}}))?", said)
    if match:
        return _of_month(match[2], match[1], match[3], today)
    match = re.fullmatch(rf"{day}[ -]?(?:of )?({MONTHS})\b\.?(?:[, -]*(?:of )?(\d{{4}}|(?<=-)\d{{2}}))?", said)
    return _of_month(match[1], match[2], match[3], today) if match else None


def _of_month(day: str, month: str, year: str | None, today: date) -> Day | None:
    number = _ordinal(day)
    if number is None:
        return None
    index = _month(month)
    if year:
        return Day(date(_year(year), index, number))
    for ahead in range(9):
        # 29 February may be years away
        if number <= calendar.monthrange(today.year + ahead, index)[1]:
            found = date(today.year + ahead, index, number)
            if found >= today:
                return Day(found)
    return None


def _month(name: str) -> int:
    return [m[:3].lower() for m in MONTH_NAMES].index(name[:3])


def _ordinal(text: str) -> int | None:
    """A day of the month: `5`, `5th`, `fifth`, `twenty-first`."""
    match = re.fullmatch(r"(\d{1,2})(?:st|nd|rd|th)?", text)
    if match:
        return int(match[1])
    tens, _, ones = text.replace(" ", "-").rpartition("-")
    special = {"twentieth": 20, "thirtieth": 30, "thirteenth": 13, "fourteenth": 14, "fifteenth": 15, "sixteenth": 16}
    more = {"seventeenth": 17, "eighteenth": 18, "nineteenth": 19}
    value = {**special, **more}.get(ones) or number_word(ones)
    if not isinstance(value, int) or ones in ("half", "double", "twice", "triple", "thrice", "once"):
        return None
    base = number_word(tens) if tens else 0
    return (
        value + int(base) if base is not None and (not tens or (tens in ("twenty", "thirty") and value < 10)) else None
    )


def _near(said: str, today: date) -> Day | None:
    """Days with a name of their own, and days of the week."""
    near = {
        "today": 0,
        "later today": 0,
        "tonight": 0,
        "this day": 0,
        "tomorrow": 1,
        "yesterday": -1,
        "day after tomorrow": 2,
        "day before yesterday": -2,
        "last night": -1,
    }
    if said in near:
        return Day(today + timedelta(days=near[said]), relative=True)
    match = re.fullmatch(
        rf"(?:on )?{_WEEKDAY},? (?:of )?(this|next|last) week|(this|next|last) week,? (?:on )?{_WEEKDAY}", said
    )
    if match:
        weeks = {"this": 0, "next": 1, "last": -1}[match[2] or match[3]]
        return Day(today + timedelta(days=7 * weeks - today.weekday() + _index(match[1] or match[4])), relative=True)
    match = re.fullmatch(rf"(?:on )?(?:(this|next|last|past|coming|this coming|this past) )?{_WEEKDAY}", said)
    if match is None:
        return None
    return Day(_weekday(match[1] or "", match[2], today), relative=True)


def _index(weekday: str) -> int:
    return [d[:3] for d in _DAY_NAMES].index(weekday[:3])


def _weekday(which: str, name: str, today: date) -> date:
    """`Friday` is the coming one; `next Friday` lies in the next week, which begins on Monday."""
    wanted = _index(name)
    ahead = (wanted - today.weekday()) % 7
    if which == "next":
        return today + timedelta(days=7 - today.weekday() + wanted)
    if which in ("last", "past", "this past"):
        return today - timedelta(days=(today.weekday() - wanted - 1) % 7 + 1)
    return today + timedelta(days=ahead if ahead or which == "this" else 7)


def _whole(said: str, today: date) -> Day | None:
    """`this weekend`, `next week`, `last month`, `this year`."""
    match = re.fullmatch(r"(this|next|last|past|coming|this coming) (week|weekend|month|year)", said)
    if match is None:
        return _weekend(0, today) if said == "weekend" else None
    step = {"next": 1, "last": -1, "past": -1}.get(match[1], 0)
    if match[2] == "weekend":
        return _weekend(step, today)
    if match[2] == "week":
        first = today + timedelta(days=7 * step - today.weekday())
        return Day(first, True, first + timedelta(days=6))
    if match[2] == "month":
        first = add_months(today.replace(day=1), step)
        return Day(first, True, _last_of_month(first))
    return Day(date(today.year + step, 1, 1), True, date(today.year + step, 12, 31))


def _weekend(step: int, today: date) -> Day:
    saturday = today + timedelta(days=5 - today.weekday() + 7 * step)
    return Day(saturday, True, saturday + timedelta(days=1))


def _last_of_month(day: date) -> date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def add_months(day: date, months: int) -> date:
    """Return the same day months later, or the last day of a shorter month. Raises ValueError beyond year 9999."""
    count = day.year * 12 + day.month - 1 + months
    year, month = divmod(count, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _counted(said: str, today: date, depth: int) -> Day | None:
    """`in three days`, `two weeks ago`, `a week from Friday`, `10 days before May 5`."""
    match = re.fullmatch(rf"in (?P<n>.{{1,30}}?) (?P<u>{_UNIT})(?: time)?", said) or re.fullmatch(
        rf"(?P<n>.{{1,30}}?) (?P<u>{_UNIT}) (?P<way>ago|back|from now|later|hence|(?:from|after|before) (?P<day>.+))",
        said,
    )
    if match is None:
        return None
    groups = match.groupdict()
    number = 1 if groups["n"] in ("a", "an", "one") else read_number(groups["n"])
    way, base = groups.get("way") or "", Day(today)
    if groups.get("day"):
        found = read_day(groups["day"], today, depth=depth + 1)
        if found is None:
            return None
        base = found
    if not isinstance(number, int) or abs(number) > 100_000:
        return None
    count = -number if way in ("ago", "back") or way.startswith("before") else number
    unit = match["u"].rstrip("s")
    if unit in ("month", "year"):
        return Day(add_months(base.value, count * (12 if unit == "year" else 1)), relative=True)
    return Day(base.value + timedelta(days=count * {"day": 1, "week": 7, "fortnight": 14}[unit]), relative=True)


def _edge(said: str, today: date) -> Day | None:
    """`the end of the month`, `the beginning of next year`, `the last day of June`."""
    match = re.fullmatch(
        r"(end|beginning|start|first day|last day) of "
        rf"(?:(?:the )?(week|month|year)|((?:this|next|last) \w+)|({MONTHS})(?: (\d{{4}}))?)",
        said,
    )
    if match is None:
        return None
    if match[4]:
        whole = _loose(f"{match[4]} {match[5]}" if match[5] else match[4], today)
    else:
        whole = _whole(match[3] or f"this {match[2]}", today)
    if whole is None or whole.last is None:
        return None
    day = whole.last if match[1] in ("end", "last day") else whole.value
    return Day(day, relative=True)


def _nth(said: str, today: date) -> Day | None:
    """`the first Monday of June`, `the last Friday in May 2024`."""
    match = re.fullmatch(rf"(first|second|third|fourth|last) {_WEEKDAY} (?:of|in) ({MONTHS})(?:,? (\d{{4}}))?", said)
    whole = _loose(f"{match[3]} {match[4]}" if match and match[4] else match[3], today) if match else None
    if match is None or whole is None or whole.last is None:
        return None
    wanted = _index(match[2])
    if match[1] == "last":
        return Day(whole.last - timedelta(days=(whole.last.weekday() - wanted) % 7), relative=True)
    first = whole.value + timedelta(days=(wanted - whole.value.weekday()) % 7)
    return Day(first + timedelta(days=7 * ("first", "second", "third", "fourth").index(match[1])), relative=True)


def _loose(said: str, today: date) -> Day | None:
    """What says a day only where one is expected."""
    match = re.fullmatch(rf"({MONTHS})\.?(?:,? ?(\d{{4}}))?", said)
    if match:
        year = int(match[2]) if match[2] else today.year + (_month(match[1]) < today.month)
        first = date(year, _month(match[1]), 1)
        return Day(first, last=_last_of_month(first))
    if re.fullmatch(r"(?:19|20)\d\d", said):
        return Day(date(int(said), 1, 1), last=date(int(said), 12, 31))
    match = re.fullmatch(r"(\d{4})-(\d{2})", said)
    if match:
        first = date(int(match[1]), int(match[2]), 1)
        return Day(first, last=_last_of_month(first))
    match = re.fullmatch(r"(\d{1,2}(?:st|nd|rd|th)|[a-z]+(?:-[a-z]+)?)(?: of (this|next) month)?", said)
    number = _ordinal(match[1]) if match and (match[1][0].isdigit() or match[1].endswith(("th", "st", "rd"))) else None
    if match is None or number is None:
        return None
    month = add_months(today.replace(day=1), 1 if match[2] == "next" or (not match[2] and number < today.day) else 0)
    return replace(Day(month.replace(day=number)), relative=True)
