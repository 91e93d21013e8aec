"""Quantities: slots for ages, counts per period, ranges, bounds, percentages, money and plain numbers."""

from __future__ import annotations

import re
from decimal import Decimal
from itertools import compress, pairwise
from typing import TYPE_CHECKING

from twicetold.text.bounds import find_bound
from twicetold.text.measures import measured, unit_at
from twicetold.text.numerals import is_numeral
from twicetold.text.phrases import word_set
from twicetold.text.rates import find_rates
from twicetold.text.times import WEEKDAYS
from twicetold.text.tokens import CURRENCIES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twicetold.text.scan import Scan

_DECIMAL = r"\d{1,18}(?:\.\d{1,18})?"
_NUMBER = re.compile(rf"(-?)([{CURRENCIES}]?)({_DECIMAL})(%?)")
_RANGE = re.compile(rf"([{CURRENCIES}]?)({_DECIMAL})-({_DECIMAL})(%?)")
_RATIO_REACH = 4
_FRACTION = re.compile(r"(\d{1,2})/(\d{1,2})")
_ORDINAL = re.compile(r"(\d+)(?:st|nd|rd|th)")
_RATIO = re.compile(r"(\d{1,3}):(\d{1,3})")
_MEASURE = re.compile(r"(\d{1,12}(?:\.\d+)?)[^\W\d_]")
_LABEL = re.compile(r"\d{1,4}[abde]")  # "4b" of a room or a group

_AGE_RANGE = re.compile(r"(\d{1,2})-(\d{1,2})")
_AGE_UNITS = {"year": "y", "years": "y", "month": "m", "months": "m"}
_AGE_NOUNS = frozenset(("old", "olds"))
_AGES = frozenset(("age", "ages", "aged"))
_OLDEST_CHILD = 18
_JOINTS = frozenset(("to", "through", "and", "or"))

#: Words that multiply, as the percentage by which they raise, or to which they cut.
MULTIPLES = {
    **dict.fromkeys(("double", "doubles", "doubled", "doubling"), "100"),
    **dict.fromkeys(("triple", "triples", "tripled", "tripling"), "200"),
    **dict.fromkeys(("half", "halve", "halves", "halved", "halving"), "50"),
}

# "first" is a number only where there may be a second; "first aid" counts nothing. So with "a second computer".
_COUNTED_FIRST = word_set(
    "year month week day quarter semester phase cohort round stage grade floor place priority session half time level "
    "chapter lesson unit module visit draft edition trimester row column section volume batch shift appointment "
    "interview test exam screening conference observation report page paragraph question task exercise assignment "
    "essay game lap term grader graders attempt dose meeting step part group team line shelf drawer workshop season"
)
# "2 times as many" are 100% more; "with 0 errors" is "without", but "from 0 to 5" counts.
_COMPARING = word_set("as the what more")
_BEFORE_ZERO = word_set("to from at than of below above level grade between and or")
# "one of them", "one on one", "each one", "the one who", "one more" count nothing.
_AFTER_VAGUE_ONE = word_set("of on another in who which that where whose")
_BEFORE_VAGUE_ONE = word_set("each any every this that which on the no other")


def find_quantities(scan: Scan) -> None:
    """Finds what is counted: first what a number is part of (age, rate, range), then the numbers left."""
    numerals = list(compress(range(len(scan.words)), map(is_numeral, scan.words)))
    for position in numerals:
        if position not in scan.claimed:
            _age(scan, position)
    find_rates(scan)
    bounds: dict[int, str] = {}
    for position in numerals:
        if position not in scan.claimed:
            bounds[position] = find_bound(scan, position)
            _quantity(scan, position)
    if {">=", "<="} <= set(bounds.values()):
        _join_bounds(scan, [(bound, position) for position, bound in bounds.items() if bound])


# --- Ages --------------------------------------------------------------------------------------------------


def _age(scan: Scan, position: int) -> None:
    """Reads "3-5 years old", "three- and four-year-olds", "ages 3 to 5", "birth to 5", "18 months old"."""
    for numbers, stop in _spans(scan, position):
        start = position - 1 if scan.at(position - 1) in _AGES else position
        if (scan.at(start - 2), scan.at(start - 1)) == ("birth", "to"):
            numbers, start = ["0", numbers[-1]], start - 2  # noqa: PLW2901
        if end := _end_of_age(scan, start, stop, numbers):
            find_bound(scan, start)
            scan.add("age", _age_value(numbers, _AGE_UNITS.get(scan.at(stop), "y")), start, end)
            return


