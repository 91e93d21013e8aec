"""Quantities: slots for ages, counts per period, ranges, bounds, percentages, money and plain numbers."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

from twicetold.text.numerals import is_numeral
from twicetold.text.phrases import word_set
from twicetold.text.times import WEEKDAYS
from twicetold.text.tokens import CURRENCIES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twicetold.text.scan import Scan

_DECIMAL = r"\d{1,18}(?:\.\d{1,18})?"
_NUMBER = re.compile(rf"(-?)([{CURRENCIES}]?)({_DECIMAL})(%?)")
_RANGE = re.compile(rf"([{CURRENCIES}]?)({_DECIMAL})-({_DECIMAL})(%?)")
_FRACTION = re.compile(r"(\d{1,2})/(\d{1,2})")
_ORDINAL = re.compile(r"(\d+)(?:st|nd|rd|th)")
_RATIO = re.compile(r"(\d{1,3}):(\d{1,3})")
_MEASURE = re.compile(r"(\d{1,12}(?:\.\d+)?)[^\W\d_]")
_INTEGER = re.compile(r"\d{1,6}")

_AGE_RANGE = re.compile(r"(\d{1,2})-(\d{1,2})")
_AGE_UNITS = {"year": "y", "years": "y", "month": "m", "months": "m"}
_AGE_NOUNS = frozenset(("old", "olds"))
_AGES = frozenset(("age", "ages", "aged"))
_OLDEST_CHILD = 18
_JOINTS = frozenset(("to", "through", "and", "or"))

_PERIOD_NOUNS = {noun: noun for noun in word_set("hour day week month quarter year season semester term session")}
_PERIOD_NOUNS |= {"hora": "hour", "día": "day", "semana": "week", "mes": "month", "año": "year"}
_ADVERBS = {"hourly": "hour", "daily": "day", "weekly": "week", "monthly": "month", "quarterly": "quarter"}
_ADVERBS |= {"yearly": "year", "annually": "year", "annual": "year"}
_HALF_YEARLY = frozenset(("semiannual", "semiannually"))
_KINDS_OF_YEAR = frozenset(("school", "program", "fiscal", "calendar", "academic"))
_EVERY = frozenset(("every", "each", "cada"))
_EACH = _EVERY | {"a", "an", "per", "por", "al"}
_OTHER = {"other": "2", "2nd": "2", "3rd": "3"}
_TIMES = frozenset(("time", "times", "veces"))
_ENDS_COUNT = word_set("and or to in by of for with on at from is are will be")
#: Words that make a count per period even without a numeral.
RATE_WORDS = frozenset((*_ADVERBS, *_HALF_YEARLY, *_EVERY))
#: Words that multiply, as numbers.
MULTIPLES = {
    **dict.fromkeys(("double", "doubles", "doubled", "doubling"), "2"),
    **dict.fromkeys(("triple", "triples", "tripled", "tripling"), "3"),
    **dict.fromkeys(("half", "halve", "halves", "halved", "halving"), "0.5"),
}

_BOUNDS_BEFORE = {
    "at least": ">=", "no fewer than": ">=", "no less than": ">=", "not less than": ">=", "not fewer than": ">=",
    "minimum of": ">=", "as many as": "<=", "as few as": ">=", "al menos": ">=",
    "at most": "<=", "no more than": "<=", "not more than": "<=", "up to": "<=", "maximum of": "<=",
    "not exceed": "<=", "not exceeding": "<=", "within": "<=", "no longer than": "<=", "no later than": "<=",
    "more than": ">", "greater than": ">", "higher than": ">", "over": ">", "above": ">", "exceed": ">",
    "exceeds": ">", "exceeding": ">", "in excess of": ">", "longer than": ">", "más de": ">",
    "less than": "<", "fewer than": "<", "lower than": "<", "under": "<", "below": "<", "menos de": "<",
    "shorter than": "<",
}  # fmt: skip
_BOUNDS_BEHIND = {
    "or more": ">=", "or higher": ">=", "or greater": ">=", "or above": ">=", "or better": ">=", "and up": ">=",
    "or over": ">=", "or less": "<=", "or fewer": "<=", "or lower": "<=", "or below": "<=", "or under": "<=",
}  # fmt: skip
_LAST_BOUND_WORDS = frozenset(bound.split()[-1] for bound in _BOUNDS_BEFORE)
_FILLERS = frozenset(("a", "an", "the", "about", "another", "total", "age"))

_SPANS = word_set("minute hour day week month quarter year")
# Two ways to state one span of time share the smaller unit: "2 weeks" and "14 days" are both 14.
_UNITS = {"week": 7, "year": 12, "hour": 60}
_LONGEST_SPAN = 9  # digits
# "first" is a number only where there may be a second; "first aid" counts nothing.
_COUNTED_FIRST = word_set(
    "year month week day quarter semester phase cohort round stage grade floor place priority session half time level"
)
# "one of them", "one on one", "each one" count nothing.
_AFTER_VAGUE_ONE = frozenset(("of", "on", "another"))
_BEFORE_VAGUE_ONE = word_set("each any every this that which on")


def find_quantities(scan: Scan) -> None:
    """Finds what is counted: first what a number is part of (age, rate, range), then the numbers left."""
    numerals = [position for position, word in enumerate(scan.words) if is_numeral(word)]
    for position in numerals:
        if position not in scan.claimed:
            _age(scan, position)
    find_rates(scan)
    for position in numerals:
        if position not in scan.claimed:
            _bound(scan, position)
            _quantity(scan, position)


# --- Ages --------------------------------------------------------------------------------------------------


def _age(scan: Scan, position: int) -> None:
    """Reads "3-5 years old", "three- and four-year-olds", "ages 3 to 5", "birth to 5", "18 months old"."""
    for numbers, stop in _spans(scan, position):
        start = position - 1 if scan.at(position - 1) in _AGES else position
        if (scan.at(start - 2), scan.at(start - 1)) == ("birth", "to"):
            numbers, start = ["0", numbers[-1]], start - 2  # noqa: PLW2901
        if end := _end_of_age(scan, start, stop, numbers):
            _bound(scan, start)
            scan.add("age", "-".join(numbers) + _AGE_UNITS.get(scan.at(stop), "y"), start, end)
            return


def _end_of_age(scan: Scan, start: int, stop: int, numbers: list[str]) -> int:
    """The position behind an age whose numbers end at ``stop``, or 0 if they are no age."""
    has_unit, first, before = scan.at(stop) in _AGE_UNITS, scan.at(start), scan.at(start - 1)
    if has_unit and scan.at(stop + 1) in _AGE_NOUNS:
        return stop + 2
    if has_unit and (scan.at(stop + 1), scan.at(stop + 2)) == ("of", "age"):
        return stop + 3
    if first == "birth" or first in _AGES or (before == "of" and scan.at(start - 2) in _AGES):
        return stop + has_unit
    is_range_of_children = before in ("child", "children") and len(numbers) == 2 and int(numbers[1]) <= _OLDEST_CHILD
    return stop if is_range_of_children and not has_unit else 0


def _spans(scan: Scan, position: int) -> Iterator[tuple[list[str], int]]:
    """The whole numbers at a position ("3-5", "3 to 5", then "3" alone) with the position behind them."""
    word = scan.words[position]
    if both := _AGE_RANGE.fullmatch(word):
        yield [both[1], both[2]], position + 1
    elif word.isdigit() and len(word) <= len("36"):
        last = scan.at(position + 2)
        if scan.at(position + 1) in _JOINTS and last.isdigit():
            yield [word, last], position + 3
        yield [word], position + 1


# --- Counts per period -------------------------------------------------------------------------------------


def find_rates(scan: Scan) -> None:
    """Finds counts per period, such as "2/week"; "weekly" and "every Friday" are "1/week"."""
    for position, word in enumerate(scan.words):
        if word in _ADVERBS or word in _HALF_YEARLY:
            _adverb(scan, position)
        elif word in _EACH:
            _each(scan, position)


def _adverb(scan: Scan, position: int) -> None:
    word = scan.words[position]
    if word in _HALF_YEARLY:
        scan.add("rate", "2/year", position, position + 1)
        return
    start = position - 2 if scan.at(position - 1) in _TIMES else position - 1
    count = scan.at(start) if scan.is_free(start) and _INTEGER.fullmatch(scan.at(start)) else ""
    if count:
        _bound(scan, start)
    scan.add("rate", f"{count or 1}/{_ADVERBS[word]}", start if count else position, position + 1)


def _each(scan: Scan, position: int) -> None:
    word, stop = scan.words[position], position + 2
    noun, many = scan.at(position + 1), ""
    if word in _EVERY and (noun in _OTHER or _INTEGER.fullmatch(noun)):  # "every 2 weeks"
        many = _OTHER.get(noun, noun)
        noun, stop = scan.at(position + 2).removesuffix("s"), position + 3
    elif noun in _KINDS_OF_YEAR:
        noun, stop = scan.at(position + 2), position + 3
    period = "week" if word in _EVERY and noun in WEEKDAYS else _PERIOD_NOUNS.get(noun)
    if not period:
        return
    start = _count_before(scan, position)
    if start == position and word not in _EVERY:
        return
    count = "1" if start == position else scan.words[start]
    _bound(scan, start)
    scan.note("rate", f"{count}/{many}{period}", start, stop)
    scan.claimed.update(range(start, stop) if many or noun not in WEEKDAYS else (start,))


def _count_before(scan: Scan, position: int) -> int:
    """The position of the number in "2 times a week", "2 home visits per month"; the given one if there is none."""
    for start in range(position - 1, max(-1, position - 5), -1):
        if scan.words[start] in _ENDS_COUNT:
            break
        if scan.is_free(start) and _INTEGER.fullmatch(scan.words[start]):
            return start
    return position


# --- Bounds ------------------------------------------------------------------------------------------------


def _bound(scan: Scan, position: int) -> None:
    """Notes what limits the number at a position: "at least" is ">=", "fewer than" "<"."""
    if behind := _BOUNDS_BEHIND.get(f"{scan.at(position + 1)} {scan.at(position + 2)}"):
        scan.note("bound", behind, position + 1, position + 3)
        return
    stop = position
    while scan.at(stop - 1) in _FILLERS:
        stop -= 1
    last = scan.at(stop - 1)
    if last not in _LAST_BOUND_WORDS:
        return
    for length in (3, 2, 1):
        start = stop - length
        bound = _BOUNDS_BEFORE.get(" ".join(scan.words[start:stop])) if start >= 0 else None
        if bound and (last != "within" or _singular(scan.at(position + 1)) in _SPANS):
            scan.note("bound", bound, start, stop)
            return


# --- Numbers -----------------------------------------------------------------------------------------------


def _quantity(scan: Scan, position: int) -> None:
    word = scan.words[position]
    if number := _NUMBER.fullmatch(word):
        if not _range_of_two(scan, position):
            _number(scan, position, number)
    elif (both := _RANGE.fullmatch(word)) and Decimal(both[2]) < Decimal(both[3]):
        scan.add("range", f"{both[1]}{both[2]}..{both[3]}{both[4]}", position, position + 1)
    elif ordinal := _ORDINAL.fullmatch(word):
        if ordinal[1] != "1" or scan.at(position + 1) in _COUNTED_FIRST:
            scan.add("number", ordinal[1], position, position + 1)
    elif (part := _FRACTION.fullmatch(word)) and int(part[1]) < int(part[2]):
        percent = (100 * Decimal(part[1]) / Decimal(part[2])).quantize(Decimal("0.1"))
        scan.add("percent", _plain(percent), position, position + 1)
    elif measure := _MEASURE.fullmatch(word):
        scan.add("number", _plain(Decimal(measure[1])), position, position + 1)
    elif ratio := _RATIO.fullmatch(word):
        scan.note("number", ratio[1], position, position + 1)
        scan.add("number", ratio[2], position, position + 1)
    else:  # a version, a telephone number, another code
        scan.add("name", word, position, position + 1)


def _range_of_two(scan: Scan, position: int) -> bool:
    """Reads "between 3 and 5" and "3 to 5"; "from 3 to 5" is a change, and so two numbers."""
    first, last = (_NUMBER.fullmatch(scan.at(place)) for place in (position, position + 2))
    joint, before = scan.at(position + 1), scan.at(position - 1)
    if not first or not last or not scan.is_free(position + 2):
        return False
    if not (before == "between" and joint == "and") and not (before != "from" and joint in ("to", "through")):
        return False
    if Decimal(first[3]) >= Decimal(last[3]):
        return False
    value = f"{first[2] or last[2]}{first[3]}..{last[3]}{last[4] or first[4]}"
    scan.add("range", value, position, position + 3)
    return True


def _number(scan: Scan, position: int, found: re.Match[str]) -> None:
    sign, money, digits, percent = found.groups()
    following = _singular(scan.at(position + 1))
    if percent:
        scan.add("percent", sign + _plain(Decimal(digits)), position, position + 1)
    elif money:
        scan.add("money", sign + _plain(Decimal(digits)), position, position + 1)
    elif following in _UNITS and len(digits) <= _LONGEST_SPAN:
        scan.add("number", sign + _plain(Decimal(digits) * _UNITS[following]), position, position + 2)
    elif digits != "1" or not (following in _AFTER_VAGUE_ONE or scan.at(position - 1) in _BEFORE_VAGUE_ONE):
        scan.add("number", sign + _plain(Decimal(digits)), position, position + 1)


def find_multiples(scan: Scan) -> None:
    """Finds "double", "triple" and "half" as the numbers 2, 3 and 0.5."""
    for position, word in enumerate(scan.words):
        if word in MULTIPLES and not is_numeral(scan.at(position - 1) or "-"):
            scan.add("number", MULTIPLES[word], position, position + 1)


def _singular(word: str) -> str:
    return word.removesuffix("s")


def _plain(number: Decimal) -> str:
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
