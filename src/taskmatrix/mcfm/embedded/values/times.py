"""Times of the day in words and figures: `3 pm`, `15:30:05+02:00`, `half past seven`, `noon`, `ten to nine`."""

import re
from dataclasses import dataclass, replace
from datetime import UTC, time, timedelta, timezone, tzinfo

from taskmatrix.mcfm.embedded.instruction.language import number_word


@dataclass(frozen=True, slots=True)
class TimeOfDay:
    """A time at `start:end` of a text. `zone` is None where none is said; `loose` for `evening`, said for a time."""

    start: int
    end: int
    value: time
    zone: tzinfo | None = None
    loose: bool = False


_HOUR = r"(\d{1,2}|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)"
_PART = r"(?:\s*,?\s*(?:(?:in the|at)\s+)?(morning|afternoon|evening|night))?"
_HALF = r"([ap])\.?\s?m\b\.?"
_DIGITAL = re.compile(
    rf"(?<![\d:.])(\d{{1,2}}):(\d{{2}})(?::(\d{{2}})(?:\.(\d{{1,6}})\d*)?)?(?![\d:])(?:\s?{_HALF})?"
    rf"(?:\s?(z|utc|gmt)\b|\s?([+-])(\d{{2}}):?(\d{{2}})(?!\d))?{_PART}",
    re.I,
)
_WITH_HALF = re.compile(rf"\b{_HOUR}(?:\.(\d{{2}}))?\s?{_HALF}", re.I)
_PAST = re.compile(
    rf"\b(half|(?:a\s+)?quarter|twenty[ -]five|twenty|ten|five|\d{{1,2}})(?:\s+minutes?)?"
    rf"\s+(past|after|to|before|till)\s+(?:{_HOUR}|(noon|midnight))\b(?:\s?{_HALF}|\s*o['’]?clock)?{_PART}",
    re.I,
)
_CLOCK = re.compile(rf"\b{_HOUR}\s*o['’]?\s?clock\b{_PART}", re.I)
_IN_PART = re.compile(rf"\b{_HOUR}\s+(?:in the|at)\s+(morning|afternoon|evening|night)\b", re.I)
_SPOKEN = re.compile(
    rf"\b(?:at\s+)?{_HOUR}[ -](fifteen|thirty|forty[ -]five|ten|twenty)\b(?!\s+\w)(?:\s?{_HALF})?{_PART}", re.I
)
_AT = re.compile(rf"\bat\s+{_HOUR}\b(?![\d:.])", re.I)
_NAMED = re.compile(r"\b(?:12\s+)?(noon|midday|midnight)\b", re.I)
_DAY_PART = re.compile(r"\b(?:(?:in the|at|this)\s+)?(morning|afternoon|evening|night)\b|\b(tonight)\b", re.I)
_PART_BEFORE = re.compile(r"\b(?:in the |at )?(morning|afternoon|evening|night)(?: at| around|,)*\s*$", re.I)
_HOURS_OF = {"morning": 9, "afternoon": 15, "evening": 19, "night": 20, "tonight": 20}
_MINUTES = {"half": 30, "quarter": 15, "twenty-five": 25, "forty-five": 45}


def find_time(text: str) -> TimeOfDay | None:
    """Return the time of the day that a text names; None where it names none. Reads 100 characters."""
    text = text[:100]
    for pattern, read in (
        (_DIGITAL, _digital),
        (_PAST, _past),
        (_WITH_HALF, _with_half),
        (_CLOCK, _clock),
        (_IN_PART, _clock),
        (_SPOKEN, _spoken),
    ):
        match = pattern.search(text)
        found = read(match) if match else None
        if found is not None:
            return _in_part_before(text, found)
    named = _NAMED.search(text)
    if named:
        return TimeOfDay(named.start(), named.end(), time(0 if named[1].lower() == "midnight" else 12))
    part = _DAY_PART.search(text)
    if part is None:
        return None
    word = (part[1] or part[2]).lower()
    at = _AT.search(text)
    hour = _of_day(_hour(at[1]), None, "night" if word == "tonight" else word) if at else None
    if at and hour is not None:
        together = part.start() < at.start() and not text[part.end() : at.start()].strip(" ,") and word != "tonight"
        return TimeOfDay(part.start() if together else at.start(), at.end(), time(hour))
    # "tonight" also says the day: it stays in the text
    end = part.start() if word == "tonight" else part.end()
    return TimeOfDay(part.start(), end, time(_HOURS_OF[word]), loose=True)


