"""Entities: slots for places ("Birch Lane center", "Site B") and for other proper names and products.

Places and names are read from the case-preserved text, and only where a capital means something: not at the start
of a sentence, not in a title and not in a text that is all capitals.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import compress
from typing import TYPE_CHECKING

from twicetold.text.measures import is_unit
from twicetold.text.phrases import word_set
from twicetold.text.scan import Slot
from twicetold.text.times import CALENDAR_WORDS
from twicetold.text.words import STOP_WORDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twicetold.text.lexicon import Lexicon
    from twicetold.text.scan import Scan

_UPPER = "A-Z\u00c0-\u00d6\u00d8-\u00de"
_CAPITAL = re.compile(rf"(?<=.)[{_UPPER}]")
_LONG_WORD = re.compile(r"(?<![^\s(\"'/-])[^\W\d_]\w{3,}")
_RUN = re.compile(rf"(?<![\w'-])[{_UPPER}][\w'&+]*(?:[ -](?:of the |of |the |de )?[{_UPPER}][\w'&+]*)*")
_PERIOD = re.compile(r"(?:[FPSA]Y|Q)\d+")
_LINKS = frozenset(("of", "the", "de"))
_NEXT_WORD = re.compile(r"[\w']+")
_SENTENCE_END = ".!?:;\u2022"

# What a named place is: the name stands before one of these.
_SITES = word_set(
    "center centers site sites school schools campus county building library park clinic hospital church hall "
    "office entrance location facility area neighborhood district city town village parish township room gym "
    "shelter warehouse plant store branch route routes campuses clinics libraries offices branches airport station "
    "university college elementary"
)
_LONG_ROADS = {"ave": "avenue", "blvd": "boulevard", "rd": "road", "ln": "lane", "co": "county", "hwy": "highway"}
_LAST_ROADS = {"st": "street", "dr": "drive", "ct": "court"}  # "St Mary" and "Dr Lee" are none
_ROADS = word_set("lane road street avenue drive boulevard court way highway square parkway")
_PLURAL_SITES = word_set("centers sites schools campuses clinics libraries offices branches routes")
# What a lettered or numbered place is: the letter or number stands behind one of these.
_LETTERED = word_set(
    "site building room classroom center campus unit wing ward route region district zone lot floor hall gate "
    "cluster pod office location section suite apartment apt flat station bay gallery stall aisle track platform"
)
_PLACE_WORDS = _SITES | _ROADS | _LETTERED
_MARK = re.compile(r"(\d+[a-rt-z]?|[a-z]\d{1,3})s?")  # 4, 4b, b4, 4's
_ONE_NAME = {"apt": "apartment", "flat": "apartment"}
_ARTICLES = frozenset(("a", "i"))
_FORM_OF_ADDRESS = re.compile(rf"\b(?:Mr|Mrs|Ms|Mx|Dr|Prof)\.? (?=[{_UPPER}])")
_SHORT_DOT = re.compile(rf"\b(St|Mt|Ft)\. (?=[{_UPPER}])")
_IN = frozenset(("in", "at", "near", "en"))
_ABOUT = word_set(
    "train trained training certified certification proficient fluent knowledge skill skills course courses class "
    "classes degree interest experience expertise experienced participate enroll enrolled engage engaged"
)
_LANGUAGES = word_set(
    "english spanish somali arabic french chinese mandarin cantonese vietnamese hmong karen russian ukrainian haitian "
    "creole portuguese korean japanese tagalog german italian swahili nepali burmese amharic hindi urdu punjabi "
    "polish navajo farsi persian dari pashto spanglish"
)
_CALENDAR = CALENDAR_WORDS | word_set("am pm jan feb mar apr jun jul aug sep sept oct nov dec i")
_VERB_ENDINGS = ("ing", "ed")
_REACH = 40  # characters before a name that are looked at
_TITLE_SHARE = 0.8


def find_sites(scan: Scan, cleaned: str) -> None:
    """Finds places with a letter or number ("Building C", "classroom 4") among the words of the canonical text."""
    for position in compress(range(len(scan.words) - 1), map(_LETTERED.__contains__, scan.words)):
        word, mark = scan.words[position : position + 2]
        if len(mark) == 1 and mark.isalpha() and mark.isascii():
            if mark not in _ARTICLES or re.search(rf"\b(?i:{word}) {mark.upper()}\b", cleaned):
                scan.add("place", f"{word} {mark}", position, position + 2)
        elif (marked := _MARK.fullmatch(mark)) and position + 1 not in scan.claimed and _is_mark(scan, position):
            scan.add("place", f"{_ONE_NAME.get(word, word)} {marked[1]}", position, position + 2)


def _is_mark(scan: Scan, position: int) -> bool:
    """Whether a number behind a place is its name: not in "each room 2 times", "a room 10 or more"."""
    before, behind = scan.at(position - 1), scan.at(position + 2)
    return before not in ("per", "each", "parking") and behind not in ("times", "time", "or") and not is_unit(behind)


def find_names(scan: Scan, cleaned: str, lexicon: Lexicon) -> None:
    """Finds named places and other names by their capitals in the cleaned text."""
    if not _CAPITAL.search(cleaned) or cleaned.isupper():
        return
    cleaned = _SHORT_DOT.sub(r"\1 ", _FORM_OF_ADDRESS.sub("", cleaned))
    # Where a sentence starts, and in a title, fewer capitals mean something, never more.
    runs = [run for run in _RUN.finditer(cleaned) if _names_in(run[0], lexicon.known)]
    if not runs:
        return
    is_title = _is_title(cleaned)
    positions = {word: place for place, word in reversed(list(enumerate(scan.words)))}
    for run in runs:
        before = cleaned[max(0, run.start() - _REACH) : run.start()].rstrip(" \"'(")
        starts_sentence = not before or before[-1] in _SENTENCE_END
        for name, is_last in _names_in(run[0], lexicon.known, starts_sentence=starts_sentence, is_title=is_title):
            behind = _NEXT_WORD.match(cleaned, run.end() + 1) if is_last else None
            kind, value = _read_name(name, before.lower(), behind[0].lower() if behind else "")
            position = positions.get(value.split(" ", 1)[0], len(scan.words))
            scan.found.append((position, Slot(kind, value, " ".join(name))))
            if kind == "place" and behind and behind[0] in _PLURAL_SITES:
                _share_place(scan, cleaned, run.start())


def _share_place(scan: Scan, cleaned: str, start: int) -> None:
    """Makes the names that stand before a named place in a list, as in "Maple and Oak centers", places, too."""
    for index in range(len(scan.found) - 2, -1, -1):
        position, slot = scan.found[index]
        before = cleaned[max(0, start - len(slot.surface) - _REACH) : start].rstrip(" ,&").removesuffix(" and")
        if slot.kind != "name" or not before.endswith(slot.surface):
            return
        scan.found[index] = position, slot._replace(kind="place")
        start = cleaned.rindex(slot.surface, 0, start)


@lru_cache(maxsize=1 << 14)
def _names_in(
    run: str, known: frozenset[str], *, starts_sentence: bool = False, is_title: bool = False
) -> tuple[tuple[list[str], bool], ...]:
    """The names in a run of capitalised words, each with whether it ends as the run does."""
    words = _told_by_capitals(run, starts_sentence=starts_sentence, is_title=is_title)
    return tuple((name, name[-1] == words[-1]) for name in _unknown_parts(words, known))


def _told_by_capitals(run: str, *, starts_sentence: bool, is_title: bool) -> list[str]:
    """The words of a run of capitalised words whose capital means something."""
    words = [word.removesuffix("'s").replace("'", "") for word in re.split("[ -]", run)]
    words = [word for word in words if not _PERIOD.fullmatch(word)]
    if is_title or (starts_sentence and len(words) == 1):
        words = [word for word in words if _is_acronym(word)]
    elif starts_sentence and words and not _is_acronym(words[0]) and words[1].lower() not in _ROADS:
        words = words[1:]
    if len(words) > 1 and len(words[-1]) == 1 and words[-2].lower() in _LETTERED:
        words = words[:-2]
    while words and words[0] in _LINKS:
        words = words[1:]
    return words


def _is_title(cleaned: str) -> bool:
    """Whether most words are capitalised, so that a capital says nothing."""
    long = _LONG_WORD.findall(cleaned)
    capitalised = sum(word[0].isupper() and word[0] <= "\u00de" for word in long)
    return len(long) > 2 and capitalised - 1 >= _TITLE_SHARE * (len(long) - 1)


def _is_acronym(word: str) -> bool:
    return len(word) > 1 and word.isupper() and word.isalpha()


def _unknown_parts(words: list[str], known: frozenset[str]) -> Iterator[list[str]]:
    """The parts of a run of capitalised words that could be names: between months and known acronyms."""
    part: list[str] = []
    for word in [*words, ""]:
        folded = word.lower()
        is_border = not word or folded in _CALENDAR or (_is_acronym(word) and folded in known)
        if not is_border and folded not in _LANGUAGES:
            part.append(word)
            continue
        while part and part[0] in _LINKS:
            part = part[1:]
        if any(_is_unknown(other, known) for other in part) and not _is_verb(part):
            yield part
        if folded in _LANGUAGES:
            yield [word]
        part = []


def _is_verb(part: list[str]) -> bool:
    """Whether a part is one word such as "Using" that someone capitalised."""
    return len(part) == 1 and part[0].endswith(_VERB_ENDINGS)


def _is_unknown(word: str, known: frozenset[str]) -> bool:
    folded = word.lower()
    return not (
        len(word) == 1 or folded in known or folded.removesuffix("s") in known
        or folded in STOP_WORDS or folded in _PLACE_WORDS
    )  # fmt: skip


def _plain(name: str) -> str:
    """A name in lower case and without accents, which many leave out."""
    if name.isascii():
        return name.lower()
    letters = unicodedata.normalize("NFD", name.lower())
    return "".join(letter for letter in letters if not unicodedata.combining(letter)) or name.lower()


def _read_name(name: list[str], before: str, behind: str) -> tuple[str, str]:
    """Whether a name is a place or something else, and its value."""
    *first, last = words = [_LONG_ROADS.get(word, word) for word in _plain(" ".join(name)).split()]
    if last in _LANGUAGES:
        return "name", last
    if first and last in _LAST_ROADS:
        last = words[-1] = _LAST_ROADS[last]
    if last in _SITES and first:
        return "place", " ".join(first)
    if behind in _SITES or (last in _ROADS and first):
        return "place", " ".join(words)
    preceding = before.split()[-2:]
    is_where = bool(preceding) and preceding[-1] in _IN and preceding[0] not in _ABOUT
    return "place" if is_where and not name[0].isupper() else "name", " ".join(words)
