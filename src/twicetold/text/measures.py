"""Measures: a number with a unit in one spelling, so that "two weeks" and "14 days" are one."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from itertools import accumulate
from operator import mul

from twicetold.text.phrases import word_set

# The units of one size, smallest first, each with how many of the one before it holds.
_SCALES: tuple[tuple[tuple[str, int], ...], ...] = (
    (("millisecond", 1), ("second", 1000), ("minute", 60), ("hour", 60), ("day", 24), ("week", 7)),
    (("month", 1), ("quarter", 3), ("year", 4)),
    (("inch", 1), ("foot", 12), ("yard", 3), ("mile", 1760)),
    (("millimeter", 1), ("centimeter", 10), ("meter", 100), ("kilometer", 1000)),
    (("ounce", 1), ("pound", 16)),
    (("milligram", 1), ("gram", 1000), ("kilogram", 1000)),
    (("milliliter", 1), ("liter", 1000)),
    (("kilobyte", 1), ("megabyte", 1000), ("gigabyte", 1000), ("terabyte", 1000)),
)
_OTHER_NAMES = {
    "ms": "millisecond", "sec": "second", "secs": "second", "foot": "foot", "feet": "foot", "ft": "foot",
    "inches": "inch", "yd": "yard", "mm": "millimeter", "cm": "centimeter", "km": "kilometer", "metre": "meter",
    "metres": "meter", "kilometre": "kilometer", "kilometres": "kilometer", "kg": "kilogram", "oz": "ounce",
    "litre": "liter", "litres": "liter",
    "kb": "kilobyte", "mb": "megabyte", "gb": "gigabyte", "tb": "terabyte",
}  # fmt: skip
# The size of each unit in the smallest of its kind, and the units of that kind by size, the largest first.
_SIZES: dict[str, tuple[int, tuple[tuple[str, int], ...]]] = {}
for _kind in _SCALES:
    _sizes = list(accumulate((times for _, times in _kind), mul))
    _sized = tuple(zip([unit for unit, _ in _kind], _sizes, strict=True))
    for _unit, _size in _sized:
        _SIZES[_unit] = _SIZES[_unit + "s"] = _size, _sized[::-1]
_SIZES |= {name: _SIZES[unit] for name, unit in _OTHER_NAMES.items()}
_PLURALS = {"inch": "inches", "foot": "feet"}

#: Units of time shorter than a day.
SHORT_SPANS = word_set("second seconds minute minutes hour hours")
_BEFORE_UNIT = word_set("working business calendar school consecutive full whole straight additional extra")
_MORE = word_set("more less fewer longer shorter")
_LONGEST = 9  # digits

_HOURS = {"hour": 1, "day": 24, "week": 168}
_MONTHS = {"month": 1, "quarter": 3, "year": 12}


def is_unit(word: str) -> bool:
    """Whether a word is a unit of measure."""
    return word in _SIZES


def unit_at(words: list[str], position: int) -> int:
    """The position of the unit of a number that ends before a position ("3 | working days"), or -1."""
    if (
        position < len(words)
        and words[position] == "or"
        and words[position + 1 : position + 2]
        and words[position + 1] in _MORE
    ):
        position += 2
    if position < len(words) and words[position] in _BEFORE_UNIT:
        position += 1
    return position if position < len(words) and words[position] in _SIZES else -1


def measured(digits: str, unit: str) -> str:
    """A number of units in the largest unit of its kind that it is a whole number of.

    >>> measured("14", "days"), measured("1.5", "hours"), measured("12", "months"), measured("36", "inches")
    ('2 weeks', '90 minutes', '1 year', '1 yard')
    """
    size, larger = _SIZES[unit]
    if len(digits) > _LONGEST:
        return f"{digits} {unit}"
    amount = Decimal(digits) * size
    name, size = next(
        ((name, size) for name, size in larger if amount and not amount % size and name != "quarter"), larger[-1]
    )
    count = f"{(amount / size).normalize():f}"
    return f"{count} {name if count == '1' else _PLURALS.get(name, name + 's')}"


def frequency(count: int, many: int, period: str) -> str:
    """So many times in every so many periods, the same however it is put.

    >>> frequency(1, 7, "day"), frequency(4, 1, "year"), frequency(1, 6, "month"), frequency(1, 2, "week")
    ('1/week', '1/quarter', '2/year', '1/2week')
    """
    for lengths in (_HOURS, _MONTHS):
        if period in lengths and count and many:
            rate = Fraction(count, many * lengths[period])
            for name, length in lengths.items():
                if (rate * length).denominator == 1:
                    return f"{rate * length}/{name}"
            longest, length = list(lengths.items())[-1]
            rate *= length
            return f"{rate.numerator}/{rate.denominator}{longest}"
    return f"{count}/{many if many != 1 else ''}{period}"
