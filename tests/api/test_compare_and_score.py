"""Two texts, or many pairs, without any file."""

from __future__ import annotations

import pytest

import twicetold
from twicetold import Verdict
from twicetold.errors import InputEmpty, InputInvalid


def test_variants_of_one_text_are_duplicates():
    explanation = twicetold.compare("Raise attendance to 85%.", "raise attendance to 85 percent")
    assert (explanation.probability, explanation.verdict) == (1.0, Verdict.DUPLICATE)


def test_the_evidence_adds_up():
    explanation = twicetold.compare("Raise attendance to 85%.", "Raise attendance to 90%.")
    assert sum(piece.log_odds for piece in explanation.evidence) == pytest.approx(explanation.log_odds, abs=1e-4)
    assert explanation.clash == (("number", "85%", "90%"),)


def test_a_model_of_ones_own_is_used():
    model = twicetold.Model()
    texts = ("Train all staff.", "Coach every teacher.")
    expected = twicetold.compare(*texts).probability
    assert twicetold.compare(*texts, model=model).probability == expected
    assert twicetold.score([texts[0]], [texts[1]], model=model) == [pytest.approx(expected, abs=1e-6)]


@pytest.mark.parametrize("nothing", ["", " ", "\u200b", "TBD", "..."])
def test_a_text_that_says_nothing_cannot_be_compared(nothing):
    with pytest.raises(InputEmpty, match="the second text says nothing"):
        twicetold.compare("a goal", nothing)
    assert twicetold.score([nothing, nothing], ["a goal", nothing]) == [0.0, 0.0]


def test_scores_come_in_order_as_numbers_of_python():
    chances = twicetold.score(["a goal", "Train all staff."], ["A goal", "Repair the roof of the gym."])
    assert chances[0] == 1.0 > chances[1] >= 0.0
    assert {type(chance) for chance in chances} == {float}


def test_no_pairs_have_no_scores():
    assert twicetold.score([], []) == []


def test_columns_of_different_length_are_refused():
    with pytest.raises(InputInvalid, match="2 first and 1 second"):
        twicetold.score(["a", "b"], ["a"])


def test_the_model_is_loaded_once():
    from twicetold._api import load_model
    from twicetold.platform.settings import load

    assert load_model(load()) is load_model(load())
    assert load_model(load({"threads": 1})) is not load_model(load({"threads": 2}))
