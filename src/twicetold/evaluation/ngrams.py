"""TF-IDF cosine of character n-grams, in numpy alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

SHORTEST, LONGEST = 3, 5
# Any large odd number does; n-grams that fall together by accident are as likely as in any 64-bit hash.
MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, slots=True)
class TfIdf:
    """Texts as unit rows of a sparse matrix in compressed form.

    Attributes:
        starts: Where the entries of each text begin; shape (n + 1,).
        terms: Number of the n-gram of each entry; shape (entries,).
        weights: Its weight; shape (entries,).
        vocabulary: How many different n-grams there are.
    """

    starts: NDArray[np.int64]
    terms: NDArray[np.int64]
    weights: NDArray[np.float64]
    vocabulary: int

    @classmethod
    def of(cls, texts: Sequence[str]) -> TfIdf:
        """The texts by their 3- to 5-grams, in lower case, white space collapsed, a space at either end.

        Weight: count times ln((1 + n) / (1 + texts with it)) + 1, each text scaled to length 1 (Salton &
        Buckley 1988, with the smoothing that is customary today).
        """
        of_text, grams = _ngrams([f" {' '.join(text.lower().split())} " for text in texts])
        names, terms = np.unique(grams, return_inverse=True)
        vocabulary = max(1, len(names))
        entries, counts = np.unique(of_text * vocabulary + terms, return_counts=True)
        of_text, terms = np.divmod(entries, vocabulary)
        containing = np.bincount(terms, minlength=vocabulary)
        weights = counts * (np.log((1 + len(texts)) / (1 + containing)) + 1)[terms]
        length = np.sqrt(np.bincount(of_text, np.square(weights), len(texts)))
        starts = np.searchsorted(of_text, np.arange(len(texts) + 1))
        return cls(starts, terms, weights / length[of_text], vocabulary)

    def cosine(self, a: NDArray[np.intp], b: NDArray[np.intp]) -> NDArray[np.float64]:
        """The cosine of the texts of each pair of rows; 0 where one has no n-gram; shape (pairs,)."""
        cosine = np.zeros(len(a))
        scattered = np.zeros(self.vocabulary)
        order = np.argsort(a, kind="stable")
        for pairs in np.split(order, np.flatnonzero(np.diff(a[order])) + 1):
            if not len(pairs):
                continue
            own = slice(*self.starts[a[pairs[0]] : a[pairs[0]] + 2])
            scattered[self.terms[own]] = self.weights[own]
            cosine[pairs] = self._dot(scattered, b[pairs])
            scattered[self.terms[own]] = 0.0
        return np.clip(cosine, 0.0, 1.0)

    def _dot(self, dense: NDArray[np.float64], rows: NDArray[np.intp]) -> NDArray[np.float64]:
        """The dense row times each of the sparse rows."""
        lengths = self.starts[rows + 1] - self.starts[rows]
        ends = np.cumsum(lengths)
        entries = np.arange(lengths.sum()) + np.repeat(self.starts[rows] - (ends - lengths), lengths)
        products = dense[self.terms[entries]] * self.weights[entries]
        of_entry = np.repeat(np.arange(len(rows)), lengths)
        return np.bincount(of_entry, products, len(rows)).astype(np.float64)


def _ngrams(texts: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
    """For each n-gram of each text: the text's number and the n-gram's 64-bit polynomial hash."""
    lengths = np.array([len(text) for text in texts], np.int64)
    of_character = np.repeat(np.arange(len(texts)), lengths)
    encoded = "".join(texts).encode("utf-32-le", "surrogatepass")
    characters = np.frombuffer(encoded, np.uint32).astype(np.uint64) + np.uint64(1)
    of_text, grams = [], []
    for size in range(SHORTEST, LONGEST + 1):
        windows = max(0, len(characters) - size + 1)
        hashed = np.full(windows, size, np.uint64)
        for offset in range(size):
            hashed = hashed * MULTIPLIER + characters[offset : offset + windows]
        inside = of_character[:windows] == of_character[size - 1 : size - 1 + windows]
        of_text.append(of_character[:windows][inside])
        grams.append(hashed[inside])
    return np.concatenate(of_text), np.concatenate(grams)
