"""The reading of one text: everything that the comparison wants to know about it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from twicetold.text.canonical import canonical
from twicetold.text.cleaning import clean, without_markup
from twicetold.text.misspellings import corrected
from twicetold.text.phrases import word_set
from twicetold.text.slots import Slot, extract_slots
from twicetold.text.spanish import in_english
from twicetold.text.tails import without_tails

if TYPE_CHECKING:
    from twicetold.text.lexicon import Lexicon

_NOTHING = re.compile(
    r"(?:there (?:are|is|were|was) )?(?:no|none)"
    r"(?: (?:new|other|additional|specific|current))?"
    r"(?: (?:goals?|objectives?|needs?|issues?|concerns?|comments?|response|answer|data|text|information|description))?"
    r"(?: (?:has|have|had|was|were) been| (?:is|are|was|were))?"
    r"(?: (?:identified|set|selected|reported|entered|provided|given|available|needed))?"
    r"(?: (?:at|for|as of) (?:this|the) (?:time|moment|present)| at present| currently| yet| so far| for now| today)?"
)
_PLACEHOLDERS = word_set(
    "n/a na n.a nil null nan undefined unknown unspecified blank empty nothing tbd tba tbc pending todo "
    "test testing sample example dummy placeholder asdf qwerty xx xxx xxxx foo bar same ditto goal goals "
    "text description title untitled ninguno ninguna"
) | {
    *("not applicable", "not available", "no title", "no change", "no changes", "no aplica", "to do"),
    *(f"to be {verb}" for verb in ("determined", "decided", "announced", "confirmed", "completed", "added")),
    *("test test", "test goal", "this is a test", "just a test", "lorem ipsum", "foo bar"),
    *("see above", "see below", "see attached", "see notes", "same as above", "as above", "ver arriba"),
}
_EDGE = " .,;:!?-_*/\\()[]{}'\"<>#~=+|"


@dataclass(frozen=True, slots=True)
class Reading:
    """One text as the comparison sees it.

    Attributes:
        original: As it came.
        cleaned: As people read it, without markup and framing.
        canonical: As it is compared; equal for texts that are trivially the same.
        slots: What it states, in its order, its tails aside.
        words: The words of the canonical text, in order, without those of its tails.
        gloss: For a text in Spanish its words in English, of which the canonical text and the slots are; else empty.
    """

    original: str
    cleaned: str
    canonical: str
    slots: tuple[Slot, ...]
    words: tuple[str, ...]
    gloss: str = ""


def read(text: str, lexicon: Lexicon) -> Reading:
    """Reads one text; never fails, whatever the text.

    >>> from twicetold.text.lexicon import Lexicon
    >>> read("Goal 1: Train  ALL grantees", Lexicon.default()).canonical
    'train all recipients'
    """
    cleaned = clean(text)
    gloss = in_english(cleaned)
    english = gloss or corrected(cleaned, lexicon.misspellings)
    compared = canonical(english, lexicon)
    aim = without_tails(english, lexicon)
    counted = compared if aim == english else canonical(aim, lexicon)
    slots = extract_slots(aim, counted, lexicon)
    return Reading(text, cleaned, compared, slots, tuple(counted.split()), gloss)


def is_placeholder(text: str) -> bool:
    """Whether a text as a whole says nothing, such as "no goals identified at this time", "TBD" or "-".

    A text that only contains such words ("reduce waiting at this time") is none. Neither are emoji.
    """
    bare = clean(without_markup(text)).casefold().strip(_EDGE)
    return not bare or bare in _PLACEHOLDERS or _NOTHING.fullmatch(bare) is not None
