"""Parts of an instruction that tell of one call each, put alike: `from Lyon to Turin and from Turin to Verona`."""

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise

from taskmatrix.mcfm.embedded.values.codes import country, us_state

Place = tuple[int, int]

_SENTENCE = r"(?<=[.?!;])(?<!\bMr\.)(?<!\bMs\.)(?<!\bMrs\.)(?<!\bDr\.)(?<!\bSt\.)(?<!\bNo\.)\s+"
_CUT = re.compile(
    rf"{_SENTENCE}|\s{{0,3}},\s+(?:(?:and|or|plus|then)\s+)?|(?<!\s)\s+(?:and|or|plus|as well as|&)\s+"
    r"|(?<!\s)\s+(?:versus|vs\.?|compared (?:to|with))\s+|\n+",
    re.I,
)
_COMPARES = re.compile(r"\W*(?:please\s+)?compare\b", re.I)
_CUT_COMPARED = re.compile(rf"{_CUT.pattern}|(?<!\s)\s+(?:with|to|against)\s+", re.I)
_ENDS = re.compile(rf"{_SENTENCE}|\n+")
_WORD = re.compile(r"\w+")
_REGION = re.compile(r"\s*,\s+(?P<name>[A-Z][\w.]*(?: [A-Z][\w.]*){0,2})")


def meets(place: Place, others: Iterable[Place]) -> bool:
    """Return whether a place shares a character with another."""
    return any(place[0] < other[1] and other[0] < place[1] for other in others)


def cuts(text: str, within: Place, closed: Sequence[Place]) -> list[Place]:
    """Return where commas, `and` and the ends of sentences part `text`, outside of `closed` and `Austin, TX`."""
    found: list[Place] = []
    pattern = _CUT_COMPARED if _COMPARES.match(text, *within) else _CUT
    for match in pattern.finditer(text, *within):
        region = _REGION.match(text, match.start())
        if not meets(match.span(), closed) and not (region and (us_state(region["name"]) or country(region["name"]))):
            found.append(match.span())
    return found


def pieces(text: str, within: Place, closed: Sequence[Place]) -> list[Place]:
    """Return what lies between the cuts."""
    edges = [(within[0], within[0]), *cuts(text, within, closed), (within[1], within[1])]
    return [(one[1], other[0]) for one, other in pairwise(edges) if one[1] < other[0]]


def segments(text: str, within: Place, closed: Sequence[Place], anchors: Sequence[Place]) -> list[Place]:
    """Return one part of `text` around each anchor, in order; none where nothing parts two of them.

    The first begins with its anchor and the words before it that the second one has too; what lies before the first
    and behind the last one is said for all of them.
    """
    parted = cuts(text, within, closed)
    borders = [[c for c in parted if one[1] <= c[0] and c[1] <= other[0]] for one, other in pairwise(anchors)]
    if len(anchors) < 2 or not all(borders):
        return []
    starts = [cut[-1] for cut in borders]
    first = _lead(text, anchors[0][0], text[starts[0][1] : anchors[1][0]], within[0])
    behind = [c for c in parted if c[0] >= anchors[-1][1]]
    full = next((c[0] for c in behind if _ENDS.fullmatch(text, *c)), within[1])
    inner = max(len(cut) - 1 for cut in borders)
    told = all(_ENDS.fullmatch(text, *cut) for cut in starts)
    end = full if told or len(behind) <= inner else min(behind[inner][0], full)
    if not any(text[anchor[1] : cut[0]].strip() for anchor, cut in zip(anchors, starts, strict=False)):
        end = anchors[-1][1]  # what follows the last one is said for all
    ends = [*(cut[0] for cut in starts), end]
    return list(zip([first, *(cut[1] for cut in starts)], ends, strict=True))


def sentences(text: str, within: Place) -> list[Place]:
    """Return where the sentences stand."""
    ends = [(within[0], within[0]), *(m.span() for m in _ENDS.finditer(text, *within)), (within[1], within[1])]
    return [(one[1], other[0]) for one, other in pairwise(ends) if one[1] < other[0]]


def without(text: str, parts: Sequence[Place]) -> str:
    """Return the text with blanks in place of some parts of it: all else stays where it is."""
    for start, end in parts:
        text = text[:start] + " " * (end - start) + text[end:]
    return text


def _lead(text: str, start: int, other: str, least: int) -> int:
    """Where the words begin that stand before `start` as they stand at the end of `other`."""
    said = [m.group().lower() for m in _WORD.finditer(other)]
    before = list(_WORD.finditer(text, least, start))
    while said and before and before[-1].group().lower() == said[-1]:
        start = before[-1].start()
        said.pop()
        before.pop()
    return start
