"""The bilingual lexicon: Spanish words and expressions in all their forms, and what they are in English."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from twicetold.text.inflection import Word, adjective_forms, noun_forms, verb_forms
from twicetold.text.phrases import word_set

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    Content = dict[str, dict[str, str]]

_ACCENTS = str.maketrans("áéíóúüñ", "aeiouun")
_KINDS_OF_NOUNS = frozenset(("places", "people"))


@dataclass(frozen=True, slots=True, eq=False)
class Bilingual:
    """The bilingual lexicon, ready for use.

    Attributes:
        words: Words and expressions by form, with their accents and without.
        longest: Words in the longest expression, by its first word.
        telling: Words that are Spanish and not English, too.
        neutral: Spanish words that are English ones, too.
        against: Words of other languages.
        irregular: The past and the participle of irregular English verbs.
        plurals: Irregular English plurals.
    """

    words: Mapping[str, Word]
    longest: Mapping[str, int]
    telling: frozenset[str]
    neutral: frozenset[str]
    against: frozenset[str]
    irregular: Mapping[str, str]
    plurals: Mapping[str, str]


def source() -> bytes:
    """The bilingual lexicon as it ships, a TOML file."""
    return resources.files("twicetold.text").joinpath("data", "spanish.toml").read_bytes()


@cache
def lexicon_of_spanish() -> Bilingual:
    """The shipped bilingual lexicon; what an earlier section says of a form wins."""
    content: Content = tomllib.loads(source().decode())
    words: dict[str, Word] = {}
    for form, word in _forms(content):
        words.setdefault(form, word)
    words |= {bare: word for form, word in words.items() if (bare := plain(form)) not in words}
    longest: dict[str, int] = {}
    telling = set(words)
    for form in words:
        if " " in form:
            parts = form.split(" ")
            longest[parts[0]] = max(longest.get(parts[0], 0), len(parts))
            telling.update(parts)
    decide = {name: word_set(line) for name, line in content["decide"].items()}
    return Bilingual(
        words=words,
        longest=longest,
        telling=frozenset(telling - decide["neutral"] - decide["against"]),
        neutral=decide["neutral"],
        against=decide["against"],
        irregular=dict(_entries(content["english"]["verbs"])),
        plurals=dict(_entries(content["english"]["plurals"])),
    )


def plain(word: str) -> str:
    """A Spanish word in lower case without its accents, as many people type it."""
    return word if word.isascii() else word.translate(_ACCENTS)


def _forms(content: Content) -> Iterator[tuple[str, Word]]:
    for theme, block in content["fixed"].items():
        yield from ((spanish, Word(english, theme)) for spanish, english in _entries(block))
    for theme, block in (content["places"] | content["nouns"]).items():
        for spanish, english in _entries(block):
            yield from noun_forms(spanish, english, theme if theme in _KINDS_OF_NOUNS else "nouns")
    for block in content["adjectives"].values():
        for spanish, english in _entries(block):
            yield from adjective_forms(spanish, english)
    for block in content["verbs"].values():
        for spanish, english in _entries(block):
            yield from verb_forms(spanish, english)


def _entries(block: str) -> Iterator[tuple[str, str]]:
    for entry in block.replace("\n", ";").split(";"):
        if entry.strip():
            spanish, english = entry.split("=")
            yield spanish.strip(), english.strip()
