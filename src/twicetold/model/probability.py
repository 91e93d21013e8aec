"""Probability: weighted evidence adds up to log-odds, and these to a calibrated probability.

The log-odds are a sum of one term per piece of evidence, so an explanation is exact: nothing interacts behind it.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

#: Probabilities are given to this many decimals, far above the noise of 32-bit sums.
DECIMALS = 6


@dataclass(frozen=True, slots=True)
class Coefficients:
    """What each piece of evidence counts.

    Attributes:
        baseline: Log-odds of two texts for which every piece of evidence is 0.
        weights: Log-odds of each piece of evidence at its full value 1, by its name.
    """

    baseline: float
    weights: Mapping[str, float]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the terms that :meth:`terms` gives: the baseline and then each piece of evidence."""
        return ("baseline", *self.weights)

    @property
    def vector(self) -> NDArray[np.float32]:
        """The weights in their order; shape (k,)."""
        return np.array(list(self.weights.values()), np.float32)

    def terms(self, evidence: NDArray[np.float32]) -> NDArray[np.float32]:
        """What each piece of evidence adds to the log-odds.

        Args:
            evidence: Shape (k, ...), in the order of ``weights``.

        Returns:
            Shape (k + 1, ...): the baseline first.
        """
        weighted = evidence * self.vector.reshape(-1, *[1] * (evidence.ndim - 1))
        return np.concatenate([np.full((1, *evidence.shape[1:]), self.baseline, np.float32), weighted])

    def log_odds(self, evidence: NDArray[np.float32]) -> NDArray[np.float64]:
        """The sum of all terms; shape as one column of the evidence."""
        # One after the other: what a library would sum up in its own order differs from machine to machine.
        total = np.full(evidence.shape[1:], self.baseline)
        for weight, column in zip(self.vector.astype(np.float64), evidence, strict=True):
            total += weight * column
        return total

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Coefficients:
        content = json.loads(text)
        return cls(float(content["baseline"]), {name: float(value) for name, value in dict(content["weights"]).items()})


def probability(log_odds: NDArray[np.float64]) -> NDArray[np.float64]:
    """The logistic function, rounded to :data:`DECIMALS`."""
    return np.round(1 / (1 + np.exp(-np.clip(log_odds, -50, 50))), DECIMALS)
