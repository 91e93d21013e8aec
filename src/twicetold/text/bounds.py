"""Bounds: what limits a number, such as "at least" (">=") or "fewer than" ("<")."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twicetold.text.measures import is_unit, unit_at
from twicetold.text.numerals import is_numeral
from twicetold.text.phrases import word_set

if TYPE_CHECKING:
    from twicetold.text.scan import Scan

_BEFORE = {
    "at least": ">=", "no fewer than": ">=", "no less than": ">=", "not less than": ">=", "not fewer than": ">=",
    "minimum of": ">=", "as many as": "<=", "as few as": ">=", "al menos": ">=", "por lo menos": ">=",
    "no earlier than": ">=", "no sooner than": ">=", "not earlier than": ">=", "no shorter than": ">=",
    "at most": "<=", "no more than": "<=", "not more than": "<=", "up to": "<=", "maximum of": "<=",
    "not exceed": "<=", "not exceeding": "<=", "within": "<=", "no longer than": "<=", "no later than": "<=",
    "not later than": "<=", "inside of": "<=",
    "more than": ">", "greater than": ">", "higher than": ">", "over": ">", "above": ">", "exceed": ">",
    "exceeds": ">", "exceeding": ">", "in excess of": ">", "longer than": ">", "larger than": ">", "bigger than": ">",
    "older than": ">", "later than": ">", "más de": ">",
    "less than": "<", "fewer than": "<", "lower than": "<", "under": "<", "below": "<", "menos de": "<",
    "shorter than": "<", "smaller than": "<", "younger than": "<", "earlier than": "<",
}  # fmt: skip
_MORE = word_set("more higher greater above better over longer older")
_LESS = word_set("less fewer lower below under worse shorter younger")
_BEHIND = {f"or {word}": ">=" for word in _MORE} | {f"or {word}": "<=" for word in _LESS} | {"and up": ">="}
_LAST_WORDS = frozenset(bound.split()[-1] for bound in _BEFORE)
_FILLERS = frozenset(("a", "an", "the", "about", "another", "total", "age"))
_LASTING = word_set("take takes took taking last lasts lasting wait waits waiting for of by just is are was well stays")

# What a negation makes of a bound: "never below" is "at least".
_NEGATED = {"<": ">=", ">": "<=", ">=": "<", "<=": ">"}
_NEGATING = word_set("not no never nobody none nothing neither without")
_NOT_NEGATED = word_set("up within inside least most under over older younger")
_COMPARED = word_set("later earlier sooner more less fewer longer only matter")  # "no later than" negates nothing
_CLAUSE_ENDS = word_set("and but so that if when while because which who unless until")
_REACH = 16  # words from a negation to the bound


def find_bound(scan: Scan, position: int) -> str:
    """Notes and gives what limits the number at a position; "" if nothing does."""
    behind = unit_at(scan.words, position + 1) + 1 or position + 1
    for place in (position + 1, behind):
        bound = _BEHIND.get(f"{scan.at(place)} {scan.at(place + 1)}")
        if bound and not is_numeral(scan.at(place + 2) or "-"):  # not "45% or above 55%"
            return _note(scan, bound, place, place + 2)
    stop = position
    while scan.at(stop - 1) in _FILLERS:
        stop -= 1
    if scan.at(stop - 1) in _LAST_WORDS:
        for length in (3, 2, 1):
            start = stop - length
            bound = _BEFORE.get(" ".join(scan.words[start:stop])) if start >= 0 else None
            if bound and _limits(scan, start, position):
                if scan.words[start] == "within":
                    scan.note("contrast", "by", start, stop)  # not "after 3 days"
                return _note(scan, bound, start, stop)
    return ""


def _limits(scan: Scan, start: int, position: int) -> bool:
    """Whether "within" and "over" limit the number: not "within 3 rooms", "over 3 years" (that is, during them)."""
    word, has_unit = scan.words[start], is_unit(scan.at(position + 1))
    if word == "within":
        return unit_at(scan.words, position + 1) >= 0
    return word != "over" or not has_unit or scan.at(start - 1) in _LASTING


def _note(scan: Scan, bound: str, start: int, stop: int) -> str:
    is_whole = bound in "<>" or scan.words[start] in ("or", "and")
    if is_whole and not _NOT_NEGATED.intersection(scan.words[start:stop]):
        negation = _negation_of(scan, start)
        if negation >= 0:
            scan.claimed.add(negation)
            bound = _NEGATED[bound]
    scan.add("bound", bound, start, stop)
    return bound


def _negation_of(scan: Scan, start: int) -> int:
    """The position of the negation that a bound stands under, or -1; "or" carries one on to a second bound."""
    for position in range(start - 1, max(-1, start - _REACH), -1):
        word = scan.words[position]
        if word in _NEGATING and scan.at(position + 1) not in _COMPARED:
            return position
        if word in _CLAUSE_ENDS:
            return -1
    return -1
