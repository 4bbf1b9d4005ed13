"""When something is to be done: `every day at 9`, `in two hours`, `whenever a mail arrives`, `until it rains`."""

import re
from collections.abc import Iterator
from datetime import datetime, time, timedelta

from taskmatrix.mcfm.embedded.instruction.clauses import FILLER, mask
from taskmatrix.mcfm.embedded.instruction.language import AUXILIARIES, number_word
from taskmatrix.mcfm.embedded.plan import Schedule
from taskmatrix.mcfm.embedded.values.durations import read_duration
from taskmatrix.mcfm.embedded.values.moments import find_moments, read_moment
from taskmatrix.mcfm.embedded.values.times import find_time

_HAPPENS = (
    r"(?:arrives?|happens?|comes?|changes?|gets?|receives?|rings?|opens?|closes?|becomes?|reaches|falls?|drops?|goes|"
    r"finish(?:es)?|starts?|begins?|ends?|stops?|leaves?|enters?|joins?|rises?|sets?|appears?|fails?|sends?|posts?|"
    r"replies|answers?|logs?|turns?|wakes?|lands?|crosses|hits?|detects?)"
)
_EVENT = re.compile(
    rf"\b(?:{_HAPPENS}|is (?:received|sent|opened|posted|created|added|changed|updated|deleted|detected|published|"
    r"pressed|triggered))\b",
    re.I,
)
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DAY = rf"(?:{'|'.join(_DAYS)})"
_NUMBER = r"\d{1,4}|one|two|three|four|five|six|seven|eight|ten|twelve|fifteen|twenty|thirty"
_COUNT = rf"(?:{_NUMBER}|other|few|half an?|quarter of an)"
_ALWAYS = r"whenever|every time|each time|any time(?! (?:after|before|between|in|on|from|today|tomorrow)\b)|as soon as"
_AT = (
    r"(?:\s*,?\s+(?:at|around)\s+[\d:]+(?:\s?[ap]\.?m\b\.?|\s*o['’]?clock)?|"
    r"\s+at\s+(?:noon|midnight|night)|\s+in the (?:morning|afternoon|evening))?"
)
_EVERY = re.compile(
    rf"(?<!for )\b(?:every|each)\s+(?:single\s+)?(?:(?P<count>{_COUNT})\s+)?(?P<unit>"
    rf"seconds?|minutes?|hours?|days?|weeks?|months?|years?|"
    rf"mornings?|afternoons?|evenings?|nights?|weekdays?|weekends?|workdays?|{_DAY})\b(?P<more>(?:\s*(?:,|and|or)\s*{_DAY})*){_AT}"
    rf"(?!\s+(?:of|in|on)\s+the\s+(?:list|calendar|schedule))",
    re.I,
)
_ADVERB = re.compile(
    rf"(?<!\bthe )(?<!\ba )(?<!\bmy )(?<!\bour )"
    rf"\b(?P<unit>hourly|daily|nightly|weekly|monthly|yearly){_AT}(?=\s*(?:[,.;!]|$))",
    re.I,
)
_ON_DAYS = re.compile(rf"\bon\s+(?P<more>(?:{_DAY}s)(?:\s*(?:,|and)\s*{_DAY}s)*){_AT}", re.I)
_TIMES_A = re.compile(
    r"\b(?:once|twice|(?:\d+|three|four|five) times(?!\s+\w+\s+year))\s+(?:an?|per|every|each)\s+"
    r"(?P<unit>minute|hour|day|week|month|year)\b",
    re.I,
)
"""Not `4 times a year`: so often interest is compounded, and hardly a thing done."""
_UNTIL = re.compile(r"\b(?:until|(?<!\bthe )(?<!\ba )till)\s+(?P<what>\S.*?)(?=[.;,?!]\s|[.;,?!]*$)", re.I)
_FROM_TIME = re.compile(r"\b(?:from|since)\s+[\w:. -]{1,20}$", re.I)
_AT_TIME = re.compile(r"\b(?:at|on|by)\s+[\w:. ]{1,20}$", re.I)
"""What begins at a time and lasts until another is a length, and nothing to wait for; what is done at one is not."""
_BEFORE = 40
"""Characters before `until` in which the time is looked for from which on it is."""
_WHEN_FIRST = re.compile(
    rf"^\W*(?:(?:and|then|but|also|please)\s+)*(?P<word>{_ALWAYS}|when|once|after)\s+(?P<what>[^,]+),\s*\S",
    re.I,
)
_WHEN_LAST = re.compile(
    rf"(?<=\w)\s*,?\s+(?P<word>{_ALWAYS}|when)\s+(?P<what>\S.*?)(?=[.;]\s|[.;]?$)",
    re.I,
)
_ASKING = re.compile(
    r"\b(?:tell|show|know|ask|say|out|determine|check|see|what|remember|remind)\b(?:\s+\w+){0,2}$", re.I
)
_QUESTION = re.compile(
    rf"\W*{FILLER}(?:(?:by|in|at|for|to|from|with|on|of)\s+)?"
    r"(?:how(?! about)|what(?! about)|which|who|whose|where|why)\b",
    re.I,
)
_HOW_LONG = re.compile(r"\bhow (?:long|many|much|far|soon)\b", re.I)
_INVERTED = re.compile(rf"(?:{AUXILIARIES}|had)\b", re.I)
_SOON = re.compile(
    rf"\b(?:in|after)\s+(?P<length>(?:(?:about\s+)?(?:an?|half an?|a few|{_NUMBER}))\s+"
    r"(?:second|minute|hour|day|week|month|year)s?(?:\s+and\s+a\s+half)?)\b|"
    r"\b(?P<later>\S+\s+(?:second|minute|hour|day|week)s?)\s+(?:from now|later)\b",
    re.I,
)
_CLOCK = re.compile(
    r"\bat\s+(?P<hour>\d{1,2})(?::(?P<minute>\d\d))?(?:\s?(?P<half>[ap])\.?m\b\.?|\s*o['’]?clock)?(?![\d.%:]|\s+(?:%|percent|degrees?|km|mph))",
    re.I,
)
_NEAR = re.compile(r"\b(?:tomorrow(?:\s+(?:morning|afternoon|evening|night))?|tonight)\b", re.I)
_EDGE = r"(?:on|at|by|around|from)"
_INTERVALS = {
    "second": "PT1S",
    "minute": "PT1M",
    "hour": "PT1H",
    "day": "P1D",
    "week": "P1W",
    "month": "P1M",
    "year": "P1Y",
}
_UNITS = {
    "hourly": "hour", "daily": "day", "nightly": "day", "weekly": "week", "monthly": "month", "yearly": "year",
    "morning": "day", "afternoon": "day", "evening": "day", "night": "day", "weekday": "day", "workday": "day",
    "weekend": "day",
}  # fmt: skip
_PARTS = {"morning": 8, "afternoon": 14, "evening": 19, "night": 22, "nightly": 22}


