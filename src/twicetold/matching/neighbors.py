"""Neighbors: of each text the others that cheap evidence finds most alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from twicetold.matching.cells import Cells
from twicetold.matching.sketch import Sketches
from twicetold.matching.spread import spread

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from twicetold.matching.telling import Tell
    from twicetold.model.blocks import Block
    from twicetold.model.probability import Coefficients
    from twicetold.pairs import Thresholds

#: Cells, as multiple of the square root of the texts (then finding the cell of each costs as much as searching a few),
#: and how many of them are searched for the neighbors of each; up to so many texts are one cell.
_CELLS, _PROBES, _ONE_CELL = 3.0, 32, 12_000
#: Texts whose neighbors are searched at once.
_ROWS = 256
#: Pairs that are looked for among others at once.
_AT_A_TIME = 1 << 20
#: Log-odds that a pair must have to spare at first sight if all its words had counterparts, which they rarely have: to
#: be possible, to be a duplicate of a text that has many, and to be one of any text. What it costs is in the recall of
#: benchmarks/scale.py.
_POSSIBLE, _SOME, _LIKELY = 1.0, 1.5, 2.5
#: Neighbors that are kept of each text which are likely to be duplicates, at most, and others.
MOST, OTHERS = 512, 16

_Scalar = TypeVar("_Scalar", bound=np.generic)


@dataclass(frozen=True, slots=True)
class Search:
    """Finds the neighbors of a block's texts.

    Attributes:
        block: The texts.
        sketches: Theirs.
        cells: Theirs.
        possible: Products from which on a pair could be possible.
        some: Products from which on it could be a duplicate.
        likely: Products from which on it is likely to be one.
        threads: How many cells are searched at a time.
    """

    block: Block
    sketches: Sketches
    cells: Cells
    possible: float
    some: float
    likely: float
    threads: int = 1

    @classmethod
    def of(
        cls,
        block: Block,
        coefficients: Coefficients,
        thresholds: Thresholds,
        tell: Tell = lambda _share: None,
        *,
        threads: int = 1,
    ) -> Search:
        """Makes the search ready."""
        sketches = Sketches.of(block, coefficients)
        count = 1 if len(block) <= _ONE_CELL else round(_CELLS * np.sqrt(len(block)))
        words = coefficients.weights["words"] + coefficients.weights["words-most"]
        chances = np.clip([thresholds.possible, thresholds.duplicate, thresholds.duplicate], 1e-6, 1 - 1e-6)
        least = np.log(chances / (1 - chances)) - coefficients.baseline - words + (_POSSIBLE, _SOME, _LIKELY)
        possible, some, likely = (least / sketches.scale).tolist()
        cells = Cells.of(block, count, _PROBES, tell, threads=threads)
        return cls(block, sketches, cells, possible, some, likely, threads)

    def pairs(
        self, least: float, of: NDArray[np.bool_] | None = None, tell: Tell = lambda _share: None
    ) -> NDArray[np.int32]:
        """Pairs of neighbors: of each text those of which that is likely, and a few others that could be possible.

        Args:
            least: Products from which on neighbors are more than others.
            of: The texts whose neighbors are wanted; None for all.
            tell: Called now and then with the share that is done.

        Returns:
            Each pair once, the lower text first; int32, shape (p, 2), in row order.
        """
        n, count, found = len(self.block), len(self.cells.members), [np.empty(0, np.int64)]

        def of_cell(cell: int) -> list[NDArray[np.int64]]:
            members = self.cells.members[cell]
            rows = members if of is None else members[of[members]]
            return self._of_cell(rows, self.cells.around(cell), least) if len(rows) else []

        for done, pairs in enumerate(spread(of_cell, range(count), self.threads), start=1):
            found += pairs
            tell(done / count)
        return as_pairs(_each_once(joined(found)), n)

    def _of_cell(self, rows: NDArray[np.intp], around: NDArray[np.intp], least: float) -> list[NDArray[np.int64]]:
        right, found = self.sketches.right(self.block, around).T, []
        for first in range(0, len(rows), _ROWS):
            some = rows[first : first + _ROWS]
            products = self.sketches.left(self.block, some) @ right
            products[np.arange(len(some)), np.searchsorted(around, some)] = -np.inf  # a text is no neighbor of itself
            floor = np.minimum(_floor(products, least, MOST), np.maximum(self.possible, _reached(products, OTHERS)))
            row, column = np.nonzero(products >= floor[:, None])
            value = products[row, column]
            order = np.lexsort((column, -value, row))
            row, column, value = row[order], column[order], value[order]
            rank = np.arange(len(row)) - np.searchsorted(row, row)
            kept = rank < np.where(value >= least, MOST, OTHERS)
            found.append(_lower_first(some[row[kept]], around[column[kept]], len(self.block)))
        return found


def each_once(pairs: NDArray[np.int32]) -> NDArray[np.int32]:
    """Each pair once, the lower text first, in row order; int32, shape (p, 2)."""
    width = int(pairs.max(initial=0)) + 1
    return as_pairs(_each_once(_lower_first(pairs[:, 0], pairs[:, 1], width)), width)


def _lower_first(one: NDArray[np.integer], other: NDArray[np.integer], n: int) -> NDArray[np.int64]:
    """Pairs of n texts as :func:`as_numbers` has those whose lower text is first."""
    numbers: NDArray[np.int64] = np.minimum(one, other).astype(np.int64)
    numbers *= n
    numbers += np.maximum(one, other)
    return numbers


def _each_once(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """Each number once, ascending; sorts the ones given."""
    numbers.sort()  # numpy.unique takes ten times as long for millions
    is_first: NDArray[np.bool_] = np.r_[True, numbers[1:] != numbers[:-1]][: len(numbers)]
    return numbers[is_first]


def joined(parts: list[NDArray[_Scalar]]) -> NDArray[_Scalar]:
    """As ``numpy.concatenate``, but each part, of which there is one at least, is given up when it is copied."""
    found, filled = np.empty(sum(map(len, parts)), parts[0].dtype), 0
    parts.reverse()
    while parts:
        part = parts.pop()
        found[filled : filled + len(part)] = part
        filled += len(part)
    return found


def as_numbers(pairs: NDArray[np.integer], n: int) -> NDArray[np.int64]:
    """Each pair of n texts as one number; they ascend as the pairs do. Of tens of millions every copy is felt."""
    numbers = pairs[:, 0].astype(np.int64)
    numbers *= n
    numbers += pairs[:, 1]
    return numbers


def as_pairs(numbers: NDArray[np.int64], n: int) -> NDArray[np.int32]:
    """The pairs of which :func:`as_numbers` made numbers."""
    pairs = np.empty((len(numbers), 2), np.int32)
    np.floor_divide(numbers, max(1, n), out=pairs[:, 0], casting="unsafe")
    np.remainder(numbers, max(1, n), out=pairs[:, 1], casting="unsafe")
    return pairs


def are_among(numbers: NDArray[np.int64], known: Sequence[NDArray[np.int64]]) -> NDArray[np.bool_]:
    """Which numbers are among known ones, of which there are several arrays that ascend."""
    found = np.zeros(len(numbers), bool)
    for first in range(0, len(numbers), _AT_A_TIME):
        some = slice(first, first + _AT_A_TIME)
        for these in filter(len, known):
            found[some] |= these[np.minimum(np.searchsorted(these, numbers[some]), len(these) - 1)] == numbers[some]
    return found


def _floor(products: NDArray[np.float32], least: float, count: int) -> NDArray[np.float32]:
    """What the products of each row that are at least this much, and that many at most, reach; ties may be more."""
    floor = np.full(len(products), least, np.float32)
    full = np.count_nonzero(products >= least, axis=1) > count
    if full.any():
        floor[full] = np.partition(products[full], -count, axis=1)[:, -count]
    return floor


def _reached(products: NDArray[np.float32], count: int) -> NDArray[np.float32]:
    """What at least so many products of each row reach, and not many more; -inf if there are too few.

    The largest of each of many stretches of a row are products of the row, so that the last of the ``count`` largest of
    them is reached by that many.
    """
    width = max(1, products.shape[1] // (8 * count))
    stretches = products.shape[1] // width
    if stretches <= count:
        return np.full(len(products), -np.inf, np.float32)
    largest = products[:, : stretches * width].reshape(len(products), stretches, width).max(axis=2)
    return np.partition(largest, -count, axis=1)[:, -count]
