"""Ranking metrics from what is flagged at each distinct score.

Everything is computed for s weightings of the n pairs at once: one row of ones gives the plain metric, rows
of counts give the replicates of a bootstrap. Pairs of equal score are flagged together, never in the order
they happen to have.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def divide(numerator: NDArray[Any], denominator: NDArray[Any]) -> NDArray[np.float64]:
    """The quotient, nan where the denominator is 0: a rate of nothing is undefined, not 0."""
    undefined = np.full(np.broadcast_shapes(numerator.shape, denominator.shape), np.nan)
    np.divide(numerator, denominator, out=undefined, where=denominator != 0)
    return undefined


@dataclass(frozen=True, slots=True)
class Ranking:
    """Pairs in falling order of score.

    Attributes:
        order: Rows by falling score; shape (n,).
        duplicate: 1.0 for duplicates, in that order; shape (n,).
        ends: Position of the last pair of each distinct score; shape (k,).
        scores: The k distinct scores, falling.
    """

    order: NDArray[np.intp]
    duplicate: NDArray[np.float64]
    ends: NDArray[np.intp]
    scores: NDArray[np.float64]

    @classmethod
    def of(cls, labels: NDArray[np.bool_], scores: NDArray[np.float64]) -> Ranking:
        order = np.argsort(-scores, kind="stable")
        falling = scores[order]
        ends = np.flatnonzero(np.append(falling[1:] != falling[:-1], True)) if len(scores) else order
        return cls(order, labels[order].astype(np.float64), ends, falling[ends])

    def curve(self, weights: NDArray[np.float64]) -> Curve:
        """What is flagged at each distinct score under each weighting; weights of shape (s, n)."""
        weights = weights[:, self.order]
        flagged = weights.cumsum(axis=1)[:, self.ends]
        weights *= self.duplicate
        return Curve(weights.cumsum(axis=1)[:, self.ends], flagged)

    def plain_curve(self) -> Curve:
        """The curve with every pair counted once; s = 1."""
        return self.curve(np.ones((1, len(self.order))))


@dataclass(frozen=True, slots=True)
class Curve:
    """Counts at each of k thresholds, the strictest first, under s weightings; both of shape (s, k)."""

    true_positive: NDArray[np.float64]
    flagged: NDArray[np.float64]

    @property
    def duplicates(self) -> NDArray[np.float64]:
        """How many duplicates there are; shape (s, 1)."""
        return _last(self.true_positive)

    @property
    def pairs(self) -> NDArray[np.float64]:
        """How many pairs there are; shape (s, 1)."""
        return _last(self.flagged)

    @property
    def precision(self) -> NDArray[np.float64]:
        return divide(self.true_positive, self.flagged)

    def average_precision(self) -> NDArray[np.float64]:
        """The sum over thresholds of precision times the recall gained there; shape (s,).

        No interpolation between thresholds (Davis & Goadrich 2006 show that it would flatter). Undefined
        without duplicates.
        """
        gained = np.diff(self.true_positive, axis=1, prepend=0.0)
        area = np.where(gained > 0, gained * np.nan_to_num(self.precision), 0.0).sum(axis=1)
        return divide(area, self.duplicates[:, 0])

    def roc_auc(self) -> NDArray[np.float64]:
        """The chance that a duplicate scores above a different pair, ties counting half; shape (s,).

        Hanley & McNeil 1982; undefined when either class is missing.
        """
        different = self.flagged - self.true_positive
        midway = self.true_positive - np.diff(self.true_positive, axis=1, prepend=0.0) / 2
        area = (np.diff(different, axis=1, prepend=0.0) * midway).sum(axis=1)
        return divide(area, (self.duplicates * (self.pairs - self.duplicates))[:, 0])

    def recall_at_precision(self, precision: float) -> NDArray[np.float64]:
        """The highest recall at any threshold with at least this precision, 0 if none has; shape (s,)."""
        enough = np.nan_to_num(self.precision) >= precision
        found = np.where(enough, self.true_positive, 0.0).max(axis=1, initial=0.0)
        return divide(found, self.duplicates[:, 0])


def _last(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """The last column, zeros if there is none; shape (s, 1)."""
    return counts[:, -1:] if counts.shape[1] else np.zeros((len(counts), 1))
