"""Evidence adds up to log-odds, and these give a probability."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twicetold.model.evidence import FEATURES
from twicetold.model.probability import DECIMALS, Coefficients, probability

COEFFICIENTS = Coefficients(-1.5, {"meaning": 4.0, "number-clash": -3.0})
VALUES = st.lists(st.floats(0, 1, width=32), min_size=2, max_size=2)


@given(st.lists(VALUES, max_size=6))
def test_the_terms_add_up_to_the_log_odds(rows):
    evidence = np.array(rows, np.float32).reshape(-1, 2).T
    terms = COEFFICIENTS.terms(evidence)
    assert terms.shape == (3, len(rows))
    assert terms.dtype == np.float32
    assert terms.sum(axis=0) == pytest.approx(COEFFICIENTS.log_odds(evidence), abs=1e-5)


def test_the_baseline_comes_first_and_is_all_there_is_without_evidence():
    terms = COEFFICIENTS.terms(np.zeros((2, 1, 1), np.float32))
    assert COEFFICIENTS.names[0] == "baseline"
    assert terms[:, 0, 0].tolist() == [-1.5, 0, 0]
    assert COEFFICIENTS.log_odds(np.zeros((2, 1, 1), np.float32)).tolist() == [[-1.5]]


def test_a_tile_of_evidence_keeps_its_shape():
    evidence = np.random.default_rng(0).random((2, 3, 4)).astype(np.float32)
    assert COEFFICIENTS.terms(evidence).shape == (3, 3, 4)
    assert COEFFICIENTS.log_odds(evidence).shape == (3, 4)


@pytest.mark.parametrize(("log_odds", "expected"), [(0, 0.5), (1e9, 1), (-1e9, 0), (float("inf"), 1), (2, 0.880797)])
def test_a_probability_is_the_logistic_function_of_the_log_odds(log_odds, expected):
    assert probability(np.array([log_odds], float)).tolist() == [expected]


@given(st.lists(st.floats(-1e6, 1e6), min_size=1))
def test_probabilities_rise_with_the_log_odds_and_stay_between_0_and_1(log_odds):
    found = probability(np.sort(np.array(log_odds)))
    assert (np.diff(found) >= 0).all()
    assert found[0] >= 0
    assert found[-1] <= 1
    assert (np.round(found, DECIMALS) == found).all()


def test_coefficients_are_readable_json():
    content = json.loads(COEFFICIENTS.to_json())
    assert content == {"baseline": -1.5, "weights": {"meaning": 4.0, "number-clash": -3.0}}
    assert Coefficients.from_json(COEFFICIENTS.to_json()) == COEFFICIENTS


def test_no_shipped_weight_acts_against_the_sign_of_its_evidence(model):
    for feature in FEATURES:
        assert model.coefficients.weights[feature.name] * np.sign(feature.prior) >= 0, feature.name


def test_every_clash_speaks_against_sameness():
    clashes = [feature for feature in FEATURES if feature.name.endswith("-clash")]
    assert clashes
    assert all(feature.prior < 0 for feature in clashes)


def test_names_of_evidence_are_told_apart():
    names = [feature.name for feature in FEATURES]
    assert len(set(names)) == len(names)
    assert "baseline" not in names


@given(st.data())
def test_more_of_what_speaks_against_never_raises_the_probability(model, data):
    count = len(FEATURES)
    values = np.array(data.draw(st.lists(st.floats(0, 1, width=32), min_size=count, max_size=count)), np.float32)
    number = data.draw(st.sampled_from([n for n, feature in enumerate(FEATURES) if feature.prior < 0]))
    more = values.copy()
    more[number] = data.draw(st.floats(float(values[number]), 1, width=32))
    before, after = (probability(model.coefficients.log_odds(column)) for column in (values, more))
    assert after <= before + 1e-6
