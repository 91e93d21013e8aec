"""Phrases: runs of words that are looked up together, the longest first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress

#: Reads on at a position of the words, appends what it makes of them to the result, and gives the position behind.
Reader = Callable[[list[str], int, list[str]], int]


def word_set(words: str) -> frozenset[str]:
    """The words of a line as a set."""
    return frozenset(words.split())


def numbered(words: str, start: int = 1, step: int = 1) -> dict[str, int]:
    """Words by number: groups divided by "|" count up, the words of one group have one number."""
    groups = enumerate(words.split("|"))
    return {word: start + step * place for place, group in groups for word in group.split()}


def rewritten(words: list[str], reader_of: Callable[[str], Reader | None]) -> list[str]:
    """The words from left to right as their readers write them; a word without a reader stays."""
    result: list[str] = []
    position = 0
    readers = list(map(reader_of, words))
    for place in compress(range(len(words)), readers):
        if place >= position and (reader := readers[place]):
            result += words[position:place]
            position = reader(words, place, result)
    return result + words[position:] if position else words


def replacing(phrases: Iterable[tuple[Sequence[str], Sequence[str]]]) -> Mapping[str, Reader]:
    """For each first word of a phrase what replaces the longest phrase there; of two equal phrases the later counts."""
    unique = {tuple(words): replacement for words, replacement in phrases if words}
    by_first: dict[str, list[tuple[list[str], Sequence[str]]]] = {}
    for words in sorted(unique, key=len, reverse=True):
        by_first.setdefault(words[0], []).append((list(words[1:]), unique[words]))
    return {first: _Replacement(rests) for first, rests in by_first.items()}


@dataclass(frozen=True, slots=True)
class _Replacement:
    """A reader: the rest of each phrase that begins with one word, longest first, and what replaces the phrase."""

    rests: Sequence[tuple[list[str], Sequence[str]]]

    def __call__(self, words: list[str], position: int, result: list[str]) -> int:
        for rest, replacement in self.rests:
            end = position + 1 + len(rest)
            if words[position + 1 : end] == rest:
                result += replacement
                return end
        result.append(words[position])
        return position + 1