def _age_value(numbers: list[str], unit: str) -> str:
    """Numbers of years or months as one age; whole years in months are years: "birth to 36 months" is "birth to 3"."""
    if unit == "m" and not any(int(number) % 12 for number in numbers):
        numbers, unit = [str(int(number) // 12) for number in numbers], "y"
    return "-".join(numbers) + unit


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


# --- Numbers -----------------------------------------------------------------------------------------------


def _quantity(scan: Scan, position: int) -> None:
    word = scan.words[position]
    if number := _NUMBER.fullmatch(word):
        if not _range_of_two(scan, position):
            _number(scan, position, number)
    elif (both := _RANGE.fullmatch(word)) and Decimal(both[2]) < Decimal(both[3]):
        scan.add("range", f"{both[1]}{both[2]}..{both[3]}{both[4]}", position, position + 1)
    elif ordinal := _ORDINAL.fullmatch(word):
        if ordinal[1] == "1" and scan.at(position + 1) in ("hour", "minute"):
            scan.add("number", measured("1", scan.words[position + 1]), position, position + 2)
        elif scan.at(position + 1) in _COUNTED_FIRST or not (ordinal[1] == "1" or scan.at(position - 1) == "a"):
            scan.add("number", ordinal[1], position, position + 1)
    elif (part := _FRACTION.fullmatch(word)) and int(part[1]) < int(part[2]):
        percent = (100 * Decimal(part[1]) / Decimal(part[2])).quantize(Decimal("0.1"))
        scan.add("percent", _plain(percent), position, position + 1)
    elif measure := _MEASURE.fullmatch(word):
        value = word if _LABEL.fullmatch(word) else _plain(Decimal(measure[1]))
        scan.add("number", value, position, position + 1)
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
    if "ratio" in scan.words[max(0, position - _RATIO_REACH) : position]:
        return False
    if not (before == "between" and joint == "and") and not (
        (before != "from" or scan.at(position - 2) in WEEKDAYS) and joint in ("to", "through")
    ):
        return False
    if Decimal(first[3]) >= Decimal(last[3]):
        return False
    value = f"{first[2] or last[2]}{first[3]}..{last[3]}{last[4] or first[4]}"
    scan.add("range", value, position, position + 3)
    return True


def _number(scan: Scan, position: int, found: re.Match[str]) -> None:
    sign, money, digits, percent = found.groups()
    value = sign + _plain(Decimal(digits))
    if percent:
        scan.add("percent", value, position, position + 1)
    elif money:
        scan.add("money", value, position, position + 1)
    elif (unit := unit_at(scan.words, position + 1)) >= 0:
        scan.add("number", sign + measured(digits, scan.words[unit]), position, position + 1)
        scan.claimed.add(unit)
    elif scan.at(position + 1) == "times" and scan.at(position + 2) in _COMPARING:
        scan.add("percent", _plain(100 * Decimal(digits) - 100), position, position + 2)
    elif digits == "0" and scan.at(position + 1).isalpha() and scan.at(position - 1) not in _BEFORE_ZERO:
        scan.add("negation", "not", position, position + 1)
    elif digits != "1" or not (scan.at(position + 1) in _AFTER_VAGUE_ONE or scan.at(position - 1) in _BEFORE_VAGUE_ONE):
        scan.add("number", value, position, position + 1)


def _join_bounds(scan: Scan, bounds: list[tuple[str, int]]) -> None:
    """Makes "at least 3 and at most 5" the range that "3 to 5" is."""
    for (bound, low), (other, high) in pairwise(bounds):
        first, last = (_NUMBER.fullmatch(scan.words[position]) for position in (low, high))
        if (bound, other) != (">=", "<=") or not first or not last or Decimal(first[3]) >= Decimal(last[3]):
            continue
        inside = range(low, high + 1)
        scan.found = [
            (position, slot)
            for position, slot in scan.found
            if not (position in inside or (slot.kind == "bound" and low - 4 <= position <= high + 4))
        ]
        value = f"{first[2] or last[2]}{first[3]}..{last[3]}{last[4] or first[4]}"
        scan.add("range", value, low, high + 1)


def find_multiples(scan: Scan) -> None:
    """Finds "double", "triple" and "half" as 100, 200 and 50 percent; "half-day" is an antonym of "full-day"."""
    for position, word in enumerate(scan.words):
        if word in MULTIPLES and scan.at(position + 1) != "day" and not is_numeral(scan.at(position - 1) or "-"):
            scan.add("percent", MULTIPLES[word], position, position + 1)


def _plain(number: Decimal) -> str:
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
