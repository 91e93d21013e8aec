"""Training: the weights of the evidence, fitted on labelled pairs so that no piece can act against its sign.

Logistic regression with sign constraints, and a ridge penalty that pulls each weight towards its prior. Every file
and, within it, both classes have equal weight, and every file has its own intercept: files differ in what their
authors call a duplicate and in how many there are, and neither should bend the weights. The shipped intercept and
scale come from predictions for held-out parts of the calibrating files (Platt 1999, "Probabilistic outputs for support
vector machines").
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from twicetold.errors import ExtraMissing
from twicetold.matching.components import components
from twicetold.model.evidence import FEATURES
from twicetold.model.probability import Coefficients

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

#: Strength of the penalty on squared distances of the weights from their priors.
RIDGE = 0.03
#: Parts of the calibrating files, each predicted by weights fitted without it.
FOLDS = 5


@dataclass(frozen=True, slots=True)
class Labelled:
    """One file of labelled pairs as evidence.

    Attributes:
        columns: Evidence; float32, shape (n, k).
        labels: Whether each pair is a duplicate; shape (n,).
        parts: Pairs with the same number share a text and are held out together; shape (n,).
        calibrates: Whether the probabilities should follow this file's notion and odds of a duplicate.
    """

    columns: NDArray[np.float32]
    labels: NDArray[np.bool_]
    parts: NDArray[np.int32]
    calibrates: bool

    def take(self, rows: NDArray[np.bool_]) -> Labelled:
        return Labelled(self.columns[rows], self.labels[rows], self.parts[rows], self.calibrates)


@dataclass(frozen=True, slots=True)
class Trained:
    """Fitted coefficients, and what they would have said about the calibrating pairs unseen.

    Attributes:
        coefficients: What ships.
        held_out: Calibrated log-odds of the calibrating files' pairs by weights that were fitted without them.
        labels: Whether each of these pairs is a duplicate.
    """

    coefficients: Coefficients
    held_out: NDArray[np.float64]
    labels: NDArray[np.bool_]


def train(files: Sequence[Labelled]) -> Trained:
    """Fits the weights on all files, and scale and shift on held-out parts of those that calibrate.

    Raises:
        ExtraMissing: scipy is not installed.
    """
    calibrating = [file for file in files if file.calibrates]
    raw = [np.zeros(len(file.labels)) for file in calibrating]
    for fold in range(FOLDS):
        weights = fit_weights([file.take(file.parts % FOLDS != fold) if file.calibrates else file for file in files])
        for odds, file in zip(raw, calibrating, strict=True):
            out = file.parts % FOLDS == fold
            odds[out] = file.columns[out] @ weights
    held_out, labels = np.concatenate(raw), np.concatenate([file.labels for file in calibrating])
    scale, shift = fit_platt(held_out, labels)
    weights = fit_weights(files) * scale
    named = {feature.name: round(float(weight), 6) for feature, weight in zip(FEATURES, weights, strict=True)}
    return Trained(Coefficients(round(shift, 6), named), held_out * scale + shift, labels)


def fit_weights(files: Sequence[Labelled]) -> NDArray[np.float64]:
    """Sign-constrained weights of the evidence; shape (k,)."""
    columns = np.concatenate([file.columns for file in files]).astype(np.float64)
    labels = np.concatenate([file.labels for file in files]).astype(np.float64)
    owner = np.repeat(np.arange(len(files)), [len(file.labels) for file in files])
    weight = np.concatenate([_balance(file.labels) for file in files])
    prior = np.array([feature.prior for feature in FEATURES])
    k = len(prior)

    def loss(parameters: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        odds = columns @ parameters[:k] + parameters[k:][owner]
        error = weight * (_sigmoid(odds) - labels)
        off = parameters[:k] - prior
        value = float((weight * (np.logaddexp(0, odds) - labels * odds)).sum() + RIDGE * (off**2).sum())
        return value, np.r_[columns.T @ error + 2 * RIDGE * off, np.bincount(owner, error, len(files))]

    bounds = [(0, None) if start > 0 else (None, 0) for start in prior] + [(None, None)] * len(files)
    return _minimise(loss, np.r_[prior, np.zeros(len(files))], bounds)[:k]


def fit_platt(odds: NDArray[np.float64], labels: NDArray[np.bool_]) -> tuple[float, float]:
    """Scale and shift that make log-odds fit the labels best; columns of shape (n,).

    The targets stop short of 0 and 1, as Platt advises: odds that separate the classes would else grow without end.
    """
    duplicates = np.count_nonzero(labels)
    target = np.where(labels, (duplicates + 1) / (duplicates + 2), 1 / (len(labels) - duplicates + 2))

    def loss(parameters: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        scaled = odds * parameters[0] + parameters[1]
        error = _sigmoid(scaled) - target
        value = float((np.logaddexp(0, scaled) - target * scaled).sum())
        return value, np.array([error @ odds, error.sum()])

    scale, shift = _minimise(loss, np.array([1.0, 0.0]), [(0.01, None), (None, None)])
    return float(scale), float(shift)


def bare(text: str) -> str:
    """A text's letters and digits alone, in lower case."""
    return "".join(filter(str.isalnum, text.casefold()))


def connected_parts(texts_a: Sequence[str], texts_b: Sequence[str]) -> NDArray[np.int32]:
    """A number for each pair, equal for pairs that share a text directly or through others; shape (n,).

    Texts that differ in case, spaces or punctuation alone count as one.
    """
    place: dict[str, int] = {}
    keys = ([bare(text) for text in texts] for texts in (texts_a, texts_b))
    a, b = (np.array([place.setdefault(key, len(place)) for key in side], np.int32) for side in keys)
    roots = components(len(place), a, b)[a]
    return np.unique(roots, return_inverse=True)[1].astype(np.int32)


def _minimise(
    loss: object, start: NDArray[np.float64], bounds: Sequence[tuple[float | None, float | None]]
) -> NDArray[np.float64]:
    try:
        from scipy.optimize import minimize  # noqa: PLC0415
    except ImportError as error:
        raise ExtraMissing("training needs scipy", remedy="pip install 'twicetold[train]'") from error
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 2000, "ftol": 1e-12})
    solution: NDArray[np.float64] = found.x
    return solution


def _balance(labels: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Weights that add up to 1, half of it for each class that occurs."""
    counts = np.bincount(labels.astype(int), minlength=2)
    share = 1 / (counts * np.count_nonzero(counts) + (counts == 0))
    balance: NDArray[np.float64] = share[labels.astype(int)]
    return balance


def _sigmoid(odds: NDArray[np.float64]) -> NDArray[np.float64]:
    return 1 / (1 + np.exp(-np.clip(odds, -50, 50)))
