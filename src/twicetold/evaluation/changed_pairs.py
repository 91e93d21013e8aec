"""What another model changes on labelled pairs: metrics side by side, and who wins on which kind and field."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from twicetold.errors import InputEmpty
from twicetold.evaluation.changes import MovedPair, PairChanges, PartRow, Winner, contrast
from twicetold.evaluation.comparison import FEWEST_UNITS, Measured, resampling, unreliable
from twicetold.evaluation.curves import divide
from twicetold.evaluation.inputs import as_optional_labels, as_probabilities
from twicetold.evaluation.paired import LabelledPairs, pair_findings
from twicetold.evaluation.scorecard import CALIBRATION, PAIR_METRICS, CalibrationScorecard, PairScorecard
from twicetold.pairs import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import ArrayLike, NDArray

    from twicetold.evaluation.bootstrap import Statistic
    from twicetold.evaluation.changes import Contrast, Verdicts
    from twicetold.pairs import Thresholds

PAIRS_SHOWN = 10
_OLD = "old"


class Judged(NamedTuple):
    """What one model says of n pairs: probabilities, shape (n,), and the thresholds in force."""

    probabilities: ArrayLike
    thresholds: Thresholds


def compare_pairs(
    labels: Sequence[bool | None],
    old: Judged,
    new: Judged,
    *,
    texts_a: Sequence[str],
    texts_b: Sequence[str],
    ids: Sequence[str],
    kinds: Sequence[str] | None = None,
    fields: Sequence[str] | None = None,
    source: str = "",
) -> PairChanges:
    """Both models on the same labelled pairs, whatever their order.

    Args:
        labels: True for a duplicate, False for a different pair, None for an unknown one.
        old: What the old model says.
        new: What the new one says.
        texts_a: First text of each pair.
        texts_b: Second text; pairs that share a text, directly or through others, are resampled together.
        ids: Names of the pairs.
        kinds: What each pair is about, if known.
        fields: The kind of work each pair comes from, if known.
        source: Name of the file.

    Raises:
        InputEmpty: No pair has a label.
    """
    truth = as_optional_labels(labels)
    n = len(truth)
    columns = LabelledPairs(
        truth == 1,
        as_probabilities(new.probabilities, n),
        ids,
        [""] * n if kinds is None else kinds,
        texts_a,
        texts_b,
        {_OLD: as_probabilities(old.probabilities, n)},
    )
    rows = np.flatnonzero(~np.isnan(truth)).tolist()
    if not rows:
        raise InputEmpty(f"none of {n} pairs of {source} has a label", remedy="Label pairs with 1 and 0.")
    by_field = replace(columns, kinds=[""] * n if fields is None else fields).take(rows)
    thresholds = old.thresholds, new.thresholds
    changes = _changes(columns.take(rows), thresholds, source, n - len(rows), kinds_given=kinds is not None)
    return replace(
        changes,
        kinds=() if kinds is None else changes.kinds,
        fields=() if fields is None else _parts(by_field, *_rights(by_field, thresholds)),
    )


def _changes(
    pairs: LabelledPairs, thresholds: tuple[Thresholds, Thresholds], source: str, unlabelled: int, *, kinds_given: bool
) -> PairChanges:
    how = resampling("pairs that share texts", pairs.units())
    right_before, right_now = _rights(pairs, thresholds)
    mended, spoiled = right_now & ~right_before, right_before & ~right_now
    findings = pair_findings(pairs, unlabelled=unlabelled, kinds_given=kinds_given, errors=0)
    return PairChanges(
        source=source,
        pairs=len(pairs.labels),
        duplicates=int(pairs.labels.sum()),
        unlabelled=unlabelled,
        metrics=_metrics(pairs, thresholds),
        resampling=how,
        kinds=_parts(pairs, right_before, right_now),
        fields=(),
        verdicts=verdict_table(
            zip(
                map(thresholds[0].verdict, pairs.scores[_OLD].tolist()),
                map(thresholds[1].verdict, pairs.probabilities.tolist()),
                strict=True,
            )
        ),
        mended=int(mended.sum()),
        spoiled=int(spoiled.sum()),
        mended_pairs=_furthest(pairs, mended),
        spoiled_pairs=_furthest(pairs, spoiled),
        findings=(*findings, *unreliable(how)),
    )


def verdict_table(verdicts: Iterable[tuple[Verdict, Verdict]]) -> Verdicts:
    """How many pairs went from which verdict to which; every combination is there."""
    counts = Counter(verdicts)
    return {before: {now: counts[before, now] for now in Verdict} for before in Verdict}


def _rights(
    pairs: LabelledPairs, thresholds: tuple[Thresholds, Thresholds]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Whether the old and the new model's answer to each pair is right."""
    before, now = thresholds
    return (pairs.scores[_OLD] >= before.duplicate) == pairs.labels, pairs.flagged(now.duplicate) == pairs.labels


