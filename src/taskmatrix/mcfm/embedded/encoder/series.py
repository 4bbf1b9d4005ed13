"""Lists by their form: two of numbers side by side (`1, 2, 3 against 4, 5, 6`), rows of a matrix, lines of items."""

import re
from collections.abc import Mapping, Sequence

from taskmatrix.mcfm.embedded.documents.reading import ParameterView
from taskmatrix.mcfm.embedded.instruction.segments import Place
from taskmatrix.mcfm.embedded.values.items import without_brackets

_NUMBER = r"[-−]?\d+(?:\.\d+)?"
_PLAIN = rf"(?:{_NUMBER}(?:\s*,\s*{_NUMBER})+|{_NUMBER}(?: {_NUMBER})+)"
_ENDED = rf"(?:{_NUMBER}(?:\s*,\s*{_NUMBER})*,? and {_NUMBER})"
_NAMED = r"\s+(?:(?:the )?[a-z]+\s+){0,2}"
_PAIR = re.compile(
    rf"(?<![\w.,\[(−-])(?<!\band )(?:(?P<one>{_PLAIN})\s+and{_NAMED}(?P<two>{_PLAIN})|"
    rf"(?P<first>{_ENDED}|{_PLAIN}),?\s+(?:[a-z]+\s+){{0,2}}(?:with|against|versus|vs\.?|from){_NAMED}(?P<last>{_ENDED}|{_PLAIN}))"
    r"(?![\w\])%]|\s*,\s*\d|\.\d)",
    re.I,
)
_POINT = rf"[(\[]\s*{_NUMBER}(?:\s*,\s*{_NUMBER})+\s*[)\]]"
_POINTS = re.compile(rf"\b(?:from|between)\s+(?P<one>{_POINT})\s+(?:to|and)\s+(?P<two>{_POINT})", re.I)
_MARKED = r"[ \t]*(?:[-*•]|\d{1,2}[.)])[ \t]+\S[^\n]*"
_LINES = re.compile(rf"(?:(?<=\n)|^)({_MARKED}(?:\n+{_MARKED})+)")
_MATRIX = re.compile(r"\[\s*\[")
LONGEST = 2_000
"""Characters in which lists are looked for."""


def said_series(parameters: Sequence[ParameterView], text: str, within: Place) -> Mapping[str, Place]:
    """Return where lists stand in a part of a text, by parameter.

    The two of numbers side by side, for the only two parameters that take one; the one matrix, for the only one that
    takes a list of lists; the one list of which every item has a line, for the only one that takes a list of texts.
    """
    end = min(within[1], within[0] + LONGEST)
    lists = [p for p in parameters if p.item_type in ("int", "float")]
    pairs = [m for p in (_PAIR, _POINTS) for m in p.finditer(text, within[0], end)] if len(lists) == 2 else []
    found: dict[str, Place] = {}
    if len(pairs) == 1:
        ends = [pairs[0].span(group) for group, said in pairs[0].groupdict().items() if said]
        found |= {p.name: place for p, place in zip(lists, ends, strict=True)}
    for kind, said in (("list", _matrices), ("str", _lines)):
        takers = [p for p in parameters if p.type == "list" and p.item_type == kind]
        places = said(text, within[0], end) if len(takers) == 1 else []
        found |= {takers[0].name: places[0]} if len(places) == 1 else {}
    return found


def _lines(text: str, start: int, end: int) -> list[Place]:
    return [match.span(1) for match in _LINES.finditer(text, start, end)]


def _matrices(text: str, start: int, end: int) -> list[Place]:
    return [place for m in _MATRIX.finditer(text, start, end) if (place := _whole(text, m.start(), end))]


def _whole(text: str, start: int, end: int) -> Place | None:
    """The place of what the brackets that open at `start` hold; None where they do not close."""
    closing = (m.end() for m in re.finditer(r"\]", text[start:end]))
    last = next((last for last in closing if without_brackets(text[start : start + last]) is not None), None)
    return None if last is None else (start, start + last)
