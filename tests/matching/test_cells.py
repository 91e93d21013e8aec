"""Cells: every text is in one, near ones are found through few, whatever the texts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from twicetold.matching import cells
from twicetold.matching.cells import Cells
from twicetold.text.reading import read

_TOLD = [
    "",
    "🙂",
    "\ud800",
    "the of and",
    *(
        f"{does} {whom} {how}"
        for does in ("Train", "Hire", "Meet", "Visit", "Thank")
        for whom in ("teachers", "cooks", "parents", "drivers", "nurses", "mentors")
        for how in ("weekly", "in June", "on safety", "about meals", "at Oak Center")
    ),
]
MANY = len(_TOLD)


@pytest.fixture(scope="module")
def texts(model):
    return model.block([read(text, model.lexicon) for text in _TOLD])


@pytest.fixture(scope="module")
def alike(model):
    """Texts that all have one vector."""
    return model.block([read("Train staff", model.lexicon)] * 30)


def assert_divides(found, n, count, probes):
    assert len(found.members) == len(found.near) == max(1, count)
    assert sorted(np.concatenate(found.members).tolist()) == list(range(n))
    for members in found.members:
        assert members.tolist() == sorted(members.tolist())
    assert found.near.shape == (max(1, count), min(probes, max(1, count)))
    for cell, near in enumerate(found.near.tolist()):
        assert len(set(near)) == len(near)
        if len(found.members[cell]):
            assert near[0] == cell


@given(st.integers(0, MANY), st.integers(0, 40), st.integers(1, 50))
@example(0, 0, 24)
@example(1, 1, 24)
@example(3, 7, 2)
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_each_text_is_in_one_cell_and_each_cell_with_texts_is_nearest_to_itself(texts, n, count, probes):
    if n == 0 and count > 1:
        return  # no texts are one cell
    found = Cells.of(texts.part(0, n) if n else texts.take(np.empty(0, np.intp)), count, probes)
    assert_divides(found, n, count, probes)


def test_texts_of_one_vector_are_in_one_cell(alike):
    found = Cells.of(alike, 5, 2)
    assert_divides(found, 30, 5, 2)
    assert sorted(map(len, found.members)) == [0, 0, 0, 0, 30]
    (full,) = [cell for cell in range(5) if len(found.members[cell])]
    assert found.around(full).tolist() == list(range(30))


def test_around_all_cells_are_all_texts_in_their_order(texts):
    found = Cells.of(texts, 12, 12)
    for cell in range(12):
        assert found.around(cell).tolist() == list(range(MANY))


def test_near_cells_are_those_whose_texts_are_near(texts):
    """of each text most of the most alike are around its cell, though that is a part of all texts"""
    found = Cells.of(texts, 15, 4)
    cosines = texts.sentences.cosines(texts.sentences)
    np.fill_diagonal(cosines, -1)
    seen, looked_at = [], []
    for cell, members in enumerate(found.members):
        around = set(found.around(cell).tolist())
        looked_at += [len(around) / MANY] * len(members)
        for text in members.tolist():
            if texts.sentences.scale[text]:
                seen += [each in around for each in np.argsort(-cosines[text])[:5].tolist()]
    assert np.mean(looked_at) < 0.5
    assert np.mean(seen) > 0.85


@pytest.mark.parametrize("threads", [1, 3])
def test_how_many_texts_are_looked_at_at_once_and_by_how_many_threads_changes_no_cell(texts, monkeypatch, threads):
    expected = Cells.of(texts, 9, 3)
    monkeypatch.setattr(cells, "_AT_A_TIME", 7)
    found = Cells.of(texts, 9, 3, threads=threads)
    assert [members.tolist() for members in found.members] == [members.tolist() for members in expected.members]
    assert found.near.tolist() == expected.near.tolist()


def test_it_tells_how_far_it_is_and_stops_when_it_is_told_to(texts, monkeypatch):
    monkeypatch.setattr(cells, "_AT_A_TIME", 7)
    told = []
    Cells.of(texts, 9, 3, told.append)
    assert told == sorted(told)
    assert len(told) > 7 * 2  # in each round of k-means
    assert told[-1] == 1

    def stop(share):
        if share > 0.2:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        Cells.of(texts, 9, 3, stop, threads=2)
