"""Alignment: how well the words of texts are covered by other texts."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from twicetold.model.encoder import MAX_CHARACTERS, MAX_PIECES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twicetold.text.reading import Reading

    Matrix = NDArray[np.float32]

#: Two forms of one word count as this similar, whatever their contexts.
SAME_STEM = np.float32(0.95)


class Alignment(NamedTuple):
    """How well the words of each text are covered by another text; one number per pair.

    Attributes:
        covered: Similarity of a text's words to their best counterparts, weighted by rarity.
        worst: The largest lack of a counterpart among a text's words.
        shared: Share of a text's words, weighted by rarity, that the other has in some form.
        unmatched: Number of a text's words that the other has in no form.
    """

    covered: Matrix
    worst: Matrix
    shared: Matrix
    unmatched: Matrix


class Shared(NamedTuple):
    """How many values of slots both texts of a pair have, the one has, and the other has."""

    both: Matrix
    one: Matrix
    other: Matrix


def align(best: Matrix, has: Matrix, rarity: Matrix, starts: NDArray[np.int64]) -> Alignment:
    """What the best counterparts of words come to.

    Args:
        best: Similarity of each word to its best counterpart in another text; shape (words, ...).
        has: 1 where the other text has the word in some form, else 0; same shape.
        rarity: Of each word; with as many axes.
        starts: Where the words of each text begin.

    Returns:
        Shape (texts, ...).
    """
    best = np.maximum(np.clip(best, 0, 1), SAME_STEM * has)
    total = np.maximum(np.add.reduceat(rarity, starts), np.float32(1e-6))
    covered: Matrix = (np.add.reduceat(best * rarity, starts) / total).astype(np.float32)
    shared: Matrix = (np.add.reduceat(has * rarity, starts) / total).astype(np.float32)
    return Alignment(covered, np.maximum.reduceat(1 - best, starts), shared, np.add.reduceat(1 - has, starts))


def in_alphabetic_order(reading: Reading) -> str:
    """The words of a text, for a ratio that does not care about their order.

    As much as the encoder reads at most: the ratio's cost grows with the product of the lengths.
    """
    return " ".join(sorted(reading.words[:MAX_PIECES]))[:MAX_CHARACTERS]
