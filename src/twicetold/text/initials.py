"""Initials: what an abbreviation stands for where no text says so, by the words of other texts of the same scope.

Where one text says "train staff in PBC" and another "train staff in practice-based coaching", the letters are the
initials of that run of words. Only what leaves no doubt counts: the letters fit one run of words and no other, and two
letters, which fit somewhere by chance, need a sign more: a neighbouring word that both texts share.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import accumulate, chain
from sys import intern
from typing import TYPE_CHECKING

from twicetold.text.definitions import SMALL_WORDS
from twicetold.text.phrases import word_set
from twicetold.text.words import stem

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

#: A short form of two to six capitals, maybe in the plural, that is a word of its own.
SHORT = re.compile(r"[A-Z](?<![\w/&.'-][A-Z])[A-Z]{1,5}(?=s?(?![\w/&'-]))")
#: A word, or a mark that ends a run of words.
_TOKEN = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*|[^\s,/&'-]")
_ARTICLES = word_set("the la")  # give no letter
_LINKS = _ARTICLES | word_set("and of for in y de del para")
_END = "."  # behind each text, so that no run goes on
_SHORTEST_WORD = 3
_FITS_BY_CHANCE = 2  # letters


@dataclass(slots=True)
class _Run:
    """A run of words whose initials are the letters of a short form.

    Attributes:
        spellings: How often it is written in which way.
        texts: The texts that have it, by number.
        is_sure: Whether more than the letters speaks for it.
    """

    spellings: Counter[str] = field(default_factory=Counter)
    texts: set[int] = field(default_factory=set)
    is_sure: bool = False


def long_forms(texts: Sequence[str], unknown: set[str]) -> dict[str, tuple[str, int]]:
    """The long form of each short form that only one run of words in the other texts fits, and how many have it.

    Args:
        texts: The distinct texts of one scope, without markup.
        unknown: Short forms that nothing else explains.
    """
    scope = _Scope(texts)
    using: dict[str, set[int]] = defaultdict(set)
    for number, text in enumerate(texts):
        for short in unknown.intersection(SHORT.findall(text)):
            if not (scope.has(short.lower()) or scope.has(short.capitalize()) or _shouts(text)):
                using[short].add(number)
    found = {}
    for short, users in using.items():
        run = _only_run(short, users, scope)
        if run is not None and run.is_sure:
            found[short] = min(run.spellings, key=lambda long: (-run.spellings[long], long)), len(run.texts)
    return found


def _only_run(short: str, users: set[int], scope: _Scope) -> _Run | None:
    """The run of words with the initials of a short form in texts that do not use it, if there is one and no other."""
    neighbours = {beside for place in scope.places(short, users) for beside in scope.beside(place, place)}
    found: _Run | None = None
    only: tuple[str, ...] = ()
    for first, last in scope.runs(short):
        if (number := scope.text_of(first)) in users:
            continue
        words = scope.words(first, last)
        stems = tuple(stem(word) for word in words if word not in _LINKS)  # forms of a word are one
        if found is None:
            found, only = _Run(), stems
        elif stems != only:
            return None
        found.spellings[" ".join(words)] += 1
        found.texts.add(number)
        has_neighbour = not neighbours.isdisjoint(scope.beside(first, last))
        found.is_sure = found.is_sure or len(short) > _FITS_BY_CHANCE or has_neighbour
    return found


class _Scope:
    """The words of some texts in a row, and the letter that each may give."""

    def __init__(self, texts: Sequence[str]) -> None:
        found = [[*map(intern, _TOKEN.findall(text)), _END] for text in texts]
        self._starts = list(accumulate(map(len, found), initial=0))
        self._written = list(chain.from_iterable(found))
        self._letters = "".join(map(_letter, self._written))
        self.has = frozenset(self._written).__contains__

    def words(self, first: int, last: int) -> list[str]:
        """The words of a run, in lower case."""
        return [word.lower() for word in self._written[first : last + 1]]

    def text_of(self, place: int) -> int:
        """The number of the text in which a word stands."""
        return bisect_right(self._starts, place) - 1

    def places(self, short: str, users: set[int]) -> Iterator[int]:
        """Where a short form stands, in the singular or plural."""
        for number in users:
            for place in range(self._starts[number], self._starts[number + 1]):
                if self._written[place].removesuffix("s") == short:
                    yield place

    def runs(self, short: str) -> Iterator[tuple[int, int]]:
        """First and last word of each run of words that gives the letters of a short form."""
        for run in _pattern(short.lower()).finditer(self._letters):
            yield run.start(), run.end(1) - 1

    def beside(self, first: int, last: int) -> Iterator[tuple[int, str]]:
        """The words before and after a run, each with its side."""
        for side, place in ((0, first - 1), (1, last + 1)):
            if place >= 0 and self._written[place][0].isalpha():
                yield side, stem(self._written[place].lower())


@lru_cache(maxsize=1 << 16)
def _letter(word: str) -> str:
    """The initial of a word: a capital if it may be left out, "_" if it must, "." if the word ends a run."""
    word = word.lower()
    if word in _LINKS:
        return "_" if word in _ARTICLES else word[0].upper()
    return word[0] if len(word) >= _SHORTEST_WORD and word not in SMALL_WORDS else "."


@lru_cache(maxsize=1 << 10)
def _pattern(letters: str) -> re.Pattern[str]:
    """Finds the words that give some letters: links only inside, and not two in a row."""
    middle = "".join(f"[A-Z_]?[{letter}{letter.upper()}]" for letter in letters[1:-1])
    return re.compile(f"{letters[0]}(?=({middle}[A-Z_]?{letters[-1]}))")


def _shouts(text: str) -> bool:
    """Whether most words of a text are in capitals, which then say nothing."""
    words = text.split()
    return 1 < sum(map(str.isupper, words)) > len(words) / 2
