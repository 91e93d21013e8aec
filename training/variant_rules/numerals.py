"""Numbers, dates and times of day: told in another form, and made to be others."""

from __future__ import annotations

import re
from dataclasses import dataclass

from variant_rules.wording import Draw, capitalized, put

_UNITS = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *(f"{stem}teen" for stem in ("thir", "four", "fif", "six", "seven", "eigh", "nine")),
)
_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")


def in_words(number: int) -> str:
    """A whole number below 100 in words."""
    if number < len(_UNITS):
        return _UNITS[number]
    tens, rest = divmod(number, 10)
    return _TENS[tens] + (f"-{_UNITS[rest]}" if rest else "")


_VALUES = {in_words(number): number for number in range(2, 100)}
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_MONTH = "|".join(MONTHS)
_DAYS_IN_MONTH = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_WORDS = "|".join(sorted(_VALUES, key=len, reverse=True))
_NUMBER = re.compile(
    rf"(?<![\w$.,:/#-])(?P<money>\$?)(?P<digits>\d{{1,3}}(?:,\d{{3}})+|\d+)(?P<percent>%?)(?![\w/]|[.,:-]\d|-\w)"
    rf"|(?<![\w-])(?P<word>{_WORDS})(?![\w-])",
    re.IGNORECASE,
)
# Numbers that are names, not counts.
_NAMED = re.compile(
    r"(?:\b(?:ISO|WCAG|iOS|room|apartment|desk|lab|line|gate|floor|unit|user|number|no\.|level|Route|grade|Fax|at|KR|Obj|PG"
    rf"|Goal|objective|section|week|Release|version|phase|age|floors|{_MONTH})|\bQ) ?$"
)
_DATE = re.compile(rf"\b(?P<month>{_MONTH}) (?P<day>\d{{1,2}})(?!\d)(?:, (?P<year>20\d\d))?")
_YEAR = re.compile(r"(?<![\d$-])20[1-4]\d(?![\d-])")
_MONTH_NAME = re.compile(
    r"(?:^|\b(?:by|in|on|of|to|and|for|the|from|last|this|until|since|after|before|early|during) )"
    rf"(?P<month>(?-i:{_MONTH}))\b",
    re.IGNORECASE,
)
_CLOCK = re.compile(r"\b(?P<hour>\d{1,2})(?::(?P<minute>\d\d))? (?P<half>[ap])\.m\.")
_HOUR_BEFORE = re.compile(r"\bfrom \d+ (?:to|until) $")
_ORDINALS = {
    "first": "1st",
    "second": "2nd",
    "third": "3rd",
    "fourth": "4th",
    "fifth": "5th",
    "sixth": "6th",
    "tenth": "10th",
}
_ORDINAL = re.compile(
    rf"\b(?P<word>{'|'.join(_ORDINALS)})(?= (?:grade|floor|quarter|Monday|Tuesday|Saturday|week|year|birthday))",
    re.IGNORECASE,
)
_RANGE = re.compile(r"\b(?:from|between) \$?([\d,]+)[%\w ]*? (?:to|and) \$?([\d,]+)")
# The most that a number may be, by what follows it.
_HIGHEST = ((" (?:hundred|thousand|million)", 9), (" days (?:a|of the) week", 6), ("%| percent| cents of", 99))
_SIZES = (1, 2, 5, 10, 50, 100, 500, 1000, 5000, 10000)
_PART = re.compile(r"\b(\w+) (?:out of|in|of the|cents of each|of) (?:their |the )?(\w+)\b")


@dataclass(frozen=True, slots=True)
class Number:
    """A count, amount or percentage in a text.

    Attributes:
        start: Where it starts.
        end: Where it ends, sign of percent and currency left out.
        value: What it amounts to.
        is_word: Whether it is written in letters.
    """

    start: int
    end: int
    value: int
    is_word: bool