def _in_part_before(text: str, found: TimeOfDay) -> TimeOfDay:
    """The time with the part of the day right before it: `evening 6 o'clock`, `in the afternoon at 2:15`."""
    part = _PART_BEFORE.search(text[: found.start])
    if part is None:
        return found
    hour = found.value.hour
    late = 1 <= hour < 12 and (
        part[1].lower() in ("afternoon", "evening") or (part[1].lower() == "night" and hour >= 6)
    )
    return replace(found, start=part.start(), value=found.value.replace(hour=hour + 12 if late else hour))


def find_bare_hour(text: str) -> TimeOfDay | None:
    """Return the time that `at 8` beside a day says, at the end of the text: 1 to 6 are in the afternoon."""
    at = re.search(_AT.pattern + r"$", text[:100], re.I)
    hour = _hour(at[1]) if at else 24
    if at is None or hour > 23:
        return None
    return TimeOfDay(at.start(), at.end(), time(hour + 12 if 1 <= hour <= 6 else hour))


def _hour(text: str) -> int:
    value = int(text) if text.isdigit() else number_word(text)
    return int(value or 0)


def _of_day(hour: int, half: str | None, part: str | None) -> int | None:
    """The hour from 0 to 23; None where there is no such hour."""
    half, part = (half or "").lower(), (part or "").lower()
    if half:
        return None if not 1 <= hour <= 12 else hour % 12 + (12 if half == "p" else 0)
    late = part in ("afternoon", "evening") or (part == "night" and hour >= 6)
    if part and hour <= 12:
        return 0 if part == "night" and hour == 12 else hour % 12 + 12 if late else hour % 12 if hour < 12 else 12
    return hour if hour <= 23 else None


def _digital(match: re.Match[str]) -> TimeOfDay | None:
    hour = _of_day(int(match[1]), match[5], match[10])
    minute, second = int(match[2]), int(match[3] or 0)
    if hour is None or minute > 59 or second > 59:
        return None
    zone: tzinfo | None = UTC if match[6] else None
    if match[7]:
        away = timedelta(hours=int(match[8]), minutes=int(match[9]))
        if away >= timedelta(hours=24):
            return None
        zone = timezone(-away if match[7] == "-" else away)
    parts = int((match[4] or "0").ljust(6, "0"))
    return TimeOfDay(match.start(), match.end(), time(hour, minute, second, parts), zone)


def _with_half(match: re.Match[str]) -> TimeOfDay | None:
    hour, minute = _of_day(_hour(match[1]), match[3], None), int(match[2] or 0)
    return None if hour is None or minute > 59 else TimeOfDay(match.start(), match.end(), time(hour, minute))


def _past(match: re.Match[str]) -> TimeOfDay | None:
    said = re.sub(r"^a\s+", "", match[1].lower()).replace(" ", "-")
    if said.isdigit() and match[2].lower() in ("to", "before", "till") and "minute" not in match.group().lower():
        return None  # "3 to 7" is a range
    minutes = _MINUTES[said] if said in _MINUTES else _hour(said)
    named = (match[4] or "").lower()
    hour = {"noon": 12, "midnight": 0}[named] if named else _of_day(_hour(match[3]), match[5], match[6])
    if hour is None or minutes > 59:
        return None
    after = match[2].lower() in ("past", "after")
    total = (hour * 60 + (minutes if after else -minutes)) % 1440
    return TimeOfDay(match.start(), match.end(), time(total // 60, total % 60))


def _clock(match: re.Match[str]) -> TimeOfDay | None:
    hour = _of_day(_hour(match[1]), None, match[2])
    return None if hour is None else TimeOfDay(match.start(), match.end(), time(hour))


def _spoken(match: re.Match[str]) -> TimeOfDay | None:
    said = match[2].lower().replace(" ", "-")
    hour = _of_day(_hour(match[1]), match[3], match[4])
    minute = _MINUTES[said] if said in _MINUTES else _hour(said)
    return None if hour is None else TimeOfDay(match.start(), match.end(), time(hour, minute))
