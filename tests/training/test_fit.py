"""Fitting: what the labels say is learnt, but never against the sign of the evidence."""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twicetold.errors import ExtraMissing
from twicetold.model.evidence import FEATURES
from twicetold.training.fit import FOLDS, Labelled, connected_parts, fit_scale, fit_weights, train

NAMES = [feature.name for feature in FEATURES]
SIGNS = np.sign([feature.prior for feature in FEATURES])
CLASH = NAMES.index("number-clash")
MEANING = NAMES.index("meaning")

#: So many files that say the same outweigh the priors.
ENOUGH = 10


def labelled(count=200, *, calibrates=True, seed=0, **means):
    """Random evidence; ``means`` maps a feature's name to its value for (different, duplicate) pairs."""
    random = np.random.default_rng(seed)
    labels = np.arange(count) % 2 == 1
    columns = random.random((count, len(FEATURES))).astype(np.float32) * 0.2
    for name, values in means.items():
        columns[:, NAMES.index(name.replace("_", "-"))] += np.where(labels, values[1], values[0])
    return Labelled(columns, labels, random.integers(0, 40, count).astype(np.int32), calibrates)


def test_a_clash_that_tells_pairs_apart_gets_a_larger_weight_than_one_that_does_not():
    telling = fit_weights([labelled(number_clash=(0.8, 0.0))] * ENOUGH)
    silent = fit_weights([labelled(number_clash=(0.4, 0.4))] * ENOUGH)
    assert telling[CLASH] < silent[CLASH] - 1


def test_fitted_coefficients_judge_the_pairs_they_were_fitted_on():
    file = labelled(number_clash=(0.8, 0.0), meaning=(0.3, 0.7))
    trained = train([file])
    found = trained.coefficients.log_odds(file.columns.T) > 0
    assert (found == file.labels).mean() > 0.95
    assert ((trained.held_out > 0) == trained.labels).mean() > 0.9


@pytest.mark.parametrize("seed", range(3))
def test_no_weight_acts_against_its_sign_even_where_the_labels_say_so(seed):
    turned = {
        name.replace("-", "_"): (0.8, 0.0) if sign > 0 else (0.0, 0.8) for name, sign in zip(NAMES, SIGNS, strict=True)
    }
    weights = fit_weights([labelled(seed=seed, **turned)] * ENOUGH)
    assert (weights * SIGNS >= 0).all()
    assert weights[CLASH] == pytest.approx(0, abs=1e-6)


def test_evidence_that_never_occurs_keeps_its_prior():
    file = labelled()
    file.columns[:, CLASH] = 0
    assert fit_weights([file])[CLASH] == pytest.approx(FEATURES[CLASH].prior, abs=0.01)


def test_a_file_that_is_repeated_row_by_row_counts_no_more_than_before():
    one, other = labelled(seed=1, meaning=(0.0, 0.8)), labelled(seed=2, number_clash=(0.8, 0.0))
    twice = Labelled(
        *(np.repeat(column, 3, axis=0) for column in (one.columns, one.labels, one.parts)), calibrates=True
    )
    assert fit_weights([one, other]) == pytest.approx(fit_weights([twice, other]), abs=1e-2)


def test_the_order_of_pairs_does_not_matter_much_and_the_same_order_gives_the_same_weights():
    file = labelled(meaning=(0.2, 0.6))
    turned = file.take(np.ones(len(file.labels), bool))
    assert fit_weights([file]).tobytes() == fit_weights([turned]).tobytes()


def test_scale_and_shift_make_odds_honest():
    random = np.random.default_rng(0)
    odds = random.normal(size=20_000)
    labels = random.random(20_000) < 1 / (1 + np.exp(-(2 * odds - 1)))
    scale, shift = fit_scale(odds, labels, np.ones(len(odds)))
    assert (scale, shift) == (pytest.approx(2, abs=0.15), pytest.approx(-1, abs=0.15))


def test_odds_that_point_the_wrong_way_are_not_turned_round():
    odds = np.linspace(-3, 3, 100)
    scale, _ = fit_scale(odds, odds < 0, np.ones(len(odds)))
    assert scale == pytest.approx(0.01)


def test_a_few_duplicates_that_nothing_finds_do_not_flatten_the_rest():
    odds = np.r_[np.linspace(-6, -1, 500), np.linspace(1, 6, 500), np.full(10, -30.0)]
    labels = np.r_[odds[:1000] > 0, np.ones(10, bool)]
    scale, _ = fit_scale(odds, labels, np.ones(len(odds)))
    assert scale > 0.9


def test_pairs_count_in_the_calibration_by_their_weight():
    odds = np.linspace(-3, 3, 600)
    labels = np.random.default_rng(0).random(600) < 1 / (1 + np.exp(-odds))
    twice, once = np.r_[odds, odds + 2], np.r_[labels, labels]
    left_out = fit_scale(twice, once, np.repeat([1.0, 0.0], 600))
    assert left_out == pytest.approx(fit_scale(odds, labels, np.ones(600)), abs=0.02)


def test_steadying_pairs_are_held_out_but_count_less_and_are_not_reported():
    file, other = labelled(100, meaning=(0.3, 0.7)), labelled(2000, seed=4, meaning=(0.45, 0.55))
    alone, steadied = train([file]), train([file, replace(other, calibrates=False, steadies=True)])
    joint = train([file, other])
    assert len(steadied.held_out) == len(steadied.labels) == 100
    spans = [np.ptp(trained.held_out[:100]) for trained in (joint, steadied, alone)]
    assert spans == sorted(spans)


def test_a_pair_is_predicted_by_weights_that_never_saw_it():
    file = labelled(meaning=(0.3, 0.7))
    out = np.flatnonzero(file.parts % FOLDS == 2)
    labels = file.labels.copy()
    labels[out] = ~labels[out]
    lied = Labelled(file.columns, labels, file.parts, calibrates=True)
    told, untold = (train([one]).held_out[out] for one in (file, lied))
    # Scale and shift differ, since they are fitted on all folds; what the weights said does not.
    ratios = [(odds - odds[0]) / (odds[1] - odds[0]) for odds in (told, untold)]
    assert ratios[0] == pytest.approx(ratios[1], rel=1e-6, abs=1e-6)


def test_only_calibrating_files_are_held_out():
    calibrating, other = labelled(50), labelled(70, calibrates=False, seed=3)
    trained = train([other, calibrating])
    assert len(trained.held_out) == len(trained.labels) == 50
    assert trained.labels.tolist() == calibrating.labels.tolist()


def test_without_scipy_the_error_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "scipy.optimize", None)
    with pytest.raises(ExtraMissing) as found:
        fit_weights([labelled(10)])
    assert "twicetold[train]" in str(found.value)


def test_no_pairs_have_no_parts():
    assert connected_parts([], []).shape == (0,)


def test_pairs_that_share_a_text_through_others_are_one_part():
    assert connected_parts(["a", "c", "x", "b"], ["b", "d", "y", "c"]).tolist() == [0, 0, 1, 0]


@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.sampled_from("abcdefgh")), max_size=12))
def test_no_text_is_in_two_parts_and_parts_are_numbered_from_0(pairs):
    parts = connected_parts([a for a, _ in pairs], [b for _, b in pairs]).tolist()
    homes = {}
    for pair, part in zip(pairs, parts, strict=True):
        for text in pair:
            homes.setdefault(text, set()).add(part)
    assert all(len(found) == 1 for found in homes.values())
    assert sorted(set(parts)) == list(range(len(set(parts))))
