"""One text against many: the same figures as comparing it with each of them, the best first."""

from __future__ import annotations

import numpy as np
import pytest

from twicetold.matching import ranking
from twicetold.model.evidence import evidence
from twicetold.model.probability import probability
from twicetold.text.reading import read

CLOSE = 1e-5  # the order of sums depends on how many texts are compared at once
TEXTS = [
    "Train all staff on safe sleep.",
    "Repair the roof.",
    "Staff are trained on safe sleep practices",
    "",
    "Raise attendance to 85%",
    "Repair the roofs",
    "🏠 \u202e",
]


@pytest.fixture(scope="module")
def block(model):
    return model.block([read(text, model.lexicon) for text in TEXTS])


def expected(model, columns) -> float:
    return probability(model.coefficients.log_odds(columns))[0, 0]


def alone(model, text):
    return model.block([read(text, model.lexicon)])


@pytest.mark.parametrize("text", ["train staff on safe sleep", "", "Raise attendance to 90%", "🏠"])
def test_a_rank_is_what_comparing_two_by_two_gives(model, block, text):
    one = alone(model, text)
    ranked = ranking.rank(one, block, model.coefficients, len(TEXTS))
    assert sorted(ranked.places.tolist()) == list(range(len(TEXTS)))
    assert (np.diff(ranked.chances) <= 0).all()
    for place, chance, terms in zip(ranked.places.tolist(), ranked.chances, ranked.terms, strict=True):
        columns = evidence(one, block.part(place, place + 1))
        is_same = one.readings[0].canonical == block.readings[place].canonical
        assert chance == (1.0 if is_same else pytest.approx(expected(model, columns), abs=CLOSE))
        assert terms == pytest.approx(model.coefficients.terms(columns)[:, 0, 0], abs=CLOSE)


def test_the_best_of_many_are_found_whatever_part_they_are_in(model, block, monkeypatch):
    one = alone(model, "Repair the roof of the school")
    whole = ranking.rank(one, block, model.coefficients, 3)
    monkeypatch.setattr(ranking, "_AT_A_TIME", 2)
    parts = ranking.rank(one, block, model.coefficients, 3)
    assert parts.places.tolist() == whole.places.tolist()
    assert parts.chances == pytest.approx(whole.chances, abs=CLOSE)


def test_nothing_to_rank_gives_nothing(model, block):
    ranked = ranking.rank(alone(model, "x"), block.part(0, 0), model.coefficients, 5)
    assert (len(ranked.places), ranked.terms.shape) == (0, (0, len(model.coefficients.names)))
