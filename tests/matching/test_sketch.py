"""Sketch: products are exact, the same both ways, and what cheap evidence says of two texts."""

from __future__ import annotations

from itertools import combinations_with_replacement

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twicetold.matching.sketch import UNIT, Sketches, units
from twicetold.model.evidence import FAMILIES, slot_relations
from twicetold.model.grid import Grid
from twicetold.model.probability import Coefficients
from twicetold.text.reading import read

EXACT = 2**24
TOLD = [
    "",
    "the of and",
    "🙂",
    "\ud800",
    "Train cooks",
    "Train cooks in Ohio",
    "Train cooks in Texas",
    "Train 12 cooks in Texas by May 2025",
    "Train 15 cooks in Texas by June 2025",
    "Train 15 cooks weekly",
    "Serve children aged 3 to 5",
    "Serve children aged 0 to 3 twice a month",
    "Teach math",
    "Teach nutrition",
    "Visit Maria Lopez",
    "Visit John Smith in Ohio",
    "Raise attendance from 80% to 85%",
    "Raise attendance from 85% to 90% and to 95% and to 97% and spend $300",
    " ".join(f"{number} cooks," for number in range(3, 90)),
    " ".join(f"{number} cooks," for number in range(1000, 1200)),
]


@pytest.fixture(scope="module")
def texts(model):
    return model.block([read(text, model.lexicon) for text in TOLD])


@pytest.fixture(scope="module")
def weighed(model):
    """Coefficients like the model's, some of them others."""

    def weighed(**weights):
        changed = {name.replace("_", "-"): weight for name, weight in weights.items()}
        return Coefficients(model.coefficients.baseline, {**model.coefficients.weights, **changed})

    return weighed


def sides(texts, coefficients):
    sketches, every = Sketches.of(texts, coefficients), np.arange(len(texts))
    return sketches, sketches.left(texts, every), sketches.right(texts, every)


def largest_sum(left, right):
    """The most that any sum of some of the terms of a product can be."""
    return (np.abs(left).astype(np.float64) @ np.abs(right).astype(np.float64).T).max()


@pytest.mark.parametrize(
    "weights",
    [
        {},
        {"meaning": 1.0},
        {"meaning": 0.0},
        {"number_clash": -80.0, "meaning": 0.01},
        {"number_clash": 0.0, "place_clash": 0.0, "date_one_sided": 0.0},
        {"place_one_sided": -50.0},
    ],
)
def test_no_sum_on_the_way_to_a_product_is_beyond_what_32_bits_hold_exactly(texts, weighed, weights):
    """then the order in which a library adds up does not matter"""
    _, left, right = sides(texts, weighed(**weights))
    for side in (left, right):
        assert side.dtype == np.float32
        assert (side == np.rint(side)).all()
    assert largest_sum(left, right) < EXACT
    assert ((left @ right.T) == (left.astype(np.float64) @ right.astype(np.float64).T)).all()


def test_a_model_that_weighs_nothing_has_products_of_nothing(texts, model):
    nothing = Coefficients(0.0, dict.fromkeys(model.coefficients.weights, 0.0))
    sketches, left, right = sides(texts, nothing)
    assert np.isfinite(left @ right.T).all()
    assert np.isfinite(sketches.scale)
    assert sketches.scale > 0


@given(st.permutations(range(600)))
@settings(max_examples=10)
def test_in_whatever_order_columns_are_added_up_products_are_the_same(texts, model, order):
    _, left, right = sides(texts, model.coefficients)
    order = [column for column in order if column < left.shape[1]]
    assert len(order) == left.shape[1]
    turned = np.ascontiguousarray(left[:, order]) @ np.ascontiguousarray(right[:, order]).T
    assert turned.tobytes() == (left @ right.T).tobytes()


def test_products_are_the_same_both_ways_and_by_text_whatever_stands_beside(texts, model):
    sketches, left, right = sides(texts, model.coefficients)
    products = left @ right.T
    assert (products == products.T).all()
    rows = np.array([17, 3, 8])
    assert ((sketches.left(texts, rows) @ right.T) == products[rows]).all()
    alone, one, other = sides(texts.take(np.array([7, 8])), model.coefficients)
    assert ((one @ other.T) == products[7:9, 7:9]).all()
    assert len(alone.codes) == 2


def test_a_product_is_what_meaning_and_slots_say_up_to_rounding_and_what_codes_have_in_common_by_chance(texts, model):
    """of texts with one value in each family at most

    Each component of a unit vector is rounded by at most a half, which by Cauchy-Schwarz changes the product of two of
    length 512 by at most 512 * sqrt(384) + 384 / 4, about 4 in 100 of what the meaning counts. The codes of two values
    have anything from all to the opposite of all in common by chance; that of one value with itself is only rounded.
    """
    weights = model.coefficients.weights
    grid = Grid(texts, texts)
    values = {family: texts.values(kinds) for family, kinds in FAMILIES.items()}
    simple = [
        row
        for row in range(len(TOLD))
        if all(len(np.unique(found[found[:, 0] == row], axis=0)) <= 1 for found in values.values())
    ]
    assert len(simple) >= 14
    sketches, left, right = sides(texts, model.coefficients)
    said = (left @ right.T) * sketches.scale
    truth = weights["meaning"] * grid.cosines()
    noise = np.full(truth.shape, weights["meaning"] * (UNIT * np.sqrt(384) + 384 / 4) / UNIT**2)
    for family in FAMILIES:
        clash, one_sided, _ = slot_relations(grid, family)
        truth = truth + weights[f"{family}-clash"] * (clash > 0) + weights[f"{family}-one-sided"] * one_sided
        both = {row for row in simple if (values[family][:, 0] == row).any()}
        for a, b in combinations_with_replacement(sorted(both), 2):
            noise[a, b] -= weights[f"{family}-clash"] * (1.0 if clash[a, b] else 0.1)
    off = np.abs(said - truth)
    for a, b in combinations_with_replacement(simple, 2):
        assert off[a, b] <= noise[a, b] + 1e-3, (TOLD[a], TOLD[b])
    shares = [off[a, b] / noise[a, b] for a, b in combinations_with_replacement(simple, 2)]
    assert np.mean(shares) < 0.2  # what happens is far from the bounds


def test_texts_that_agree_in_a_value_have_larger_products_than_those_that_clash(texts, model):
    sketches, left, right = sides(texts, model.coefficients)
    products = (left @ right.T) * sketches.scale
    place = {text: row for row, text in enumerate(TOLD)}
    texas, ohio = place["Train cooks in Texas"], place["Train cooks in Ohio"]
    assert products[texas, texas] - products[texas, ohio] > 3
    assert products[texas, texas] == pytest.approx(model.coefficients.weights["meaning"], abs=0.5)


def test_units_have_one_length_and_a_text_of_nothing_none(texts):
    lengths = np.sqrt((units(texts, np.arange(len(texts))).astype(np.float64) ** 2).sum(axis=1))
    spoken = texts.sentences.scale > 0
    assert lengths[spoken] == pytest.approx(np.full(spoken.sum(), UNIT), abs=10)
    assert not lengths[~spoken].any()
    assert (~spoken).any()


def test_no_texts_have_no_sketches(texts, model):
    nothing = np.empty(0, np.intp)
    sketches, left, right = sides(texts.take(nothing), model.coefficients)
    assert len(left) == len(right) == len(sketches.alone) == 0
    assert sketches.left(texts, nothing).shape[1] == left.shape[1]
