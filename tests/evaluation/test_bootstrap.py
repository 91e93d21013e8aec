"""The bootstrap over whole groups: deterministic, honest about dependence, near its nominal coverage."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twicetold.evaluation import bootstrap
from twicetold.evaluation.bootstrap import interval, percentiles, replicates

if TYPE_CHECKING:
    from collections.abc import Callable


def mean_of(values: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    return lambda weights: weights @ values / weights.sum(axis=1)


def test_the_same_seed_gives_the_same_interval_and_another_seed_another() -> None:
    values, rows = np.arange(30.0), np.arange(30)
    first = interval(mean_of(values), rows, seed=1)
    assert interval(mean_of(values), rows, seed=1) == first
    assert interval(mean_of(values), rows, seed=2) != first


def test_whole_groups_are_drawn() -> None:
    groups = np.array([5, 5, 2, 9, 9, 9])
    drawn = replicates(lambda weights: weights, groups, samples=50)
    assert drawn.shape == (50, 6)
    assert (drawn[:, 0] == drawn[:, 1]).all()
    assert (drawn[:, 3] == drawn[:, 4]).all()
    assert (drawn[:, 4] == drawn[:, 5]).all()
    assert (drawn[:, [0, 2, 3]].sum(axis=1) == 3).all()


def test_the_names_of_groups_do_not_matter_but_their_order() -> None:
    values = np.arange(12.0)
    numbers = np.repeat(np.arange(4), 3)
    assert interval(mean_of(values), numbers) == interval(mean_of(values), numbers * 10 + 7)


def test_copies_of_a_row_in_one_group_do_not_narrow_the_interval() -> None:
    values, rows = np.arange(20.0), np.arange(20)
    once = interval(mean_of(values), rows)
    assert interval(mean_of(np.repeat(values, 50)), np.repeat(rows, 50)) == pytest.approx(once)


def test_replicates_do_not_depend_on_how_many_are_held_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    values, rows = np.arange(25.0), np.arange(25)
    at_once = replicates(mean_of(values), rows, samples=40)
    monkeypatch.setattr(bootstrap, "CELLS", 75)
    assert replicates(mean_of(values), rows, samples=40).tolist() == at_once.tolist()


@pytest.mark.parametrize("groups", [[], [3], [3, 3, 3]])
def test_fewer_than_two_groups_say_nothing(groups: list[int]) -> None:
    found = interval(lambda weights: weights.sum(axis=1), np.array(groups, np.int64))
    assert math.isnan(found.low)
    assert math.isnan(found.high)


def test_a_constant_statistic_has_a_point_as_interval() -> None:
    found = interval(mean_of(np.ones(10)), np.arange(10))
    assert (found.low, found.high) == (1.0, 1.0)


def test_undefined_replicates_are_left_out_unless_they_are_half_of_all() -> None:
    few, many = percentiles(np.array([[1.0, np.nan], [1.0, np.nan], [np.nan, 1.0]]))
    assert (few.low, few.high) == (1.0, 1.0)
    assert math.isnan(many.low)


def test_a_wider_level_contains_a_narrower_one() -> None:
    values, rows = np.arange(30.0), np.arange(30)
    wide, narrow = (interval(mean_of(values), rows, level=level) for level in (0.95, 0.5))
    assert wide.low < narrow.low < narrow.high < wide.high


def test_the_interval_of_a_mean_is_near_its_known_width() -> None:
    values = np.random.default_rng(0).normal(size=400)
    found = interval(mean_of(values), np.arange(400), samples=4000)
    assert found.high - found.low == pytest.approx(2 * 1.96 * values.std() / 20, rel=0.08)


def test_intervals_cover_the_truth_about_as_often_as_they_say() -> None:
    generator = np.random.default_rng(0)
    groups = np.repeat(np.arange(60), 3)
    covered = 0
    for seed in range(200):
        values = np.repeat(generator.normal(size=60), 3) + 0.1 * generator.normal(size=180)
        found = interval(mean_of(values), groups, samples=300, seed=seed)
        covered += found.low <= 0 <= found.high
    assert 0.89 <= covered / 200 <= 0.98


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(0, 9), min_size=2, max_size=30), st.integers(0, 5))
def test_every_resample_draws_as_many_groups_as_there_are(groups: list[int], seed: int) -> None:
    column = np.array(groups)
    first_of_each = np.unique(column, return_index=True)[1]
    if len(first_of_each) > 1:
        drawn = replicates(lambda weights: weights, column, samples=5, seed=seed)
        assert (drawn[:, first_of_each].sum(axis=1) == len(first_of_each)).all()
