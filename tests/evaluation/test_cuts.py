"""Where baselines are cut: the best for the labels at hand, for pairs and for groups."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twicetold.errors import BudgetExceeded
from twicetold.evaluation import grouping
from twicetold.evaluation.cuts import best_cut
from twicetold.evaluation.grouping import ScoredPairs, baseline_groups, pairs_within
from twicetold.evaluation.metrics import accuracy, pairwise, precision_recall_f1

scored = st.lists(st.tuples(st.booleans(), st.integers(0, 8).map(lambda k: k / 8)), min_size=1, max_size=30)


def same_first_letter(texts_a: list[str], texts_b: list[str]) -> np.ndarray:
    return np.array([float(a[:1] == b[:1]) for a, b in zip(texts_a, texts_b, strict=True)])


def test_a_cut_lies_midway_between_what_it_separates() -> None:
    cut = best_cut([1, 1, 0], [0.9, 0.8, 0.4])
    assert cut.accuracy == pytest.approx(0.6)
    assert cut.f1 == pytest.approx(0.6)


def test_the_best_accuracy_may_flag_nothing() -> None:
    cut = best_cut([0, 0, 0, 1], [0.9, 0.8, 0.7, 0.1])
    assert cut.accuracy > 0.9
    assert cut.f1 == pytest.approx(0.1)


def test_a_cut_between_neighbouring_numbers_does_not_let_the_lower_one_in() -> None:
    lower = 0.1
    higher = float(np.nextafter(lower, 1))
    cut = best_cut([1, 0], [higher, lower])
    assert lower < cut.accuracy <= higher


def test_pairs_to_cut_may_be_missing_altogether() -> None:
    assert best_cut([], []).f1 == 0.0
    none = np.empty(0, np.intp)
    assert ScoredPairs(2, none, none, np.empty(0)).best_cut(["a", "a"]) == 0.0


@settings(deadline=None, max_examples=100)
@given(scored)
def test_no_cut_is_better_than_the_best(rows: list[tuple[bool, float]]) -> None:
    labels, scores = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])
    cut = best_cut(labels, scores)
    tried = [scores >= each for each in (*scores, 2.0)]
    assert accuracy(labels, scores >= cut.accuracy) == max(accuracy(labels, flags) for flags in tried)
    if labels.any():
        best = max(precision_recall_f1(labels, flags).f1 for flags in tried)
        assert precision_recall_f1(labels, scores >= cut.f1).f1 == pytest.approx(best)


@settings(deadline=None, max_examples=100)
@given(
    st.lists(st.sampled_from(["a", "b", "c", ""]), min_size=2, max_size=9),
    st.lists(st.integers(0, 6).map(lambda k: k / 6), min_size=36, max_size=36),
)
def test_no_cut_makes_better_groups_than_the_best(gold: list[str], scores: list[float]) -> None:
    a, b = np.triu_indices(len(gold), 1)
    pairs = ScoredPairs(len(gold), a, b, np.array(scores[: len(a)]))

    def f1(cut: float) -> float:
        return np.nan_to_num(pairwise(gold, pairs.groups(cut)).f1)

    assert f1(pairs.best_cut(gold)) == pytest.approx(max(f1(cut) for cut in (*pairs.scores, 2.0)))


def test_groups_follow_chains_and_leave_single_records_without_a_label() -> None:
    pairs = ScoredPairs(4, np.array([0, 1]), np.array([1, 2]), np.array([0.9, 0.8]))
    assert pairs.groups(0.8) == ["0", "0", "0", ""]
    assert pairs.groups(0.85) == ["0", "0", "", ""]


def test_pairs_stay_within_scopes() -> None:
    a, b = pairs_within(["x", "y", "x", "y", "x"])
    assert sorted(zip(a.tolist(), b.tolist(), strict=True)) == [(0, 2), (0, 4), (1, 3), (2, 4)]


def test_too_many_pairs_are_refused_before_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grouping, "MOST_PAIRS", 2)
    with pytest.raises(BudgetExceeded, match="compare 3 pairs; at most 2"):
        pairs_within(["x", "x", "x"])


def test_baseline_groups_get_the_best_cut_in_hindsight() -> None:
    found = baseline_groups(["apple", "avocado", "bean"], ["s"] * 3, ["1", "1", "2"], {"letter": same_first_letter})
    assert found["letter"].labels == ["0", "0", ""]
    assert found["letter"].cut == pytest.approx(0.5)


def test_a_tuned_cut_is_obeyed() -> None:
    found = baseline_groups(
        ["apple", "avocado", "bean"],
        ["s"] * 3,
        ["1", "1", "2"],
        {"letter": same_first_letter},
        tuned={"letter": 0.0},
    )
    assert found["letter"].labels == ["0", "0", "0"]


def test_records_without_a_gold_cluster_take_no_part() -> None:
    found = baseline_groups(["apple", "avocado", "apricot"], ["s"] * 3, ["1", None, "1"], {"letter": same_first_letter})
    assert found["letter"].labels == ["0", "", "0"]


def test_no_records_have_no_groups() -> None:
    assert baseline_groups([], [], [], {"letter": same_first_letter})["letter"].labels == []
