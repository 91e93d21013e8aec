"""Words in their places: finding a phrase, putting another there, and the case and article that go with it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

#: A rule gives the changed text, or None where it does not apply.
Rule = Callable[[str, "Draw"], str | None]

_ARTICLE = re.compile(r"\b([Aa])n? $")
_VOWEL_SOUND = re.compile(r"[aeio]|u(?!n[it]|s[aeiu]|tility)|hour|honest|[FHLMNRSX](?![a-z])", re.IGNORECASE)
_SPOKEN_LETTER = re.compile(r"[AEFHILMNORSX](?:[A-Z]|\b)")
_STOP = re.compile(r"\s*[.?!]*\s*$")
_DOTTED = re.compile(r"\b(?:[ap]\.m|Mr|Ms|Dr|No|vs)\.")
_INNER_STOP = re.compile(r"[.;?!:]\s")


def load(name: str) -> dict[str, Any]:
    """The tables of a file beside this one."""
    content: dict[str, Any] = tomllib.loads(Path(__file__).with_name(name).read_text(encoding="utf-8"))
    return content


# Words that keep their capital inside a sentence, beside those that have a capital or a digit further on.
_PROPER = frozenset(load("other.toml")["names"])


class Draw(Random):
    """Chance, and what is known of the text that a rule works on.

    Attributes:
        field: The kind of work.
        swaps: Hand-written words of the text, each with words that would make it another intention, by kind.
    """

    field: str = ""
    swaps: Mapping[str, Sequence[tuple[str, str]]] = {}


@cache
def phrase(words: tuple[str, ...], after: str = "", before: str = "") -> re.Pattern[str]:
    """Finds any of some phrases as whole words, also with a capital at its start.

    Args:
        words: The phrases; the longest that fits is found.
        after: A pattern that must stand in front of it.
        before: A pattern that must follow it.
    """
    forms = sorted({form for word in words for form in (word, capitalized(word))}, key=lambda form: (-len(form), form))
    either = "|".join(map(re.escape, forms))
    lead = rf"(?:(?<![\w-])(?P<lead>{after}))" if after else r"(?P<lead>)(?<![\w-])"
    return re.compile(rf"{lead}(?P<word>{either})(?![\w-]){f'(?={before})' if before else ''}")


def capitalized(text: str) -> str:
    """With a capital at its start."""
    return text[:1].upper() + text[1:]


def decapitalized(text: str) -> str:
    """Without the capital that only the start of a sentence gave it."""
    first = text.split(" ", 1)[0].rstrip(",")
    is_name = first in _PROPER or (len(first) > 1 and any(sign.isupper() or sign.isdigit() for sign in first[1:]))
    return text if is_name else text[:1].lower() + text[1:]


def put(text: str, start: int, end: int, new: str) -> str:
    """The text with ``new`` in place of a span, its capital kept and the article before it made to fit."""
    starts_sentence = text[:start].rstrip()[-1:] in (".", "?", "!", "")
    if starts_sentence and text[start : start + 1].isupper():
        new = capitalized(new)
    lead = text[:start]
    if article := _ARTICLE.search(lead):
        lead = lead[: article.start()] + article[1] + ("n " if sounds_like_vowel(new) else " ")
    return lead + new + text[end:]


def sounds_like_vowel(word: str) -> bool:
    """Whether "an" stands before a word."""
    first = word.split(" ", 1)[0]
    if first.isupper() and len(first) > 1:
        return _SPOKEN_LETTER.match(first) is not None
    return _VOWEL_SOUND.match(first.lower()) is not None and not first.lower().startswith(("one", "once", "eu"))


def exchanged(text: str, old: str, new: str) -> str:
    """The text with a phrase replaced wherever it stands."""
    for found in reversed(list(phrase((old,)).finditer(text))):
        text = put(text, found.start("word"), found.end("word"), new)
    return text


def body_and_stop(text: str) -> tuple[str, str]:
    """A text without the marks that end it, and these marks."""
    if text.endswith((".m.", "etc.")):
        return text, ""
    stop = _STOP.search(text)
    at = stop.start() if stop else len(text)
    return text[:at], text[at:]


def stopped(body: str, stop: str) -> str:
    """A sentence with the mark that ends it, unless an abbreviation has brought its own."""
    return body if stop == "." and body.endswith(".") else body + stop


def is_one_statement(text: str) -> bool:
    """Whether a text is a single sentence that asks nothing and has no part behind a colon or semicolon."""
    return not text.rstrip().endswith("?") and _INNER_STOP.search(_DOTTED.sub("", text.rstrip(" .!"))) is None


def contains(text: str, word: str) -> bool:
    """Whether a phrase stands in a text as whole words, in any case."""
    return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text, re.IGNORECASE) is not None
