"""Numbers in figures and in words: `1,250`, `-3.5e2`, `2 1/2`, `3k`, `two hundred and forty`, `half a million`.

Every function reads a whole text; none takes longer than the length of the text, and no text longer than
`MAX_LENGTH` is a number.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from taskmatrix.mcfm.embedded.instruction.language import number_word

MAX_LENGTH = 200
"""A longer text is no number that anybody means."""

MAX_WORDS = 24

_SCALES = {
    "hundred": 100,
    "k": 1_000,
    "thousand": 1_000,
    "grand": 1_000,
    "mn": 1_000_000,
    "million": 1_000_000,
    "bn": 1_000_000_000,
    "billion": 1_000_000_000,
    "trillion": 1_000_000_000_000,
}
_PLURAL = {f"{word}s": word for word in ("hundred", "thousand", "million", "billion", "trillion", "dozen")}
_COUNTS = {"dozen": 12, "couple": 2, "score": 20}
_PARTS = {"half": 0.5, "halves": 0.5, "quarter": 0.25, "quarters": 0.25, "thirds": 1 / 3, "fifths": 0.2, "tenths": 0.1}
_VULGAR = {"½": 0.5, "¼": 0.25, "¾": 0.75, "⅛": 0.125}
_VULGAR_FRACTION = re.compile(r"(?:(\d{1,9})\s?)?([½¼¾⅛])")
_AND_A_PART = re.compile(r"\s+and\s+(?:a\s+(half|quarter)\b|(?:an?\s+)?([1-9])\s?[/⁄]\s?([2-9])\b)", re.I)
GRAND = r"grand\b(?! (?:piano|prix|slam|jury|total|hotel))"
"""Thousands of money: `60 grand`."""
_SCALE_WORD = re.compile(
    rf"\s?(k(?=\W|$)|mn\b|bn\b|hundreds?\b|thousands?\b|{GRAND}|millions?\b|billions?\b|trillions?\b|dozens?\b)",
    re.I,
)
_FIGURES = re.compile(
    r"(?P<whole>\d{1,3}(?:[,_'\u00a0\u202f]\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)(?P<power>e[+-]?\d{1,3})?", re.I
)
_FRACTION = re.compile(r"(?:(\d{1,9})[ -])?(\d{1,9})\s?[/⁄]\s?(\d{1,9})")
_SIGN = re.compile(r"\s*(?:([-−–])|([+])|(minus|negative)\s|(plus|positive)\s)\s*", re.I)
_TIMES = {"once": 1, "twice": 2, "thrice": 3, "double": 2, "triple": 3}


@dataclass(frozen=True, slots=True)
class Figure:
    """A number at the start of a text, and where it ends."""

    value: int | float
    end: int


def read_figure(text: str) -> Figure | None:
    """Return the number in figures or words that a text starts with, with its sign and scale; None where none is."""
    text = text[: MAX_LENGTH + 1]
    signed = _SIGN.match(text)
    start = signed.end() if signed else 0
    found = _in_figures(text, start) or _in_words(text, start)
    if found is None or found.end > MAX_LENGTH:
        return None
    negative = signed is not None and bool(signed[1] or signed[3])
    return Figure(-found.value if negative else found.value, found.end)


def read_number(text: str) -> int | float | None:
    """Return the number that the whole text says; None where it says anything else, or more."""
    text = text.strip()
    found = read_figure(text)
    return found.value if found is not None and found.end == len(text) else None


def calculated(value: float) -> int | float | None:
    """Return what was calculated: whole as an int, else to 15 digits; None where JSON has no such number."""
    if isinstance(value, int) or not math.isfinite(value):
        return value if isinstance(value, int) else None
    tidy = float(f"{value:.15g}")
    return int(tidy) if tidy.is_integer() and abs(tidy) < 1e15 else tidy


def read_words(words: Sequence[str]) -> int | float | None:
    """Return the number that all of the words, in lower case, say together; None where they say none."""
    total, current, empty = 0.0, 0.0, True
    index = 0
    while index < len(words):
        word = _PLURAL.get(words[index], words[index])
        rest = words[index + 1 :]
        if word in ("and", "a", "an"):
            if not _may_join(word, current, empty, rest) or (total and not current and rest[:1] == ["a"]):
                return None
        elif word == "point":
            decimals = _decimals(rest)
            return None if decimals is None or empty else calculated(total + current + decimals)
        elif word in _SCALES or word in _COUNTS:
            factor = _SCALES.get(word) or _COUNTS[word]
            if empty and (index == 0 or words[index - 1] not in ("a", "an")):
                return None
            current = (1.0 if empty else current) * factor
            if factor >= 1_000:
                total, current = total + current, 0.0
        else:
            added = _step(word, words[index - 1] if index else "", current, empty)
            if added is None:
                return None
            current = added
        empty = empty and word in ("and", "a", "an")
        index += 1
    return None if empty else calculated(total + current)


def _step(word: str, before: str, current: float, empty: bool) -> float | None:
    """`current` with one more word; None where the word cannot follow."""
    if word in _PARTS:
        if empty or before in ("and", "a", "an"):
            return current + _PARTS[word]
        return current * _PARTS[word]
    value = number_word(word)
    if value is None or word in _TIMES or word == "halve" or _is_place(word):
        return None
    room = 10 if 20 <= current % 100 < 100 and value < 10 else 100
    return current + value if empty or (current and current % room == 0 and 0 < value < room) or not current else None


def _is_place(word: str) -> bool:
    return word.endswith(("st", "nd", "rd", "th")) or word in ("first", "second", "third")


def _may_join(word: str, current: float, empty: bool, rest: Sequence[str]) -> bool:
    """Whether `and` or `a` may stand here: `a hundred and two`, `two and a half`, `half a million`."""
    following = [w for w in rest[:2] if w not in ("a", "an")][:1]
    if not following:
        return False
    part = following[0] in _PARTS
    if word == "and":
        half = part and rest[0] in ("a", "an")
        return not empty and (half or (not part and current % 100 == 0))
    return empty or part or current < 1


def _decimals(words: Sequence[str]) -> float | None:
    digits = [number_word(w) for w in words]
    if not digits or any(d is None or d > 9 or d != int(d) for d in digits):
        return None
    return float("0." + "".join(str(int(d)) for d in digits if d is not None))


_NEXT_WORD = re.compile(r"(?:\s{0,3}-?\s{0,3})([A-Za-z]+)")
_VOCABULARY = frozenset((*_SCALES, *_COUNTS, *_PARTS, *_PLURAL, "and", "a", "an", "point"))


def speaks_of_number(word: str) -> bool:
    """Whether a word may be a part of a number said in words."""
    lower = word.lower()
    return lower in _VOCABULARY or (number_word(lower) is not None and not _is_place(lower))


def _in_figures(text: str, start: int) -> Figure | None:
    sign = _VULGAR_FRACTION.match(text, start)
    if sign:
        return Figure(int(sign[1] or 0) + _VULGAR[sign[2]], sign.end())
    fraction = _FRACTION.match(text, start)
    if fraction and int(fraction[3]) and not re.compile(r"\s?/|\d").match(text, fraction.end()):
        value = calculated(int(fraction[1] or 0) + int(fraction[2]) / int(fraction[3]))
        return None if value is None else Figure(value, fraction.end())
    match = _FIGURES.match(text, start)
    if match is None:
        return None
    digits = re.sub(r"[^\d.]", "", match["whole"])
    power = match["power"] or ""
    value = float(digits + power) if "." in digits or power else int(digits)
    return _scaled(text, Figure(value, match.end())) if math.isfinite(value) else None


def _scaled(text: str, found: Figure) -> Figure:
    """The number with what follows it: `1.5 million`, `3k`, `2 and a half`, `2 dozen`."""
    half = _AND_A_PART.match(text, found.end)
    if half:
        part = _PARTS[half[1].lower()] if half[1] else int(half[2]) / int(half[3])
        return _scaled(text, Figure(found.value + part, half.end()))
    scale = _SCALE_WORD.match(text, found.end)
    if scale is None:
        return found
    word = _PLURAL.get(scale[1].lower(), scale[1].lower())
    value = calculated(found.value * (_SCALES.get(word) or _COUNTS[word]))
    return found if value is None else Figure(value, scale.end())


def _in_words(text: str, start: int) -> Figure | None:
    """The longest run of words from `start` that says a number."""
    run: list[re.Match[str]] = []
    place = start
    while len(run) < MAX_WORDS:
        match = _NEXT_WORD.match(text, place)
        if match is None or not speaks_of_number(match[1]):
            break
        run.append(match)
        place = match.end()
    for length in range(len(run), 0, -1):
        words = [m[1].lower() for m in run[:length]]
        single = _TIMES.get(words[0]) if length == 1 else None
        value = read_words(words) if single is None else single
        if value is not None:
            return Figure(value, run[length - 1].end())
    return None
