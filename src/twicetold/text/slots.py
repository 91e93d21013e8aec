"""Slots: the things a text states that make it another text when they differ: numbers, dates, places, roles ..."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from twicetold.text.canonical import canonical_words
from twicetold.text.changes import find_changes
from twicetold.text.entities import find_names, find_sites
from twicetold.text.limits import LIMITING, find_limits
from twicetold.text.negations import TURNING, find_negations
from twicetold.text.quantities import MULTIPLES, find_multiples, find_quantities
from twicetold.text.rates import RATE_WORDS
from twicetold.text.references import apart_from_references
from twicetold.text.scan import Scan, Slot
from twicetold.text.terms import find_terms
from twicetold.text.times import CALENDAR_WORDS, find_calendar

if TYPE_CHECKING:
    from twicetold.text.lexicon import Lexicon

_DIGIT = re.compile("[0-9]")
__all__ = ["Slot", "extract_slots"]


def extract_slots(cleaned: str, canonical: str, lexicon: Lexicon) -> tuple[Slot, ...]:
    """What a text states, in its order.

    Args:
        cleaned: The cleaned text; places and names are told by its capitals.
        canonical: Its canonical form with the same lexicon; everything else is read from its words.
        lexicon: Roles, ages, topics and so on.

    >>> from twicetold.text.lexicon import Lexicon
    >>> [(slot.kind, slot.value) for slot in extract_slots("Hire 3 cooks", "hire 3 cooks", Lexicon.default())]
    [('topic', 'human-resources'), ('direction', 'hire'), ('number', '3'), ('role', 'cook')]
    """
    scan = Scan(canonical.split())
    if not scan.words:
        return ()
    has_numerals = _DIGIT.search(canonical) is not None
    cleaned, references = apart_from_references(cleaned)
    if references:
        _claim(scan, {tuple(canonical_words(reference, lexicon.spellings)) for reference in references})
    find_sites(scan, cleaned)
    if has_numerals or not CALENDAR_WORDS.isdisjoint(scan.words):
        find_calendar(scan)
    if not LIMITING.isdisjoint(scan.words):
        find_limits(scan)
    if has_numerals or not RATE_WORDS.isdisjoint(scan.words):
        find_quantities(scan)
    if not MULTIPLES.keys().isdisjoint(scan.words):
        find_multiples(scan)
    if scan.found:
        find_changes(scan)
    if not TURNING.isdisjoint(scan.words):
        find_negations(scan)
    find_terms(scan, lexicon)
    find_names(scan, cleaned, lexicon)
    return scan.slots()


def _claim(scan: Scan, phrases: set[tuple[str, ...]]) -> None:
    """Claims the words of references, wherever they stand together."""
    for size in set(map(len, phrases)):
        for start in range(len(scan.words) - size + 1):
            if tuple(scan.words[start : start + size]) in phrases:
                scan.claimed.update(range(start, start + size))
