"""Phrases: runs of words that are looked up together, the longest first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

Found = TypeVar("Found")

#: For each first word, the rest of every phrase that starts with it and what the phrase stands for, longest first.
Table = Mapping[str, tuple[tuple[list[str], Found], ...]]


def word_set(words: str) -> frozenset[str]:
    """The words of a line as a set."""
    return frozenset(words.split())


def numbered(words: str, start: int = 1, step: int = 1) -> dict[str, int]:
    """Words by number: groups divided by "|" count up, the words of one group have one number."""
    groups = enumerate(words.split("|"))
    return {word: start + step * place for place, group in groups for word in group.split()}


def table(phrases: Iterable[tuple[Sequence[str], Found]]) -> Table[Found]:
    """A table of phrases; of two equal phrases the later one counts."""
    unique = {tuple(words): found for words, found in phrases if words}
    by_first: dict[str, list[tuple[list[str], Found]]] = {}
    for words, found in unique.items():
        by_first.setdefault(words[0], []).append((list(words[1:]), found))
    return {first: tuple(sorted(rests, key=lambda rest: -len(rest[0]))) for first, rests in by_first.items()}


def replaced(words: list[str], replacements: Table[tuple[str, ...]]) -> list[str]:
    """The words with each phrase of the table replaced, from left to right, the longest phrase first."""
    if replacements.keys().isdisjoint(words):
        return words
    result: list[str] = []
    position = 0
    while position < len(words):
        for rest, replacement in replacements.get(words[position], ()):
            end = position + 1 + len(rest)
            if words[position + 1 : end] == rest:
                result.extend(replacement)
                position = end
                break
        else:
            result.append(words[position])
            position += 1
    return result
