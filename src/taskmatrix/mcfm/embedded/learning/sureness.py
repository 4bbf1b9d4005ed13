"""How sure a version is of what it learned: as sure as it was right on corrections held out of its training.

Platt scaling of what `confidence` says with one more input, how near the words are to an example, so that the
unseen is not taken for the known. Held to the identity where little is known.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

STEPS = 60
HOLDS = (4.0, 0.5, 1.0)
"""How firmly slope, shift and nearness are held to 1, 0 and 0."""
MIDDLE = 0.5
"""The nearness that changes nothing."""


@dataclass(frozen=True, slots=True)
class Sureness:
    """The log odds that a plan is right, as a line over those that `confidence` gives and the nearness (0…1)."""

    slope: float = 1.0
    shift: float = 0.0
    nearness: float = 0.0

    def of(self, probability: float, near: float) -> float:
        """Return the probability that a plan is right; one of 0 stays."""
        if probability <= 0 or self == UNCHANGED:
            return probability
        return _chance(self.slope * _odds(probability) + self.shift + self.nearness * (near - MIDDLE))


@dataclass(frozen=True, slots=True)
class Seen:
    """A held-out correction: how sure its plan was, how near its words to an example, and whether it was right."""

    sure: float
    near: float
    is_right: bool


UNCHANGED = Sureness()


def fit_sureness(seen: Sequence[Seen]) -> Sureness:
    """Return the line that fits answers to held-out corrections: damped Newton steps, the same line each time."""
    import numpy as np

    known = [s for s in seen if s.sure > 0]
    if not known:
        return UNCHANGED
    x = np.array([(_odds(s.sure), 1.0, s.near - MIDDLE) for s in known])
    right = np.array([float(s.is_right) for s in known])
    aim, hold = np.array([1.0, 0.0, 0.0]), np.array(HOLDS)
    found = aim.copy()
    for _ in range(STEPS):
        said = 1 / (1 + np.exp(-np.clip(x @ found, -30, 30)))
        slope = x.T @ (said - right) + hold * (found - aim)
        curve = (x * (said * (1 - said))[:, None]).T @ x + np.diag(hold)
        step = np.linalg.solve(curve, slope)
        found -= step / max(1.0, float(np.abs(step).max()))
    return Sureness(*(round(float(v), 4) for v in np.maximum(found, (0.0, -np.inf, 0.0))))


def _odds(probability: float) -> float:
    kept = min(0.9999, max(0.0001, probability))
    return math.log(kept / (1 - kept))


def _chance(odds: float) -> float:
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, odds))))
