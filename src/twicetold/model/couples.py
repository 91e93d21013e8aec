"""Couples: given pairs of a block's texts; what the two have in common, to the last bit what a grid says of them."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from twicetold.model.alignment import Alignment, Shared, align, in_alphabetic_order
from twicetold.model.blocks import ranges

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from twicetold.model.alignment import Matrix
    from twicetold.model.blocks import Block
    from twicetold.text.reading import Reading

#: Values that are set beside each other at once.
_PRODUCTS = 1 << 20


class Couples:
    """The pairs (a[i], b[i]) of a block's texts; every array has shape (len(a),).

    Args:
        block: The texts.
        a: One text of each pair; it is quicker if pairs of one text stand together.
        b: The other.
    """

    def __init__(self, block: Block, a: NDArray[np.intp], b: NDArray[np.intp]) -> None:
        self._block, self._a, self._b = block, a, b
        self._counts = np.diff(np.r_[block.starts, len(block.words)])
        self._by_kind: dict[str, _Values] = {}

    def cosines(self) -> Matrix:
        """Of the texts' vectors."""
        vectors = self._block.sentences
        one, other = (vectors.whole[side].astype(np.float32) for side in (self._a, self._b))
        cosines: Matrix = np.einsum("ij,ij->i", one, other) * (vectors.scale[self._a] * vectors.scale[self._b])
        return cosines

    def alignments(self) -> tuple[Alignment, Alignment]:
        """The words of each text against the other text of its pair."""
        ours, theirs = _Found.empty(), _Found.empty()
        words, stems = self._block.words, self._block.stems
        rows, counts = self._words(self._b), self._counts[self._b]
        ends = np.cumsum(counts)
        begins = ends - counts
        bounds = np.flatnonzero(np.diff(self._a, prepend=-1, append=-1))
        for first, last in pairwise(bounds.tolist()):
            one = self._a[first]
            mine = slice(self._block.starts[one], self._block.starts[one] + self._counts[one])
            others = rows[begins[first] : ends[last - 1]]
            starts = begins[first:last] - begins[first]
            similarity = words[mine].cosines(words[others])
            same = stems[mine, None] == stems[others]
            ours.take(np.maximum.reduceat(similarity, starts, axis=1).T, np.logical_or.reduceat(same, starts, axis=1).T)
            theirs.take(similarity.max(axis=0), same.any(axis=0))
        return self._align(ours, self._a), self._align(theirs, self._b)

    def ratios(self) -> Matrix:
        """Indel similarity of the texts, words in alphabetic order, up to 100; 0 where it is below 80."""
        from rapidfuzz import fuzz, process  # noqa: PLC0415

        read = [in_alphabetic_order(reading) for reading in self._block.readings]
        left, right = ([read[text] for text in side.tolist()] for side in (self._a, self._b))
        ratios: Matrix = process.cpdist(left, right, scorer=fuzz.ratio, score_cutoff=80, dtype=np.float32, workers=1)
        return ratios

    def readings(self, wanted: NDArray[np.bool_]) -> Iterator[tuple[int, Reading, Reading]]:
        """The place and the two texts of each pair that is wanted."""
        for place in np.flatnonzero(wanted).tolist():
            yield place, self._block.readings[self._a[place]], self._block.readings[self._b[place]]

    def shared(self, kinds_one: tuple[str, ...], kinds_other: tuple[str, ...]) -> Shared:
        """How many values of some kinds of slots the texts have in common, and each."""
        counts = np.zeros((3, len(self._a)), np.float32)
        for one, other in zip(kinds_one, kinds_other, strict=True):
            counts += self._of_kinds(one, other)
        return Shared(*counts)

    def _of_kinds(self, kind_one: str, kind_other: str) -> tuple[NDArray[np.int64], ...]:
        ours, theirs = self._values(kind_one), self._values(kind_other)
        count, count_other = ours.counts[self._a], theirs.counts[self._b]
        products, both = count * count_other, np.zeros(len(self._a), np.int64)
        some = np.flatnonzero(products)
        # Each value of one text of a pair beside each of the other; of few pairs at once, for texts may be lists of
        # numbers. Values of different kinds are never the same.
        ends = np.flatnonzero(np.diff(np.cumsum(products[some]) // _PRODUCTS)) + 1
        for part in np.split(some, ends):
            pair = np.repeat(part, products[part])
            row, column = np.divmod(ranges(np.zeros_like(part), products[part]), count_other[pair])
            equal = ours.codes[ours.begins[self._a[pair]] + row] == theirs.codes[theirs.begins[self._b[pair]] + column]
            both += np.bincount(pair[equal], minlength=len(both))
        return both, count, count_other

    def odd(self, kind: str) -> NDArray[np.bool_]:
        """Whether both together hold an odd number of slots of a kind."""
        count = np.bincount(self._block.values((kind,))[:, 0], minlength=len(self._block))
        odd: NDArray[np.bool_] = (count[self._a] + count[self._b]) % 2 == 1
        return odd

    def _values(self, kind: str) -> _Values:
        if kind not in self._by_kind:
            slots = self._block.slots.get(kind, np.empty((0, 2), np.int64))
            begins = np.searchsorted(slots[:, 0], np.arange(len(self._block) + 1))
            self._by_kind[kind] = _Values(slots[:, 1], begins, np.diff(begins))
        return self._by_kind[kind]

    def _words(self, texts: NDArray[np.intp]) -> NDArray[np.intp]:
        """The rows of the words of some texts, one text after the other."""
        return ranges(self._block.starts[texts], self._counts[texts])

    def _align(self, found: _Found, texts: NDArray[np.intp]) -> Alignment:
        count = self._counts[texts]
        has = np.concatenate(found.has).astype(np.float32)
        return align(np.concatenate(found.best), has, self._block.rarity[self._words(texts)], np.cumsum(count) - count)


class _Values(NamedTuple):
    """The values of one kind of slots: their codes, where those of each text begin, and how many they are."""

    codes: NDArray[np.int64]
    begins: NDArray[np.int64]
    counts: NDArray[np.int64]


class _Found:
    """Best counterparts of words, and whether the other text has them in some form."""

    def __init__(self, best: list[Matrix], has: list[NDArray[np.bool_]]) -> None:
        self.best, self.has = best, has

    @classmethod
    def empty(cls) -> _Found:
        return cls([np.empty(0, np.float32)], [np.empty(0, bool)])

    def take(self, best: Matrix, has: NDArray[np.bool_]) -> None:
        self.best.append(best.ravel())
        self.has.append(has.ravel())
