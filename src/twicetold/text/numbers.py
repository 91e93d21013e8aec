"""Numbers: every way to write one brought to digits ("twenty-five", "12,000", "85 percent", "1st", "twice")."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from twicetold.text.numerals import SCALES, at, close, is_numeral, ordinal, read_numeral, share
from twicetold.text.phrases import numbered, rewritten, word_set

if TYPE_CHECKING:
    from twicetold.text.phrases import Reader

_SMALL = numbered(
    "zero cero|one uno|two dos|three tres|four cuatro|five cinco|six seis|seven siete|eight ocho|nine nueve"
    "|ten diez|eleven|twelve doce|thirteen trece|fourteen catorce|fifteen quince|sixteen|seventeen|eighteen"
    "|nineteen",
    start=0,
)
_TENS = numbered(
    "twenty veinte|thirty treinta|forty cuarenta|fifty cincuenta|sixty sesenta|seventy setenta"
    "|eighty ochenta|ninety noventa",
    start=20,
    step=10,
)
_CARDINALS = {**_SMALL, **_TENS, "cien": 100}
_ORDINALS = numbered(
    "first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|thirteenth|fourteenth"
    "|fifteenth|sixteenth|seventeenth|eighteenth|nineteenth|twentieth",
    start=1,
) | {"thirtieth": 30, "fortieth": 40, "fiftieth": 50, "hundredth": 100}
_PARTS = numbered("half halves|third thirds|quarter quarters fourth fourths|fifth fifths", start=2)
_PARTS |= {"tenth": 10, "tenths": 10}

_SPANS = word_set("second minute hour day week month quarter year")
# Half and a quarter of these are whole numbers of a smaller unit.
_SMALLER = {"hour": (60, "minutes"), "minute": (60, "seconds"), "year": (12, "months")}
_DAYS = word_set("day week month")
_LIMITING = word_set("within least most than over under")
_AROUND_SPAN = word_set("late early later earlier ago or")
_COMPARED = word_set("less fewer more")
_HALVED = word_set("the our their its these those all")  # "half the staff"
_OFTEN = {"twice": "2", "thrice": "3"}
_AFTER_ONCE = word_set("a an per each every daily weekly monthly quarterly yearly annually during")
_BEFORE_ONCE = word_set("least most than only")


def to_digits(words: list[str]) -> list[str]:
    """The lower-case words of a text with every number in digits.

    Cardinals and their scales ("two dozen", "$1.5 million") become one numeral, ordinals "1st", shares "25%" or
    "1/3", "twice" becomes "2 times"; a percent sign or word and a money sign or word stick to their numeral.
    """
    return rewritten(words, _reader_of)


@lru_cache(maxsize=1 << 14)
def _reader_of(word: str) -> Reader | None:
    return _READERS.get(word) or (read_numeral if is_numeral(word) else None)


def _cardinal(words: list[str], position: int, result: list[str]) -> int:
    first = words[position]
    room = 10 if first in _TENS else 0
    return _rest_of_cardinal(_CARDINALS[first], room, words, position + 1, result)


def _rest_of_cardinal(group: int, room: int, words: list[str], position: int, result: list[str]) -> int:
    """Reads on behind the first word; only a small number below ``room`` still belongs to the number."""
    total, limit = 0, 10**12
    while position < len(words):
        word = words[position]
        skip = (word, room) in (("and", 100), ("y", 10)) and _CARDINALS.get(at(words, position + 1), room) < room
        word = words[position + skip]
        value = _CARDINALS.get(word, 0)
        if 0 < value < room:
            group, room = group + value, 10 if word in _TENS else 0
        elif word == "hundred" and 0 < group < 100:
            group, room = 100 * group, 100
        elif word != "hundred" and group and SCALES.get(word, limit) < limit:
            limit = SCALES[word]
            total, group, room = total + limit * group, 0, 0 if word == "dozen" else 100
        else:
            break
        position += 1 + skip
    return _behind_cardinal(total + group, room, words, position, result)


def _behind_cardinal(value: int, room: int, words: list[str], position: int, result: list[str]) -> int:
    word = at(words, position)
    if 0 < _ORDINALS.get(word, 0) < room:
        result.append(ordinal(str(value + _ORDINALS[word])))
        return position + 1
    is_part = value < _PARTS.get(word, 0) and (value == 1) != word.endswith("s")
    following = at(words, position + 1)
    if is_part and (following == "of" or following in _COMPARED or result[-1:] == ["by"]):
        result.append(share(value, _PARTS[word]))
        return position + 1
    if words[position : position + 3] == ["and", "a", "half"]:
        result.append(f"{value}.5")
        return position + 3
    return close("", str(value), words, position, result)


def _scale(words: list[str], position: int, result: list[str]) -> int:
    """Reads "a hundred"; without the article "hundred" is just a word."""
    if result[-1:] == ["a"]:
        result.pop()
        return _rest_of_cardinal(1, 0, words, position, result)
    result.append(words[position])
    return position + 1


def _is_share(words: list[str], position: int, result: list[str]) -> bool:
    """Whether a word such as "quarter" stands in "a quarter of", "by a quarter" or "a quarter less"."""
    if words[position] not in _PARTS or result[-1:] != ["a"]:
        return False
    return at(words, position + 1) in ("of", *_COMPARED) or result[-2:-1] == ["by"]


def _ordinal(words: list[str], position: int, result: list[str]) -> int:
    word = words[position]
    if _is_share(words, position, result):
        result[-1] = share(1, _PARTS[word])
    elif word == "second" and result and (is_numeral(result[-1]) or result[-1] == "per"):
        result.append(word)
    else:
        result.append(ordinal(str(_ORDINALS[word])))
    return position + 1


def _part(words: list[str], position: int, result: list[str]) -> int:
    word, following = words[position], at(words, position + 1)
    if stop := _part_of_span(words, position, result):
        return stop
    if _is_share(words, position, result):
        result[-1] = share(1, _PARTS[word])
    elif word == "half" and result[-1:] in (["by"], ["in"]):
        result[-1:] = ["by", "50%"]
    elif word == "half" and following == "of":
        result.append("50%")
    elif word == "half" and following in _HALVED:
        result += ["50%", "of"]
    elif word == "half" and words[position + 1 : position + 3] == ["a", "dozen"]:
        result.append("6")
        return position + 3
    else:
        result.append(word)
    return position + 1


def _part_of_span(words: list[str], position: int, result: list[str]) -> int:
    """Reads "half an hour" and "a quarter of an hour" as 30 and 15 minutes; gives 0 where there is no such thing."""
    place = position + 1
    for skipped in ("of", "a", "an"):
        place += at(words, place) == skipped
    parts = {"half": 2, "quarter": 4}.get(words[position])
    if not parts or at(words, place) not in _SMALLER or (result and is_numeral(result[-1])):
        return 0
    size, unit = _SMALLER[words[place]]
    if result[-1:] in (["a"], ["an"]):
        result.pop()
    result += [str(size // parts), unit]
    return place + 1


def _span(words: list[str], position: int, result: list[str]) -> int:
    """Reads "an hour and a half" as "1.5 hour" and "an hour early" as "1 hour early"."""
    before, has_half = result[-1] if result else "", words[position + 1 : position + 4] == ["and", "a", "half"]
    is_one = before in ("a", "an")
    if has_half and (is_one or before.isdecimal()):
        result[-1] = "1.5" if is_one else before + ".5"
    elif is_one and at(words, position + 1) in _AROUND_SPAN and result[-2:-1] not in (["time"], ["times"]):
        result[-1] = "1"
    result.append(words[position])
    return position + 1 + 3 * (has_half and (is_one or before.isdecimal()))


def _fortnight(_words: list[str], position: int, result: list[str]) -> int:
    if result[-1:] == ["a"]:
        result.pop()
    result += ["2", "weeks"]
    return position + 1


def _often(words: list[str], position: int, result: list[str]) -> int:
    word = words[position]
    if word in _OFTEN:
        result += [_OFTEN[word], "times"]
    elif at(words, position + 1) in _AFTER_ONCE or (result and result[-1] in _BEFORE_ONCE):
        result += ["1", "time"]
    else:  # "once they enroll" counts nothing
        result.append(word)
    return position + 1


def _limit(words: list[str], position: int, result: list[str]) -> int:
    """Reads "within a week" as "within 1 week", "at least a day" as "at least 1 day"."""
    result.append(words[position])
    article = at(words, position + 1)
    is_one = article in ("a", "an") or (article == "the" and words[position] == "within")
    if is_one and at(words, position + 2) in _SMALLER.keys() | _DAYS:
        result.append("1")
        return position + 2
    return position + 1


def _sign(words: list[str], position: int, result: list[str]) -> int:
    """Reads "minus 5" as "-5" and "USD 5" as "$5"."""
    sign, following = "-" if words[position] == "minus" else "$", at(words, position + 1)
    if following in _CARDINALS or following[:1].isdigit():
        number: list[str] = []
        reader = _cardinal if following in _CARDINALS else read_numeral
        position = reader(words, position + 1, number)
        result += [number[0] if number[0][0] == sign else sign + number[0], *number[1:]]
        return position
    result.append(words[position])
    return position + 1


_READERS: dict[str, Reader] = {
    **dict.fromkeys((*_SPANS, *map("{}s".format, _SPANS)), _span),
    **dict.fromkeys(_CARDINALS, _cardinal),
    **dict.fromkeys(SCALES, _scale),
    **dict.fromkeys(_PARTS, _part),
    **dict.fromkeys(_ORDINALS, _ordinal),
    **dict.fromkeys((*_OFTEN, "once"), _often),
    **dict.fromkeys(_LIMITING, _limit),
    "fortnight": _fortnight,
    "minus": _sign,
    "usd": _sign,
}
