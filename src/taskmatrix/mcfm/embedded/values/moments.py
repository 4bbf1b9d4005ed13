"""Dates and times that a text says, read against a clock: `3 pm tomorrow`, `5 May 2023`, `in two hours`, `noon`.

Days are read by `dates`, times of the day by `times`. A text longer than `MAX_LENGTH` characters is no date.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from taskmatrix.mcfm.embedded.values.dates import MONTHS, read_day
from taskmatrix.mcfm.embedded.values.durations import read_duration
from taskmatrix.mcfm.embedded.values.times import find_bare_hour, find_time

MAX_LENGTH = 80
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Moment:
    """A day, a time of the day, or both. `relative`: it was said against another day, and has to be worked out.

    `now` is the clock it was read against. `last` is the last day of a week, a weekend, a month or a year that was
    said as a whole. `loose` is a time of the day that only follows from words such as `evening`.
    """

    day: date | None = None
    clock: time | None = None
    zone: tzinfo | None = None
    relative: bool = False
    last: date | None = None
    loose: bool = False
    now: datetime = EPOCH

    def point(self) -> datetime:
        """Return it as one point in time: a day begins at midnight, a time without a day is the next one."""
        zone = self.zone or self.now.tzinfo
        day = self.day or self.now.date()
        found = datetime.combine(day, self.clock or time(), zone)
        passed = self.day is None and found < (self.now if self.now.tzinfo else self.now.replace(tzinfo=zone))
        return found + timedelta(days=1) if passed and day < date.max else found


@dataclass(frozen=True, slots=True)
class Placed:
    """A moment at `start:end` of a text; `said` are its words in full (`3 May` for the 3 of `from 3 to 7 May`), `day`
    the one said beside a range of hours.
    """

    start: int
    end: int
    moment: Moment
    said: str
    day: date | None = None


_SOON = re.compile(r"(?:in|after)\s+(.{1,40})|(.{1,40}?)\s+(ago|from now|later|hence|before now)", re.I)
_ISO_TIME = re.compile(r"(?<=\d)T(?=\d{2}:\d{2})")
_FILLING = re.compile(
    r"^(?:(?:on|at|by|until|till|since|from|around|about|before|after|starting)(?:\s+|$)|[,\s]+)+|[,\s]+(?:at|on|by|around|from)?$",
    re.I,
)


def read_moment(text: str, now: datetime, *, day_first: bool = False, loose: bool = False) -> Moment | None:
    """Return the date or time that a whole text says; None where it says anything else.

    `day_first` reads 3/4/2023 as 3 April. `loose` also takes what is a date only where one is expected (`the 15th`,
    `May`, `2023`).
    """
    if len(text) > MAX_LENGTH:
        return None
    said = " ".join(_ISO_TIME.sub(" ", text).strip(" ,.;:!?").split())
    if re.fullmatch(r"(?:right )?now", said, re.I):
        return Moment(now.date(), now.time().replace(microsecond=0), now.tzinfo, relative=True, now=now)
    soon = _read_soon(said, now)
    if soon is not None:
        return soon
    clock = find_time(said)
    rest = said if clock is None else f"{said[: clock.start]} {said[clock.end :]}"
    rest = _FILLING.sub("", " ".join(rest.split()))
    if not rest.strip() and clock is not None:
        return Moment(clock=clock.value, zone=clock.zone, loose=clock.loose, now=now)
    day = read_day(rest, now.date(), day_first=day_first, loose=loose)
    if day is None and clock is None and (clock := find_bare_hour(said)) is not None:
        day = read_day(_FILLING.sub("", said[: clock.start]), now.date(), day_first=day_first)
        clock = clock if day is not None else None
    if day is None and clock is not None and not clock.loose:
        return None
    if day is None:
        return None
    if clock is None:
        return Moment(day.value, relative=day.relative, last=day.last, now=now)
    return Moment(day.value, clock.value, clock.zone, day.relative, day.last, clock.loose, now)


def last_time(moment: Moment, said: str) -> Moment:
    """Return the same day of the year before, where its words name no year: what is asked about since then is past."""
    day = moment.day
    if day is None or moment.relative or re.search(r"\d{4}", said) or (day.month, day.day) == (2, 29):
        return moment
    return replace(moment, day=day.replace(year=day.year - 1))


def _read_soon(said: str, now: datetime) -> Moment | None:
    """`in two hours`, `90 minutes ago`, `an hour and a half from now`."""
    match = _SOON.fullmatch(said)
    length = read_duration(match[1] or match[2]) if match else None
    if match is None or length is None or length.months or length.smallest not in ("second", "minute", "hour"):
        return None
    sign = -1 if (match[3] or "").lower() in ("ago", "before now") else 1
    try:
        found = now + timedelta(seconds=sign * length.seconds)
    except OverflowError:
        return None
    return Moment(found.date(), found.time().replace(microsecond=0), found.tzinfo, relative=True, now=now)


_NUMBERED = r"\d{1,2}(?:st|nd|rd|th)?"
_DATE = rf"(?:(?:{MONTHS})\.?\s+{_NUMBERED}|(?:the\s+)?{_NUMBERED}(?:\s+(?:of\s+)?(?:{MONTHS})\b\.?)?)"
_YEAR = r"(?:,?\s+\d{4}\b)?"
_PERIOD = re.compile(
    rf"\b(?:(?:from|between)\s+)?(?P<one>{_DATE}{_YEAR})\s*(?:to|until|till|through|and|-|–|—)\s*(?P<two>{_DATE}{_YEAR})(?![\d:/])",
    re.I,
)


_CLOCKS = re.compile(
    r"(?P<between>\bbetween\s+)?(?<![\d:.])(?P<one>\d{1,2}(?::\d{2})?)\s*(?:to|until|till|-|–|—|(?P<and>and))\s*"
    r"(?P<two>\d{1,2}(?::\d{2})?\s?(?P<half>[ap])\.?\s?m\b)",
    re.I,
)


def find_periods(text: str, now: datetime) -> Iterator[Placed]:
    """Yield both ends of each range of dates whose ends share their month or year (`from 3 to 7 May 2024`), and of
    each range of hours that share their half of the day (`from 2 to 3 pm`, `11 to 1 pm`).
    """
    yield from _days(text, now)
    for match in _CLOCKS.finditer(text[:4_000]):
        if bool(match["and"]) != bool(match["between"]):
            continue
        day = _day_beside(text, match, now)
        last = read_moment(match["two"], now)
        for half in (match["half"], "a"):
            said = f"{match['one']} {half}m"
            first = read_moment(said, now)
            if first and last and first.clock and last.clock and first.clock < last.clock:
                yield Placed(*match.span("one"), first, said, day)
                yield Placed(*match.span("two"), last, match["two"], day)
                break


_BESIDE = re.compile(r"(?:on\s+)?((?:[^\W_]+[ ,]+){0,2}[^\W_]+)")


def _day_beside(text: str, match: re.Match[str], now: datetime) -> date | None:
    """The day said right before or behind a range of hours: `tomorrow from 2 to 3 pm`, `11 to 1 pm on Friday`."""
    before = re.sub(r"[\s,]*\b(?:from|between)?\s*$", "", text[max(0, match.start() - 40) : match.start()], flags=re.I)
    behind = _BESIDE.match(text[match.end() : match.end() + 40].lstrip(" ,"))
    parts = [before.split()[-n:] for n in (3, 2, 1)]
    parts += [behind[1].split()[:n] for n in (3, 2, 1)] if behind else []
    moments = (read_moment(" ".join(part), now) for part in parts if part)
    return next((m.day for m in moments if m is not None and m.day is not None and m.clock is None), None)


def _days(text: str, now: datetime) -> Iterator[Placed]:
    for match in _PERIOD.finditer(text[:4_000]):
        one, two = match["one"], match["two"]
        month = re.search(rf"\b(?:{MONTHS})\b", f"{one} {two}", re.I)
        joined = match.group().lower().startswith(("from", "between")) or not re.search(
            r"\band\b", match.group(), re.I
        )
        if month is None or not joined:
            continue
        year = re.search(r"\d{4}", two) or re.search(r"\d{4}", one)
        ends: list[Placed] = []
        for name, part in (("one", one), ("two", two)):
            said = part if re.search(rf"\b(?:{MONTHS})\b", part, re.I) else f"{part} {month.group()}"
            said = f"{said} {year.group()}" if year and not re.search(r"\d{4}", said) else said
            moment = read_moment(said, now)
            if moment is not None:
                ends.append(Placed(match.start(name), match.end(name), moment, " ".join(said.split())))
        if len(ends) == 2 and (ends[0].moment.day or date.min) <= (ends[1].moment.day or date.max):
            yield from ends


_AT_COUNT = re.compile(r"at\s+\w+\s+(?!hours\b)[a-z]+s\b", re.I)
"""`at 3 shops` names no time."""
_TOKEN = re.compile(r"[A-Za-z]+(?:['’][a-z]+)?|\d+(?::\d+)*(?:st|nd|rd|th)?|[^\s\w]")
_STARTS = re.compile(
    rf"(?:today|tomorrow|yesterday|tonight|now|next|last|this|in|the|at|on|noon|midday|midnight|half|quarter|a|an|one|"
    rf"two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|end|beginning|start|first|second|third|"
    rf"fourth|day|mon|tues?|wed|thu(?:rs)?|fri|sat|sun|coming|(?:mon|tues|wednes|thurs|fri|satur|sun)day|{MONTHS}|"
    rf"\d{{1,2}}(?:st|nd|rd|th)?|\d{{1,2}}:\d{{2}}|\d+)",
    re.I,
)
_WITHIN = re.compile(
    r"(?:of|and|from|to|past|after|before|ago|back|later|week(?:end)?s?|months?|years?|days?|hours?|hrs?|minutes?|mins?|"
    r"morning|afternoon|evening|night|o|o['’]?clock|clock|am|pm|p|m|quarter|year|fortnight|couple|till|['’.,:-])",
    re.I,
)
_TOO_SHORT = frozenset(
    "now the a an may mon sat sun fri wed second first third fourth day morning night march".split()
)
_TELLING = re.compile(
    rf"day|tonight|now|week|month|year|fortnight|hour|hr|min|noon|night|past|quarter|clock|:|[ap]\.?\s?m\b|"
    rf"\b(?:mon|tues?|wed|thu(?:rs)?|fri|sat|sun|{MONTHS})\b",
    re.I,
)
_LASTS, _LENGTH = re.compile(r"\bfor\s+$", re.I), re.compile(r"\S+ (?:day|night|week|month|year)s? from\b", re.I)
_LONGEST = 16


def find_moments(text: str, now: datetime) -> Iterator[Placed]:
    """Yield the dates and times of a text that are said in words, the longest at each place."""
    tokens = list(_TOKEN.finditer(text[:4_000]))
    fits = [bool(_STARTS.fullmatch(t.group()) or _WITHIN.fullmatch(t.group())) for t in tokens]
    index = 0
    while index < len(tokens):
        last = index
        while last < min(len(tokens), index + _LONGEST) and fits[last]:
            last += 1
        found = None
        if last > index and _STARTS.fullmatch(tokens[index].group()):
            found = _longest(text, tokens[index:last], now)
        if found is None:
            index += 1
            continue
        yield found
        while index < len(tokens) and tokens[index].start() < found.end:
            index += 1


def _longest(text: str, run: list[re.Match[str]], now: datetime) -> Placed | None:
    for length in range(len(run), 0, -1):
        start, end = run[0].start(), run[length - 1].end()
        said = text[start:end]
        if length == 1 and (said.lower() in _TOO_SHORT or not said.isalpha()):
            return None
        opens = re.match(r"(?:on|at|the)\b|(?:five|ten|twenty)\s+to\s", said, re.I)  # also a range of numbers
        if opens or not run[length - 1].group()[0].isalnum() or not _TELLING.search(said):
            continue
        hangs = said.lower().endswith((" at", " on", " from"))
        lasts = _LENGTH.match(said) is not None and _LASTS.search(text[:start])  # `for 3 days from Monday`
        if hangs or lasts or _AT_COUNT.match(text, run[length - 2].start() if length > 1 else start):
            continue
        moment = read_moment(said, now)
        if moment is not None and not (moment.loose and moment.day is None):
            return Placed(start, end, moment, said)
    return None
