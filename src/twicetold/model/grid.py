"""Grid: all texts of one block against all of another; what one text of each have in common, as matrices."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from twicetold.model.alignment import Alignment, Shared, align, in_alphabetic_order

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from twicetold.model.alignment import Matrix
    from twicetold.model.blocks import Block
    from twicetold.text.reading import Reading


class Grid:
    """All pairs of a text of one block and one of another; every matrix has shape (len(one), len(other))."""

    def __init__(self, one: Block, other: Block) -> None:
        self._one, self._other = one, other

    def cosines(self) -> Matrix:
        """Of the texts' vectors."""
        return self._one.sentences.cosines(self._other.sentences)

    def alignments(self) -> tuple[Alignment, Alignment]:
        """The words of each block against the texts of the other."""
        one, other = self._one, self._other
        similarity, is_same = one.words.cosines(other.words), np.equal.outer(one.stems, other.stems)
        ours = _alignment(
            one,
            np.maximum.reduceat(similarity, other.starts, axis=1),
            np.logical_or.reduceat(is_same, other.starts, axis=1),
        )
        theirs = _alignment(
            other, np.maximum.reduceat(similarity, one.starts).T, np.logical_or.reduceat(is_same, one.starts).T
        )
        return ours, Alignment(*(column.T for column in theirs))

    def ratios(self) -> Matrix:
        """Indel similarity of the texts, words in alphabetic order, up to 100; 0 where it is below 80."""
        from rapidfuzz import fuzz, process  # noqa: PLC0415

        left, right = (list(map(in_alphabetic_order, block.readings)) for block in (self._one, self._other))
        ratios: Matrix = process.cdist(left, right, scorer=fuzz.ratio, score_cutoff=80, dtype=np.float32, workers=1)
        return ratios

    def readings(self, wanted: NDArray[np.bool_]) -> Iterator[tuple[tuple[int, int], Reading, Reading]]:
        """The place and the two texts of each pair that is wanted."""
        for row, column in np.argwhere(wanted).tolist():
            yield (row, column), self._one.readings[row], self._other.readings[column]

    def shared(self, kinds_one: tuple[str, ...], kinds_other: tuple[str, ...]) -> Shared:
        """How many values of some kinds of slots the texts have in common, and each."""
        left, right = self._one.values(kinds_one), self._other.values(kinds_other)
        codes, column = np.unique(np.r_[left[:, 1], right[:, 1]], return_inverse=True)
        ours = np.zeros((len(self._one), len(codes)), np.float32)
        theirs = np.zeros((len(self._other), len(codes)), np.float32)
        ours[left[:, 0], column[: len(left)]] = 1
        theirs[right[:, 0], column[len(left) :]] = 1
        return Shared(ours @ theirs.T, ours.sum(1)[:, None], theirs.sum(1)[None, :])

    def odd(self, kind: str) -> NDArray[np.bool_]:
        """Whether both together hold an odd number of slots of a kind."""
        return _is_odd(self._one, kind)[:, None] ^ _is_odd(self._other, kind)[None, :]


def _alignment(one: Block, best: Matrix, has: NDArray[np.bool_]) -> Alignment:
    return align(best, has.astype(np.float32), one.rarity[:, None], one.starts)


def _is_odd(block: Block, kind: str) -> NDArray[np.bool_]:
    odd: NDArray[np.bool_] = np.bincount(block.values((kind,))[:, 0], minlength=len(block)) % 2 == 1
    return odd
