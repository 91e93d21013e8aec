"""Times: slots for dates, times of day and periods."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import compress
from typing import TYPE_CHECKING

from twicetold.text.dates import AMBIGUOUS_MONTHS, MONTHS, day_of, is_year
from twicetold.text.measures import is_unit
from twicetold.text.numerals import is_numeral
from twicetold.text.phrases import numbered, word_set

if TYPE_CHECKING:
    from collections.abc import Callable

    from twicetold.text.scan import Scan

    Finder = Callable[[Scan, int], None]

_MONTHS = MONTHS | numbered("enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre")
_DOUBTFUL_MONTHS = AMBIGUOUS_MONTHS | {"mayo"}
#: The number of each weekday, Monday first as in ISO 8601.
WEEKDAYS = numbered(
    "monday mondays lunes|tuesday tuesdays martes|wednesday wednesdays miércoles|thursday thursdays jueves"
    "|friday fridays viernes|saturday saturdays sábado|sunday sundays domingo"
)
_SEASONS = {"spring": "spring", "summer": "summer", "fall": "fall", "autumn": "fall", "winter": "winter"}
_SEASONS |= {"primavera": "spring", "verano": "summer", "otoño": "fall", "invierno": "winter"}
_BEFORE_DATE = word_set(
    "in by of on for until since during each every before after through early late mid this next last between from "
    "en de hasta antes"
)
_AFTER_SEASON = word_set("semester term quarter season session break and or to")
_BEFORE_YEAR = _BEFORE_DATE | word_set("year calendar season to baseline winter spring summer fall autumn")
# Before one of these a number is no year.
_COUNTED = word_set(
    "children people women men staff slots families students parents teachers members users customers hours days "
    "minutes miles feet meters pounds dollars times books meals visits"
)

_PERIOD = re.compile(r"([fpsa]y)(\d{4})(?:-(\d{4}))?|q([1-4])")
_YEARS = re.compile(r"((?:19|20)\d\d)-((?:19|20)\d\d)")
_CLOCK = re.compile(r"(\d{1,2})(?::([0-5]\d))?")
_HALVES = frozenset(("semester", "trimester"))
_MONDAY, _THURSDAY, _WEEKEND = 1, 4, 6
_WEEKPARTS = dict.fromkeys(("weekday", "weekdays", "weeknight", "weeknights"), "W1-5")
_WEEKPARTS |= dict.fromkeys(("weekend", "weekends"), "W6-7")
_TWELVES = {"noon": "T12:00", "midnight": "T00:00"}
_HALF_NUMBERS = {"1st": "1", "2nd": "2", "3rd": "3"}


def find_calendar(scan: Scan) -> None:
    """Finds dates ("2024-06-30", "--06-30", "--06", "2024", "W1", "spring", "T08:30") and periods ("FY2024")."""
    finders = list(map(_finder_of, scan.words))
    for position in compress(range(len(finders)), finders):
        if position not in scan.claimed and (find := finders[position]):
            find(scan, position)


@lru_cache(maxsize=1 << 14)
def _finder_of(word: str) -> Finder | None:
    if is_numeral(word):
        return _numeral
    return _period if _PERIOD.fullmatch(word) else _FINDERS.get(word)


def _period(scan: Scan, position: int) -> None:
    ((kind, first, second, quarter),) = _PERIOD.findall(scan.words[position])
    if quarter:
        value = f"Q{quarter}"
    elif kind == "fy":
        value = f"FY{first}-{second}" if second else f"FY{first}"
    else:
        value = f"{first}-{second}" if second else f"{kind.upper()}{first}"
    scan.add("period", value, position, position + 1)


def _weekday(scan: Scan, position: int) -> None:
    """Reads "Monday to Friday" and "Saturday and Sunday" as the days from one to the other."""
    first, last = WEEKDAYS[scan.words[position]], WEEKDAYS.get(scan.at(position + 2), 0)
    joint = scan.at(position + 1)
    is_week = first == _MONDAY and joint in ("to", "through") and last > _THURSDAY  # "from Tuesday to Thursday" moves
    if is_week or (first == _WEEKEND and joint in ("and", "or") and last > first):
        scan.add("date", f"W{first}-{last}", position, position + 3)
        return
    scan.note("date", f"W{WEEKDAYS[scan.words[position]]}", position, position + 1)


def _weekdays(scan: Scan, position: int) -> None:
    scan.note("date", _WEEKPARTS[scan.words[position]], position, position + 1)


def _half(scan: Scan, position: int) -> None:
    """Reads "1st semester"."""
    if number := _HALF_NUMBERS.get(scan.at(position - 1)):
        scan.add("period", f"S{number}", position - 1, position + 1)


def _twelve(scan: Scan, position: int) -> None:
    scan.add("date", _TWELVES[scan.words[position]], position, position + 1)


def _month(scan: Scan, position: int) -> None:
    month = f"{_MONTHS[scan.words[position]]:02d}"
    stop = position + 1
    day = day_of(scan.at(stop)) if scan.at(stop).isdigit() else ""
    if day:
        stop += 1
    year = scan.at(stop) if is_year(scan.at(stop)) else ""
    if year:
        stop += 1
    if not (day or year or _is_month(scan, position)):
        return
    value = f"{year or '-'}-{month}" + (f"-{int(day):02d}" if day else "")
    scan.add("date", value, position, stop)


def _is_month(scan: Scan, position: int) -> bool:
    """Whether the name of a month without a day or year means the month ("in May", not "may")."""
    if scan.words[position] not in _DOUBTFUL_MONTHS:
        return True
    beside = (scan.at(position - 2), scan.at(position + 2))
    return scan.at(position - 1) in _BEFORE_DATE or any(word in MONTHS for word in beside)


def _season(scan: Scan, position: int) -> None:
    word, following = scan.words[position], scan.at(position + 1)
    is_season = (
        word != "fall"
        or scan.at(position - 1) in _BEFORE_DATE
        or following in _AFTER_SEASON
        or is_year(following)
        or scan.at(position - 2) in _SEASONS
    )
    if is_season:
        scan.add("date", _SEASONS[word], position, position + 1)


def _numeral(scan: Scan, position: int) -> None:
    word = scan.words[position]
    if is_year(word):
        if _is_calendar_year(scan, position):
            scan.add("date", word, position, position + 1)
    elif (years := _YEARS.fullmatch(word)) and years[1] < years[2]:
        scan.add("period", f"{years[1]}-{years[2]}", position, position + 1)
    elif word[-1] in "thnds" and _is_day(scan, position):
        scan.add("date", f"---{int(day_of(word)):02d}", position, position + 1)
    else:
        _clock(scan, position)


def _is_calendar_year(scan: Scan, position: int) -> bool:
    """Whether a number from 1900 to 2099 is a year; round ones count something more often than not."""
    year, before = scan.words[position], scan.at(position - 1)
    if scan.at(position + 1) in _COUNTED or is_unit(scan.at(position + 1)):
        return False
    return not year.endswith(("00", "50")) or before in _BEFORE_YEAR or before in _MONTHS


def _is_day(scan: Scan, position: int) -> bool:
    """Whether an ordinal is a day of any month: "by the 15th", "the 1st of each month"."""
    if not day_of(scan.words[position]) or scan.at(position - 1) != "the":
        return False
    if scan.at(position + 1) == "of":
        return "month" in (scan.at(position + 2), scan.at(position + 3))
    return scan.at(position - 2) in ("by", "on", "before") and not scan.at(position + 1)


def _clock(scan: Scan, position: int) -> None:
    found = _CLOCK.fullmatch(scan.words[position])
    half = scan.at(position + 1)
    if not found or not (found[2] or half in ("am", "pm")) or "ratio" in scan.words[max(0, position - 3) : position]:
        return
    hour, is_half = int(found[1]), half in ("am", "pm")
    if hour > (12 if is_half else 23):
        return
    if is_half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    scan.add("date", f"T{hour:02d}:{found[2] or '00'}", position, position + 1 + is_half)


_FINDERS: dict[str, Finder] = {
    **dict.fromkeys(_MONTHS, _month),
    **dict.fromkeys(WEEKDAYS, _weekday),
    **dict.fromkeys(_WEEKPARTS, _weekdays),
    **dict.fromkeys(_SEASONS, _season),
    **dict.fromkeys(_TWELVES, _twelve),
    **dict.fromkeys(_HALVES, _half),
}

#: Words that begin or make a date; numerals are looked at anyway.
CALENDAR_WORDS = frozenset(_FINDERS) - _HALVES
