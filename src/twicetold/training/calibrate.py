"""Calibrate: a model's probabilities brought to what people say about pairs of their own.

All that changes is scale and shift of the log-odds (Platt 1999, "Probabilistic outputs for support vector machines"),
drawn towards what the model has: few labels move it little. What that does is measured on labels that were not used for
it: each fifth of the pairs is judged by a calibration on the others, and pairs that share a text are in one fifth.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from twicetold.errors import InputInvalid, OutputNotWritable, QualityGateFailed
from twicetold.evaluation.bootstrap import interval
from twicetold.evaluation.metrics import BINS, bin_of, log_losses
from twicetold.model.artifact import COEFFICIENTS, MANIFEST, Manifest
from twicetold.model.probability import Coefficients, probability
from twicetold.model.scoring import pair_evidence
from twicetold.training.fit import FOLDS, connected_parts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from twicetold.evaluation.bootstrap import Statistic
    from twicetold.model.artifact import Model
    from twicetold.text.abbreviations import Learned

#: Labels at least, of both kinds together and of each: with fewer the figures say nothing.
LEAST, LEAST_OF_EACH = 60, 15
#: What the model's own scale and shift weigh, as the inverse variance of a normal prior around them: as ten pairs of
#: which nothing is known.
_PRIOR = 2.5
_STEPS = 50


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure and its 95% interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.4f} ({self.low:.4f} to {self.high:.4f})"


@dataclass(frozen=True, slots=True)
class Calibration:
    """What a calibration does, and what it makes of a model.

    Attributes:
        coefficients: The model's, scaled and shifted.
        scale: By which all log-odds are multiplied, fitted on all labels.
        shift: What is added to them then.
        pairs: Labels used.
        duplicates: Those that say that both are the same.
        digest: SHA-256 of the labels.
        figures: ``log_loss`` and ``ece``, ``before``, ``after`` and the ``change``, on labels that were not used.
    """

    coefficients: Coefficients
    scale: float
    shift: float
    pairs: int
    duplicates: int
    digest: str
    figures: dict[str, dict[str, Figure]]


def calibrate(
    model: Model,
    texts_a: Sequence[str],
    texts_b: Sequence[str],
    labels: Sequence[bool],
    learned: Learned | None = None,
    scopes: Sequence[str] = (),
) -> Calibration:
    """Fits scale and shift, and measures them on labels that were not used.

    Args:
        model: The one to calibrate.
        texts_a: One text of each pair.
        texts_b: The other.
        labels: Whether people call both the same.
        learned: What the texts among which they stand teach; None where there are only pairs.
        scopes: Of each pair, as in ``learned``.

    Raises:
        InputInvalid: There are too few labels, or too few of a kind; pairs of equal texts do not count.
        QualityGateFailed: The probabilities would be worse than before.
    """
    found = pair_evidence(model, texts_a, texts_b, learned, scopes)
    kept = ~found.identical  # equal texts are certain, whatever the scale
    truth, odds = np.array(labels, bool)[kept], model.coefficients.log_odds(found.columns[kept].T)
    _require_enough(truth)
    parts = connected_parts(texts_a, texts_b)[kept]
    figures = _figures(truth, probability(odds), probability(_held_out(odds, truth, _folds(parts))), parts)
    change = figures["log_loss"]["change"]
    if change.value >= 0:
        raise QualityGateFailed(
            f"on labels that were not used, the log loss would change by {change}: no better than now",
            remedy="Keep the model; collect more decisions, above all about pairs of which the model is unsure.",
        )
    scale, shift = fit_platt(odds, truth)
    own = model.coefficients
    weights = {name: round(value * scale, 6) for name, value in own.weights.items()}
    rows = sorted(map(list, zip(texts_a, texts_b, map(bool, labels), strict=True)))
    return Calibration(
        coefficients=Coefficients(round(own.baseline * scale + shift, 6), weights),
        scale=scale,
        shift=shift,
        pairs=len(truth),
        duplicates=int(truth.sum()),
        digest=hashlib.sha256(json.dumps(rows).encode()).hexdigest(),
        figures=figures,
    )


def fit_platt(odds: NDArray[np.float64], labels: NDArray[np.bool_]) -> tuple[float, float]:
    """Scale and shift of log-odds by Newton's method: greatest likelihood, with a prior around 1 and 0.

    Args:
        odds: Log-odds of pairs; shape (n,).
        labels: Whether each is a duplicate; shape (n,).
    """
    columns = np.stack([odds, np.ones(len(odds))])
    own = np.array([1.0, 0.0])
    fitted = own.copy()

    def loss(parameters: NDArray[np.float64]) -> float:
        scaled = parameters @ columns
        return float((np.logaddexp(0, scaled) - labels * scaled).sum() + _PRIOR / 2 * ((parameters - own) ** 2).sum())

    for _ in range(_STEPS):
        said = 1 / (1 + np.exp(-np.clip(fitted @ columns, -50, 50)))
        slope = columns @ (said - labels) + _PRIOR * (fitted - own)
        curvature = (columns * (said * (1 - said))) @ columns.T + _PRIOR * np.eye(2)
        step = np.linalg.solve(curvature, slope)
        while loss(fitted - step) > loss(fitted) and np.abs(step).max() > 1e-9:
            step = step / 2
        fitted = fitted - step
        if np.abs(step).max() <= 1e-9:
            break
    return max(float(fitted[0]), 0.01), float(fitted[1])  # evidence never counts against its own sign


def write_model(model: Model, found: Calibration, out: Path, source: str) -> Manifest:
    """Writes a calibrated model as a folder of its own.

    Args:
        model: The one that was calibrated; its other files are copied.
        found: The calibration.
        out: The folder; made if missing.
        source: Where the labels come from, in words.

    Raises:
        OutputNotWritable: It cannot be written, or is the model's own.
    """
    own = model.manifest
    if out.resolve() == model.folder.resolve():
        raise OutputNotWritable(f"{out}: this is the folder of the model itself")
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name in own.files.keys() - {COEFFICIENTS}:
            shutil.copyfile(model.folder / name, out / name)
        (out / COEFFICIENTS).write_text(found.coefficients.to_json(), encoding="utf-8")
        digest = hashlib.sha256((out / COEFFICIENTS).read_bytes()).hexdigest()
        entry = {"file": source, "sha256": found.digest, "rows": found.pairs, "licence": "as their texts"}
        manifest = replace(
            own,
            version=f"{own.version.partition('+')[0]}+{found.digest[:8]}",
            files=own.files | {COEFFICIENTS: digest},
            training=[*own.training, entry],
            metrics=own.metrics | {"calibration": _plain(found)},
        )
        (out / MANIFEST).write_text(json.dumps(asdict(manifest), indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise OutputNotWritable(f"{out}: {error.strerror}") from error
    return manifest


def _require_enough(truth: NDArray[np.bool_]) -> None:
    same = int(truth.sum())
    if len(truth) < LEAST or min(same, len(truth) - same) < LEAST_OF_EACH:
        raise InputInvalid(
            f"{same:,} pairs that are the same and {len(truth) - same:,} that are different are too few:"
            f" {LEAST} are needed, {LEAST_OF_EACH} of each kind",
            remedy="Collect more decisions; pairs whose texts are equal do not count.",
        )


def _held_out(odds: NDArray[np.float64], truth: NDArray[np.bool_], fold: NDArray[np.intp]) -> NDArray[np.float64]:
    """The log-odds of each fold, calibrated on the others."""
    calibrated = np.empty(len(odds))
    for each in range(FOLDS):
        scale, shift = fit_platt(odds[fold != each], truth[fold != each])
        calibrated[fold == each] = odds[fold == each] * scale + shift
    return calibrated


def _folds(parts: NDArray[np.int32]) -> NDArray[np.intp]:
    """A fold for each pair, the same for pairs of one part, of about equal size: the largest part first."""
    sizes = np.bincount(parts)
    filled, fold_of = np.zeros(FOLDS), np.zeros(len(sizes), np.intp)
    for part in np.argsort(-sizes, kind="stable"):
        fold_of[part] = filled.argmin()
        filled[fold_of[part]] += sizes[part]
    return fold_of[parts]


def _figures(
    truth: NDArray[np.bool_], before: NDArray[np.float64], after: NDArray[np.float64], parts: NDArray[np.int32]
) -> dict[str, dict[str, Figure]]:
    one, other = (log_losses(truth, said)[:, None] for said in (before, after))
    gaps = _gaps(truth, before), _gaps(truth, after)
    return {"log_loss": _compared(one, other, parts), "ece": _compared(*gaps, parts)}


def _gaps(truth: NDArray[np.bool_], said: NDArray[np.float64]) -> NDArray[np.float64]:
    """What was said minus what was true, in the column of its bin; shape (n, bins)."""
    gaps = np.zeros((len(said), BINS))
    gaps[np.arange(len(said)), bin_of(said)] = said - truth
    return gaps


def _compared(before: NDArray[np.float64], after: NDArray[np.float64], parts: NDArray[np.int32]) -> dict[str, Figure]:
    """The mean over pairs of what columns add up to, column by column, before and after, and how it changes."""
    first, second = _mean(before), _mean(after)
    return {
        "before": _figure(first, parts),
        "after": _figure(second, parts),
        "change": _figure(lambda weights: second(weights) - first(weights), parts),
    }


def _mean(columns: NDArray[np.float64]) -> Statistic:
    def mean(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        found: NDArray[np.float64] = np.abs(weights @ columns).sum(axis=1) / weights.sum(axis=1)
        return found

    return mean


def _figure(statistic: Statistic, parts: NDArray[np.int32]) -> Figure:
    between = interval(statistic, parts)
    return Figure(float(statistic(np.ones((1, len(parts))))[0]), between.low, between.high)


def _plain(found: Calibration) -> dict[str, Any]:
    figures = {name: {which: asdict(figure) for which, figure in rows.items()} for name, rows in found.figures.items()}
    return {"pairs": found.pairs, "duplicates": found.duplicates, "scale": found.scale, "shift": found.shift, **figures}