def is_event(text: str) -> bool:
    """Whether words tell of something that happens, not of how things are: `a mail arrives`."""
    return bool(_EVENT.search(text))


def find_schedules(text: str, now: datetime | None = None) -> list[Schedule]:
    """Return what an instruction says of when it is to be done, in order, read against the clock `now`."""
    now = now or datetime.now().astimezone()
    masked = mask(text)
    found = [*_every(text, masked, now), *_events(text, masked, now), *_once(text, masked, now)]
    found.sort(key=lambda s: (s.start, -s.end))
    return [s for i, s in enumerate(found) if not any(o.start <= s.start and s.end <= o.end for o in found[:i])]


def _every(text: str, masked: str, now: datetime) -> Iterator[Schedule]:
    for pattern in (_EVERY, _ADVERB, _ON_DAYS, _TIMES_A):
        for match in pattern.finditer(masked):
            said = match.groupdict()
            unit = (said.get("unit") or "week").lower()
            unit = unit if unit in _UNITS else unit.rstrip("s")
            days = {_DAYS.index(d) for d in _DAYS if re.search(rf"\b{d}", match.group().lower())}
            days |= {"weekday": {0, 1, 2, 3, 4}, "workday": {0, 1, 2, 3, 4}, "weekend": {5, 6}}.get(unit, set())
            often = pattern is _TIMES_A  # at which times of the day is not said
            interval = (
                "" if often else _interval(said.get("count"), "week" if unit in _DAYS else _UNITS.get(unit, unit))
            )
            clock = _clock_in(match.group()) or (time(_PARTS[unit]) if unit in _PARTS else None)
            at = _next(now, clock or time(9), days) if clock or days else None
            yield Schedule(
                "every",
                text[match.start() : match.end()].strip(),
                match.start(),
                match.end(),
                at,
                interval,
                tuple(sorted(days)),
            )


