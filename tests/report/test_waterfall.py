from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twicetold.pairs import Evidence
from twicetold.report.waterfall import waterfall


def places(step) -> tuple[float, float]:
    start, width = float(step.start.rstrip("%")), float(step.width.rstrip("%"))
    return start, start + width


def test_no_evidence_gives_no_bars():
    fall = waterfall((), 0.0)
    assert fall.steps == ()
    assert fall.zero == "0.0%"


def test_each_bar_starts_where_the_one_before_ended():
    fall = waterfall((Evidence("baseline", -2.0), Evidence("words", 6.0), Evidence("number", -1.0)), 3.0)
    assert [places(step) for step in fall.steps] == [
        (0, pytest.approx(100 / 3, abs=0.1)),
        (0, 100),
        (83.3, 100),
    ]
    assert fall.zero == "33.3%"
    assert places(fall.sum) == (33.3, pytest.approx(83.3, abs=0.1))


def test_small_evidence_becomes_one_step_that_keeps_the_sum():
    fall = waterfall((Evidence("baseline", 1.0), Evidence("a", 0.04), Evidence("b", -0.01), Evidence("c", 0.0)), 1.03)
    assert [(step.name, round(step.log_odds, 2)) for step in fall.steps] == [
        ("baseline", 1.0),
        ("2 smaller", 0.03),
    ]


@settings(max_examples=100)
@given(st.lists(st.floats(-20, 20), max_size=12))
def test_steps_add_up_and_stay_inside(weights):
    fall = waterfall([Evidence("e", weight) for weight in weights], sum(weights))
    assert sum(step.log_odds for step in fall.steps) == pytest.approx(sum(weights), abs=1e-6)
    assert all(-0.1 <= edge <= 100.2 for step in (*fall.steps, fall.sum) for edge in places(step))
