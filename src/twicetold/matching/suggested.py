"""Suggested: of very many texts only pairs that something suggests are compared, and how many are missed is measured.

Neighbors by meaning and slots, and texts that share rare words, are compared in full. Then what a group needs is: texts
that turn out to be duplicates of all that were looked at are asked for more neighbors, and within texts that hang
together every two are compared, so that groups are made of the same numbers as if all had been.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from twicetold.matching.compared import Compared, Whole, judged, worth_listing
from twicetold.matching.components import bounded_components, components
from twicetold.matching.neighbors import MOST, Search, are_among, as_numbers, each_once, joined
from twicetold.matching.recall import Recall, measure
from twicetold.matching.spread import evidence_by_parts
from twicetold.matching.telling import Tell, stretch
from twicetold.matching.wording import pairs_by_wording
from twicetold.model.probability import DECIMALS, probability
from twicetold.pairs import Pairs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from twicetold.model.alignment import Matrix
    from twicetold.model.blocks import Block
    from twicetold.model.probability import Coefficients
    from twicetold.pairs import Thresholds

#: Up to so many texts every two are compared.
EXACT = 4000
#: A text with so many duplicates is asked for less likely neighbors, too; one with so many may have more than are kept.
_MANY, _SATURATED = 16, MOST * 3 // 4
#: Pairs that are listed of each text, possible ones and, if they are more than that on average, duplicates: nobody
#: looks through more, and millions of pairs are gigabytes.
LISTED = 3
#: Pairs within texts that hang together are compared until they are so many for each text, or so many in all. What
#: is larger is cut where the links are weakest into parts of so many texts, within which as many pairs are compared.
_WITHIN, _WITHIN_ALL, _CLOSE = 10, 1_000_000, 64


@dataclass(frozen=True, slots=True)
class Searched:
    """How the pairs were found that were compared.

    Attributes:
        recall: Share of the duplicates that are among the compared pairs, measured on a sample.
        saturated: Texts that may have more duplicates than were looked for.
        unfinished: Texts in groups so large that not every two were compared.
        left_out: Pairs that are not listed, since more probable ones of both their texts are.
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
    *,
    threads: int = 1,
) -> tuple[Compared, Searched]:
    """Compares those texts of a block that may say the same.

    Args:
        block: The texts.
        coefficients: What each piece of evidence counts.
        thresholds: What to keep.
        tell: Called now and then with the share that is done.
        linked: Pairs of texts that will be in one group, whatever comes of it.
        threads: How many pieces of work are done at a time; they make no difference to the result.
    """
    search = Search.of(block, coefficients, thresholds, stretch(tell, 0, 0.1), threads=threads)
    work = _Work(block, coefficients, thresholds, np.concatenate(search.cells.members), threads)
    work.compare(pairs_by_wording(block))
    work.compare(search.pairs(search.likely, tell=stretch(tell, 0.1, 0.4)), stretch(tell, 0.4, 0.75))
    many = work.duplicates() >= _MANY
    if many.any():
        work.compare(search.pairs(search.some, of=many), stretch(tell, 0.75, 0.8))
    del search  # a third of a gigabyte for a million texts
    within, unfinished = work.within(linked)
    work.compare(within, stretch(tell, 0.8, 0.9))
    del within
    recall = measure(block, coefficients, thresholds, work.known, stretch(tell, 0.9, 0.95), threads=threads)
    saturated = int((work.duplicates() >= _SATURATED).sum())
    compared, left_out = work.compared(stretch(tell, 0.95, 1))
    return compared, Searched(recall, saturated, unfinished, left_out)