def _interval(count: str | None, unit: str) -> str:
    if count is None:
        return _INTERVALS.get(unit, "")
    said = count.lower()
    if said in ("half a", "half an", "quarter of an", "few"):
        return (
            {"half a": "PT30M", "half an": "PT30M", "quarter of an": "PT15M"}.get(said, "") if unit == "hour" else ""
        )
    number = 2 if said == "other" else int(said) if said.isdigit() else number_word(said)
    return _INTERVALS.get(unit, "").replace("1", str(number)) if number else ""


def _clock_in(text: str) -> time | None:
    found = find_time(text)
    if found is not None and not found.loose:
        return found.value
    match = _CLOCK.search(text)
    if match is None:
        return found.value if found else None
    hour = int(match["hour"])
    if match["half"]:
        hour = hour % 12 + (12 if match["half"].lower() == "p" else 0)
    part = find_time(re.sub(_CLOCK, "", text)) if hour < 12 and not match["half"] else None
    hour += 12 if part is not None and part.value.hour >= 12 and hour < 12 else 0
    minute = int(match["minute"] or 0)
    return time(hour, minute) if hour < 24 and minute < 60 else None


def _next(now: datetime, clock: time | None, days: set[int]) -> datetime:
    """The next time that a clock shows a time on one of some days of the week (any day if none is given)."""
    first = datetime.combine(now.date(), clock or time(), now.tzinfo)
    later = (first + timedelta(days=ahead) for ahead in range(9))
    return next(at for at in later if at > now and (not days or at.weekday() in days))


def _events(text: str, masked: str, now: datetime) -> Iterator[Schedule]:
    for match in _UNTIL.finditer(masked):
        begun = masked[: match.start()].strip()
        moment = next((p for p in find_moments(match["what"], now) if p.start == 0), None)
        lasts = _FROM_TIME.search(begun) or (moment is not None and _ends_in_time(begun, now))
        if begun and not lasts and not _HOW_LONG.search(_last_sentence(begun)):
            end = match.end("what") if moment is None else match.start("what") + moment.end  # `3 pm and invite Ann`
            yield Schedule("until", text[match.start() : end].strip(), match.start(), end)
    for first, last in _sentences(masked):
        sentence = masked[first:last]
        match = _WHEN_FIRST.match(sentence)
        ends = match.end("what") if match else 0
        if match is None:
            match = _WHEN_LAST.search(sentence)
            ends = match.end() if match else 0
            if match is None or _ASKING.search(sentence[: match.start()]):
                continue
        word, what = match["word"].lower(), match["what"]
        always = word in ("whenever", "every time", "each time", "any time")
        rest = sentence[ends:].lstrip(" ,") if match.start() == 0 else sentence[: match.start()]
        if not always and (_QUESTION.match(rest) or (word == "when" and _INVERTED.match(what))):
            continue
        doing = re.match(r"\w+ing\b|(?:you|i|we)\b", what, re.I)
        done = word in ("once", "after", "as soon as") and re.search(
            r"\b(?:is|are|has been|have been)\s+\w+\s*$", what, re.I
        )
        at_work = re.match(r"\w+ing\b", what)  # `when selecting 3 of 10` says how, not when
        if always or (is_event(what) and not at_work and not (word != "when" and (doing or done))):
            start = first + match.start("word")
            yield Schedule("when", text[start : first + ends].strip(" ,"), start, first + ends)


