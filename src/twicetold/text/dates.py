"""Dates and periods: every way to write one brought to one order of words.

A date is "june 30 2024" or a part of that; a fiscal, program or school year "fy2024" or "py2021-2022"; two years
that follow each other "2021-2022"; a quarter "q3".
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from twicetold.text.numerals import at, is_numeral
from twicetold.text.phrases import numbered, rewritten, word_set

if TYPE_CHECKING:
    from twicetold.text.phrases import Reader

_MONTH_NAMES = (
    "january jan|february feb febr|march mar|april apr|may|june jun|july jul|august aug|september sept sep"
    "|october oct|november nov|december dec"
)
_MONTH_NUMBERS = numbered(_MONTH_NAMES)
#: The number of each month by its full name.
MONTHS = {name: number for name, number in _MONTH_NUMBERS.items() if len(name) > 4 or name in ("may", "june", "july")}
_NAME_OF = {number: name for name, number in MONTHS.items()}
#: Names of months that are other words, too.
AMBIGUOUS_MONTHS = frozenset(("may", "march"))
_AMBIGUOUS_ABBREVIATIONS = frozenset(("jan", "mar", "sep"))
_WEEKDAYS = {"tues": "tuesday", "tue": "tuesday", "weds": "wednesday", "thurs": "thursday", "thur": "thursday"}
_WEEKDAYS |= {"thu": "thursday", "fri": "friday"}

_YEAR = re.compile(r"(?:19|20)\d\d")
_DAY = re.compile(r"0?([1-9]|[12]\d|3[01])(?:st|nd|rd|th)?")
_NUMERIC_DATE = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2})")
_ISO_DATE = re.compile(r"((?:19|20)\d\d)[-/.](\d{1,2})[-/.](\d{1,2})")
_YEAR_AND_NUMBER = re.compile(r"((?:19|20)\d\d)[-/](\d{4}|\d{2})")
_MONTH_AND_YEAR = re.compile(r"(\d{1,2})/((?:19|20)\d\d)")
_MONTH_AND_DAY = re.compile(r"(\d{1,2})/(\d{1,2})")
_NAMED_YEAR = re.compile(r"[fpsa]y'?\d{2,4}(?:[-/]\d{2,4})?")
_YEARS = re.compile(r"(\d{4}|\d{2})(?:[-/](\d{4}|\d{2}))?")
_KINDS = {"fiscal": "fy", "program": "py", "school": "sy", "academic": "ay"}
_QUARTERS = {"1st": "q1", "2nd": "q2", "3rd": "q3", "4th": "q4", "1": "q1", "2": "q2", "3": "q3", "4": "q4"}
_BEFORE_DATE = word_set("by on before after until till through thru since due")
_BEFORE_ANY_QUARTER = word_set("a an any each every last next one per the this")
_FRACTION_WHOLES = frozenset((2, 3, 4, 5, 8, 10))


def regular_dates(words: list[str]) -> list[str]:
    """The lower-case words of a text (numbers in digits) with dates and periods in their one form."""
    return rewritten(words, _reader_of)


@lru_cache(maxsize=1 << 14)
def _reader_of(word: str) -> Reader | None:
    if is_numeral(word):
        return _numeral
    return _short_year if _NAMED_YEAR.fullmatch(word) else _READERS.get(word)


def is_year(word: str) -> bool:
    """Whether a word is a year from 1900 to 2099."""
    return len(word) == 4 and _YEAR.fullmatch(word) is not None


def day_of(word: str) -> str:
    """The day of a month that a word can name ("30", "1st"), or ""."""
    found = _DAY.fullmatch(word)
    return found[1] if found else ""


def _month(words: list[str], position: int, result: list[str]) -> int:
    """A month with its day and year: "June 30th, 2024", "the 30th of June 2024", "30 June"."""
    word = words[position]
    day, position = day_of(at(words, position + 1)), position + 1
    if day:
        position += 1
    else:
        day = _day_before(words, position, result)
    year = at(words, position + 1) if at(words, position) == "of" else at(words, position)
    if not is_year(year):
        year = ""
    if word in _AMBIGUOUS_ABBREVIATIONS and not (day or year):
        result.append(word)
        return position
    position += 0 if not year else 2 if words[position] == "of" else 1
    result += [part for part in (_NAME_OF[_MONTH_NUMBERS[word]], day, year) if part]
    return position


def _day_before(words: list[str], position: int, result: list[str]) -> str:
    """Takes the day that stands before a month out of the result: "30", "30th of", "the 30th of"."""
    reach = 2 if result[-1:] == ["of"] else 1
    if len(result) < reach or not (day := day_of(result[-reach])):
        return ""
    before = result[-reach - 1 : -reach]
    is_doubtful = words[position - 1] in AMBIGUOUS_MONTHS and result[-reach].isdigit()  # "all 30 may come"
    is_date = is_year(at(words, position)) or not _BEFORE_DATE.isdisjoint(before)
    if not MONTHS.keys().isdisjoint(before) or (is_doubtful and not is_date):  # "March 5, April"
        return ""
    del result[-reach:]
    if reach == 2 and result[-1:] == ["the"]:
        result.pop()
    return day


def _numeral(words: list[str], position: int, result: list[str]) -> int:
    word = words[position]
    if "/" in word or "-" in word or "." in word:
        result += _numeric_date(word, result) or [_years(word) if _YEAR_AND_NUMBER.fullmatch(word) else word]
    else:
        result.append(word)
    return position + 1


def _numeric_date(word: str, before: list[str]) -> list[str]:
    """The words of a date in digits; month first where both orders are possible, days first around dots."""
    if iso := _ISO_DATE.fullmatch(word):
        return _date(iso[2], iso[3], iso[1])
    if full := _NUMERIC_DATE.fullmatch(word):
        first, mark, second, year = full.groups()
        day_first = (mark == "." or int(first) > 12) and int(second) <= 12
        month, day = (second, first) if day_first else (first, second)
        is_code = mark == "-" and len(year) == 2
        return [] if is_code else _date(month, day, year if len(year) == 4 else "20" + year)
    if both := _MONTH_AND_YEAR.fullmatch(word):
        return _date(both[1], "", both[2])
    if both := _YEAR_AND_NUMBER.fullmatch(word):
        return [] if _second_year(both[1], both[2]) else _date(both[2], "", both[1])
    if (both := _MONTH_AND_DAY.fullmatch(word)) and before and before[-1] in _BEFORE_DATE:
        is_fraction = int(both[1]) < int(both[2]) and int(both[2]) in _FRACTION_WHOLES
        return [] if is_fraction else _date(both[1], both[2], "")
    return []


def _date(month: str, day: str, year: str) -> list[str]:
    """The words of a date, or none if there is no such month or day; day and year may be ""."""
    if not (1 <= int(month) <= 12 and 1 <= int(day or 1) <= 31):
        return []
    return [part for part in (_NAME_OF[int(month)], day.lstrip("0"), year) if part]


def _second_year(first: str, second: str) -> str:
    """The second of two years that belong together ("2021-22"), or "" if the second number is no later year."""
    if len(second) == 4:
        return second if is_year(second) and second > first else ""
    return str(int(first) + 1) if (int(first) + 1) % 100 == int(second) else ""


def _years(text: str) -> str:
    """One or two years with all their digits: "24" is "2024", "21-22" and "2021/22" are "2021-2022"."""
    found = _YEARS.fullmatch(text)
    if not found:
        return text
    first = found[1] if len(found[1]) == 4 else "20" + found[1]
    if not found[2]:
        return first
    second = _second_year(first, found[2])
    return f"{first}-{second}" if second else text


def _named_year(words: list[str], position: int, result: list[str]) -> int:
    """Reads "FY 24" and "FY 2023-24"."""
    years = _YEARS.fullmatch(at(words, position + 1))
    result.append(words[position] + _years(years[0]) if years else words[position])
    return position + (2 if years else 1)


def _short_year(words: list[str], position: int, result: list[str]) -> int:
    """Reads "fy24"."""
    word = words[position]
    result.append(word[:2] + _years(word[2:].removeprefix("'")))
    return position + 1


def _year(words: list[str], position: int, result: list[str]) -> int:
    """Reads "fiscal year 2024", "program year 24-25" and "2021-22 school year"."""
    kind = _KINDS.get(result[-1]) if result else None
    behind, ahead = at(words, position + 1), result[-2] if len(result) > 1 else ""
    if kind and _is_named_year(behind):
        result[-1] = kind + _years(behind)
        return position + 2
    if kind and _is_named_year(ahead):
        result[-2:] = [kind + _years(ahead)]
    else:
        result.append(words[position])
    return position + 1


def _is_named_year(word: str) -> bool:
    """Whether a word beside "school year" names it: "2024", "2024-25", "24-25"; "24" alone may count something."""
    is_one = is_year(word[:4]) and _YEARS.fullmatch(word) is not None
    return is_one or (_YEARS.fullmatch(word) is not None and len(_years(word)) == len("2024-2025"))


def _quarter(words: list[str], position: int, result: list[str]) -> int:
    if result and result[-1] in ("1st", "2nd", "3rd", "4th"):
        result[-1] = _QUARTERS[result[-1]]
        return position + 1
    if at(words, position + 1) in _QUARTERS and (not result or result[-1] not in _BEFORE_ANY_QUARTER):
        result.append(_QUARTERS[words[position + 1]])
        return position + 2
    result.append(words[position])
    return position + 1


def _weekday(words: list[str], position: int, result: list[str]) -> int:
    result.append(_WEEKDAYS[words[position]])
    return position + 1


_READERS: dict[str, Reader] = {
    **dict.fromkeys(_MONTH_NUMBERS, _month),
    **dict.fromkeys(_WEEKDAYS, _weekday),
    **dict.fromkeys(_KINDS.values(), _named_year),
    "year": _year,
    "quarter": _quarter,
}
