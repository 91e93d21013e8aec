"""Candidates: every two texts of a scope are compared, exactly, tile by tile; what may matter is kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from twicetold.model.evidence import FEATURES, evidence
from twicetold.model.probability import probability
from twicetold.pairs import Pairs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from twicetold.model.blocks import Block
    from twicetold.model.probability import Coefficients
    from twicetold.pairs import Thresholds

#: Texts on each side of a tile; bounds the memory that a comparison takes, whatever the size of a scope.
TILE = 128
#: Bins of the histogram of probabilities.
BINS = 50
#: How many of the nearest pairs that were judged different are kept to be shown.
NEAREST = 200

_VETOES = np.array([feature.name.endswith("-clash") for feature in FEATURES])


@dataclass(frozen=True, slots=True)
class Compared:
    """What comparing the texts of one scope gave; pairs refer to the texts' places in their block.

    Attributes:
        pairs: Pairs at or above the lower threshold.
        nearest: The most probable pairs below it.
        vetoed: Pairs (place, place) that would be at or above the upper threshold if no slot clashed; shape (v, 2).
        histogram: Pairs compared, by probability; shape (BINS,).
    """

    pairs: Pairs
    nearest: Pairs
    vetoed: NDArray[np.int32]
    histogram: NDArray[np.int64]


def compare_all(
    block: Block,
    coefficients: Coefficients,
    thresholds: Thresholds,
    tell: Callable[[float], None] = lambda _share: None,
) -> Compared:
    """Compares every two texts of a block.

    Args:
        block: The texts.
        coefficients: What each piece of evidence counts.
        thresholds: What to keep.
        tell: Called after each tile with the share of the pairs that is done.
    """
    total = max(1, len(block) * (len(block) - 1) // 2)
    pairs, nearest = [Pairs.empty(coefficients.names)], Pairs.empty(coefficients.names)
    vetoed, histogram = [np.empty((0, 2), np.int32)], np.zeros(BINS, np.int64)
    for compared in _tiles(block, coefficients, thresholds):
        pairs.append(compared.pairs)
        nearest = most_probable([nearest, compared.nearest])
        vetoed.append(compared.vetoed)
        histogram += compared.histogram
        tell(int(histogram.sum()) / total)
    return Compared(in_row_order(Pairs.concatenate(pairs)), nearest, np.concatenate(vetoed), histogram)


def most_probable(parts: list[Pairs], limit: int = NEAREST) -> Pairs:
    """The most probable pairs, most probable first; equal ones by their rows."""
    pairs = Pairs.concatenate(parts)
    return pairs.take(np.lexsort((pairs.b, pairs.a, -pairs.probability))[:limit])


def in_row_order(pairs: Pairs) -> Pairs:
    """The pairs sorted by their rows."""
    return pairs.take(np.lexsort((pairs.b, pairs.a)))


def _tiles(block: Block, coefficients: Coefficients, thresholds: Thresholds) -> Iterator[Compared]:
    parts = [(first, block.part(first, min(first + TILE, len(block)))) for first in range(0, len(block), TILE)]
    for number, (first, one) in enumerate(parts):
        for second, other in parts[number:]:
            yield _compare_tile(one, other, (first, second), coefficients, thresholds)


def _compare_tile(
    one: Block, other: Block, offset: tuple[int, int], coefficients: Coefficients, thresholds: Thresholds
) -> Compared:
    columns = evidence(one, other)
    log_odds = coefficients.log_odds(columns)
    chances = probability(log_odds)
    wanted = np.ones(chances.shape, bool) if offset[0] != offset[1] else np.triu(np.ones(chances.shape, bool), 1)
    weights = coefficients.vector
    unvetoed = probability(log_odds - np.tensordot(weights[_VETOES], columns[_VETOES], axes=1))
    low = wanted & (chances < thresholds.possible)
    histogram = np.bincount(_bins(chances[wanted]), minlength=BINS)

    def chosen(mask: NDArray[np.bool_]) -> Pairs:
        a, b = np.nonzero(mask)
        terms = coefficients.terms(columns[:, a, b]).T
        places = (a + offset[0]).astype(np.int32), (b + offset[1]).astype(np.int32)
        return Pairs(*places, chances[a, b], terms, coefficients.names)

    clash = wanted & (chances < thresholds.duplicate) & (unvetoed >= thresholds.duplicate)
    vetoed = np.argwhere(clash) + np.array(offset)
    nearest = chosen(low & (chances >= _nearest_bound(chances[low])))
    return Compared(
        chosen(wanted & ~low), most_probable([nearest]), vetoed.astype(np.int32), histogram.astype(np.int64)
    )


def _bins(chances: NDArray[np.float64]) -> NDArray[np.intp]:
    return np.minimum((chances * BINS).astype(np.intp), BINS - 1)


def _nearest_bound(chances: NDArray[np.float64]) -> float:
    """The probability of the last pair that can be among the nearest."""
    return float(np.partition(chances, -NEAREST)[-NEAREST]) if len(chances) > NEAREST else 0.0
