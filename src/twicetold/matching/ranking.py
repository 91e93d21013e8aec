"""Ranking: one text against many, for whoever is still typing it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from twicetold.model.evidence import evidence
from twicetold.model.probability import probability

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twicetold.model.blocks import Block
    from twicetold.model.probability import Coefficients

#: Texts that are compared together; bounds the memory that a comparison takes.
_AT_A_TIME = 2048


@dataclass(frozen=True, slots=True)
class Ranked:
    """The texts of a block that are most probably the same as one text, most probable first.

    Attributes:
        places: Their places in the block; shape (n,).
        chances: The probability of each; shape (n,).
        terms: The log-odds of each piece of evidence; shape (n, k).
    """

    places: NDArray[np.intp]
    chances: NDArray[np.float64]
    terms: NDArray[np.float32]


def rank(one: Block, texts: Block, coefficients: Coefficients, limit: int) -> Ranked:
    """Ranks texts by the probability that they say the same as one text; equal ones by their place.

    Args:
        one: The text, alone in its block.
        texts: The others.
        coefficients: What each piece of evidence counts.
        limit: Texts at most.
    """
    canonical = one.readings[0].canonical
    places, chances, terms = [np.empty(0, np.intp)], [np.empty(0)], [np.empty((0, len(coefficients.names)), np.float32)]
    for first in range(0, len(texts), _AT_A_TIME):
        part = texts.part(first, min(first + _AT_A_TIME, len(texts)))
        columns = evidence(one, part, coefficients)
        chance = probability(coefficients.log_odds(columns))[0]
        chance[[reading.canonical == canonical for reading in part.readings]] = 1.0
        best = np.argsort(-chance, kind="stable")[:limit]
        places.append(best + first)
        chances.append(chance[best])
        terms.append(coefficients.terms(columns[:, 0, best]).T)
    every = np.concatenate(chances)
    best = np.argsort(-every, kind="stable")[:limit]
    return Ranked(np.concatenate(places)[best], every[best], np.concatenate(terms)[best])
