"""Slots: the things a text states that make it another text when they differ: numbers, dates, places, roles ..."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from twicetold.text.entities import find_names, find_sites
from twicetold.text.quantities import MULTIPLES, RATE_WORDS, find_multiples, find_quantities
from twicetold.text.scan import Scan, Slot
from twicetold.text.terms import find_terms
from twicetold.text.times import CALENDAR_WORDS, find_calendar

if TYPE_CHECKING:
    from twicetold.text.lexicon import Lexicon

_DIGIT = re.compile("[0-9]")
# A tail that says how an aim is checked or who helps, not what it is; its numbers and dates still count.
_TAIL = re.compile(
    r"\b(?:as (?:evidenced|measured|documented|demonstrated|shown|indicated|reported|tracked|determined|verified"
    r"|reflected) (?:by|in|through|on|using|with)|with (?:the )?(?:support|help|assistance|guidance) (?:of|from))\b"
)
_SHORTEST_HEAD = 3  # words before a tail
_COUNT_IN_TAIL = frozenset(("number", "percent", "money", "range", "bound", "period", "age"))

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
    find_sites(scan, cleaned)
    if has_numerals or not CALENDAR_WORDS.isdisjoint(scan.words):
        find_calendar(scan)
    if has_numerals or not RATE_WORDS.isdisjoint(scan.words):
        find_quantities(scan)
    if not MULTIPLES.keys().isdisjoint(scan.words):
        find_multiples(scan)
    find_terms(scan, lexicon)
    find_names(scan, cleaned, lexicon)
    if tail := _TAIL.search(canonical):
        _drop_tail(scan, canonical.count(" ", 0, tail.start()))
    return scan.slots()


def _drop_tail(scan: Scan, start: int) -> None:
    if start >= _SHORTEST_HEAD:
        scan.found = [
            (position, slot)
            for position, slot in scan.found
            if position < start or slot.kind in _COUNT_IN_TAIL or (slot.kind == "date" and slot.value[-1].isdigit())
        ]
