"""Candidates: every two texts of a scope are compared, exactly, tile by tile; what may matter is kept.

What two texts give depends on no third one. So of a scope that was compared before, only the texts that it did not have
then are compared, with all: the same comes of it, to the last bit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from twicetold.matching.compared import Compared, Whole, judged
from twicetold.model.evidence import evidence
from twicetold.model.probability import probability

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from twicetold.matching.telling import Tell
    from twicetold.model.blocks import Block
    from twicetold.model.probability import Coefficients
    from twicetold.pairs import Thresholds

#: Texts on each side of a tile; bounds the memory that a comparison takes, whatever the size of a scope.
TILE = 128


@dataclass(frozen=True, slots=True)
class Known:
    """What an earlier comparison of a scope gave.

    Attributes:
        compared: With the places that texts had then.
        places: The place that each text had then, -1 for texts that are new; shape (n,).
    """

    compared: Compared
    places: NDArray[np.int32]


def compare_all(
    block: Block,
    coefficients: Coefficients,
    thresholds: Thresholds,
    tell: Tell = lambda _share: None,
    known: Known | None = None,
) -> Compared:
    """Compares every two texts of a block.

    Args:
        block: The texts.
        coefficients: What each piece of evidence counts.
        thresholds: What to keep.
        tell: Called after each tile with the share of the pairs that is done.
        known: What comparing with the same coefficients and thresholds gave before.

    Returns:
        The same with what is known and without.
    """
    n = len(block)
    is_new, found = np.ones(n, bool), Compared.nothing(n, coefficients.names)
    if known is not None:
        is_new = known.places < 0
        now = np.full(known.compared.texts, -1, np.int32)
        now[known.places[~is_new]] = np.flatnonzero(~is_new)
        found = known.compared.among(now, n)
    fresh = int(is_new.sum())
    total, done, whole = max(1, fresh * (fresh - 1) // 2 + fresh * (n - fresh)), 0, Whole(found)
    for one, other in _tiles(block, is_new):
        done += whole.take(_compare_tile(one, other, is_new, coefficients, thresholds, whole.floor))
        tell(done / total)
    compared = whole.compared()
    if known is None or compared.has_nearest:
        return compared
    return compare_all(block, coefficients, thresholds, tell)


@dataclass(frozen=True, slots=True)
class _Part:
    """Some texts of a block and their places in it."""

    places: NDArray[np.intp]
    texts: Block


def _tiles(block: Block, is_new: NDArray[np.bool_]) -> Iterator[tuple[_Part, _Part]]:
    """Parts of the block so that each new text meets every text."""
    every = [np.arange(first, min(first + TILE, len(block))) for first in range(0, len(block), TILE)]
    parts = [_Part(places, block.part(int(places[0]), int(places[-1]) + 1)) for places in every]
    if is_new.all():
        for number, one in enumerate(parts):
            for other in parts[number:]:
                yield one, other
        return
    new = np.flatnonzero(is_new)
    for first in range(0, len(new), TILE):
        places = new[first : first + TILE]
        one = _Part(places, block.take(places))
        for other in parts:
            yield one, other


def _compare_tile(
    one: _Part,
    other: _Part,
    is_new: NDArray[np.bool_],
    coefficients: Coefficients,
    thresholds: Thresholds,
    floor: float,
) -> Compared:
    """What comparing two parts gives; ``texts`` of it are the pairs compared."""
    a, b = np.broadcast_arrays(one.places[:, None], other.places)
    # Two new texts meet twice.
    wanted = (a < b) | ~is_new[b]
    columns = evidence(one.texts, other.texts, coefficients)
    chances = probability(coefficients.log_odds(columns))
    return judged(columns, chances, a, b, wanted, coefficients, thresholds, floor)
