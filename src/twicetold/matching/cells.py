"""Cells: texts divided by meaning, so that near ones are found without looking at all.

Spherical k-means (Dhillon and Modha 2001) over whole-number vectors: sums are exact, so the same texts give the same
cells on every machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from twicetold.matching.sketch import UNIT, units
from twicetold.matching.spread import spread
from twicetold.matching.telling import stretch
from twicetold.model.vectors import WIDTH

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from twicetold.matching.telling import Tell
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
    def of(cls, block: Block, count: int, probes: int, tell: Tell = lambda _share: None, *, threads: int = 1) -> Cells:
        """Divides the texts of a block.

        Args:
            block: The texts.
            count: How many cells.
            probes: How many cells are near each one.
            tell: Called now and then with the share that is done.
            threads: How many pieces of work are done at a time.
        """
        n = len(block)
        if count < 2:
            return cls([np.arange(n)], np.zeros((1, 1), np.intp))
        centres = _centres(block, count, stretch(tell, 0, 0.5), threads)
        home = _nearest(partial(units, block), n, centres, stretch(tell, 0.5, 1), threads)
        order = np.argsort(home, kind="stable")
        members = np.split(order, np.searchsorted(home[order], np.arange(1, count)))
        near = np.argsort(-(centres @ centres.T), axis=1, kind="stable")[:, :probes]
        return cls(members, near)

    def around(self, cell: int) -> NDArray[np.intp]:
        """The texts of the cells near a cell, ascending."""
        return np.sort(np.concatenate([self.members[near] for near in self.near[cell].tolist()]))


def _centres(block: Block, count: int, tell: Tell, threads: int) -> NDArray[np.float32]:
    """The centres that k-means finds on texts at equal distances in their order; whole numbers of length 512."""
    sample = units(block, np.unique(np.linspace(0, len(block) - 1, count * _SAMPLE).astype(np.intp)))
    centres = sample[np.linspace(0, len(sample) - 1, count).astype(np.intp)]
    for done in range(_ROUNDS):
        told = stretch(tell, done / _ROUNDS, (done + 1) / _ROUNDS)
        home = _nearest(sample.__getitem__, len(sample), centres, told, threads)
        order = np.argsort(home, kind="stable")
        named, first = np.unique(home[order], return_index=True)
        sums = np.zeros((count, WIDTH))
        sums[named] = np.add.reduceat(sample[order], first, dtype=np.float64)
        length = np.sqrt(np.einsum("ij,ij->i", sums, sums))[:, None]
        # A centre that no text is nearest to stays where it is.
        centres = np.where(length > 0, np.rint(sums / np.maximum(length, 1) * UNIT), centres).astype(np.float32)
    return centres


def _nearest(
    vectors: Callable[[NDArray[np.intp]], NDArray[np.float32]],
    n: int,
    centres: NDArray[np.float32],
    tell: Tell,
    threads: int,
) -> NDArray[np.intp]:
    """The centre that is nearest to each of n texts; shape (n,)."""

    def of_some(rows: NDArray[np.intp]) -> NDArray[np.intp]:
        found: NDArray[np.intp] = (vectors(rows) @ centres.T).argmax(axis=1)
        return found

    found, done = [], 0
    parts = (np.arange(first, min(first + _AT_A_TIME, n)) for first in range(0, n, _AT_A_TIME))
    for some in spread(of_some, parts, threads):
        found.append(some)
        done += len(some)
        tell(done / n)
    return np.concatenate(found)
