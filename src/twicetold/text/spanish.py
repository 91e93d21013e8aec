"""Spanish: a text in Spanish is read through a gloss, its words put into English one by one.

The gloss is no translation. It gives the encoder, which knows English, and the readers of numbers, dates, negations
and roles words that they know; the bilingual lexicon is ``data/spanish.toml``. What it does not hold stays Spanish.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from twicetold.text.bilingual import Bilingual, lexicon_of_spanish, plain
from twicetold.text.inflection import VERB_FORMS, Word, english_plural, english_verb
from twicetold.text.numerals import ordinal
from twicetold.text.phrases import word_set

if TYPE_CHECKING:
    from collections.abc import Iterator

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_NOUNS = frozenset(("nouns", "places", "people"))
# Without one of these nothing is looked up, so that English texts cost nothing. Words of names ("de la") are left out.
_HINTS = word_set(
    "en para por con un una que se al su sus es y e cada todo todos todas más antes después durante sobre los las del "
    "aumentar ampliar reducir disminuir mejorar fortalecer mantener crear desarrollar establecer implementar realizar "
    "ofrecer proporcionar brindar capacitar contratar inscribir reclutar ayudar apoyar asegurar garantizar promover "
    "fomentar lograr completar enviar revisar actualizar reparar arreglar reemplazar instalar limpiar pintar abrir "
    "cerrar iniciar terminar eliminar evitar prevenir agregar incluir visitar"
)
_FEWEST_WORDS = 2
_MOST_BEFORE_VERB = 4
_MOST_BEFORE_NOUN = 6
_SENTENCE_END = (".", "!", "?", ":", ";")
_ARTICLES = word_set("el la los las san santa")
_FINITE = frozenset(VERB_FORMS) - {"infinitive", "participle", "gerund"}
_BETWEEN = frozenset(("articles", "quantities", "numbers", "pronouns", "adjectives"))
_BEFORE_VERB = {"no": "", "se": "", "le": "", "les": "", "me": "", "nos": " us", "lo": " it", "la": " it"}
_BEFORE_VERB |= {"los": " them", "las": " them"}

_THOUSANDS = re.compile(r"(?<![\d.,])\d{1,3}(?:\.\d{3})++(?!\.?\d)")
_DECIMAL = re.compile(r"(?<![\d,.])(\d+),(\d{1,2})(?![\d,])")
_ORDINAL = re.compile(r"\b(\d{1,2})(?:er|[rdtvmn]?[oa])s?\b")
_MONTH = (
    "(?:January|February|March|April|May|June|July|August|September|October|November|December"
    "|spring|summer|fall|winter)"
)
_PEOPLE = "(?:child|children|infants?|toddlers?|pupils?|students?|adults?|youth|(?:young )?(?:person|people))"
_SHARE = r"(?:[\d.]+ ?%|[\w.]+(?: \w+)? percent\b)"
_HALVES = {"morning": "am", "afternoon": "pm", "evening": "pm", "night": "pm"}
# What a word alone cannot know, in English already.
_MENDED = (
    (re.compile(rf"\bfor (?:the )?(?={_MONTH}\b|\d{{1,2}} of {_MONTH}|(?:end|beginning) of )"), "by "),
    (re.compile(rf"(?:\bthe )?\b(\d{{1,2}}|1st|first) of ({_MONTH})\b"), r"\2 \1"),
    (re.compile(rf"({_MONTH}(?: \d+)?) of (?:the )?((?:19|20)\d\d)\b"), r"\1 \2"),
    (re.compile(rf"\b({_PEOPLE}) of (\w+(?: (?:to|and|or) \w+)?) (years?|months?)(?: of age)?\b"), r"\1 \2 \3 old"),
    (re.compile(rf"\b({_PEOPLE} (?:under|over) \w+ (?:years?|months?))(?: of age)?\b"), r"\1 old"),
    (re.compile(rf"\bthe (?={_SHARE})"), ""),
    (re.compile(rf"\b(?:in )?a (?={_SHARE})"), "by "),
    (re.compile(r"\ba (?=[aeiou]\w)"), "an "),
    (re.compile(r"\b(?:to|of) the (?=\d{1,2}(?::\d\d| in the | at night))"), "at "),
)
_CLOCK = re.compile(r"(\d{1,2}(?::\d\d)?) (?:in the|at) (morning|afternoon|evening|night)\b")


class _Unit(NamedTuple):
    gap: str  # what stands before it
    spanish: str
    word: Word
    english: str


def in_english(cleaned: str) -> str:
    """The English gloss of a cleaned text in Spanish; empty for any other text.

    >>> in_english("Los niños visitarán el centro Girasol antes del 5 de mayo.")
    'children will visit the Girasol center before May 5.'
    >>> in_english("Train the staff of Centro Los Niños in El Paso.")
    ''
    """
    if cleaned.isascii() and _HINTS.isdisjoint(cleaned.lower().split()):
        return ""
    lexicon = lexicon_of_spanish()
    return _gloss(cleaned, lexicon) if _is_spanish(cleaned, lexicon) else ""


def _is_spanish(text: str, lexicon: Bilingual) -> bool:
    """Whether most words are Spanish. Capitals say nothing: English texts hold Spanish names."""
    written = _WORD.findall(text)
    words = [word.lower() for place, word in enumerate(written) if not place or word[0].islower() or text.isupper()]
    telling = sum(word in lexicon.telling for word in words)
    against = sum(word in lexicon.against for word in words)
    unknown = sum(word.isalpha() and word not in lexicon.telling and word not in lexicon.neutral for word in words)
    either = sum(word in lexicon.neutral for word in words)
    return telling >= _FEWEST_WORDS and telling > 3 * against and 2 * telling + either >= 2 * unknown


def _gloss(text: str, lexicon: Bilingual) -> str:
    text = _THOUSANDS.sub(lambda number: number[0].replace(".", ""), text)
    text = _ORDINAL.sub(lambda number: ordinal(number[1]), _DECIMAL.sub(r"\1.\2", text))
    units = list(_spoken(list(_units(text, lexicon)), lexicon))
    english = "".join(unit.gap + unit.english for unit in _turned(_without_empty(units))).strip()
    for pattern, replacement in _MENDED:
        english = pattern.sub(replacement, english)
    return _CLOCK.sub(lambda time: f"{time[1]} {_HALVES[time[2]]}", english)


def _units(text: str, lexicon: Bilingual) -> Iterator[_Unit]:
    """The words and expressions of a text, the longest first, with what each is by itself."""
    found = list(_WORD.finditer(text))
    lower = [match[0].lower() for match in found]
    ends = [0, *(match.end() for match in found)]
    gaps = [text[end : match.start()] for end, match in zip(ends, found, strict=False)]
    position, before = 0, Word("", "")
    while position < len(found):
        count, word = 1, Word(found[position][0], "names")
        if text.isupper() or not _is_name(found, gaps, position, before):
            count, word = _longest(lower, gaps, position, lexicon)
            if not count:
                is_acronym = found[position][0].isupper() and not text.isupper()
                count, word = 1, Word(found[position][0], "acronyms" if is_acronym else "unknown")
        yield _Unit(gaps[position], " ".join(lower[position : position + count]), word, word.english)
        position, before = position + count, word
    yield _Unit(text[ends[-1] :], "", Word("", "end"), "")


def _longest(words: list[str], gaps: list[str], position: int, lexicon: Bilingual) -> tuple[int, Word]:
    """How many words the longest expression at a position has, and what it is; 0 if nothing is known there."""
    for size in range(min(lexicon.longest.get(plain(words[position]), 1), len(words) - position), 0, -1):
        if set(gaps[position + 1 : position + size]) <= {" "}:
            said = " ".join(words[position : position + size])
            if word := lexicon.words.get(said) or lexicon.words.get(plain(said)):
                return size, word
    return 0, Word("", "")


def _is_name(found: list[re.Match[str]], gaps: list[str], position: int, before: Word) -> bool:
    """Whether a capital marks a name: behind a place, another part of the name, or as its article."""
    if not position or not found[position][0][0].isupper() or gaps[position].rstrip().endswith(_SENTENCE_END):
        return False
    following = found[position + 1][0] if position + 1 < len(found) else ""
    is_article = found[position][0].lower() in _ARTICLES and following[:1].isupper()
    return is_article or (gaps[position] == " " and before.kind in ("places", "names"))


def _spoken(units: list[_Unit], lexicon: Bilingual) -> Iterator[_Unit]:
    """The units with the inflection that English asks for."""
    position = 0
    while position < len(units):
        unit = units[position]
        if taken := _verb(units, position, lexicon):
            yield taken[0]
            position += taken[1]
            continue
        english = unit.english
        if unit.word.form == "plural":
            english = lexicon.plurals.get(english) or english_plural(english)
        elif english == "thousand" and not (position and _is_number(units[position - 1])):
            english = "one thousand"
        elif unit.spanish == "al" and units[position + 1].word.form == "infinitive":
            english = "when"
        elif _marks_person(units, position):
            english = ""
        yield unit._replace(english=english)
        position += 1


def _marks_person(units: list[_Unit], position: int) -> bool:
    """Whether an "a" only says that people are the object: "ayudar a las familias"."""
    if units[position].spanish not in ("a", "al") or not position or units[position - 1].word.kind != "verbs":
        return False
    following = position + 1
    while units[following].word.kind in _BETWEEN or units[following].spanish.isdigit():
        following += 1
    return units[following].word.kind == "people" or units[following].english[:1].isupper()


def _verb(units: list[_Unit], position: int, lexicon: Bilingual) -> tuple[_Unit, int] | None:
    """The verb at a position with the "no", "se" and pronouns before it, and how many units these are."""
    end = position
    while units[end].spanish in _BEFORE_VERB and end - position < _MOST_BEFORE_VERB:
        end += 1
    said, verb = {unit.spanish for unit in units[position:end]}, units[end]
    form = verb.word.form
    if verb.word.kind != "verbs" or (end > position and form not in _FINITE and said != {"no"}):
        return None
    if form == "singular" and not end:
        form = "infinitive"  # "Repare la puerta"
    is_passive = "se" in said and not verb.spanish.startswith("se ")
    english = english_verb(verb.word.english, VERB_FORMS[form][2 * is_passive + ("no" in said)], lexicon.irregular)
    pronouns = "" if is_passive else "".join(_BEFORE_VERB[unit.spanish] for unit in units[position:end])
    return verb._replace(gap=units[position].gap, english=english + pronouns), end - position + 1


def _without_empty(units: list[_Unit]) -> list[_Unit]:
    """Without the units that English leaves out; what stands before them stays."""
    result: list[_Unit] = []
    gap = ""
    for unit in units:
        gap = (gap or unit.gap) if gap.strip() or not unit.gap.strip() else unit.gap
        if unit.english or unit.word.kind == "end":
            result.append(unit._replace(gap=gap))
            gap = ""
    return result


def _is_number(unit: _Unit) -> bool:
    return unit.word.kind == "numbers" or unit.spanish.isdigit()


def _turned(units: list[_Unit]) -> list[_Unit]:
    """The units with adjectives, and names of places, before their noun."""
    result: list[_Unit] = []
    start = noun = -1
    for unit in units:
        if unit.word.kind in _NOUNS:
            start = noun = len(result)
        elif noun >= 0 and unit.gap == " " and noun - start < _MOST_BEFORE_NOUN and _goes_before(unit, result[noun]):
            # Two adjectives change their order, the words of a name do not.
            result.insert(start if unit.word.kind == "adjectives" else noun, unit)
            noun += 1
            first, second = result[start : start + 2]
            if first is unit:
                result[start : start + 2] = [first._replace(gap=second.gap), second._replace(gap=" ")]
            continue
        else:
            noun = -1
        result.append(unit)
    return result


def _goes_before(unit: _Unit, noun: _Unit) -> bool:
    is_name = unit.word.kind == "names" and noun.word.kind == "places"
    is_long_name = (is_name or unit.word.kind == "acronyms") and len(unit.spanish) > 1
    return unit.word.kind == "adjectives" or is_long_name
