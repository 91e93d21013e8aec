"""Initials: short forms that nothing explains but the words of other texts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twicetold.text.initials import long_forms


def told(short, *texts):
    return long_forms(texts, {short}).get(short)


@pytest.mark.parametrize(
    ("short", "using", "other", "long"),
    [
        ("QRR", "Teach the QRR to all", "Staff learn the quiet room rule", "quiet room rule"),
        ("QRR", "Write QRRs", "All quiet-room rules are written", "quiet room rules"),
        ("ORW", "Visit ORW", "Visit the Office of Rural Water", "office of rural water"),
        ("BOTA", "Meet BOTA", "Meet the board of town archers", "board of town archers"),
        ("WSRC", "Hire a WSRC", "Hire a water, sewer, and road crew", "water sewer and road crew"),
        ("DOT", "Call DOT", "Call the Department of Trails", "department of trails"),
    ],
)
def test_a_run_of_words_with_these_initials_is_the_long_form(short, using, other, long):
    assert told(short, using, other) == (long, 1)


def test_every_text_with_the_run_counts():
    assert told("QRR", "Use QRR", "A quiet room rule", "The quiet room rules", "Rest") == ("quiet room rule", 2)


@pytest.mark.parametrize(
    "texts",
    [
        (),
        ("",),
        ("Use QRR",),
        ("Use QRR", "Use it"),
        ("Use QRR", "A quiet room rule", "A quick road repair"),
        ("Use QRR and the quiet room rule", "Rest"),
        ("Use QRR", "It is quiet. Room rules are here"),
        ("Use QRR", "A quiet 5 room rule"),
        ("Use QRR", "A quiet r rule"),
        ("Use QRR", "A qrr and a quiet room rule"),
        ("USE QRR FOR ALL", "A quiet room rule"),
        ("Use QRR-based plans", "A quiet room rule"),
    ],
)
def test_where_there_is_doubt_nothing_is_learned(texts):
    assert told("QRR", *texts) is None


@pytest.mark.parametrize("other", ["clean the park", "cut the path"])
def test_an_article_gives_no_letter(other):
    assert told("CTP", "See CTP", other) is None


@pytest.mark.parametrize("other", ["a clean and the park", "and clean park", "clean as park", "clean a park"])
def test_small_words_are_no_part_of_a_name_but_single_links_inside(other):
    assert told("ACP", "See ACP", other) is None


@pytest.mark.parametrize(
    ("using", "other", "is_told"),
    [
        ("Meet the CP members", "Ask the clean park members", True),
        ("Meet at CP", "Stay in Clean Park today", False),
        ("Meet at CP", "Clean Park is open", False),
        ("Meet at CP", "Make a clean park", False),
        ("Meet at CP.", "Make a clean park.", False),
    ],
)
def test_two_letters_need_a_shared_neighbour(using, other, is_told):
    assert (told("CP", using, other) is not None) is is_told


def test_what_is_not_asked_for_is_not_told():
    assert long_forms(["Use QRR", "A quiet room rule"], set()) == {}


@given(
    st.permutations(["Use QRR", "A QRR plan", "A quiet room rule", "Quiet room rules", "See ORW", "Old red wagon", ""])
)
def test_the_order_of_the_texts_makes_no_difference(texts):
    found = long_forms(texts, {"QRR", "ORW"})
    assert found == {"QRR": ("quiet room rule", 2), "ORW": ("old red wagon", 1)}


@given(st.lists(st.text(alphabet="ABabc .,'-\u0130\u00df\ud800", max_size=25), max_size=6))
def test_any_texts_can_be_searched(texts):
    for short, (long, count) in long_forms(texts, {"AB", "ABA", "BAB"}).items():
        assert "".join(word[0] for word in long.split()) == short.lower()
        assert 0 < count < len(texts)
