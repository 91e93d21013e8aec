"""Definitions: abbreviations that a text itself explains in brackets, in either order.

"practice-based coaching (PBC)" and "PBC (practice-based coaching)" both define PBC. As in Schwartz and Hearst,
"A simple algorithm for identifying abbreviation definitions in biomedical text", PSB 2003, the candidates are a bracket
and the words beside it, and the letters are matched from the right. Unlike there, a letter must begin a word (or
continue one that does, as in "SNAP-Ed"), and every word that carries content must give one: in plain sentences a letter
somewhere inside a word proves nothing.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from twicetold.text.phrases import word_set
from twicetold.text.words import STOP_WORDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

#: Words that may give no letter.
SMALL_WORDS = STOP_WORDS | word_set("against among between during through under und y e o")
_LETTERS = r"[^\W\d_]"
# Two to ten letters, some in lower case ("SNAP-Ed", "IEPs"), with inner marks ("T/TA", "R&D").
_SHORT = rf"{_LETTERS}+(?:[/&.-]{_LETTERS}+)*\.?"
_FEWEST, _MOST = 2, 10
_QUOTES = r"[\"']?"
_SHORT_INSIDE = re.compile(
    rf"(?:(?i:or|aka|a\.k\.a\.|also|hereafter|the)[ ]+)?{_QUOTES}({_SHORT})(?:'s)?{_QUOTES}[ ]*(?:[,;].*)?"
)
_SHORT_BEFORE = re.compile(rf"[\"'(]*({_SHORT})(?:'s)?{_QUOTES}")
_CAPITALS = re.compile(r"[^\W\d_a-z][^\s,;]*[^\W\d_a-z]")
_BRACKET = re.compile(r"\(([^()]{2,150})\)")
_BREAK = re.compile(r"[;:!?()\[\]\"\n]|(?<=\w\w)\.(?=\s|$)|\s--?\s")
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_INTRODUCTION = re.compile(r"\s*(?:i\.e\.,?|or|aka|a\.k\.a\.|formerly|that is,?|=)\s", re.IGNORECASE)
_EDGE = " ,\"'"
_REACH = 200  # characters beside a bracket that are looked at
_PLURAL_ENDINGS = (("ies", "y"), ("sses", "ss"), ("xes", "x"), ("ches", "ch"), ("shes", "sh"))


def definitions(cleaned: str, is_open: Callable[[str], bool] = lambda _short: True) -> Iterator[tuple[str, str]]:
    """Each abbreviation that a text without markup explains, with its long form as written, both in the singular.

    Args:
        cleaned: The text.
        is_open: Whether a short form is looked for.

    >>> list(definitions("IEPs (individualized education programs) and practice-based coaching (PBC)"))
    [('IEP', 'individualized education program'), ('PBC', 'practice-based coaching')]
    """
    for bracket in _BRACKET.finditer(cleaned):
        inside, before = bracket[1].strip(), cleaned[max(0, bracket.start() - _REACH) : bracket.start()].rstrip(_EDGE)
        if _CAPITALS.search(inside) and (short := _SHORT_INSIDE.fullmatch(inside)) and is_open(short[1]):
            yield from _pair(short[1], before)
        last = before[before.rfind(" ") + 1 :]
        if _CAPITALS.search(last) and (short := _SHORT_BEFORE.fullmatch(last)) and is_open(short[1]):
            long = _INTRODUCTION.sub("", inside, count=1)
            for said in dict.fromkeys((long, re.split("[,;]", long)[0])):
                yield from _pair(short[1], said, is_whole=True)


def _pair(short: str, text: str, *, is_whole: bool = False) -> Iterator[tuple[str, str]]:
    """The abbreviation and the end of a text, if that spells it out; ``is_whole`` if the whole text must."""
    is_plural = len(short) > _FEWEST and short[-1] == "s" and short[:-1].isupper()
    short = (short[:-1] if is_plural else short).replace(".", "")
    letters = [letter for letter in short if letter.isalpha()]
    if not _FEWEST <= len(letters) <= _MOST or sum(map(str.isupper, letters)) < _FEWEST:
        return
    last = max(map(text.rfind, " -/&(")) + 1
    if plain(text[last : last + 1]) not in plain(short):
        return
    text = text if is_whole else _BREAK.split(text)[-1]
    words = list(_WORD.finditer(text))[-2 * len(letters) - 1 :]
    if not words or words[-1].end() != len(text.rstrip("'")) or short in [word[0] for word in words]:
        return
    start = first_word(short, text, words)
    if start is None or (is_whole and not SMALL_WORDS.issuperset(word[0].lower() for word in words[:start])):
        return
    long = " ".join(text[words[start].start() : words[-1].end()].split())
    yield short, _singular(long) if is_plural else long


def first_word(short: str, text: str, words: Sequence[re.Match[str]]) -> int | None:
    """Where the words begin that end a run of words and give the letters of an abbreviation; None if none do.

    Args:
        short: The abbreviation.
        text: What holds the words.
        words: The words, as matches in ``text``.
    """
    letters = plain("".join(filter(str.isalpha, short)))
    units = _units(short)
    spelled = [plain(word[0]) for word in words]
    written = [word[0] for word in words]
    optional = [
        word in SMALL_WORDS or (place > 0 and text[words[place].start() - 1] == "-")
        for place, word in enumerate(spelled)
    ]
    dead: set[tuple[int, int]] = set()

    def begin(end: int, left: int) -> int | None:
        """The first word of those before ``end`` that give the first ``left`` letters."""
        if not left:
            return end if len(words) - end > 1 else None
        if not end or (end, left) in dead:
            return None
        word = spelled[end - 1]
        if optional[end - 1] and left < len(letters) and (found := begin(end - 1, left)) is not None:
            return found
        for size in _sizes(written[end - 1], left, units):
            if letters[left - size : left] == word[:size] and (found := begin(end - 1, left - size)) is not None:
                return found
        dead.add((end, left))
        return None

    return begin(len(words), len(letters))


def _sizes(word: str, left: int, units: dict[int, int]) -> Iterator[int]:
    """How many of the first ``left`` letters a word may give: its initial, or more where capitals say so."""
    yield 1
    if units[left] > 1:
        yield units[left]
    if word.isupper() and 1 < len(word) <= left and len(word) != units[left]:
        yield len(word)


def _units(short: str) -> dict[int, int]:
    """For each count of letters, how many the last one continues: 2 for the "Ed" that ends "SNAP-Ed"."""
    letters = [letter for letter in short if letter.isalpha()]
    sizes, size = {}, 0
    for count, letter in enumerate(letters, start=1):
        size = size + 1 if letter.islower() else 1
        sizes[count] = size
    return sizes


def plain(word: str) -> str:
    """A word in lower case and without accents."""
    if word.isascii():
        return word.lower()
    return "".join(mark for mark in unicodedata.normalize("NFD", word.lower()) if not unicodedata.combining(mark))


def _singular(long: str) -> str:
    for ending, singular in _PLURAL_ENDINGS:
        if long.endswith(ending):
            return long.removesuffix(ending) + singular
    return long[:-1] if long.endswith("s") and not long.endswith(("ss", "us", "is")) else long
