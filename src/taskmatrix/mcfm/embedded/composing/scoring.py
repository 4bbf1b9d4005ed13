"""Linear models over hashed features: θ of the embedded MCFM.

A feature is a string; its weight lies at a hash of it (the hashing trick: Weinberger et al., Feature Hashing for
Large Scale Multitask Learning, 2009). Training is in `training/train_embedded.py`; the weights ship as
`weights.npz`, with `MODEL_CARD.md` beside them.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from io import BytesIO
from typing import TYPE_CHECKING
from zlib import crc32

if TYPE_CHECKING:
    from numpy import float32
    from numpy.typing import NDArray

SLOT_BITS = 17
RANK_BITS = 14
FREQUENCY_BITS = 14


def bucket(feature: str, bits: int) -> int:
    """Return the place of a feature in a table of 2**bits weights."""
    return crc32(feature.encode("utf-8", "replace")) & ((1 << bits) - 1)


def probability(logit: float) -> float:
    """Return the logistic of a score."""
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, logit))))


@dataclass(frozen=True, slots=True)
class Weights:
    """All learned numbers: `slots` scores (parameter, value), `ranks` scores (clause, API), both of shape (2**bits,);
    `frequency` is the inverse document frequency of stems over API documents, hashed the same way.
    """

    slots: "NDArray[float32]"
    ranks: "NDArray[float32]"
    frequency: "NDArray[float32]"

    def slot_logit(self, features: Iterable[str]) -> float:
        """Score one (parameter, value) by its features."""
        table = self.slots
        return float(sum(table[bucket(f, SLOT_BITS)] for f in features))

    def rank_logit(self, features: Iterable[str]) -> float:
        """Score one (clause, API) by its features."""
        table = self.ranks
        return float(sum(table[bucket(f, RANK_BITS)] for f in features))

    def idf(self, stem: str) -> float:
        """Return how rare a stem is among API documents: 0 (everywhere) to about 12 (never seen)."""
        return float(self.frequency[bucket(stem, FREQUENCY_BITS)])


@lru_cache(maxsize=1)
def load_weights() -> Weights:
    """Load the weights that ship with the package."""
    import numpy as np

    with np.load(BytesIO(files("taskmatrix.mcfm.embedded.composing").joinpath("weights.npz").read_bytes())) as data:
        return Weights(
            slots=data["slots"].astype(np.float32),
            ranks=data["ranks"].astype(np.float32),
            frequency=data["frequency"].astype(np.float32),
        )
