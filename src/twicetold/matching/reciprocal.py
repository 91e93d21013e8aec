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
    from collections.abc import Iterator, Sequence

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

    def __len__(self) -> int:
        return len(self.one)

    def take(self, rows: NDArray[np.bool_] | NDArray[np.intp] | slice) -> Between:
        return Between(self.one[rows], self.other[rows], self.total[rows], self.apart[rows])

    @classmethod
    def of(cls, parts: Sequence[Between], cluster: NDArray[np.int32]) -> Between:
        """What lies between the clusters that those of some parts belong to.

        Each two clusters stand there once, in the order of their names: of equal averages the first is joined.

        Args:
            parts: What lies between smaller clusters. Nothing of it is copied as a whole: of tens of millions every
                copy is felt.
            cluster: What each of these belongs to; -1: none, and what lies beside it is left out; shape (n,).
        """
        lower = [part.lower(cluster) for part in parts]
        count = sum(map(len, parts))
        # Made once and filled some at a time; what stays empty costs nothing.
        found = cls(np.empty(count, np.int32), np.empty(count, np.int32), np.empty(count), np.empty(count, bool))
        filled, step = 0, max(1, len(cluster) * _AT_A_TIME // max(1, count))
        for first in range(0, len(cluster), step):
            rows = [np.flatnonzero((of_part >= first) & (of_part < first + step)) for of_part in lower]
            some = cls.joined([part.renamed(cluster, at) for part, at in zip(parts, rows, strict=True)])
            some = some.take(np.lexsort((some.other, some.one)))
            begins = np.flatnonzero(np.diff(some.one, prepend=-1) | np.diff(some.other, prepend=-1))
            if len(begins):
                now = slice(filled, filled + len(begins))
                found.one[now], found.other[now] = some.one[begins], some.other[begins]
                np.add.reduceat(some.total, begins, out=found.total[now])
                np.logical_or.reduceat(some.apart, begins, out=found.apart[now])
                filled += len(begins)
        return found.take(slice(filled))

    @classmethod
    def joined(cls, parts: Sequence[Between]) -> Between:
        """All of some parts, one after the other."""
        return cls(
            np.concatenate([part.one for part in parts]),
            np.concatenate([part.other for part in parts]),
            np.concatenate([part.total for part in parts]),
            np.concatenate([part.apart for part in parts]),
        )

    def lower(self, cluster: NDArray[np.int32]) -> NDArray[np.int32]:
        """The lower one of the names of the clusters on both sides; shape (p,)."""
        found = np.empty(len(self), np.int32)
        for some in _slices(len(self)):
            np.minimum(cluster[self.one[some]], cluster[self.other[some]], out=found[some])
        return found

    def renamed(self, cluster: NDArray[np.int32], rows: NDArray[np.intp]) -> Between:
        """Some of it by the clusters on both sides, the lower name first, without what lies within one."""
        one, other = cluster[self.one[rows]], cluster[self.other[rows]]
        outside = one != other
        lower, higher = np.minimum(one, other)[outside], np.maximum(one, other)[outside]
        return Between(lower, higher, self.total[rows[outside]], self.apart[rows[outside]])

    def averages(self, size: NDArray[np.float64]) -> NDArray[np.float64]:
        """The average probability between clusters that have so many items, by their names; shape (p,)."""
        found = np.empty(len(self))
        for some in _slices(len(self)):
            np.round(self.total[some] / (size[self.one[some]] * size[self.other[some]]), RESOLUTION, out=found[some])
        return found

    def within(self, part: NDArray[np.int32]) -> NDArray[np.bool_]:
        """Which lie between clusters of one part; shape (p,)."""
        found = np.empty(len(self), bool)
        for some in _slices(len(self)):
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
        cluster, between = step[cluster], Between.of([between], step)
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
