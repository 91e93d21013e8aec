"""The canonical text: what the comparison reads. Texts with the same canonical text are one and the same.

Case, punctuation and markup are gone; numbers, dates, contractions, acronyms and synonyms have one spelling each.
Words are not stemmed, and nothing is left out that says something: signs, decimals and negations stay.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from twicetold.text.dates import regular_dates
from twicetold.text.numbers import to_digits
from twicetold.text.phrases import rewritten, word_set
from twicetold.text.tokens import tokens

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twicetold.text.lexicon import Lexicon
    from twicetold.text.phrases import Reader

_MOST_ROUNDS = 8  # replacing settles in two or three
_LINK_WORDS = word_set("a an and at by de for in of on or the to with y")


@dataclass(frozen=True, slots=True)
class Spellings:
    """What is written in more than one way, and the one way it gets.

    Attributes:
        capitals: Phrases that are replaced only when written in capitals, such as ("SR",).
        any_case: Phrases, in lower case, that are replaced however they are written.
    """

    capitals: Mapping[str, Reader]
    any_case: Mapping[str, Reader]


def canonical(cleaned: str, lexicon: Lexicon) -> str:
    """The comparison form of a cleaned text; empty only if the text is.

    >>> from twicetold.text.lexicon import Lexicon
    >>> canonical("Grantees' ERSEA-plan: 85 percent by June 30th", Lexicon.default())
    'recipients eligibility recruitment selection enrollment attendance plan 85% by june 30'
    """
    words = canonical_words(cleaned, lexicon.spellings)
    return " ".join(words) if words else " ".join(cleaned.casefold().split())


def canonical_words(cleaned: str, spellings: Spellings) -> list[str]:
    """The words of the comparison form; none if a text is nothing but punctuation."""
    written = tokens(cleaned)
    if not written:
        return []
    if "(" in written:
        written = _without_definitions(written)
    written = rewritten(written, spellings.capitals.get)
    words = " ".join(written).casefold().split(" ")
    for _ in range(_MOST_ROUNDS):
        before = words
        words = regular_dates(to_digits(rewritten(words, spellings.any_case.get)))
        if "(" in words or ")" in words:
            words = _without_brackets(words)
        elif words == before:
            break
    return words


def _without_brackets(words: list[str]) -> list[str]:
    """Without brackets, and without what a bracket only repeats: "thirty (30)", "practice-based coaching (PBC)"."""
    result: list[str] = []
    opened = 0
    for word in words:
        if word == "(":
            opened = len(result)
        elif word == ")":
            size = len(result) - opened
            if size and result[opened - size : opened] == result[opened:] and opened >= size:
                del result[opened:]
        else:
            result.append(word)
    return result


def _without_definitions(written: list[str]) -> list[str]:
    """With each abbreviation that the text itself defines, as in "quality plan (QP)", written out."""
    result: list[str] = []
    defined: dict[str, list[str]] = {}
    position = 0
    while position < len(written):
        if written[position] == "(" and written[position + 2 : position + 3] == [")"]:
            short = written[position + 1]
            if long := _long_form(short, result):
                defined[short] = long
                position += 3
                continue
        result.append(written[position])
        position += 1
    if not defined:
        return written
    return [part for word in result for part in defined.get(word, (word,))]


def _long_form(short: str, before: list[str]) -> list[str]:
    """The words that end ``before`` and whose initials are the letters of an abbreviation, or none."""
    letters = short.lower()
    if not letters.isalpha() or len(letters) < (2 if short.isupper() else 3):
        return []
    start, left = len(before), len(letters)
    first = max(0, start - 2 * left)
    while left and start > first:
        start -= 1
        word = before[start].lower()
        if word[0] == letters[left - 1]:
            left -= 1
        elif word not in _LINK_WORDS or left == len(letters):
            return []
    if start and before[start].lower() in _LINK_WORDS and before[start - 1][0].lower() == letters[0]:
        start -= 1  # "office of head start (OHS)"
    return [] if left else before[start:]
