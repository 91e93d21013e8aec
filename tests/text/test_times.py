"""Dates and periods: one value for every way to write them."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

PROPERTIES = settings(deadline=None, max_examples=150)
dates = st.dates(dt.date(1950, 1, 1), dt.date(2080, 12, 31))
years = st.integers(1991, 2089)


def ordinal(day: int) -> str:
    ending = "th" if day in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
    return f"{day}{ending}"


@PROPERTIES
@given(date=dates)
def test_a_full_date_has_one_value_however_written(compared, values, date):
    month, day, year = date.strftime("%B"), date.day, date.year
    ways = [
        *(f"{month} {day}, {year}", f"{month} {ordinal(day)} {year}", f"{day} {month} {year}", f"{year}-{date:%m-%d}"),
        *(
            f"the {ordinal(day)} of {month} {year}",
            f"{date.month}/{day}/{year}",
            f"{date:%m/%d/%Y}",
            f"{date:%m-%d-%Y}",
        ),
        *(f"{month[:3]}. {day}, {year}", f"{month.upper()} {day} of {year}", f"{date:%Y/%m/%d}", f"{date:%d.%m.%Y}"),
    ]
    texts = [f"close the desk by {way}." for way in ways]
    assert {compared(text) for text in texts} == {f"close the desk by {month.lower()} {day} {year}"}
    assert all(values(text, "date") == [date.isoformat()] for text in texts)
    assert not any(values(text, "number") for text in texts)


@PROPERTIES
@given(date=dates)
def test_a_day_without_a_year_has_one_value(values, date):
    month, day = date.strftime("%B"), date.day
    ways = [f"{month} {day}", f"{month} {ordinal(day)}", f"the {ordinal(day)} of {month}", f"on {day} {month}"]
    assert {tuple(values(f"closed by {way}", "date")) for way in ways} == {(f"--{date:%m-%d}",)}


@PROPERTIES
@given(date=dates)
def test_a_month_with_a_year_has_one_value(compared, values, date):
    ways = [f"{date:%B %Y}", f"{date:%B} of {date.year}", f"{date:%b}. {date.year}", f"{date:%m/%Y}", f"{date:%B, %Y}"]
    assert {compared(f"closed in {way}") for way in ways} == {f"closed in {date:%B %Y}".lower()}
    assert {tuple(values(f"closed in {way}", "date")) for way in ways} == {(f"{date:%Y-%m}",)}


@PROPERTIES
@given(one=dates, other=dates)
def test_two_dates_are_never_one(compared, one, other):
    assert (compared(f"{one:%B %d, %Y}") == compared(f"{other:%m/%d/%Y}")) == (one == other)


@PROPERTIES
@given(year=years)
def test_a_fiscal_year_has_one_value(compared, values, year):
    ways = [f"FY {year}", f"FY{year}", f"fiscal year {year}", f"{year} fiscal year", f"Fiscal Year {year}"]
    ways += [f"FY{year % 100:02d}", f"FY'{year % 100:02d}"] if year >= 2000 else []
    ways += [f"fy {year}"]
    assert {compared(f"spend all in {way}") for way in ways} == {f"spend all in fy{year}"}
    assert {tuple(values(f"spend all in {way}", "period")) for way in ways} == {(f"FY{year}",)}


@PROPERTIES
@given(year=years)
def test_a_program_year_over_two_years_has_one_value(values, year):
    ways = [f"PY {year}-{(year + 1) % 100:02d}", f"PY{year}-{year + 1}", f"program year {year}/{year + 1}"]
    ways += [f"the {year}-{year + 1} school year", f"{year}-{(year + 1) % 100:02d}", f"{year} - {year + 1}"]
    assert {tuple(values(f"plan for {way}", "period")) for way in ways} == {(f"{year}-{year + 1}",)}


@PROPERTIES
@given(year=years)
def test_a_year_alone_is_a_date_and_no_number(pairs, year):
    for text in (f"open by {year}", f"open in {year}", f"since {year}"):
        assert pairs(text, "date", "number") == [("date", str(year))]


@pytest.mark.parametrize(("year", "kind"), [("2023", "date"), ("2000", "number"), ("2050", "number")])
def test_a_round_year_needs_a_word_that_makes_it_one(pairs, year, kind):
    assert pairs(f"the {year} plan", "date", "number") == [(kind, year)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("in the third quarter", ["Q3"]),
        ("in Q3", ["Q3"]),
        ("in quarter 3", ["Q3"]),
        ("by the first semester", ["S1"]),
        ("PY2023", ["PY2023"]),
        ("sy 23-24", ["2023-2024"]),
        ("2020-2010", []),
        ("every quarter 2 visits", []),
    ],
)
def test_parts_of_a_year_are_periods(values, text, expected):
    assert values(text, "period") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("open every Friday", ["W5"]),
        ("open on Mondays", ["W1"]),
        ("open Tues. and Thurs.", ["W2", "W4"]),
        ("a score of 30:45", []),
        ("test in fall and winter", ["fall", "winter"]),
        ("test in autumn", ["fall"]),
        ("the fall 2023 test", ["fall", "2023"]),
        ("children fall down", []),
        ("fall prevention", []),
        ("go in May", ["--05"]),
        ("they may go", []),
        ("they march on", []),
        ("in March and April", ["--03", "--04"]),
        ("by the end of June", ["--06"]),
        ("en mayo", ["--05"]),
        ("at 8:30 am", ["T08:30"]),
        ("at 8:30 p.m.", ["T20:30"]),
        ("at 10pm", ["T22:00"]),
        ("at noon", ["T12:00"]),
        ("due 6/30", ["--06-30"]),
        ("reduce by 1/2", []),
        ("by the 15th of each month", ["---15"]),
        ("from March 5 to April 9", ["--03-05", "--04-09"]),
        ("serve 2,000 children", []),
        ("serve 2000 children by 2025", ["2025"]),
        ("on 31.12.2023", ["2023-12-31"]),
        ("on 13/45/2023", []),
    ],
)
def test_dates_are_read_and_other_words_are_not(values, text, expected):
    assert values(text, "date") == expected


def test_all_30_may_come_is_no_date(compared):
    assert compared("all 30 may come") == "all 30 may come"


@pytest.mark.parametrize("text", ["by FY 24", "by FY '24", "by FY24"])
def test_a_space_in_a_named_year_changes_nothing(values, text):
    assert values(text, "period") == ["FY2024"]


def test_two_short_years_behind_a_name_are_a_period(values):
    assert values("by PY 24-25", "period") == values("by program year 2024-2025", "period") == ["2024-2025"]
    assert values("FY 24.5", "period") == []
