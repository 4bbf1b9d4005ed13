"""A small classifier over sparse features and a vector: multinomial logistic regression, several right classes per
row allowed.

Trained in numpy with AdaGrad (Duchi et al., 2011) in seconds, always to the same weights.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

BATCH, RATE = 256, 1.0
MOST_FEATURES = 30_000
SEED = 7
LINKS = 6
LINK_RATE = 2.0
WIDTH = 256


@dataclass(frozen=True, slots=True)
class Labelled:
    """Features of a row, the classes of which any is right, and those that are possible here (None: all)."""

    features: Sequence[str]
    right: frozenset[str]
    excluded: frozenset[str] = frozenset()
    links: Mapping[str, Sequence[int]] = field(default_factory=dict[str, Sequence[int]])
    """Classes that something else speaks for, such as their name among the words: kinds of evidence (0…LINKS - 1)."""
    vector: "np.ndarray | None" = field(default=None, compare=False)
    """What the words mean, (WIDTH,) float32."""


NO_LINKS: Mapping[str, Sequence[int]] = {}


@dataclass(slots=True)
class Classifier:
    """`weights` (features + 1, classes) float32; the last row stands for unknown features and is zero."""

    features: Mapping[str, int]
    classes: tuple[str, ...]
    weights: "np.ndarray"
    links: "np.ndarray"
    """The weight of each kind of evidence, of all classes alike."""
    meant: "np.ndarray | None" = None
    """(WIDTH, classes) float32, None where no row had a vector."""

    def chances(
        self,
        features: Sequence[str],
        possible: frozenset[str] | None = None,
        links: Mapping[str, Sequence[int]] = NO_LINKS,
        vector: "np.ndarray | None" = None,
    ) -> dict[str, float]:
        """Return the probability of each class, of the possible ones where these are named."""
        import numpy as np

        known = [self.features[f] for f in features if f in self.features]
        scores = self.weights[known].sum(0) / len(known) ** 0.5 if known else np.zeros(len(self.classes))
        if vector is not None and self.meant is not None:
            scores = scores + vector @ self.meant
        if links:
            told = [float(sum(self.links[kind] for kind in links.get(c, ()))) for c in self.classes]
            scores = scores + np.array(told)
        if possible is not None:
            scores = np.where([c in possible for c in self.classes], scores, -np.inf)
            if not np.isfinite(scores).any():
                return {}
        powers = np.exp(scores - scores.max())
        return {c: float(p) for c, p in zip(self.classes, powers / powers.sum(), strict=True) if p > 0}


def train(rows: Sequence[Labelled], epochs: int = 0) -> Classifier:
    """Fit a classifier. `epochs` 0: as many as the number of rows asks for."""
    import numpy as np

    counts = Counter(f for row in rows for f in row.features)
    least = 1 if len(rows) < 400 else 2 if len(rows) < 8_000 else 3
    kept = [f for f, n in counts.most_common(MOST_FEATURES) if n >= least]
    features = {f: i for i, f in enumerate(kept)}
    classes = tuple(sorted({c for row in rows for c in row.right}))
    weights = np.zeros((len(kept) + 1, len(classes)), np.float32)
    meant = np.zeros((WIDTH, len(classes)), np.float32) if any(r.vector is not None for r in rows) else None
    made = Classifier(features, classes, weights, np.zeros(LINKS, np.float32), meant)
    if len(classes) > 1:
        _descend(made, rows, epochs or max(5, min(30, 12_000 // max(len(rows), 1))))
    return made


def _descend(made: Classifier, rows: Sequence[Labelled], epochs: int) -> None:
    import numpy as np

    chance = np.random.default_rng(SEED)
    places = {c: i for i, c in enumerate(made.classes)}
    unknown = [len(made.features)]
    indexes = [np.array([made.features[f] for f in r.features if f in made.features] or unknown) for r in rows]
    right = np.zeros((len(rows), len(places)), bool)
    barred = np.zeros((len(rows), len(places)), bool)
    links = [[(places[c], kind) for c, kinds in r.links.items() if c in places for kind in kinds] for r in rows]
    for n, row in enumerate(rows):
        right[n, [places[c] for c in row.right]] = True
        barred[n, [places[c] for c in row.excluded if c in places]] = True
    vectors = _vectors(rows) if made.meant is not None else None
    squares = _Squares(
        np.full(made.weights.shape, 1e-2, np.float32),
        np.full(LINKS, 1.0, np.float32),
        np.full((WIDTH, len(places)), 1e-2, np.float32),
    )
    for epoch in range(epochs):
        rate = RATE * (1 - 0.8 * epoch / epochs)
        order = chance.permutation(len(rows))
        for start in range(0, len(order), BATCH):
            some: list[int] = order[start : start + BATCH].tolist()
            batch = _Batch(
                [indexes[i] for i in some],
                right[some],
                barred[some],
                _linked([links[i] for i in some]),
                vectors[some] if vectors is not None else None,
            )
            _step(made, squares, rate, batch)
    made.weights[-1] = 0.0


@dataclass(frozen=True, slots=True)
class _Batch:
    rows: "Sequence[np.ndarray]"
    right: "np.ndarray"
    barred: "np.ndarray"
    links: "np.ndarray"
    """(row, class, kind) of each piece of evidence: (n, 3) int."""
    vectors: "np.ndarray | None"


@dataclass(frozen=True, slots=True)
class _Squares:
    weights: "np.ndarray"
    links: "np.ndarray"
    meant: "np.ndarray"


def _vectors(rows: Sequence[Labelled]) -> "np.ndarray":
    import numpy as np

    nothing = np.zeros(WIDTH, np.float32)
    return np.stack([nothing if r.vector is None else r.vector for r in rows])


def _linked(links: Sequence[Sequence[tuple[int, int]]]) -> "np.ndarray":
    import numpy as np

    return np.array([(n, c, k) for n, some in enumerate(links) for c, k in some], np.int32).reshape(-1, 3)


def _step(made: Classifier, squares: _Squares, rate: float, batch: _Batch) -> None:
    """One step of AdaGrad on the negative logarithm of the probability that falls on the right classes."""
    import numpy as np

    sizes = np.array([len(r) for r in batch.rows])
    flat = np.concatenate(batch.rows)
    owner = np.repeat(np.arange(len(sizes)), sizes)
    starts = np.concatenate(([0], np.cumsum(sizes)[:-1]))
    share = (1 / np.sqrt(sizes)).astype(np.float32)[:, None]
    scores = np.add.reduceat(made.weights[flat], starts, axis=0) * share
    if made.meant is not None and batch.vectors is not None:
        scores += batch.vectors @ made.meant
    row, column, kind = batch.links.T
    np.add.at(scores, (row, column), made.links[kind])
    scores[batch.barred] = -1e9
    powers = np.exp(scores - scores.max(1, keepdims=True))
    guessed = powers / powers.sum(1, keepdims=True)
    aimed = np.where(batch.right, guessed + 1e-9, 0.0)
    slope = guessed - aimed / aimed.sum(1, keepdims=True)
    told = np.zeros(LINKS, np.float32)
    np.add.at(told, kind, slope[row, column])
    squares.links[:] += told**2
    made.links -= LINK_RATE * rate * told / np.sqrt(squares.links)
    slope = slope.astype(np.float32)
    if made.meant is not None and batch.vectors is not None:
        turned = batch.vectors.T @ slope
        squares.meant[:] += turned**2
        made.meant -= rate * turned / np.sqrt(squares.meant)
    slope *= share
    order = np.argsort(flat, kind="stable")
    touched, first = np.unique(flat[order], return_index=True)
    moved = np.add.reduceat(slope[owner[order]], first, axis=0)
    squares.weights[touched] += moved**2
    made.weights[touched] -= rate * moved / np.sqrt(squares.weights[touched])
