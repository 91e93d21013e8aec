"""Order: the same words can say that the other one acts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twicetold.model.order import roles_swapped

WORDS = st.lists(st.sampled_from(["cooks", "train", "teachers", "by", "are", "the", "in", "june", "coach"]), max_size=9)


@pytest.mark.parametrize(
    ("text_a", "text_b"),
    [
        ("cooks train teachers", "teachers train cooks"),
        ("the mentors coach all new teachers", "all new teachers coach the mentors"),
        ("teachers are trained by cooks", "teachers train cooks"),
    ],
)
def test_two_who_change_places_are_swapped(text_a, text_b):
    assert roles_swapped(text_a.split(), text_b.split())


@pytest.mark.parametrize(
    ("text_a", "text_b"),
    [
        ("cooks train teachers", "cooks train teachers"),
        ("cooks train teachers", "cook training teachers"),
        ("cooks train teachers", "teachers are trained by cooks"),
        ("at noon cooks train teachers", "cooks train teachers at noon"),
        ("cooks train", "train cooks"),
        ("", ""),
        ("cooks cooks cooks", "cooks cooks"),
    ],
)
def test_the_same_order_a_moved_clause_and_a_passive_are_not(text_a, text_b):
    assert not roles_swapped(text_a.split(), text_b.split())


@given(WORDS, WORDS)
def test_it_is_the_same_both_ways(words_a, words_b):
    assert roles_swapped(words_a, words_b) == roles_swapped(words_b, words_a)


@given(WORDS)
def test_a_text_has_the_roles_of_itself(words):
    assert not roles_swapped(words, words)
