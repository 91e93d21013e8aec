"""Compared: what comparing texts gave, and what of it may matter."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from twicetold.model.evidence import FEATURES
from twicetold.model.probability import probability
from twicetold.pairs import Pairs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from twicetold.model.probability import Coefficients
    from twicetold.pairs import Thresholds

#: Bins of the histogram of probabilities.
BINS = 50
#: How many of the nearest pairs that were judged different are kept to be shown.
NEAREST = 200
#: How many of them are kept for later comparisons: as texts go, others take their places.
_SPARE = 2 * NEAREST

_CLASHES = np.array([feature.name.endswith("-clash") for feature in FEATURES])


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
        unseen: How many pairs were not compared, since nothing suggested that they say the same.
        counted: How many further pairs are in each bin, whose places are not kept; shape (BINS,).
        every: All pairs at or above the lower threshold, in row order and without evidence, where ``pairs`` are only
            those of them that are worth listing; None where they are all.
    """

    texts: int
    pairs: Pairs
    below: Pairs
    complete_above: float
    vetoed: NDArray[np.int32]
    likely: NDArray[np.int32]
    unseen: int = 0
    counted: NDArray[np.int64] = field(default_factory=lambda: np.zeros(BINS, np.int64))
    every: Pairs | None = None

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
        counts = self.counted + np.bincount(self.likely[:, 2], minlength=BINS)
        counts[0] = self.texts * (self.texts - 1) // 2 - self.unseen - counts[1:].sum()
        return counts

    def only_counted(self) -> Compared:
        """Likely pairs only counted, and no pairs but the nearest: of millions both are gigabytes."""
        counted = self.counted + np.bincount(self.likely[:, 2], minlength=BINS)
        # Nothing of what they lie in is kept, as a view of no rows would.
        none = np.empty((0, 3), np.int32)
        return replace(self, pairs=Pairs.empty(self.pairs.names), likely=none, counted=counted)

    @classmethod
    def nothing(cls, texts: int, names: Sequence[str]) -> Compared:
        """Of no pair of so many texts anything is known."""
        none = Pairs.empty(names)
        return cls(texts, none, none, -1, np.empty((0, 2), np.int32), np.empty((0, 3), np.int32))

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


def most_probable(parts: list[Pairs], limit: int = NEAREST) -> Pairs:
    """The most probable pairs, most probable first; equal ones by their rows."""
    pairs = Pairs.concatenate(parts)
    return pairs.take(np.lexsort((pairs.b, pairs.a, -pairs.probability))[:limit])


def in_row_order(pairs: Pairs) -> Pairs:
    """The pairs sorted by their rows."""
    return pairs.take(np.lexsort((pairs.b, pairs.a)))


class Whole:
    """What the comparisons of some pairs each add up to.

    Args:
        known: What there is before any of them.
    """

    def __init__(self, known: Compared) -> None:
        self._known, self._below, self._complete_above = known, known.below, known.complete_above
        self._pairs, self._vetoed, self._likely = [known.pairs], [known.vetoed], [known.likely]
        self._counted = known.counted

    @property
    def floor(self) -> float:
        """Pairs that are less probable than this cannot be among the most probable ones any more."""
        return float(self._below.probability[-1]) if len(self._below) >= _SPARE else 0.0

    def take(self, found: Compared) -> int:
        """Adds what :func:`judged` gave; returns how many pairs it has."""
        both = most_probable([self._below, found.below], len(self._below) + len(found.below))
        cut = float(both.probability[_SPARE - 1]) if len(both) > _SPARE else -1.0
        self._below = both.take(np.arange(min(len(both), _SPARE)))
        self._complete_above = max(self._complete_above, found.complete_above, cut)
        self._pairs.append(found.pairs)
        self._vetoed.append(found.vetoed)
        self._likely.append(found.likely)
        self._counted = self._counted + found.counted
        return found.texts

    def compared(self, unseen: int = 0) -> Compared:
        """All together; so many pairs were not compared."""
        vetoed = np.concatenate(self._vetoed)
        return Compared(
            self._known.texts,
            in_row_order(Pairs.concatenate(self._pairs)),
            self._below,
            self._complete_above,
            vetoed[np.lexsort((vetoed[:, 1], vetoed[:, 0]))],
            np.concatenate(self._likely),
            unseen,
            self._counted,
        )


