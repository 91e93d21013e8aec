"""Limits: which side of a date is meant, "by May" or "after May", as contrasts "by", "before", "from" and "after"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twicetold.text.phrases import word_set

if TYPE_CHECKING:
    from twicetold.text.scan import Scan

_BEFORE_DATE = {
    "by": "by", "until": "by", "till": "by", "through": "by", "no later than": "by", "not later than": "by",
    "on or before": "by", "due": "by", "before": "before", "prior to": "before", "earlier than": "before",
    "from": "from", "since": "from", "starting": "from", "beginning": "from", "commencing": "from",
    "on or after": "from", "no earlier than": "from", "not earlier than": "from", "no sooner than": "from",
    "after": "after", "following": "after", "later than": "after", "past": "after",
}  # fmt: skip
# "Do not open until June", "never before June", "not after June".
_NEGATED = {"until": "from", "till": "from", "before": "from", "after": "by"}
_NEGATING = word_set("not no never nobody none nothing neither without")
_CLAUSE_ENDS = word_set("and but so that if when while because which who unless")
_NEGATION_REACH = 12  # words from a negation to the limit
_BEHIND_DATE = {
    "onward": "from", "onwards": "from", "or later": "from", "or after": "from", "and later": "from",
    "at the earliest": "from", "at the latest": "by", "or earlier": "by", "or before": "by", "or sooner": "by",
}  # fmt: skip
_LAST_WORDS = frozenset(phrase.split()[-1] for phrase in _BEFORE_DATE)
_LONGEST = 3
# "By the end of the 1st week of June", "starting at 8:00", "beginning with fall".
_FILLERS = word_set(
    "the end start beginning close middle mid late early of at in on with next this last coming following each every "
    "month year fiscal school program calendar academic week quarter semester 1st 2nd 3rd 4th"
)
_REACH = 6  # words from the limit to the date
_TO = word_set("to through until till and")
# What ends though no date names it: "by the end of the school year".
_SPANS = word_set("year month week quarter semester term season day")
_ENDS = word_set("end start beginning close")


#: Words without one of which nothing limits a date.
LIMITING = _LAST_WORDS | {phrase.split()[-1] for phrase in _BEHIND_DATE}


def find_limits(scan: Scan) -> None:
    """Notes what limits each date or period found so far, and "by the end of the year"; claims the words that do."""
    dates = [
        (start, start + slot.surface.count(" ") + 1) for start, slot in scan.found if slot.kind in ("date", "period")
    ]
    starts, stops = {start for start, _ in dates}, {stop for _, stop in dates}
    for start, stop in dates:
        is_first_of_two = scan.at(stop) in _TO and stop + 1 in starts
        if not is_first_of_two and not _limit_behind(scan, stop):
            _limit_before(scan, start, stops)
    for position in range(1, len(scan.words) - 1):
        if scan.words[position] in _ENDS and scan.at(position + 1) == "of" and _is_span(scan, position + 2):
            _limit_before(scan, position, stops)


def _limit_behind(scan: Scan, stop: int) -> bool:
    for length in range(1, _LONGEST + 1):
        if limit := _BEHIND_DATE.get(" ".join(scan.words[stop : stop + length])):
            scan.add("contrast", limit, stop, stop + length)
            return True
    return False


def _limit_before(scan: Scan, start: int, stops: set[int]) -> None:
    """Notes the limit that stands before a date, unless it only divides it from another one: "May through July"."""
    place = start
    while start - place < _REACH and _is_filler(scan, place - 1):
        place -= 1
    for length in range(_LONGEST, 0, -1):
        begin = place - length
        limit = _BEFORE_DATE.get(" ".join(scan.words[begin:place])) if begin >= 0 else None
        if limit and begin not in stops and scan.is_free(place - 1):
            negation = _negation_of(scan, begin) if scan.words[begin] in _NEGATED else -1
            if negation >= 0:
                scan.claimed.add(negation)
                limit = _NEGATED[scan.words[begin]]
            scan.add("contrast", limit, begin, place)
            return


def _is_filler(scan: Scan, position: int) -> bool:
    word = scan.at(position)
    return word in _FILLERS and (word not in _LAST_WORDS or scan.at(position + 1) == "of")  # "the beginning of"


def _negation_of(scan: Scan, start: int) -> int:
    """The position of the negation that a limit stands under, or -1."""
    for position in range(start - 1, max(-1, start - _NEGATION_REACH), -1):
        word = scan.words[position]
        if word in _NEGATING and scan.is_free(position):
            return position
        if word in _CLAUSE_ENDS or position in scan.claimed:
            return -1
    return -1


def _is_span(scan: Scan, position: int) -> bool:
    while scan.at(position) in _FILLERS - _SPANS:
        position += 1
    return scan.is_free(position) and not _SPANS.isdisjoint(scan.words[position : position + 2])
