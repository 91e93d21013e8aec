"""Recall: measured on a sample as comparing everything would count it, with an interval that is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twicetold.matching import recall, spread
from twicetold.matching.candidates import compare_all
from twicetold.matching.neighbors import as_numbers
from twicetold.matching.recall import Recall, _odds, _reach, measure
from twicetold.model.evidence import FEATURES, evidence
from twicetold.model.probability import Coefficients, probability
from twicetold.pairs import Thresholds
from twicetold.text.reading import read

_TOLD = [
    "",
    "🙂",
    "\ud800",
    *(
        f"{does} {whom} {how}"
        for does in ("Train", "Coach", "Meet", "Teach")
        for whom in ("teachers", "cooks", "12 parents", "mentors")
        for how in ("weekly", "in June 2025", "on safety", "about safe meals", "in Ohio", "on meal safety")
    ),
]
MANY = len(_TOLD)
THRESHOLDS = Thresholds(duplicate=0.5, possible=0.1)
NONE = np.empty(0, np.int64)


@pytest.fixture(scope="module")
def texts(model):
    return model.block([read(text, model.lexicon) for text in _TOLD])


@pytest.fixture(scope="module")
def duplicates(model, texts):
    """All pairs of duplicates, in row order."""
    pairs = compare_all(texts, model.coefficients, THRESHOLDS).pairs
    same = pairs.probability >= THRESHOLDS.duplicate
    found = np.stack([pairs.a[same], pairs.b[same]], axis=1).astype(np.int64)
    assert len(found) > 20
    return found


def expected(duplicates, sample, known):
    """What comparing all says of some texts."""
    own = [(text, tuple(pair)) for pair in duplicates.tolist() for text in pair if text in sample]
    found = sum(pair in known for _, pair in own)
    return Recall(len(sample), len({text for text, _ in own}), len(own), found)


@given(st.data())
@settings(max_examples=20)
def test_of_all_texts_it_counts_what_comparing_all_finds(model, texts, duplicates, data):
    chosen = data.draw(st.lists(st.booleans(), min_size=len(duplicates), max_size=len(duplicates)))
    others = data.draw(st.sets(st.tuples(st.integers(0, 40), st.integers(41, MANY - 1)), max_size=9))
    kept = {tuple(pair) for pair, is_kept in zip(duplicates.tolist(), chosen, strict=True) if is_kept} | others
    compared = np.array(sorted(kept), np.int64).reshape(-1, 2)
    assert measure(texts, model.coefficients, THRESHOLDS, [as_numbers(compared, MANY)]) == expected(
        duplicates, range(MANY), kept
    )


def test_of_a_sample_it_counts_the_same_whatever_is_looked_at_at_once(model, texts, duplicates, monkeypatch):
    sample = set(np.random.default_rng(0).choice(MANY, 10, replace=False).tolist())
    wanted = expected(duplicates, sample, set(map(tuple, duplicates[::2].tolist())))
    assert 0 < wanted.found < wanted.wanted
    for some, pairs in ((1024, 8192), (7, 8192), (1, 1), (50, 3)):
        monkeypatch.setattr(recall, "_AT_A_TIME", some)
        monkeypatch.setattr(spread, "_AT_A_TIME", pairs)
        monkeypatch.setattr(recall, "_TEXTS", 10)
        assert measure(texts, model.coefficients, THRESHOLDS, [as_numbers(duplicates[::2], MANY)]) == wanted


def test_where_most_pairs_may_be_duplicates_the_sample_is_halved_until_they_are_few(
    model, texts, duplicates, monkeypatch
):
    known = set(map(tuple, duplicates[::2].tolist()))
    monkeypatch.setattr(recall, "_AT_A_TIME", 20)
    sizes = []
    for most in (10**6, 2000, 500, 30, 0):
        monkeypatch.setattr(recall, "_LIKELY", most)
        found = measure(texts, model.coefficients, THRESHOLDS, [as_numbers(duplicates[::2], MANY)])
        halvings = [
            sample for sample in (range(0, MANY, 2**times) for times in range(8)) if len(sample) == found.sampled
        ]
        assert found == expected(duplicates, halvings[0], known)
        sizes.append(found.sampled)
    assert sizes == sorted(sizes, reverse=True)
    assert (sizes[0], sizes[-1]) == (MANY, 1)
    assert 1 < sizes[2] < MANY


def test_all_are_found_where_all_were_compared(model, texts):
    every = np.stack(np.triu_indices(MANY, 1), axis=1)
    found = measure(texts, model.coefficients, THRESHOLDS, [as_numbers(every, MANY)])
    assert found.found == found.wanted > 0
    assert found.share == 1


@pytest.mark.parametrize("count", [0, 1, 2])
def test_few_texts_or_none_have_no_duplicates_to_miss(model, texts, count):
    found = measure(texts.take(np.arange(3, 3 + count)), model.coefficients, Thresholds(1.0, 1.0), NONE)
    assert found == Recall(count, 0, 0, 0)
    assert found.share == 1


def test_it_is_told_how_far_it_is(model, texts, monkeypatch):
    monkeypatch.setattr(recall, "_AT_A_TIME", 30)
    told = []
    measure(texts, model.coefficients, THRESHOLDS, NONE, told.append)
    assert told == sorted(told)
    assert any(0.4 < share <= 0.5 for share in told)
    assert told[-1] == 1


def log_odds(texts, coefficients):
    return coefficients.log_odds(evidence(texts, texts, coefficients))


def changed(model, **weights):
    named = {name.replace("_", "-"): weight for name, weight in weights.items()}
    return Coefficients(model.coefficients.baseline, {**model.coefficients.weights, **named})


weights = st.fixed_dictionaries(
    {feature.name.replace("-", "_"): st.floats(0, 10).map(np.sign(feature.prior).__mul__) for feature in FEATURES}
)


@given(weights)
@settings(max_examples=20)
def test_no_pair_s_log_odds_are_beyond_what_meaning_and_slots_say_at_most(model, texts, weights):
    coefficients = changed(model, **weights)
    assert (_reach(texts, texts, coefficients) >= log_odds(texts, coefficients) - 1e-3).all()


@pytest.mark.parametrize("chance", [0.0, 1e-7, 5e-7, 1e-6, 2e-6, 0.02, 0.5, 0.98, 1 - 1e-6, 1.0])
def test_whatever_is_rounded_to_the_threshold_is_looked_at(chance):
    odds = np.r_[np.linspace(-60, 60, 5001), _odds(Thresholds(chance, 0)) + np.linspace(-0.01, 0.01, 101)]
    odds = odds[np.isfinite(odds)]
    same = probability(odds) >= chance
    assert (odds[same] >= _odds(Thresholds(chance, 0))).all()
    assert chance == 0 or not same[odds < _odds(Thresholds(chance, 0)) - 0.01].any()


def test_at_a_threshold_of_nothing_every_pair_is_a_duplicate(model, texts):
    found = measure(texts, model.coefficients, Thresholds(0.0, 0.0), NONE)
    assert found == Recall(MANY, MANY, MANY * (MANY - 1), 0)
    assert found.interval[0] == pytest.approx(0)


@pytest.mark.parametrize(
    ("found", "of", "low", "high"),
    [
        (0, 10, 0.0, 0.27753),
        (10, 10, 0.72247, 1.0),
        (1, 1, 0.20654, 1.0),
        (5, 10, 0.23659, 0.76341),
        (81, 263, 0.25526, 0.36620),
        (98, 100, 0.93001, 0.99450),
    ],
)
def test_the_interval_is_wilson_s(found, of, low, high):
    assert Recall(of, of, of, found).interval == pytest.approx((low, high), abs=1e-4)


@given(st.integers(0, 400), st.integers(0, 10**6), st.data())
def test_an_interval_holds_its_share_and_lies_between_none_and_all(texts, more, data):
    wanted = texts + more if texts else 0
    one = Recall(400, texts, wanted, data.draw(st.integers(0, wanted)))
    low, high = one.interval
    assert 0 <= low <= one.share <= high + 1e-12
    assert high <= 1


def test_many_duplicates_of_few_texts_do_not_make_the_interval_small():
    many, few = Recall(400, 10, 1000, 500).interval, Recall(400, 10, 10, 5).interval
    assert many == pytest.approx(few)
    assert Recall(400, 0, 0, 0).interval == (0, 1)
