"""Scoring: the evidence of given pairs of texts, outside of any scope."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from twicetold.model.evidence import FEATURES, evidence_of_pairs
from twicetold.model.probability import probability
from twicetold.text.abbreviations import Learned, learn_pairs
from twicetold.text.reading import read

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from twicetold.model.artifact import Model

#: Pairs whose evidence is found together; bounds the memory that they take.
_AT_A_TIME = 4096


@dataclass(frozen=True, slots=True)
class PairEvidence:
    """Evidence of n pairs.

    Attributes:
        columns: float32, shape (n, len(FEATURES)).
        identical: Whether the two canonical texts are the same; shape (n,).
        learned: The abbreviations that the texts taught; each pair is a scope.
        truncated: Distinct texts that are longer than the model reads.
    """

    columns: NDArray[np.float32]
    identical: NDArray[np.bool_]
    learned: Learned
    truncated: int


def pair_evidence(model: Model, texts_a: Sequence[str], texts_b: Sequence[str]) -> PairEvidence:
    """The evidence of each pair (texts_a[i], texts_b[i])."""
    learned = learn_pairs(texts_a, texts_b, model.lexicon, model.is_known)
    scopes = [scope if learned.is_read_apart(scope) else "" for scope in map(str, range(len(texts_a)))]
    said_a, said_b = list(zip(texts_a, scopes, strict=True)), list(zip(texts_b, scopes, strict=True))
    place = {said: row for row, said in enumerate(dict.fromkeys([*said_a, *said_b]))}
    readings = [read(text, learned.lexicon_of(scope)) for text, scope in place]
    block = model.block(readings)
    a, b = (np.array([place[said] for said in side], np.intp) for side in (said_a, said_b))
    canonical = [reading.canonical for reading in readings]
    identical = np.array([canonical[one] == canonical[other] for one, other in zip(a, b, strict=True)], bool)
    columns = np.zeros((len(a), len(FEATURES)), np.float32)
    for some in (slice(first, first + _AT_A_TIME) for first in range(0, len(a), _AT_A_TIME)):
        columns[some] = evidence_of_pairs(block, a[some], b[some]).T
    return PairEvidence(columns, identical, learned, int(block.truncated.sum()))


def score_pairs(model: Model, texts_a: Sequence[str], texts_b: Sequence[str]) -> NDArray[np.float64]:
    """The probability that each pair (texts_a[i], texts_b[i]) says the same; 1 where they are canonically equal."""
    return pair_chances(model, pair_evidence(model, texts_a, texts_b))


def pair_chances(model: Model, found: PairEvidence) -> NDArray[np.float64]:
    """The probability of each pair by its evidence."""
    return np.where(found.identical, 1.0, probability(model.coefficients.log_odds(found.columns.T)))
