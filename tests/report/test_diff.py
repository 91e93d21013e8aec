from __future__ import annotations

import re
from html import unescape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twicetold.report.diff import marked_words


def marks(html) -> list[str]:
    return [unescape(found) for found in re.findall("<mark>(.*?)</mark>", html, re.DOTALL)]


def plain(html) -> str:
    return unescape(html.replace("<mark>", "").replace("</mark>", ""))


@pytest.mark.parametrize(
    ("text_a", "text_b", "only_a", "only_b"),
    [
        ("", "", [], []),
        ("  ", "\n", [], []),
        ("One goal.", "", ["One goal"], []),
        ("The same words.", "The same words.", [], []),
        ("Raise it to 85% by June.", "Raise it to 90% by June.", ["85%"], ["90%"]),
        ("RAISE it, now!", "raise it now", [], []),
        ("“Raise” it", '"raise" it', [], []),
        ("by June, raise it", "raise it by June", [], []),
        ("home-based option", "home based option", [], []),
        ("teachers and staff and families", "teachers and families", ["staff and"], []),
        ("one two three", "one", ["two three"], []),
        ("85 percent", "85% percent", ["85"], ["85%"]),
        ("staff ﬁles", "staff files", [], []),
        ("日本語の本", "日本の本", ["語"], []),
        ("שלום עולם", "שלום לך", ["עולם"], ["לך"]),
        ("good 😀 news", "good news", ["😀"], []),
    ],
)
def test_words_that_the_other_text_lacks_are_marked(text_a, text_b, only_a, only_b):
    a, b = marked_words(text_a, text_b)
    assert (marks(a), marks(b)) == (only_a, only_b)


def test_a_word_said_twice_here_and_once_there_is_marked_once():
    a, b = marked_words("more and more training", "more training")
    assert (marks(a), marks(b)) in ((["more and"], []), (["and more"], []))


def test_marks_do_not_join_over_a_new_line():
    a, _ = marked_words("same\nnew\nlines", "same")
    assert marks(a) == ["new", "lines"]


def test_hostile_text_is_escaped_inside_and_outside_of_marks():
    a, b = marked_words("<script>x</script> same", "same <img onerror=x>")
    assert plain(a) == "<script>x</script> same"
    assert set(re.findall("<[^>]*>", a + b)) == {"<mark>", "</mark>"}


def test_two_thousand_signs_that_all_differ_are_compared_at_once():
    a, b = marked_words("a b " * 500, "b c a " * 300)
    assert plain(a) == "a b " * 500
    assert set(marks(b)) == {"c"} | set(marks(b)) - {"a", "b"}


PIECES = ["a", "B", "b,", "c", "85%", "90%", "-", "\u00e9", "e\u0301", "<x>", "&", "יש", "語本", "😀"]
words = st.lists(st.sampled_from(PIECES), max_size=8).map(" ".join)


@settings(max_examples=150)
@given(words | st.text(max_size=40), words | st.text(max_size=40))
def test_taking_the_marks_away_gives_the_text_back(text_a, text_b):
    a, b = marked_words(text_a, text_b)
    assert (plain(a), plain(b)) == (text_a, text_b)


@settings(max_examples=100)
@given(words | st.text(max_size=40))
def test_nothing_is_marked_between_a_text_and_itself(text):
    a, b = marked_words(text, text.swapcase() if text.isascii() else text)
    assert "<mark>" not in a + b


@settings(max_examples=100)
@given(words, words)
def test_turning_the_pair_round_marks_the_same_words(text_a, text_b):
    a, b = marked_words(text_a, text_b)
    d, c = marked_words(text_b, text_a)
    count = [sum(len(mark.split()) for mark in marks(side)) for side in (a, b, c, d)]
    assert count[:2] == count[2:]
