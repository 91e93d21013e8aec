"""Tokens: a cleaned text cut into words, numerals and the few signs that change what is said."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import chain

from twicetold.text.phrases import word_set

# Marks that separate words, outside ASCII; what is neither here nor among the symbols belongs to a word, so that
# letters of every script keep their combining marks.
_SEPARATORS = (
    "\u00a2-\u00a5\u20a0-\u20cf\u00a1\u00a6\u00a7\u00a8\u00ab\u00af\u00b4\u00b6\u00b7\u00b8\u00bb\u00bf\u02c2-\u02df\u037e\u0387\u055a-\u055f"
    "\u0589\u05be\u05c0\u05c3\u05f3\u05f4\u060c\u060d\u061b\u061e\u061f\u066a-\u066d\u06d4\u0964\u0965\u0970\u0e2f"
    "\u104a\u104b\u1361-\u1368\u2010-\u205e\u3001-\u3003\u3008-\u3011\u3014-\u301f\u3030\u30fb\ufe10-\ufe19"
    "\ufe30-\ufe52"
)
# Emoji, arrows, mathematical signs: each is a word of its own.
_SYMBOLS = "\u00ac\u00b0\u00b1\u00f7\u2190-\u2bff\U0001f000-\U0001faff"
_LETTER = rf"[^\s\d\x00-\x2f\x3a-\x40\x5b-\x60\x7b-\x7f{_SEPARATORS}{_SYMBOLS}]"

#: Signs of money that may stand before a numeral.
CURRENCIES = "$\u20ac\u00a3\u00a5"
_DIGITS = r"(?:\d+(?:[.,:/-]\d+)*|(?<![\w.])\.\d+)"


def _token_pattern(letter: str, symbols: str) -> re.Pattern[str]:
    return re.compile(
        "|".join(
            (
                r"[A-Za-z]{3,}(?=[ ,;:)-])",  # most words, fast
                r"(?:[A-Za-z]\.){2,}(?:[A-Za-z](?![^\W_]))?|[A-Za-z](?:\.[A-Za-z])+(?![\w.])",  # U.S.
                r"[Ww]/(?:[Oo]\b)?",  # with, without
                r"[Nn][Oo]\.(?=\d)",  # number, not a negation
                r"[FPSAfpsa][Yy]'?\d{2,4}(?:[-/]\d{2,4})?(?![\w-])",  # FY24, PY2021-22
                r"[A-Za-z]#(?![\w+])",  # C#
                rf"{letter}(?:{letter}|\d|'(?={letter}|\d))*(?:\+\+?(?![\w+]))?",  # words, C++, A+
                # Numerals: sign, money, inner marks (1,500  1.5  3-5  9/30/24  8:30), percent or letters (1st).
                rf"(?:(?<![^\s(])-)?[{CURRENCIES}]?{_DIGITS}(?:%|'?{letter}(?:{letter}|\d)*)?",
                rf"!=|(?<![-=])[<>]=?(?= ?[-.{CURRENCIES}]?\d)|(?<!\S)[<>]=?(?=\s)",
                rf"[&(){symbols}]",
            )
        )
    )


_TOKEN = _token_pattern(_LETTER, _SYMBOLS)
_ASCII_TOKEN = _token_pattern("[A-Za-z]", "")
_SIGNS = {
    "&": ("and",),
    "w/": ("with",),
    "w/o": ("without",),
    "no.": (),
    "<": ("less", "than"),
    "<=": ("at", "most"),
    "\u2264": ("at", "most"),
    ">": ("more", "than"),
    ">=": ("at", "least"),
    "\u2265": ("at", "least"),
    "!=": ("not",),
    "\u2260": ("not",),
    "\u00ac": ("not",),
}

_DIGIT = re.compile(r"\d")
_OTHER_DIGIT = re.compile(r"(?![0-9])\d")
# "By June, nine children" is no ninth of June.
_BEFORE_COUNT = re.compile(
    r", (?=(?:[1-9]\d?|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty)\b"
    r"(?!,? ?(?:19|20)\d\d))"
)
_MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july"),
    *("august", "september", "october", "november", "december"),
)
_LOOSE_PERCENT = re.compile(r"(?<=\d) %")
_LOOSE_MONEY = re.compile(rf"([{CURRENCIES}]) (?=\d)")
_LOOSE_NUMBER = re.compile(r"([Nn][Oo]\.) (?=\d)")
_LOOSE_YEAR = re.compile(r"\b([FPS]Y) '?(?=\d\d(?:[-/]\d\d)?\b(?![.,%:/-]\d))")  # "FY 24", "PY 24-25"
_PLUS = re.compile(rf"(?<![^\s(])([{CURRENCIES}]?\d+(?:[.,]\d+)*%?)\+(?![\w+])")  # 5+
_PER = re.compile(r"(?<=[\dx]) ?/ ?(?=(?:hour|hr|day|week|wk|month|mo|quarter|year|yr)s?\b)", re.IGNORECASE)  # 2/week
# "85% - 90%", "$5 - $10", "3 - 5": each is one range.
_RANGE_OF_PERCENTS = re.compile(r"(?<=\d)%(?: - |-)(?=\d+(?:\.\d+)?%)")
_RANGE_OF_MONEY = re.compile(rf"(?<=\d)(?: - |-)[{CURRENCIES}](?=\d)")
_LOOSE_RANGE = re.compile(r"(?<=\d)(?: --? |--)(?=\d)")

_NOT = {"ca": "can", "wo": "will", "sha": "shall", "ai": "is"}
_VERBS = {"ll": "will", "re": "are", "ve": "have", "m": "am"}
_SUBJECTS = word_set("he here how it she that there what when where who why")


def tokens(cleaned: str) -> list[str]:
    """The words, numerals and telling signs of a cleaned text, in order, in the case they were written in."""
    if _DIGIT.search(cleaned):
        cleaned = _regular_numerals(cleaned)
    if ", " in cleaned:
        cleaned = _BEFORE_COUNT.sub(_apart_from_month, cleaned)
    # What "<" stands for shows behind the next space; all other tokens end before it.
    pieces = [cleaned] if "<" in cleaned or ">" in cleaned else cleaned.split()
    return list(chain.from_iterable(map(_cut, pieces)))


@lru_cache(maxsize=1 << 14)
def _cut(piece: str) -> tuple[str, ...]:
    pattern = _ASCII_TOKEN if piece.isascii() else _TOKEN
    return tuple([part for token in pattern.findall(piece) for part in _parts(token)])


def _apart_from_month(comma: re.Match[str]) -> str:
    before = comma.string[max(0, comma.start() - len("september")) : comma.start()]
    return " then " if before.lower().endswith(_MONTHS) else comma[0]


def _regular_numerals(text: str) -> str:
    if not text.isascii():
        text = _OTHER_DIGIT.sub(lambda digit: str(unicodedata.decimal(digit[0])), text)
    if "Y " in text:
        text = _LOOSE_YEAR.sub(r"\1", text)
    if ". " in text:
        text = _LOOSE_NUMBER.sub(r"\1", text)
    if "%" in text:
        text = _RANGE_OF_PERCENTS.sub("-", _LOOSE_PERCENT.sub("%", text))
    if "-" in text:
        text = _LOOSE_RANGE.sub("-", _RANGE_OF_MONEY.sub("-", text))
    if "+" in text:
        text = _PLUS.sub(r"at least \1", text)
    if "/" in text:
        text = _PER.sub(" per ", text)
    return text if text.isascii() and "$" not in text else _LOOSE_MONEY.sub(r"\1", text)


def _parts(token: str) -> tuple[str, ...]:
    """What a token stands for: itself, unless there are signs in it."""
    if (sign := _SIGNS.get(token.lower())) is not None:
        return sign
    if "'" in token:
        return _without_apostrophe(token)
    if "." in token and not _DIGIT.search(token):
        return (token.replace(".", ""),)
    return (token,)


def _without_apostrophe(token: str) -> tuple[str, ...]:
    head, _, tail = token.rpartition("'")
    head, ending = head.replace("'", ""), tail.lower()
    if ending == "s" and not head[-1].isdigit():
        return (head, "is") if head.lower() in _SUBJECTS else (head,)
    if ending == "t" and head[-1] in "nN":
        verb = head[:-1]
        # Corpora that are cut into words have "was n't".
        return (_NOT.get(verb.lower(), verb), "not") if verb else ("not",)
    return (head, _VERBS[ending]) if ending in _VERBS else (head + tail,)