def numbers(text: str) -> list[Number]:
    """The counts, amounts and percentages of a text, from 2 up; dates and numbers that name something are none."""
    taken = [(match.start(), match.end()) for pattern in (_DATE, _YEAR, _CLOCK) for match in pattern.finditer(text)]
    found = []
    for match in _NUMBER.finditer(text):
        span = "word" if match["word"] else "digits"
        start, end = match.span(span)
        value = _VALUES[match["word"].lower()] if match["word"] else int(match["digits"].replace(",", ""))
        if value >= 2 and not any(a <= start < b for a, b in taken) and not _NAMED.search(text[: match.start()]):
            found.append(Number(start, end, value, is_word=span == "word"))
    return found


# --- Another form of the same -----------------------------------------------------------------------------------


def number_form(text: str, draw: Draw) -> str | None:
    """The numbers of a text in digits instead of words, or the other way round."""
    found = [n for n in numbers(text) if not re.match(r" (?:hundred|thousand|million)|%", text[n.end :])]
    words = [number for number in found if number.is_word]
    small = [n for n in found if not n.is_word and n.value < 100 and n.start and text[n.start - 1] != "$"]
    chosen = words if words and (not small or draw.random() < 0.7) else small
    for number in reversed(chosen):
        text = put(text, number.start, number.end, str(number.value) if number.is_word else in_words(number.value))
    return text if chosen else None


def sign_form(text: str, draw: Draw) -> str | None:
    """Signs and words for percent and dollars exchanged, commas in large numbers left out."""
    forms = [
        (r"(\d)%", r"\1 percent"),
        (r"(\d) percent\b", r"\1%"),
        (r"\$(\d[\d,]*)(?![\d.,]*\w| ?\w*illion)", r"\1 dollars"),
        (r"(?<=\d),(?=\d{3}\b)", ""),
    ]
    for pattern, new in draw.sample(forms, len(forms)):
        changed = re.sub(pattern, new, text)
        if changed != text:
            return changed
    return None


def date_form(text: str, draw: Draw) -> str | None:
    """A date written in another way."""
    if not (found := _DATE.search(text)):
        return None
    month, day, year = MONTHS.index(found["month"]) + 1, int(found["day"]), found["year"]
    if year:
        forms = [
            f"{month}/{day}/{year}",
            f"{day} {found['month']} {year}",
            f"{year}-{month:02}-{day:02}",
            f"{month:02}/{day:02}/{year[2:]}",
        ]
    else:
        forms = [f"{month}/{day}", f"{day} {found['month']}", f"the {_with_ending(day)} of {found['month']}"]
    return text[: found.start()] + draw.choice(forms) + text[found.end() :]


def clock_form(text: str, draw: Draw) -> str | None:
    """A time of day written in another way."""
    found = _CLOCK.search(text)
    if not found or _HOUR_BEFORE.search(text[: found.start()]):
        return None
    hour, minute, half = int(found["hour"]), found["minute"] or "00", found["half"]
    late = hour % 12 + (12 if half == "p" else 0)
    new = draw.choice(
        [
            f"{hour}:{minute} {half.upper()}M",
            f"{late:02}:{minute}",
            f"{hour}{'' if minute == '00' else ':' + minute}{half}m",
        ]
    )
    at_end = text[found.end() :].strip() == ""
    return text[: found.start()] + new + ("." if at_end else "") + text[found.end() :]


def ordinal_form(text: str, draw: Draw) -> str | None:
    """First, second ... in digits."""
    del draw
    changed = _ORDINAL.sub(lambda found: _ORDINALS[found["word"].lower()], text)
    return changed if changed != text else None


def _with_ending(day: int) -> str:
    return f"{day}{'th' if day in (11, 12, 13) else {1: 'st', 2: 'nd', 3: 'rd'}.get(day % 10, 'th')}"


# --- Another value ----------------------------------------------------------------------------------------------


def other_count(text: str, draw: Draw) -> str | None:
    """Another number in place of one that is no percentage."""
    return _with_other(text, [number for number in numbers(text) if not _is_percent(text, number)], draw)


def other_percentage(text: str, draw: Draw) -> str | None:
    """Another percentage."""
    return _with_other(text, [number for number in numbers(text) if _is_percent(text, number)], draw)


