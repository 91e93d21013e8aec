"""By how much something changes, and where it ends."""

from __future__ import annotations

import pytest

from twicetold.text.lexicon import Lexicon
from twicetold.text.reading import read


def changes(text):
    return [(slot.value, slot.surface) for slot in read(text, Lexicon.default()).slots if slot.kind == "change"]


@pytest.mark.parametrize(
    ("text", "surface"),
    [
        ("Raise attendance by 10%", "by 10%"),
        ("Raise attendance by ten percent", "by 10%"),
        ("Raise attendance by at least 10%", "by at least 10%"),
        ("Raise attendance by up to 10%", "by up to 10%"),
        ("Lower costs by an average of $5", "by an average of $5"),
        ("Cut the wait by two hours", "by 2 hours"),
        ("Hire 5 more cooks", "5 more"),
        ("Hire 5 additional cooks", "5 additional"),
        ("Hire another 5 cooks", "another 5"),
        ("See a 10% increase in attendance", "10% increase"),
        ("See an increase of 10%", "increase of 10%"),
        ("Double attendance", "double"),
    ],
)
def test_an_amount_is_told_from(text, surface):
    assert changes(text) == [("amount", surface)]


@pytest.mark.parametrize(
    ("text", "surface"),
    [
        ("Raise attendance to 10%", "to 10%"),
        ("Raise attendance to at least 10%", "to at least 10%"),
        ("Raise wages to $20", "to $20"),
        ("Cut the wait to about two hours", "to about 2 hours"),
    ],
)
def test_a_level(text, surface):
    assert changes(text) == [("level", surface)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "10%",
        "Raise attendance 10%",
        "Attendance of 10%",
        "Hire 5 cooks",
        "Train by May 5",
        "Ages 3 to 5",
        "5 more than 3",
    ],
)
def test_a_number_by_itself_says_neither(text):
    assert changes(text) == []
