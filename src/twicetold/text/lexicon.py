"""The lexicon: acronyms, synonyms, and the terms for roles, ages, topics, directions and negations."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from twicetold.text.canonical import Spellings, canonical_words
from twicetold.text.entries import Entries, entries_from_toml, invalid_entry, read_entries
from twicetold.text.phrases import replaced, table
from twicetold.text.tokens import tokens
from twicetold.text.words import stem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_KINDS = {
    "roles": "role",
    "ages": "age",
    "settings": "place",
    "topics": "topic",
    "directions": "direction",
    "negations": "negation",
}
_IGNORE = "ignore"
_ROUNDS = 8


@dataclass(frozen=True, slots=True)
class Term:
    """A term of one or more words and what it means.

    Attributes:
        words: The words (of the canonical text if ``is_exact``, else their stems).
        is_exact: Whether the words are matched as they stand.
        meanings: Kinds of slots with their values; an empty value hides shorter terms of that kind.
    """

    words: list[str]
    is_exact: bool
    meanings: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Lexicon:
    """What means the same, and what words are about.

    Attributes:
        entries: What the files say, users' entries over the shipped ones.
        digest: SHA-256 of the entries.
        spellings: Acronyms and synonyms, ready to be replaced.
        terms: The terms by the stem of their first word, longest first.
        opposites: For each value of a direction the one that it excludes, both ways.
        known: Every word that an entry is made of, in lower case.
    """

    entries: Entries
    digest: str
    spellings: Spellings
    terms: Mapping[str, tuple[Term, ...]]
    opposites: Mapping[str, str]
    known: frozenset[str]

    @classmethod
    def default(cls) -> Lexicon:
        """The shipped lexicon."""
        return _shipped()

    @classmethod
    def of(cls, entries: Entries) -> Lexicon:
        """A lexicon of some entries, ready for use."""
        spellings = _spellings(entries)
        return cls(
            entries=entries,
            digest=entries.digest(),
            spellings=spellings,
            terms=_terms(entries, spellings),
            opposites={**entries.opposites, **{other: one for one, other in entries.opposites.items()}},
            known=frozenset(_known_words(entries)),
        )

    def extended_with(self, path: Path) -> Lexicon:
        """This lexicon with a user's entries, which win over the ones here.

        Args:
            path: A TOML file with any of the sections of the shipped one, or a CSV file ``term,means`` of
                acronyms and synonyms. A term in capitals is replaced only where it is written in capitals.

        Raises:
            FileNotUsable: The file is missing or cannot be read.
            SettingInvalid: The file is no lexicon; the message names file, line and value.
        """
        added = read_entries(path)
        lexicon = Lexicon.of(self.entries.with_more(added))
        for term, means in added.replacements.items():
            if not _settles(_folded(means), lexicon.spellings):
                raise invalid_entry(path, term, f"{term!r} = {means!r} is replaced in a circle")
        return lexicon


@cache
def _shipped() -> Lexicon:
    name = "lexicon.toml"
    text = resources.files("twicetold.text").joinpath("data", name).read_text(encoding="utf-8")
    return Lexicon.of(entries_from_toml(text, Path(name)))


def _folded(text: str) -> list[str]:
    return [token.casefold() for token in tokens(text)]


def _plural(words: list[str]) -> list[str]:
    *first, last = words
    if last.endswith("s"):
        return words
    if last.endswith("y") and last[-2:-1] not in "aeiou":
        return [*first, last[:-1] + "ies"]
    return [*first, last + "s"]


def _spellings(entries: Entries) -> Spellings:
    capitals: list[tuple[list[str], tuple[str, ...]]] = []
    any_case: list[tuple[list[str], tuple[str, ...]]] = []
    for term, means in entries.replacements.items():
        meant = _folded(means)
        if term.isupper():
            written = tokens(term)
            capitals.append(([*written[:-1], written[-1] + "s"], tuple(_plural(meant))))
            capitals.append((written, tuple(meant)))
        else:
            words = _folded(term)
            any_case.append((_plural(words), tuple(_plural(meant))))
            any_case.append((words, tuple(meant)))
    single_last = [entry for entry in any_case if entry[0] != list(entry[1])]
    return Spellings(table(capitals), table(single_last))


def _settles(words: list[str], spellings: Spellings) -> bool:
    for _ in range(_ROUNDS):
        before, words = words, replaced(words, spellings.any_case)
        if words == before:
            return True
    return False


def _terms(entries: Entries, spellings: Spellings) -> dict[str, tuple[Term, ...]]:
    """Terms by the stem of their first word, longest first; a later value of a term wins in its kind."""
    meanings: dict[tuple[bool, tuple[str, ...]], dict[str, str]] = {}
    exact_forms: dict[tuple[str, ...], list[tuple[bool, tuple[str, ...]]]] = {}
    for kind, value, term in _kinds_values_terms(entries):
        is_exact = term.startswith("=")
        words = canonical_words(term.removeprefix("="), spellings)
        stems = tuple(map(stem, words))
        key = is_exact, tuple(words) if is_exact else stems
        meanings.setdefault(key, {})[kind] = value
        if is_exact:
            exact_forms.setdefault(stems, []).append(key)
        else:
            for form in exact_forms.get(stems, ()):
                meanings[form].pop(kind, None)
    by_first: dict[str, list[Term]] = {}
    for (is_exact, phrase), kinds in meanings.items():
        by_first.setdefault(stem(phrase[0]), []).append(Term(list(phrase), is_exact, tuple(kinds.items())))
    return {first: tuple(sorted(terms, key=lambda term: -len(term.words))) for first, terms in by_first.items()}


def _kinds_values_terms(entries: Entries) -> Iterator[tuple[str, str, str]]:
    titles = entries.terms.get("titles", {})
    for area in titles.get("areas", ()):
        for post in titles.get("posts", ()):
            yield "role", f"{area} {post}".replace(" ", "-"), f"{area} {post}"
    for section, kind in _KINDS.items():
        for value, terms in entries.terms.get(section, {}).items():
            for term in terms:
                yield kind, "" if value == _IGNORE else value, term


def _known_words(entries: Entries) -> Iterator[str]:
    for pair in entries.replacements.items():
        for text in pair:
            yield from _folded(text)
    for _, _, term in _kinds_values_terms(entries):
        yield from _folded(term)