def other_month(text: str, draw: Draw) -> str | None:
    """Another month; texts that name two are left alone, as their order may matter."""
    found = list(_MONTH_NAME.finditer(text))
    if len(found) != 1:
        return None
    start, end = found[0].span("month")
    date = _DATE.match(text, start)
    day = int(date["day"]) if date else 1
    months = [month for month, days in zip(MONTHS, _DAYS_IN_MONTH, strict=True) if days >= day and month not in text]
    return text[:start] + draw.choice(months) + text[end:]


def other_day(text: str, draw: Draw) -> str | None:
    """Another day of the month; texts with two dates are left alone."""
    found = list(_DATE.finditer(text))
    if len(found) != 1:
        return None
    start, end = found[0].span("day")
    days = [day for day in (1, 5, 8, 10, 12, 15, 20, 22, 25, 28) if abs(day - int(found[0]["day"])) > 1]
    return text[:start] + str(draw.choice(days)) + text[end:]


def other_year(text: str, draw: Draw) -> str | None:
    """Another year."""
    found = list(_YEAR.finditer(text))
    if len(found) != 1:
        return None
    year = int(found[0][0]) + draw.choice([-2, -1, 1, 2])
    return text[: found[0].start()] + str(year) + text[found[0].end() :]


def other_hour(text: str, draw: Draw) -> str | None:
    """Another full hour."""
    found = list(_CLOCK.finditer(text))
    if len(found) != 1 or _HOUR_BEFORE.search(text[: found[0].start()]):
        return None
    start, end = found[0].span("hour")
    hours = [hour for hour in range(5, 12) if hour != int(found[0]["hour"])]
    return text[:start] + str(draw.choice(hours)) + text[end:]


def other_identifier(text: str, draw: Draw) -> str | None:
    """Another room, apartment, desk, lab, line or gate."""
    found = re.search(r"\b(?:room|apartment|desk|lab|line|gate|floor) (\d+)\b", text)
    if not found:
        return None
    step = 1 if int(found[1]) < 10 else 2
    number = int(found[1]) + step * draw.choice([1, 2, 3])
    return text[: found.start(1)] + str(number) + text[found.end(1) :]


def _is_percent(text: str, number: Number) -> bool:
    return re.match(r"%| percent| cents of", text[number.end :]) is not None


def _with_other(text: str, candidates: list[Number], draw: Draw) -> str | None:
    have = {number.value for number in numbers(text)}
    for number in draw.sample(candidates, len(candidates)):
        values = [value for value in _neighbours(number, text) if value not in have]
        for value in draw.sample(values, len(values)):
            new = in_words(value) if number.is_word and value < 100 else f"{value:,}" if value >= 1000 else str(value)
            if number.is_word and text[number.start].isupper():
                new = capitalized(new)
            changed = text[: number.start] + new + text[number.end :]
            if _order(changed) == _order(text) and not _is_too_large_a_part(changed):
                return changed
    return None


def _neighbours(number: Number, text: str) -> list[int]:
    """Values that might stand in place of one: as round as it is, and not much smaller or larger."""
    value, rest = number.value, text[number.end :]
    highest = next(
        (most for unit, most in _HIGHEST if re.match(unit, rest)),
        14 if value <= 12 else 99 if number.is_word else 10**9,
    )
    size = 1 if value <= 12 else max(size for size in _SIZES if value % size == 0 and size <= value / 3)
    return [new for step in (-3, -2, -1, 1, 2, 3) if 2 <= (new := value + step * size) <= highest]


def _order(text: str) -> list[bool | None]:
    """Whether each range of a text runs upwards, and None for one that goes nowhere."""
    ends = [(int(a.replace(",", "") or 0), int(b.replace(",", "") or 0)) for a, b in _RANGE.findall(text)]
    return [None if a == b else a < b for a, b in ends]


def _is_too_large_a_part(text: str) -> bool:
    for part, whole in _PART.findall(text):
        sizes = [_VALUES.get(word.lower(), int(word) if word.isdigit() else 0) for word in (part, whole)]
        if all(sizes) and sizes[0] >= sizes[1]:
            return True
    return False
