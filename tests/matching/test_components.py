"""Connected components: smallest row as label, whatever the order or shape of the pairs."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twicetold.matching.components import bounded_components, components

NONE = np.empty(0, np.int32)


def labels_of(n: int, pairs: list[tuple[int, int]]) -> list[int]:
    a = np.array([pair[0] for pair in pairs], np.int32)
    b = np.array([pair[1] for pair in pairs], np.int32)
    return components(n, a, b).tolist()


def labels_by_walking(n: int, pairs: list[tuple[int, int]]) -> list[int]:
    neighbours: list[set[int]] = [set() for _ in range(n)]
    for a, b in pairs:
        neighbours[a].add(b)
        neighbours[b].add(a)
    labels = [-1] * n
    for start in range(n):
        if labels[start] < 0:
            labels[start], waiting = start, [start]
            while waiting:
                for row in neighbours[waiting.pop()]:
                    if labels[row] < 0:
                        labels[row] = start
                        waiting.append(row)
    return labels


@st.composite
def graphs(draw: st.DrawFn) -> tuple[int, list[tuple[int, int]]]:
    n = draw(st.integers(1, 40))
    row = st.integers(0, n - 1)
    return n, draw(st.lists(st.tuples(row, row), max_size=60))


def test_no_rows_have_no_labels() -> None:
    assert components(0, NONE, NONE).tolist() == []


def test_rows_without_pairs_stay_alone() -> None:
    assert components(3, NONE, NONE).tolist() == [0, 1, 2]


def test_labels_are_int32() -> None:
    assert components(2, np.array([0]), np.array([1])).dtype == np.int32


def test_the_arguments_are_left_as_they_were() -> None:
    a, b = np.array([3, 1], np.int32), np.array([2, 3], np.int32)
    components(4, a, b)
    assert (a.tolist(), b.tolist()) == ([3, 1], [2, 3])


def test_a_chain_is_one_component_with_its_smallest_row_as_label() -> None:
    assert labels_of(5, [(3, 4), (4, 1), (1, 2)]) == [0, 1, 1, 1, 1]


def test_loops_and_repeated_pairs_change_nothing() -> None:
    assert labels_of(3, [(1, 1), (2, 1), (1, 2), (2, 1)]) == [0, 1, 1]


def test_a_star_whose_centre_is_the_last_row_is_one_component() -> None:
    n = 1000
    assert set(labels_of(n, [(n - 1, row) for row in range(n - 1)])) == {0}


@pytest.mark.parametrize("seed", range(3))
def test_a_long_path_in_random_order_is_one_component(seed: int) -> None:
    path = np.random.default_rng(seed).permutation(100_000)
    assert not components(len(path), path[:-1], path[1:]).any()


@pytest.mark.parametrize("pair", [(0, 3), (-1, 0), (3, 0)])
def test_a_row_that_does_not_exist_is_refused(pair: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match=r"outside 0\.\.2"):
        labels_of(3, [pair])


def test_columns_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="got 2 and 1"):
        components(3, np.array([0, 1]), np.array([2]))


@settings(deadline=None, max_examples=200)
@given(graphs())
def test_labels_equal_those_found_by_walking(graph: tuple[int, list[tuple[int, int]]]) -> None:
    n, pairs = graph
    assert labels_of(n, pairs) == labels_by_walking(n, pairs)


@settings(deadline=None, max_examples=50)
@given(graphs(), st.randoms(use_true_random=False))
def test_the_order_and_direction_of_pairs_do_not_matter(
    graph: tuple[int, list[tuple[int, int]]], random: object
) -> None:
    n, pairs = graph
    shuffled = [(b, a) for a, b in pairs]
    random.shuffle(shuffled)
    assert labels_of(n, shuffled) == labels_of(n, pairs)


def bounded_labels_of(n: int, pairs: list[tuple[int, int]], most: int) -> list[int]:
    a, b = np.array(pairs, np.int32).reshape(-1, 2).T
    return bounded_components(n, a, b, -np.arange(len(pairs), dtype=float), most).tolist()


@settings(deadline=None, max_examples=100)
@given(graphs())
def test_a_bound_that_nothing_reaches_changes_nothing(graph: tuple[int, list[tuple[int, int]]]) -> None:
    n, pairs = graph
    assert bounded_labels_of(n, pairs, n) == labels_of(n, pairs)


@settings(deadline=None, max_examples=100)
@given(graphs(), st.integers(1, 6))
def test_bounded_components_are_parts_of_components_and_no_pair_could_join_two_more(
    graph: tuple[int, list[tuple[int, int]]], most: int
) -> None:
    n, pairs = graph
    bounded, whole = bounded_labels_of(n, pairs, most), labels_of(n, pairs)
    sizes = Counter(bounded)
    assert max(sizes.values()) <= most
    assert all(label == min(row for row in range(n) if bounded[row] == label) for label in sizes)
    assert all(whole[row] == whole[label] for row, label in enumerate(bounded))
    assert all(bounded[a] == bounded[b] or sizes[bounded[a]] + sizes[bounded[b]] > most for a, b in pairs)


def test_pairs_join_in_their_order_while_there_is_room() -> None:
    assert bounded_labels_of(5, [(3, 4), (0, 1), (1, 2), (2, 3)], 2) == [0, 0, 2, 3, 3]
    assert bounded_labels_of(5, [(2, 3), (0, 1), (1, 2), (3, 4)], 3) == [0, 0, 2, 2, 2]
    assert bounded_labels_of(0, [], 3) == []


def test_a_long_path_is_cut_without_recursion() -> None:
    labels = bounded_labels_of(100_000, [(row, row + 1) for row in range(99_999)], 64)
    assert max(Counter(labels).values()) == 64


def test_more_probable_pairs_join_first_and_of_equal_ones_the_first() -> None:
    a, b = np.array([[0, 1], [1, 2], [3, 4], [2, 3]], np.int32).T
    assert bounded_components(5, a, b, np.array([0.5, 0.9, 0.7, 0.7]), 2).tolist() == [0, 1, 1, 3, 3]
    assert bounded_components(5, a, b, np.array([0.9, 0.9, 0.6, 0.7]), 2).tolist() == [0, 0, 2, 2, 4]
