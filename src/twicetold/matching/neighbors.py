"""Neighbors: of each text the others that cheap evidence finds most alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from twicetold.matching.cells import Cells
from twicetold.matching.sketch import Sketches

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twicetold.matching.telling import Tell
    from twicetold.model.blocks import Block
    from twicetold.model.probability import Coefficients
    from twicetold.pairs import Thresholds

#: Texts in a cell, about, and cells that are searched for the neighbors of each; up to so many texts are one cell.
_CELL, _PROBES, _ONE_CELL = 400, 24, 12_000
#: Texts whose neighbors are searched at once.
_ROWS = 256
#: Log-odds that a pair may lack at first sight if all its words had counterparts: the rest of the evidence hardly ever
#: makes up for less; what it costs is in the recall of benchmarks/scale.py.
_MARGIN = 1.0
#: Neighbors that are kept of each text which could be duplicates, and others.
LIKELY, OTHERS = 32, 8


@dataclass(frozen=True, slots=True)
class Search:
    """Finds the neighbors of a block's texts.

    Attributes:
        block: The texts.
        sketches: Theirs.
        cells: Theirs.
        duplicate: Products from which on a pair could be a duplicate.
        possible: Products from which on it could be possible.
    """

    block: Block
    sketches: Sketches
    cells: Cells
    duplicate: float
    possible: float

    @classmethod
    def of(cls, block: Block, coefficients: Coefficients, thresholds: Thresholds) -> Search:
        """Makes the search ready."""
        sketches = Sketches.of(block, coefficients)
        count = 1 if len(block) <= _ONE_CELL else len(block) // _CELL
        words = coefficients.weights["words"] + coefficients.weights["words-most"]
        duplicate, possible = (
            (np.log(chance / (1 - chance)) - coefficients.baseline - words + _MARGIN) / sketches.scale
            for chance in np.clip([thresholds.duplicate, thresholds.possible], 1e-6, 1 - 1e-6)
        )
        return cls(block, sketches, Cells.of(block, count, _PROBES), float(duplicate), float(possible))

    def pairs(
        self,
        likely: int = LIKELY,
        others: int = OTHERS,
        of: NDArray[np.bool_] | None = None,
        tell: Tell = lambda _share: None,
    ) -> NDArray[np.int64]:
        """Pairs of neighbors.

        Args:
            likely: How many neighbors of each text that could be duplicates.
            others: How many neighbors of each text that could be possible.
            of: The texts whose neighbors are wanted; None for all.
            tell: Called now and then with the share that is done.

        Returns:
            Each pair once, the lower text first; int64, shape (p, 2), in row order.
        """
        found = [np.empty((0, 2), np.int64)]
        for cell, members in enumerate(self.cells.members):
            rows = members if of is None else members[of[members]]
            if len(rows):
                found += self._of_cell(rows, self.cells.around(cell), likely, others)
            tell((cell + 1) / len(self.cells.members))
        return each_once(np.concatenate(found))

    def _of_cell(
        self, rows: NDArray[np.intp], around: NDArray[np.intp], likely: int, others: int
    ) -> list[NDArray[np.int64]]:
        right, found = self.sketches.right(self.block, around).T, []
        for first in range(0, len(rows), _ROWS):
            some = rows[first : first + _ROWS]
            products = self.sketches.left(self.block, some) @ right
            products[some[:, None] == around] = -np.inf
            floor = np.minimum(
                np.maximum(self.duplicate, _bound(products, likely)),
                np.maximum(self.possible, _bound(products, others)),
            )
            row, column = np.nonzero(products >= floor[:, None])
            value = products[row, column]
            order = np.lexsort((column, -value, row))
            row, column, value = row[order], column[order], value[order]
            rank = np.arange(len(row)) - np.searchsorted(row, row)
            kept = rank < np.where(value >= self.duplicate, likely, others)
            found.append(np.stack([some[row[kept]], around[column[kept]]], axis=1))
        return found


def each_once(pairs: NDArray[np.int64]) -> NDArray[np.int64]:
    """Each pair once, the lower text first, in row order; int64, shape (p, 2)."""
    ordered = np.sort(pairs, axis=1)
    width = int(ordered.max(initial=0)) + 1
    return np.stack(np.divmod(np.unique(ordered[:, 0] * width + ordered[:, 1]), width), axis=1)


def _bound(products: NDArray[np.float32], count: int) -> NDArray[np.float32]:
    """What at least so many products of each row reach, and not many more; -inf where there are too few.

    The largest of each of many stretches of a row are products of the row, so that the last of the ``count`` largest of
    them is reached by that many.
    """
    width = max(1, products.shape[1] // (8 * count))
    stretches = products.shape[1] // width
    if stretches <= count:
        return np.full(len(products), -np.inf, np.float32)
    largest = products[:, : stretches * width].reshape(len(products), stretches, width).max(axis=2)
    bound: NDArray[np.float32] = np.partition(largest, -count, axis=1)[:, -count]
    return bound
