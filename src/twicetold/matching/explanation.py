"""Explanation: why a pair got its probability, for people."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from twicetold.model.evidence import FAMILIES, TACIT, evidence
from twicetold.model.probability import probability
from twicetold.pairs import Evidence, Pairs, Verdict
from twicetold.text.lexicon import Lexicon
from twicetold.text.reading import Reading, read
from twicetold.text.words import is_content_word, stem

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from numpy.typing import NDArray

    from twicetold.model.artifact import Model
    from twicetold.pairs import Thresholds
    from twicetold.records import Records
    from twicetold.text.abbreviations import Learned

#: What a family of slots is called in a sentence.
_CALLED = {
    "number": "number",
    "rate": "frequency",
    "date": "date",
    "age": "age group",
    "role": "people",
    "place": "place",
    "name": "name",
    "topic": "topic",
}
_FAMILY = {kind: family for family, kinds in FAMILIES.items() for kind in kinds}
_FAMILY |= {kind: kind for kind in TACIT.values()}
#: Kinds of slots whose values may exclude each other.
_TURNING = ("direction", "contrast")
_MOST_WORDS = 5
#: The evidence that one text says the reverse of the other.
REVERSED = "polarity-clash"
#: All there is to say about texts with the same canonical form.
IDENTICAL = "identical after normalisation"
#: Readings of records that are kept while pairs are explained, some kilobytes each.
_READINGS = 8192


@dataclass(frozen=True, slots=True)
class Explanation:
    """One pair, explained.

    Attributes:
        probability: Calibrated chance that a person would call the pair a duplicate.
        verdict: What the thresholds make of it.
        log_odds: The sum of the evidence.
        evidence: The waterfall: the baseline first, then the rest by size; adds up to ``log_odds``.
        sentence: The main reasons in words, such as "same topic; 85% here, 90% there".
        shared: Words that both texts say.
        only_a: Words of the first text without a counterpart in the second.
        only_b: Words of the second text without a counterpart in the first.
        agree: Slots with the same value on both sides: (kind, value).
        clash: Slots whose values exclude each other: (kind, value here, value there).
    """

    probability: float
    verdict: Verdict
    log_odds: float
    evidence: tuple[Evidence, ...]
    sentence: str
    shared: tuple[str, ...]
    only_a: tuple[str, ...]
    only_b: tuple[str, ...]
    agree: tuple[tuple[str, str], ...]
    clash: tuple[tuple[str, str, str], ...]


class Explainer:
    """Explains pairs of some records; what was stored with a pair is not computed again.

    Args:
        records: The records.
        model: What compared them.
        thresholds: What makes the verdicts.
        learned: The abbreviations that the records teach.
        known: Pairs whose evidence is stored, each in row order.
        standing: The row that stands for each record's text; shape (n,).
    """

    def __init__(
        self,
        records: Records,
        model: Model,
        thresholds: Thresholds,
        learned: Learned,
        known: Sequence[Pairs],
        standing: NDArray[np.intp],
    ) -> None:
        self._records = records
        self._model = model
        self._thresholds = thresholds
        self._learned = learned
        self._known = known
        self._standing = standing
        # Pairs are explained one after the other, and neighbours share records.
        self._read = lru_cache(maxsize=_READINGS)(self._reading)

    def _reading(self, row: int) -> Reading:
        return read(self._records.texts[row], self._learned.lexicon_of(self._records.scopes[row]))

    def explain(self, a: int, b: int) -> Explanation:
        """Explains the pair of two rows, the first row as "here" and the second as "there"."""
        one, other = self._read(a), self._read(b)
        if one.canonical == other.canonical:
            return explain_readings(one, other, self._model, self._thresholds)
        first, second = sorted(self._standing[[a, b]].tolist())
        return explain_readings(one, other, self._model, self._thresholds, self._stored(first, second))

    def _stored(self, a: int, b: int) -> np.ndarray | None:
        """The evidence that was stored of two rows."""
        for pairs in self._known:
            first, last = np.searchsorted(pairs.a, np.array([a, a + 1], pairs.a.dtype)).tolist()
            found = np.flatnonzero(pairs.b[first:last] == b)
            if len(found):
                terms: np.ndarray = pairs.log_odds[first + found[0]]
                return terms
        return None


def explain_readings(
    one: Reading, other: Reading, model: Model, thresholds: Thresholds, terms: np.ndarray | None = None
) -> Explanation:
    """Explains two texts.

    Args:
        one: The first text, "here".
        other: The second text, "there".
        model: What compares them.
        thresholds: What makes the verdict.
        terms: The log-odds of each piece of evidence, if they are known already.
    """
    here, there = Said.of(one), Said.of(other)
    shared, only_a, only_b = here.words_in(there), here.words_not_in(there), there.words_not_in(here)
    agree, clash = _slots(here, there)
    if one.canonical == other.canonical:
        certain = (Evidence("identical", float("inf")),)
        return Explanation(1.0, Verdict.DUPLICATE, float("inf"), certain, IDENTICAL, shared, (), (), agree, ())
    if terms is None:
        terms = model.coefficients.terms(evidence(model.block([one]), model.block([other])))[:, 0, 0]
    log_odds = float(terms.astype(np.float64).sum())
    chance = float(probability(np.array(log_odds)))
    waterfall = _waterfall(model.coefficients.names, terms)
    verdict = thresholds.verdict(chance)
    is_reversed = any(piece.name == REVERSED and piece.log_odds < 0 for piece in waterfall)
    told = sentence(here, there, verdict, is_reversed=is_reversed)
    return Explanation(chance, verdict, log_odds, waterfall, told, shared, only_a, only_b, agree, clash)


def _waterfall(names: Sequence[str], terms: np.ndarray) -> tuple[Evidence, ...]:
    pieces = [Evidence(name, float(term)) for name, term in zip(names, terms.tolist(), strict=True)]
    rest = sorted((piece for piece in pieces[1:] if piece.log_odds), key=lambda piece: -abs(piece.log_odds))
    return (pieces[0], *rest)


@dataclass(frozen=True, slots=True)
class Said:
    """What one text says, ready to be set against many others.

    Attributes:
        words: The content words, in order, with their stems.
        stems: The stems of all words.
        slots: For each family with slots, what these state and the words that say it.
        turning: Directions and contrasts, and the words that say them.
        is_spanish: Whether it was read through its English gloss.
        has_tail: Whether it also says something that does not count, such as how it is measured.
    """

    words: Mapping[str, str]
    stems: frozenset[str]
    slots: Mapping[str, Mapping[tuple[str, str], str]]
    turning: Mapping[str, str]
    is_spanish: bool
    has_tail: bool

    @classmethod
    def of(cls, reading: Reading) -> Said:
        slots: dict[str, dict[tuple[str, str], str]] = {}
        for kind, value, surface in reading.slots:
            if family := _FAMILY.get(kind):
                slots.setdefault(family, {})[kind, value] = surface
        turning = {value: surface for kind, value, surface in reading.slots if kind in _TURNING}
        words = {word: stem(word) for word in filter(is_content_word, reading.words)}
        has_tail = " ".join(reading.words) != reading.canonical
        return cls(words, frozenset(map(stem, reading.words)), slots, turning, bool(reading.gloss), has_tail)

    def words_in(self, other: Said) -> tuple[str, ...]:
        """The content words that another text says in some form."""
        return tuple([word for word, stemmed in self.words.items() if stemmed in other.stems])

    def words_not_in(self, other: Said) -> tuple[str, ...]:
        """The content words that another text says in no form."""
        return tuple([word for word, stemmed in self.words.items() if stemmed not in other.stems])


def _slots(one: Said, other: Said) -> tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str, str], ...]]:
    """Per family of slots: the values that agree, and the values that only each side has if both have some."""
    agree: list[tuple[str, str]] = []
    clash: list[tuple[str, str, str]] = []
    for family in FAMILIES:
        if family not in one.slots and family not in other.slots and family not in TACIT:
            continue
        here, there = _only(one, other, family)
        tacit = _only(one, other, TACIT[family]) if family in TACIT else ("", "")
        if not (here and there) and all(tacit):
            here, there = tacit
        if here and there:
            clash.append((_CALLED[family], here, there))
        elif family in one.slots and not (here or there):
            agree.append((_CALLED[family], _surfaces(one.slots[family])))
    return tuple(agree), tuple(clash)


def _only(one: Said, other: Said, kind: str) -> tuple[str, str]:
    """The words for what only each side states of a kind."""
    here, there = one.slots.get(kind, {}), other.slots.get(kind, {})
    if here.keys() == there.keys():
        return "", ""
    return _surfaces(here, without=there), _surfaces(there, without=here)


def _surfaces(slots: Mapping[tuple[str, str], str], without: Collection[tuple[str, str]] = ()) -> str:
    return ", ".join(dict.fromkeys([surface for slot, surface in slots.items() if slot not in without]))


def _opposed(one: Said, other: Said) -> list[tuple[str, str]]:
    """The words of each text that exclude each other."""
    opposites = Lexicon.default().opposites
    return [
        (here, there)
        for value, here in one.turning.items()
        for opposite, there in other.turning.items()
        if opposite in opposites.get(value, ()) and value not in other.turning and opposite not in one.turning
    ]


def sentence(one: Said, other: Said, verdict: Verdict, *, is_reversed: bool) -> str:
    """The reasons that weigh most, in plain words.

    Args:
        one: What the first text says, "here".
        other: What the second text says, "there".
        verdict: What the thresholds make of the two.
        is_reversed: Whether the evidence :data:`REVERSED` weighs against them.
    """
    agree, clash = _slots(one, other)
    parts = []
    if agree:
        parts.append("same " + " and ".join(kind for kind, _ in agree))
    parts += [f"{here} here, {there} there" for _, here, there in clash]
    opposed = _opposed(one, other) if is_reversed else []
    if is_reversed:
        words = "; ".join(f"'{here}' here, '{there}' there" for here, there in opposed)
        parts.append("one says the reverse of the other" + (f": {words}" if words else ""))
    told = [f"{here} {there}" for here, there in (*(words[1:] for words in clash), *opposed)]
    named = set(" ".join(told).replace(",", " ").casefold().split())
    only = one.words_not_in(other), other.words_not_in(one)
    here, there = (_listed([word for word in words if word not in named]) for words in only)
    if here and there:
        parts.append(f"'{here}' here, '{there}' there")
    elif here or there:
        parts.append(f"only {'here' if here else 'there'}: '{here or there}'")
    if one.is_spanish or other.is_spanish:
        parts.append("Spanish was read word by word")
    if one.has_tail or other.has_tail:
        parts.append("what only says how it is checked or filed is set aside")
    opening = {
        Verdict.DUPLICATE: "says the same" if any(only) else "the same words",
        Verdict.POSSIBLE: "may say the same",
        Verdict.DIFFERENT: "says something else",
    }[verdict]
    return "; ".join([opening, *parts])


def _listed(words: Sequence[str]) -> str:
    return ", ".join(words[:_MOST_WORDS]) + (" …" if len(words) > _MOST_WORDS else "")
