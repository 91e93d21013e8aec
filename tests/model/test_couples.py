"""Couples: what given pairs of texts have in common is, to the last bit, what a grid of all pairs says of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from twicetold.model import couples
from twicetold.model.evidence import FEATURES, evidence, evidence_of_pairs
from twicetold.model.probability import Coefficients

LONG = " ".join(f"train {word} teachers on safe meals for children" for word in ("new", "old", "all", "most") * 5)
POOL = [
    "",
    "the of and",
    "🙂",
    "\ud800",
    "\ud83d\ude00 \udc00",
    "12 3 4",
    "رفع نسبة الحضور",
    "ÉCOLE e\u0301cole",
    "Train 12 cooks by May 2025.",
    "Train 15 cooks by May 2025, by June 2026 and by July 2027",
    "Raise attendance to 85%",
    "Do not reduce attendance by 85 percent",
    "Teachers coach parents",
    "Parents coach teachers",
    "Serve children aged 3 to 5 in Ohio 5 hours a week",
    "Serve children aged 0 to 3 in Texas 3 hours a week",
    "Nurses visit Maria Lopez twice a month",
    "Nurses visit Maria Lopez twice a month.",
    "Teachers visit John Smith three times a week",
    "Buy books from families",
    "Sell books to families",
    "Improve math and nutrition",
    "Los niños visitarán el kínder en mayo.",
    "staff " * 300,
    LONG,
    LONG.replace("meals", "food").replace("old", "aged"),
]
MANY = len(POOL)


@pytest.fixture(scope="module")
def pool(block):
    return block(*POOL)


@pytest.fixture(scope="module")
def grid(pool):
    """What comparing every text with every one gives; shape (features, texts, texts)."""
    return evidence(pool, pool)


def same_bits(one, other):
    return (one.dtype, one.shape, one.tobytes()) == (other.dtype, other.shape, other.tobytes())


places = st.integers(0, MANY - 1)


@given(st.lists(st.tuples(places, places), max_size=30))
@example([])
@example([(3, 3)])
@example([(8, 9), (9, 8), (8, 9)])
@example([(0, 1), (1, 0), (0, 0), (2, 0)])
@example([(a, b) for a in range(MANY) for b in range(MANY)])
@example([(a, b) for b in range(MANY) for a in reversed(range(MANY))])
@settings(max_examples=60)
def test_the_evidence_of_any_pairs_is_that_of_the_grid(pool, grid, pairs):
    a, b = np.array(pairs, np.intp).reshape(-1, 2).T
    assert same_bits(evidence_of_pairs(pool, a, b), np.ascontiguousarray(grid[:, a, b]))


@pytest.mark.parametrize("products", [1, 2, 7])
def test_how_many_values_are_set_beside_each_other_at_once_changes_no_bit(block, monkeypatch, products):
    made = block("Visit rooms 1, 2, 3, 4 and 5", "Visit rooms 5, 6 and 7", "Visit rooms", "Visit 3 rooms", "Visit 30%")
    a, b = np.triu_indices(len(made))
    expected = np.ascontiguousarray(evidence(made, made)[:, a, b])
    monkeypatch.setattr(couples, "_PRODUCTS", products)
    assert same_bits(evidence_of_pairs(made, a, b), expected)


def test_which_of_two_texts_comes_first_changes_no_bit(pool, grid):
    a, b = np.triu_indices(MANY)
    assert same_bits(evidence_of_pairs(pool, a, b), evidence_of_pairs(pool, b, a))
    assert same_bits(grid, np.ascontiguousarray(grid.transpose(0, 2, 1)))


def test_every_kind_of_evidence_is_there_to_be_compared(grid):
    assert [feature.name for feature, column in zip(FEATURES, grid, strict=True) if not column.any()] == []


texts = st.text(st.characters() | st.sampled_from(" 12%.,trainmeals"), max_size=40)


@given(st.lists(texts, min_size=1, max_size=5), st.data())
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_texts_have_the_same_evidence_as_couples_and_in_a_grid(block, found, data):
    made = block(*found)
    row = st.integers(0, len(found) - 1)
    a, b = np.array(data.draw(st.lists(st.tuples(row, row), max_size=8)), np.intp).reshape(-1, 2).T
    assert same_bits(evidence_of_pairs(made, a, b), np.ascontiguousarray(evidence(made, made)[:, a, b]))


@pytest.mark.parametrize("silent", ["none", "spelling", "every"])
def test_what_coefficients_make_of_the_evidence_does_not_depend_on_whether_they_were_known(model, pool, silent):
    """a column that counts nothing may be left out, which no sum may show"""
    own = model.coefficients.weights
    weights = {
        "none": {name: weight or 1.0 for name, weight in own.items()},
        "spelling": {**own, "spelling": 0.0},
        "every": dict.fromkeys(own, 0.0),
    }[silent]
    coefficients = Coefficients(model.coefficients.baseline, weights)
    a, b = np.triu_indices(MANY)
    plain, fitted = evidence_of_pairs(pool, a, b), evidence_of_pairs(pool, a, b, coefficients)
    assert same_bits(coefficients.log_odds(plain), coefficients.log_odds(fitted))
    assert same_bits(coefficients.terms(plain), coefficients.terms(fitted))
    with_grid = evidence(pool, pool, coefficients)[:, a, b]
    assert same_bits(np.ascontiguousarray(with_grid), fitted)


def test_of_a_block_without_texts_there_are_no_pairs(block):
    nothing = np.empty(0, np.intp)
    assert evidence_of_pairs(block(), nothing, nothing).shape == (len(FEATURES), 0)
