"""Spill: a block whose vectors and readings lie in files is the block that it would be in memory."""

from __future__ import annotations

import gc
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from twicetold.model.evidence import evidence, evidence_of_pairs
from twicetold.model.spill import Spill

TEXTS = [
    "Train all teachers on safety by June 2025.",
    "the of and",
    "",
    "Raise attendance from 80% to 85%",
    "🙂",
    "\ud83d\ude00",
    "\ud800 lonely \udfff",
    "\x00\n\"quoted\" 'text' \\ [1, 2]",
    "رفع نسبة الحضور",
    "Los niños visitarán el kínder en mayo.",
    "Hire two family advocates in Springfield",
    "train staff " * 300,
]
MANY = len(TEXTS)


@pytest.fixture(scope="module")
def whole(block):
    return block(*TEXTS)


@pytest.fixture
def spilled(block, tmp_path):
    """A block of some texts in files, written in parts that end at some places."""

    def of(texts, ends=()):
        bounds = [0, *sorted(ends), len(texts)]
        return Spill(tmp_path, (block(*texts[first:last]) for first, last in pairwise(bounds)))

    return of


def bits(array):
    return array.dtype, array.shape, array.tobytes()


def columns(block):
    vectors = [each for part in (block.sentences, block.words) for each in (part.whole, part.scale)]
    return [bits(each) for each in (*vectors, block.rarity, block.stems, block.starts, block.truncated, block.spanish)]


def same(one, other):
    """Two blocks, but for the order in which the kinds of slots are named."""
    assert columns(one) == columns(other)
    assert list(one.readings) == list(other.readings)
    assert {kind: rows.tolist() for kind, rows in one.slots.items() if len(rows)} == {
        kind: rows.tolist() for kind, rows in other.slots.items() if len(rows)
    }
    return True


fresh = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@given(st.lists(st.integers(0, MANY), max_size=4))
@example([])
@example([0, 0, MANY, MANY])
@example(list(range(MANY + 1)))
@fresh
def test_however_it_is_divided_into_parts_the_block_is_that_in_memory(spilled, whole, ends):
    assert same(spilled(TEXTS, ends).block, whole)


@given(st.lists(st.text(st.characters(), max_size=12), max_size=6), st.data())
@example([], None)
@fresh
def test_any_texts_come_back_as_they_were_read(spilled, block, texts, data):
    ends = data.draw(st.lists(st.integers(0, len(texts)), max_size=2)) if data else []
    assert same(spilled(texts, ends).block, block(*texts))


def test_pairs_have_the_evidence_that_they_have_in_memory(spilled, whole, model):
    found = spilled(TEXTS, [5]).block
    a, b = np.triu_indices(MANY)
    for coefficients in (None, model.coefficients):
        assert bits(evidence(found, found, coefficients)) == bits(evidence(whole, whole, coefficients))
        assert bits(evidence_of_pairs(found, a, b, coefficients)) == bits(evidence_of_pairs(whole, a, b, coefficients))
    assert bits(found.sentences.cosines(whole.sentences)) == bits(whole.sentences.cosines(whole.sentences))


def test_parts_and_chosen_texts_of_it_are_those_of_the_block_in_memory(spilled, whole):
    found = spilled(TEXTS, [3, 4]).block
    for first in range(MANY):
        for last in range(first + 1, MANY + 1):
            assert same(found.part(first, last), whole.part(first, last))
    for rows in ([], [0], [MANY - 1], [1, 4, 5], list(range(MANY))):
        assert same(found.take(np.array(rows, np.intp)), whole.take(np.array(rows, np.intp)))


def test_readings_are_found_by_place_and_by_slice_as_in_a_list(spilled, whole):
    found, kept = spilled(TEXTS, [2]).block.readings, list(whole.readings)
    for some in (slice(None), slice(2, 5), slice(9, 99), slice(None, None, -3), slice(4, 4)):
        assert found[some] == kept[some]
    assert [found[place] for place in (0, -1, -MANY)] == [kept[place] for place in (0, -1, -MANY)]
    for beyond in (MANY, -MANY - 1):
        with pytest.raises(IndexError):
            found[beyond]


def test_what_is_forgotten_is_read_again(spilled, whole):
    spill = spilled(TEXTS, [6])
    for _ in range(3):
        assert same(spill.block, whole)
        spill.forget()


def test_a_block_of_nothing_can_be_forgotten(spilled, block):
    spill = spilled([])
    spill.forget()
    assert same(spill.block, block())
    assert len(spilled([""]).block) == 1


def test_no_file_has_a_name_and_it_is_read_when_its_folder_is_gone(block, whole):
    with TemporaryDirectory() as name:
        folder, seen = Path(name), []

        def parts():
            yield block(*TEXTS[:4])
            seen.extend(folder.iterdir())
            yield block(*TEXTS[4:])

        spill = Spill(folder, parts())
        assert [*seen, *folder.iterdir()] == []
    gc.collect()
    spill.forget()
    assert same(spill.block, whole)


@pytest.mark.parametrize("name", ["missing", "file"])
def test_where_no_file_can_be_made_that_is_an_error_of_the_system(tmp_path, block, name):
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match=name):
        Spill(tmp_path / name, [block("Train staff")])
