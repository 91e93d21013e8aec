"""B-cubed and pairwise metrics of groups."""

from __future__ import annotations

import math
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twicetold.evaluation.metrics import PrecisionRecallF1, b_cubed, pairwise

label = st.sampled_from(["", "a", "b", "c"])
grouped = st.lists(st.tuples(label, label), min_size=1, max_size=25)


def b_cubed_by_definition(gold: list[str], predicted: list[str]) -> tuple[float, float]:
    def mates(labels: list[str], row: int) -> set[int]:
        return {other for other, each in enumerate(labels) if each and each == labels[row]} | {row}

    shared = [len(mates(gold, row) & mates(predicted, row)) for row in range(len(gold))]
    precision = sum(n / len(mates(predicted, row)) for row, n in enumerate(shared)) / len(gold)
    recall = sum(n / len(mates(gold, row)) for row, n in enumerate(shared)) / len(gold)
    return precision, recall


def pairs_of(labels: list[str]) -> set[tuple[int, int]]:
    return {(i, j) for i, j in combinations(range(len(labels)), 2) if labels[i] and labels[i] == labels[j]}


def test_b_cubed_of_a_known_case() -> None:
    # Bagga and Baldwin's own example: the second grouping joins the second and third cluster.
    gold = ["1"] * 5 + ["2"] * 2 + ["3"] * 5
    predicted = ["1"] * 5 + ["2"] * 7
    precision, recall, f1 = b_cubed(gold, predicted)
    assert precision == pytest.approx((5 + 2 * 2 / 7 + 5 * 5 / 7) / 12)
    assert recall == 1.0
    assert f1 == pytest.approx(2 * precision / (1 + precision))


def test_pairwise_of_a_known_case() -> None:
    assert pairwise(["a", "a", "a", "b"], ["x", "x", "y", "y"]) == pytest.approx((1 / 2, 1 / 3, 2 / 5))


def test_perfect_groups_score_one_under_any_names() -> None:
    assert b_cubed(["a", "a", "b"], ["7", "7", "9"]) == (1.0, 1.0, 1.0)
    assert pairwise(["a", "a", "b"], ["7", "7", "9"]) == (1.0, 1.0, 1.0)


def test_records_without_a_label_are_not_a_group() -> None:
    assert b_cubed(["a", "b"], ["", ""]) == (1.0, 1.0, 1.0)
    assert math.isnan(pairwise(["a", "a"], ["", ""]).precision)
    assert pairwise(["a", "a"], ["", ""]).recall == 0.0


def test_metrics_of_no_records_are_undefined() -> None:
    assert all(map(math.isnan, b_cubed([], [])))
    assert all(map(math.isnan, pairwise([], [])))


def test_one_record_has_no_pair_to_find() -> None:
    assert b_cubed(["a"], ["x"]) == (1.0, 1.0, 1.0)
    assert all(map(math.isnan, pairwise(["a"], ["x"])))


def test_labels_that_differ_only_in_a_trailing_nul_are_two_labels() -> None:
    assert pairwise(["a", "a"], ["x", "x\0"]).recall == 0.0


def test_a_hundred_thousand_records_in_one_group_are_counted_exactly() -> None:
    n = 100_000
    assert pairwise(["a"] * n, ["a"] * n) == PrecisionRecallF1(1.0, 1.0, 1.0)
    assert pairwise(["a", "a", *["b"] * (n - 2)], ["x"] * n).recall == 1.0


def test_columns_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="1 predicted groups for 2 records"):
        b_cubed(["a", "b"], ["x"])


@settings(deadline=None, max_examples=100)
@given(grouped)
def test_b_cubed_agrees_with_its_definition(rows: list[tuple[str, str]]) -> None:
    gold, predicted = [row[0] for row in rows], [row[1] for row in rows]
    assert b_cubed(gold, predicted)[:2] == pytest.approx(b_cubed_by_definition(gold, predicted))


@settings(deadline=None, max_examples=100)
@given(grouped)
def test_pairwise_agrees_with_listing_the_pairs(rows: list[tuple[str, str]]) -> None:
    true, flagged = pairs_of([row[0] for row in rows]), pairs_of([row[1] for row in rows])
    precision, recall, f1 = pairwise([row[0] for row in rows], [row[1] for row in rows])
    both = len(true & flagged)
    assert precision == pytest.approx(both / len(flagged) if flagged else math.nan, nan_ok=True)
    assert recall == pytest.approx(both / len(true) if true else math.nan, nan_ok=True)
    assert f1 == pytest.approx(2 * both / (len(true) + len(flagged)) if true or flagged else math.nan, nan_ok=True)


@settings(deadline=None, max_examples=50)
@given(grouped)
def test_swapping_gold_and_predicted_swaps_precision_and_recall(rows: list[tuple[str, str]]) -> None:
    gold, predicted = [row[0] for row in rows], [row[1] for row in rows]
    for metric in (b_cubed, pairwise):
        precision, recall, f1 = metric(gold, predicted)
        assert metric(predicted, gold) == pytest.approx((recall, precision, f1), nan_ok=True)
