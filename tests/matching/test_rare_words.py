"""Wording: exactly the pairs that share rare words or values, found by sets."""

from __future__ import annotations

from collections import Counter
from itertools import chain, combinations, pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from twicetold.matching import wording
from twicetold.matching.wording import RARE, pairs_by_wording
from twicetold.model.evidence import FAMILIES
from twicetold.text.reading import read

WORDS = ["badger", "cello", "dinghy", "ember", "fjord", "glacier"]
POOL = [*WORDS, "12", "15", "85%", "june", "ohio", "weekly", "the", "🙂"]


@pytest.fixture(scope="module")
def block(model):
    return lambda texts: model.block([read(text, model.lexicon) for text in texts])


def brute(block, rare=RARE, kept=4):
    """Of each text the pairs that share most rare words and values, at least two; of equal ones the first."""
    said = [set() for _ in range(len(block))]
    bounds = pairwise([*block.starts.tolist(), len(block.stems)])
    for words, (first, last) in zip(said, bounds, strict=True):
        words.update(block.stems[first:last].tolist())
    for text, value in block.values(tuple(chain.from_iterable(FAMILIES.values()))).tolist():
        said[text].add(value)
    count = Counter(chain.from_iterable(said))
    said = [{word for word in words if count[word] <= rare} for words in said]
    shared = {(a, b): len(said[a] & said[b]) for a, b in combinations(range(len(block)), 2)}
    shared = {pair: number for pair, number in shared.items() if number >= 2}
    best = set()
    for side in (0, 1):
        for text in range(len(block)):
            own = sorted((-number, pair) for pair, number in shared.items() if pair[side] == text)
            best |= {pair for _, pair in own[:kept]}
    return sorted(best)


texts = st.lists(st.lists(st.sampled_from(POOL), max_size=6).map(" ".join), max_size=25)


@given(texts)
@example([])
@example([""])
@example(["badger cello"])
@example(["badger cello"] * 2)
@example(["badger cello"] * (RARE + 1))
@example(["", "the", "🙂", "\ud800", "\ud800"])
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_pairs_are_those_that_sets_of_rare_words_give(block, found):
    made = block(found)
    pairs = pairs_by_wording(made)
    assert (pairs.dtype, pairs.shape[1]) == (np.int32, 2)
    assert list(map(tuple, pairs.tolist())) == brute(made)


def test_a_word_is_rare_in_so_many_texts_and_not_in_one_more(block):
    for many, found in ((RARE, True), (RARE + 1, False)):
        made = block([f"badger cello {number}0 miles" for number in range(1, many + 1)])
        assert bool(len(pairs_by_wording(made))) == found


def test_values_count_as_words_do_and_one_is_not_enough(block):
    made = block(["Raise dinghies by 85% in Ohio", "Ohio: 85 percent", "Only Ohio", "Only 85%"])
    assert pairs_by_wording(made).tolist() == [[0, 1]]


def test_of_each_text_those_that_share_most_are_kept(block, monkeypatch):
    made = block([" ".join(WORDS), *(" ".join(WORDS[:count]) for count in range(2, 7)), " ".join(WORDS[::-1])])
    for kept in (1, 2, 4):
        monkeypatch.setattr(wording, "_KEPT", kept)
        assert list(map(tuple, pairs_by_wording(made).tolist())) == brute(made, kept=kept)


def test_many_texts_that_share_everything_give_no_pairs(block):
    assert pairs_by_wording(block(["badger cello dinghy"] * 2000)).shape == (0, 2)
