"""References: what files a text or points elsewhere states nothing."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twicetold.text.references import apart_from_references

PROPERTIES = settings(deadline=None, max_examples=100)


@pytest.mark.parametrize(
    "reference",
    [
        "(CLO 5)",
        "(OSCE station 3)",
        "(PG 2, Obj 3)",
        "(Coaching Plan, Obj. 2)",
        "(see 1302.22)",
        "(45 CFR 1302.22)",
        "(accessibility, prio 1)",
        "[FR-12]",
    ],
)
def test_a_reference_in_brackets_states_nothing(pairs, reference):
    assert apart_from_references(f"Paint the hall {reference}")[1] == [reference]
    assert pairs(f"Paint the hall {reference}", "number", "name", "place", "date") == []


@PROPERTIES
@given(
    code=st.sampled_from(["REQ", "PM", "FR", "NFR", "UI"]),
    number=st.integers(1, 999),
    mark=st.sampled_from(["", ":", "."]),
)
def test_a_code_before_a_text_states_nothing(pairs, code, number, mark):
    kinds = ("number", "name", "rate", "place")
    assert pairs(f"{code}-{number:03d}{mark} Monthly paint of 3 halls", *kinds) == pairs(
        "Monthly paint of 3 halls", *kinds
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        "(",
        "Paint 3 halls (at least 5)",
        "Paint (FY 2024)",
        "Paint rooms (HS 120)",
        "Paint it (2 hours)",
        "COVID-19 tests for all",
        "Order W-2 forms",
        "Paint (by June 30)",
    ],
)
def test_other_brackets_and_codes_are_no_references(text):
    assert apart_from_references(text) == (text, [])


def test_many_references_are_read_in_one_go(pairs):
    text = "Paint " + " ".join(f"(CLO {number})" for number in range(20_000))
    assert pairs(text, "number", "name") == []