class _Work:
    """Pairs that were compared, and what came of it.

    Attributes:
        known: The pairs as :func:`~twicetold.matching.neighbors.as_numbers` has them, those of each time ascending.

    Args:
        block: The texts.
        coefficients: What each piece of evidence counts.
        thresholds: What to keep.
        order: All texts; pairs are quicker to compare together if their texts stand near each other here.
        threads: How many pieces of work are done at a time.
    """

    def __init__(
        self,
        block: Block,
        coefficients: Coefficients,
        thresholds: Thresholds,
        order: NDArray[np.intp],
        threads: int,
    ) -> None:
        self._block, self._coefficients, self._thresholds = block, coefficients, thresholds
        self._rank, self._threads = np.argsort(order).astype(np.int32), threads
        self._whole = Whole(Compared.nothing(len(block), coefficients.names))
        self._same, self._chance = [np.empty((0, 2), np.int32)], [np.empty(0, np.float32)]
        self.known: list[NDArray[np.int64]] = []
        # Of each known pair, NaN below the lower threshold: of tens of millions every byte is felt.
        self._chances: list[NDArray[np.float32]] = []

    def compare(self, pairs: NDArray[np.int32], tell: Tell = lambda _share: None) -> None:
        """Compares those of some pairs, in row order, that were not compared before."""
        n = len(self._block)
        new = pairs[~are_among(as_numbers(pairs, n), self.known)]
        del pairs
        chances = np.empty(len(new), np.float32)
        order = np.argsort(self._rank[new[:, 0]], kind="stable")
        for some, columns in evidence_by_parts(self._block, new, order, self._coefficients, self._threads, tell):
            a, b = new[some].T
            chances[some] = self._take(a, b, columns)
        del order
        self.known.append(as_numbers(new, n))
        self._chances.append(chances)

    def _take(self, a: NDArray[np.int32], b: NDArray[np.int32], columns: Matrix) -> NDArray[np.float64]:
        """Judges pairs by their evidence; returns their probabilities, NaN below the lower threshold."""
        chance = probability(self._coefficients.log_odds(columns))
        every = np.ones(len(a), bool)
        found = judged(columns, chance, a, b, every, self._coefficients, self._thresholds, self._whole.floor)
        # What is listed is known at the end; until then millions of pairs go without their evidence.
        self._whole.take(found.only_counted())
        likely = chance >= self._thresholds.duplicate
        self._same.append(np.stack([a[likely], b[likely]], axis=1))
        self._chance.append(chance[likely].astype(np.float32))
        return np.where(chance >= self._thresholds.possible, chance, np.nan)

    def duplicates(self) -> NDArray[np.int64]:
        """How many duplicates each text has; shape (n,)."""
        return np.bincount(np.concatenate(self._same).ravel(), minlength=len(self._block))

    def within(self, linked: Sequence[tuple[int, int]]) -> tuple[NDArray[np.int32], int]:
        """All pairs within texts that hang together, and how many texts hang together in too large numbers for that."""
        n, most = len(self._block), max(_WITHIN * len(self._block), _WITHIN_ALL)
        said = np.array(linked, np.int32).reshape(-1, 2)
        same = np.concatenate([said, *self._same])
        found, is_left = _every_two(components(n, *same.T), most)
        if is_left.any():
            chance = np.concatenate([np.ones(len(said), np.float32), *self._chance])
            inside = is_left[same[:, 0]]
            a, b = same[inside].T
            close = bounded_components(n, a, b, chance[inside], _CLOSE)
            found = np.concatenate([found, _every_two(close, most)[0]])
        return each_once(found), int(is_left.sum())

    def compared(self, tell: Tell) -> tuple[Compared, int]:
        """What came of all pairs, and how many of them are not listed; nothing can be compared any more."""
        n = len(self._block)
        found = self._whole.compared(unseen=n * (n - 1) // 2 - sum(map(len, self.known)))
        del self._whole, self._same, self._chance
        every = self._every()
        listed = every.take(worth_listing(every, self._thresholds.duplicate, LISTED, n))
        return replace(found, pairs=self._with_evidence(listed, tell), every=every), len(every) - len(listed)

    def _every(self) -> Pairs:
        """All pairs that are at least possible, in row order; what they were kept in is given up."""
        for place, chances in enumerate(self._chances):
            is_kept = ~np.isnan(chances)
            self.known[place], self._chances[place] = self.known[place][is_kept], chances[is_kept]
        numbers, chance = joined(self.known), joined(self._chances)
        order = np.argsort(numbers, kind="stable")  # which merges what is sorted
        numbers, chance = numbers[order], chance[order]
        del order
        a, b = np.empty(len(numbers), np.int32), np.empty(len(numbers), np.int32)
        np.divmod(numbers, max(1, len(self._block)), out=(a, b), casting="unsafe")
        del numbers
        exact = chance.astype(np.float64)
        np.round(exact, DECIMALS, out=exact)  # 32 bits hold all of them
        return Pairs(a, b, exact, np.empty((len(a), 0), np.float32), ())

    def _with_evidence(self, pairs: Pairs, tell: Tell) -> Pairs:
        names = self._coefficients.names
        log_odds = np.empty((len(pairs), len(names)), np.float32)
        order = np.argsort(self._rank[pairs.a], kind="stable")
        both = np.stack([pairs.a, pairs.b], axis=1)
        for some, columns in evidence_by_parts(self._block, both, order, self._coefficients, self._threads, tell):
            log_odds[some] = self._coefficients.terms(columns).T
        return Pairs(pairs.a, pairs.b, pairs.probability, log_odds, names)


def _every_two(part: NDArray[np.int32], most: int) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """All pairs within parts of three texts or more, the smallest parts first, while they are not more than so many.

    Args:
        part: The part of each of n texts; shape (n,).
        most: How many pairs.

    Returns:
        The pairs, shape (p, 2), and which texts are in parts that are left out, shape (n,).
    """
    order = np.argsort(part, kind="stable").astype(np.int32)
    first = np.flatnonzero(np.diff(part[order], prepend=-1))
    sizes = np.diff(np.r_[first, len(part)])
    by_size = np.argsort(sizes, kind="stable")
    is_left = np.zeros(len(first), bool)
    is_left[by_size] = np.cumsum(np.where(sizes > 2, sizes * (sizes - 1) // 2, 0)[by_size]) > most
    found = [np.empty((0, 2), np.int32)]
    for size in np.unique(sizes[(sizes > 2) & ~is_left]).tolist():
        members = order[first[(sizes == size) & ~is_left, None] + np.arange(size)]
        one, other = np.triu_indices(size, 1)
        found.append(np.stack([members[:, one], members[:, other]], axis=-1).reshape(-1, 2))
    left = np.zeros(len(part), bool)
    left[order] = np.repeat(is_left, sizes)
    return np.concatenate(found), left
