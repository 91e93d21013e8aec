"""Ages, counts per period, ranges and bounds: one value for every way to state them."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from twicetold.text.measures import frequency

PROPERTIES = settings(deadline=None, max_examples=120)
SMALL = str.split("zero one two three four five six seven eight nine ten eleven twelve")
few = st.integers(2, 12)


@PROPERTIES
@given(count=few, unit=st.sampled_from(["day", "week", "month", "quarter", "year"]))
def test_a_count_per_period_has_one_value(pairs, count, unit):
    ways = [
        f"{count} times a {unit}",
        f"{SMALL[count]} times per {unit}",
        f"{count}x/{unit}",
        f"{count} times each {unit}",
    ]
    ways += [f"{count} times every {unit}", f"{count}x per {unit}"]
    for way in ways:
        assert pairs(f"check the lamps {way}", "rate", "number") == [("rate", frequency(count, 1, unit))]


@PROPERTIES
@given(count=few)
def test_a_count_of_occasions_per_period_is_a_rate(pairs, count):
    for way in (f"hold {count} open house evenings per month", f"hold {SMALL[count]} monthly evenings"):
        assert pairs(way, "rate", "number") == [("rate", frequency(count, 1, "month"))]


@PROPERTIES
@given(count=few)
def test_a_count_of_other_things_per_period_is_a_number_each_time(pairs, count):
    for way in (f"review {count} files a month", f"each month review {count} files", f"review {count} monthly files"):
        assert sorted(pairs(way, "rate", "number")) == [("number", str(count)), ("rate", "1/month")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("clean weekly", ["1/week"]),
        ("clean every week", ["1/week"]),
        ("clean once a week", ["1/week"]),
        ("clean every Friday", ["1/week"]),
        ("clean twice weekly", ["2/week"]),
        ("clean annually", ["1/year"]),
        ("clean 4 times a year", ["1/quarter"]),
        ("clean every seven days", ["1/week"]),
        ("clean every 24 hours", ["1/day"]),
        ("clean every six months", ["2/year"]),
        ("clean on alternate weeks", ["1/2week"]),
        ("clean every weekday", ["5/week"]),
        ("clean every morning", ["1/day"]),
        ("clean for 6 hours a week", ["1/week"]),
        ("lose 2% a year", ["1/year"]),
        ("20 days after a month closes", []),
        ("clean each program year", ["1/year"]),
        ("clean semiannually", ["2/year"]),
        ("clean every 2 weeks", ["1/2week"]),
        ("clean every other week", ["1/2week"]),
        ("clean once each season", ["1/season"]),
        ("clean bimonthly", []),
        ("clean every room", []),
        ("a week ago", []),
        ("5 lamps a room", []),
        ("lamps a week", []),
        ("5% per room", []),
    ],
)
def test_rates_are_read(values, text, expected):
    assert values(text, "rate") == expected


@PROPERTIES
@given(low=st.integers(2, 12), high=st.integers(2, 12))
def test_a_range_has_one_value(pairs, low, high):
    assume(low < high)
    ways = [f"{low}-{high}", f"{low} - {high}", f"{low} to {high}", f"between {low} and {high}", f"{low}\u2013{high}"]
    ways += [f"{SMALL[low]} to {SMALL[high]}", f"between {SMALL[low]} and {SMALL[high]}", f"{low} through {high}"]
    for way in ways:
        assert pairs(f"order {way} lamps", "range", "number") == [("range", f"{low}..{high}")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("85-90%", [("range", "85..90%")]),
        ("85% to 90%", [("range", "85..90%")]),
        ("between 85 and 90 percent", [("range", "85..90%")]),
        ("$5-$10", [("range", "$5..10")]),
        ("from 5 to 10", [("number", "5"), ("number", "10")]),
        ("from 60% to 80%", [("percent", "60"), ("percent", "80")]),
        ("10 to 5", [("number", "10"), ("number", "5")]),
        ("1.5-2.5", [("range", "1.5..2.5")]),
    ],
)
def test_a_change_is_no_range(pairs, text, expected):
    assert pairs(f"move {text}", "range", "number", "percent", "money") == expected


BOUNDS = {
    ">=": [
        "at least {}",
        "no fewer than {}",
        "no less than {}",
        "a minimum of {}",
        "{} or more",
        ">= {}",
        "{}+",
        "\u2265{}",
    ],
    "<=": ["at most {}", "no more than {}", "not more than {}", "up to {}", "a maximum of {}", "{} or fewer", "<= {}"],
    ">": ["more than {}", "over {}", "greater than {}", "exceeding {}", "> {}"],
    "<": ["less than {}", "fewer than {}", "under {}", "below {}", "< {}"],
}


@PROPERTIES
@given(
    bound=st.sampled_from([(sign, way) for sign, ways in BOUNDS.items() for way in ways]), number=st.integers(2, 999)
)
def test_a_bound_has_one_value_and_leaves_the_number(pairs, bound, number):
    sign, way = bound
    slots = pairs(f"order {way.format(number)} lamps", "bound", "number", "negation", "direction")
    assert sorted(slots) == [("bound", sign), ("number", str(number))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("within 30 days", ["<="]),
        ("within a week", ["<="]),
        ("within 3 rooms", []),
        ("85% or higher", [">="]),
        ("under the lamp", []),
        ("over the next 3 months", []),
        ("at least twice a week", [">="]),
        ("more lamps than 5", []),
        ("at least hourly", [">="]),
        ("at most every 6 months", ["<="]),
        ("no earlier than 3 weeks after", [">="]),
        ("80% or worse", ["<="]),
        ("12 min or below", ["<="]),
        ("ninety minutes or longer", [">="]),
        ("files smaller than 20 MB", ["<"]),
        ("firms older than 3 years", [">"]),
        ("cut lamps over three years", []),
        ("it takes over three years", [">"]),
    ],
)
def test_bounds_are_read(values, text, expected):
    assert values(text, "bound") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("never drop below 10 lamps", ">="),
        ("no lamp waits longer than 4 hours", "<="),
        ("never have five or more lamps open", "<"),
        ("without raising calls above 12 minutes", "<="),
        ("in no room may it be 85% or lower", ">"),
    ],
)
def test_a_negated_bound_is_its_opposite_and_no_negation(pairs, text, expected):
    assert pairs(text, "bound", "negation") == [("bound", expected)]


def test_a_negation_elsewhere_leaves_the_bound(pairs):
    text = "do not use screens with children under two"
    assert sorted(pairs(text, "bound", "negation")) == [("bound", "<"), ("negation", "not")]
    assert pairs("no later than Friday 9 or more of them come", "bound") == [("bound", ">=")]


@pytest.mark.parametrize(
    "text", ["never below 45% or above 55%", "at least 45% and at most 55%", "between 45 and 55 percent", "45-55%"]
)
def test_two_bounds_are_a_range(pairs, text):
    assert pairs(f"keep it {text}", "range", "percent", "bound", "negation") == [("range", "45..55%")]


@pytest.mark.parametrize("text", ["a ratio of one to four", "a ratio of 1:4"])
def test_a_ratio_is_no_range(pairs, text):
    assert pairs(text, "range", "number") == [("number", "1"), ("number", "4")]


@PROPERTIES
@given(low=st.integers(2, 5), high=st.integers(6, 12))
def test_a_range_of_ages_has_one_value(pairs, low, high):
    ways = [f"{low}-{high} year olds", f"{low} to {high} years old", f"ages {low} to {high}", f"ages {low}-{high}"]
    ways += [f"{SMALL[low]}- to {SMALL[high]}-year-olds", f"{low}- through {high}-year-olds", f"aged {low} to {high}"]
    ways += [f"{low} to {high} years of age", f"the age of {low} to {high} years", f"{low}- and {high}-year-olds"]
    for way in ways:
        assert pairs(f"lamps for {way}", "age", "number", "range") == [("age", f"{low}-{high}y")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a 4-year-old", ["4y"]),
        ("children aged three", ["3y"]),
        ("at the age of four", ["4y"]),
        ("18 months old", ["18m"]),
        ("birth to five", ["0-5y"]),
        ("birth to age 3", ["0-3y"]),
        ("children 3-5", ["3-5y"]),
        ("children 20-30", []),
        ("a 3-5 year plan", []),
        ("3 and 4 lamps", []),
        ("0-5 lamps", []),
        ("0 lamps", []),
    ],
)
def test_ages_are_read(values, text, expected):
    assert values(text, "age") == expected


def test_a_number_in_a_date_or_share_is_no_number(values):
    assert values("by June 30, 2024 at 8:30 give 85% or $5 to FY23 twice a week", "number") == []


def test_whole_years_in_months_are_years(values):
    ages = [
        values(text, "age") for text in ("screen children birth to 36 months", "screen children from birth to three")
    ]
    assert ages == [["0-3y"], ["0-3y"]]
    assert values("screen children 18 months old", "age") == ["18m"]


def test_milliseconds_are_parts_of_a_second(values):
    assert values("answer in 200 ms", "number") == values("answer in 0.2 seconds", "number") == ["200 milliseconds"]
    assert values("answer in 2000 ms", "number") == ["2 seconds"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("update the plan semi-annually", ["2/year"]),
        ("a semi-annual update", ["2/year"]),
        ("pay them semi-monthly", ["2/month"]),
        ("meet bi-weekly", []),
        ("2 hours of practice-based coaching per month", ["1/month"]),
        ("2 hours of coaching a week", ["1/week"]),
        ("the first hours of a day", []),
    ],
)
def test_half_periods_and_hours_of_something_have_a_rate(values, text, expected):
    assert values(text, "rate") == expected
