"""Grouping: constrained average linkage inside connected components.

Average linkage (Sokal and Michener 1958, UPGMA) joins the two clusters whose records are most alike on average, as
long as that average reaches the threshold. A pair that was compared and found unlikely counts as 0, so a chain does
not become one group. What people decided, and pairs whose slots clash, are constraints (Davidson and Ravi 2005).
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from twicetold.matching.components import Sets, components
from twicetold.matching.reciprocal import RESOLUTION, Between, join_nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

#: Of more items that hang together the nearest are joined at once, before they are linked two by two.
_MANY = 10_000


@dataclass(frozen=True, slots=True)
class Grouping:
    """Which cluster each item belongs to, and which decisions could not be obeyed.

    Attributes:
        labels: For each item the smallest item of its cluster; int32, shape (n,).
        contradictions: Must-link pairs that were not joined since cannot-link pairs forbid it.
    """

    labels: NDArray[np.int32]
    contradictions: tuple[tuple[int, int], ...]


def group(
    n: int,
    a: NDArray[np.int32],
    b: NDArray[np.int32],
    probability: NDArray[np.float64],
    *,
    threshold: float,
    must_link: Iterable[tuple[int, int]] = (),
    identical: Iterable[tuple[int, int]] = (),
    cannot_link: Iterable[tuple[int, int]] = (),
    separated: Iterable[tuple[int, int]] = (),
    vetoes: Iterable[tuple[int, int]] | NDArray[np.int32] = (),
) -> Grouping:
    """Groups n items by the probability of their pairs.

    Args:
        n: Number of items.
        a: First item of each pair; shape (p,). Pairs that are not given count as probability 0.
        b: Second item of each pair; shape (p,).
        probability: Of each pair; shape (p,).
        threshold: Two clusters are joined while their average probability is at least this.
        must_link: Pairs of items that are joined whatever their probability.
        identical: Pairs of items that are joined, too, unless cannot-link or separated pairs forbid it.
        cannot_link: Pairs of items that never share a cluster; they win over must-link.
        separated: Pairs of items that share a cluster only if must-link joins them; they win over ``identical``.
        vetoes: Pairs of items that share a cluster only if must-link joins them.

    Returns:
        The same clusters for any order of the pairs.
    """
    clusters = _Clusters(n)
    clusters.keep_apart(cannot_link)
    contradictions = tuple(pair for pair in sorted(must_link) if not clusters.join(*pair))
    clusters.keep_apart(separated)
    for pair in sorted(identical):
        clusters.join(*pair)
    apart = np.array(vetoes if isinstance(vetoes, np.ndarray) else list(vetoes), np.int32).reshape(-1, 2)
    strong, cluster = probability >= threshold, clusters.labels()
    part = _parts(a[strong], b[strong], cluster)
    many = np.bincount(part, minlength=n)[part] > _MANY
    if many.any():
        rest = ~many[a]
        nearby = Between(a, b, probability, np.zeros(len(a), bool))
        between = _join_nearest(clusters, nearby, apart, many, threshold)
        a, b = np.r_[a[rest], between.one], np.r_[b[rest], between.other]
        probability = np.r_[probability[rest], between.total]
        strong, cluster = np.r_[strong[rest], np.ones(len(between.one), bool)], clusters.labels()
        part = _parts(a[strong], b[strong], cluster)
    _link_parts(clusters, part, a, b, probability, apart, threshold)
    return Grouping(clusters.labels(), contradictions)


def _parts(a: NDArray[np.int32], b: NDArray[np.int32], cluster: NDArray[np.int32]) -> NDArray[np.int32]:
    """What hangs together of the items of some clusters and of some pairs."""
    n = len(cluster)
    return components(n, np.r_[a, cluster], np.r_[b, np.arange(n, dtype=np.int32)])


class _Clusters(Sets):
    """Disjoint sets that know which other sets they must never meet."""

    def __init__(self, n: int) -> None:
        super().__init__(n)
        self._apart: dict[int, set[int]] = {}

    def keep_apart(self, pairs: Iterable[Sequence[int]]) -> None:
        """The clusters of the items of each pair are never joined, unless they are one already."""
        for pair in pairs:
            one, other = map(self.root, pair)
            if one != other:
                self._apart.setdefault(one, set()).add(other)
                self._apart.setdefault(other, set()).add(one)

    def apart(self) -> NDArray[np.int32]:
        """The pairs of clusters that must never meet; shape (p, 2)."""
        pairs = [(one, other) for one, others in self._apart.items() for other in others if one < other]
        return np.array(pairs, np.int32).reshape(-1, 2)

    def may_join(self, one: int, other: int) -> bool:
        return other not in self._apart.get(one, ())

    def join(self, one: int, other: int) -> bool:
        """Joins the clusters of two items; False, and nothing done, if they must stay apart."""
        one, other = self.root(one), self.root(other)
        if one == other:
            return True
        if not self.may_join(one, other):
            return False
        kept, gone = self.merge(one, other)
        for far in self._apart.pop(gone, ()):
            beyond = self._apart.setdefault(far, set())
            beyond.discard(gone)
            beyond.add(kept)
            self._apart.setdefault(kept, set()).add(far)
        return True

    def forget_apart(self, items: Iterable[int]) -> None:
        """Which clusters the ones of some items must never meet; nobody may ask to join them any more."""
        for item in items:
            self._apart.pop(self.root(item), None)


def _join_nearest(
    clusters: _Clusters, nearby: Between, apart: NDArray[np.int32], some: NDArray[np.bool_], threshold: float
) -> Between:
    """Joins the nearest of some items; returns what lies between those that may still meet.

    Args:
        clusters: Of all items.
        nearby: What lies between items.
        apart: Pairs of items that must not meet beside those that ``clusters`` knows; shape (p, 2).
        some: Which items; others do not hang together with them; shape (n,).
        threshold: Average probability at which clusters are joined.
    """
    cluster, apart = clusters.labels(), np.concatenate([apart, clusters.apart()])
    forbidden = Between(apart[:, 0], apart[:, 1], np.zeros(len(apart)), np.ones(len(apart), bool))
    joined, between = join_nearest(
        np.bincount(cluster, minlength=len(cluster)),
        Between.of([nearby, forbidden], np.where(some, cluster, np.int32(-1))),
        threshold,
        _MANY,
    )
    for item in np.flatnonzero(joined != np.arange(len(joined))).tolist():
        clusters.join(int(joined[item]), item)
    return between.take(~between.apart | (between.total > 0))


def _link_parts(
    clusters: _Clusters,
    part: NDArray[np.int32],
    a: NDArray[np.int32],
    b: NDArray[np.int32],
    probability: NDArray[np.float64],
    apart: NDArray[np.int32],
    threshold: float,
) -> None:
    """Links part by part: what is known of one is not held any more when the next is linked, or it would be gigabytes.

    Sums are added up in one fixed order.
    """
    apart = apart[part[apart[:, 0]] == part[apart[:, 1]]]
    apart = apart[np.argsort(part[apart[:, 0]], kind="stable")]
    inside = np.flatnonzero(part[a] == part[b])
    order = inside[np.lexsort((np.maximum(a, b)[inside], np.minimum(a, b)[inside], part[a[inside]]))]
    firsts = np.flatnonzero(np.diff(part[a[order]], prepend=-1))
    names = part[a[order[firsts]]]
    begins, ends = (np.searchsorted(part[apart[:, 0]], names, side=side).tolist() for side in ("left", "right"))
    for pairs, begin, end in zip(np.split(order, firsts)[1:], begins, ends, strict=True):
        clusters.keep_apart(apart[begin:end].tolist())
        _link_by_average(clusters, a, b, probability, pairs, threshold)
        clusters.forget_apart(np.unique(apart[begin:end]).tolist())


def _link_by_average(
    clusters: _Clusters,
    a: NDArray[np.int32],
    b: NDArray[np.int32],
    probability: NDArray[np.float64],
    pairs: NDArray[np.intp],
    threshold: float,
) -> None:
    """Joins the most similar two clusters until no average reaches the threshold."""
    averages = _Averages(clusters, threshold)
    for one, other, chance in zip(a[pairs].tolist(), b[pairs].tolist(), probability[pairs].tolist(), strict=True):
        averages.add(one, other, chance)
    averages.offer_all()
    while averages.join_best():
        pass


class _Averages:
    """Average probability between clusters, and the queue of those that may be joined."""

    def __init__(self, clusters: _Clusters, threshold: float) -> None:
        self._clusters = clusters
        self._threshold = threshold
        self._totals: dict[int, dict[int, float]] = {}
        self._queue: list[tuple[float, int, int]] = []

    def add(self, one: int, other: int, probability: float) -> None:
        """Counts a pair of items towards the sum of their clusters."""
        one, other = self._clusters.root(one), self._clusters.root(other)
        if one != other:
            total = self._totals.setdefault(one, {}).get(other, 0.0) + probability
            self._totals[one][other] = self._totals.setdefault(other, {})[one] = total

    def offer_all(self) -> None:
        for one, row in self._totals.items():
            for other in row:
                if one < other:
                    self._offer(one, other)

    def join_best(self) -> bool:
        """Joins the first two clusters of the queue, if they still are what they were when offered."""
        if not self._queue:
            return False
        negative, kept, gone = heapq.heappop(self._queue)
        current = gone in self._totals.get(kept, {}) and self._average(kept, gone) == -negative
        if current and self._clusters.join(kept, gone):
            self._absorb(kept, gone)
        return True

    def _absorb(self, kept: int, gone: int) -> None:
        self._totals[kept].pop(gone)
        for far, moved in self._totals.pop(gone).items():
            if far != kept:
                self._totals[far].pop(gone)
                total = self._totals[kept].get(far, 0.0) + moved
                self._totals[kept][far] = self._totals[far][kept] = total
        for far in self._totals[kept]:
            self._offer(kept, far)

    def _offer(self, one: int, other: int) -> None:
        average = self._average(one, other)
        if average >= self._threshold and self._clusters.may_join(one, other):
            heapq.heappush(self._queue, (-average, min(one, other), max(one, other)))

    def _average(self, one: int, other: int) -> float:
        pairs = self._clusters.size[one] * self._clusters.size[other]
        return round(self._totals[one][other] / pairs, RESOLUTION)
