"""Measures: a span of time, a length or a weight has one value in whatever unit."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twicetold.text.measures import frequency, measured

PROPERTIES = settings(deadline=None, max_examples=100)
HOLDS = [
    ("minutes", 60, "seconds"),
    ("hours", 60, "minutes"),
    ("days", 24, "hours"),
    ("weeks", 7, "days"),
    ("years", 12, "months"),
    ("feet", 12, "inches"),
    ("kilometers", 1000, "meters"),
    ("kilograms", 1000, "grams"),
]


@PROPERTIES
@given(number=st.integers(2, 9999), units=st.sampled_from(HOLDS))
def test_a_measure_is_the_same_in_a_smaller_unit(values, number, units):
    larger, times, smaller = units
    assert values(f"wait {number} {larger}", "number") == values(f"wait {number * times} {smaller}", "number")


@PROPERTIES
@given(one=st.integers(1, 9999), other=st.integers(1, 9999), units=st.sampled_from(HOLDS))
def test_two_measures_are_never_one(one, other, units):
    assert (measured(str(one), units[0]) == measured(str(other), units[0])) == (one == other)
    assert (measured(str(one), units[0]) == measured(str(other), units[2])) == (one * units[1] == other)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("half an hour", "30 minutes"),
        ("every half minute", "30 seconds"),
        ("a quarter of an hour", "15 minutes"),
        ("an hour and a half", "90 minutes"),
        ("two hours and a half", "150 minutes"),
        ("half a year", "6 months"),
        ("a fortnight", "2 weeks"),
        ("within the hour", "1 hour"),
        ("within the first hour", "1 hour"),
        ("sixty minutes", "1 hour"),
        ("in less than a minute", "1 minute"),
        ("five working days", "5 days"),
        ("ten or more hours", "10 hours"),
        ("2 s", "2 seconds"),
        ("three feet apart", "1 yard"),
        ("20 MB", "20 megabytes"),
        ("0 hours", "0 milliseconds"),
    ],
)
def test_measures_are_read(values, text, expected):
    assert values(f"wait {text}", "number") == [expected]


def test_a_number_of_many_digits_keeps_its_unit():
    assert measured("9" * 18, "weeks") == "9" * 18 + " weeks"


@PROPERTIES
@given(count=st.integers(1, 60), many=st.integers(1, 60))
def test_a_frequency_is_the_same_in_another_period(count, many):
    assert frequency(count, 7 * many, "day") == frequency(count, many, "week")
    assert frequency(count, 24 * many, "hour") == frequency(count, many, "day")
    assert frequency(count, 12 * many, "month") == frequency(count, many, "year")
    assert frequency(count, 3 * many, "month") == frequency(count, many, "quarter")


@PROPERTIES
@given(count=st.integers(1, 60), other=st.integers(1, 60), period=st.sampled_from(["hour", "day", "month", "year"]))
def test_two_frequencies_are_never_one(count, other, period):
    assert (frequency(count, 1, period) == frequency(other, 1, period)) == (count == other)


def test_no_times_and_unknown_periods_have_a_frequency():
    assert (frequency(0, 1, "week"), frequency(2, 1, "season"), frequency(1, 2, "term")) == (
        "0/week",
        "2/season",
        "1/2term",
    )
