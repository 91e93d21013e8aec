"""Suggested: what is compared gives what comparing all gives, groups are the same, and what is left out is counted."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twicetold.decisions import Constraints
from twicetold.matching import neighbors, recall, spread, suggested
from twicetold.matching.candidates import compare_all
from twicetold.matching.decided import group_records
from twicetold.matching.neighbors import as_pairs
from twicetold.matching.suggested import _every_two, _Work, compare_suggested
from twicetold.model.probability import Coefficients
from twicetold.pairs import Thresholds
from twicetold.text.reading import read

_TOLD = [
    "",
    "the of and",
    "🙂",
    "\ud800",
    *(
        f"{does} {whom} {how}"
        for does in ("Train", "Provide training to", "Coach", "Meet", "Visit", "Thank")
        for whom in ("teachers", "all teachers", "cooks", "12 parents", "15 parents", "mentors")
        for how in ("weekly", "each week", "in June 2025", "on safety", "about safe meals", "in Ohio", "in Texas")
    ),
]
MANY = len(_TOLD)
THRESHOLDS = Thresholds(duplicate=0.5, possible=0.1)


@pytest.fixture(scope="module")
def block(model):
    return lambda texts: model.block([read(text, model.lexicon) for text in texts])


@pytest.fixture(scope="module")
def texts(block):
    return block(_TOLD)


@pytest.fixture
def suggest(model, texts):
    def suggest(some=texts, thresholds=THRESHOLDS, coefficients=None, tell=lambda _share: None, linked=()):
        return compare_suggested(some, coefficients or model.coefficients, thresholds, tell, linked)

    return suggest


def bits(array):
    return array.dtype, array.shape, array.tobytes()


def rows(pairs):
    """Each pair with its probability and terms, to the last bit."""
    found = zip(pairs.a.tolist(), pairs.b.tolist(), pairs.probability.tolist(), pairs.log_odds, strict=True)
    return {(a, b): (chance, terms.tobytes()) for a, b, chance, terms in found}


def groups(compared, threshold=THRESHOLDS.duplicate):
    n = compared.texts
    ids, place = [f"{row:04}" for row in range(n)], np.arange(n, dtype=np.int32)
    return group_records(ids, place, compared, Constraints(), threshold, set()).labels.tolist()


def assert_adds_up(compared, searched, n):
    assert compared.texts == n
    assert compared.histogram.sum() + compared.unseen == n * (n - 1) // 2
    assert 0 <= searched.recall.found <= searched.recall.wanted


def test_pairs_are_the_very_same_as_in_a_comparison_of_all(suggest, texts, model, monkeypatch):
    monkeypatch.setattr(suggested, "LISTED", MANY)
    compared, searched = suggest()
    everything = compare_all(texts, model.coefficients, THRESHOLDS)
    assert_adds_up(compared, searched, MANY)
    assert compared.unseen > MANY * (MANY - 1) // 4
    mine, theirs = rows(compared.pairs), rows(everything.pairs)
    assert mine.items() <= theirs.items()
    likely = {pair for pair, (chance, _) in theirs.items() if chance >= THRESHOLDS.duplicate}
    assert len(likely) > 100
    assert likely <= mine.keys()
    assert groups(compared) == groups(everything)
    assert (compared.pairs.names, compared.pairs.log_odds.dtype) == (everything.pairs.names, np.float32)
    order = list(zip(compared.pairs.a.tolist(), compared.pairs.b.tolist(), strict=True))
    assert order == sorted(order)


def test_all_duplicates_are_found_and_that_is_what_is_measured(suggest):
    _, searched = suggest()
    assert searched.recall.sampled == MANY
    assert searched.recall.wanted == searched.recall.found > 200
    assert (searched.saturated, searched.unfinished) == (0, 0)


def test_cells_change_no_pair_s_numbers_and_miss_few_duplicates(suggest, texts, model, monkeypatch):
    monkeypatch.setattr(neighbors, "_ONE_CELL", 0)
    monkeypatch.setattr(neighbors, "_CELLS", 1.3)
    monkeypatch.setattr(neighbors, "_PROBES", 4)
    compared, searched = suggest()
    assert_adds_up(compared, searched, MANY)
    assert rows(compared.pairs).items() <= rows(compare_all(texts, model.coefficients, THRESHOLDS).pairs).items()
    assert 0.9 < searched.recall.share <= 1


def test_the_same_comes_of_it_however_many_pairs_are_compared_at_once(suggest, monkeypatch):
    expected, how = suggest()
    monkeypatch.setattr(spread, "_AT_A_TIME", 100)
    found, also = suggest()
    assert how == also
    assert bits(np.unique(expected.vetoed, axis=0)) == bits(np.unique(found.vetoed, axis=0))
    assert rows(found.pairs) == rows(expected.pairs)
    assert rows(found.nearest) == rows(expected.nearest)
    assert found.nearest.a.tolist() == expected.nearest.a.tolist()
    assert found.histogram.tolist() == expected.histogram.tolist()


@pytest.mark.parametrize("threads", [2, 3])
def test_the_same_comes_of_it_with_any_number_of_threads(texts, model, monkeypatch, threads):
    monkeypatch.setattr(spread, "_AT_A_TIME", 50)
    monkeypatch.setattr(neighbors, "_ONE_CELL", 0)
    monkeypatch.setattr(neighbors, "_CELLS", 0.8)
    monkeypatch.setattr(recall, "_AT_A_TIME", 30)
    monkeypatch.setattr(recall, "_LIKELY", 500)  # so that the sample is halved meanwhile
    alone, how = compare_suggested(texts, model.coefficients, THRESHOLDS)
    together, also = compare_suggested(texts, model.coefficients, THRESHOLDS, threads=threads)
    assert how == also
    assert how.recall.sampled < MANY
    for name in ("pairs", "below", "every"):
        mine, theirs = getattr(alone, name), getattr(together, name)
        for column in ("a", "b", "probability", "log_odds"):
            assert bits(getattr(mine, column)) == bits(getattr(theirs, column))
    for name in ("vetoed", "counted"):
        assert bits(getattr(alone, name)) == bits(getattr(together, name))
    assert (alone.complete_above, alone.unseen) == (together.complete_above, together.unseen)


@pytest.mark.parametrize(("threshold", "are_many"), [(0.95, False), (0.6, True)])
def test_only_the_most_probable_pairs_of_each_text_are_listed(suggest, monkeypatch, threshold, are_many):
    """of duplicates only where they are more than that on average"""
    bound = Thresholds(threshold, 0.01)
    monkeypatch.setattr(suggested, "LISTED", 1000)
    whole, nothing = suggest(thresholds=bound)
    assert (nothing.left_out, len(whole.every)) == (0, len(whole.pairs))
    monkeypatch.setattr(suggested, "LISTED", 1)
    few, some = suggest(thresholds=bound)
    assert some.left_out == len(whole.pairs) - len(few.pairs) > 0
    every, listed = rows(whole.pairs), rows(few.pairs)
    assert listed.items() <= every.items()
    likely = {pair for pair, (chance, _) in every.items() if chance >= threshold}
    assert (len(likely) > MANY) == are_many
    wanted = best_of_each_text(every, every.keys() - likely) | (
        best_of_each_text(every, likely) if are_many else likely
    )
    assert listed.keys() == wanted


def best_of_each_text(every, chosen):
    best = dict[int, tuple]()
    for a, b in chosen:
        for one, other in ((a, b), (b, a)):
            best[one] = max(best.get(one, (0, 0)), (every[a, b][0], -other))
    return {(min(one, -other), max(one, -other)) for one, (_, other) in best.items()}


def test_pairs_that_are_not_listed_count_when_groups_are_made(suggest, monkeypatch):
    bound = Thresholds(0.5, 0.01)
    whole, _ = suggest(thresholds=bound)
    monkeypatch.setattr(suggested, "LISTED", 0)
    few, _ = suggest(thresholds=bound)
    assert len(few.pairs) < len(whole.pairs)
    assert groups(few, 0.5) == groups(whole, 0.5)
    assert len(few.every) == len(whole.every) > len(few.pairs)
    assert groups(replace(few, every=None), 0.5) != groups(whole, 0.5)


def test_pairs_that_only_a_clash_keeps_apart_are_known_within_what_hangs_together(suggest, block, model):
    """else a group could hold both numbers"""
    some = block([f"Train {number}cooks on safe meals by May 2025" for number in ("12 ", "", "15 ")])
    bound = Thresholds(0.3, 0.3)
    compared, _ = suggest(some, bound)
    everything = compare_all(some, model.coefficients, bound)
    assert len(compared.vetoed) > 0
    assert compared.vetoed.tolist() == everything.vetoed.tolist()
    assert groups(compared, 0.3) == groups(everything, 0.3)


def test_what_people_called_the_same_hangs_together(suggest, block, model, monkeypatch):
    """else a group could hold both numbers, one by a decision"""
    some = block([f"Train {number}cooks on safe meals by May 2025" for number in ("", "12 ", "15 ")])
    bound = Thresholds(0.3, 0.3)
    monkeypatch.setattr(neighbors.Search, "pairs", lambda *_of, **_how: np.array([[0, 2]]))
    monkeypatch.setattr(suggested, "pairs_by_wording", lambda _block: np.empty((0, 2), np.int32))
    assert suggest(some, bound)[0].unseen == 2
    compared, _ = suggest(some, bound, linked=[(0, 1)])
    everything = compare_all(some, model.coefficients, bound)
    assert compared.vetoed.tolist() == everything.vetoed.tolist() == [[1, 2]]
    assert rows(compared.pairs) == rows(everything.pairs)


def many_alike(block, count):
    """Texts that all say the same and share no rare word, each a little otherwise."""
    ways = [
        f"{first}{does} {whom} {how}"
        for first in ("", "We ", "Staff ", "They ", "We will ")
        for does in ("train", "coach and train", "train again", "always train", "now train", "train and coach")
        for whom in ("teachers", "all teachers", "our teachers", "the new teachers", "every teacher", "more teachers")
        for how in ("on safety", "about safety", "in safety", "on being safe", "for safety", "on safety rules")
    ]
    some = block(ways)
    chosen = np.unique([reading.canonical for reading in some.readings], return_index=True)[1][:count]
    assert len(chosen) == count
    return some.take(np.sort(chosen))


@pytest.fixture(scope="module")
def alike(block):
    return many_alike(block, 160)


def test_a_text_with_many_duplicates_is_asked_for_more(suggest, alike, model, monkeypatch):
    bound = Thresholds(0.02, 0.02)
    monkeypatch.setattr(suggested, "LISTED", MANY)
    asked = []
    whole = neighbors.Search.pairs

    def pairs(search, least, of=None, tell=lambda _share: None):
        asked.append((least == (search.likely if of is None else search.some), None if of is None else int(of.sum())))
        return whole(search, least, of, tell)

    monkeypatch.setattr(neighbors.Search, "pairs", pairs)
    compared, searched = suggest(alike, bound)
    assert asked[0] == (True, None)
    assert asked[1][0]
    assert len(asked) == 2
    assert 0 < asked[1][1] <= len(alike)
    everything = compare_all(alike, model.coefficients, bound)
    likely = {pair for pair, (chance, _) in rows(everything.pairs).items() if chance >= bound.duplicate}
    assert len(likely) > 24 * len(alike) / 2
    assert likely <= rows(compared.pairs).keys()
    assert groups(compared, 0.02) == groups(everything, 0.02)
    assert searched.recall.share == 1


def test_texts_with_more_duplicates_than_are_looked_for_are_counted(suggest, alike, monkeypatch):
    monkeypatch.setattr(suggested, "_SATURATED", 4)
    _, searched = suggest(alike, Thresholds(0.02, 0.02))
    assert 0 < searched.saturated <= len(alike)


def test_what_hangs_together_in_too_large_numbers_is_counted_and_the_rest_is_compared(suggest, alike, monkeypatch):
    bound = Thresholds(0.02, 0.02)
    _, searched = suggest(alike, bound)
    assert searched.unfinished == 0
    monkeypatch.setattr(suggested, "_WITHIN_ALL", 100)
    compared, searched = suggest(alike, bound)
    assert 100 < searched.unfinished <= len(alike)
    assert_adds_up(compared, searched, len(alike))


def test_the_smallest_that_hang_together_are_compared_first(texts, model, monkeypatch):
    work = _Work(texts, model.coefficients, THRESHOLDS, np.arange(len(texts)), threads=1)
    chains = [(0, 1), (1, 2), *((a, a + 1) for a in range(10, 40)), (50, 51), (60, 63), (61, 60)]
    work._same.append(np.array(chains, np.int32))
    work._chance.append(np.array([0.9 if a in (12, 20, 21) else 0.6 for a, _ in chains], np.float32))
    monkeypatch.setattr(suggested, "_WITHIN", 0)
    monkeypatch.setattr(suggested, "_WITHIN_ALL", 30)
    monkeypatch.setattr(suggested, "_CLOSE", 3)
    within, unfinished = work.within([(2, 2), (61, 63)])
    small = [[0, 1], [0, 2], [1, 2], [60, 61], [60, 63], [61, 63]]
    assert [pair for pair in within.tolist() if pair in small] == small
    assert unfinished == 31
    # The 31 are cut into parts of three at most, the most probable links first.
    cut = [pair for pair in within.tolist() if pair not in small]
    assert cut[:9] == [[12, 13], [12, 14], [13, 14], [15, 16], [15, 17], [16, 17], [20, 21], [20, 22], [21, 22]]
    assert all(b - a <= 2 for a, b in cut)
    monkeypatch.setattr(suggested, "_WITHIN", 10)  # for each of all texts
    within, unfinished = work.within([])
    assert unfinished == 0
    assert len(within) == 6 + 31 * 30 // 2


@given(st.lists(st.integers(0, 5), max_size=14), st.integers(0, 30))
@settings(max_examples=100)
def test_every_two_of_the_smallest_parts_while_they_are_few_enough(parts, most):
    pairs, is_left = _every_two(np.array(parts, np.int32), most)
    wanted, left, total = set(), set(), 0
    for size, part in sorted((parts.count(part), part) for part in set(parts)):
        members = [text for text, its in enumerate(parts) if its == part]
        total += size * (size - 1) // 2 if size > 2 else 0
        if total > most:
            left |= set(members)
        elif size > 2:
            wanted |= set(combinations(members, 2))
    assert sorted(map(tuple, pairs.tolist())) == sorted(wanted)
    assert set(np.flatnonzero(is_left).tolist()) == left


def test_no_pair_is_compared_twice(texts, model):
    work = _Work(texts, model.coefficients, THRESHOLDS, np.arange(len(texts)), threads=1)
    first = np.array([[0, 5], [2, 3], [4, 9]], np.int32)
    told = []
    for pairs in (first, first, np.array([[0, 5], [1, 2], [4, 9], [7, 8]], np.int32), np.empty((0, 2), np.int32)):
        work.compare(pairs, told.append)
    assert sorted(as_pairs(np.concatenate(work.known), len(texts)).tolist()) == [[0, 5], [1, 2], [2, 3], [4, 9], [7, 8]]
    assert work.compared(lambda _share: None)[0].histogram.sum() == 5
    assert told == [1.0, 1.0]


@pytest.mark.parametrize("count", [0, 1, 2, 3])
@pytest.mark.parametrize("bounds", [(1.0, 1.0), (0.5, 0.1), (1.0, 0.0), (0.0, 0.0)])
def test_few_texts_or_none_at_any_thresholds(suggest, texts, model, count, bounds):
    some, bounds = texts.take(np.arange(count)), Thresholds(*bounds)
    compared, searched = suggest(some, bounds)
    everything = compare_all(some, model.coefficients, bounds)
    assert_adds_up(compared, searched, count)
    assert rows(compared.pairs) == rows(everything.pairs)


@pytest.mark.parametrize("bounds", [(1.0, 1.0), (1.0, 0.0), (0.0, 0.0), (0.999999, 0.000001)])
def test_thresholds_at_the_ends_end_well(suggest, texts, model, bounds):
    bounds = Thresholds(*bounds)
    compared, searched = suggest(thresholds=bounds)
    assert_adds_up(compared, searched, MANY)
    everything = compare_all(texts, model.coefficients, bounds)
    assert rows(compared.pairs).items() <= rows(everything.pairs).items()
    if bounds.duplicate == 0:
        assert searched.recall.wanted == MANY * (MANY - 1)
        assert searched.unfinished == 0


def test_texts_of_one_vector_and_without_any_word_end_well(suggest, block, model):
    for some in (block(["🙂" * (row + 1) for row in range(60)]), block(["\ud800" + "!" * row for row in range(40)])):
        compared, searched = suggest(some)
        assert_adds_up(compared, searched, len(some))
        everything = compare_all(some, model.coefficients, THRESHOLDS)
        assert rows(compared.pairs).items() <= rows(everything.pairs).items()


@pytest.mark.parametrize(
    "weights", [{"meaning": 0.0}, {"number-clash": 0.0, "place-clash": 0.0}, {"number-clash": -90.0}]
)
def test_any_model_can_be_searched_with(suggest, texts, model, weights):
    coefficients = Coefficients(model.coefficients.baseline, {**model.coefficients.weights, **weights})
    compared, searched = suggest(coefficients=coefficients)
    assert_adds_up(compared, searched, MANY)
    everything = compare_all(texts, coefficients, THRESHOLDS)
    assert rows(compared.pairs).items() <= rows(everything.pairs).items()


def test_it_is_told_how_far_it_is(suggest):
    told = []
    suggest(tell=told.append)
    assert told == sorted(told)
    assert 0 < told[0] < 0.5 < 0.95 < told[-1] <= 1


def test_pairs_that_are_only_counted_hold_nothing_of_what_they_were_taken_from(texts, model):
    """views of no rows would hold all of it: of tens of millions of pairs gigabytes"""
    work = _Work(texts, model.coefficients, THRESHOLDS, np.arange(len(texts)), threads=1)
    work.compare(np.stack(np.triu_indices(len(texts), 1), axis=1).astype(np.int32))
    held = [part for pairs in work._whole._pairs for part in (pairs.a, pairs.b, pairs.probability, pairs.log_odds)]
    assert work.duplicates().any()
    assert [part.base for part in [*held, *work._whole._likely] if part.base is not None and part.base.size] == []
