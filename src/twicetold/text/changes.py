"""Changes: whether a number is by how much something changes, "by 10%", or where it ends, "to 10%"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twicetold.text.measures import is_unit
from twicetold.text.numerals import is_numeral
from twicetold.text.phrases import word_set

if TYPE_CHECKING:
    from twicetold.text.scan import Scan

_KINDS = frozenset(("number", "percent", "money"))
_BEFORE = {"by": "amount", "another": "amount", "additional": "amount", "to": "level"}
_FILLERS = word_set("a an the about around approximately roughly nearly almost average total of further")
_MORE = word_set("more fewer less additional extra higher lower further")
_RISES = word_set("increase decrease reduction rise drop growth decline cut improvement gain")
_MULTIPLES = ("doubl", "tripl")
_REACH = 4  # words from the preposition to the number, limits aside


def find_changes(scan: Scan) -> None:
    """Notes a slot "change" of the value "amount" or "level" beside each number that says which it is."""
    spans = [(start, start + slot.surface.count(" ") + 1, slot.kind) for start, slot in scan.found]
    bounds = {place for start, stop, kind in spans if kind == "bound" for place in range(start, stop)}
    for start, stop, kind in spans:
        if kind in _KINDS and (found := _change_at(scan, start, stop, bounds)):
            value, begin, end = found
            scan.note("change", value, begin, end)


def _change_at(scan: Scan, start: int, stop: int, bounds: set[int]) -> tuple[str, int, int] | None:
    """What the number at some positions says of a change, with the words that say so."""
    behind = scan.at(stop)
    if scan.at(start).startswith(_MULTIPLES) or behind in _RISES:
        return "amount", start, stop + (behind in _RISES)
    if behind in _MORE and scan.at(stop + 1) != "than" and stop not in bounds:
        return "amount", start, stop + 1
    if scan.at(start - 1) == "of" and scan.at(start - 2) in _RISES:
        return "amount", start - 2, stop
    place = start
    while place - 1 in bounds or (scan.at(place - 1) in _FILLERS and start - place < _REACH):
        place -= 1
    value = _BEFORE.get(scan.at(place - 1))
    if not value or is_numeral(scan.at(place - 2) or "from"):  # "3 to 5"
        return None
    return value, place - 1, stop + is_unit(behind)
