"""Metrics of pairs and of groups. What is undefined is nan, never a warning, an error or a silent 0."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from twicetold.evaluation.curves import Ranking, divide
from twicetold.evaluation.inputs import as_labels, as_probabilities, as_scores

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import ArrayLike, NDArray

    from twicetold.evaluation.curves import Curve

BINS = 10
# Keeps the logarithm finite for a certain answer that is wrong; the resolution of a float64 next to 1.
CERTAIN = float(np.finfo(np.float64).eps)


class PrecisionRecallF1(NamedTuple):
    """Precision, recall and their harmonic mean; nan where undefined."""

    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, slots=True)
class Confusion:
    """How many pairs got each answer."""

    true_positive: int
    false_positive: int
    false_negative: int
    true_negative: int

    @property
    def accuracy(self) -> float:
        right = self.true_positive + self.true_negative
        return _ratio(right, right + self.false_positive + self.false_negative)

    @property
    def precision_recall_f1(self) -> PrecisionRecallF1:
        """Precision is undefined if nothing was flagged, recall without duplicates, F1 without either."""
        return of_counts(
            self.true_positive,
            self.true_positive + self.false_positive,
            self.true_positive + self.false_negative,
        )


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Pairs whose probability is in [low, high); the last bin includes 1.

    Attributes:
        low: Lower end of the bin.
        high: Upper end.
        count: How many pairs fell into it.
        mean_probability: What the model said, on average; nan for an empty bin.
        duplicate_share: How many of them are duplicates; nan for an empty bin.
        share_low: Lower end of the 95% interval of that share, as if no pair depended on another.
        share_high: Upper end of it; both nan for an empty bin.
    """

    low: float
    high: float
    count: int
    mean_probability: float
    duplicate_share: float
    share_low: float
    share_high: float


def confusion(labels: ArrayLike, flagged: ArrayLike) -> Confusion:
    """How the flags (true: called a duplicate) agree with the labels."""
    truth, answer = as_labels(labels), as_labels(flagged)
    if len(truth) != len(answer):
        raise ValueError(f"{len(answer)} flags for {len(truth)} labels")
    return Confusion(
        true_positive=int((truth & answer).sum()),
        false_positive=int((~truth & answer).sum()),
        false_negative=int((truth & ~answer).sum()),
        true_negative=int((~truth & ~answer).sum()),
    )


def precision_recall_f1(labels: ArrayLike, flagged: ArrayLike) -> PrecisionRecallF1:
    """Precision, recall and F1 of the flagged pairs."""
    return confusion(labels, flagged).precision_recall_f1


def accuracy(labels: ArrayLike, flagged: ArrayLike) -> float:
    """Share of pairs that got the right answer; nan without pairs."""
    return confusion(labels, flagged).accuracy


def average_precision(labels: ArrayLike, scores: ArrayLike) -> float:
    """Area under the precision-recall curve as a step function.

    AP = sum over distinct scores, from the highest, of (R_k - R_(k-1)) P_k: pairs of equal score are flagged
    together. nan without duplicates.
    """
    return float(_curve(labels, scores).average_precision()[0])


def roc_auc(labels: ArrayLike, scores: ArrayLike) -> float:
    """Chance that a duplicate scores above a different pair, ties counting half; nan with one class."""
    return float(_curve(labels, scores).roc_auc()[0])


def recall_at_precision(labels: ArrayLike, scores: ArrayLike, precision: float) -> float:
    """Highest recall at a threshold whose precision is at least the given one.

    0 if no threshold is that precise; nan without duplicates.
    """
    return float(_curve(labels, scores).recall_at_precision(precision)[0])


def _curve(labels: ArrayLike, scores: ArrayLike) -> Curve:
    truth = as_labels(labels)
    return Ranking.of(truth, as_scores(scores, len(truth))).plain_curve()


def bin_of(probabilities: NDArray[np.float64], bins: int = BINS) -> NDArray[np.intp]:
    """The bin of equal width that each probability falls into; the last one includes 1."""
    inner_edges = np.arange(1, bins) / bins
    return np.searchsorted(inner_edges, probabilities, side="right")


def reliability_bins(labels: ArrayLike, probabilities: ArrayLike, bins: int = BINS) -> tuple[ReliabilityBin, ...]:
    """What was said and what was true, in bins of equal width."""
    truth = as_labels(labels)
    said = as_probabilities(probabilities, len(truth))
    of_pair = bin_of(said, bins)
    count = np.bincount(of_pair, minlength=bins)
    mean = divide(np.bincount(of_pair, said, bins), count.astype(np.float64))
    share = divide(np.bincount(of_pair, truth.astype(np.float64), bins), count.astype(np.float64))
    return tuple(
        ReliabilityBin(
            k / bins,
            (k + 1) / bins,
            int(count[k]),
            float(mean[k]),
            float(share[k]),
            *wilson(share[k], count[k]),
        )
        for k in range(bins)
    )


