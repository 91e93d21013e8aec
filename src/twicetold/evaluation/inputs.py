"""What an evaluation is given: columns of labels, scores and probabilities, checked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from twicetold.errors import InputInvalid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray


def as_labels(labels: ArrayLike) -> NDArray[np.bool_]:
    """Labels as booleans; shape (n,).

    Raises:
        InputInvalid: A label is neither 0 nor 1 (nor true, false).
    """
    column = np.asarray(labels, np.float64).reshape(-1)
    _refuse((column != 0) & (column != 1), column, "label", "0 or 1")
    return np.equal(column, 1)


def as_optional_labels(labels: Sequence[float | None] | NDArray[np.generic]) -> NDArray[np.float64]:
    """Labels as 1.0 and 0.0, and nan where one is missing (None or nan); shape (n,).

    Raises:
        InputInvalid: A label is neither 0 nor 1 nor missing.
    """
    column = np.array([np.nan if label is None else float(label) for label in labels], np.float64)
    _refuse((column != 0) & (column != 1) & ~np.isnan(column), column, "label", "0 or 1, or missing")
    return column


def as_scores(scores: ArrayLike, n: int) -> NDArray[np.float64]:
    """Scores of any range; higher means rather a duplicate; shape (n,).

    Raises:
        InputInvalid: A score is not a finite number, or there are not n of them.
    """
    column = _sized(scores, n, "score")
    _refuse(~np.isfinite(column), column, "score", "a finite number")
    return column


def as_probabilities(probabilities: ArrayLike, n: int) -> NDArray[np.float64]:
    """Probabilities from 0 to 1; shape (n,).

    Raises:
        InputInvalid: A value is no probability, or there are not n of them.
    """
    column = _sized(probabilities, n, "probability")
    _refuse(~((column >= 0) & (column <= 1)), column, "probability", "a number from 0 to 1")
    return column


def _sized(values: ArrayLike, n: int, what: str) -> NDArray[np.float64]:
    column = np.asarray(values, np.float64).reshape(-1)
    if len(column) != n:
        raise InputInvalid(f"there are {len(column)} values of {what} for {n} labels")
    return column


def _refuse(bad: NDArray[np.bool_], column: NDArray[np.float64], what: str, allowed: str) -> None:
    if bad.any():
        row = int(bad.argmax())
        raise InputInvalid(
            f"the {what} in row {row + 1} is {column[row]:g}; it must be {allowed} (rows like it: {int(bad.sum())})"
        )
