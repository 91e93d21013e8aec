"""The lexicon: acronyms, synonyms, and the terms for roles, ages, topics, directions and negations."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cache
from hashlib import sha256
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from twicetold.text.antonyms import opposites_of, poles
from twicetold.text.bilingual import source
from twicetold.text.canonical import Spellings, canonical_words
from twicetold.text.entries import Entries, entries_from_toml, invalid_entry, read_entries
from twicetold.text.phrases import replacing, rewritten
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


@dataclass(frozen=True, slots=True, repr=False)
class Lexicon:
    """What means the same, and what words are about.

    Attributes:
        entries: What the files say, users' entries over the shipped ones.
        digest: SHA-256 of the entries and the bilingual lexicon.
        spellings: Acronyms and synonyms, ready to be replaced.
        terms: The terms of one word by its stem, and longer ones by their first two stems, the longest first; the
            first stem of a longer term is there, too.
        opposites: For each value of a direction or contrast those that it excludes, both ways.
        known: Every word that an entry is made of, in lower case.
        misspellings: What misspelled words of the texts at hand are read as, in lower case.
    """

    entries: Entries
    digest: str
    spellings: Spellings
    terms: Mapping[str, tuple[Term, ...]]
    opposites: Mapping[str, frozenset[str]]
    known: frozenset[str]
    misspellings: Mapping[str, str] = field(default_factory=dict)

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
            digest=sha256(entries.digest().encode() + source()).hexdigest(),
            spellings=spellings,
            terms=_terms(entries, spellings),
            opposites=opposites_of(_excluding_pairs(entries)),
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

    def with_abbreviations(self, long_forms: Mapping[str, str]) -> Lexicon:
        """This lexicon with the long forms of abbreviations that texts explain; what it says itself wins.

        The digest stays, for it says what was given, not what was read.
        """
        phrases: list[tuple[list[str], list[str]]] = []
        for short, long in long_forms.items():
            phrases += _both_numbers(tokens(short), canonical_words(long, self.spellings))
        capitals = {**replacing(phrases), **self.spellings.capitals}
        known = self.known.union(*(_folded(short) for short in long_forms))
        return replace(self, spellings=Spellings(capitals, self.spellings.any_case), known=known)


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


def _both_numbers(written: list[str], meant: list[str]) -> list[tuple[list[str], list[str]]]:
    """An abbreviation in capitals with what it stands for, in the plural and in the singular."""
    return [([*written[:-1], written[-1] + "s"], _plural(meant)), (written, meant)]


def _spellings(entries: Entries) -> Spellings:
    capitals: list[tuple[list[str], list[str]]] = []
    any_case: list[tuple[list[str], tuple[str, ...]]] = []
    for term, means in entries.replacements.items():
        meant = _folded(means)
        if term.isupper():
            capitals += _both_numbers(tokens(term), meant)
        else:
            words = _folded(term)
            any_case.append((_plural(words), tuple(_plural(meant))))
            any_case.append((words, tuple(meant)))
    single_last = [entry for entry in any_case if entry[0] != list(entry[1])]
    return Spellings(replacing(capitals), replacing(single_last))


def _settles(words: list[str], spellings: Spellings) -> bool:
    for _ in range(_ROUNDS):
        before, words = words, rewritten(words, spellings.any_case.get)
        if words == before:
            return True
    return False


def _terms(entries: Entries, spellings: Spellings) -> dict[str, tuple[Term, ...]]:
    """Terms by their first stem or two, longest first; a later value of a term wins in its kind."""
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
    by_start: dict[str, list[Term]] = {stem(phrase[0]): [] for _, phrase in meanings}
    for (is_exact, phrase), kinds in meanings.items():
        start = " ".join(map(stem, phrase[:2]))
        by_start.setdefault(start, []).append(Term(list(phrase), is_exact, tuple(kinds.items())))
    return {start: tuple(sorted(terms, key=lambda term: -len(term.words))) for start, terms in by_start.items()}


def _kinds_values_terms(entries: Entries) -> Iterator[tuple[str, str, str]]:
    titles = entries.terms.get("titles", {})
    for area in titles.get("areas", ()):
        for post in titles.get("posts", ()):
            yield "role", f"{area} {post}".replace(" ", "-"), f"{area} {post}"
    for section, kind in _KINDS.items():
        for value, terms in entries.terms.get(section, {}).items():
            for term in terms:
                yield kind, "" if value == _IGNORE else value, term
    for verbs, others in entries.terms.get("converses", {}).items():
        for side, listed in (("+", tuple(verbs.split())), ("-", others)):
            for term in listed:
                yield "converse", f"{side}{verbs}", term
    for term, pole in _poles(entries)[0].items():
        yield "contrast", pole, term


def _excluding_pairs(entries: Entries) -> Iterator[tuple[str, str]]:
    for value, others in entries.opposites.items():
        for other in others:
            yield value, other
    yield from _poles(entries)[1]


def _poles(entries: Entries) -> tuple[dict[str, str], list[tuple[str, str]]]:
    return poles(entries.terms.get("antonyms", {}), entries.terms.get("prefixes", {}))


def _known_words(entries: Entries) -> Iterator[str]:
    for pair in entries.replacements.items():
        for text in pair:
            yield from _folded(text)
    for kind, _, term in _kinds_values_terms(entries):
        if kind not in ("contrast", "converse"):  # "Green" and "Young" are names, too
            yield from _folded(term)
