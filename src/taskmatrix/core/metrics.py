"""Figures of an evaluation, as pure functions over outcomes. Shares lie between 0 and 1; None means undefined."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

COVERAGES = (1.0, 0.7, 0.5, 0.2)
"""The shares of cases, most confident first, at which `selective_accuracy` is reported."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one case: was it right, how sure was the writer, was a call expected, was one made.

    `abstained` means that the system chose to make no call; a program that broke did not abstain.
    """

    right: bool
    confidence: float = 1.0
    expects_calls: bool = True
    abstained: bool = False


@dataclass(frozen=True, slots=True)
class Abstention:
    """How well the system knows when to make no call; None where nothing was predicted, or expected, so."""

    precision: float | None
    recall: float | None


def mean(values: Sequence[float]) -> float | None:
    """Return the mean, or None of nothing."""
    return math.fsum(values) / len(values) if values else None


def ratio(part: float, whole: float) -> float | None:
    """Return a share, or None of nothing."""
    return part / whole if whole else None


def f1(matched: float, predicted: float, expected: float) -> float | None:
    """Return the harmonic mean of precision and recall; None if nothing was predicted and nothing expected."""
    return ratio(2 * matched, predicted + expected)


def abstention(outcomes: Sequence[Outcome]) -> Abstention:
    """Return precision and recall of making no call."""
    made_none = sum(o.abstained for o in outcomes)
    expected_none = sum(not o.expects_calls for o in outcomes)
    both = sum(o.abstained and not o.expects_calls for o in outcomes)
    return Abstention(ratio(both, made_none), ratio(both, expected_none))


def selective_accuracy(outcomes: Sequence[Outcome], coverage: float) -> float | None:
    """Return the share of right cases among the most confident ones.

    Cases of equal confidence at the edge count with their mean, so that the order of the file does not matter.
    """
    wanted = max(round(len(outcomes) * coverage), 1)
    right, taken = 0.0, 0
    ranked = sorted(outcomes, key=lambda o: -o.confidence)
    for _, same in groupby(ranked, key=lambda o: o.confidence):
        group = [o.right for o in same]
        used = min(len(group), wanted - taken)
        right += used * sum(group) / len(group)
        taken += used
        if taken == wanted:
            break
    return ratio(right, taken)


def calibration_error(outcomes: Sequence[Outcome], bins: int = 10) -> float | None:
    """Return the expected calibration error over bins of equal width (Guo et al. 2017, equation 3)."""
    gap = 0.0
    grouped: dict[int, list[Outcome]] = {}
    for outcome in outcomes:
        grouped.setdefault(min(max(int(outcome.confidence * bins), 0), bins - 1), []).append(outcome)
    for group in grouped.values():
        gap += abs(math.fsum(o.right - o.confidence for o in group))
    return ratio(gap, len(outcomes))


def recall_at(found: Sequence[str], relevant: Sequence[str], limit: int) -> float:
    """Return the share of the distinct relevant items among the first `limit` found."""
    wanted = set(relevant)
    return len(wanted & set(found[:limit])) / len(wanted)


def ndcg_at(found: Sequence[str], relevant: Sequence[str], limit: int) -> float:
    """Return the normalised discounted cumulative gain with binary relevance (Järvelin and Kekäläinen 2002)."""
    wanted = set(relevant)
    gains = [1 / math.log2(rank + 2) for rank, item in enumerate(dict.fromkeys(found[:limit])) if item in wanted]
    return math.fsum(gains) / math.fsum(1 / math.log2(rank + 2) for rank in range(min(len(wanted), limit)))


def reciprocal_rank_at(found: Sequence[str], relevant: Sequence[str], limit: int) -> float:
    """Return 1 / rank of the first relevant item among the first `limit`, 0 without one."""
    wanted = set(relevant)
    return next((1 / (rank + 1) for rank, item in enumerate(found[:limit]) if item in wanted), 0.0)


def percentile(values: Sequence[float], share: float) -> float | None:
    """Return the value below which `share` of the values lie (nearest rank)."""
    if not values:
        return None
    return sorted(values)[max(math.ceil(share * len(values)) - 1, 0)]
