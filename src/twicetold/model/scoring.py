"""Scoring: the evidence of given pairs of texts, outside of any scope."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from twicetold.model.evidence import FEATURES, evidence
from twicetold.model.probability import probability
from twicetold.text.reading import read

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from twicetold.model.artifact import Model


@dataclass(frozen=True, slots=True)
class PairEvidence:
    """Evidence of n pairs.

    Attributes:
        columns: float32, shape (n, len(FEATURES)).
        identical: Whether the two canonical texts are the same; shape (n,).
    """

    columns: NDArray[np.float32]
    identical: NDArray[np.bool_]


def pair_evidence(model: Model, texts_a: Sequence[str], texts_b: Sequence[str]) -> PairEvidence:
    """The evidence of each pair (texts_a[i], texts_b[i])."""
    place = {text: row for row, text in enumerate(dict.fromkeys([*texts_a, *texts_b]))}
    readings = [read(text, model.lexicon) for text in place]
    block = model.block(readings)
    columns = np.zeros((len(texts_a), len(FEATURES)), np.float32)
    identical = np.zeros(len(texts_a), bool)
    for row, (text_a, text_b) in enumerate(zip(texts_a, texts_b, strict=True)):
        a, b = place[text_a], place[text_b]
        identical[row] = readings[a].canonical == readings[b].canonical
        columns[row] = evidence(block.part(a, a + 1), block.part(b, b + 1))[:, 0, 0]
    return PairEvidence(columns, identical)


def score_pairs(model: Model, texts_a: Sequence[str], texts_b: Sequence[str]) -> NDArray[np.float64]:
    """The probability that each pair (texts_a[i], texts_b[i]) says the same; 1 where they are canonically equal."""
    found = pair_evidence(model, texts_a, texts_b)
    chances = probability(model.coefficients.log_odds(found.columns.T))
    return np.where(found.identical, 1.0, chances)
