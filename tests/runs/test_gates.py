"""Gates: results that look unlike those before are held, exactly beyond their bounds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twicetold.runs.gates import judge
from twicetold.runs.profile import Gates

BOUNDS = Gates()


def counts(records=100, *, rejected=0, grouped=20, largest=3, histogram=(90, 5, 5)):
    return {
        "records": records,
        "rows_rejected": rejected,
        "records_in_groups": grouped,
        "largest_group": largest,
        "histogram": list(histogram),
    }


def failed(now, before=None, gates=BOUNDS):
    return [verdict["gate"] for verdict in judge(gates, now, before) if not verdict["passed"]]


def test_a_first_run_is_held_to_nothing_before_it():
    assert [verdict["gate"] for verdict in judge(BOUNDS, counts(), None)] == ["largest_group", "rejected_share"]


def test_a_run_like_the_last_one_passes_every_gate():
    verdicts = judge(BOUNDS, counts(), counts())
    assert [verdict["gate"] for verdict in verdicts] == [
        "grouped_share_change",
        "histogram_drift",
        "largest_group",
        "records_lost",
        "rejected_share",
    ]
    assert all(verdict["passed"] for verdict in verdicts)


@pytest.mark.parametrize(
    ("gate", "at_the_bound", "beyond"),
    [
        ("rejected_share", counts(95, rejected=5), counts(94, rejected=6)),
        ("largest_group", counts(largest=100), counts(largest=101)),
        ("grouped_share_change", counts(grouped=30), counts(grouped=31)),
        ("grouped_share_change", counts(grouped=10), counts(grouped=9)),
        ("records_lost", counts(50, grouped=10), counts(49, grouped=10)),
        ("histogram_drift", counts(histogram=(75, 20, 5)), counts(histogram=(74, 21, 5))),
    ],
)
def test_each_gate_passes_what_is_at_its_bound_and_nothing_beyond(gate, at_the_bound, beyond):
    now = {"rejected_share": counts(95)}.get(gate, counts())
    assert failed(at_the_bound, now) == []
    assert failed(beyond, now) == [gate]


@pytest.mark.parametrize(
    ("missed", "of", "expected"),
    [(0, 7, []), (10, 100, []), (11, 100, ["duplicates_missed"]), (1, 1, ["duplicates_missed"])],
)
def test_duplicates_that_a_search_misses_are_held_to_their_bound(missed, of, expected):
    now = {**counts(), "duplicates_missed": missed, "duplicates_sampled": of}
    assert failed(now) == failed(now, counts()) == expected
    assert failed(now, gates=Gates(duplicates_missed=1)) == []


def test_where_no_sampled_text_has_a_duplicate_none_is_missed():
    now = {**counts(), "duplicates_missed": 0, "duplicates_sampled": 0}
    assert "duplicates_missed" not in [verdict["gate"] for verdict in judge(BOUNDS, now, None)]


def test_more_records_than_before_are_none_lost():
    assert failed(counts(100_000, grouped=20_000), counts()) == []


def test_what_was_measured_and_the_bound_are_told():
    (verdict,) = [each for each in judge(BOUNDS, counts(largest=250), None) if not each["passed"]]
    assert verdict == {"gate": "largest_group", "measured": 250, "bound": 100, "passed": False}


def test_nothing_read_or_compared_trips_no_gate():
    nothing = counts(0, grouped=0, largest=0, histogram=(0, 0, 0))
    assert failed(nothing) == []
    assert failed(nothing, nothing) == []
    assert failed(counts(grouped=0, histogram=(0, 0, 0)), counts(grouped=5)) == []


def test_a_run_that_loses_all_groups_is_held():
    assert failed(counts(0, grouped=0, largest=0, histogram=(0, 0, 0)), counts()) == [
        "grouped_share_change",
        "records_lost",
    ]


histograms = st.lists(st.integers(0, 10**9), min_size=3, max_size=3)


@given(histograms, histograms, st.integers(0, 100), st.integers(0, 100))
def test_bounds_of_one_never_trip(now, before, grouped, others):
    open_gates = Gates(rejected_share=1, grouped_share_change=1, largest_group=10**9, histogram_drift=1)
    one, other = counts(grouped=grouped, histogram=now, rejected=grouped), counts(grouped=others, histogram=before)
    assert failed(one, other, open_gates) == []


@given(histograms, histograms)
def test_the_drift_is_the_same_both_ways_and_at_most_one(now, before):
    def drift(one, other):
        return next(
            v["measured"] for v in judge(BOUNDS, counts(histogram=one), counts(histogram=other)) if "drift" in v["gate"]
        )

    assert drift(now, before) == drift(before, now)
    assert 0 <= drift(now, before) <= 1
    assert drift(now, [3 * count for count in now]) == 0
