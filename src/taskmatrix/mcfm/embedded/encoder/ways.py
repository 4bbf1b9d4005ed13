"""From one choice to another: `from checking to savings`, `a UK 8 in EU sizes`, `hex for rgb 34, 139, 87`."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from taskmatrix.core import names
from taskmatrix.mcfm.embedded.documents.reading import ParameterView
from taskmatrix.mcfm.embedded.instruction.segments import Place

_FROM, _TO = frozenset("from source src origin".split()), frozenset("to target dest destination".split())
_WAY = re.compile(
    r"\b(?:from|out of|outta)\s+(?:(?:my|the|our)\s+)?(\w[\w' -]{0,30}?)\s+(?:account\s+)?(?:in)?to\s+"
    r"(?:(?:my|the|our)\s+)?(\w[\w'-]*(?: \w+)?)",
    re.I,
)
_AIMED = re.compile(r"\b(?:to|into|in|as)\s+(?:the\s+|an?\s+)?$", re.I)
_SOUGHT = re.compile(r"\s+(?:for|of)\b", re.I)
_LED = 12
"""Characters before a choice in which it is looked for what leads to it."""
_SHORT = 2
"""A choice of so few letters is one only as it is written: `in` is not `IN`."""


def said_ends(parameters: Sequence[ParameterView], text: str, within: Place) -> Mapping[str, Place]:
    """Return where the start and the end of a way stand in a part of a text, by parameter; none, or both.

    Only for the one pair of parameters that is named so and takes one of alike choices for either end.
    """
    pairs = list(_pairs(parameters))
    if len(pairs) != 1:
        return {}
    [(one, other)] = pairs
    said = list(_WAY.finditer(text, *within))
    if len(said) == 1:
        return {one.name: said[0].span(1), other.name: said[0].span(2)}
    places = _choices_said({*map(str, (*one.choices, *other.choices))}, text, within)
    aims = [p for p in places if _AIMED.search(text, max(within[0], p[0] - _LED), p[0])]
    aims = aims or [p for p in places if _SOUGHT.match(text, p[1], within[1])]
    if len(places) != 2 or len(aims) != 1:
        return {}
    start = next(p for p in places if p not in aims)
    return {one.name: start, other.name: aims[0]}


def _pairs(parameters: Sequence[ParameterView]) -> Iterator[tuple[ParameterView, ParameterView]]:
    chosen = [(p, {word.lower() for word in names.words(p.name)}) for p in parameters if p.choices]
    for one, words in chosen:
        for other, others in chosen:
            alike = {*map(str, one.choices)} & {*map(str, other.choices)}
            if words & _FROM and others & _TO and words - _FROM == others - _TO and alike:
                yield one, other


def _choices_said(choices: Iterable[str], text: str, within: Place) -> list[Place]:
    """Where choices are said as they are written, each once."""
    found: list[Place] = []
    for choice in (c.replace("_", " ") for c in choices):
        case = 0 if len(choice) <= _SHORT else re.I
        match = re.compile(rf"(?<![\w-]){re.escape(choice)}(?![\w-])", case).search(text, *within)
        found += [match.span()] if match else []
    return [p for p in found if not any(o != p and o[0] <= p[0] and p[1] <= o[1] for o in found)]
