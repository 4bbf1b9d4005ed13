"""Choices and flags whose only words belong to a name: `to Cash Street 90` says nothing of how to pay."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from taskmatrix.mcfm.embedded.documents.reading import ParameterView
from taskmatrix.mcfm.embedded.filled import Filled
from taskmatrix.mcfm.embedded.instruction.language import content_stems, tokenize
from taskmatrix.mcfm.embedded.instruction.segments import Place

_NAME = re.compile(r"[\"'“]|\w[._/-]\w|[A-Z]\w*\W+(?:\w+\W+)*?[A-Z0-9]|\d\W+[A-Z]")
"""What marks several words as a name: a quote, a file, two capitals, a capital and a number."""


@dataclass(frozen=True)
class Borrowing:
    """The words of a part `within` of a text, against the readings of one call of an API with these parameters."""

    parameters: Sequence[ParameterView]
    text: str
    within: Place

    @cached_property
    def words(self) -> Mapping[str, Sequence[Place]]:
        """Where each stem is said."""
        found = defaultdict[str, list[Place]](list)
        for token in tokenize(self.text[slice(*self.within)]):
            found[token.stem].append((self.within[0] + token.start, self.within[0] + token.end))
        return dict(found)

    def without(self, filled: Mapping[str, Filled]) -> dict[str, Filled]:
        """Return the arguments without those that need not be given and that only words of a name speak of."""
        sources = [f.source for f in filled.values() if f.source is not None and f.source.start >= 0]
        named = [(s.start, s.end) for s in sources if _NAME.search(self.text, s.start, s.end)]
        unsaid = [p for p in self.parameters if not p.required and _is_unplaced(filled.get(p.name))] if named else []
        found = dict(filled)
        for parameter in unsaid:
            value = filled[parameter.name].value
            told = parameter.name_stems if isinstance(value, bool) else content_stems(str(value).replace("_", " "))
            said = [place for cue in {*told} for place in self.words.get(cue, ())]
            if said and all(_is_part(place, named) for place in said):
                del found[parameter.name]
        return found


def _is_unplaced(argument: Filled | None) -> bool:
    return argument is not None and (argument.source is None or argument.source.start < 0)


def _is_part(place: Place, named: Sequence[Place]) -> bool:
    return any(a <= place[0] and place[1] <= b and (a, b) != place for a, b in named)
