"""Sentences: why each pair was judged as it was. Those of millions of pairs are gigabytes, so they may lie in files."""

from __future__ import annotations

from bisect import bisect_right
from functools import lru_cache
from itertools import accumulate, chain
from typing import TYPE_CHECKING

import numpy as np

from twicetold.matching.components import bounded_components
from twicetold.matching.explanation import IDENTICAL, REVERSED, Said, sentence
from twicetold.model.lookup import Lookup

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from twicetold.model.blocks import Block
    from twicetold.pairs import Pairs, Thresholds

#: Texts of which is kept what they say while pairs are explained.
_SAID = 1 << 14
#: Pairs that are looked up together.
_AT_A_TIME = 1 << 13


class Sentences(Lookup[str]):
    """What was said, in another order.

    Args:
        told: What was said.
        places: Of each sentence its place there; -1 where both texts are the same and nothing had to be said.
    """

    def __init__(self, told: Sequence[str], places: NDArray[np.intp]) -> None:
        self._told, self._places = told, places

    def __len__(self) -> int:
        return len(self._places)

    def _at(self, place: int) -> str:
        told = int(self._places[place])
        return self._told[told] if told >= 0 else IDENTICAL


class Joined(Lookup[str]):
    """The sentences of many scopes, one scope after the other."""

    def __init__(self, parts: Iterable[Sequence[str]]) -> None:
        self._parts = [part for part in parts if len(part)]
        self._ends = list(accumulate(map(len, self._parts)))

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    def __iter__(self) -> Iterator[str]:
        return chain.from_iterable(self._parts)

    def _at(self, place: int) -> str:
        part = bisect_right(self._ends, place)
        return self._parts[part][place - self._ends[part]]


def sentences_of(
    texts: Block, pairs: Pairs, thresholds: Thresholds, keep: Callable[[Iterable[str]], Sequence[str]]
) -> tuple[Sequence[str], NDArray[np.intp]]:
    """The sentence that explains each pair of texts.

    Args:
        texts: The texts.
        pairs: The pairs, by their texts' places.
        thresholds: What makes a verdict.
        keep: Where sentences are put, one after the other.

    Returns:
        What was kept, and the place of each pair's sentence there.
    """
    said = lru_cache(_SAID)(lambda place: Said.of(texts.readings[place]))
    reversing = pairs.names.index(REVERSED)
    # What hangs together one after the other, in parts that are kept whole, so that few texts are looked up again.
    likely = pairs.without_evidence().take(pairs.probability >= thresholds.duplicate)
    part = bounded_components(len(texts), likely.a, likely.b, likely.probability, _SAID // 4)
    order = np.lexsort((pairs.b, pairs.a, part[pairs.a]))

    def told() -> Iterator[str]:
        for first in range(0, len(order), _AT_A_TIME):
            some = pairs.take(order[first : first + _AT_A_TIME])
            for (a, b, chance), is_reversed in zip(some, some.log_odds[:, reversing] < 0, strict=True):
                yield sentence(said(a), said(b), thresholds.verdict(chance), is_reversed=bool(is_reversed))

    return keep(told()), np.argsort(order)
