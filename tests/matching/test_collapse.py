"""Collapse: one row stands for all that say the same in one scope."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from twicetold.matching.collapse import collapse

ROWS = st.lists(st.tuples(st.sampled_from(["", "g1", "g2"]), st.sampled_from(["", "a", "b", "🙂", "\ud800"])))


def test_nothing_collapses_to_nothing():
    found = collapse([], [])
    assert found.dtype == np.int32
    assert found.shape == (0,)


def test_equal_rows_collapse_to_the_first():
    assert collapse([""] * 4, ["same"] * 4).tolist() == [0, 0, 0, 0]


def test_the_same_text_in_another_scope_is_another_row():
    assert collapse(["g1", "g2", "g1"], ["same"] * 3).tolist() == [0, 1, 0]


@given(ROWS)
def test_every_row_points_to_the_first_row_that_equals_it(rows):
    found = collapse([scope for scope, _ in rows], [text for _, text in rows])
    assert found.tolist() == [rows.index(row) for row in rows]
