"""The words of one package whose APIs are composed: which are special, which are things, what reaches what."""

import math
from collections import Counter
from collections.abc import Sequence
from functools import cached_property

from taskmatrix.mcfm.embedded.composing.scoring import Weights
from taskmatrix.mcfm.embedded.documents.reading import ApiView, Composition
from taskmatrix.mcfm.embedded.instruction.language import Token, is_naming, plain, synonyms

_MAKING = synonyms("insert")
_TITLE = "titl"


def same_action(one: str, other: str) -> bool:
    """Whether two verbs (stems) say the same thing."""
    return one == other or bool(synonyms(one) & synonyms(other))


class Vocabulary:
    """What the names in a package say about each other."""

    def __init__(self, views: Sequence[ApiView], composition: Composition, weights: Weights) -> None:
        self.views = views
        self.by_id = {v.id: v for v in views}
        self._composition = composition
        self._weights = weights

    @cached_property
    def words(self) -> frozenset[str]:
        """The stems of all names."""
        return frozenset(s for v in self.views for s in v.name_stems)

    @cached_property
    def _named(self) -> Counter[str]:
        """How many APIs hold each stem in their names."""
        return Counter(s for v in self.views for s in set(v.name_stems))

    @cached_property
    def _told(self) -> Counter[str]:
        """How many APIs hold each stem in their names or descriptions."""
        return Counter(s for v in self.views for s in {*v.name_stems, *v.description_stems})

    @cached_property
    def _things(self) -> frozenset[str]:
        verbs: dict[str, set[str]] = {}
        for view in self.views:
            for stem in view.object_stems:
                verbs.setdefault(stem, set()).add(view.verb)
        return frozenset(stem for stem, found in verbs.items() if len(found) > 1)

    @cached_property
    def _enabling(self) -> frozenset[str]:
        return frozenset(a for r in self._composition.before for a in r.alternatives)

    def is_thing(self, stem: str) -> bool:
        """Whether a stem names something that APIs of this package do different things to."""
        return stem in self._things

    def enables(self, view: ApiView) -> bool:
        """Whether other APIs need this one before them: it opens, selects, goes somewhere."""
        return view.id in self._enabling

    def makes(self, view: ApiView) -> bool:
        """Whether an API brings something new into being."""
        return bool(synonyms(view.verb) & _MAKING)

    def selects(self, view: ApiView) -> bool:
        """Whether an API only says what the next ones are about."""
        return self.enables(view) and not self.makes(view)

    @cached_property
    def selectable(self) -> frozenset[str]:
        """The things that one selects before working on them."""
        return frozenset(s for v in self.views if self.selects(v) for s in v.object_stems)

    def reach(self, view: ApiView) -> frozenset[str]:
        """The things an API can be about because of what comes before it: `insert_text` about titles and contents."""
        found: set[str] = set()
        for requirement in self._composition.earlier(view.id):
            for other in requirement.alternatives:
                chosen = self.by_id.get(other)
                if chosen is not None and self.selects(chosen):
                    found |= set(chosen.object_stems)
        return frozenset(found)

    def special(self, stem: str) -> float:
        """How special a word is among the names: 1 for a word of none of them, less the more share it."""
        holders = self._named[stem]
        return max(0.0, 1 - math.log(holders + 1) / math.log(len(self.views) + 1))

    def weight(self, stem: str) -> float:
        """How telling a word is: one that all documents of the package share tells nothing."""
        holders = self._told[stem]
        return self._weights.idf(stem) * (1.0 - 0.8 * holders / (len(self.views) + 1))

    def meaning(self, token: Token) -> str:
        """The stem to compare a word by: naming a thing is giving it its title, where titles are spoken of."""
        return self.title if is_naming(token.text) else plain(token.stem, self.words)

    @property
    def title(self) -> str:
        """The stem that says what a thing is called: its title, where titles are spoken of, else its name."""
        return _TITLE if _TITLE in self.words else "name"
