"""Grouping: average linkage that obeys what people said, held against a naive one that recomputes every average."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twicetold.matching import grouping
from twicetold.matching.grouping import group

CHANCES = st.sampled_from([0.1, 0.35, 0.4, 0.5, 0.55, 0.6, 0.75, 0.9, 0.999999, 1.0]) | st.floats(0, 1)


def grouped(n, chances, **constraints):
    pairs = list(chances)
    return group(
        n,
        np.array([a for a, _ in pairs], np.int32),
        np.array([b for _, b in pairs], np.int32),
        np.array(list(chances.values()), np.float64),
        **{"threshold": 0.5, **constraints},
    )


def labels_of(n, chances, **constraints):
    return grouped(n, chances, **constraints).labels.tolist()


def naive_labels(n, chances, *, threshold, must_link=(), identical=(), cannot_link=(), vetoes=()):
    """Average linkage in O(n^3) and more: every average of every two clusters, anew for every join."""
    clusters = [{item} for item in range(n)]

    def crosses(one, other, pairs):
        return any((a in one and b in other) or (b in one and a in other) for a, b in pairs)

    def joined(one, other):
        clusters.remove(one)
        clusters.remove(other)
        clusters.append(one | other)

    for pair in [*sorted(must_link), *sorted(identical)]:
        one, other = (next(cluster for cluster in clusters if item in cluster) for item in pair)
        if one is not other and not crosses(one, other, cannot_link):
            joined(one, other)
    while True:
        offers = []
        for one, other in combinations(sorted(clusters, key=min), 2):
            total = sum(chances.get((a, b), chances.get((b, a), 0.0)) for a, b in product(one, other))
            average = round(total / (len(one) * len(other)), 9)
            if average >= threshold and not crosses(one, other, [*cannot_link, *vetoes]):
                offers.append((-average, min(one), min(other), one, other))
        if not offers:
            break
        *_, one, other = min(offers, key=lambda offer: offer[:3])
        joined(one, other)
    return [min(next(cluster for cluster in clusters if item in cluster)) for item in range(n)]


@st.composite
def problems(draw):
    n = draw(st.integers(1, 9))
    every = [(a, b) for a in range(n) for b in range(a + 1, n)]
    some = st.lists(st.sampled_from(every), unique=True) if every else st.just([])
    few = st.lists(st.sampled_from(every), unique=True, max_size=3) if every else st.just([])
    chances = {pair: draw(CHANCES) for pair in draw(some)}
    constraints = {name: draw(few) for name in ("must_link", "identical", "cannot_link", "vetoes")}
    return n, chances, {"threshold": draw(st.sampled_from([0.3, 0.5, 0.8])), **constraints}


@pytest.mark.parametrize("many", [1, 3, grouping._MANY])
@given(problem=problems())
@settings(max_examples=300)
def test_groups_are_those_of_a_naive_average_linkage(many, problem):
    n, chances, constraints = problem
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(grouping, "_MANY", many)
        assert labels_of(n, chances, **constraints) == naive_labels(n, chances, **constraints)


@given(problems(), st.randoms())
def test_neither_the_order_nor_the_direction_of_pairs_matters(problem, random):
    n, chances, constraints = problem

    def shuffled(pairs):
        turned = [pair if random.random() < 0.5 else pair[::-1] for pair in pairs]
        random.shuffle(turned)
        return turned

    swapped = {pair: chances.get(pair, chances.get(pair[::-1])) for pair in shuffled(chances)}
    others = {name: shuffled(constraints[name]) for name in ("cannot_link", "vetoes")}
    for name in ("must_link", "identical"):
        others[name] = list(constraints[name])
        random.shuffle(others[name])
    again = grouped(n, swapped, threshold=constraints["threshold"], **others)
    assert again.labels.tolist() == labels_of(n, chances, **constraints)


@given(st.integers(1, 8), st.data())
def test_with_no_two_equal_chances_the_numbering_of_items_does_not_matter(n, data):
    every = list(combinations(range(n), 2))
    steps = data.draw(st.permutations(range(len(every))))
    chances = {pair: 0.3 + 0.7 / 29 * step**1.01 / 2 for pair, step in zip(every, steps, strict=True)}
    number = data.draw(st.permutations(range(n)))
    renumbered = {(number[a], number[b]): chance for (a, b), chance in chances.items()}
    labels, others = labels_of(n, chances), labels_of(n, renumbered)
    for a, b in every:
        assert (labels[a] == labels[b]) == (others[number[a]] == others[number[b]])


@given(problems())
@settings(max_examples=200)
def test_what_people_said_holds_whatever_the_probabilities_are(problem):
    n, chances, constraints = problem
    found = grouped(n, chances, **constraints)
    labels = found.labels.tolist()
    assert all(labels[a] != labels[b] for a, b in constraints["cannot_link"])
    apart = {pair for pair in constraints["must_link"] if labels[pair[0]] != labels[pair[1]]}
    assert apart == set(found.contradictions)
    if not constraints["cannot_link"]:
        assert not apart


@given(problems())
def test_labels_name_the_smallest_item_and_joining_what_is_joined_changes_nothing(problem):
    n, chances, constraints = problem
    labels = labels_of(n, chances, **constraints)
    assert all(label <= item and labels[label] == label for item, label in enumerate(labels))
    joined = [(label, item) for item, label in enumerate(labels) if label != item]
    again = grouped(n, {}, threshold=0.5, must_link=joined, cannot_link=constraints["cannot_link"])
    assert again.labels.tolist() == labels
    assert again.contradictions == ()


@given(problems())
def test_a_veto_holds_unless_a_person_joined_the_two(problem):
    n, chances, constraints = problem
    labels = labels_of(n, chances, **constraints)
    by_people = labels_of(n, {}, **{**constraints, "vetoes": ()})
    for a, b in constraints["vetoes"]:
        assert labels[a] != labels[b] or by_people[a] == by_people[b]


def test_nothing_has_no_groups():
    found = grouped(0, {})
    assert found.labels.shape == (0,)
    assert found.contradictions == ()


def test_one_item_is_alone():
    assert labels_of(1, {}) == [0]


def test_items_without_pairs_are_alone():
    assert labels_of(3, {}) == [0, 1, 2]


def test_items_that_are_all_equal_are_one_group():
    assert labels_of(6, dict.fromkeys(combinations(range(6), 2), 1.0)) == [0] * 6


def test_an_average_that_just_reaches_the_threshold_joins_and_one_below_does_not():
    assert labels_of(2, {(0, 1): 0.5}) == [0, 0]
    assert labels_of(2, {(0, 1): 0.499999}) == [0, 1]


def test_a_chain_whose_ends_were_found_different_is_not_one_group():
    assert labels_of(3, {(0, 1): 0.9, (1, 2): 0.8}) == [0, 0, 2]


def test_a_chain_whose_ends_clash_is_not_one_group_though_the_average_would_do():
    chain = {(0, 1): 1.0, (1, 2): 1.0, (0, 2): 0.3}
    assert labels_of(3, chain) == [0, 0, 0]
    assert labels_of(3, chain, vetoes=[(0, 2)]) == [0, 0, 2]


def test_a_person_overrules_a_veto():
    assert labels_of(3, {(0, 1): 0.9}, vetoes=[(0, 1), (0, 2)], must_link=[(0, 2)]) == [0, 1, 0]


def test_cannot_link_holds_through_a_chain_of_must_links():
    said = {"must_link": [(0, 1), (2, 3)], "cannot_link": [(1, 2)]}
    assert labels_of(4, dict.fromkeys(combinations(range(4), 2), 1.0), **said) == [0, 0, 2, 2]


def test_what_cannot_be_obeyed_is_counted_and_the_rest_is_obeyed():
    found = grouped(4, {}, must_link=[(0, 1), (1, 2), (2, 3)], cannot_link=[(0, 2)])
    assert found.labels.tolist() == [0, 0, 2, 2]
    assert found.contradictions == ((1, 2),)


def test_a_pair_said_to_be_both_is_kept_apart_and_counted():
    found = grouped(2, {(0, 1): 1.0}, must_link=[(0, 1)], cannot_link=[(0, 1)])
    assert found.labels.tolist() == [0, 1]
    assert found.contradictions == ((0, 1),)


def test_identical_items_are_joined_even_where_a_person_joined_one_of_them_with_many_others():
    assert labels_of(5, {(0, 1): 1.0}, must_link=[(0, 2), (0, 3), (0, 4)]) == [0, 1, 0, 0, 0]
    assert labels_of(5, {}, must_link=[(0, 2), (0, 3), (0, 4)], identical=[(0, 1)]) == [0] * 5


def test_identical_items_that_a_person_keeps_apart_are_no_contradiction():
    found = grouped(3, {}, identical=[(0, 1), (0, 2), (1, 2)], cannot_link=[(0, 1)])
    assert found.labels.tolist() == [0, 1, 0]
    assert found.contradictions == ()


def test_an_item_said_to_differ_from_itself_changes_nothing():
    assert labels_of(2, {(0, 1): 0.9}, cannot_link=[(0, 0)], must_link=[(1, 1)]) == [0, 0]


@pytest.mark.parametrize("n", [2000])
def test_a_long_chain_is_grouped_without_recursion(n):
    labels = labels_of(n, {(item, item + 1): 0.9 for item in range(n - 1)})
    assert max(labels.count(label) for label in set(labels)) <= 3


@pytest.mark.parametrize("many", [1, 50])
def test_many_items_that_are_all_equal_are_one_group_though_each_round_joins_only_two(monkeypatch, many):
    monkeypatch.setattr(grouping, "_MANY", many)
    assert set(labels_of(250, dict.fromkeys(combinations(range(250), 2), 0.9))) == {0}


@pytest.mark.parametrize("seed", range(5))
def test_many_items_are_grouped_as_few_are(monkeypatch, seed):
    """clusters with noise between them and pairs that must not meet, joined one after the other and all at once"""
    n, rng = 1500, np.random.default_rng(seed)
    near = rng.integers(0, 200, n)
    pairs = {tuple(sorted(pair)) for pair in rng.integers(0, n, (40_000, 2)).tolist() if pair[0] != pair[1]}
    pairs |= {pair for pair in combinations(range(n), 2) if near[pair[0]] == near[pair[1]]}
    chances = {(a, b): rng.beta(4, 2) if near[a] == near[b] else rng.beta(1, 4) for a, b in sorted(pairs)}
    vetoes = [pair for pair in sorted(pairs) if rng.random() < 0.02]
    expected = labels_of(n, chances, vetoes=vetoes)
    assert 100 < len(set(expected)) < 1000
    monkeypatch.setattr(grouping, "_MANY", 20)
    assert labels_of(n, chances, vetoes=vetoes) == expected
