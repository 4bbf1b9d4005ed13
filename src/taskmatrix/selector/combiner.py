"""The learned combiner: from the features of a candidate to the probability that it fits."""

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, cast

import numpy as np

from taskmatrix.selector.features import CONFIRMED, FEATURES

FILE = Path(__file__).with_name("combiner.onnx")
"""Written by `training/train_combiner.py`; takes (n, features) and gives (n,) logits."""


CONFIRMED_WEIGHT = 4.0
"""Added for an API that was confirmed for the very words of the query. Set by hand: no data set has confirmations."""


def logits(rows: np.ndarray) -> np.ndarray:
    """Return the logit of the probability that each candidate fits, (n,) float32 for (n, features) float32."""
    return _load()(rows) + CONFIRMED_WEIGHT * rows[:, FEATURES.index(CONFIRMED)] ** 2


def probabilities(rows: np.ndarray) -> np.ndarray:
    """Return the probability that each candidate fits, (n,) float32 for (n, features) float32."""
    return 1 / (1 + np.exp(-np.clip(logits(rows), -30, 30)))


def contributions(row: np.ndarray, pool: np.ndarray) -> Sequence[tuple[str, float]]:
    """Return what each feature adds to a candidate's logit, heaviest first.

    That is by how much the logit falls when the feature is set to its mean over the pool, (n, features).
    """
    changed = np.repeat(row[None, :], len(FEATURES), axis=0)
    np.fill_diagonal(changed, pool.mean(0))
    parts = float(logits(row[None, :])[0]) - logits(changed)
    order: list[int] = np.argsort(-np.abs(parts)).tolist()
    return [(FEATURES[n], round(float(parts[n]), 3)) for n in order if abs(parts[n]) >= 0.005]


@cache
def _load() -> Callable[[np.ndarray], np.ndarray]:
    # Imported here: it takes longer than a whole `taskmatrix --help`.
    import onnxruntime  # pyright: ignore[reportMissingTypeStubs]

    library = cast("Any", onnxruntime)  # its own annotations are partial
    options = library.SessionOptions()
    options.intra_op_num_threads = 1
    session = library.InferenceSession(str(FILE), options, providers=["CPUExecutionProvider"])
    width = session.get_inputs()[0].shape[1]
    if width != len(FEATURES):
        raise RuntimeError(f"{FILE} takes {width} features, not {len(FEATURES)}: train the combiner again")
    return lambda rows: cast("np.ndarray", session.run(None, {"features": rows})[0])
