"""Dates in words as ISO 8601."""

import re
from datetime import date

_MONTHS = {m: i + 1 for i, m in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split())}


def iso_date(text: str) -> str | None:
    """Return `YYYY-MM-DD` for a date that states its year (`May 5, 2023`, `5/31/2023`); None for any other."""
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}.*", text):
        return text[:10] if len(text) == 10 else text
    slashed = re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", text)
    if slashed:
        return _iso(int(slashed[3]), int(slashed[1]), int(slashed[2]))
    month = re.search(r"[A-Za-z]{3}", re.sub(r"\b(?:the|of)\b", "", text, flags=re.I))
    numbers = [int(n) for n in re.findall(r"\d+", text)]
    if month and month.group().lower() in _MONTHS and len(numbers) == 2 and numbers[1] > 31:
        return _iso(numbers[1], _MONTHS[month.group().lower()], numbers[0])
    return None


def _iso(year: int, month: int, day: int) -> str | None:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None
