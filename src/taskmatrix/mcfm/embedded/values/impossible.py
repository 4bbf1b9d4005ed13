"""Dates and times that do not exist: `25:99`, `31 February`, `2026-13-05`."""

import re
from calendar import monthrange
from datetime import date

from taskmatrix.mcfm.embedded.values.dates import MONTHS

_CLOCK = re.compile(r"(?<![\d:.])(\d{1,2}):(\d{2})(?![\d:])")
_HALF = re.compile(r"(?<![\d:.])(\d{1,2})\s?[ap]\.?m\b", re.I)
_NUMBERED = r"(\d{1,2})(?:st|nd|rd|th)?(?![\w:.]|\s?[ap]\.?m\b)"
_YEAR = r"(?:,?\s+(\d{4})\b)?"
_DAY_FIRST = re.compile(rf"(?<![\d:./])(\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?({MONTHS})\b\.?{_YEAR}", re.I)
_MONTH_FIRST = re.compile(rf"\b({MONTHS})\b\.?\s+(?:the\s+)?{_NUMBERED}{_YEAR}", re.I)
_ISO = re.compile(r"(?<!\d)(\d{4})-(\d{2})-(\d{2})(?!\d)")
_SLASHED = re.compile(r"(?<![\d/])(\d{1,2})/(\d{1,2})/(\d{4})(?![\d/])")
_ORDER = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ALSO_VERBS = ("may", "march")
_LEAP = 2024


def impossible_moment(text: str) -> str:
    """Return the first date or time of a text that does not exist, as it is said; empty where there is none."""
    kinds = ((_CLOCK, _is_clock), (_HALF, _is_half), (_DAY_FIRST, _is_day_first), (_MONTH_FIRST, _is_month_first))
    for pattern, exists in (*kinds, (_ISO, _is_iso), (_SLASHED, _is_slashed)):
        for match in pattern.finditer(text):
            if not exists(match):
                return match[0]
    return ""


def _is_clock(match: re.Match[str]) -> bool:
    hour, minute = int(match[1]), int(match[2])
    return (hour < 24 and minute < 60) or (hour == 24 and not minute)


def _is_half(match: re.Match[str]) -> bool:
    return 1 <= int(match[1]) <= 12


def _is_day_first(match: re.Match[str]) -> bool:
    return _exists(int(match[3] or _LEAP), match[2], int(match[1]))


def _is_month_first(match: re.Match[str]) -> bool:
    return match[1] in _ALSO_VERBS or _exists(int(match[3] or _LEAP), match[1], int(match[2]))


def _is_iso(match: re.Match[str]) -> bool:
    return _is_date(int(match[1]), int(match[2]), int(match[3]))


def _is_slashed(match: re.Match[str]) -> bool:
    one, other, year = int(match[1]), int(match[2]), int(match[3])
    return _is_date(year, one, other) or _is_date(year, other, one)


def _exists(year: int, month: str, day: int) -> bool:
    number = _ORDER.index(month[:3].lower()) + 1
    return 1 <= day <= monthrange(max(year, 1), number)[1]


def _is_date(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True
