"""Connected components: which records hang together through pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Pairs that are numbers of Python's at a time.
_AT_A_TIME = 1 << 16


def components(n: int, a: NDArray[np.integer], b: NDArray[np.integer]) -> NDArray[np.int32]:
    """The component of each of n rows that the pairs (a, b) connect.

    Each round hooks every root onto its lowest neighbouring root and contracts the pairs to the new roots
    (Shiloach & Vishkin 1982, "An O(log n) parallel connectivity algorithm"). Two rounds at least halve the
    roots that still have a neighbour, so there are O(log n) rounds over ever fewer pairs.

    Args:
        n: How many rows there are.
        a: One row of each pair; shape (pairs,).
        b: The other row of each pair; shape (pairs,). Pairs may repeat, in either direction, or be loops.

    Returns:
        For each row the smallest row of its component; shape (n,). The order of the pairs does not matter.

    Raises:
        ValueError: A pair names a row outside 0..n-1, or a and b differ in length.
    """
    if len(a) != len(b):
        raise ValueError(f"pairs need two columns of one length, got {len(a)} and {len(b)}")
    if len(a) and (min(a.min(), b.min()) < 0 or max(a.max(), b.max()) >= n):
        raise ValueError(f"pairs name rows outside 0..{n - 1}")
    parent = np.arange(n, dtype=np.int32)
    while True:
        a, b = parent[a], parent[b]
        apart = a != b
        if not apart.any():
            return parent
        a, b = a[apart], b[apart]
        np.minimum.at(parent, np.maximum(a, b), np.minimum(a, b))
        parent = _roots(parent)


def bounded_components(
    n: int, a: NDArray[np.integer], b: NDArray[np.integer], probability: NDArray[np.floating], most: int
) -> NDArray[np.int32]:
    """As :func:`components`, but the most probable pairs join first, and one that would join too many rows joins none.

    It is single linkage (Kruskal 1956) with a bound on the size of clusters.

    Args:
        n: How many rows there are.
        a: One row of each pair; shape (pairs,).
        b: The other row of each pair; shape (pairs,).
        probability: Of each pair; of equal ones the first joins first; shape (pairs,).
        most: How many rows a component may have.

    Returns:
        For each row the smallest row of its component; shape (n,).
    """
    sets, order = Sets(n), np.argsort(-probability, kind="stable")
    for first in range(0, len(a), _AT_A_TIME):
        some = order[first : first + _AT_A_TIME]
        for one, other in zip(a[some].tolist(), b[some].tolist(), strict=True):
            kept, gone = sets.root(one), sets.root(other)
            if kept != gone and sets.size[kept] + sets.size[gone] <= most:
                sets.merge(kept, gone)
    return sets.labels()


class Sets:
    """Disjoint sets of the items 0..n-1, each named by its smallest (Tarjan 1975, with path halving).

    Attributes:
        size: How many items the set of each name has.
    """

    def __init__(self, n: int) -> None:
        self._parent = list(range(n))
        self.size = [1] * n

    def root(self, item: int) -> int:
        """The name of the set of an item."""
        parent = self._parent
        while parent[item] != item:
            parent[item] = parent[parent[item]]
            item = parent[item]
        return item

    def merge(self, one: int, other: int) -> tuple[int, int]:
        """Makes one of two sets, by their names; returns the name that is kept and the one that is gone."""
        kept, gone = (one, other) if one < other else (other, one)
        self._parent[gone] = kept
        self.size[kept] += self.size[gone]
        return kept, gone

    def labels(self) -> NDArray[np.int32]:
        """The name of the set of each item; shape (n,)."""
        return np.array([self.root(item) for item in range(len(self._parent))], np.int32)


def _roots(parent: NDArray[np.int32]) -> NDArray[np.int32]:
    """Each row's root, by pointer jumping: every step halves the way that is left."""
    while True:
        grandparent = parent[parent]
        if np.array_equal(grandparent, parent):
            return parent
        parent = grandparent
