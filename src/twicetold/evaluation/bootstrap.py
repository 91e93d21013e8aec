"""Percentile bootstrap over whole groups of rows that depend on each other.

Pairs that share a text, or records of one cluster, are wrong or right together; resampling single rows would
pretend to know more than the data tell (Efron & Tibshirani 1993, chapters 8 and 13).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    # From weights of shape (s, n), how often each row was drawn, to s values or to s rows of values.
    Statistic = Callable[[NDArray[np.float64]], NDArray[np.float64]]

SAMPLES = 1000
LEVEL = 0.95
# Weights held at a time: 16 MB of float64.
CELLS = 2_000_000


@dataclass(frozen=True, slots=True)
class Interval:
    """Where a statistic may lie; nan where it cannot be told."""

    low: float
    high: float


def interval(
    statistic: Statistic,
    groups: NDArray[np.integer],
    *,
    samples: int = SAMPLES,
    seed: int = 0,
    level: float = LEVEL,
) -> Interval:
    """The percentile interval of one statistic.

    Args:
        statistic: From weights of shape (s, n), how often each row was drawn, to s values (nan: undefined).
        groups: Which rows are drawn together: a number for each row; shape (n,).
        samples: How many replicates.
        seed: The same seed and groups give the same replicates, so differences of statistics are paired.
        level: Share of the replicates inside the interval.

    Returns:
        nan for both ends with fewer than two groups, or if half of the replicates or more are undefined.
    """
    values = replicates(statistic, groups, samples=samples, seed=seed)
    return percentiles(values.reshape(samples, 1), level=level)[0]


def replicates(
    statistic: Statistic, groups: NDArray[np.integer], *, samples: int = SAMPLES, seed: int = 0
) -> NDArray[np.float64]:
    """The statistic on each resample of whole groups; shape (samples, ...).

    With fewer than two groups there is nothing to resample and all is nan.
    """
    names, of_row = np.unique(groups, return_inverse=True)
    if len(names) < 2:
        once = statistic(np.ones((1, len(groups))))
        return np.full((samples, *once.shape[1:]), np.nan)
    blocks = _resamples(len(names), of_row, samples, np.random.default_rng(seed))
    return np.concatenate([statistic(weights) for weights in blocks])


def percentiles(values: NDArray[np.float64], *, level: float = LEVEL) -> list[Interval]:
    """The interval of each column of replicates; values of shape (samples, m)."""
    return [_percentile(column, level) for column in values.T]


def _percentile(column: NDArray[np.float64], level: float) -> Interval:
    defined = column[~np.isnan(column)]
    if 2 * len(defined) <= len(column):
        return Interval(float("nan"), float("nan"))
    low, high = np.quantile(defined, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(low), float(high))


def _resamples(
    groups: int, group_of_row: NDArray[np.intp], samples: int, generator: np.random.Generator
) -> Iterator[NDArray[np.float64]]:
    """Weights of as many resamples at a time as fit into ``CELLS``, each of shape (s, n)."""
    step = max(1, CELLS // len(group_of_row))
    for start in range(0, samples, step):
        rows = min(step, samples - start)
        drawn = generator.integers(groups, size=(rows, groups))
        drawn += np.arange(rows)[:, None] * groups
        counts = np.bincount(drawn.ravel(), minlength=rows * groups).reshape(rows, groups)
        yield counts[:, group_of_row].astype(np.float64)
