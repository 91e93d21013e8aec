"""Training: the weights of the evidence, fitted on labelled pairs so that no piece can act against its sign.

Logistic regression with sign constraints, and a ridge penalty that pulls each weight towards its prior. Every file
and, within it, both classes have equal weight, and every file has its own intercept: files differ in what their
authors call a duplicate and in how many there are, and neither should bend the weights. The shipped intercept and
scale come from predictions for held-out parts of the calibrating files (Platt 1999, "Probabilistic outputs for support
vector machines"), but for least squares (Brier 1950) and not for the likelihood: a few duplicates that no evidence
finds would else flatten all probabilities.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
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
#: What steadying files count in the calibration, as a share of the calibrating ones: of 0 to 1, the one at which
#: calibration on 77 pairs was truest, on average over 23 sets of other texts.
STEADYING = 0.2


@dataclass(frozen=True, slots=True)
class Labelled:
    """One file of labelled pairs as evidence.

    Attributes:
        columns: Evidence; float32, shape (n, k).
        labels: Whether each pair is a duplicate; shape (n,).
        parts: Pairs with the same number share a text and are held out together; shape (n,).
        calibrates: Whether the probabilities should follow this file's notion and odds of a duplicate.
        steadies: Whether it keeps a calibration on few pairs from going astray; see :data:`STEADYING`.
    """

    columns: NDArray[np.float32]
    labels: NDArray[np.bool_]
    parts: NDArray[np.int32]
    calibrates: bool = False
    steadies: bool = False

    def take(self, rows: NDArray[np.bool_]) -> Labelled:
        return replace(self, columns=self.columns[rows], labels=self.labels[rows], parts=self.parts[rows])


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
    held = [file for file in files if file.calibrates or file.steadies]
    raw = [np.zeros(len(file.labels)) for file in held]
    for fold in range(FOLDS):
        weights = fit_weights(
            [file.take(file.parts % FOLDS != fold) if file.calibrates or file.steadies else file for file in files]
        )
        for odds, file in zip(raw, held, strict=True):
            out = file.parts % FOLDS == fold
            odds[out] = file.columns[out] @ weights
    odds, labels = np.concatenate(raw), np.concatenate([file.labels for file in held])
    calibrating = np.repeat([file.calibrates for file in held], [len(file.labels) for file in held])
    share = STEADYING * calibrating.sum() / max(1, (~calibrating).sum())
    scale, shift = fit_scale(odds, labels, np.where(calibrating, 1.0, share))
    weights = fit_weights(files) * scale
    named = {feature.name: round(float(weight), 6) for feature, weight in zip(FEATURES, weights, strict=True)}
    held_out = odds[calibrating] * scale + shift
    return Trained(Coefficients(round(shift, 6), named), held_out, labels[calibrating])


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


def fit_scale(odds: NDArray[np.float64], labels: NDArray[np.bool_], weight: NDArray[np.float64]) -> tuple[float, float]:
    """Scale and shift of log-odds for the least weighted squared error of the probability; columns of shape (n,).

    The squares have flat ends, so they are searched from where the likelihood is greatest. For that, targets stop
    short of 0 and 1, as Platt advises: odds that separate the classes would else grow without end.
    """
    duplicates = np.count_nonzero(labels)
    target = np.where(labels, (duplicates + 1) / (duplicates + 2), 1 / (len(labels) - duplicates + 2))

    def unlikelihood(parameters: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        scaled = odds * parameters[0] + parameters[1]
        error = weight * (_sigmoid(scaled) - target)
        value = float((weight * (np.logaddexp(0, scaled) - target * scaled)).sum())
        return value, np.array([error @ odds, error.sum()])

    def squares(parameters: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        said = _sigmoid(odds * parameters[0] + parameters[1])
        error = said - target
        slope = 2 * weight * error * said * (1 - said)
        return float((weight * error**2).sum()), np.array([slope @ odds, slope.sum()])

    bounds = [(0.01, None), (None, None)]
    scale, shift = _minimise(squares, _minimise(unlikelihood, np.array([1.0, 0.0]), bounds), bounds)
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
