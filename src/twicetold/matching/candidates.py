"""Candidates: every two texts of a scope are compared, exactly, tile by tile; what may matter is kept.

What two texts give depends on no third one. So of a scope that was compared before, only the texts that it did not have
then are compared, with all: the same comes of it, to the last bit.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
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
#: How many of them are kept for later comparisons: as texts go, others take their places.
_SPARE = 2 * NEAREST

_VETOES = np.array([feature.name.endswith("-clash") for feature in FEATURES])


@dataclass(frozen=True, slots=True)
class Compared:
    """What comparing the texts of one scope gave; pairs refer to the texts' places in their block.

    Attributes:
        texts: How many they are.
        pairs: Pairs at or above the lower threshold, in row order.
        below: The most probable pairs below it, most probable first.
        complete_above: All pairs below the threshold that are more probable than this are in ``below``; -1: all are.
        vetoed: Pairs (place, place) that would be at or above the upper threshold if no slot clashed; shape (v, 2).
        likely: The pairs (place, place, bin of the histogram) that are not in its first bin; shape (l, 3).
    """

    texts: int
    pairs: Pairs
    below: Pairs
    complete_above: float
    vetoed: NDArray[np.int32]
    likely: NDArray[np.int32]

    @property
    def nearest(self) -> Pairs:
        """The most probable pairs below the lower threshold, at most :data:`NEAREST`."""
        return self.below.take(np.arange(min(len(self.below), NEAREST)))

    @property
    def has_nearest(self) -> bool:
        """Whether :attr:`nearest` are what they should be."""
        chances = self.below.probability
        return self.complete_above < 0 or (len(chances) >= NEAREST and chances[NEAREST - 1] > self.complete_above)

    @property
    def histogram(self) -> NDArray[np.int64]:
        """Pairs compared, by probability; shape (BINS,)."""
        counts = np.bincount(self.likely[:, 2], minlength=BINS)
        counts[0] = self.texts * (self.texts - 1) // 2 - len(self.likely)
        return counts.astype(np.int64)

    def among(self, places: NDArray[np.int32], texts: int) -> Compared:
        """What holds of the texts that are still there.

        Args:
            places: Where each text is now; -1 for those that are gone.
            texts: How many there are now; of pairs with new ones nothing is known.
        """
        likely = self.likely.copy()
        likely[:, :2] = np.sort(places[likely[:, :2]], axis=1)
        vetoed = np.sort(places[self.vetoed], axis=1)
        return Compared(
            texts,
            _moved(self.pairs, places),
            _moved(self.below, places),
            self.complete_above,
            vetoed[vetoed[:, 0] >= 0],
            likely[likely[:, 0] >= 0],
        )


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
    tell: Callable[[float], None] = lambda _share: None,
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
    n, none = len(block), Pairs.empty(coefficients.names)
    is_new, found = (
        np.ones(n, bool),
        Compared(n, none, none, -1, np.empty((0, 2), np.int32), np.empty((0, 3), np.int32)),
    )
    if known is not None:
        is_new = known.places < 0
        now = np.full(known.compared.texts, -1, np.int32)
        now[known.places[~is_new]] = np.flatnonzero(~is_new)
        found = known.compared.among(now, n)
    fresh = int(is_new.sum())
    total, done, whole = max(1, fresh * (fresh - 1) // 2 + fresh * (n - fresh)), 0, _Whole(found)
    for one, other in _tiles(block, is_new):
        done += whole.take(_compare_tile(one, other, is_new, coefficients, thresholds, whole.floor))
        tell(done / total)
    compared = whole.compared()
    if known is None or compared.has_nearest:
        return compared
    return compare_all(block, coefficients, thresholds, tell)


def most_probable(parts: list[Pairs], limit: int = NEAREST) -> Pairs:
    """The most probable pairs, most probable first; equal ones by their rows."""
    pairs = Pairs.concatenate(parts)
    return pairs.take(np.lexsort((pairs.b, pairs.a, -pairs.probability))[:limit])


def in_row_order(pairs: Pairs) -> Pairs:
    """The pairs sorted by their rows."""
    return pairs.take(np.lexsort((pairs.b, pairs.a)))


class _Whole:
    """What tiles add up to.

    Args:
        known: What there is before any tile.
    """

    def __init__(self, known: Compared) -> None:
        self._known, self._below, self._complete_above = known, known.below, known.complete_above
        self._pairs, self._vetoed, self._likely = [known.pairs], [known.vetoed], [known.likely]

    @property
    def floor(self) -> float:
        """Pairs that are less probable than this cannot be among the most probable ones any more."""
        return float(self._below.probability[-1]) if len(self._below) >= _SPARE else 0.0

    def take(self, tile: Compared) -> int:
        """Adds what comparing a tile gave; returns how many pairs it has."""
        both = most_probable([self._below, tile.below], len(self._below) + len(tile.below))
        cut = float(both.probability[_SPARE - 1]) if len(both) > _SPARE else -1.0
        self._below = both.take(np.arange(min(len(both), _SPARE)))
        self._complete_above = max(self._complete_above, tile.complete_above, cut)
        self._pairs.append(tile.pairs)
        self._vetoed.append(tile.vetoed)
        self._likely.append(tile.likely)
        return tile.texts

    def compared(self) -> Compared:
        vetoed = np.concatenate(self._vetoed)
        return Compared(
            self._known.texts,
            in_row_order(Pairs.concatenate(self._pairs)),
            self._below,
            self._complete_above,
            vetoed[np.lexsort((vetoed[:, 1], vetoed[:, 0]))],
            np.concatenate(self._likely),
        )


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
    columns = evidence(one.texts, other.texts)
    chances = probability(coefficients.log_odds(columns))
    # Two new texts meet twice.
    wanted = (one.places[:, None] < other.places) | ~is_new[other.places]
    unvetoed = probability(coefficients.log_odds(np.where(_VETOES[:, None, None], np.float32(0), columns)))
    low = wanted & (chances < thresholds.possible)
    bins = np.where(wanted, _bins(chances), 0)

    def places(mask: NDArray[np.bool_]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        row, column = np.nonzero(mask)
        a, b = one.places[row].astype(np.int32), other.places[column].astype(np.int32)
        return np.minimum(a, b), np.maximum(a, b)

    def chosen(mask: NDArray[np.bool_]) -> Pairs:
        terms = coefficients.terms(columns[:, mask]).T
        return Pairs(*places(mask), chances[mask], terms, coefficients.names)

    clash = wanted & (chances < thresholds.duplicate) & (unvetoed >= thresholds.duplicate)
    bound = max(floor, _nearest_bound(chances[low]))
    below = low & (chances >= bound)
    return Compared(
        int(wanted.sum()),
        chosen(wanted & ~low),
        chosen(below),
        bound if below.sum() < low.sum() else -1.0,
        np.stack(places(clash), axis=1),
        np.stack([*places(bins > 0), bins[bins > 0]], axis=1).astype(np.int32),
    )


def _bins(chances: NDArray[np.float64]) -> NDArray[np.intp]:
    return np.minimum((chances * BINS).astype(np.intp), BINS - 1)


def _nearest_bound(chances: NDArray[np.float64]) -> float:
    """The probability of the last pair that can be among the nearest."""
    return float(np.partition(chances, -_SPARE)[-_SPARE]) if len(chances) > _SPARE else 0.0


def _moved(pairs: Pairs, places: NDArray[np.int32]) -> Pairs:
    """Pairs whose texts are in other places; without those of texts that are gone, whose place is -1."""
    a, b = places[pairs.a], places[pairs.b]
    moved = replace(pairs, a=np.minimum(a, b), b=np.maximum(a, b))
    return moved.take(moved.a >= 0)