def _metrics(pairs: LabelledPairs, thresholds: tuple[Thresholds, Thresholds]) -> dict[str, Contrast]:
    units = pairs.units()
    sides = (pairs.scores[_OLD], thresholds[0].duplicate), (pairs.probabilities, thresholds[1].duplicate)
    old, new = (
        Measured.of(PAIR_METRICS, PairScorecard(pairs.labels, chances, cut, cut), units) for chances, cut in sides
    )
    before, now = (Measured.of(CALIBRATION, CalibrationScorecard(pairs.labels, chances), units) for chances, _ in sides)
    return _contrasts(old, new) | _contrasts(before, now, lower_is_better=True)


def _contrasts(old: Measured, new: Measured, *, lower_is_better: bool = False) -> dict[str, Contrast]:
    before, now, difference = old.estimates(), new.estimates(), new.minus(old).estimates()
    return {
        name: contrast(before[name], now[name], difference[name], lower_is_better=lower_is_better) for name in old.names
    }


def _parts(pairs: LabelledPairs, right_before: NDArray[np.bool_], right_now: NDArray[np.bool_]) -> tuple[PartRow, ...]:
    """Accuracy by kind, over resamples of the whole file; the new model's largest gain first."""
    units = pairs.units()
    names = sorted(set(pairs.kinds))
    member = np.array([[kind == name for name in names] for kind in pairs.kinds], np.float64)

    def accuracies(right: NDArray[np.bool_]) -> Statistic:
        return lambda weights: divide(weights @ (member * right[:, None]), weights @ member)

    contrasts = _contrasts(*(Measured.of(names, accuracies(right), units) for right in (right_before, right_now)))
    rows = []
    for name, own in zip(names, member.T == 1, strict=True):
        independent = len(np.unique(units[own]))
        accuracy = contrasts[name]
        if independent < FEWEST_UNITS:  # the resamples of so few say too little to name a winner
            accuracy = replace(accuracy, winner=Winner.NEITHER)
        rows.append(PartRow(name, int(own.sum()), independent, accuracy))
    return tuple(sorted(rows, key=lambda row: (-row.accuracy.difference.value, row.name)))


def _furthest(pairs: LabelledPairs, chosen: NDArray[np.bool_]) -> tuple[MovedPair, ...]:
    rows = np.flatnonzero(chosen)
    distance = np.abs(pairs.probabilities[rows] - pairs.scores[_OLD][rows])
    return tuple(
        MovedPair(
            id=pairs.ids[row],
            kind=pairs.kinds[row],
            duplicate=bool(pairs.labels[row]),
            old=float(pairs.scores[_OLD][row]),
            new=float(pairs.probabilities[row]),
            text_a=pairs.texts_a[row],
            text_b=pairs.texts_b[row],
        )
        for row in rows[np.argsort(-distance, kind="stable")[:PAIRS_SHOWN]].tolist()
    )
