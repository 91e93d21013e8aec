"""Vectors: directions as 8-bit integers, so that a stored vector is the fresh one to the last bit.

Only the direction of a vector says what is meant, so its length is not kept: the largest component becomes 127 or
-127, the others are rounded in proportion, and the float vector is that of unit length.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Length of every vector.
WIDTH = 384
_LARGEST = np.float32(127)


@dataclass(frozen=True, slots=True)
class Meaning:
    """One text as vectors; :func:`unit` makes floats of them.

    Attributes:
        sentence: The whole text; int8, shape (384,), zero for an empty text.
        words: One row per content word that was read, in order; int8, shape (w, 384). A word's vector is its state in
            context: the mean over its pieces of the last layer.
        truncated: The text was longer than the network reads.
    """

    sentence: NDArray[np.int8]
    words: NDArray[np.int8]
    truncated: bool


def pack(meaning: Meaning) -> bytes:
    """A meaning as bytes: whether it is truncated, the sentence, each word; 385 bytes and 384 more for each word."""
    return bytes((meaning.truncated,)) + meaning.sentence.tobytes() + meaning.words.tobytes()


def unpack(content: bytes) -> Meaning:
    """The meaning that :func:`pack` made bytes of.

    Raises:
        ValueError: The bytes are none of a meaning.
    """
    if len(content) % WIDTH != 1 or len(content) <= WIDTH or content[0] > 1:
        raise ValueError(f"{len(content)} bytes are no packed meaning")
    rows = np.frombuffer(content, np.int8, offset=1).reshape(-1, WIDTH)
    return Meaning(rows[0], rows[1:], bool(content[0]))


def rounded(vectors: NDArray[np.float32]) -> NDArray[np.int8]:
    """Each row's direction in integers from -127 to 127; zeros stay zeros."""
    largest = np.abs(vectors).max(axis=-1, keepdims=True, initial=0)
    scaled = np.divide(vectors * _LARGEST, largest, out=np.zeros_like(vectors), where=largest > 0)
    whole: NDArray[np.int8] = np.rint(scaled).astype(np.int8)
    return whole


@dataclass(frozen=True, slots=True)
class Directions:
    """Vectors whose cosines are the same to the last bit whatever they are stacked with, and on every machine.

    Products of 384 integers of 8 bits add up to less than 2 ** 24, so 32-bit floats hold every sum exactly, in whatever
    order a library adds them up; only then the lengths are divided by.

    Attributes:
        whole: One vector of whole numbers in each row; int8, shape (n, 384). They may lie in a file.
        scale: One over the length of each; float32, shape (n,), 0 for zeros.
    """

    whole: NDArray[np.int8]
    scale: NDArray[np.float32]

    @classmethod
    def of(cls, vectors: NDArray[np.int8]) -> Directions:
        """The directions of vectors of shape (n, 384)."""
        floats = vectors.astype(np.float32)
        length = np.sqrt(np.einsum("ij,ij->i", floats, floats))
        return cls(vectors, np.divide(1, length, out=np.zeros_like(length), where=length > 0))

    def __len__(self) -> int:
        return len(self.whole)

    def __getitem__(self, rows: slice | NDArray[np.intp]) -> Directions:
        return Directions(self.whole[rows], self.scale[rows])

    def cosines(self, other: Directions) -> NDArray[np.float32]:
        """Of each vector with each other; float32, shape (len(self), len(other))."""
        cosines: NDArray[np.float32] = self.whole.astype(np.float32) @ other.whole.astype(np.float32).T
        cosines *= np.multiply.outer(self.scale, other.scale)
        return cosines


def unit(vectors: NDArray[np.int8]) -> NDArray[np.float32]:
    """Each row at unit length; float32, zeros stay zeros.

    The same on every machine: sums of 384 squares of 8-bit integers are exact in 32-bit floats, in whatever order.
    """
    floats = vectors.astype(np.float32)
    length = np.sqrt(np.einsum("...i,...i->...", floats, floats))[..., None]
    np.divide(floats, length, out=floats, where=length > 0)
    return floats
