"""Formation: which words are well formed although no vocabulary lists them, such as "retested" or "storytime"."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from twicetold.text.phrases import word_set

if TYPE_CHECKING:
    from collections.abc import Callable

    Knows = Callable[[str], bool]

_PREFIXES = tuple(
    word_set(
        "un re pre post peri non dis mis in im il ir over under anti inter intra sub co de ex em en self multi bi tri "
        "up out semi super trans mid neo ante hyper hypo counter macro micro mini mono poly pro fore auto bio tele"
    )
)
#: What regular inflection and the making of adverbs and agents put behind a root.
_INFLECTIONS = tuple(word_set("s es ed ing ings ly er ers"))
#: What follows the common root of two words that are each a word.
_ENDINGS = word_set(
    "s es ed er ers or ors ee ees ing ings ion ions ive al ally able ly ist ists ism ful ness y ic ical age ity ary "
    "ory ian ians ial ate ated ating less like wise ward ship hood ment ments ative ator ators"
) | {""}
#: What makes another word of a word when it is added to it; one that lacks it may be cut short.
_ADDED = word_set("r rs d n ns an i is th")
_DOUBLED = re.compile(r"[^aeiou][aeiou]([^aeiou])\1$")  # "planning", but not "trainning"
_MAN = re.compile("(?:wo)?m[ae]n$")
_SHORTEST_PART = 4
_SHORTEST_ROOT = 5
_LONGEST_WORD = 60  # letters; a longer run of them is no word


def is_formed(word: str, is_whole: Knows) -> bool:
    """Whether a word is made of known ones: by inflection, with a prefix, or as a compound.

    Args:
        word: In lower case, without accents.
        is_whole: Whether a vocabulary lists a word.

    >>> [is_formed(word, {"story", "time", "test"}.__contains__) for word in ("storytime", "retest", "stroy")]
    [True, True, False]
    """
    if len(word) > _LONGEST_WORD:
        return False
    if _is_inflected(word, is_whole):
        return True
    rests = [word[cut:] for cut in range(_SHORTEST_PART, len(word) - _SHORTEST_PART + 1) if is_whole(word[:cut])]
    if word.startswith(_PREFIXES):
        rests += [word[len(prefix) :] for prefix in _PREFIXES if word.startswith(prefix)]
    return any(len(rest) >= _SHORTEST_PART and (is_whole(rest) or _is_inflected(rest, is_whole)) for rest in rests)


def _is_inflected(word: str, is_whole: Knows) -> bool:
    for ending in _INFLECTIONS:
        root = word.removesuffix(ending)
        if len(root) < _SHORTEST_ROOT or root == word:
            continue
        if ending in ("er", "ers") and (root.endswith("at") or is_whole(root + ending.replace("e", "o"))):
            continue  # "educater", "visiter"
        roots = {root, root + "e", root[:-1] if _DOUBLED.search(root) else root}
        if any(map(is_whole, roots)) or (root[-1] == "i" and is_whole(root[:-1] + "y")):
            return True
    return False


@lru_cache(maxsize=1 << 14)
def is_another_word(word: str, other: str) -> bool:
    """Whether a word is no misspelling of another but formed from the same root.

    >>> [is_another_word(word, "trained") for word in ("trainee", "tained")], is_another_word("pretest", "protest")
    ([True, False], True)
    """
    if {word[len(prefix) :] for prefix in _turning(word)} & {other[len(prefix) :] for prefix in _turning(other)}:
        return True
    if word.startswith(other) and word[len(other) :] in _ADDED:
        return True
    if _MAN.search(word) and _MAN.sub("", word) == _MAN.sub("", other):
        return True
    shared = 0
    while shared < min(len(word), len(other)) and word[shared] == other[shared]:
        shared += 1
    return any(_both_end(word[cut:], other[cut:]) for cut in range(_SHORTEST_PART, shared + 1))


def _turning(word: str) -> list[str]:
    """The prefixes of a word that another may stand for; "im" and "in" are one."""
    return [prefix for prefix in _PREFIXES if len(prefix) > len("in") and word.startswith(prefix)]


def _both_end(one: str, other: str) -> bool:
    if one.replace("o", "e") == other.replace("o", "e"):
        return False  # "visiter" and "visitor"
    return (one in _ENDINGS and other in _ENDINGS) or (one, other) == ("y", "e")
