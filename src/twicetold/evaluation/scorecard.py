"""The headline metrics of a scorer or a grouping as one statistic, ready for the bootstrap."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from twicetold.evaluation.curves import Ranking, divide
from twicetold.evaluation.metrics import BINS, Overlap, bin_of, log_losses, squared_errors

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

CLASSIFICATION = ("accuracy", "precision", "recall", "f1")
RANKING = ("average_precision", "roc_auc", "recall_at_precision_95")
CALIBRATION = ("expected_calibration_error", "brier", "log_loss")
PAIR_METRICS = CLASSIFICATION + RANKING
GROUPING = (
    "pairwise_precision",
    "pairwise_recall",
    "pairwise_f1",
    "b_cubed_precision",
    "b_cubed_recall",
    "b_cubed_f1",
)


@dataclass(frozen=True, slots=True)
class PairScorecard:
    """Classification and ranking metrics of one scorer.

    Attributes:
        labels: True for duplicates; shape (n,).
        scores: Higher means rather a duplicate; shape (n,).
        accuracy_cut: Scores at or above it count as duplicates for the accuracy.
        f1_cut: The same for precision, recall and F1.
    """

    labels: NDArray[np.bool_]
    scores: NDArray[np.float64]
    accuracy_cut: float
    f1_cut: float

    def __call__(self, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """The metrics of ``PAIR_METRICS``; weights of shape (s, n), result (s, 7)."""
        right = (self.scores >= self.accuracy_cut) == self.labels
        flagged = self.scores >= self.f1_cut
        columns = np.stack([right, flagged, self.labels, flagged & self.labels], axis=1)
        right_sum, flagged_sum, true_sum, both_sum = (weights @ columns).T
        curve = Ranking.of(self.labels, self.scores).curve(weights)
        return np.stack(
            [
                divide(right_sum, weights.sum(axis=1)),
                divide(both_sum, flagged_sum),
                divide(both_sum, true_sum),
                divide(2 * both_sum, flagged_sum + true_sum),
                curve.average_precision(),
                curve.roc_auc(),
                curve.recall_at_precision(0.95),
            ],
            axis=1,
        )


@dataclass(frozen=True, slots=True)
class CalibrationScorecard:
    """How far probabilities are from the truth; labels and probabilities of shape (n,).

    Resampling adds noise to every bin, so replicates of the expected calibration error lean upwards.
    """

    labels: NDArray[np.bool_]
    probabilities: NDArray[np.float64]

    def __call__(self, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """The metrics of ``CALIBRATION``; weights of shape (s, n), result (s, 3)."""
        gaps = np.zeros((len(self.labels), BINS))
        gaps[np.arange(len(gaps)), bin_of(self.probabilities)] = self.probabilities - self.labels
        losses = np.stack(
            [squared_errors(self.labels, self.probabilities), log_losses(self.labels, self.probabilities)],
            axis=1,
        )
        sums = np.concatenate([np.abs(weights @ gaps).sum(axis=1, keepdims=True), weights @ losses], axis=1)
        return divide(sums, weights.sum(axis=1, keepdims=True))


@dataclass(frozen=True, slots=True)
class GroupScorecard:
    """Pairwise and B-cubed metrics of one grouping, as sums of what each record contributes.

    A pair counts half for each of its two records. Under weights the contributions stay as they are in the
    whole file: the ratio estimators of Binette, York, Hickerson, Baek, Madhavan & Jones 2023, "Estimating the
    performance of entity resolution algorithms: lessons learned through PatentsView.org".
    """

    overlap: Overlap

    @classmethod
    def of(cls, gold: Sequence[str], predicted: Sequence[str]) -> GroupScorecard:
        return cls(Overlap.of(gold, predicted))

    def __call__(self, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """The metrics of ``GROUPING``; weights of shape (s, n), result (s, 6)."""
        together, grouped, gold = self.overlap.together, self.overlap.grouped, self.overlap.gold
        columns = [together - 1, grouped - 1, gold - 1, together / grouped, together / gold]
        both, flagged, true, right, found = (weights @ np.stack(columns, axis=1)).T
        precision, recall = divide(right, weights.sum(axis=1)), divide(found, weights.sum(axis=1))
        return np.stack(
            [
                divide(both, flagged),
                divide(both, true),
                divide(2 * both, flagged + true),
                precision,
                recall,
                divide(2 * precision * recall, precision + recall),
            ],
            axis=1,
        )
