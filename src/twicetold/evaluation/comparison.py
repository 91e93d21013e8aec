"""Metrics with intervals, ours beside the baselines', over the same resamples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from twicetold.evaluation.bootstrap import LEVEL, SAMPLES, percentiles, replicates
from twicetold.evaluation.results import Estimate, Resampling
from twicetold.findings import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from twicetold.evaluation.bootstrap import Statistic

FEWEST_UNITS = 20


@dataclass(frozen=True, slots=True)
class Measured:
    """Metrics by name: their values, shape (m,), and their replicates, shape (samples, m)."""

    names: Sequence[str]
    values: NDArray[np.float64]
    replicates: NDArray[np.float64]

    @classmethod
    def of(cls, names: Sequence[str], statistic: Statistic, units: NDArray[np.integer]) -> Measured:
        """Measures once on everything and once on each resample of whole units."""
        return cls(names, statistic(np.ones((1, len(units))))[0], replicates(statistic, units))

    def minus(self, other: Measured) -> Measured:
        """The paired difference: both were measured on the same resamples."""
        return Measured(self.names, self.values - other.values, self.replicates - other.replicates)

    def estimates(self) -> dict[str, Estimate]:
        intervals = percentiles(self.replicates)
        return {
            name: Estimate(value, each.low, each.high)
            for name, value, each in zip(self.names, self.values.tolist(), intervals, strict=True)
        }


def resampling(unit: str, units: NDArray[np.integer]) -> Resampling:
    sizes = np.unique(units, return_counts=True)[1]
    return Resampling(unit, len(sizes), float(sizes.max() / sizes.sum()), SAMPLES, LEVEL)


def unreliable(how: Resampling) -> list[Finding]:
    """A finding if the resamples say little about other data."""
    if how.units >= FEWEST_UNITS and how.largest <= 0.5:
        return []
    message = (
        f"The intervals rest on {how.units} independent units ({how.unit}), the largest with "
        f"{how.largest:.0%} of the rows: take them as rough."
    )
    return [Finding(Severity.WARNING, "intervals-rough", message, how.units)]
