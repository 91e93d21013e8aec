"""Misspellings: unknown words that are read as the one known word of their scope's other texts that they resemble.

Closeness is the optimal string alignment distance (Damerau, "A technique for computer detection and correction of
spelling errors", CACM 7(3), 1964): letters inserted, left out, replaced, or swapped with their neighbour. No vocabulary
could tell a typing error from a word of a field that it lacks, so the scope has to: another text has the known word
beside the same neighbour and shares half of its words. Whatever leaves a doubt stays as it is.
"""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from twicetold.text.cleaning import without_markup
from twicetold.text.definitions import plain
from twicetold.text.formation import is_another_word, is_formed
from twicetold.text.phrases import word_set
from twicetold.text.spanish import in_english
from twicetold.text.words import stem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from twicetold.text.lexicon import Lexicon

# A word of four letters or more; no part of an address, a code or a contraction.
_WORD = re.compile(r"(?<![\w.@'/\\])[^\W\d_]{4,}(?:(?='s(?!\w))|(?!['.@/\\]?\w))")
_EDGE = ".,;:!?-_*/\\()[]{}'\"<>"
_DOUBLED = re.compile(r"(.)\1+")
_VOWELS = re.compile("[aeiouy]")
_ALIKE = str.maketrans("zc", "ss")  # "revize", "licence"
_SENTENCE_END = frozenset(".!?:;-\u2022)")
_FROM_TWO_ERRORS = 8  # letters
_AT_A_TIME = 1024
_TITLE_SHARE = 0.8
_SHORTEST_TITLE = 3  # words
# Contractions without their apostrophe are no errors of one letter.
_CONTRACTIONS = word_set(
    "arent cant couldnt didnt doesnt dont hadnt hasnt havent isnt mustnt neednt shouldnt wasnt werent wont wouldnt "
    "theyre theyve theyll youre youve youll weve thats whats heres theres lets"
)
# What reads numbers and dates must know these, so one error in them is seen also where no other text has them.
_ALWAYS_THERE = word_set(
    "january february august september october november december monday tuesday wednesday thursday saturday "
    "percent eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty thirty eighty ninety "
    "hundred thousand million increase decrease reduce improve maintain strengthen"
)


class _Place(NamedTuple):
    """Where a word stands: in a text, in which of its pieces."""

    word: str
    text: str
    row: list[str]
    number: int


class _Use(NamedTuple):
    """How a text uses a word: between which words, and with which words in all."""

    before: str
    behind: str
    words: set[str]


def misspellings(
    texts: Sequence[str], scopes: Sequence[str], lexicon: Lexicon, is_known: Callable[[str], bool]
) -> dict[str, dict[str, str]]:
    """For each scope with misspelled words what they are read as, in lower case; the order of texts does not matter.

    Args:
        texts: The texts as they came.
        scopes: The scope of each text.
        lexicon: Its words are known, too.
        is_known: Whether a vocabulary has a word, which is in lower case and without accents.
    """
    members: dict[str, dict[str, None]] = defaultdict(dict)
    for text, scope in zip(texts, scopes, strict=True):
        members[scope][without_markup(text)] = None
    pieces = {scope: set(chain.from_iterable(map(str.split, inside))) for scope, inside in members.items()}
    words_of = {piece: _WORD.findall(piece.lower()) for piece in set[str]().union(*pieces.values())}
    written = set(chain.from_iterable(words_of.values()))
    knows = _vocabulary(lexicon, is_known)
    unknown = {word for word in written if not knows(word)}
    near = near_words(sorted(unknown), sorted(_ALWAYS_THERE | written - unknown))
    suspect = {piece for piece, words in words_of.items() if not near.keys().isdisjoint(words)}
    found = {}
    for scope in sorted(scope for scope, inside in pieces.items() if not suspect.isdisjoint(inside)):
        there = set[str]().union(*map(words_of.__getitem__, pieces[scope]))
        meant = {word: target for word in near.keys() & there if (target := _target(word, near[word], there))}
        if meant and (sure := _Scope(members[scope], pieces[scope], words_of, meant).confirmed()):
            found[scope] = sure
    return found


