"""Neighbors: in one cell exactly the most alike by their products, in many cells no others than in one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from twicetold.matching import neighbors
from twicetold.matching.neighbors import Search, _floor, _reached, each_once
from twicetold.pairs import Thresholds
from twicetold.text.reading import read

_TOLD = [
    "",
    "the of and",
    "🙂",
    "\ud800",
    *(
        f"{does} {whom} {how}"
        for does in ("Train", "Coach", "Meet", "Visit", "Thank", "Support", "Teach")
        for whom in ("teachers", "cooks", "parents", "12 parents", "15 parents", "mentors")
        for how in ("weekly", "in June 2025", "on safety", "about safe meals", "at Oak Center", "in Ohio", "in Texas")
    ),
]
MANY = len(_TOLD)
THRESHOLDS = Thresholds(duplicate=0.5, possible=0.1)


@pytest.fixture(scope="module")
def texts(model):
    return model.block([read(text, model.lexicon) for text in _TOLD])


@pytest.fixture
def search(model, texts):
    def search(block=texts, thresholds=THRESHOLDS):
        return Search.of(block, model.coefficients, thresholds)

    return search


@pytest.fixture
def in_cells(monkeypatch):
    """Divides texts into cells of about so many, however few there are."""

    def in_cells(size, probes):
        monkeypatch.setattr(neighbors, "_ONE_CELL", 0)
        monkeypatch.setattr(neighbors, "_CELLS", MANY**0.5 / size)
        monkeypatch.setattr(neighbors, "_PROBES", probes)

    return in_cells


@pytest.fixture
def kept(monkeypatch):
    """Sets how many neighbors are kept, likely ones and others."""

    def set_(most, others):
        monkeypatch.setattr(neighbors, "MOST", most)
        monkeypatch.setattr(neighbors, "OTHERS", others)

    return set_


def brute(search, least, most, others, of=None):
    """Of each text those with the largest products; of equal ones the first."""
    every = np.arange(len(search.block))
    products = search.sketches.left(search.block, every) @ search.sketches.right(search.block, every).T
    found = set()
    for text in every.tolist():
        if of is not None and not of[text]:
            continue
        ranked = [each for each in np.argsort(-products[text], kind="stable").tolist() if each != text]
        for rank, other in enumerate(ranked):
            value = products[text, other]
            if (value >= least and rank < most) or (value >= search.possible and rank < others):
                found.add((min(text, other), max(text, other)))
    return sorted(found)


def as_tuples(pairs):
    assert pairs.dtype == np.int32
    return list(map(tuple, pairs.tolist()))


@pytest.mark.parametrize("thresholds", [(0.5, 0.1), (0.9, 0.9), (0.02, 0.01), (1.0, 1.0), (0.0, 0.0), (1.0, 0.0)])
@pytest.mark.parametrize(("most", "others"), [(32, 8), (3, 1), (1, 1), (1000, 1000)])
@pytest.mark.parametrize("bound", ["likely", "some"])
def test_in_one_cell_neighbors_are_exactly_those_with_the_largest_products(
    search, kept, thresholds, bound, most, others
):
    kept(most, others)
    made = search(thresholds=Thresholds(*thresholds))
    least = getattr(made, bound)
    assert as_tuples(made.pairs(least)) == brute(made, least, most, others)


def test_the_neighbors_of_some_texts_only(search, kept):
    kept(5, 2)
    made, of = search(), np.arange(MANY) % 7 == 3
    assert as_tuples(made.pairs(made.some, of)) == brute(made, made.some, 5, 2, of)
    assert as_tuples(made.pairs(made.some, np.zeros(MANY, bool))) == []


def test_less_likely_neighbors_come_in_addition(search):
    made = search()
    assert made.possible < made.some < made.likely
    likely, some = (set(as_tuples(made.pairs(least))) for least in (made.likely, made.some))
    assert likely < some


def test_cells_that_are_all_searched_give_what_one_cell_gives(search, in_cells, monkeypatch):
    expected = as_tuples(search().pairs(search().likely))
    in_cells(10, MANY)
    made = search()
    assert len(made.cells.members) == round(MANY / 10)
    assert as_tuples(made.pairs(made.likely)) == expected
    monkeypatch.setattr(neighbors, "_ROWS", 3)
    assert as_tuples(made.pairs(made.likely)) == expected


def test_cells_of_which_some_are_searched_find_most_duplicates_and_look_at_few_texts(search, kept, in_cells):
    kept(32, 1)
    expected = set(as_tuples(search().pairs(search().some)))
    in_cells(16, 6)
    made = search()
    found = set(as_tuples(made.pairs(made.some)))
    assert len(expected) > 200
    assert len(found & expected) > 0.9 * len(expected)
    sizes = [len(made.cells.around(cell)) for cell, members in enumerate(made.cells.members) if len(members)]
    assert np.mean(sizes) < MANY / 2


def test_each_pair_comes_once_and_no_text_is_its_own_neighbor(search, in_cells):
    for _ in range(2):
        made = search(thresholds=Thresholds(0.0, 0.0))
        pairs = made.pairs(made.likely)
        assert (pairs[:, 0] < pairs[:, 1]).all()
        assert len(np.unique(pairs, axis=0)) == len(pairs) > MANY
        in_cells(9, 3)


def test_it_is_told_how_far_the_search_is(search, in_cells):
    in_cells(20, 3)
    told = []
    made = search()
    made.pairs(made.likely, tell=told.append)
    assert told == sorted(told)
    assert told[-1] == 1
    assert len(told) == round(MANY / 20)


@pytest.mark.parametrize("count", [0, 1, 2])
def test_few_texts_or_none(search, texts, count):
    made = search(texts.take(np.arange(4, 4 + count)), Thresholds(0.0, 0.0))
    assert as_tuples(made.pairs(made.likely)) == ([(0, 1)] if count == 2 else [])


def test_of_texts_that_are_all_alike_each_has_its_first_ones(model, search, kept):
    kept(3, 3)
    made = search(model.block([read("Train staff", model.lexicon)] * 50))
    assert as_tuples(made.pairs(made.likely)) == sorted(
        {(a, b) for b in range(50) for a in range(4) if a < b and (a < 3 or b < 4)}
    )


values = arrays.arrays(
    np.float32,
    st.tuples(st.integers(1, 4), st.integers(1, 200)),
    elements=st.integers(-50, 50).map(float) | st.just(-np.inf),
)


@given(values, st.integers(1, 12))
@example(np.full((2, 100), -np.inf, np.float32), 1)
@example(np.zeros((1, 200), np.float32), 3)
def test_at_least_so_many_of_a_row_reach_its_bound(products, count):
    bound = _reached(products, count)
    assert bound.shape == (len(products),)
    reached = (products >= bound[:, None]).sum(axis=1)
    assert (reached >= np.minimum(count, products.shape[1])).all()
    assert ((bound == -np.inf) | (bound <= np.sort(products, axis=1)[:, -min(count, products.shape[1])])).all()


def test_not_many_more_of_a_row_reach_its_bound_than_so_many():
    products = np.random.default_rng(1).normal(size=(50, 12_000)).astype(np.float32)
    reached = (products >= _reached(products, 32)[:, None]).sum(axis=1)
    assert reached.max() < 64


@given(values, st.integers(1, 12), st.integers(-50, 50).map(float))
@example(np.full((2, 100), -np.inf, np.float32), 1, 0.0)
@example(np.zeros((1, 200), np.float32), 3, 0.0)
def test_the_floor_is_the_bound_or_what_the_last_of_so_many_reaches(products, count, least):
    for row, floor in zip(products, _floor(products, least, count), strict=True):
        above = np.sort(row[row >= least])[::-1]
        assert floor == (above[count - 1] if len(above) > count else least)


pairs = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=20)


@given(pairs)
@example([])
@example([(2**31 - 1, 5), (5, 2**31 - 1)])
@settings(max_examples=50)
def test_each_once_is_a_sorted_set_of_sorted_pairs(found):
    once = each_once(np.array(found, np.int32).reshape(-1, 2))
    assert as_tuples(once) == sorted({(min(pair), max(pair)) for pair in found})
    assert once.shape[1] == 2
