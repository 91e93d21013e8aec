"""Cells: texts divided by meaning, so that near ones are found without looking at all.

Spherical k-means (Dhillon and Modha 2001) over whole-number vectors: sums are exact, so the same texts give the same
cells on every machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from twicetold.matching.sketch import UNIT, units
from twicetold.model.vectors import WIDTH

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from twicetold.model.blocks import Block

#: Texts that each centre is learnt from, and how often.
_SAMPLE, _ROUNDS = 32, 6
#: Texts that are given their cells at once.
_AT_A_TIME = 4096


@dataclass(frozen=True, slots=True)
class Cells:
    """Texts by cell.

    Attributes:
        members: The texts of each cell, ascending.
        near: The cells that are nearest to each one, itself first; shape (cells, probes).
    """

    members: list[NDArray[np.intp]]
    near: NDArray[np.intp]

    @classmethod
    def of(cls, block: Block, count: int, probes: int) -> Cells:
        """Divides the texts of a block.

        Args:
            block: The texts.
            count: How many cells.
            probes: How many cells are near each one.
        """
        n = len(block)
        if count < 2:
            return cls([np.arange(n)], np.zeros((1, 1), np.intp))
        centres = _centres(block, count)
        home = np.concatenate([_nearest(units(block, rows), centres) for rows in _parts(n)])
        order = np.argsort(home, kind="stable")
        members = np.split(order, np.searchsorted(home[order], np.arange(1, count)))
        near = np.argsort(-(centres @ centres.T), axis=1, kind="stable")[:, :probes]
        return cls(members, near)

    def around(self, cell: int) -> NDArray[np.intp]:
        """The texts of the cells near a cell, ascending."""
        return np.sort(np.concatenate([self.members[near] for near in self.near[cell].tolist()]))


def _centres(block: Block, count: int) -> NDArray[np.float32]:
    """The centres that k-means finds on texts at equal distances in their order; whole numbers of length 512."""
    sample = units(block, np.unique(np.linspace(0, len(block) - 1, count * _SAMPLE).astype(np.intp)))
    centres = sample[np.linspace(0, len(sample) - 1, count).astype(np.intp)]
    for _ in range(_ROUNDS):
        home = _nearest(sample, centres)
        order = np.argsort(home, kind="stable")
        named, first = np.unique(home[order], return_index=True)
        sums = np.zeros((count, WIDTH))
        sums[named] = np.add.reduceat(sample[order], first, dtype=np.float64)
        length = np.sqrt(np.einsum("ij,ij->i", sums, sums))[:, None]
        # A centre that no text is nearest to stays where it is.
        centres = np.where(length > 0, np.rint(sums / np.maximum(length, 1) * UNIT), centres).astype(np.float32)
    return centres


def _nearest(vectors: NDArray[np.float32], centres: NDArray[np.float32]) -> NDArray[np.intp]:
    parts = [
        (vectors[first : first + _AT_A_TIME] @ centres.T).argmax(axis=1) for first in range(0, len(vectors), _AT_A_TIME)
    ]
    return np.concatenate(parts)


def _parts(n: int) -> Iterator[NDArray[np.intp]]:
    for first in range(0, n, _AT_A_TIME):
        yield np.arange(first, min(first + _AT_A_TIME, n))
