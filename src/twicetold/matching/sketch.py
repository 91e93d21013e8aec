"""Sketch: what cheap evidence says of two texts, as one product of two vectors.

The meaning's cosine and what clashing or one-sided slots count against it are most of a pair's log-odds. Values of
slots become random codes (after random indexing, Kanerva et al. 2000), so that texts that agree in a value have a large
product and others nearly none. All components are whole numbers whose sums 32-bit floats hold exactly: the same product
comes of it in whatever order a library adds up, on every machine, and however texts are divided among processes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from twicetold.model.evidence import FAMILIES
from twicetold.model.vectors import WIDTH

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twicetold.model.blocks import Block
    from twicetold.model.probability import Coefficients

#: A unit vector in whole numbers has this length.
UNIT = 512
#: Products are smaller: half of what 32-bit floats hold exactly, since codes of several values are not of one length.
_MOST = 2**23
#: Components of a value's code; one of a kind that hardly counts can do with fewer.
_CODE, _SHORT_CODE = 24, 8
#: Log-odds up to which a clash hardly counts.
_LITTLE = 3.0


@dataclass(frozen=True, slots=True)
class Sketches:
    """The slots of n texts, ready to be multiplied.

    Attributes:
        scale: Log-odds of a product of 1.
        codes: The values of each text, family by family; int16, shape (n, c).
        has: Whether each text has values of each family; shape (n, families).
        both: What it counts that both texts of a pair have values of a family, in products; shape (families,).
        alone: What each text's values count that the other lacks, in products; shape (n,).
    """

    scale: float
    codes: NDArray[np.int16]
    has: NDArray[np.bool_]
    both: NDArray[np.float32]
    alone: NDArray[np.float32]

    @classmethod
    def of(cls, block: Block, coefficients: Coefficients) -> Sketches:
        """The sketches of a block's texts for the weights of a model."""
        n, weights = len(block), coefficients.weights
        relations = [(-weights[f"{family}-clash"], -weights[f"{family}-one-sided"]) for family in FAMILIES]
        most = weights["meaning"] + sum(2 * clash + 4 * one_sided for clash, one_sided in relations)
        # Where slots count so much more than meaning that sums would not be exact, meaning counts more than it does.
        scale = max(weights["meaning"] / UNIT**2, most / _MOST) or 1.0
        codes, has = [], np.zeros((n, len(FAMILIES)), bool)
        both, alone = np.zeros(len(FAMILIES), np.float32), np.zeros(n, np.float32)
        for number, (kinds, relation) in enumerate(zip(FAMILIES.values(), relations, strict=True)):
            clash, one_sided = (log_odds / scale for log_odds in relation)
            values = block.values(kinds)
            count = np.bincount(values[:, 0], minlength=n)
            has[:, number] = count > 0
            # One on each side: nothing is one-sided then, and they clash unless their codes make up for it.
            both[number] = round(2 * one_sided - clash)
            alone[has[:, number]] -= np.float32(round(one_sided))
            width = _CODE if clash * scale > _LITTLE else _SHORT_CODE
            size = np.sqrt(clash / width / np.maximum(count, 1))[values[:, 0], None]
            codes.append(np.zeros((n, width), np.int16))
            np.add.at(codes[-1], values[:, 0], np.rint(size * _signs(values[:, 1])[:, :width]).astype(np.int16))
        return cls(scale, np.hstack(codes), has, both, alone)

    def left(self, block: Block, rows: NDArray[np.intp]) -> NDArray[np.float32]:
        """Some texts as vectors, to be multiplied with those of :meth:`right`."""
        ones = np.ones((len(rows), 1), np.float32)
        return np.hstack([*self._shared(block, rows), self.has[rows], self.alone[rows, None], ones], dtype=np.float32)

    def right(self, block: Block, rows: NDArray[np.intp]) -> NDArray[np.float32]:
        """Some texts as vectors, to be multiplied with those of :meth:`left`."""
        ones, both = np.ones((len(rows), 1), np.float32), self.has[rows] * self.both
        return np.hstack([*self._shared(block, rows), both, ones, self.alone[rows, None]], dtype=np.float32)

    def _shared(self, block: Block, rows: NDArray[np.intp]) -> tuple[NDArray[np.float32], NDArray[np.int16]]:
        return units(block, rows), self.codes[rows]


def units(block: Block, rows: NDArray[np.intp]) -> NDArray[np.float32]:
    """The directions of some texts in whole numbers, of length 512; float32, shape (len(rows), 384)."""
    found = block.sentences[rows]
    scaled: NDArray[np.float32] = np.rint(found.whole * (found.scale * np.float32(UNIT))[:, None])
    return scaled.astype(np.float32, copy=False).reshape(-1, WIDTH)


def _signs(values: NDArray[np.int64]) -> NDArray[np.int8]:
    """The code of each value: 1 or -1 by each of its bits, which are those of a digest; int8, shape (v, 64)."""
    bits = np.unpackbits(values.astype(">i8").view(np.uint8).reshape(-1, 8), axis=1)
    signs: NDArray[np.int8] = bits.astype(np.int8) * 2 - 1
    return signs
