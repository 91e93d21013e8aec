"""Candidates: tile by tile, the same pairs as one computation over everything."""

from __future__ import annotations

import numpy as np
import pytest

from twicetold.matching.candidates import TILE, compare_all
from twicetold.matching.compared import BINS, NEAREST, most_probable
from twicetold.model.evidence import FEATURES, evidence
from twicetold.model.probability import probability
from twicetold.pairs import Pairs, Thresholds
from twicetold.text.reading import read

MOST = 2 * TILE + 3
_DOES = ("Train", "Hire", "Meet", "Visit", "Support", "Thank")
_WHOM = ("teachers", "cooks", "parents", "drivers", "nurses", "mentors", "aides")
_HOW = ("weekly", "in June", "on safety", "about meals", "at Oak Center", "without delay", "by 2026")


@pytest.fixture(scope="module")
def texts(model):
    """More than two tiles of distinct short texts, some of which clash in one slot."""
    told = [f"{does} {whom} {how}" for does in _DOES for whom in _WHOM for how in _HOW][:MOST]
    assert len(told) == MOST
    return model.block([read(text, model.lexicon) for text in told])


def within_a_gap(values, share):
    """A bound near a quantile, as far from all values as can be, so that no rounding decides."""
    quantile = np.quantile(values, share)
    values = np.unique(values)
    around = int(np.searchsorted(values, quantile))
    window = values[max(0, around - 25) : around + 25]
    widest = int(np.diff(window).argmax())
    return float(window[widest : widest + 2].mean())


@pytest.fixture(scope="module")
def brute(model, texts):
    """Probability of every two texts, with and without clashes counted, in one go."""
    columns = evidence(texts, texts)
    clash = np.array([feature.name.endswith("-clash") for feature in FEATURES])
    kept = np.where(clash[:, None, None], np.float32(0), columns)
    return probability(model.coefficients.log_odds(columns)), probability(model.coefficients.log_odds(kept))


@pytest.fixture(scope="module")
def thresholds(brute):
    chances = brute[0][np.triu_indices(MOST, 1)]
    return Thresholds(duplicate=within_a_gap(chances, 0.99), possible=within_a_gap(chances, 0.97))


@pytest.fixture(scope="module")
def found_in(model, texts, thresholds):
    done = {}

    def compare(n):
        if n not in done:
            done[n] = compare_all(texts.part(0, n), model.coefficients, thresholds)
        return done[n]

    return compare


SIZES = pytest.mark.parametrize("n", [1, 2, TILE - 1, TILE, TILE + 1, MOST])


@SIZES
def test_the_pairs_are_those_of_one_computation_over_everything(found_in, brute, thresholds, n):
    pairs = found_in(n).pairs
    expected = np.argwhere(np.triu(brute[0][:n, :n] >= thresholds.possible, 1))
    assert np.stack([pairs.a, pairs.b], axis=1).tolist() == expected.tolist()
    assert pairs.probability == pytest.approx(brute[0][pairs.a, pairs.b], abs=1e-5)
    assert (pairs.a < pairs.b).all()


@SIZES
def test_each_pair_s_terms_add_up_to_its_probability(found_in, model, n):
    for pairs in (found_in(n).pairs, found_in(n).nearest):
        assert pairs.names == model.coefficients.names
        total = pairs.log_odds.astype(np.float64).sum(axis=1)
        assert probability(total) == pytest.approx(pairs.probability, abs=1e-5)


@SIZES
def test_the_histogram_counts_every_pair_once(found_in, brute, n):
    histogram = found_in(n).histogram
    assert histogram.shape == (BINS,)
    assert histogram.sum() == n * (n - 1) // 2
    expected, _ = np.histogram(brute[0][:n, :n][np.triu_indices(n, 1)], BINS, (0, 1))
    assert np.abs(np.cumsum(histogram) - np.cumsum(expected)).max(initial=0) <= 2  # rounding at the bins' edges


@SIZES
def test_the_nearest_are_the_most_probable_of_those_judged_different(found_in, brute, thresholds, n):
    nearest = found_in(n).nearest
    chances = brute[0][:n, :n][np.triu_indices(n, 1)]
    expected = np.sort(chances[chances < thresholds.possible])[::-1][:NEAREST]
    assert nearest.probability == pytest.approx(expected, abs=1e-5)
    assert (np.diff(nearest.probability) <= 0).all()
    assert len(set(zip(nearest.a.tolist(), nearest.b.tolist(), strict=True))) == len(nearest)


@SIZES
def test_vetoed_are_the_pairs_that_only_a_clash_keeps_below_the_threshold(found_in, brute, thresholds, n):
    vetoed = found_in(n).vetoed
    with_clash, without = (chances[:n, :n] for chances in brute)
    close = (np.abs(without - thresholds.duplicate) < 1e-4) | (np.abs(with_clash - thresholds.duplicate) < 1e-4)
    expected = np.triu((with_clash < thresholds.duplicate) & (without >= thresholds.duplicate), 1)
    found = np.zeros((n, n), bool)
    found[vetoed[:, 0], vetoed[:, 1]] = True
    assert len(vetoed) == found.sum()
    assert ((found == expected) | close).all()


def test_there_is_something_of_everything_to_compare(found_in):
    whole = found_in(MOST)
    assert len(whole.pairs) > 300
    assert len(whole.nearest) == NEAREST
    assert len(whole.vetoed) > 0
    assert whole.pairs.b.max() >= 2 * TILE


@pytest.mark.parametrize("bound", [0.0, 1.0])
def test_thresholds_at_the_ends_keep_everything_or_nothing(model, texts, bound):
    found = compare_all(texts.part(0, 20), model.coefficients, Thresholds(bound, bound))
    assert len(found.pairs) == (190 if bound == 0 else 0)
    assert len(found.nearest) == (0 if bound == 0 else 190)


def test_the_most_probable_of_equal_pairs_are_those_of_the_first_rows():
    a, b = np.array([5, 0, 2, 0], np.int32), np.array([6, 9, 3, 1], np.int32)
    pairs = Pairs(a, b, np.array([0.2, 0.2, 0.3, 0.2]), np.zeros((4, 0), np.float32), ())
    for order in ([0, 1, 2, 3], [3, 1, 0, 2]):
        best = most_probable([pairs.take(np.array(order))], 3)
        assert list(best) == [(2, 3, 0.3), (0, 1, 0.2), (0, 9, 0.2)]
    assert len(most_probable([])) == 0
