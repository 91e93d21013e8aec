"""Sentences: found by place as in a list, wherever they lie."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twicetold.matching.explanation import IDENTICAL
from twicetold.matching.sentences import Joined, Sentences

TEXTS = st.lists(st.text(max_size=5), max_size=6)


def same(sentences, expected):
    """Whether they are those of a list, however they are asked for."""
    assert len(sentences) == len(expected)
    assert list(sentences) == expected
    assert [sentences[place] for place in range(-len(expected), len(expected))] == expected * 2
    assert sentences[1:] == expected[1:]
    assert sentences[::-1] == expected[::-1]
    for place in (len(expected), -len(expected) - 1):
        with pytest.raises(IndexError):
            sentences[place]
    return True


@given(TEXTS, st.data())
def test_they_come_in_another_order_and_some_are_not_told(told, data):
    places = data.draw(st.lists(st.integers(-1, len(told) - 1), max_size=8))
    expected = [IDENTICAL if place < 0 else told[place] for place in places]
    assert same(Sentences(told, np.array(places, np.intp)), expected)


@given(st.lists(TEXTS, max_size=5))
def test_those_of_many_scopes_follow_each_other(parts):
    assert same(Joined(parts), [text for part in parts for text in part])
