"""Cleaning: a readable line, whatever came in."""

from __future__ import annotations

import html
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twicetold.text.cleaning import clean, without_markup

PROPERTIES = settings(deadline=None, max_examples=150)

FRAGMENTS = [
    *("<b>", "</b>", "<p class='x'>", "<br/>", "<!--", "-->", "<script>", "</script>", "<", ">", "&", "&amp;"),
    *("&lt;", "&amp;nbsp;", "&#38;", "&am", "p;", "1. ", "a) ", "(", ")", "Goal 2:", "PG #3 ", "(PG 5)", "(ERSEA) "),
    *(
        "- ",
        "\u2022 ",
        ": ",
        "staff",
        "5",
        " ",
        "  ",
        "\n",
        "\u00a0",
        "\u200b",
        "\u0301",
        "\ufb01",
        "\u00bd",
        "\u00b2",
        "\u2122",
    ),
    *(
        "\ud800",
        "\x00",
        "\uf0b7",
        "\u0915\u093f",
        "\u0645\u064e",
        "\U0001f389",
        "'",
        ".",
        ",",
        "No. 5",
        "\uff1c",
        "\uff06",
    ),
]
messy = st.lists(st.sampled_from(FRAGMENTS), max_size=12).map("".join) | st.text(max_size=60)


@pytest.mark.parametrize("text", ["", " ", "\n\t", "\u00a0\u200b", "\x00\ufeff\u00ad"])
def test_a_blank_text_becomes_empty(text):
    assert clean(text) == ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<p>Order&nbsp;new <b>car</b>s</p>", "Order new cars"),
        ("&amp;lt;i&amp;gt;Order&amp;lt;/i&amp;gt; paint", "Order paint"),
        ("one<br>two</li><li>three", "one two three"),
        ("<style>p {color: red}</style>Paint it<!-- soon -->", "Paint it"),
        ("R&amp;D and T&amp;TA", "R&D and T&TA"),
        ("keep x < 5 and y > 3", "keep x < 5 and y > 3"),
        ("fill in <name> here", "fill in <name> here"),
        ("&NBSP;PAINT", "PAINT"),
    ],
)
def test_markup_goes_and_its_text_stays(text, expected):
    assert clean(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("e\ufb00ective sta\ufb00", "effective staff"),
        ("\u201cchildren\u2019s\u201d day \u2013 now", '"children\'s" day - now'),
        ("a\u00a0b\u2003c\td\r\ne", "a b c d e"),
        ("soft\u00adware zero\u200bwidth \ufeffmark", "software zerowidth mark"),
        ("GOLD\u2122 tool\u00ae", "GOLD tool"),
        ("\uf0b7 Paint", "Paint"),
        ("\uff26\uff35\uff2c\uff2c \uff11\uff12", "FULL 12"),
    ],
)
def test_characters_become_plain(text, expected):
    assert clean(text) == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [("10\u00b2 tiles", "102 tiles"), ("2\u00bd hours", "21/2 hours"), ("\u2116 5", "No 5"), ("5 \u2460", "51")],
)
def test_composed_numbers_do_not_melt_into_others(one, other):
    assert clean(one) != clean(other)


@pytest.mark.parametrize(
    "text",
    [
        *("1. Paint the hall", "12) Paint the hall", "a) Paint the hall", "(b) Paint the hall", "iv. Paint the hall"),
        *("1.2. Paint the hall", "\u2022\tPaint the hall", "-Paint the hall", "-- Paint the hall", "* Paint the hall"),
        *("Goal 2: Paint the hall", "PG #3: Paint the hall", "PG 1, Obj 2 Paint the hall", "PG#3 Paint the hall"),
        *(
            "Objective: Paint the hall",
            ": Paint the hall",
            "(Facilities) Paint the hall",
            "Program Goal 1 - Paint the hall",
        ),
        *("Goal 1: (Facilities) 2) Paint the hall", "Paint the hall (PG 5)", "Paint the hall (PG 1, Obj 1) (Goal 2)"),
        *("Paint the hall (PG#2)!", "(New Leaders) Paint the hall"),
    ],
)
def test_numbering_labels_tags_and_references_go(text):
    assert clean(text) == "Paint the hall"


@pytest.mark.parametrize(
    "text",
    [
        *("1.5 million books", "3-5 new rooms", "-5 degrees", "2024. Not a list", "A. Smith paints", "Goal 2 is met"),
        *("(not) painted yet", "(Early Head Start) Paint", "(Room 4) Paint", "(June) Paint", "(re)paint the hall"),
        *("Paint (PG) soon", "Paint (blue)", "Do task 3", "Complete Goal 2", "- 5 halls"),
    ],
)
def test_what_says_something_stays(text):
    assert clean(text) == text


def test_a_bare_reference_goes_only_behind_a_sentence():
    assert clean("Paint the hall. PG #2") == "Paint the hall."
    assert clean("Report on PG #2") == "Report on PG #2"


@pytest.mark.parametrize("text", ["(PG 1)", "1. Goal 2:", "<p></p>", "&nbsp;", "Goal 3:", "(ERSEA)", "a)"])
def test_a_text_of_nothing_but_framing_stays(text):
    assert clean(text) == text


def test_a_text_of_nothing_but_markup_is_empty_without_it():
    assert without_markup("<p>&nbsp;</p>") == ""


@PROPERTIES
@given(messy)
def test_cleaning_twice_changes_nothing(text):
    once = clean(text)
    assert clean(once) == once


@pytest.mark.parametrize(
    "text", ["<" * 9 + "b>" * 9 + "x", "&" + "am&amp;" * 9 + "p;" * 9 + " x", "&lt;" * 9 + "&am<b>p;gt;x"]
)
def test_deeply_nested_markup_comes_to_a_stable_form(text):
    once = clean(text)
    assert once.endswith("x")
    assert clean(once) == once


@PROPERTIES
@given(messy)
def test_the_result_is_one_line_of_normal_unicode(text):
    cleaned = clean(text)
    assert cleaned == " ".join(cleaned.split())
    assert unicodedata.is_normalized("NFKC", cleaned)
    cleaned.encode()  # no lone surrogate is left


@PROPERTIES
@given(messy)
def test_a_text_with_a_letter_or_digit_never_becomes_empty(text):
    assert clean(text) or not any(character.isalnum() for character in text)


@PROPERTIES
@given(st.text(alphabet=st.characters(categories=["L", "Nd"]), min_size=1, max_size=20))
def test_escaping_twice_is_undone(word):
    text = unicodedata.normalize("NFKC", f"say <{word}> & go")
    assert clean(html.escape(html.escape(text))) == clean(text)


@pytest.mark.parametrize(
    "unit",
    ["a ", "<a ", "<", "&amp;", "&#38;", "1. ", "(PG 1) ", "(a) ", "PG 1 2 ", "-", "<script>", "\u00e9\u0301", "goal "],
)
def test_a_text_of_a_megabyte_is_cleaned_at_all(unit):
    text = "x " + unit * (1_000_000 // len(unit))
    assert clean(text)


@pytest.mark.parametrize("tag", ["Windows", "Mac", "not", "Infants and Toddlers", "Phase B"])
def test_a_tag_that_names_no_program_area_stays(tag):
    assert clean(f"({tag}) Train all staff.") == f"({tag}) Train all staff."


@pytest.mark.parametrize("tag", ["Monitoring", "ERSEA", "Fiscal Management", "CQI and Data", "Teaching Practices"])
def test_a_tag_that_names_program_areas_goes(tag):
    assert clean(f"({tag}) Train all staff.") == "Train all staff."
