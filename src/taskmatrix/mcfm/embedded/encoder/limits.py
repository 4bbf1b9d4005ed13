"""Whether a number that is said is the least or the most that is wanted: `over 20` is no maximum."""

import re
from collections.abc import Sequence

from taskmatrix.core import names
from taskmatrix.mcfm.embedded.documents.reading import ParameterView
from taskmatrix.mcfm.embedded.encoder.cross_encoder import SPAN, Slot
from taskmatrix.mcfm.embedded.encoder.stating import STATED, Convert
from taskmatrix.mcfm.embedded.filled import Filled
from taskmatrix.mcfm.embedded.values.candidates import Candidate

_FIGURE = r"-?\d+(?:,\d{3})*(?:\.\d+)?%?"
_RANGE = re.compile(
    rf"\b(?:between|from|within|of)\s+[$€£]?({_FIGURE})\s*(?:and|to|through|until|–|—|-)\s*[$€£]?({_FIGURE})(?![\w:/-])",
    re.I,
)
REACH = 40
"""Characters before and behind a number in which the words of a bound stand."""
_LEAST = frozenset("min minimum least lowest lower above over gte gt".split())
_MOST = frozenset("max maximum most highest upper below under lte lt".split())
_TOLD = re.compile(r"(?:the )?(?:(min\w*|least|lowest|lower)|(max\w*|most|highest|upper))\b", re.I)
_NOT = r"(?P<not>\b(?:no|not|nothing|none|nobody|never|\w+n['’]t|without)\s+(?:\w+\s+){0,3}?)?"
_UP = r"(?:more|greater|higher|bigger|larger|longer|older|faster|better) than|over|above|exceeding|exceeds?"
_DOWN = r"(?:less|fewer|lower|smaller|shorter|younger|slower|cheaper|worse) than|under|below"
_SIGN = r"(?:\s*(?:a|an|the|around|about|of|is|by))*\s*[$€£¥]?\s*$"
_BEFORE = re.compile(
    rf"{_NOT}\b(?:(?P<up>{_UP})|(?P<down>{_DOWN})|(?P<least>at least|minimum|min|starting at|no fewer than)"
    rf"|(?P<most>at most|at the most|maximum|max|up to|not exceeding))\b\.?(?: of| is)?{_SIGN}",
    re.I,
)
_BEHIND = re.compile(
    r"\s*(?:[A-Za-z%$€£°]+\s+){0,2}?"
    r"(?:(?P<least>or (?:more|above|over|higher|better|older|longer|greater|up)\b|and (?:up|above|over)\b|minimum\b)"
    r"|(?P<most>or (?:less|fewer|under|below|lower|younger|shorter|cheaper)\b|max(?:imum)?\b|tops\b|at most\b))"
    r"|\+",
    re.I,
)


def bound_of(parameter: ParameterView) -> str:
    """Return `least` or `most` where a number is the smallest or the largest that is wanted, else nothing."""
    if parameter.type not in ("int", "float", "Any"):
        return ""
    words = {word.lower() for word in names.words(parameter.name)}
    least, most = bool(words & _LEAST), bool(words & _MOST)
    if not least and not most and (told := _TOLD.match(parameter.text)):
        least, most = bool(told[1]), bool(told[2])
    return "" if least == most else "least" if least else "most"


def _pairs(parameters: Sequence[ParameterView]) -> dict[str, ParameterView]:
    """The parameter for the other bound of the same thing, by name: `max_price` for `min_price`."""
    bounds = [(p, bound, _bounded(p)) for p in parameters if (bound := bound_of(p))]
    return {p.name: o for p, one, named in bounds for o, other, same in bounds if one != other and named == same}


def _bounded(parameter: ParameterView) -> tuple[str, ...]:
    words = (word.lower() for word in names.words(parameter.name))
    return tuple(word for word in words if word not in _LEAST and word not in _MOST)


def said_bound(text: str, start: int, end: int) -> str:
    """Return `least` or `most` where the words around a number at `start:end` say that it is one, else nothing."""
    before = _BEFORE.search(text[max(0, start - REACH) : start])
    if before is not None:
        if before["least"] or before["most"]:
            return "least" if before["least"] else "most"
        return "least" if bool(before["up"]) != bool(before["not"]) else "most"
    behind = _BEHIND.match(text[end : end + REACH])
    if behind is None:
        return ""
    return "most" if behind["most"] else "least"


def stated_bounds(slots: Sequence[Slot], text: str, within: tuple[int, int], convert: Convert) -> dict[str, Filled]:
    """Return the numbers that are certainly bounds, by parameter.

    Both ends of the one range that is said (`between 5 and 20`), where there is one pair of bounds; and those that the
    model takes for the other bound of a pair: the 20 of `over 20` for `max_price`.
    """
    pairs = _pairs([slot.parameter for slot in slots])
    ranges = list(_RANGE.finditer(text, *within)) if len(pairs) == 2 else []
    found: dict[str, Filled] = {}
    if len(ranges) == 1:
        for parameter in pairs.values():
            found |= _end(parameter, text, ranges[0].span(1 if bound_of(parameter) == "least" else 2), convert)
        if len(found) == len(pairs):
            return found
        found = {}
    for slot in slots:
        other, span = pairs.get(slot.parameter.name), max(slot.spans, key=lambda s: s.probability, default=None)
        if other is None or span is None or slot.kinds[SPAN] < 0.5:
            continue
        if said_bound(text, span.start, span.end) == bound_of(other):
            found |= _end(other, text, (span.start, span.end), convert)
    return found


def _end(parameter: ParameterView, text: str, place: tuple[int, int], convert: Convert) -> dict[str, Filled]:
    """The number at a place as a bound, by the parameter; nothing where it is none that the parameter takes."""
    value = convert(*place, parameter)
    source = Candidate(*place, text[slice(*place)], value, "number")
    return {} if value is None else {parameter.name: Filled(value, source, STATED)}
