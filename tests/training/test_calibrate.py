"""Calibration on decided pairs: what it fits, what it promises, and when it refuses."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twicetold.errors import InputInvalid, OutputNotWritable, QualityGateFailed
from twicetold.model.artifact import Model, read_coefficients, verify
from twicetold.model.scoring import pair_evidence, score_pairs
from twicetold.training.calibrate import _folds, calibrate, fit_platt, write_model

THINGS = ("roof", "garden", "kitchen", "playground", "library", "office", "fence", "van", "door", "window")
PLACES = ("north", "south", "east", "west", "upper", "lower", "old", "new", "main", "small")


def pairs(count=200):
    """Pairs of texts of which no two share one, from the same in other words to different."""
    found = []
    for number in range(count):
        thing, place = THINGS[number % 10], PLACES[number // 10 % 10]
        a = f"Staff {number} will repair the {thing} of the {place} center"
        b = (
            f"Staff {number} fix the {place} center's {thing}",
            f"Staff {number} paint the {THINGS[number % 7]} of the site",
        )
        found.append((a, b[number % 2]))
    return [a for a, _ in found], [b for _, b in found]


@pytest.fixture(scope="session")
def model():
    return Model()


@pytest.fixture(scope="session")
def told(model):
    """Pairs, and answers of people who see them otherwise than the model: they need less to call two the same."""
    texts_a, texts_b = pairs()
    odds = model.coefficients.log_odds(pair_evidence(model, texts_a, texts_b).columns.T)
    chance = 1 / (1 + np.exp(-(odds * 0.4 + 1.0)))
    return texts_a, texts_b, (np.random.default_rng(3).random(len(odds)) < chance).tolist()


def test_what_people_see_otherwise_is_learned_and_measured_on_pairs_that_were_not_used(model, told):
    found = calibrate(model, *told)
    losses, errors = found.figures["log_loss"], found.figures["ece"]
    assert losses["after"].value < losses["before"].value
    assert losses["change"].high < 0
    assert errors["after"].value < errors["before"].value
    assert losses["before"].low < losses["before"].value < losses["before"].high
    assert (found.pairs, found.duplicates) == (200, sum(told[2]))
    assert found.scale < 1


def test_a_calibrated_model_is_a_model_that_verifies_and_says_what_it_was_fitted_on(model, told, tmp_path):
    found = calibrate(model, *told)
    manifest = write_model(model, found, tmp_path / "new", "decisions of the profile goals")
    assert verify(tmp_path / "new") == manifest
    assert manifest.digest != model.manifest.digest
    assert manifest.version.startswith(f"{model.manifest.version}+")
    assert manifest.training[-1]["rows"] == 200
    assert json.loads((tmp_path / "new" / "manifest.json").read_text())["metrics"]["calibration"]["pairs"] == 200
    again = Model(tmp_path / "new")
    assert read_coefficients(tmp_path / "new") == found.coefficients
    odds = model.coefficients.log_odds(pair_evidence(model, *told[:2]).columns.T)
    expected = 1 / (1 + np.exp(-(odds * found.scale + found.shift)))
    assert score_pairs(again, *told[:2]) == pytest.approx(expected, abs=1e-4)


def test_the_order_of_the_labels_changes_nothing_that_ships(model, told):
    found = calibrate(model, *told)
    turned = calibrate(model, *(column[::-1] for column in told))
    assert turned.coefficients == found.coefficients
    assert turned.digest == found.digest


def test_labels_that_the_model_has_right_already_are_no_reason_to_change_it(model):
    texts_a, texts_b = pairs()
    odds = model.coefficients.log_odds(pair_evidence(model, texts_a, texts_b).columns.T)
    labels = np.random.default_rng(7).random(len(odds)) < 1 / (1 + np.exp(-odds))
    with pytest.raises(QualityGateFailed, match="no better than now"):
        calibrate(model, texts_a, texts_b, labels.tolist())


def test_too_few_labels_or_too_few_of_a_kind_are_refused(model, told):
    a, b, same = told
    with pytest.raises(InputInvalid, match="too few"):
        calibrate(model, [], [], [])
    with pytest.raises(InputInvalid, match="too few"):
        calibrate(model, a[:40], b[:40], same[:40])
    with pytest.raises(InputInvalid, match="0 that are different"):
        calibrate(model, a, b, [True] * len(a))


def test_pairs_of_equal_texts_do_not_count(model, told):
    a, b, same = told
    found = calibrate(model, [*a, *a], [*b, *(text.upper() for text in a)], [*same, *[True] * len(a)])
    assert found.pairs == 200
    with pytest.raises(InputInvalid, match="too few"):
        calibrate(model, a, a, same)


def test_a_model_is_never_written_over_itself(model, told):
    with pytest.raises(OutputNotWritable):
        write_model(model, calibrate(model, *told), model.folder, "")


def test_pairs_that_share_a_text_are_held_out_together():
    parts = np.array([0, 0, 0, 1, 2, 2, 3, 4, 5, 6], np.int32)
    folds = _folds(parts)
    assert all(len(set(folds[parts == part])) == 1 for part in parts)
    assert np.bincount(folds).tolist() == [3, 2, 2, 2, 1]


@settings(max_examples=60)
@given(st.lists(st.tuples(st.floats(-60, 60), st.booleans()), max_size=40))
def test_any_labels_give_a_finite_scale_that_turns_no_evidence_round(rows):
    odds, labels = np.array([odd for odd, _ in rows]), np.array([label for _, label in rows], bool)
    scale, shift = fit_platt(odds, labels)
    assert np.isfinite([scale, shift]).all()
    assert scale > 0


def test_without_labels_nothing_moves_and_with_many_the_truth_is_found():
    assert fit_platt(np.empty(0), np.empty(0, bool)) == (1.0, 0.0)
    generator = np.random.default_rng(5)
    odds = generator.normal(0, 3, 20_000)
    labels = generator.random(len(odds)) < 1 / (1 + np.exp(-(0.5 * odds - 1)))
    assert fit_platt(odds, labels) == pytest.approx((0.5, -1.0), abs=0.05)
