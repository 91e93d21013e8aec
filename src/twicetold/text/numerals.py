"""Numerals: one spelling for each number that is written in digits ("12,000", "$1.5 million", "85 percent")."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache

from twicetold.text.tokens import CURRENCIES

SCALES = {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9, "dozen": 12}
_LETTER_SCALES = {"k": 1000, "m": 10**6, "b": 10**9}
_UNITS = {"hr": "hour", "hrs": "hours", "yr": "year", "yrs": "years", "wk": "week", "wks": "weeks"}
_UNITS |= {"mo": "month", "mos": "months", "min": "minutes", "mins": "minutes", "lb": "pounds", "lbs": "pounds"}
_UNITS |= {
    "sec": "seconds",
    "secs": "seconds",
    "s": "seconds",
    "h": "hours",
    "ms": "milliseconds",
    "msec": "milliseconds",
}
_UNITS |= {"kg": "kilograms", "kgs": "kilograms", "mg": "milligrams", "km": "kilometers", "kms": "kilometers"}
_UNITS |= {"cm": "centimeters", "mm": "millimeters", "ml": "milliliters", "ft": "feet", "yd": "yards", "yds": "yards"}
_UNITS |= {"oz": "ounces", "kb": "kilobytes", "mb": "megabytes", "gb": "gigabytes", "tb": "terabytes"}
# Single letters that are units where a number without a space before them tells how long or how much: "in 3s", "2h of".
_GLUED_UNITS = {"s": "seconds", "h": "hours", "d": "days", "w": "weeks", "g": "grams", "l": "liters", "m": "meters"}
_BEFORE_LENGTH = frozenset(
    ("in", "within", "under", "for", "after", "than", "least", "most", "to", "by", "every", "below", "about", "a", "an")
)
# "The 3s" are children of that age, "the 30s" years, and "3d" and "5g" are a picture and a network.
_BEFORE_SECONDS = frozenset(("in", "within", "after", "than", "every", "below"))
_BEFORE_DECADE = frozenset(("the", "their", "his", "her", "early", "mid", "late"))
_OLDEST_CHILD = 12
_CODES = frozenset(("2d", "3d", "4d", "2g", "3g", "4g", "5g"))
_BEHIND_LENGTH = frozenset(("of", "long", "wide", "high", "deep", "tall", "apart", "away", "ahead", "early", "late"))
_MONEY_WORDS = frozenset(("dollar", "dollars", "usd"))
_PERCENT_WORDS = frozenset(("percent", "pct"))
_PERCENT_PAIRS = (["per", "cent"], ["por", "ciento"])
_ORDINAL_ENDINGS = frozenset(("st", "nd", "rd", "th"))
# How a share is put, with the wholes that make it one: "2 in 3", but not "2 in 7"; "97 of 100", but not "8 of 10".
_JOINTS = (["in"], ["out", "of"], ["of", "every"], ["of", "each"], ["of"])
_ROUND_WHOLES = {
    "in": frozenset((2, 3, 4, 5, 10, 100, 1000)),
    "every": range(2, 1001),
    "each": range(2, 1001),
    "of": frozenset((100, 1000)),
}
_LONGEST_WHOLE = len("1000")
_OUT_OF = range(2, 1001)
_BEHIND_SHARE = frozenset(
    ("", "of", "to", "with", "without", "our", "are", "is", "will", "should", "must", "and", "or")
)
_SPANS = frozenset(
    f"{span}{ending}" for span in ("second", "minute", "hour", "day", "week", "month", "year") for ending in ("", "s")
)
_EXACT_WHOLES = frozenset((2, 4, 5, 8))
_NOON_HALVES = frozenset(("am", "pm"))

#: Words behind a whole number that may belong to it.
_CONTINUED = {*SCALES, *_MONEY_WORDS, *_PERCENT_WORDS, *_UNITS, "per", "por", "and", "in", "out", "of"}
_STARTS = frozenset("-." + CURRENCIES)
_DIGITS = frozenset("0123456789")

_NUMERAL = re.compile(rf"(-?)([{CURRENCIES}]?)([\d.,:/-]*\d)(%?)('?[^\d%].*)?")
_THOUSANDS = re.compile(r"(?<![\d,.])\d{1,3}(?:,\d{3})+(?![\d,])")
_PLAIN = re.compile(r"\d{1,15}(?:\.\d{1,15})?")
_FRACTION = re.compile(r"([1-9]\d?)/([1-9]\d?)")
_WHOLE = re.compile(r"^(\d+)\.0{1,2}$")
_FULL_HOUR = re.compile(r"^(\d{1,2}):00$")


@lru_cache(maxsize=1 << 14)
def is_numeral(word: str) -> bool:
    """Whether a word starts with a digit, or with a sign or currency before its digits."""
    return word[0] in _DIGITS or (word[0] in _STARTS and len(word) > 1 and not word[1].isalpha())


def at(words: list[str], position: int) -> str:
    """The word at a position, or "" behind the last."""
    return words[position] if position < len(words) else ""


def ordinal(digits: str) -> str:
    """The ordinal of a number: "21" gives "21st"."""
    last = "th" if digits[-2:-1] == "1" else {"1": "st", "2": "nd", "3": "rd"}.get(digits[-1], "th")
    return digits + last


def share(part: int, whole: int) -> str:
    """A part of a whole, as a percentage where that is exact: 1 of 4 is "25%", 1 of 3 "1/3"."""
    percent, rest = divmod(100 * part, whole)
    return f"{part}/{whole}" if rest else f"{percent}%"


def read_numeral(words: list[str], position: int, result: list[str]) -> int:
    """Appends the regular form of the numeral at a position, with the words that belong to it.

    Returns:
        The position behind the last word that belongs to it.
    """
    word, following = words[position], at(words, position + 1)
    is_plain = word.isdecimal()
    if is_plain and word != "1" and following not in _CONTINUED and following[:1] not in _DIGITS:  # most, fast
        result.append(word)
        return position + 1
    if is_plain and (stop := _read_share(words, position, result)):
        return stop
    found = _NUMERAL.fullmatch(word)
    if not found:
        result.append(word)
        return position + 1
    sign, money, digits, percent, letters = found.groups(default="")
    if "," in digits:
        digits = _THOUSANDS.sub(lambda number: number[0].replace(",", ""), digits)
        *before, digits = digits.split(",")
        result += before
    if digits[0] == ".":
        digits = "0" + digits
    if letters:
        letters = letters.lstrip("'")
        if (
            letters in _GLUED_UNITS
            and not money
            and _is_measure(digits, letters, result[-1] if result else "", following)
        ):
            letters = _GLUED_UNITS[letters]
        result += _with_letters(sign + money, digits, letters)
        return position + 1
    if percent:
        result.append(f"{sign}{money}{_short(digits)}%")
        return position + 1
    digits, position = _with_following(digits, words, position + 1)
    return close(sign + money, digits, words, position, result)


def _read_share(words: list[str], position: int, result: list[str]) -> int:
    """Reads "9 in 10", "9 out of 10", "9 of every 10", "97 of 100", "1 room in 10" as a share; 0 if there is none."""
    part, is_one = words[position], words[position] == "1" and at(words, position + 2) == "in"
    start = position + 1 + is_one
    joint = next((joint for joint in _JOINTS if words[start : start + len(joint)] == joint), None)
    if not joint:
        return 0
    stop = start + len(joint) + 1
    whole, behind = at(words, stop - 1), at(words, stop)
    if not whole.isdecimal() or not len(part) <= len(whole) <= _LONGEST_WHOLE:
        return 0
    wholes = _OUT_OF if joint[0] == "out" else _ROUND_WHOLES[joint[-1]]
    if (
        int(whole) not in wholes
        or int(part) >= int(whole)
        or behind in _SPANS
        or (is_one and behind not in _BEHIND_SHARE)
    ):
        return 0
    result.append(share(int(part), int(whole)))
    if is_one:
        result += ["of", words[position + 1]]
    elif behind not in _BEHIND_SHARE:
        result.append("of")
    return stop


def close(prefix: str, digits: str, words: list[str], position: int, result: list[str]) -> int:
    """Appends a number with the percent, money or unit word behind it; gives the position after that."""
    word = at(words, position)
    if word in _PERCENT_WORDS or words[position : position + 2] in _PERCENT_PAIRS:
        result.append(f"{prefix}{_short(digits)}%")
        return position + (1 if word in _PERCENT_WORDS else 2)
    if word in _MONEY_WORDS and not prefix:
        result.append(f"${_short(digits)}")
        return position + 1
    result.append(prefix + (_short(digits) if prefix[-1:] not in ("", "-") else digits))
    if word in _UNITS:
        result.append(_UNITS[word])
        return position + 1
    return position


def times(digits: str, scale: int) -> str:
    """A decimal number multiplied, in plain digits."""
    return _text(Decimal(digits) * scale)


def _text(number: Decimal) -> str:
    return _short(format(number, "f"))


def _short(digits: str) -> str:
    """Without the zeros that end a decimal fraction."""
    return digits.rstrip("0").rstrip(".") if _PLAIN.fullmatch(digits) and "." in digits else digits


def _with_following(digits: str, words: list[str], position: int) -> tuple[str, int]:
    """Digits together with the scale, fraction or share behind them ("1.5 million", "2 1/2", "1/4 of")."""
    word = at(words, position)
    if word == "of" and (fraction := _FRACTION.fullmatch(digits)) and int(fraction[1]) < int(fraction[2]):
        return share(int(fraction[1]), int(fraction[2])), position
    if not _PLAIN.fullmatch(digits):
        return _FULL_HOUR.sub(r"\1", digits) if word in _NOON_HALVES else digits, position
    if word in SCALES:
        return times(digits, SCALES[word]), position + 1
    if words[position : position + 3] == ["and", "a", "half"]:
        return _text(Decimal(digits) + Decimal("0.5")), position + 3
    fraction = _FRACTION.fullmatch(word)
    if fraction and "." not in digits and int(fraction[1]) < int(fraction[2]) and int(fraction[2]) in _EXACT_WHOLES:
        return _text(Decimal(digits) + Decimal(fraction[1]) / Decimal(fraction[2])), position + 1
    return _WHOLE.sub(r"\1", digits), position


def _is_measure(digits: str, letter: str, before: str, following: str) -> bool:
    """Whether a letter behind a number is a unit and no code: "in 3s", "2h of coaching", not "room 3d" or "in 5m"."""
    if following in _BEHIND_LENGTH:
        return True
    if letter == "s":
        is_long = digits.isdigit() and _OLDEST_CHILD < int(digits) < 1000
        return before in _BEFORE_SECONDS or (is_long and before not in _BEFORE_DECADE)
    return letter != "m" and before in _BEFORE_LENGTH and digits + letter not in _CODES


def _with_letters(prefix: str, digits: str, letters: str) -> list[str]:
    """A numeral that letters follow without a space: "1st", "2x", "8am", "30days", "$5k", or a code such as "3b"."""
    is_plain = _PLAIN.fullmatch(digits) is not None
    if prefix:
        scale = _LETTER_SCALES.get(letters) if is_plain else None
        return [prefix + (times(digits, scale) if scale else digits + letters)]
    if letters == "k" and is_plain:
        return [times(digits, _LETTER_SCALES["k"])]
    if letters in _ORDINAL_ENDINGS and digits.isdigit():
        return [ordinal(digits)]
    if letters in _PERCENT_WORDS:
        return [_short(digits) + "%"]
    digits = _FULL_HOUR.sub(r"\1", digits) if letters in _NOON_HALVES else _WHOLE.sub(r"\1", digits)
    if letters == "x" and is_plain:
        return ["1", "time"] if digits == "1" else [digits, "times"]
    stands_apart = len(letters) > 1 and letters.isalpha() and letters.isascii()
    return [digits, _UNITS.get(letters, letters)] if stands_apart else [digits + letters]
