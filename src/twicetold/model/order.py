"""Order: whether the same words in another order say who does what to whom the other way round."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from twicetold.text.words import STOP_WORDS, stem

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Forms of "to be" that a passive begins with.
_BE = frozenset({"am", "are", "be", "been", "being", "is", "was", "were"})
#: Exchanging two blocks of words around a third leaves three; moving one clause leaves two, telling freely leaves more.
_EXCHANGE = 3
_SHORTEST = 3


def roles_swapped(words_a: Sequence[str], words_b: Sequence[str]) -> bool:
    """Whether two texts with (nearly) the same words give them other roles.

    "Cooks train teachers" and "teachers train cooks" exchange two blocks; "at noon, cooks train teachers" only moves
    one. If one of the two texts is a passive ("are trained by"), an exchange keeps the roles and the same order
    swaps them.

    Args:
        words_a: Words of one canonical text, in order.
        words_b: Words of the other.
    """
    a, b = _shared_once(words_a, words_b)
    if len(a) < _SHORTEST:
        return False
    blocks = _moved_blocks([b.index(word) for word in a])
    if _is_passive(words_a) != _is_passive(words_b):
        return blocks == 0
    return blocks == _EXCHANGE


def _shared_once(words_a: Sequence[str], words_b: Sequence[str]) -> tuple[list[str], list[str]]:
    """The stems that occur once in both texts, in the order of each; numbers count as words."""
    a, b = ([stem(word) for word in words if word not in STOP_WORDS] for words in (words_a, words_b))
    count_a, count_b = Counter(a), Counter(b)
    once = {word for word in count_a if count_a[word] == count_b[word] == 1}
    return [word for word in a if word in once], [word for word in b if word in once]


def _moved_blocks(places: list[int]) -> int:
    """Into how many runs of neighbours a permutation falls, without what stands still at its two ends."""
    first, last = 0, len(places)
    while first < last and places[first] == first:
        first += 1
    while last > first and places[last - 1] == last - 1:
        last -= 1
    middle = places[first:last]
    return sum(place != before + 1 for before, place in zip([-2, *middle], middle, strict=False))


def _is_passive(words: Sequence[str]) -> bool:
    """Whether a form of "to be" stands before a "by"."""
    return "by" in words and not _BE.isdisjoint(words[: words.index("by")])
