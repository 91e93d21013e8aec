"""Labelled pairs as columns, and the tables of an evaluation that are made from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from twicetold.evaluation.comparison import Measured
from twicetold.evaluation.cuts import best_cut
from twicetold.evaluation.metrics import confusion
from twicetold.evaluation.results import BaselineRow, KindRow, PairError, ThresholdRow
from twicetold.evaluation.scorecard import PAIR_METRICS, PairScorecard
from twicetold.findings import Finding, Severity
from twicetold.matching.components import components

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from twicetold.evaluation.cuts import Cut
    from twicetold.pairs import Thresholds

ERRORS_SHOWN = 20
TABLE = frozenset(k / 20 for k in range(1, 20))


@dataclass(frozen=True, slots=True)
class LabelledPairs:
    """Columns of equal length n, sorted so that the order of the input does not matter.

    Attributes:
        labels: True for duplicates; shape (n,).
        probabilities: Shape (n,).
        ids: Names of the pairs.
        kinds: What each pair is about, empty if not known.
        texts_a: First texts.
        texts_b: Second texts.
        scores: The baselines' scores by name, each of shape (n,).
    """

    labels: NDArray[np.bool_]
    probabilities: NDArray[np.float64]
    ids: Sequence[str]
    kinds: Sequence[str]
    texts_a: Sequence[str]
    texts_b: Sequence[str]
    scores: Mapping[str, NDArray[np.float64]]

    def __post_init__(self) -> None:
        lengths = {len(column) for column in (self.labels, self.ids, self.kinds, self.texts_a, self.texts_b)}
        if len(lengths) > 1:
            raise ValueError(f"columns of different lengths: {sorted(lengths)}")

    def take(self, rows: Sequence[int]) -> LabelledPairs:
        """The pairs of the given rows, sorted by texts, id, kind and probability."""

        def key(row: int) -> tuple[str, str, str, str, float]:
            texts = self.texts_a[row], self.texts_b[row]
            return *texts, self.ids[row], self.kinds[row], float(self.probabilities[row])

        rows = sorted(rows, key=key)
        return LabelledPairs(
            self.labels[rows],
            self.probabilities[rows],
            [self.ids[row] for row in rows],
            [self.kinds[row] for row in rows],
            [self.texts_a[row] for row in rows],
            [self.texts_b[row] for row in rows],
            {name: scores[rows] for name, scores in self.scores.items()},
        )

    def flagged(self, threshold: float) -> NDArray[np.bool_]:
        return self.probabilities >= threshold

    def units(self) -> NDArray[np.int32]:
        """Which pairs are drawn together: those that share a text, directly or through others; shape (n,).

        Case and white space make no other text.
        """
        texts = [" ".join(text.split()).casefold() for text in (*self.texts_a, *self.texts_b)]
        seen: dict[str, int] = {}
        rows = np.array([seen.setdefault(text, len(seen)) for text in texts], np.intp)
        first, second = rows[: len(self.labels)], rows[len(self.labels) :]
        return components(len(seen), first, second)[first]


def threshold_table(pairs: LabelledPairs, thresholds: Thresholds) -> tuple[ThresholdRow, ...]:
    """What each of .05, .10, ... .95 and the thresholds in use would do, rising."""
    rows = []
    for threshold in sorted(TABLE | {thresholds.duplicate, thresholds.possible}):
        flagged = pairs.flagged(threshold)
        counts = confusion(pairs.labels, flagged)
        rows.append(ThresholdRow(threshold, *counts.precision_recall_f1, counts.accuracy, int(flagged.sum())))
    return tuple(rows)


def kind_table(pairs: LabelledPairs, threshold: float) -> tuple[KindRow, ...]:
    """One row per kind, sorted by name."""
    wrong = pairs.flagged(threshold) != pairs.labels
    rows_of: dict[str, list[int]] = {}
    for row, kind in enumerate(pairs.kinds):
        rows_of.setdefault(kind, []).append(row)
    rows = []
    for kind, own in sorted(rows_of.items()):
        rows.append(
            KindRow(
                kind=kind,
                pairs=len(own),
                duplicate_share=float(pairs.labels[own].mean()),
                accuracy=1.0 - float(wrong[own].mean()),
                mean_probability=float(pairs.probabilities[own].mean()),
                errors=int(wrong[own].sum()),
            )
        )
    return tuple(rows)


def worst_errors(pairs: LabelledPairs, threshold: float) -> tuple[PairError, ...]:
    """The wrong answers furthest from the truth, worst first."""
    wrong = np.flatnonzero(pairs.flagged(threshold) != pairs.labels)
    distance = np.abs(pairs.probabilities[wrong] - pairs.labels[wrong])
    worst = wrong[np.argsort(-distance, kind="stable")[:ERRORS_SHOWN]]
    return tuple(
        PairError(
            id=pairs.ids[row],
            kind=pairs.kinds[row],
            duplicate=bool(pairs.labels[row]),
            probability=float(pairs.probabilities[row]),
            text_a=pairs.texts_a[row],
            text_b=pairs.texts_b[row],
        )
        for row in worst.tolist()
    )


def baseline_row(
    name: str, pairs: LabelledPairs, units: NDArray[np.integer], ours: Measured, tuned: Cut | None
) -> BaselineRow:
    """One baseline's metrics; without a tuned cut it gets the best in hindsight."""
    cut = tuned or best_cut(pairs.labels, pairs.scores[name])
    card = PairScorecard(pairs.labels, pairs.scores[name], cut.accuracy, cut.f1)
    theirs = Measured.of(PAIR_METRICS, card, units)
    return BaselineRow(
        name=name,
        metrics=theirs.estimates(),
        difference=ours.minus(theirs).estimates(),
        cuts={"accuracy": cut.accuracy, "f1": cut.f1},
        hindsight=tuned is None,
    )


def pair_findings(pairs: LabelledPairs, *, unlabelled: int, kinds_given: bool, errors: int) -> list[Finding]:
    """What was left out or could not be computed."""
    found = []
    if unlabelled:
        message = f"Pairs without a label were left out: {unlabelled}."
        found.append(Finding(Severity.WARNING, "labels-missing", message, unlabelled))
    if pairs.labels.all() or not pairs.labels.any():
        message = "All labels are the same, so some metrics are undefined."
        found.append(Finding(Severity.WARNING, "one-class", message, len(pairs.labels)))
    nameless = sum(not kind for kind in pairs.kinds)
    if kinds_given and nameless:
        message = f"Pairs without a kind share one row of the table: {nameless}."
        found.append(Finding(Severity.INFO, "kinds-missing", message, nameless))
    if errors > ERRORS_SHOWN:
        message = f"Of {errors} errors the {ERRORS_SHOWN} most confident are listed."
        found.append(Finding(Severity.INFO, "errors-not-listed", message, errors - ERRORS_SHOWN))
    return found