def worth_listing(pairs: Pairs, threshold: float, count: int, texts: int) -> NDArray[np.bool_]:
    """Which pairs are among so many most probable ones of either text, duplicates and others each.

    Args:
        pairs: The pairs.
        threshold: Probability of duplicates. All of these are listed if they are not more than ``count`` a text.
        count: How many of each kind are listed for each text.
        texts: How many there are.
    """
    likely = pairs.probability >= threshold
    rank = np.empty(len(pairs), np.int32)
    rank[np.argsort(-pairs.probability, kind="stable")] = np.arange(len(pairs), dtype=np.int32)
    listed = _among_the_first(pairs, ~likely, rank, count, texts)
    return listed | (likely if likely.sum() <= count * texts else _among_the_first(pairs, likely, rank, count, texts))


def _among_the_first(
    pairs: Pairs, some: NDArray[np.bool_], rank: NDArray[np.int32], count: int, texts: int
) -> NDArray[np.bool_]:
    """Which pairs are, of some of them, among so many first ones of either text.

    As many rounds: each text takes the first of its pairs that it has not taken. Sorting the pairs of each text would
    take both of a pair's texts at once, gigabytes for tens of millions of pairs.
    """
    chosen = np.zeros(len(pairs), bool)
    left = [(text, some.copy()) for text in (pairs.a, pairs.b)]
    for _ in range(count):
        first = np.full(texts, len(pairs), np.int32)
        for text, is_left in left:
            np.minimum.at(first, text[is_left], rank[is_left])
        for text, is_left in left:
            taken = first[text] == rank
            is_left[taken] = False
            chosen |= taken
    return chosen


def judged(
    columns: NDArray[np.float32],
    chances: NDArray[np.float64],
    a: NDArray[np.integer],
    b: NDArray[np.integer],
    wanted: NDArray[np.bool_],
    coefficients: Coefficients,
    thresholds: Thresholds,
    floor: float,
) -> Compared:
    """What the evidence of some pairs comes to.

    Args:
        columns: The evidence; shape (k, ...).
        chances: The probability that it comes to; shape (...).
        a: The place of one text of each pair; shape (...).
        b: The place of the other text of each pair.
        wanted: Which pairs count.
        coefficients: What each piece of evidence counts.
        thresholds: What to keep.
        floor: Less probable pairs need not be among the nearest.

    Returns:
        Its ``texts`` are the pairs that count.
    """
    low_by_clash = wanted & (chances < thresholds.duplicate) & columns[_CLASHES].any(axis=0)
    without = np.where(_CLASHES[:, None], np.float32(0), columns[:, low_by_clash])
    vetoed = np.zeros(chances.shape, bool)
    vetoed[low_by_clash] = probability(coefficients.log_odds(without)) >= thresholds.duplicate
    low = wanted & (chances < thresholds.possible)
    bins = np.where(wanted, _bins(chances), 0)

    def places(mask: NDArray[np.bool_]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        one, other = a[mask].astype(np.int32), b[mask].astype(np.int32)
        return np.minimum(one, other), np.maximum(one, other)

    def chosen(mask: NDArray[np.bool_]) -> Pairs:
        terms = coefficients.terms(columns[:, mask]).T
        return Pairs(*places(mask), chances[mask], terms, coefficients.names)

    bound = max(floor, _nearest_bound(chances[low]))
    below = low & (chances >= bound)
    return Compared(
        int(wanted.sum()),
        chosen(wanted & ~low),
        chosen(below),
        bound if below.sum() < low.sum() else -1.0,
        np.stack(places(vetoed), axis=1),
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
