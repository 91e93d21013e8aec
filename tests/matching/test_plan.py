"""Plan: whole scopes in blocks, and a refusal with a number before any work is done."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twicetold.errors import BudgetExceeded
from twicetold.matching.plan import FIXED_BYTES, plan
from twicetold.records import Record, Records

MIB = 1 << 20


def records(*sizes, text="Train all staff."):
    """Scopes of the given numbers of records, no two with one text."""
    rows = [
        Record(f"{row:06}", f"{text}{row}", f"{number:04}") for number, size in enumerate(sizes) for row in range(size)
    ]
    return Records.of(rows)


def rows_of(found):
    return [scope.tolist() for block in found.blocks for scope in block]


def test_no_records_make_no_blocks():
    found = plan(records(), None)
    assert list(found.blocks) == []
    assert found.needed == FIXED_BYTES


def test_one_record_is_one_block_with_one_scope():
    assert rows_of(plan(records(1), None)) == [[0]]


@given(st.lists(st.integers(1, 700), max_size=12))
def test_blocks_cover_every_row_once_in_order_by_whole_scopes(sizes):
    found = plan(records(*sizes), None)
    scopes = rows_of(found)
    assert [row for scope in scopes for row in scope] == list(range(sum(sizes)))
    assert list(map(len, scopes)) == sizes
    assert all(scope.dtype == np.int32 for block in found.blocks for scope in block)
    assert all(found.blocks)


def test_many_small_scopes_share_blocks_and_a_huge_one_has_its_own():
    found = plan(records(*[2] * 1000, 5000), None)
    sizes = [sum(map(len, block)) for block in found.blocks]
    assert 2 < len(found.blocks) < 10
    assert sizes[-1] >= 5000
    assert max(sizes[:-1]) < 1000


def test_the_empty_scope_is_a_scope_like_any_other():
    rows = Records(ids=["1", "2", "3"], texts=["a"] * 3, scopes=["", "", "g"])
    assert rows_of(plan(rows, None)) == [[0, 1], [2]]


def test_work_that_does_not_fit_is_refused_with_what_it_would_need():
    rows = records(3, 4000)
    needed = plan(rows, None).needed
    with pytest.raises(BudgetExceeded) as found:
        plan(rows, needed - 1)
    message = found.value.message
    assert f"{needed // MIB:,} MiB" in message
    assert "4,003 records" in message
    assert "4,000 of them in one scope" in message
    assert found.value.exit_status == 6


def test_work_that_just_fits_is_planned():
    rows = records(3, 400)
    needed = plan(rows, None).needed
    assert rows_of(plan(rows, needed)) == rows_of(plan(rows, None))


@pytest.mark.parametrize("budget", [0, 1, 100 * MIB])
def test_less_than_the_libraries_take_is_always_refused(budget):
    with pytest.raises(BudgetExceeded, match=rf"{budget // MIB} MiB may be used"):
        plan(records(1), budget)


def test_more_records_longer_texts_and_larger_scopes_need_more():
    usual = plan(records(*[10] * 200), None).needed
    assert plan(records(*[10] * 400), None).needed > usual
    assert plan(records(*[10] * 200, text="Train all staff. " * 20), None).needed > usual
    assert plan(records(2000), None).needed > usual


def test_a_text_of_a_megabyte_does_not_need_a_vector_for_each_of_its_words():
    usual, huge = (plan(records(1, text=text), None).needed for text in ("x", "word " * 200_000))
    assert huge - usual < 8 * MIB


def test_a_huge_scope_is_refused_without_being_worked_on():
    with pytest.raises(BudgetExceeded) as found:
        plan(records(300_000, text="x" * 300), 512 * MIB)
    assert int(re.search(r"about ([\d,]+) MiB", found.value.message)[1].replace(",", "")) > 1000


def test_equal_texts_of_a_scope_need_the_vectors_of_one():
    same = [Record(str(row), "Train all staff on safety.") for row in range(20_000)]
    other = [Record(str(row), f"Train all staff on safety measure {row}.") for row in range(20_000)]
    assert plan(Records.of(same), None).needed < plan(Records.of(other), None).needed / 1.2
