"""The reading of one text, as the rest of the house sees it."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twicetold.text.canonical import canonical
from twicetold.text.reading import Reading, is_placeholder, read
from twicetold.text.slots import extract_slots
from twicetold.text.tails import without_tails

PROPERTIES = settings(deadline=None, max_examples=200)
KINDS = set(
    str.split(
        "number percent money range bound change date period rate age role place name topic direction contrast "
        "converse negation"
    )
)
WORDS = str.split(
    "The In May 3-5 year olds Site A B twice a week every Friday at least 12 85% $5 June 30 2024 FY24 HS EHS (PBC) no "
    "not more than head start policy council Maple Lane center ERSEA 1/2 8:30 am birth to five half of first "
    "second to and - , . ( ) / & 's teachers' caf\u00e9 \u4f60\u597d \U0001f389 99999999999999999999 1.2.3 "
    "between from through ages"
)
messy = st.text(max_size=50) | st.lists(st.sampled_from(WORDS), max_size=14).map(" ".join)


def test_a_reading_holds_every_form(lexicon):
    reading = read("<p>Goal 1: Hire 2 cooks</p>", lexicon)
    assert reading.original == "<p>Goal 1: Hire 2 cooks</p>"
    assert (reading.cleaned, reading.canonical) == ("Hire 2 cooks", "hire 2 cooks")
    assert reading.words == ("hire", "2", "cooks")
    assert ("number", "2") in [(slot.kind, slot.value) for slot in reading.slots]


def test_an_empty_text_is_read(lexicon):
    assert read("", lexicon) == Reading("", "", "", (), ())


def test_a_reading_cannot_be_changed(lexicon):
    with pytest.raises(dataclasses.FrozenInstanceError):
        read("a", lexicon).canonical = "b"


@PROPERTIES
@given(text=messy)
def test_any_text_is_read_the_same_each_time(lexicon, text):
    reading = read(text, lexicon)
    assert reading == read(text, lexicon)
    aim = without_tails(reading.gloss or reading.cleaned, lexicon)
    assert " ".join(reading.words) == canonical(aim, lexicon)
    assert reading.slots == extract_slots(aim, canonical(aim, lexicon), lexicon)


@PROPERTIES
@given(text=messy)
def test_every_slot_is_whole(lexicon, text):
    for slot in read(text, lexicon).slots:
        assert slot.kind in KINDS
        assert slot.value
        assert slot.surface


def test_slots_come_in_the_order_of_the_text(lexicon):
    slots = read("By June 30 two cooks at Maple Lane center save 5% without nurses", lexicon).slots
    wanted = ("date", "number", "role", "place", "percent")
    assert [slot.kind for slot in slots if slot.kind in wanted] == [
        "date",
        "number",
        "role",
        "place",
        "percent",
        "role",
    ]


def test_the_surface_tells_the_words(lexicon):
    surfaces = {slot.kind: slot.surface for slot in read("Save five percent by June 30, 2024 in Site B", lexicon).slots}
    assert (surfaces["percent"], surfaces["date"], surfaces["place"]) == ("5%", "june 30 2024", "site b")


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            " ",
            "-",
            "--",
            "...",
            "?",
            "n/a",
            "N/A.",
            "NA",
            "none",
            "None.",
            "TBD",
            "tbd!",
            "test",
            "Testing",
            "see above",
        ),
        *("no goals identified at this time", "No goals identified at this time.", "None at this time", "no goal"),
        *(
            "There are no goals identified at this time.",
            "none yet",
            "No needs were identified",
            "to be determined",
            "xxx",
        ),
        *("<p></p>", "<p>&nbsp;</p>", "<b>N/A</b>", "(none)", "\u2022 TBD", "no", "Not applicable", "[TBD]", "ninguno"),
    ],
)
def test_a_text_that_says_nothing_is_a_placeholder(text):
    assert is_placeholder(text)


@pytest.mark.parametrize(
    "text",
    [
        *("Reduce the goals at this time", "No child waits at this time", "Test the water", "none of the rooms leak"),
        *(
            "See above average scores",
            "Unknown callers get help",
            "\U0001f389",
            "5",
            "Hire a cook",
            "\u4f60\u597d",
            "No smoking",
        ),
        *("Paint", "no goals identified at this time; hire a cook", "pending cases go down"),
    ],
)
def test_a_text_that_says_something_is_none(text):
    assert not is_placeholder(text)


@pytest.mark.parametrize(
    "unit", ["Abc Def, ", "5+ ", "one ", "2 times a week ", "practice based coaching (PBC) ", "a'", "\U0001f389"]
)
def test_a_very_long_text_is_read(lexicon, unit):
    assert read(unit * (200_000 // len(unit)), lexicon).words
