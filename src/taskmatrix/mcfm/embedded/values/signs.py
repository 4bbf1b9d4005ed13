"""The signs of numbers: `minus 40`, `264 BC`, and `two semitones lower` where a document says `negative is down`."""

import re
from functools import lru_cache

from taskmatrix.mcfm.embedded.documents.reading import ParameterView
from taskmatrix.mcfm.embedded.instruction.language import stem

MAX_TEXT, AROUND = 1_000, 80
"""Characters of a description, and of the words around a number, that are read."""
_TOLD = re.compile(
    r"\b(?:negative|minus|below zero|< ?0)\b(?: (?:numbers?|values?))?[ ,:=]*"
    r"(?:is|are|means?|for|if|when|to|shifts?|moves?)? (?:it |the |an? )?([a-z]+)",
    re.I,
)
_DOWN = frozenset(stem(w) for w in "down downward downwards lower lowers lowered drop dropped decrease fall".split())
_BEFORE_CHRIST = re.compile(r"\s?B\.?C\.?(?:E\b|(?!\w))")
_COUNTS_BACK = re.compile(r"\bnegative\b.{0,40}\bBCE?\b|\bBCE?\b.{0,40}\bnegative\b", re.I | re.S)
_MINUS = re.compile(r"(?<!\d)(?<!\d )\b(?:minus|negative)\s+$", re.I)
_DASH = re.compile(r"^[-–—]\s+(?=\d)")
_HOLLOW = frozenset(stem(w) for w in "number value allow allowed use integer bc bce".split())


def with_sign(text: str, place: int, span: str) -> str:
    """Return a number at `place` as a span with the sign that is said: `40` of `minus 40`, the 35 of `age - 35`."""
    bare = _DASH.sub("", span)
    said = bare[:1].isdigit() and _MINUS.search(text[max(0, place - AROUND) : place])
    return f"-{bare}" if said else bare


def is_below_zero(text: str, start: int, end: int, parameter: ParameterView) -> bool:
    """Return whether the words around a number say what a parameter has numbers below zero for."""
    told = parameter.text[:MAX_TEXT]
    if _BEFORE_CHRIST.match(text, end) and _COUNTS_BACK.search(told):
        return True
    meant = _meant(told)
    if not meant:
        return False
    before = re.split(r"[.!?;]\s", text[max(0, start - AROUND) : start])[-1]
    behind = re.split(r"[.!?;,]\s", text[start : start + AROUND])[0]
    return bool(meant & {stem(word) for word in re.findall(r"[a-z]+", f"{before} {behind}".lower())})


@lru_cache(maxsize=4_096)
def _meant(text: str) -> frozenset[str]:
    """The stems of what numbers below zero stand for."""
    found = frozenset(stem(match[1].lower()) for match in _TOLD.finditer(text)) - _HOLLOW
    return found | _DOWN if found & _DOWN else found
