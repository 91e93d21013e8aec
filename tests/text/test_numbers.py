"""Numbers in words and digits: one spelling in the canonical text, one slot."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from twicetold.text.numbers import to_digits

PROPERTIES = settings(deadline=None, max_examples=120)

SMALL = str.split(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
TENS = str.split("twenty thirty forty fifty sixty seventy eighty ninety")


def spelled(number: int) -> str:
    """The English words of a number below a billion."""
    for size, name in ((10**6, "million"), (1000, "thousand"), (100, "hundred")):
        if number >= size:
            rest = number % size
            joint = " and " if size == 100 else " "
            return f"{spelled(number // size)} {name}" + (joint + spelled(rest) if rest else "")
    if number < 20:
        return SMALL[number]
    return TENS[number // 10 - 2] + (f"-{SMALL[number % 10]}" if number % 10 else "")


def ordinal(number: int) -> str:
    ending = "th" if number // 10 % 10 == 1 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


# No years and no multiples that "one" of something would hide.
counts = st.integers(2, 10**9 - 1).filter(lambda number: not 1900 <= number <= 2099)


@PROPERTIES
@given(number=counts)
def test_words_and_digits_give_the_same_text_and_slot(compared, values, number):
    words, digits = f"order {spelled(number)} lamps", f"order {number} lamps"
    assert compared(words) == compared(digits) == f"order {number} lamps"
    assert values(words, "number") == values(digits, "number") == [str(number)]


@PROPERTIES
@given(number=counts)
def test_commas_between_thousands_change_nothing(compared, values, number):
    assert compared(f"order {number:,} lamps") == f"order {number} lamps"
    assert values(f"order {number:,} lamps", "number") == [str(number)]


@PROPERTIES
@given(one=counts, other=counts)
def test_two_numbers_are_never_one(compared, one, other):
    assert (compared(f"order {spelled(one)} lamps") == compared(f"order {spelled(other)} lamps")) == (one == other)


@PROPERTIES
@given(number=st.integers(0, 999))
def test_every_way_to_write_a_percentage_gives_the_same_slot(compared, values, number):
    ways = [
        f"{number}%",
        f"{number} %",
        f"{number} percent",
        f"{number} per cent",
        f"{number}.0%",
        f"{spelled(number)} percent",
    ]
    texts = [f"lower errors by {way} of files" for way in ways]
    assert {compared(text) for text in texts} == {f"lower errors by {number}% of files"}
    assert all(values(text, "percent") == [str(number)] and not values(text, "number") for text in texts)


@PROPERTIES
@given(number=st.integers(1, 9999))
def test_every_way_to_write_an_amount_gives_the_same_slot(compared, values, number):
    ways = [
        f"${number}",
        f"$ {number}",
        f"${number:,}.00",
        f"{number} dollars",
        f"USD {number}",
        f"{spelled(number)} dollars",
    ]
    texts = [f"save {way} on paint" for way in ways]
    assert {compared(text) for text in texts} == {f"save ${number} on paint"}
    assert all(values(text, "money") == [str(number)] for text in texts)


@PROPERTIES
@given(number=st.integers(1, 99))
def test_scales_multiply(values, number):
    assert values(f"raise ${number} million", "money") == values(f"raise ${number}M", "money") == [f"{number}000000"]
    assert values(f"order {number} dozen lamps", "number") == [str(12 * number)]
    assert values(f"print {number}.5 thousand cards", "number") == [f"{number}500"]


@PROPERTIES
@given(number=st.integers(2, 20))
def test_ordinals_in_words_and_digits_are_one(compared, number):
    names = (
        "second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth"
    )
    names += " sixteenth seventeenth eighteenth nineteenth twentieth"
    assert compared(f"the {names.split()[number - 2]} lamp") == compared(f"the {ordinal(number)} lamp")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a hundred lamps", "100 lamps"),
        ("twelve hundred lamps", "1200 lamps"),
        ("a dozen lamps, dozens more", "12 lamps dozens more"),
        ("half a dozen lamps", "6 lamps"),
        ("hundreds of lamps", "hundreds of lamps"),
        ("one, two and three lamps", "1 2 and 3 lamps"),
        ("two and a half hours", "2.5 hours"),
        ("2 1/2 hours", "2.5 hours"),
        ("2 and a half hours", "2.5 hours"),
        ("grade 1 1/3", "grade 1 1/3"),
        ("the twenty-first lamp", "the 21st lamp"),
        ("two thirds of lamps", "2/3 of lamps"),
        ("three quarters of lamps", "75% of lamps"),
        ("1/4 of lamps", "25% of lamps"),
        ("a third of lamps", "1/3 of lamps"),
        ("the third of lamps", "the 3rd of lamps"),
        ("meet twice a week", "meet 2 times a week"),
        ("meet once a week", "meet 1 time a week"),
        ("once they meet", "once they meet"),
        ("30 seconds per second", "30 seconds per second"),
        ("minus five degrees", "-5 degrees"),
        ("8:00 am", "8 am"),
        ("8:00AM", "8 am"),
        ("40ft", "40 feet"),
        ("in 3s", "in 3 seconds"),
        ("timeout of 30s", "timeout of 30 seconds"),
        ("2h of coaching", "2 hours of coaching"),
        ("within 2h", "within 2 hours"),
        ("for 30d", "for 30 days"),
        ("in 3w", "in 3 weeks"),
        ("a 20l tank", "a 20 liters tank"),
        ("500g of flour", "500 grams of flour"),
        ("5m of fence", "5 meters of fence"),
        ("10kg", "10 kilograms"),
        ("10 km", "10 kilometers"),
        ("200ms", "200 milliseconds"),
        ("5MB", "5 megabytes"),
        ("the 3s", "the 3s"),
        ("for 3s", "for 3s"),
        ("the 30s", "the 30s"),
        ("room 4d", "room 4d"),
        ("in 3d", "in 3d"),
        ("a 5g network", "a 5g network"),
        ("in 5m", "in 5m"),
        ("3d print", "3d print"),
        ("5 yrs", "5 years"),
        ("85% - 90%", "85-90%"),
        ("$5 - $10", "$5-10"),
        ("no one came, one another", "nobody came each other"),
        ("treinta y cinco por ciento", "35%"),
        ("dos libros", "2 libros"),
    ],
)
def test_numbers_have_one_spelling(compared, text, expected):
    assert compared(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("double the lamps", []),
        ("4 lamps and half of them", ["4"]),
        ("the first lesson", ["1"]),
        ("the second half", ["2"]),
        ("first aid", []),
        ("a second lamp", []),
        ("the second lamp", ["2"]),
        ("the one that leaks", []),
        ("apartment lamps 4B and 4D", ["4b", "4d"]),
        ("the first year", ["1"]),
        ("one of the lamps", []),
        ("one lamp", ["1"]),
        ("1:8 ratio of lamps", ["1", "8"]),
        ("a ratio of 1:10", ["1", "10"]),
        ("within two weeks", ["2 weeks"]),
        ("within fourteen days", ["2 weeks"]),
        ("a two-year plan", ["2 years"]),
        ("a 24-month plan", ["2 years"]),
        ("3 hours", ["3 hours"]),
        ("18.0g and 4g", ["18", "4"]),
        ("-5 degrees", ["-5"]),
        ("from 5 to 0 lamps", ["5", "0"]),
        ("1.50 metres", ["150 centimeters"]),
    ],
)
def test_counts_are_read(values, text, expected):
    assert values(text, "number") == expected


def test_a_third_is_a_percentage(values):
    assert values("a third of lamps", "percent") == values("1/3 of lamps", "percent") == ["33.3"]


@pytest.mark.parametrize(
    ("text", "percent"),
    [
        ("double the lamps", "100"),
        ("buy 2 times as many lamps", "100"),
        ("triple the lamps", "200"),
        ("halve the lamps", "50"),
        ("half as many lamps", "50"),
        ("cut lamps by half", "50"),
        ("cut lamps in half", "50"),
        ("cut lamps by a quarter", "25"),
        ("cut lamps by one third", "33.3"),
        ("a fifth fewer lamps", "20"),
        ("nine in ten lamps", "90"),
        ("nine out of ten lamps", "90"),
        ("nine of every ten lamps", "90"),
        ("97 of 100 lamps", "97"),
        ("close one lamp in three", "33.3"),
    ],
)
def test_shares_and_multiples_are_percentages(pairs, text, percent):
    assert pairs(text, "percent", "number", "range") == [("percent", percent)]


@pytest.mark.parametrize(
    "text", ["2 in 3 days", "8 of the 10 lamps", "eight of ten lamps", "5 in 2024", "12 in 10 lamps"]
)
def test_two_numbers_are_not_always_a_share(values, text):
    assert values(text, "percent") == []


@PROPERTIES
@given(part=st.integers(1, 98), whole=st.integers(2, 99))
def test_a_part_out_of_a_whole_is_its_percentage(values, part, whole):
    assume(part < whole)
    expected = values(f"{part}/{whole} of lamps", "percent")
    assert len(expected) == 1
    assert values(f"{part} out of {whole} lamps", "percent") == expected
    assert values(f"{part} of every {whole} lamps", "percent") == expected


@PROPERTIES
@given(number=st.integers(1, 999))
def test_a_thousand_has_a_short_form(values, number):
    assert values(f"order {number}k lamps", "number") == [f"{number}000"]


@pytest.mark.parametrize("code", ["1.2.3", "555-123-4567", "24/7", "9" * 40])
def test_codes_are_names_and_no_numbers(pairs, code):
    assert pairs(f"call {code} now", "name", "number") == [("name", code)]


def test_what_only_looks_like_a_numeral_stays():
    assert to_digits(["$.", "-%", "lamp"]) == ["$.", "-%", "lamp"]


def test_a_number_of_a_million_digits_is_read(lexicon, values):
    assert values("7" * 1_000_000, "name")
