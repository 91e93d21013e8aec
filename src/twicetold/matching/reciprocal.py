"""Reciprocal neighbors: clusters that are each other's nearest are joined all at once.

No average grows by joining: what lies between a third cluster and two joined ones is between what lay there before.
So clusters that are each other's nearest will be joined whatever else is joined first, and what only averages below the
threshold connect never meets (Bruynooghe 1978, "Classification ascendante hiérarchique des grands ensembles de
données"; Murtagh 1983, "A survey of recent advances in hierarchical clustering algorithms"). Pairs that must not meet
change nothing of that, since whatever takes in one of the two must not meet the other either.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from twicetold.matching.components import components

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

#: Averages closer than this count as equal, so that the order of additions cannot decide.
RESOLUTION = 9
#: A round that joins less than this share of the clusters is the last: each takes time for all that lies between.
_LEAST = 0.01
#: Pairs that are sorted or looked up at once; of tens of millions that takes gigabytes.
_AT_A_TIME = 1 << 21


@dataclass(frozen=True, slots=True)
class Between:
    """What lies between clusters, each of which is named by its smallest item.

    Attributes:
        one: One cluster; int32, shape (p,).
        other: Another one; shape (p,).
        total: The sum of the probabilities of pairs with one item in each; float64, shape (p,).
        apart: Whether the two must not meet; shape (p,).
    """

    one: NDArray[np.int32]
    other: NDArray[np.int32]
    total: NDArray[np.float64]
    apart: NDArray[np.bool_]

    def take(self, rows: NDArray[np.bool_] | slice) -> Between:
        return Between(self.one[rows], self.other[rows], self.total[rows], self.apart[rows])

    def of(self, cluster: NDArray[np.int32]) -> Between:
        """What lies between the clusters that these are part of, each two once, in the order of their names.

        What these lie between is renamed in place, and they are of no use any more: of tens of millions every copy is
        felt.
        """
        for some in _slices(len(self.one)):
            one, other = cluster[self.one[some]], cluster[self.other[some]]
            np.minimum(one, other, out=self.one[some])
            np.maximum(one, other, out=self.other[some])
        # Made once and filled part by part; what stays empty costs nothing.
        found = Between(*map(np.empty_like, (self.one, self.other, self.total, self.apart)))
        filled, step = 0, max(1, len(cluster) * _AT_A_TIME // max(1, len(self.one)))
        for first in range(0, len(cluster), step):
            rows = np.flatnonzero((self.one >= first) & (self.one < first + step) & (self.one != self.other))
            rows = rows[np.lexsort((self.other[rows], self.one[rows]))]
            one, other = self.one[rows], self.other[rows]
            begins = np.flatnonzero(np.diff(one, prepend=-1) | np.diff(other, prepend=-1))
            if len(begins):
                part = slice(filled, filled + len(begins))
                found.one[part], found.other[part] = one[begins], other[begins]
                np.add.reduceat(self.total[rows], begins, out=found.total[part])
                np.logical_or.reduceat(self.apart[rows], begins, out=found.apart[part])
                filled += len(begins)
        return found.take(slice(filled))

    def averages(self, size: NDArray[np.float64]) -> NDArray[np.float64]:
        """The average probability between clusters that have so many items, by their names; shape (p,)."""
        found = np.empty(len(self.one))
        for some in _slices(len(self.one)):
            np.round(self.total[some] / (size[self.one[some]] * size[self.other[some]]), RESOLUTION, out=found[some])
        return found

    def within(self, part: NDArray[np.int32]) -> NDArray[np.bool_]:
        """Which lie between clusters of one part; shape (p,)."""
        found = np.empty(len(self.one), bool)
        for some in _slices(len(self.one)):
            np.equal(part[self.one[some]], part[self.other[some]], out=found[some])
        return found


def _slices(count: int) -> Iterator[slice]:
    """So many rows, some at a time: numpy makes eight bytes of each place that it looks up."""
    return (slice(first, first + _AT_A_TIME) for first in range(0, count, _AT_A_TIME))


def join_nearest(
    size: NDArray[np.int64], between: Between, threshold: float, most: int
) -> tuple[NDArray[np.int32], Between]:
    """Joins clusters as average linkage would, until those that may still meet are few.

    Args:
        size: How many items each cluster has, by its name; shape (n,).
        between: What lies between them, as :meth:`Between.of` gives it.
        threshold: Two clusters are joined while their average probability is at least this.
        most: How many clusters may hang together by such averages at the end.

    Returns:
        The cluster of each item that named one, shape (n,), and what lies between those that may still meet.
    """
    n, items = len(size), size.astype(np.float64)
    every = np.arange(n, dtype=np.int32)
    cluster = every
    while True:
        average = between.averages(items)
        may = (average >= threshold) & ~between.apart
        average, joinable = average[may], between.take(may)
        part = components(n, joinable.one, joinable.other)
        between = between.take(between.within(part))
        sizes = np.bincount(part)
        if sizes.max(initial=0) <= most:
            return cluster, between
        kept, gone = _nearest(n, joinable.one, joinable.other, average)
        items[kept] += items[gone]
        step = every.copy()
        step[gone] = kept
        cluster, between = step[cluster], between.of(step)
        if len(kept) < _LEAST * sizes[sizes > 1].sum():
            return cluster, between


def _nearest(
    n: int, one: NDArray[np.int32], other: NDArray[np.int32], average: NDArray[np.float64]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """The pairs that are the nearest of both; of equal ones the first, in whose order they are given."""
    rank = np.empty(len(one), np.int64)
    rank[np.argsort(-average, kind="stable")] = np.arange(len(one))
    best = np.full(n, len(one))
    np.minimum.at(best, one, rank)
    np.minimum.at(best, other, rank)
    chosen = (best[one] == rank) & (best[other] == rank)
    return one[chosen], other[chosen]