def corrected(cleaned: str, read_as: Mapping[str, str]) -> str:
    """A cleaned text with its misspelled words as they are read, in the case that they were written in.

    >>> corrected("Traning of staff", {"traning": "training"})
    'Training of staff'
    """
    if not read_as or read_as.keys().isdisjoint(_WORD.findall(cleaned.lower())):
        return cleaned
    is_shouted = cleaned.isupper()

    def in_place_of(found: re.Match[str]) -> str:
        written = found[0]
        word = read_as.get(written.lower())
        if word is None or (written.isupper() and not is_shouted):
            return written
        return word.upper() if is_shouted else word.capitalize() if written[0].isupper() else word

    return _WORD.sub(in_place_of, cleaned)


def near_words(unknown: Sequence[str], known: Iterable[str]) -> dict[str, list[tuple[int, str]]]:
    """For each unknown word the known ones that it may be a misspelling of by its letters, with their distance.

    One error, from eight letters on two; the first letter is right or swapped with the second.
    """
    import numpy as np  # noqa: PLC0415
    from rapidfuzz.distance import OSA  # noqa: PLC0415
    from rapidfuzz.process import cdist  # noqa: PLC0415

    alike: dict[tuple[str, int], list[str]] = defaultdict(list)
    for word in known:
        alike[word[0], len(word)].append(word)
    groups: dict[tuple[str, int], list[str]] = defaultdict(list)
    near: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for word in unknown:
        groups[word[0], len(word)].append(word)
        swapped = word[1] + word[0] + word[2:]
        if swapped[0] != word[0] and swapped in alike.get((swapped[0], len(word)), ()):
            near[word].append((1, swapped))
    for (first, size), words in groups.items():
        most = 2 if size >= _FROM_TWO_ERRORS else 1
        choices = [word for other in range(size - most, size + most + 1) for word in alike.get((first, other), ())]
        for start in range(0, len(words) if choices else 0, _AT_A_TIME):
            some = words[start : start + _AT_A_TIME]
            distances = cdist(some, choices, scorer=OSA.distance, score_cutoff=most, dtype=np.uint8)
            for row, column in np.argwhere(distances <= most).tolist():
                near[some[row]].append((int(distances[row, column]), choices[column]))
    return near


def _vocabulary(lexicon: Lexicon, is_known: Callable[[str], bool]) -> Callable[[str], bool]:
    """Tells whether a word is none to be corrected: known, made of known words, or in another script."""
    is_whole = cache(lambda word: word in lexicon.known or is_known(word))

    def knows(word: str) -> bool:
        bare = plain(word)
        return not bare.isascii() or bare in _CONTRACTIONS or is_whole(bare) or is_formed(bare, is_whole)

    return knows


def _target(word: str, near: Iterable[tuple[int, str]], there: set[str]) -> str:
    """The nearest word that is there, if there is one and no other; "" if not, or if the word is one itself."""
    candidates = [(size, other) for size, other in near if (size == 1 if other in _ALWAYS_THERE else other in there)]
    if not candidates or any(_is_inflection(word, other) or is_another_word(word, other) for _, other in candidates):
        return ""
    least = min(candidates)[0]
    nearest = [other for distance, other in candidates if distance == least]
    target = min(nearest, key=lambda other: (len(other), other))
    return target if len(set(map(stem, nearest))) == 1 and _is_slip(word, target) else ""


def _is_inflection(word: str, other: str) -> bool:
    """Whether two words are forms of one; "trainning" and "training" are not, for they end alike."""
    return word[-2:] != other[-2:] and stem(word) == stem(other)


def _is_slip(word: str, other: str) -> bool:
    """Whether at most one consonant is left out, added or moved.

    One that is replaced makes another word more often than an error: "adsorb" and "absorb", "qualitative" and
    "quantitative".
    """
    one, two = _consonants(word), _consonants(other)
    short, long = sorted((one, two), key=len)
    is_one_more = any(long[:cut] + long[cut + 1 :] == short for cut in range(len(long)))
    return one == two or sorted(one) == sorted(two) or is_one_more


