"""Explanation: why a pair got its probability, for people."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from twicetold.model.evidence import FAMILIES, evidence
from twicetold.model.probability import probability
from twicetold.pairs import Evidence, Pairs, Verdict
from twicetold.text.reading import Reading, read
from twicetold.text.words import is_content_word, stem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twicetold.model.artifact import Model
    from twicetold.pairs import Thresholds
    from twicetold.records import Records

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
_MOST_WORDS = 5
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
        known: Pairs whose evidence is stored.
    """

    def __init__(self, records: Records, model: Model, thresholds: Thresholds, known: Sequence[Pairs]) -> None:
        self._records = records
        self._model = model
        self._thresholds = thresholds
        self._known = known
        self._place: dict[tuple[int, int], tuple[int, int]] | None = None
        # Pairs are explained one after the other, and neighbours share records.
        self._read = lru_cache(maxsize=_READINGS)(self._reading)

    def _reading(self, row: int) -> Reading:
        return read(self._records.texts[row], self._model.lexicon)

    def explain(self, a: int, b: int) -> Explanation:
        """Explains the pair of two rows, the first row as "here" and the second as "there"."""
        one, other = self._read(a), self._read(b)
        if one.canonical == other.canonical:
            return explain_readings(one, other, self._model, self._thresholds)
        part, row = self._stored().get((min(a, b), max(a, b)), (-1, -1))
        terms = self._known[part].log_odds[row] if part >= 0 else None
        return explain_readings(one, other, self._model, self._thresholds, terms)

    def _stored(self) -> dict[tuple[int, int], tuple[int, int]]:
        if self._place is None:
            self._place = {
                (a, b): (part, row) for part, pairs in enumerate(self._known) for row, (a, b, _) in enumerate(pairs)
            }
        return self._place


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
    shared, only_a, only_b = _words(one, other)
    agree, clash = _slots(one, other)
    if one.canonical == other.canonical:
        certain = (Evidence("identical", float("inf")),)
        return Explanation(1.0, Verdict.DUPLICATE, float("inf"), certain, IDENTICAL, shared, (), (), agree, ())
    if terms is None:
        terms = model.coefficients.terms(evidence(model.block([one]), model.block([other])))[:, 0, 0]
    log_odds = float(terms.astype(np.float64).sum())
    chance = float(probability(np.array(log_odds)))
    waterfall = _waterfall(model.coefficients.names, terms)
    verdict = thresholds.verdict(chance)
    sentence = _sentence(waterfall, verdict, agree, clash, (only_a, only_b))
    return Explanation(chance, verdict, log_odds, waterfall, sentence, shared, only_a, only_b, agree, clash)


def _waterfall(names: Sequence[str], terms: np.ndarray) -> tuple[Evidence, ...]:
    pieces = [Evidence(name, float(term)) for name, term in zip(names, terms.tolist(), strict=True)]
    rest = sorted((piece for piece in pieces[1:] if piece.log_odds), key=lambda piece: -abs(piece.log_odds))
    return (pieces[0], *rest)


def _words(one: Reading, other: Reading) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Words that both say, and the content words that only one says; forms of one word count as the same."""
    stems_one, stems_other = ({stem(word) for word in reading.words} for reading in (one, other))
    content = [dict.fromkeys(word for word in reading.words if is_content_word(word)) for reading in (one, other)]
    shared = tuple(word for word in content[0] if stem(word) in stems_other)
    only_one = tuple(word for word in content[0] if stem(word) not in stems_other)
    only_other = tuple(word for word in content[1] if stem(word) not in stems_one)
    return shared, only_one, only_other


def _slots(one: Reading, other: Reading) -> tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str, str], ...]]:
    """Per family of slots: the values that agree, and the values that only each side has if both have some."""
    agree: list[tuple[str, str]] = []
    clash: list[tuple[str, str, str]] = []
    for family, kinds in FAMILIES.items():
        here, there = (
            {(slot.kind, slot.value): slot.surface for slot in reading.slots if slot.kind in kinds}
            for reading in (one, other)
        )
        only_here, only_there = (
            ", ".join(dict.fromkeys(surface for key, surface in side.items() if key not in far))
            for side, far in ((here, there), (there, here))
        )
        if only_here and only_there:
            clash.append((_CALLED[family], only_here, only_there))
        elif here and not only_here and not only_there:
            agree.append((_CALLED[family], ", ".join(dict.fromkeys(here.values()))))
    return tuple(agree), tuple(clash)


def _sentence(
    waterfall: Sequence[Evidence],
    verdict: Verdict,
    agree: Sequence[tuple[str, str]],
    clash: Sequence[tuple[str, str, str]],
    only: tuple[Sequence[str], Sequence[str]],
) -> str:
    """The reasons that weigh most, in plain words."""
    weight = {piece.name: piece.log_odds for piece in waterfall}
    parts = []
    if agree:
        parts.append("same " + " and ".join(kind for kind, _ in agree))
    parts += [f"{here} here, {there} there" for _, here, there in clash]
    if weight.get("polarity-clash", 0) < 0:
        parts.append("one says the reverse of the other")
    here, there = (", ".join(words[:_MOST_WORDS]) + (" …" if len(words) > _MOST_WORDS else "") for words in only)
    if here and there:
        parts.append(f"'{here}' here, '{there}' there")
    elif here or there:
        parts.append(f"only {'here' if here else 'there'}: '{here or there}'")
    opening = {
        Verdict.DUPLICATE: "says the same" if here or there else "the same words",
        Verdict.POSSIBLE: "may say the same",
        Verdict.DIFFERENT: "says something else",
    }[verdict]
    return "; ".join([opening, *parts])
