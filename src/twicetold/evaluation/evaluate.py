"""Evaluations: how good probabilities and groups are on labelled data, beside the baselines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from twicetold.errors import InputEmpty
from twicetold.evaluation import grouped, paired
from twicetold.evaluation.comparison import Measured, resampling, unreliable
from twicetold.evaluation.inputs import as_optional_labels, as_probabilities, as_scores
from twicetold.evaluation.metrics import confusion, reliability_bins
from twicetold.evaluation.results import GroupEvaluation, PairEvaluation
from twicetold.evaluation.scorecard import (
    CALIBRATION,
    GROUPING,
    PAIR_METRICS,
    CalibrationScorecard,
    PairScorecard,
)
from twicetold.findings import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    from twicetold.evaluation.cuts import Cut
    from twicetold.evaluation.results import BaselineRow
    from twicetold.pairs import Thresholds


def evaluate_pairs(
    labels: Sequence[float | None] | NDArray[np.generic],
    probabilities: ArrayLike,
    *,
    texts_a: Sequence[str],
    texts_b: Sequence[str],
    thresholds: Thresholds,
    kinds: Sequence[str] | None = None,
    ids: Sequence[str] | None = None,
    baselines: Mapping[str, ArrayLike] | None = None,
    tuned: Mapping[str, Cut] | None = None,
) -> PairEvaluation:
    """How good the probabilities of labelled pairs are, whatever the order of the pairs.

    Args:
        labels: 1 or true for a duplicate, 0 or false for a different pair, None or nan for an unknown one.
        probabilities: From 0 to 1; shape (n,).
        texts_a: First text of each pair.
        texts_b: Second text; pairs that share a text, directly or through others, are resampled together.
        thresholds: Pairs at or above ``thresholds.duplicate`` count as flagged.
        kinds: A name of what each pair is about, for the table by kind.
        ids: Names of the pairs; row numbers from 1 if not given.
        baselines: Scores of the same pairs by the name of the baseline; of any range.
        tuned: Cuts of baselines chosen on other data; without one a baseline gets the best in hindsight.

    Raises:
        InputEmpty: No pair has a label.
        InputInvalid: A label, probability or score is not what it must be.
    """
    truth = as_optional_labels(labels)
    n = len(truth)
    columns = paired.LabelledPairs(
        truth == 1,
        as_probabilities(probabilities, n),
        _names(ids, n),
        [""] * n if kinds is None else kinds,
        texts_a,
        texts_b,
        {name: as_scores(scores, n) for name, scores in (baselines or {}).items()},
    )
    pairs = columns.take(np.flatnonzero(~np.isnan(truth)).tolist())
    if not len(pairs.labels):
        raise InputEmpty(f"none of {n} pairs has a label", remedy="Label pairs with 1 (duplicate) and 0.")
    return _of_pairs(pairs, n - len(pairs.labels), thresholds, tuned or {}, kinds_given=kinds is not None)


def _of_pairs(
    pairs: paired.LabelledPairs,
    unlabelled: int,
    thresholds: Thresholds,
    tuned: Mapping[str, Cut],
    *,
    kinds_given: bool,
) -> PairEvaluation:
    threshold = thresholds.duplicate
    units = pairs.units()
    ours = Measured.of(PAIR_METRICS, PairScorecard(pairs.labels, pairs.probabilities, threshold, threshold), units)
    calibration = Measured.of(CALIBRATION, CalibrationScorecard(pairs.labels, pairs.probabilities), units)
    baselines = tuple(paired.baseline_row(name, pairs, units, ours, tuned.get(name)) for name in pairs.scores)
    counts = confusion(pairs.labels, pairs.flagged(threshold))
    how = resampling("pairs that share texts", units)
    findings = paired.pair_findings(
        pairs,
        unlabelled=unlabelled,
        kinds_given=kinds_given,
        errors=counts.false_positive + counts.false_negative,
    )
    return PairEvaluation(
        pairs=len(pairs.labels),
        duplicates=int(pairs.labels.sum()),
        unlabelled=unlabelled,
        thresholds=thresholds,
        confusion=counts,
        metrics=ours.estimates() | calibration.estimates(),
        resampling=how,
        kinds=paired.kind_table(pairs, threshold) if kinds_given else (),
        table=paired.threshold_table(pairs, thresholds),
        reliability=reliability_bins(pairs.labels, pairs.probabilities),
        errors=paired.worst_errors(pairs, threshold),
        baselines=baselines,
        findings=(*findings, *unreliable(how), *_hindsight(baselines)),
    )


def evaluate_groups(
    gold_clusters: Sequence[str | None],
    predicted_groups: Sequence[str | None],
    scopes: Sequence[str],
    *,
    ids: Sequence[str] | None = None,
    texts: Sequence[str] | None = None,
    baselines: Mapping[str, Sequence[str]] | None = None,
    tuned: Mapping[str, float] | None = None,
    hindsight: Mapping[str, float] | None = None,
) -> GroupEvaluation:
    """How good groups of records are, whatever the order of the records.

    Args:
        gold_clusters: The true cluster of each record; None or empty if not known.
        predicted_groups: The group of each record; None or empty for a record on its own.
        scopes: Equal labels in two scopes are two groups; a pair is two records of one scope.
        ids: Ids of the records; row numbers from 1 if not given.
        texts: Texts of the records, for the list of errors.
        baselines: Groups by baselines, as ``predicted_groups``, by name.
        tuned: Cuts that made baselines' groups and were chosen on other data.
        hindsight: Cuts that were the best for these very records.

    Raises:
        InputEmpty: No record has a gold cluster.
    """
    n = len(gold_clusters)
    columns = grouped.LabelledRecords(
        scopes,
        [cluster or "" for cluster in gold_clusters],
        [group or "" for group in predicted_groups],
        _names(ids, n),
        [""] * n if texts is None else texts,
        baselines or {},
    )
    records = columns.take([row for row, cluster in enumerate(columns.gold) if cluster])
    if not len(records):
        raise InputEmpty(f"none of {n} records has a gold cluster", remedy="Give each record its cluster.")
    return _of_groups(records, n - len(records), tuned or {}, hindsight or {})


def _of_groups(
    records: grouped.LabelledRecords,
    unlabelled: int,
    tuned: Mapping[str, float],
    hindsight: Mapping[str, float],
) -> GroupEvaluation:
    unit, units = records.units()
    how = resampling(unit, units)
    ours = Measured.of(GROUPING, records.card(records.predicted), units)
    cuts = {**hindsight, **tuned}
    baselines = tuple(
        grouped.baseline_row(
            name, records, units, ours, cut=cuts.get(name), hindsight=name in hindsight and name not in tuned
        )
        for name in records.baselines
    )
    clusters, groups, exact = grouped.exactly_found(records)
    joined = grouped.grouping_errors(records, records.predicted, records.gold)
    parted = grouped.grouping_errors(records, records.gold, records.predicted)
    shown = grouped.ERRORS_SHOWN
    errors_left_out = max(0, len(joined) - shown) + max(0, len(parted) - shown)
    findings = grouped.group_findings(unlabelled, clusters, errors_left_out)
    return GroupEvaluation(
        records=len(records),
        scopes=len(set(records.scopes)),
        clusters=clusters,
        groups=groups,
        exact=exact,
        unlabelled=unlabelled,
        metrics=ours.estimates(),
        resampling=how,
        joined=joined[:shown],
        parted=parted[:shown],
        baselines=baselines,
        findings=(*findings, *unreliable(how), *_hindsight(baselines)),
    )


def _names(ids: Sequence[str] | None, n: int) -> Sequence[str]:
    return [str(row + 1) for row in range(n)] if ids is None else ids


def _hindsight(baselines: Sequence[BaselineRow]) -> list[Finding]:
    flattered = sum(row.hindsight for row in baselines)
    if not flattered:
        return []
    message = f"Baselines whose cut is the best for these very rows, which flatters them: {flattered}."
    return [Finding(Severity.INFO, "baseline-cut-in-hindsight", message, flattered)]