def _consonants(word: str) -> str:
    """The consonants of a word, doubled ones once."""
    return _VOWELS.sub("", _DOUBLED.sub(r"\1", word.translate(_ALIKE)))


class _Scope:
    """The texts of one scope, asked whether the use of words confirms what they may mean.

    Args:
        texts: The distinct texts, without markup.
        pieces: What stands between spaces in them.
        words_of: The words of each piece.
        meant: What each doubtful word may mean.
    """

    def __init__(
        self, texts: Iterable[str], pieces: set[str], words_of: Mapping[str, Sequence[str]], meant: Mapping[str, str]
    ) -> None:
        self._texts = texts
        self._pieces = pieces
        self._words_of = words_of
        self._meant = meant

    def confirmed(self) -> dict[str, str]:
        """What doubtful words mean, as far as it is sure."""
        doubtful: dict[str, list[_Use]] = defaultdict(list)
        names, others = set(), set()
        for place in self._places(self._meant.keys()):
            word = place.word
            if not in_english(place.text):
                doubtful[word].append(_Use(*self._beside(place), self._words(place)))
            if _is_name(place):
                names.add(word)
            if any(self._meant[word] in self._words_of[piece] for piece in place.row):
                others.add(word)  # a text that has both knows why
        found = {word for word in doubtful.keys() - others if self._meant[word] in _ALWAYS_THERE}
        waiting: dict[str, set[str]] = defaultdict(set)
        for word in doubtful.keys() - others - found:
            if word not in names or _letters(word) == _letters(self._meant[word]):
                waiting[self._meant[word]].add(word)
        for place in self._places(waiting.keys()):
            before, behind = self._beside(place)
            for word in sorted(waiting[place.word]):
                close = [use for use in doubtful[word] if before == use.before or behind == use.behind]
                if close and self._shares_half(place, close) and _is_name(place) == (word in names):
                    waiting[place.word].remove(word)
                    found.add(word)
        return {word: self._meant[word] for word in sorted(found)}

    def _places(self, wanted: Iterable[str]) -> Iterator[_Place]:
        """Where some words stand."""
        wanted = frozenset(wanted)
        telling = {piece: words for piece in self._pieces if (words := wanted.intersection(self._words_of[piece]))}
        for text in self._texts:
            row = text.split()
            for number in [number for number, piece in enumerate(row) if piece in telling]:
                for word in sorted(telling[row[number]]):
                    yield _Place(word, text, row, number)

    def _shares_half(self, place: _Place, uses: Iterable[_Use]) -> bool:
        """Whether a text, not in Spanish, has half of the other words of one that uses a doubtful word."""
        words = self._words(place)
        shares = any(2 * (len(words & use.words) - 1) >= min(len(words), len(use.words)) - 1 for use in uses)
        return shares and not in_english(place.text)

    def _words(self, place: _Place) -> set[str]:
        return {self._meant.get(word, word) for piece in place.row for word in self._words_of[piece]}

    def _beside(self, place: _Place) -> tuple[str, str]:
        row, number = place.row, place.number
        before, behind = row[number - 1] if number else "", row[number + 1] if number + 1 < len(row) else ""
        return self._read(before), self._read(behind)

    def _read(self, piece: str) -> str:
        word = piece.strip(_EDGE).lower()
        return self._meant.get(word, word)


def _is_name(place: _Place) -> bool:
    """Whether a word has a capital that means something."""
    piece, before = place.row[place.number].strip(_EDGE), place.row[place.number - 1] if place.number else "."
    if piece == piece.lower() or place.text.isupper():
        return False
    return piece[1:] != piece[1:].lower() or not (before[-1] in _SENTENCE_END or _is_title(place.text))


def _letters(word: str) -> list[str]:
    """The letters of a name without their order and doubling; names that differ otherwise may name two things."""
    return sorted(_DOUBLED.sub(r"\1", word))


def _is_title(text: str) -> bool:
    """Whether most words are capitalised, so that a capital says nothing."""
    words = _WORD.findall(text)
    return len(words) >= _SHORTEST_TITLE and sum(word[0].isupper() for word in words) >= _TITLE_SHARE * len(words)
