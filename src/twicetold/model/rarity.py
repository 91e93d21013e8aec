"""Rarity: how much a word says, from how rare it is in English."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Vocabulary numbers below this are punctuation, letters and reserved places.
_FIRST_WORD = 1996


class Rarity:
    """Weighs words by their rank in the tokenizer's vocabulary, which is sorted by frequency.

    By Zipf's law a word's frequency is about proportional to 1 / rank, so its inverse document frequency (Sparck
    Jones 1972) grows with log(rank). A word that the vocabulary lacks is as rare as can be. No corpus is needed, so a
    pair's evidence does not depend on which other records it is compared with.

    Args:
        vocabulary: Number of each word piece.
    """

    def __init__(self, vocabulary: Mapping[str, int]) -> None:
        self._vocabulary = vocabulary
        self._scale = math.log(len(vocabulary) - _FIRST_WORD)
        self.of = lru_cache(maxsize=1 << 16)(self._of)

    def _of(self, word: str) -> float:
        rank = self._vocabulary.get(word, len(self._vocabulary)) - _FIRST_WORD
        return min(1.0, math.log(max(rank, 1)) / self._scale) if word else 0.0