def wilson(share: float, count: int) -> tuple[float, float]:
    """The 95% score interval of a share (Wilson 1927): sensible for few pairs and for shares of 0 and 1."""
    if not count:
        return float("nan"), float("nan")
    z = 1.959964
    centre = share + z * z / (2 * count)
    reach = z * float(np.sqrt(share * (1 - share) / count + (z / (2 * count)) ** 2))
    scale = 1 + z * z / count
    return max(0.0, float(centre - reach) / scale), min(1.0, float(centre + reach) / scale)


def expected_calibration_error(labels: ArrayLike, probabilities: ArrayLike, bins: int = BINS) -> float:
    """Mean distance between what was said and what was true, over bins of equal width, weighted by count.

    Naeini, Cooper & Hauskrecht 2015, "Obtaining well calibrated probabilities using Bayesian binning"; made
    popular by Guo et al. 2017, "On calibration of modern neural networks". nan without pairs.
    """
    table = reliability_bins(labels, probabilities, bins)
    gaps = [row.count * abs(row.mean_probability - row.duplicate_share) for row in table if row.count]
    return _ratio(sum(gaps), sum(row.count for row in table))


def squared_errors(truth: NDArray[np.bool_], said: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.square(said - truth)


def log_losses(truth: NDArray[np.bool_], said: NDArray[np.float64]) -> NDArray[np.float64]:
    """What each answer costs, in nats; probabilities 0 and 1 count as one float64 step away from certain."""
    right: NDArray[np.float64] = np.where(truth, said, 1.0 - said).clip(CERTAIN, 1.0 - CERTAIN)
    return -np.log(right)


def brier(labels: ArrayLike, probabilities: ArrayLike) -> float:
    """Mean squared distance of the probability from the label (Brier 1950); nan without pairs."""
    return _mean_loss(squared_errors, labels, probabilities)


def log_loss(labels: ArrayLike, probabilities: ArrayLike) -> float:
    """Mean negative log-likelihood in nats, finite even for certain errors; nan without pairs."""
    return _mean_loss(log_losses, labels, probabilities)


def _mean_loss(
    losses: Callable[[NDArray[np.bool_], NDArray[np.float64]], NDArray[np.float64]],
    labels: ArrayLike,
    probabilities: ArrayLike,
) -> float:
    truth = as_labels(labels)
    said = as_probabilities(probabilities, len(truth))
    return _ratio(float(losses(truth, said).sum()), len(truth))


@dataclass(frozen=True, slots=True)
class Overlap:
    """For each record, the size of its cluster, of its group, and of what both share; float64, shape (n,)."""

    together: NDArray[np.float64]
    grouped: NDArray[np.float64]
    gold: NDArray[np.float64]

    @classmethod
    def of(cls, gold: Sequence[str], predicted: Sequence[str]) -> Overlap:
        """An empty label means: in no cluster (or group) but its own."""
        if len(gold) != len(predicted):
            raise ValueError(f"{len(predicted)} predicted groups for {len(gold)} records")
        clusters, groups = codes(gold), codes(predicted)
        return cls(
            _sizes(clusters * (len(gold) + 1) + groups),
            _sizes(groups),
            _sizes(clusters),
        )


def codes(labels: Sequence[str]) -> NDArray[np.int64]:
    """Small numbers for labels: the same for equal ones, another for each empty one; shape (n,)."""
    seen: dict[str, int] = {}
    return np.array([seen.setdefault(label, row) if label else row for row, label in enumerate(labels)], np.int64)


def _sizes(of_record: NDArray[np.int64]) -> NDArray[np.float64]:
    _, inverse, count = np.unique(of_record, return_inverse=True, return_counts=True)
    return count[inverse].astype(np.float64)


def b_cubed(gold: Sequence[str], predicted: Sequence[str]) -> PrecisionRecallF1:
    """Per record, how much of its group is right and how much of its cluster was found, averaged.

    Bagga & Baldwin 1998, "Algorithms for scoring coreference chains", every record with equal weight; F1 is
    the harmonic mean of the two averages. An empty label is a record on its own. nan without records.
    """
    overlap = Overlap.of(gold, predicted)
    precision = _ratio(float((overlap.together / overlap.grouped).sum()), len(gold))
    recall = _ratio(float((overlap.together / overlap.gold).sum()), len(gold))
    return PrecisionRecallF1(precision, recall, _ratio(2 * precision * recall, precision + recall))


def pairwise(gold: Sequence[str], predicted: Sequence[str]) -> PrecisionRecallF1:
    """Precision, recall and F1 over the pairs of records that share a cluster or a group.

    Labels must tell scopes apart: records of two scopes with one label count as a pair. An empty label is a
    record on its own. Precision is nan without a group of two, recall without a cluster of two.
    """
    overlap = Overlap.of(gold, predicted)
    both, flagged, true = (
        round(float((size - 1).sum())) // 2 for size in (overlap.together, overlap.grouped, overlap.gold)
    )
    return of_counts(both, flagged, true)


def of_counts(both: float, flagged: float, true: float) -> PrecisionRecallF1:
    """From how many were flagged, are true, and are both."""
    return PrecisionRecallF1(_ratio(both, flagged), _ratio(both, true), _ratio(2 * both, flagged + true))


def _ratio(numerator: float, denominator: float) -> float:
    return numerator / denominator if denominator else float("nan")
