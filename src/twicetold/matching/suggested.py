"""Suggested: of very many texts only pairs that something suggests are compared, and how many are missed is measured.

Neighbors by meaning and slots, and texts that share rare words, are compared in full. Then what a group needs is: texts
that turn out to be duplicates of all that were looked at are asked for more neighbors, and within texts that hang
together every two are compared, so that groups are made of the same numbers as if all had been.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from twicetold.matching.compared import Compared, Whole, judged
from twicetold.matching.components import components
from twicetold.matching.neighbors import LIKELY, Search, each_once
from twicetold.matching.recall import Recall, measure
from twicetold.matching.telling import Tell, stretch
from twicetold.matching.wording import pairs_by_wording
from twicetold.model.evidence import evidence_of_pairs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from twicetold.model.blocks import Block
    from twicetold.model.probability import Coefficients
    from twicetold.pairs import Thresholds

#: Up to so many texts every two are compared.
EXACT = 4000
#: Pairs whose evidence is found at once.
_AT_A_TIME = 8192
#: A text that is a duplicate of so many others is asked for this many times as many neighbors.
_SATURATED, _MORE = LIKELY * 3 // 4, 8
#: Possible pairs that are kept of each text: nobody looks through more, and millions of pairs are gigabytes.
POSSIBLE = 3
#: Pairs within texts that hang together are compared until they are so many for each text, or so many in all.
_WITHIN, _WITHIN_ALL = 10, 1_000_000


@dataclass(frozen=True, slots=True)
class Searched:
    """How the pairs were found that were compared.

    Attributes:
        recall: Share of the duplicates that are among the compared pairs, measured on a sample.
        saturated: Texts that may have more duplicates than were looked for.
        unfinished: Texts in groups so large that not every two were compared.
        left_out: Possible pairs that are not among the most probable ones of either text.
    """

    recall: Recall
    saturated: int
    unfinished: int
    left_out: int


def compare_suggested(
    block: Block,
    coefficients: Coefficients,
    thresholds: Thresholds,
    tell: Tell = lambda _share: None,
    linked: Sequence[tuple[int, int]] = (),
) -> tuple[Compared, Searched]:
    """Compares those texts of a block that may say the same.

    Args:
        block: The texts.
        coefficients: What each piece of evidence counts.
        thresholds: What to keep.
        tell: Called now and then with the share that is done.
        linked: Pairs of texts that will be in one group, whatever comes of it.
    """
    search = Search.of(block, coefficients, thresholds)
    work = _Work(block, coefficients, thresholds)
    work.compare(
        each_once(np.concatenate([search.pairs(tell=stretch(tell, 0, 0.4)), pairs_by_wording(block)])),
        stretch(tell, 0.4, 0.8),
    )
    many = work.duplicates() >= _SATURATED
    if many.any():
        work.compare(search.pairs(LIKELY * _MORE, of=many))
    within, unfinished = work.within(linked)
    work.compare(within, stretch(tell, 0.8, 0.95))
    recall = measure(block, coefficients, thresholds, work.pairs, stretch(tell, 0.95, 1))
    saturated = int((work.duplicates() >= _SATURATED * _MORE).sum())
    compared, left_out = work.compared()
    return compared, Searched(recall, saturated, unfinished, left_out)


class _Work:
    """Pairs that were compared, and what came of it."""

    def __init__(self, block: Block, coefficients: Coefficients, thresholds: Thresholds) -> None:
        self._block, self._coefficients, self._thresholds = block, coefficients, thresholds
        self._whole = Whole(Compared.nothing(len(block), coefficients.names))
        self._same = [np.empty((0, 2), np.int32)]
        self._part = np.arange(len(block), dtype=np.int32)
        self.pairs = np.empty((0, 2), np.int64)

    def compare(self, pairs: NDArray[np.int64], tell: Tell = lambda _share: None) -> None:
        """Compares those of some pairs, in row order, that were not compared before."""
        n = len(self._block)
        new = pairs[~_isin(pairs[:, 0] * n + pairs[:, 1], self.pairs[:, 0] * n + self.pairs[:, 1])]
        for first in range(0, len(new), _AT_A_TIME):
            a, b = new[first : first + _AT_A_TIME].T
            columns = evidence_of_pairs(self._block, a, b, self._coefficients)
            every = np.ones(len(a), bool)
            found = judged(columns, a, b, every, self._coefficients, self._thresholds, self._whole.floor)
            self._whole.take(found)
            likely = found.pairs.probability >= self._thresholds.duplicate
            self._same.append(np.stack([found.pairs.a[likely], found.pairs.b[likely]], axis=1))
            tell(min(1.0, (first + _AT_A_TIME) / len(new)))
        self.pairs = each_once(np.concatenate([self.pairs, new]))

    def duplicates(self) -> NDArray[np.int64]:
        """How many duplicates each text has; shape (n,)."""
        return np.bincount(np.concatenate(self._same).ravel(), minlength=len(self._block))

    def within(self, linked: Sequence[tuple[int, int]]) -> tuple[NDArray[np.int64], int]:
        """All pairs within texts that hang together, and how many texts hang together in too large numbers for that."""
        n = len(self._block)
        a, b = np.concatenate([*self._same, np.array(linked, np.int32).reshape(-1, 2)]).T
        part = self._part = components(n, a, b)
        order = np.argsort(part, kind="stable")
        sizes = np.bincount(part, minlength=n)
        found, left, unfinished = [np.empty((0, 2), np.int64)], max(_WITHIN * n, _WITHIN_ALL), 0
        for root in sorted(np.flatnonzero(sizes > 2).tolist(), key=lambda root: (sizes[root], root)):
            size = int(sizes[root])
            left -= size * (size - 1) // 2
            if left < 0:
                unfinished += size
                continue
            first = int(np.searchsorted(part[order], root))
            members = order[first : first + size]
            found.append(members[np.stack(np.triu_indices(size, 1), axis=1)])
        return each_once(np.concatenate(found)), unfinished

    def compared(self) -> tuple[Compared, int]:
        """What came of all pairs, and how many possible ones were left out."""
        self._whole.trim(self._thresholds.duplicate, POSSIBLE, self._part)
        n = len(self._block)
        return self._whole.compared(unseen=n * (n - 1) // 2 - len(self.pairs)), self._whole.left_out


def _isin(keys: NDArray[np.int64], known: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which keys are among known ones, which ascend."""
    if not len(known):
        return np.zeros(len(keys), bool)
    found: NDArray[np.bool_] = known[np.minimum(np.searchsorted(known, keys), len(known) - 1)] == keys
    return found
