"""Antonyms: words of which one excludes the other in the same frame, such as "fast" and "slow"."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from twicetold.text.words import stem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    Section = Mapping[str, Sequence[str]]

# Forms of a verb that are words of their own.
_FORMS = ("ed", "ing", "en")


def poles(antonyms: Section, prefixes: Section) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """The pole that each term names, and the pairs of poles that exclude each other.

    Args:
        antonyms: The terms of one pole, divided by spaces, with those of each other pole; a term of two words has a
            hyphen. The first term names the pole.
        prefixes: By prefix the words that it turns round.

    >>> poles({"fast quick": ["slow slow-down"]}, {"un": ["tie"]})[0]
    {'fast': 'fast', 'quick': 'fast', 'slow': 'slow', 'slow down': 'slow', 'tie': 'tie', 'untie': 'untie'}
    >>> poles({"fast quick": ["slow slow-down"]}, {"un": ["tie"]})[1]
    [('fast', 'slow'), ('tie', 'untie')]
    """
    pole_of: dict[str, str] = {}
    known: dict[str, str] = {}
    pairs: list[tuple[str, str]] = []
    for sides in (*_listed(antonyms), *_prefixed(prefixes)):
        names: list[str] = []
        for terms in sides:
            roots = [" ".join(map(stem, term.removeprefix("=").split())) for term in terms]
            name = next((known[root] for root in roots if root in known), terms[0].removeprefix("="))
            known.update(dict.fromkeys(roots, name))
            pole_of.update(dict.fromkeys(terms, name))
            names.append(name)
        pairs += combinations(names, 2)
    return pole_of, pairs


def opposites_of(pairs: Iterator[tuple[str, str]]) -> dict[str, frozenset[str]]:
    """For each value all that exclude it, both ways."""
    found: dict[str, set[str]] = {}
    for one, other in pairs:
        found.setdefault(one, set()).add(other)
        found.setdefault(other, set()).add(one)
    return {value: frozenset(others) for value, others in found.items()}


def _listed(antonyms: Section) -> Iterator[list[list[str]]]:
    for first, others in antonyms.items():
        yield [[term.replace("-", " ") for term in side.split()] for side in (first, *others)]


def _prefixed(prefixes: Section) -> Iterator[list[list[str]]]:
    for prefix, words in prefixes.items():
        for word in words:
            mark = "=" if word.endswith(_FORMS) else ""  # "willing" is not "will"
            yield [[mark + word], [mark + prefix + word]]
