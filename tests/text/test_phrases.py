"""Phrases: words are rewritten from left to right, the longest phrase first."""

from __future__ import annotations

import pytest

from twicetold.text.phrases import replacing, rewritten

PHRASES = [(["a"], ["x"]), (["a", "b"], ["y", "z"]), (["b", "c"], []), (["a"], ["v"])]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("", ""),
        ("c d", "c d"),
        ("a b", "y z"),
        ("a b c", "y z c"),
        ("c a", "c v"),
        ("a a b c a", "v y z c v"),
        ("b c", ""),
        ("b b c b", "b b"),
    ],
)
def test_the_longest_phrase_is_replaced_and_of_equal_ones_the_later_counts(words, expected):
    assert rewritten(words.split(), replacing(PHRASES).get) == expected.split()


def test_a_reader_may_take_back_what_stands_before_its_word():
    def doubled(words, position, result):
        result[-1:] = [result[-1], result[-1]]
        return position + 1

    assert rewritten(["one", "again", "two"], {"again": doubled}.get) == ["one", "one", "two"]


def test_words_are_not_changed_in_place():
    words = ["a", "b"]
    rewritten(words, replacing(PHRASES).get)
    assert words == ["a", "b"]
