"""Two texts with the words marked that the other one lacks."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from markupsafe import Markup, escape
from rapidfuzz.distance import Indel

if TYPE_CHECKING:
    from collections.abc import Sequence

# Scripts that write without spaces are compared sign by sign; elsewhere a word ends at white space, a dash or
# a slash.
_SIGN = "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[{_SIGN}]|[^\s\-\u2010-\u2015/{_SIGN}]+")
_KEPT_SIGNS = frozenset("%\u2030#@&")


class _Word(NamedTuple):
    start: int
    end: int
    key: str


def marked_words(text_a: str, text_b: str) -> tuple[Markup, Markup]:
    """Marks, in each of two texts, the words that the other lacks.

    Words are aligned in order (longest common subsequence); a word that only stands elsewhere in the other
    text is not marked. Case, punctuation around a word and compatibility forms of a character do not count.

    Args:
        text_a: The first text, as it was written.
        text_b: The second text, as it was written.

    Returns:
        Both texts as safe HTML with ``<mark>`` around the differing words. Without the tags and
        unescaped, each is its original text, character by character.
    """
    if text_b < text_a:  # of several equally good alignments the same one whichever text comes first
        second, first = marked_words(text_b, text_a)
        return first, second
    words_a, words_b = _words(text_a), _words(text_b)
    alone_a, alone_b = _without_counterpart([w.key for w in words_a], [w.key for w in words_b])
    return _mark(text_a, [words_a[i] for i in alone_a]), _mark(text_b, [words_b[i] for i in alone_b])


def _words(text: str) -> list[_Word]:
    found = []
    for match in _WORD.finditer(text):
        begin, end, key = _core(match[0])
        if key:
            found.append(_Word(match.start() + begin, match.start() + end, key))
    return found


@lru_cache(maxsize=1 << 14)
def _core(word: str) -> _Word:
    """A word without the punctuation around it."""
    start, end = 0, len(word)
    while start < end and _is_around(word[start]):
        start += 1
    while start < end and _is_around(word[end - 1]):
        end -= 1
    return _Word(start, end, unicodedata.normalize("NFKC", word[start:end]).casefold())


def _is_around(char: str) -> bool:
    """Whether a character at a word's edge is punctuation or invisible, not part of the word."""
    return unicodedata.category(char)[0] in "PC" and char not in _KEPT_SIGNS


def _without_counterpart(keys_a: Sequence[str], keys_b: Sequence[str]) -> tuple[list[int], list[int]]:
    """Positions left over on both sides after aligning in order, then matching what was moved."""
    alone_a: list[int] = []
    alone_b: list[int] = []
    for step in Indel.opcodes(keys_a, keys_b):
        if step.tag != "equal":
            alone_a += range(step.src_start, step.src_end)
            alone_b += range(step.dest_start, step.dest_end)
    moved = Counter(keys_a[i] for i in alone_a) & Counter(keys_b[i] for i in alone_b)
    return _minus(alone_a, keys_a, moved), _minus(alone_b, keys_b, moved)


def _minus(positions: Sequence[int], keys: Sequence[str], moved: Counter[str]) -> list[int]:
    left = moved.copy()
    alone = []
    for position in positions:
        if left[keys[position]] > 0:
            left[keys[position]] -= 1
        else:
            alone.append(position)
    return alone


def _mark(text: str, words: Sequence[_Word]) -> Markup:
    """Marks the words; neighbours with nothing but spaces and punctuation between them share one mark."""
    parts: list[str] = []
    done = 0
    for start, end in _joined(text, words):
        parts += [escape(text[done:start]), "<mark>", escape(text[start:end]), "</mark>"]
        done = end
    return Markup("".join([*parts, escape(text[done:])]))  # noqa: S704  escaped above


def _joined(text: str, words: Sequence[_Word]) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    for word in words:
        if spans and not _WORD.search(text, spans[-1][1], word.start) and "\n" not in text[spans[-1][1] : word.start]:
            spans[-1] = (spans[-1][0], word.end)
        else:
            spans.append((word.start, word.end))
    return spans
