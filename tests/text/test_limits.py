"""Which side of a date is meant."""

from __future__ import annotations

import pytest

from twicetold.text.lexicon import Lexicon
from twicetold.text.reading import read

OPPOSITES = Lexicon.default().opposites


def limits(text):
    sides = ("by", "before", "from", "after")
    return [
        slot.value for slot in read(text, Lexicon.default()).slots if slot.kind == "contrast" and slot.value in sides
    ]


@pytest.mark.parametrize(
    ("text", "side"),
    [
        ("Train cooks by May", "by"),
        ("Train cooks by 2027", "by"),
        ("Train cooks by 5 pm", "by"),
        ("Train cooks until Friday", "by"),
        ("Train cooks through March 3", "by"),
        ("Train cooks no later than the 15th of June", "by"),
        ("Train cooks on or before June 30", "by"),
        ("Train cooks by the end of next summer", "by"),
        ("Train cooks by the beginning of FY27", "by"),
        ("Train cooks by the end of the school year", "by"),
        ("Train cooks in 2027 at the latest", "by"),
        ("Train cooks before winter", "before"),
        ("Train cooks prior to May 2026", "before"),
        ("Train cooks from Monday", "from"),
        ("Train cooks since 2024", "from"),
        ("Train cooks starting in September", "from"),
        ("Train cooks beginning with winter", "from"),
        ("Train cooks no earlier than noon", "from"),
        ("Train cooks from the start of June", "from"),
        ("Train cooks June 1 onward", "from"),
        ("Train cooks after May", "after"),
        ("Train cooks after the end of the month", "after"),
    ],
)
def test_a_limit_is_read_with_its_date(text, side):
    assert limits(text) == [side]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "May",
        "Train cooks in May",
        "Train cooks from June to August",
        "Train cooks June through August",
        "Train cooks from 8 am until 5 pm",
        "Train cooks Monday to Friday",
        "Reviewed by cooks in May",
        "Bus from Maple Lane",
        "May cooks help by hand",
    ],
)
def test_a_date_in_itself_a_span_and_what_is_no_date_have_no_side(text):
    assert limits(text) == []


@pytest.mark.parametrize("until", ["until", "till", "before"])
def test_a_negation_turns_the_limit_round_and_negates_nothing_else(until):
    reading = read(f"Do not open the gate {until} June 1", Lexicon.default())
    assert [slot.value for slot in reading.slots if slot.kind in ("contrast", "negation")] == ["from"]


def test_not_until_somebody_comes_is_after_that():
    reading = read("Do not open the gate until the bell rings", Lexicon.default())
    assert [slot.value for slot in reading.slots if slot.kind in ("contrast", "negation")] == ["after"]


@pytest.mark.parametrize(("one", "other"), [("by", "from"), ("by", "after"), ("before", "from"), ("before", "after")])
def test_a_deadline_and_a_starting_point_exclude_each_other(one, other):
    assert other in OPPOSITES[one]
    assert one in OPPOSITES[other]


def test_two_ways_to_put_a_deadline_do_not():
    assert "before" not in OPPOSITES["by"]
    assert "after" not in OPPOSITES["from"]
