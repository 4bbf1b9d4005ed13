import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskmatrix.core.metrics import (
    Abstention,
    Outcome,
    abstention,
    calibration_error,
    f1,
    mean,
    ndcg_at,
    percentile,
    recall_at,
    reciprocal_rank_at,
    selective_accuracy,
)

OUTCOMES = st.lists(
    st.builds(Outcome, st.booleans(), st.sampled_from([0.0, 0.1, 0.5, 0.9, 1.0]), st.booleans(), st.booleans()),
    min_size=1,
)


def test_f1_is_none_of_nothing_and_between_precision_and_recall() -> None:
    assert f1(0, 0, 0) is None
    assert f1(0, 3, 0) == 0
    assert f1(2, 2, 4) == pytest.approx(2 / 3)


def test_abstention_counts_only_chosen_silence() -> None:
    outcomes = [
        Outcome(True, expects_calls=False, abstained=True),
        Outcome(False, expects_calls=False, abstained=False),
        Outcome(False, expects_calls=True, abstained=True),
        Outcome(True, expects_calls=True, abstained=False),
    ]
    assert abstention(outcomes) == Abstention(0.5, 0.5)
    assert abstention([]) == Abstention(None, None)


@given(OUTCOMES, st.randoms(use_true_random=False), st.floats(0.01, 1.0))
def test_selective_accuracy_does_not_depend_on_the_order_of_the_file(
    outcomes: list[Outcome], chance: random.Random, coverage: float
) -> None:
    shuffled = chance.sample(outcomes, len(outcomes))
    assert selective_accuracy(outcomes, coverage) == pytest.approx(selective_accuracy(shuffled, coverage))
    assert selective_accuracy(outcomes, 1.0) == pytest.approx(mean([float(o.right) for o in outcomes]))


def test_selective_accuracy_takes_the_most_confident_first() -> None:
    outcomes = [Outcome(True, 0.9), Outcome(True, 0.8), Outcome(False, 0.2), Outcome(False, 0.1)]
    assert [selective_accuracy(outcomes, share) for share in (1.0, 0.5, 0.2)] == [0.5, 1.0, 1.0]
    assert selective_accuracy([], 1.0) is None


@given(OUTCOMES)
def test_the_calibration_error_is_a_share(outcomes: list[Outcome]) -> None:
    error = calibration_error(outcomes)
    assert error is not None
    assert -1e-9 <= error <= 1 + 1e-9


def test_the_calibration_error_is_the_gap_between_confidence_and_truth() -> None:
    assert calibration_error([Outcome(True, 1.0), Outcome(False, 0.0)]) == 0
    assert calibration_error([Outcome(False, 1.0)]) == 1
    assert calibration_error([Outcome(True, 0.75), Outcome(False, 0.75)]) == pytest.approx(0.25)


def test_ranking_figures_of_a_known_ranking() -> None:
    found = ["a", "x", "b", "y"]
    assert recall_at(found, ["a", "b", "c"], 1) == pytest.approx(1 / 3)
    assert recall_at(found, ["a", "b", "b"], 5) == 1
    assert reciprocal_rank_at(found, ["b"], 10) == pytest.approx(1 / 3)
    assert reciprocal_rank_at(found, ["b"], 2) == 0
    ideal = 1 + 1 / math.log2(3)
    assert ndcg_at(found, ["a", "b"], 10) == pytest.approx((1 + 1 / math.log2(4)) / ideal)


@given(st.lists(st.sampled_from("abcdefgh"), unique=True, min_size=1), st.integers(1, 10))
def test_a_perfect_ranking_scores_one(relevant: list[str], limit: int) -> None:
    assert ndcg_at(relevant, relevant, limit) == pytest.approx(1)
    assert reciprocal_rank_at(relevant, relevant, limit) == 1
    assert recall_at(relevant, relevant, len(relevant)) == 1


def test_a_percentile_is_a_value_that_occurred() -> None:
    assert percentile([3.0, 1.0, 2.0, 4.0], 0.5) == 2
    assert percentile([3.0, 1.0, 2.0, 4.0], 0.99) == 4
    assert percentile([], 0.5) is None
