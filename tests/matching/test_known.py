"""Known: of a scope that was compared before, only what is new is compared, and the same comes of it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from twicetold.matching import candidates
from twicetold.matching.candidates import TILE, Known, compare_all
from twicetold.matching.compared import NEAREST
from twicetold.model.evidence import evidence
from twicetold.pairs import Thresholds
from twicetold.text.reading import read

_TOLD = [
    f"{does} {whom} {how}"
    for does in ("Train", "Hire", "Meet", "Visit")
    for whom in ("teachers", "cooks", "parents", "drivers", "nurses", "mentors")
    for how in ("weekly", "in June", "on safety", "about meals", "at Oak Center", "without delay", "by 2026")
]
MANY = len(_TOLD)
THRESHOLDS = Thresholds(duplicate=0.6, possible=0.3)


@pytest.fixture(scope="module")
def texts(model):
    """More than a tile of texts, and many more pairs than are shown."""
    assert MANY > TILE
    return model.block([read(text, model.lexicon) for text in _TOLD])


def known(compared, before, now):
    """A comparison of some texts, for others; both as places among all, ``before`` in the order that it had."""
    at = {text: place for place, text in enumerate(before)}
    return Known(compared, np.array([at.get(text, -1) for text in now], np.int32))


def same(one, other):
    columns = [(pairs.a, pairs.b, pairs.probability, pairs.log_odds) for pairs in (one.pairs, one.nearest)]
    others = [(pairs.a, pairs.b, pairs.probability, pairs.log_odds) for pairs in (other.pairs, other.nearest)]
    for mine, theirs in zip(
        [*sum(columns, ()), one.vetoed, one.histogram], [*sum(others, ()), other.vetoed, other.histogram], strict=True
    ):
        assert (mine.dtype, mine.shape, mine.tobytes()) == (theirs.dtype, theirs.shape, theirs.tobytes())
    return True


@pytest.fixture
def compare(model, texts):
    def compare(chosen, before=None):
        block = texts.take(np.array(sorted(chosen), np.intp))
        return compare_all(block, model.coefficients, THRESHOLDS, known=before)

    return compare


some = st.sets(st.integers(0, MANY - 1), max_size=12)


@given(st.lists(st.tuples(some, some), min_size=1, max_size=4))
@example([({3}, set())])
@example([(set(), {5})])
@example([(set(range(120)), set(range(60, 90)))])
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_day_by_day_what_is_known_and_what_is_new_give_what_comparing_all_gives(compare, days):
    """each day some texts go and some come; every day's comparison builds on that of the day before"""
    now = set(range(0, MANY, 2))
    found = compare(now)
    for gone, come in days:
        before, now = sorted(now), (now - gone) | come
        found = compare(now, known(found, before, sorted(now)))
        assert same(found, compare(now))


def test_texts_that_stand_in_another_order_are_known(compare, model, texts):
    before = list(range(40))
    turned = before[::-1]
    found = compare_all(texts.take(np.array(before)), model.coefficients, THRESHOLDS)
    # The same texts with other ids stand in another order.
    block = model.block([texts.readings[row] for row in turned])
    again = compare_all(block, model.coefficients, THRESHOLDS, known=known(found, before, turned))
    assert same(again, compare_all(block, model.coefficients, THRESHOLDS))


def test_only_pairs_with_a_new_text_are_compared(compare, monkeypatch):
    met = []
    monkeypatch.setattr(
        candidates, "evidence", lambda one, other, _: met.append((len(one), len(other))) or evidence(one, other)
    )
    before, now = list(range(100)), list(range(2, 103))
    found = compare(before)
    met.clear()
    compare(now, known(found, before, now))
    assert met == [(3, 101)]
    met.clear()
    assert same(compare(before, known(found, before, before)), found)
    assert met == []


def test_where_too_many_are_gone_to_know_the_nearest_all_are_compared(compare):
    """pairs that take the places of those that are gone were not kept"""
    before = list(range(MANY))
    found = compare(before)
    assert len(found.below) == 2 * NEAREST
    assert found.complete_above > 0
    now = before[: MANY // 3]
    known_now = known(found, before, now)
    left = np.full(MANY, -1, np.int32)
    left[now] = np.arange(len(now))
    assert not found.among(left, len(now)).has_nearest
    assert same(compare(now, known_now), compare(now))


def test_nearest_that_are_all_alike_are_those_of_the_first_rows(model, texts, monkeypatch):
    """more pairs of one probability than are kept: which of them are shown cannot be known, so all are compared"""
    monkeypatch.setattr(candidates, "probability", lambda log_odds: np.zeros(log_odds.shape))
    block = texts.take(np.arange(60))
    found = compare_all(block, model.coefficients, THRESHOLDS)
    assert list(zip(found.nearest.a.tolist(), found.nearest.b.tolist(), strict=True))[:60] == [
        *((0, b) for b in range(1, 60)),
        (1, 2),
    ]
    now = list(range(5, 60))
    again = compare_all(
        texts.take(np.array(now)), model.coefficients, THRESHOLDS, known=known(found, list(range(60)), now)
    )
    assert same(again, compare_all(texts.take(np.array(now)), model.coefficients, THRESHOLDS))


@pytest.mark.parametrize("chosen", [[], [3], [3, 4]])
def test_few_texts_or_none(compare, chosen):
    nothing = compare([])
    assert same(compare(chosen, known(nothing, [], chosen)), compare(chosen))
    assert same(compare([], known(compare(chosen), chosen, [])), nothing)
