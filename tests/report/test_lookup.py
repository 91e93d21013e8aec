from __future__ import annotations

import pytest

from twicetold.report.lookup import Lookup


@pytest.fixture
def lookup(result_of, record):
    records = [record(name) for name in "abcde"]
    pairs = [("a", "b", 1.0), ("a", "c", 0.9), ("c", "d", 0.7)]
    return Lookup.of(result_of(records, [("c", "a", "b")], pairs))


def test_nothing_is_looked_up_in_nothing(result_of):
    assert len(Lookup.of(result_of()).pairs) == 0


def test_rows_with_the_same_text_are_found_from_any_of_them(lookup):
    assert lookup.same_text(0) == lookup.same_text(1) == [0, 1]
    assert lookup.same_text(4) == [4]


@pytest.mark.parametrize(
    ("rows", "probability"), [((0, 1), 1.0), ((2, 1), 0.9), ((3, 2), 0.7), ((0, 3), None), ((4, 0), None)]
)
def test_a_pair_has_the_probability_of_its_texts(lookup, rows, probability):
    assert lookup.probability(*rows) == probability


def test_the_lowest_probability_is_unknown_when_a_pair_was_judged_different(lookup):
    assert lookup.lowest([0, 1]) == 1.0
    assert lookup.lowest([0, 1, 2]) == 0.9
    assert lookup.lowest([0, 2, 3]) is None


def test_pairs_may_come_in_any_order(result_of, record):
    records = [record(name) for name in "abc"]
    lookup = Lookup.of(result_of(records, pairs=[("b", "c", 0.8), ("a", "c", 0.9), ("a", "b", 0.7)]))
    assert [lookup.probability(*rows) for rows in ((0, 1), (0, 2), (1, 2))] == [0.7, 0.9, 0.8]


def test_groups_are_known_by_row(lookup):
    assert lookup.group_of.tolist() == [0, 0, 0, -1, -1]
