"""Places and names: read from capitals, and only where a capital means something."""

from __future__ import annotations

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

PROPERTIES = settings(deadline=None, max_examples=100)
heads = st.sampled_from(["site", "building", "classroom", "room", "unit", "wing", "region"])
names = st.text(alphabet="bdfgklmnprtvz", min_size=5, max_size=9).map(str.capitalize)


@PROPERTIES
@given(head=heads, mark=st.sampled_from(string.ascii_uppercase) | st.integers(2, 400).map(str))
def test_a_lettered_or_numbered_place_is_read_whatever_its_case(pairs, head, mark):
    expected = [("place", f"{head} {mark.lower()}")]
    assert pairs(f"Paint {head.capitalize()} {mark}.", "place", "number", "name") == expected
    assert pairs(f"Paint {head} {mark} soon", "place", "number", "name") == expected


@PROPERTIES
@given(first=names, second=names, kind=st.sampled_from(["center", "school", "campus", "clinic"]))
def test_a_named_place_has_one_value(values, first, second, kind):
    name = f"{first} {second}"
    expected = [name.lower()]
    assert values(f"Paint the {name} {kind} soon.", "place") == expected
    assert values(f"Paint the {name} {kind.capitalize()} soon.", "place") == expected
    assert values(f"Paint the hall at {name}.", "place") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Fence the yard at the Maple Lane center.", ["maple lane"]),
        ("At the Maple Lane center, fence the yard.", ["maple lane"]),
        ("Maple Lane center gets a fence.", ["maple lane"]),
        ("Fence the yard on Maple Lane.", ["maple lane"]),
        ("Move the office to Orange County.", ["orange"]),
        ("Open an office in Fairview soon.", ["fairview"]),
        ("Visit site a week early", []),
        ("Visit Site A early", ["site a"]),
        ("Order 2 lamps per room 5 days early", []),
        ("Paint apt. 4B and apartment 4D", ["apartment 4b", "apartment 4d"]),
        ("Paint a room two times", []),
        ("Hold nurses at both Walnut and Spruce centers.", ["walnut", "spruce"]),
        ("Hold nurses at the Walnut, Oak and Spruce sites.", ["walnut", "oak", "spruce"]),
        ("Fence the yard on Maple Ave. soon.", ["maple avenue"]),
        ("Open an office in M\u00e9xico soon.", ["mexico"]),
        ("Paint Head Start centers and Policy Council offices", []),
    ],
)
def test_places_are_read(values, text, expected):
    assert values(text, "place") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Use the Pelican Method everywhere.", ["pelican method"]),
        ("Offer leaflets in English and Somali.", ["english", "somali"]),
        ("Hire Karen-speaking staff.", ["karen"]),
        ("Move the data to Zorble now.", ["zorble"]),
        ("TCXP will paint the hall.", ["tcxp"]),
        ("Courses in Zorble start now.", ["zorble"]),
        ("Paint the hall. Lamps follow.", []),
        ("Train Head Start staff on ERSEA with the CLASS tool in May.", []),
        ("Using lamps, Identifying halls", []),
        ("PAINT THE ZORBLE HALL", []),
        ("Paint The Zorble Hall Before Winter Comes", []),
        ("Paint for FY24 and Q3", []),
        ("They paint till 9 PM.", []),
        ("Give Mar\u00eda paint.", ["maria"]),
        ("Paint the hall (CLO 5).", []),
        ("REQ-031: Paint the hall", []),
        ("(ESL) Paint the hall", []),
    ],
)
def test_names_are_read(values, text, expected):
    assert values(text, "name") == expected


def test_a_first_word_makes_no_place_or_name(pairs):
    assert pairs("Springfield opens early.", "place", "name") == []


@PROPERTIES
@given(text=st.text(alphabet="AaBb C.(-'\u00c9\u00e9", max_size=40))
def test_capitals_in_any_order_are_read(pairs, text):
    assert all(value for _, value in pairs(text, "place", "name"))


@pytest.mark.parametrize("title", ["Ms.", "Mr.", "Dr.", "Mrs"])
def test_a_form_of_address_is_no_part_of_a_name(values, title):
    assert values(f"Hire {title} Brandlmeier as a cook", "name") == ["brandlmeier"]


def test_a_full_stop_behind_saint_or_mount_does_not_end_a_name(pairs):
    assert pairs("Paint the St. Grelda center", "place", "name") == [("place", "st grelda")]


def test_a_street_is_one_place_however_long_its_last_word(values):
    assert values("Meet at Zelm St. site", "place") == values("Meet at Zelm Street site", "place") == ["zelm street"]
