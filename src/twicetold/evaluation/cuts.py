"""Where to cut the scores of a baseline.

A baseline comes without a threshold. One chosen on other data is fair; one chosen in hindsight, on the data
it is judged by, flatters the baseline, and the evaluation says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from twicetold.evaluation.curves import Ranking
from twicetold.evaluation.inputs import as_labels, as_scores

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, slots=True)
class Cut:
    """Scores at or above a cut count as duplicates: one cut for the accuracy, one for F1."""

    accuracy: float
    f1: float


def best_cut(labels: ArrayLike, scores: ArrayLike) -> Cut:
    """The cuts of highest accuracy and of highest F1; of equally good ones the highest.

    A cut lies midway between two scores, so that it means something on other data; it may flag nothing.
    """
    truth = as_labels(labels)
    ranking = Ranking.of(truth, as_scores(scores, len(truth)))
    curve = ranking.plain_curve()
    both, flagged = np.append(0.0, curve.true_positive[0]), np.append(0.0, curve.flagged[0])
    right = both + (len(truth) - truth.sum()) - (flagged - both)
    f1 = 2 * both / np.maximum(1.0, flagged + truth.sum())
    cuts = between(ranking.scores)
    return Cut(float(cuts[right.argmax()]), float(cuts[f1.argmax()]))


def between(falling: NDArray[np.float64]) -> NDArray[np.float64]:
    """Cuts above, between and below k falling scores; shape (k + 1,)."""
    if not len(falling):
        return np.zeros(1)
    higher, lower = falling[:-1], falling[1:]
    midway = higher / 2 + lower / 2
    # Between two neighbouring floats there is nothing: rounding must not let the lower one in.
    midway = np.where(midway > lower, midway, higher)
    return np.concatenate([[np.nextafter(falling[0], np.inf)], midway, falling[-1:]])
