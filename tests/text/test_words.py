"""Content words and stems."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twicetold.text.words import STOP_WORDS, is_content_word, stem

PROPERTIES = settings(deadline=None, max_examples=300)


@pytest.mark.parametrize(
    "family",
    [
        *("teacher teachers", "train trains trained training", "policy policies", "plan plans planned planning"),
        *("enroll enrolled enrolling enrollment", "increase increases increased increasing", "class classes"),
        *("improve improvement improvements", "study studies studied studying", "coach coaches coaching"),
        *(
            "service services",
            "house houses housing",
            "movie movies",
            "stop stopped",
            "child children",
            "use used using",
        ),
    ],
)
def test_inflections_meet(family):
    assert len({stem(word) for word in family.split()}) == 1


@pytest.mark.parametrize(
    "pair", ["policy police", "need knee", "spring sprain", "bus bush", "speed spear", "class clash"]
)
def test_other_words_stay_apart(pair):
    one, other = pair.split()
    assert stem(one) != stem(other)


@pytest.mark.parametrize(
    "word", ["", "a", "is", "bus", "5", "fy2024", "c++", "string", "status", "\u0928\u092e\u0938\u094d\u0924\u0947"]
)
def test_short_words_and_codes_stay(word):
    assert stem(word) == word


@PROPERTIES
@given(st.text(alphabet="abdeginrstuy", max_size=12) | st.text(max_size=12))
def test_stemming_twice_changes_nothing(word):
    assert stem(stem(word)) == stem(word)


def test_a_word_with_a_digit_has_a_value_and_no_meaning():
    assert [word for word in ("paint", "the", "5", "q3", "fy2024", "c++") if is_content_word(word)] == ["paint", "c++"]


def test_no_word_that_turns_a_meaning_is_a_stop_word():
    assert STOP_WORDS.isdisjoint(str.split("not no never without with before after more less until only all"))
