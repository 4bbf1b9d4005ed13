"""How near words are to the examples: the cosine of shared stems and pairs of stems, rare ones weighing more."""

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

MOST_REFERENCES = 8_000
NEW = 0.01
"""A word that none of the units has weighs as one that this share of them has: it may be any name."""


@dataclass(frozen=True, slots=True)
class Nearness:
    """Units to compare with: postings of each feature (references, weights), and the references of each tag."""

    weights: Mapping[str, float]
    unknown: float
    postings: "Mapping[str, np.ndarray]"
    lengths: "np.ndarray"
    tagged: "Mapping[str, np.ndarray]"

    def scores(self, words: Sequence[str]) -> "np.ndarray":
        """Return the cosine with every reference."""
        import numpy as np

        total = sum(self.weights.get(w, self.unknown) ** 2 for w in words)
        scores = np.zeros(len(self.lengths), np.float32)
        for word in words:
            found = self.postings.get(word)
            if found is not None:
                scores[found] += self.weights[word] ** 2
        return scores / (self.lengths * max(total, 1e-9) ** 0.5)

    def of(self, scores: "np.ndarray", tag: str) -> float:
        """Return the best of the references with a tag, 0 where there is none."""
        found = self.tagged.get(tag)
        return float(scores[found].max()) if found is not None and len(found) else 0.0


def index(units: Sequence[Sequence[str]], tags: Sequence[Sequence[str]]) -> Nearness:
    """Return the index over the words of units; of many units, some from everywhere."""
    import numpy as np

    every = max(1, -(-len(units) // MOST_REFERENCES))
    chosen = range(0, len(units), every)
    seen = Counter(w for i in chosen for w in dict.fromkeys(units[i]))  # in order: sets differ from run to run
    count = len(chosen)
    weights = {w: math.log((count + 1) / (n + 0.5)) + 0.1 for w, n in seen.items()}
    places: dict[str, list[int]] = defaultdict(list)
    by_tag: dict[str, list[int]] = defaultdict(list)
    lengths: list[float] = []
    for place, i in enumerate(chosen):
        for word in dict.fromkeys(units[i]):
            places[word].append(place)
        for tag in dict.fromkeys(tags[i]):
            by_tag[tag].append(place)
        lengths.append(max(1e-6, sum(weights[w] ** 2 for w in dict.fromkeys(units[i]))) ** 0.5)
    return Nearness(
        weights,
        math.log((count + 1) / max(0.5, NEW * count)) + 0.1,
        {w: np.array(p, np.int32) for w, p in places.items()},
        np.array(lengths, np.float32),
        {t: np.array(p, np.int32) for t, p in by_tag.items()},
    )
