"""Metrics of pairs: known values, scikit-learn as the oracle, and what happens where nothing is defined."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn import metrics as oracle

from twicetold.errors import InputInvalid
from twicetold.evaluation.metrics import (
    Confusion,
    accuracy,
    average_precision,
    brier,
    confusion,
    expected_calibration_error,
    log_loss,
    precision_recall_f1,
    recall_at_precision,
    reliability_bins,
    roc_auc,
    wilson,
)

# Few distinct values, so that ties are common.
scored = st.lists(st.tuples(st.booleans(), st.integers(0, 12).map(lambda k: k / 12)), min_size=1, max_size=40)


def columns(rows: list[tuple[bool, float]]) -> tuple[list[bool], list[float]]:
    return [label for label, _ in rows], [score for _, score in rows]


def test_a_confusion_counts_each_answer() -> None:
    assert confusion([1, 1, 1, 0, 0], [1, 1, 0, 1, 0]) == Confusion(2, 1, 1, 1)


def test_precision_recall_f1_and_accuracy_of_a_known_case() -> None:
    labels, flagged = [1, 1, 1, 0, 0], [1, 1, 0, 1, 0]
    assert precision_recall_f1(labels, flagged) == pytest.approx((2 / 3, 2 / 3, 2 / 3))
    assert accuracy(labels, flagged) == pytest.approx(3 / 5)


def test_average_precision_of_a_known_ranking() -> None:
    assert average_precision([1, 0, 1, 0], [0.9, 0.8, 0.7, 0.1]) == pytest.approx((1 + 2 / 3) / 2)


def test_tied_scores_are_flagged_together_whatever_their_order() -> None:
    expected = 0.5 * 1 + 0.5 * 2 / 3
    assert average_precision([1, 1, 0], [0.9, 0.5, 0.5]) == pytest.approx(expected)
    assert average_precision([1, 0, 1], [0.9, 0.5, 0.5]) == pytest.approx(expected)


def test_recall_at_precision_takes_the_best_threshold() -> None:
    labels, scores = [1, 0, 1, 1, 0], [0.9, 0.8, 0.7, 0.6, 0.1]
    assert recall_at_precision(labels, scores, 1.0) == pytest.approx(1 / 3)
    assert recall_at_precision(labels, scores, 0.75) == 1.0


def test_recall_at_a_precision_that_is_never_reached_is_zero() -> None:
    assert recall_at_precision([0, 1], [0.9, 0.1], 0.9) == 0.0


def test_expected_calibration_error_of_a_known_case() -> None:
    # Bin .2: said .25, true .5, two pairs; bin .9: said .95, true 1, two pairs.
    assert expected_calibration_error([0, 1, 1, 1], [0.25, 0.25, 0.9, 1.0]) == pytest.approx((2 * 0.25 + 2 * 0.05) / 4)


@pytest.mark.parametrize(("probability", "place"), [(0.0, 0), (0.3, 3), (0.6, 6), (0.7, 7), (0.999, 9), (1.0, 9)])
def test_a_bin_includes_its_lower_end_and_the_last_one_also_its_upper(probability: float, place: int) -> None:
    counts = [each.count for each in reliability_bins([1], [probability])]
    assert counts.index(1) == place


def test_an_empty_bin_has_no_mean_and_no_share() -> None:
    empty = reliability_bins([1], [0.95])[0]
    assert empty.count == 0
    assert all(map(math.isnan, (empty.mean_probability, empty.duplicate_share, empty.share_low)))


def test_the_interval_of_a_share_is_the_score_interval_and_never_a_point() -> None:
    assert wilson(0.5, 10) == pytest.approx((0.2366, 0.7634), abs=1e-4)
    low, high = wilson(1.0, 5)
    assert low == pytest.approx(0.5655, abs=1e-4)
    assert high == pytest.approx(1.0)


def test_log_loss_stays_finite_for_a_certain_error() -> None:
    assert 30 < log_loss([1], [0.0]) < 40


@pytest.mark.parametrize("metric", [average_precision, roc_auc, expected_calibration_error, brier, log_loss, accuracy])
def test_a_metric_of_nothing_is_undefined(metric: object) -> None:
    assert math.isnan(metric([], []))


def test_what_one_class_cannot_tell_is_undefined() -> None:
    assert math.isnan(average_precision([0, 0], [0.1, 0.2]))
    assert math.isnan(recall_at_precision([0, 0], [0.1, 0.2], 0.5))
    assert math.isnan(roc_auc([0, 0], [0.1, 0.2]))
    assert math.isnan(roc_auc([1, 1], [0.1, 0.2]))
    assert average_precision([1, 1], [0.1, 0.2]) == 1.0


def test_precision_without_a_flag_and_recall_without_a_duplicate_are_undefined() -> None:
    assert math.isnan(precision_recall_f1([1, 0], [0, 0]).precision)
    assert math.isnan(precision_recall_f1([0, 0], [1, 0]).recall)
    assert math.isnan(precision_recall_f1([0, 0], [0, 0]).f1)
    assert precision_recall_f1([1, 0], [0, 0]).f1 == 0.0


def test_equal_scores_rank_nothing() -> None:
    labels = [1, 0, 0, 0]
    assert roc_auc(labels, [0.5] * 4) == 0.5
    assert average_precision(labels, [0.5] * 4) == 0.25


@pytest.mark.parametrize("wrong", [float("nan"), -0.1, 1.1, float("inf")])
def test_a_probability_outside_its_range_is_refused_with_its_row(wrong: float) -> None:
    with pytest.raises(InputInvalid, match="probability in row 2"):
        brier([1, 0], [0.5, wrong])


def test_a_score_that_is_no_number_is_refused_with_its_row() -> None:
    with pytest.raises(InputInvalid, match="score in row 1 is nan"):
        average_precision([1, 0], [float("nan"), 0.5])


def test_a_label_other_than_0_or_1_is_refused_with_its_row() -> None:
    with pytest.raises(InputInvalid, match="label in row 2 is 2"):
        average_precision([1, 2], [0.5, 0.5])


def test_columns_of_different_lengths_are_refused() -> None:
    with pytest.raises(InputInvalid, match="1 values of score for 2 labels"):
        average_precision([1, 0], [0.5])
    with pytest.raises(ValueError, match="1 flags for 2 labels"):
        confusion([1, 0], [1])


@settings(deadline=None, max_examples=100)
@given(scored)
def test_average_precision_agrees_with_the_oracle(rows: list[tuple[bool, float]]) -> None:
    labels, scores = columns(rows)
    assume(any(labels))
    assert average_precision(labels, scores) == pytest.approx(oracle.average_precision_score(labels, scores))


@settings(deadline=None, max_examples=100)
@given(scored)
def test_roc_auc_agrees_with_the_oracle(rows: list[tuple[bool, float]]) -> None:
    labels, scores = columns(rows)
    assume(len(set(labels)) == 2)
    assert roc_auc(labels, scores) == pytest.approx(oracle.roc_auc_score(labels, scores))


@settings(deadline=None, max_examples=100)
@given(scored)
def test_losses_agree_with_the_oracle(rows: list[tuple[bool, float]]) -> None:
    labels, scores = columns(rows)
    assume(len(set(labels)) == 2)
    assert brier(labels, scores) == pytest.approx(oracle.brier_score_loss(labels, scores))
    assert log_loss(labels, scores) == pytest.approx(oracle.log_loss(labels, scores))


@settings(deadline=None, max_examples=100)
@given(scored)
def test_classification_agrees_with_the_oracle(rows: list[tuple[bool, float]]) -> None:
    labels, scores = columns(rows)
    flagged = [score >= 0.5 for score in scores]
    assume(any(labels) and any(flagged))
    expected = oracle.precision_recall_fscore_support(labels, flagged, average="binary", zero_division=0)
    assert precision_recall_f1(labels, flagged) == pytest.approx(expected[:3])
    assert accuracy(labels, flagged) == pytest.approx(oracle.accuracy_score(labels, flagged))


@settings(deadline=None, max_examples=100)
@given(scored)
def test_recall_at_precision_agrees_with_trying_every_threshold(rows: list[tuple[bool, float]]) -> None:
    labels, scores = (np.array(column) for column in columns(rows))
    assume(labels.any())
    tried = [precision_recall_f1(labels, scores >= threshold) for threshold in scores]
    expected = max((each.recall for each in tried if each.precision >= 0.8), default=0.0)
    assert recall_at_precision(labels, scores, 0.8) == pytest.approx(expected)


@settings(deadline=None, max_examples=100)
@given(scored, st.randoms(use_true_random=False))
def test_the_order_of_the_pairs_does_not_matter(rows: list[tuple[bool, float]], random: object) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)
    for metric in (average_precision, roc_auc, brier, expected_calibration_error):
        assert metric(*columns(shuffled)) == pytest.approx(metric(*columns(rows)), nan_ok=True)


@settings(deadline=None, max_examples=100)
@given(scored)
def test_calibration_error_agrees_with_its_definition(rows: list[tuple[bool, float]]) -> None:
    total = 0.0
    for k in range(10):
        own = [row for row in rows if k / 10 <= row[1] < (k + 1) / 10 or (k == 9 and row[1] == 1)]
        total += abs(sum(score - label for label, score in own))
    assert expected_calibration_error(*columns(rows)) == pytest.approx(total / len(rows))
