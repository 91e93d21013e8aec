"""Pairs of records, their probability, verdict and evidence."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

#: Pairs that are numbers of Python's at a time; of millions those would be hundreds of megabytes.
_AT_A_TIME = 1 << 13


class Verdict(StrEnum):
    """What two thresholds make of a probability."""

    DUPLICATE = "duplicate"
    POSSIBLE = "possible"
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Probability at or above ``duplicate`` is a duplicate, at or above ``possible`` is possible."""

    duplicate: float
    possible: float

    def __post_init__(self) -> None:
        if not 0.0 <= self.possible <= self.duplicate <= 1.0:
            raise ValueError(f"thresholds must satisfy 0 <= possible <= duplicate <= 1, got {self}")

    def verdict(self, probability: float) -> Verdict:
        if probability >= self.duplicate:
            return Verdict.DUPLICATE
        return Verdict.POSSIBLE if probability >= self.possible else Verdict.DIFFERENT


@dataclass(frozen=True, slots=True)
class Evidence:
    """One named reason for (positive) or against (negative) two records being the same, in log-odds."""

    name: str
    log_odds: float
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Pairs:
    """Many pairs as columns of equal length n.

    Attributes:
        a: Row of the first record in its ``Records``; int32, shape (n,); always below ``b``.
        b: Row of the second record; int32, shape (n,).
        probability: Calibrated chance that a person would call the pair a duplicate; float64, (n,).
        log_odds: What each piece of evidence adds; float32, shape (n, k). A row's sum is the log-odds of
            its probability.
        names: The k names of the columns of ``log_odds``.
    """

    a: NDArray[np.int32]
    b: NDArray[np.int32]
    probability: NDArray[np.float64]
    log_odds: NDArray[np.float32]
    names: Sequence[str]

    def __len__(self) -> int:
        return len(self.a)

    def take(self, rows: NDArray[np.intp] | NDArray[np.bool_]) -> Pairs:
        """The pairs of the given rows or mask, in that order."""
        return Pairs(self.a[rows], self.b[rows], self.probability[rows], self.log_odds[rows], self.names)

    def without_evidence(self) -> Pairs:
        """The pairs and their probability alone."""
        return Pairs(self.a, self.b, self.probability, np.empty((len(self), 0), np.float32), ())

    def __iter__(self) -> Iterator[tuple[int, int, float]]:
        for first in range(0, len(self), _AT_A_TIME):
            some = slice(first, first + _AT_A_TIME)
            yield from zip(self.a[some].tolist(), self.b[some].tolist(), self.probability[some].tolist(), strict=True)

    @classmethod
    def empty(cls, names: Sequence[str] = ()) -> Pairs:
        none = np.empty(0, np.int32)
        return cls(none, none, np.empty(0, np.float64), np.empty((0, len(names)), np.float32), names)

    @classmethod
    def concatenate(cls, parts: Sequence[Pairs]) -> Pairs:
        if not parts:
            return cls.empty()
        some = [part for part in parts if len(part)] or parts[:1]
        if len(some) == 1:
            return some[0]  # millions of pairs are a gigabyte
        return cls(
            np.concatenate([part.a for part in some]),
            np.concatenate([part.b for part in some]),
            np.concatenate([part.probability for part in some]),
            np.concatenate([part.log_odds for part in some]),
            some[0].names,
        )
