"""Choices and flags whose only words belong to a name: `to Cash Street 90` says nothing of how to pay."""

import re
from collections.abc import Mapping, Sequence

from taskmatrix.mcfm.embedded.documents.reading import ParameterView
from taskmatrix.mcfm.embedded.filled import Filled
from taskmatrix.mcfm.embedded.instruction.language import content_stems, tokenize

_NAME = re.compile(r"[\"'“]|\w[._/-]\w|[A-Z]\w*\W+(?:\w+\W+)*?[A-Z0-9]|\d\W+[A-Z]")
"""What marks several words as a name: a quote, a file, two capitals, a capital and a number."""


def without_borrowed(
    filled: Mapping[str, Filled], parameters: Sequence[ParameterView], text: str, within: tuple[int, int]
) -> dict[str, Filled]:
    """Return the arguments without those that need not be given and that only words of a name speak of."""
    sources = [f.source for f in filled.values() if f.source is not None and f.source.start >= 0]
    named = [(s.start, s.end) for s in sources if _NAME.search(text, s.start, s.end)]
    unsaid = [p for p in parameters if not p.required and _is_unplaced(filled.get(p.name))] if named else []
    tokens = tokenize(text[slice(*within)]) if unsaid else []
    found = dict(filled)
    for parameter in unsaid:
        value = filled[parameter.name].value
        cues = {*(parameter.name_stems if isinstance(value, bool) else content_stems(str(value).replace("_", " ")))}
        said = [(within[0] + t.start, within[0] + t.end) for t in tokens if t.stem in cues]
        if said and all(_is_part(place, named) for place in said):
            del found[parameter.name]
    return found


def _is_unplaced(argument: Filled | None) -> bool:
    return argument is not None and (argument.source is None or argument.source.start < 0)


def _is_part(place: tuple[int, int], named: Sequence[tuple[int, int]]) -> bool:
    return any(a <= place[0] and place[1] <= b and (a, b) != place for a, b in named)