def _ends_in_time(begun: str, now: datetime) -> bool:
    """Whether the words before `until` say from when on: `3 pm` until `4 pm`, but not `at 3 pm` until `4 pm`."""
    before = begun[-_BEFORE:]
    return _AT_TIME.search(before) is None and any(p.end == len(before) for p in find_moments(before, now))


def _sentences(masked: str) -> Iterator[tuple[int, int]]:
    start = 0
    for match in re.finditer(r"(?<=[.!?;])\s+|\n+", masked):
        yield start, match.start()
        start = match.end()
    yield start, len(masked)


def _last_sentence(masked: str) -> str:
    return masked[slice(*list(_sentences(masked))[-1])]


def _once(text: str, masked: str, now: datetime) -> Iterator[Schedule]:
    """A time yet to come that a sentence begins or ends with."""
    for first, last in _sentences(masked):
        sentence = masked[first:last]
        found: list[tuple[int, int, datetime | None]] = [
            (p.start, p.end, p.moment.point()) for p in find_moments(sentence, now) if p.moment.day or p.moment.clock
        ]
        for match in _NEAR.finditer(sentence):
            moment = read_moment(match.group(), now)
            found += [(match.start(), match.end(), moment.point())] if moment else []
        for match in _SOON.finditer(sentence):
            length = read_duration(re.sub(r"^about\s+", "", match["length"] or match["later"]))
            after = now + timedelta(seconds=length.seconds, days=30 * length.months) if length else None
            found.append((match.start(), match.end(), after))
        for match in _CLOCK.finditer(sentence):
            clock = _clock_in(match.group())
            if clock is not None:
                found.append((match.start(), match.end(), _next(now, clock, set())))
        for start, end, at in _joined(sentence, found):
            late = at is None or at.replace(tzinfo=at.tzinfo or now.tzinfo) > now
            if late and (_begins(sentence[:start]) or _ends(sentence, start, end)):
                start -= len(sentence[:start]) - len(re.sub(rf"\b{_EDGE}\s+$", "", sentence[:start], flags=re.I))
                yield Schedule("once", text[first + start : first + end].strip(), first + start, first + end, at)


def _joined(
    sentence: str, found: list[tuple[int, int, datetime | None]]
) -> Iterator[tuple[int, int, datetime | None]]:
    """`tomorrow` and `at 5` as one time."""
    pending: tuple[int, int, datetime | None] | None = None
    for start, end, at in sorted(found, key=lambda f: (f[0], -f[1])):
        if pending is not None and start < pending[1]:
            continue
        if (
            pending is not None
            and not sentence[pending[1] : start].strip(" ,")
            and at is not None
            and pending[2] is not None
        ):
            day, clock = (pending[2], at) if sentence[start:end].lower().startswith("at") else (at, pending[2])
            pending = (pending[0], end, datetime.combine(day.date(), clock.timetz() if clock.tzinfo else clock.time()))
            continue
        if pending is not None:
            yield pending
        pending = (start, end, at)
    if pending is not None:
        yield pending


def _begins(before: str) -> bool:
    return bool(re.fullmatch(rf"\W*{FILLER}(?:(?:and|then|but)\s+)*(?:{_EDGE}\s+)?", before, re.I))


def _ends(sentence: str, start: int, end: int) -> bool:
    return not sentence[end:].strip(" .!?,") and len(sentence[:start].split()) > 1
