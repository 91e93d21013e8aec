"""Keeper: curated, then oldest, then longest, then the smallest id."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twicetold.matching.keeper import CRITERIA, KeeperRule, choose_keeper
from twicetold.records import Record, Records


def keeper(*records, order=CRITERIA, **columns):
    rows = Records.of(records)
    return rows.ids[choose_keeper(rows, range(len(rows)), KeeperRule(order, **columns))]


def goal(name, text="goal", **attributes):
    return Record(name, text, attributes=attributes)


def test_the_only_record_is_kept():
    assert keeper(goal("a")) == "a"


def test_records_that_are_all_equal_are_settled_by_the_smallest_id():
    assert keeper(goal("b"), goal("a"), goal("c")) == "a"


def test_curated_wins_over_older_and_longer():
    assert keeper(goal("a", "a longer text", created_at="2001-01-01"), goal("b", curated="yes")) == "b"


@pytest.mark.parametrize("yes", ["1", "true", "TRUE", " Yes ", "y", "curated"])
def test_what_counts_as_curated(yes):
    assert keeper(goal("a"), goal("b", curated=yes)) == "b"


@pytest.mark.parametrize("no", ["", "0", "false", "no", "later", "🙂"])
def test_what_does_not_count_as_curated(no):
    assert keeper(goal("a"), goal("b", curated=no)) == "a"


def test_older_wins_over_longer():
    assert keeper(goal("a", "long text", created_at="2024-02-01"), goal("b", created_at="2024-01-31")) == "b"


@pytest.mark.parametrize(
    ("older", "younger"),
    [
        ("2024-01-31", "2024-02-01T00:00:00"),
        ("2024-01-31T08:00:00", "2024-01-31T09:00:00Z"),
        ("2024-01-31T08:00:00+05:00", "2024-01-31T08:00:00-05:00"),
        ("20240131", "2024-02-01"),
        ("0001-01-01T00:00:00+14:00", "0001-01-01"),
        ("9999-12-31", ""),
    ],
)
def test_moments_are_compared_across_forms_and_time_zones(older, younger):
    if younger:
        assert keeper(goal("a", created_at=younger), goal("b", created_at=older)) == "b"
    else:
        assert keeper(goal("a", created_at=older), goal("b", created_at=younger)) == "a"


@pytest.mark.parametrize(
    "broken", ["", "yesterday", "2024-13-45", "31.01.2024", "NaT", "🙂", "\x00", "2024-01-31T25:00"]
)
def test_a_record_with_a_broken_date_counts_as_youngest(broken):
    assert keeper(goal("a", created_at=broken), goal("b", created_at="2024-01-31")) == "b"


def test_longer_wins_where_nothing_else_is_known():
    assert keeper(goal("a", "short"), goal("b", "a longer text")) == "b"


def test_the_configured_order_is_obeyed():
    long, old = goal("a", "a longer text", created_at="2024-02-01"), goal("b", created_at="2024-01-01")
    assert keeper(long, old, order=("longest", "oldest")) == "a"
    assert keeper(long, old, order=("oldest",)) == "b"
    assert keeper(old, long, order=()) == "a"


def test_other_columns_can_be_named():
    records = goal("a", made="2024-02-01"), goal("b", made="2024-01-01"), goal("c", ok="1")
    assert keeper(*records[:2], created_column="made") == "b"
    assert keeper(*records, curated_column="ok") == "c"


@given(st.data())
def test_the_keeper_does_not_depend_on_the_order_of_the_rows(data):
    records = data.draw(
        st.lists(
            st.builds(
                goal,
                st.uuids().map(str),
                st.text(max_size=3),
                created_at=st.sampled_from(["", "x", "2024-01-01", "2024-01-01T05:00+09:00"]),
                curated=st.sampled_from(["", "yes"]),
            ),
            min_size=1,
            max_size=6,
            unique_by=lambda record: record.id,
        )
    )
    assert keeper(*data.draw(st.permutations(records))) == keeper(*records)
