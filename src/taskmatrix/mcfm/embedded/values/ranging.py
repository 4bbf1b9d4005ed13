"""Ranges in a list: every number of `1 to 5`, or both ends (`2015 to 2020`) where a document asks for two."""

import re

from pydantic import JsonValue

from taskmatrix.mcfm.embedded.documents.reading import ParameterView
from taskmatrix.mcfm.embedded.instruction.language import stem

MAX_RANGE = 1_000
MAX_LENGTH, MAX_TEXT = 80, 4_000
_JOINT = r"\s*(?:\b(?:up )?to\b|\bthrough\b|\buntil\b|\btill\b|–|—|\.\.\.?)\s*"
_NUMBERS = re.compile(rf"(?:from\s+)?(-?\d{{1,9}})(?:{_JOINT}|\s*-\s*)(-?\d{{1,9}})", re.I)
_ENDS = re.compile(rf"(?:(?:from|since|between)\s+)?(\S.*?)(?:{_JOINT}|\s+(?:-|and)\s+)(\S.*)", re.I)
_CLOSE = re.compile(r"(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)")
_TWO = re.compile(
    r"\b(?:first|start|from|begin|beginning|min|minimum|low|lower|lowest|smallest|earliest)(?: \w+)?"
    r"\s*(?:,|/|and|to|&)\s*"
    r"(?:last|end|to|until|max|maximum|high|higher|upper|highest|largest|latest|biggest)\b",
    re.I,
)
"""Descriptions of lists that hold the two ends of a range: `first and last year`, `[min, max]`."""
_NAMED = frozenset(stem(w) for w in "range interval limits bounds domain".split())


def read_range(text: str) -> list[int] | None:
    """Return the two ends of a range of whole numbers, `1 to 5`; None for anything else."""
    match = _NUMBERS.fullmatch(text.strip()[:MAX_LENGTH])
    return [int(match[1]), int(match[2])] if match else None


def split_range(text: str) -> list[str] | None:
    """Return what stands at both ends of a range, `4.5` and `8` of `4.5 to 8`; None where there is none, or more."""
    said = text.strip()[:MAX_LENGTH]
    match = _CLOSE.fullmatch(said) or _ENDS.fullmatch(said)
    return [match[1], match[2]] if match and not _ENDS.fullmatch(match[2]) else None


def takes_ends(parameter: ParameterView) -> bool:
    """Return whether a list holds the two ends of a range, by its schema, its name or its description."""
    if parameter.parameter.type.get("maxItems") == 2 or _NAMED & {*parameter.name_stems}:
        return True
    return _TWO.search(parameter.text[:MAX_TEXT]) is not None


def spread(ends: list[int]) -> list[JsonValue] | None:
    """Return every number of a range of whole numbers; None where they are too many, or the second is not larger."""
    count = ends[1] - ends[0] + 1
    return list[JsonValue](range(ends[0], ends[1] + 1)) if 0 < count <= MAX_RANGE else None
