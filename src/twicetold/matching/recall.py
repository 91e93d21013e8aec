"""Recall: which share of the duplicates is among the pairs that were compared, measured on some texts exactly."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from twicetold.matching.neighbors import are_among, as_numbers
from twicetold.matching.spread import evidence_by_parts, spread
from twicetold.matching.telling import stretch
from twicetold.model.evidence import FAMILIES, FEATURES, slot_relations
from twicetold.model.grid import Grid
from twicetold.model.probability import DECIMALS, probability

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from twicetold.matching.telling import Tell
    from twicetold.model.blocks import Block
    from twicetold.model.probability import Coefficients
    from twicetold.pairs import Thresholds

#: Texts that are compared with all, at most.
_TEXTS = 400
#: Pairs of texts of the sample that meaning and slots let be duplicates; where they are more, the sample is halved.
_LIKELY = 1_000_000
#: Texts that are looked at together with those of the sample.
_AT_A_TIME = 1024
_SLOTS = tuple(f"{family}-{relation}" for family in FAMILIES for relation in ("clash", "one-sided", "agrees"))
#: Standard deviations of a 95% interval.
_Z = 1.959964


@dataclass(frozen=True, slots=True)
class Recall:
    """Duplicates of some texts, and how many of them were compared.

    Attributes:
        sampled: Texts that were compared with all others.
        texts: Those of them that have a duplicate.
        wanted: Their duplicates.
        found: Those of the duplicates that were among the compared pairs.
    """

    sampled: int
    texts: int
    wanted: int
    found: int

    @property
    def share(self) -> float:
        """Duplicates found of those there are; 1 where there is none."""
        return self.found / self.wanted if self.wanted else 1.0

    @property
    def interval(self) -> tuple[float, float]:
        """The 95% interval of the share, by :func:`wilson`.

        One trial is counted for each text that has a duplicate: those of one text may be found or missed together.
        """
        return wilson(self.share, self.texts)


def wilson(share: float, trials: int) -> tuple[float, float]:
    """The 95% interval of a share that was seen in so many trials (Wilson 1927, "Probable inference").

    >>> [round(bound, 3) for bound in wilson(1.0, 10)]
    [0.722, 1.0]
    """
    if not trials:
        return 0.0, 1.0
    middle, spread = share + _Z**2 / (2 * trials), _Z * math.sqrt((share * (1 - share) + _Z**2 / (4 * trials)) / trials)
    low, high = ((middle + sign * spread) / (1 + _Z**2 / trials) for sign in (-1, 1))
    return min(max(0.0, low), share), max(min(1.0, high), share)  # rounding shall not part them


def measure(
    block: Block,
    coefficients: Coefficients,
    thresholds: Thresholds,
    compared: Sequence[NDArray[np.int64]],
    tell: Tell = lambda _share: None,
    *,
    threads: int = 1,
) -> Recall:
    """Compares some texts with all others and counts which of their duplicates are among the compared pairs.

    No duplicate is missed here: pairs are left out only where meaning and slots alone rule it out, whatever the rest
    of the evidence is.

    Args:
        block: The texts.
        coefficients: What each piece of evidence counts.
        thresholds: From when on a pair is a duplicate.
        compared: The pairs, the lower text first, as :func:`~twicetold.matching.neighbors.as_numbers` has them, in
            arrays that ascend.
        tell: Called now and then with the share that is done.
        threads: How many pieces of work are done at a time.
    """
    n = len(block)
    count = min(n, _TEXTS)
    sample = np.sort(np.random.default_rng(0).choice(n, count, replace=False)) if n else np.empty(0, np.intp)
    likely = np.empty((0, 2), np.int64)

    def reached(others: NDArray[np.intp]) -> tuple[NDArray[np.int64], int]:
        some = sample
        row, column = np.nonzero(_reach(block.take(some), block.take(others), coefficients) >= _odds(thresholds))
        return np.stack([some[row], others[column]], axis=1), int(others[-1]) + 1

    parts = (np.arange(first, min(first + _AT_A_TIME, n)) for first in range(0, n, _AT_A_TIME))
    for more, done in spread(reached, parts, threads):
        likely = np.concatenate([likely, more[np.isin(more[:, 0], sample)]])
        while len(likely) > _LIKELY and len(sample) > 1:
            sample = sample[::2]
            likely = likely[np.isin(likely[:, 0], sample)]
        tell(done / n / 2)
    likely = likely[likely[:, 0] != likely[:, 1]]
    found = _duplicates(block, likely, coefficients, thresholds, stretch(tell, 0.5, 1), threads)
    known = are_among(as_numbers(np.sort(found, axis=1), n), compared)
    return Recall(len(sample), len(np.unique(found[:, 0])), len(found), int(known.sum()))


def _odds(thresholds: Thresholds) -> float:
    """The log-odds from which on a pair can be a duplicate; a little less, since sums of 32-bit floats are rounded."""
    least = thresholds.duplicate - 0.5 * 10**-DECIMALS  # what is rounded to the threshold
    return float(np.log(least / (1 - least))) - 1e-3 if least > 0 else -np.inf


def _reach(one: Block, other: Block, coefficients: Coefficients) -> NDArray[np.float32]:
    """The most that the log-odds of each pair can be."""
    grid, weights = Grid(one, other), coefficients.weights
    relations = [column for family in FAMILIES for column in slot_relations(grid, family)]
    reach = np.float32(weights["meaning"]) * np.clip(grid.cosines(), 0, 1)
    for name, column in zip(_SLOTS, relations, strict=True):
        reach += np.float32(weights[name]) * column
    rest = (feature.name for feature in FEATURES if feature.name not in (*_SLOTS, "meaning"))
    most: NDArray[np.float32] = reach + np.float32(
        coefficients.baseline + sum(max(0.0, weights[name]) for name in rest)
    )
    return most


def _duplicates(
    block: Block,
    pairs: NDArray[np.int64],
    coefficients: Coefficients,
    thresholds: Thresholds,
    tell: Tell,
    threads: int,
) -> NDArray[np.int64]:
    """Those of some pairs that are duplicates."""
    order = np.argsort(pairs[:, 0], kind="stable")
    is_same = np.zeros(len(pairs), bool)
    for some, columns in evidence_by_parts(block, pairs, order, coefficients, threads, tell):
        is_same[some] = probability(coefficients.log_odds(columns)) >= thresholds.duplicate
    return pairs[is_same]
