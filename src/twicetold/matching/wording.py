"""Wording: pairs of texts that share rare words or values, whatever their vectors say."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from twicetold.model.blocks import ranges
from twicetold.model.evidence import FAMILIES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twicetold.model.blocks import Block

#: A word, or a value of a slot, is rare if at most so many texts have it.
RARE = 12
#: Rare ones that a pair must share.
_SHARED = 2
#: Pairs that are kept of each text: those that share most.
_KEPT = 4


def pairs_by_wording(block: Block) -> NDArray[np.int32]:
    """Pairs of texts that share at least two rare words or values of slots.

    Returns:
        Each pair once, the lower text first; int32, shape (p, 2), in row order.
    """
    n = len(block)
    counts = np.diff(np.r_[block.starts, len(block.rarity)])
    values = block.values(tuple(chain.from_iterable(FAMILIES.values())))
    texts, codes = np.r_[np.repeat(np.arange(n), counts), values[:, 0]], np.r_[block.stems, values[:, 1]]
    order = np.lexsort((texts, codes))
    texts, codes = texts[order], codes[order]
    first = np.r_[True, (codes[1:] != codes[:-1]) | (texts[1:] != texts[:-1])][: len(codes)]
    texts, codes = texts[first], codes[first]
    starts = np.flatnonzero(np.r_[True, codes[1:] != codes[:-1]][: len(codes)])
    sizes = np.diff(np.r_[starts, len(codes)])
    ends = np.repeat(np.where(sizes <= RARE, starts + sizes, 0), sizes)
    # Each text of a rare word with those behind it that have the word, too.
    after = np.maximum(ends - np.arange(len(codes)) - 1, 0)
    a, b = np.repeat(texts, after), texts[ranges(np.arange(len(codes)) + 1, after)]
    keys, shared = np.unique(a * n + b, return_counts=True)
    keys, shared = keys[shared >= _SHARED], shared[shared >= _SHARED]
    pairs = np.stack(np.divmod(keys, n), axis=1) if n else np.empty((0, 2), np.int64)
    kept = _among_the_best(pairs[:, 0], shared) | _among_the_best(pairs[:, 1], shared)
    return pairs[kept].astype(np.int32)


def _among_the_best(texts: NDArray[np.int64], shared: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which pairs are among those of their text that share most."""
    order = np.lexsort((-shared, texts))
    rank = np.empty(len(texts), np.int64)
    rank[order] = np.arange(len(texts)) - np.searchsorted(texts[order], texts[order])
    best: NDArray[np.bool_] = rank < _KEPT
    return best
