"""Rates: how often something happens, such as "1/week" for "weekly", "every Friday" and "once a week"."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from twicetold.text.bounds import find_bound
from twicetold.text.measures import SHORT_SPANS, frequency
from twicetold.text.phrases import word_set
from twicetold.text.times import WEEKDAYS

if TYPE_CHECKING:
    from twicetold.text.scan import Scan

_INTEGER = re.compile(r"\d{1,6}")
_AMOUNT = re.compile(r"\$?\d+(?:\.\d+)?%?")

_PERIODS = {noun: noun for noun in word_set("hour day week month quarter year season semester term session")}
_PERIODS |= {"hora": "hour", "día": "day", "semana": "week", "mes": "month", "año": "year"}
_PERIODS |= {"hr": "hour", "wk": "week", "mo": "month", "yr": "year"}
_PERIODS |= dict.fromkeys(("morning", "afternoon", "evening", "night"), "day") | dict.fromkeys(WEEKDAYS, "week")
_ADVERBS = {"hourly": "hour", "daily": "day", "nightly": "day", "weekly": "week", "monthly": "month"}
_ADVERBS |= {"quarterly": "quarter", "yearly": "year", "annually": "year", "annual": "year"}
_FIXED = {"semiannual": "2/year", "semiannually": "2/year", "semimonthly": "2/month", "fortnightly": "1/2week"}
_KINDS_OF_YEAR = frozenset(("school", "program", "fiscal", "calendar", "academic"))
_EVERY = frozenset(("every", "each", "cada"))
_ALTERNATE = frozenset(("alternate", "alternating"))
_EACH = _EVERY | _ALTERNATE | {"a", "an", "per", "por", "al"}
_OTHER = {"other": "2", "2nd": "2", "3rd": "3"}
_TIMES = frozenset(("time", "times", "veces"))
# So many of these are so many times; so many other things are a number of things each time.
_EVENTS = _TIMES | word_set(
    "visit visits meeting meetings session sessions drill drills contact contacts conference conferences class classes "
    "call calls observation observations workshop workshops training trainings event events lesson lessons day days "
    "night nights evening evenings morning mornings check checks inspection inspections trip trips week weeks month "
    "months visitas reuniones sesiones días"
)
_ENDS_COUNT = word_set(
    "and or to in by of for with on at from is are will be after before until within during over since while than"
)
_REACH = 5  # words from the count to the period
#: Words that make a count per period even without a numeral.
RATE_WORDS = frozenset((*_ADVERBS, *_FIXED, *_EVERY, *_ALTERNATE))


def find_rates(scan: Scan) -> None:
    """Finds counts per period, such as "2/week"; "weekly" and "every Friday" are "1/week"."""
    for position, find in enumerate(map(_FINDERS.get, scan.words)):
        if find:
            find(scan, position)


def _adverb(scan: Scan, position: int) -> None:
    word = scan.words[position]
    if word in _FIXED:
        scan.add("rate", _FIXED[word], position, position + 1)
        return
    start = position - 2 if scan.at(position - 1) in _TIMES else position - 1
    is_count = scan.is_free(start) and _INTEGER.fullmatch(scan.words[start]) is not None
    find_bound(scan, start if is_count else position)
    if is_count and (start < position - 1 or scan.at(position + 1) in _EVENTS):
        scan.add("rate", frequency(int(scan.words[start]), 1, _ADVERBS[word]), start, position + 1)
    else:
        scan.add("rate", frequency(1, 1, _ADVERBS[word]), position, position + 1)


def _each(scan: Scan, position: int) -> None:
    word, stop = scan.words[position], position + 2
    noun, many = scan.at(position + 1), 1
    if word in _ALTERNATE:
        many, noun = 2, noun.removesuffix("s")
    elif word in _EVERY and (noun in _OTHER or _INTEGER.fullmatch(noun)):  # "every 2 weeks"
        many = int(_OTHER.get(noun, noun))
        noun, stop = scan.at(position + 2).removesuffix("s"), position + 3
    elif noun in _KINDS_OF_YEAR:
        noun, stop = scan.at(position + 2), position + 3
    elif word in _EVERY and noun in ("weekday", "weeknight"):
        scan.note("rate", "5/week", position, stop)
        return
    period = _PERIODS.get(noun)
    if not period or (period != noun and noun in WEEKDAYS and word not in _EVERY):
        return
    start = _count_before(scan, position)
    has_amount = _AMOUNT.fullmatch(scan.at(position - 1) or "-") is not None or scan.at(position - 1) in SHORT_SPANS
    if start == position and word not in _EVERY | _ALTERNATE and not has_amount and not _counts_things(scan, position):
        return
    find_bound(scan, start)
    count = 1 if start == position else int(scan.words[start])
    scan.note("rate", frequency(count, many, period), start, stop)
    scan.claimed.update(range(start, stop) if many > 1 or noun not in WEEKDAYS else (start,))


def _count_before(scan: Scan, position: int) -> int:
    """The position of the number in "2 times a week", "2 home visits per month"; the given one if there is none."""
    start = _numeral_before(scan, position)
    between = scan.words[start + 1 : position]
    return start if start >= 0 and (not between or between[-1] in _EVENTS) else position


def _counts_things(scan: Scan, position: int) -> bool:
    """Whether a number of things stands before, as in "10 files a month", "2 hours of coaching a month"."""
    if _numeral_before(scan, position) >= 0:
        return True
    start = position - 1
    while start > position - _REACH and scan.at(start) not in _ENDS_COUNT:
        start -= 1
    return start < position - 1 and scan.at(start) == "of" and scan.at(start - 1) in SHORT_SPANS


def _numeral_before(scan: Scan, position: int) -> int:
    for start in range(position - 1, max(-1, position - _REACH), -1):
        if scan.words[start] in _ENDS_COUNT:
            break
        if scan.is_free(start) and _INTEGER.fullmatch(scan.words[start]):
            return start
    return -1


_FINDERS = {**dict.fromkeys(RATE_WORDS, _adverb), **dict.fromkeys(_EACH, _each)}
