"""Records with gold clusters as columns, and the errors of a grouping."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from twicetold.evaluation.comparison import FEWEST_UNITS, Measured
from twicetold.evaluation.metrics import codes
from twicetold.evaluation.results import BaselineRow, GroupingError, Placement
from twicetold.evaluation.scorecard import GROUPING, GroupScorecard
from twicetold.findings import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

ERRORS_SHOWN = 20
# Between a scope and a label, so that equal labels in two scopes stay apart.
SEPARATOR = "\x1f"


@dataclass(frozen=True, slots=True)
class LabelledRecords:
    """Columns of equal length n, sorted so that the order of the input does not matter.

    Attributes:
        scopes: Records are compared only within one scope.
        gold: The cluster of each record; empty if not known.
        predicted: The group of each record; empty for a record on its own.
        ids: Ids of the records.
        texts: Their texts.
        baselines: The groups by each baseline, by its name.
    """

    scopes: Sequence[str]
    gold: Sequence[str]
    predicted: Sequence[str]
    ids: Sequence[str]
    texts: Sequence[str]
    baselines: Mapping[str, Sequence[str]]

    def __post_init__(self) -> None:
        columns = (self.scopes, self.gold, self.predicted, self.ids, self.texts, *self.baselines.values())
        lengths = {len(column) for column in columns}
        if len(lengths) > 1:
            raise ValueError(f"columns of different lengths: {sorted(lengths)}")

    def __len__(self) -> int:
        return len(self.gold)

    def take(self, rows: Sequence[int]) -> LabelledRecords:
        """The records of the given rows, sorted by scope, cluster, group, id and text."""
        columns = (self.scopes, self.gold, self.predicted, self.ids, self.texts)
        rows = sorted(rows, key=lambda row: tuple(column[row] for column in columns))
        scopes, gold, predicted, ids, texts = ([column[row] for row in rows] for column in columns)
        baselines = {name: [column[row] for row in rows] for name, column in self.baselines.items()}
        return LabelledRecords(scopes, gold, predicted, ids, texts, baselines)

    def within_scopes(self, labels: Sequence[str]) -> list[str]:
        """Labels that differ between scopes; empty ones stay empty."""
        return [f"{scope}{SEPARATOR}{label}" if label else "" for scope, label in zip(self.scopes, labels, strict=True)]

    def card(self, labels: Sequence[str]) -> GroupScorecard:
        """How well labels agree with the gold clusters."""
        return GroupScorecard.of(self.within_scopes(self.gold), self.within_scopes(labels))

    def units(self) -> tuple[str, NDArray[np.int64]]:
        """Which records are drawn together: whole scopes if there are enough of them, else whole clusters."""
        if len(set(self.scopes)) >= FEWEST_UNITS:
            return "scopes", codes([f"{SEPARATOR}{scope}" for scope in self.scopes])
        return "clusters", codes(self.within_scopes(self.gold))


def grouping_errors(records: LabelledRecords, outer: Sequence[str], inner: Sequence[str]) -> tuple[GroupingError, ...]:
    """The outer sets with the most pairs of records that inner labels keep apart, worst first.

    Predicted groups outside and gold clusters inside: what was wrongly joined; the other way round: what was
    wrongly parted.
    """
    members: dict[str, list[int]] = {}
    for row, label in enumerate(records.within_scopes(outer)):
        if label:
            members.setdefault(label, []).append(row)
    separate = codes(inner).tolist()
    wrong = {
        label: _pairs(len(rows)) - sum(map(_pairs, Counter(separate[row] for row in rows).values()))
        for label, rows in members.items()
    }
    worst = sorted((label for label in wrong if wrong[label]), key=lambda label: (-wrong[label], label))
    return tuple(
        GroupingError(
            scope=records.scopes[members[label][0]],
            wrong_pairs=wrong[label],
            records=len(members[label]),
            shown=tuple(_placement(records, row) for row in members[label][:ERRORS_SHOWN]),
        )
        for label in worst
    )


def _pairs(records: int) -> int:
    return records * (records - 1) // 2


def _placement(records: LabelledRecords, row: int) -> Placement:
    return Placement(records.ids[row], records.texts[row], records.gold[row], records.predicted[row])


def exactly_found(records: LabelledRecords) -> tuple[int, int, int]:
    """Clusters of two or more, groups of two or more, and how many sets are both."""
    clusters, groups = (_sets(records.within_scopes(labels)) for labels in (records.gold, records.predicted))
    return len(clusters), len(groups), len(clusters & groups)


def _sets(labels: Sequence[str]) -> set[frozenset[int]]:
    members: dict[str, list[int]] = {}
    for row, label in enumerate(labels):
        if label:
            members.setdefault(label, []).append(row)
    return {frozenset(rows) for rows in members.values() if len(rows) > 1}


def baseline_row(
    name: str,
    records: LabelledRecords,
    units: NDArray[np.integer],
    ours: Measured,
    *,
    cut: float | None,
    hindsight: bool,
) -> BaselineRow:
    """One baseline's metrics; its groups were made before."""
    theirs = Measured.of(GROUPING, records.card(records.baselines[name]), units)
    return BaselineRow(
        name=name,
        metrics=theirs.estimates(),
        difference=ours.minus(theirs).estimates(),
        cuts={} if cut is None else {"pairwise_f1": cut},
        hindsight=hindsight,
    )


def group_findings(unlabelled: int, clusters: int, errors_left_out: int) -> list[Finding]:
    """What was left out or could not be computed."""
    found = []
    if unlabelled:
        message = f"Records without a gold cluster were left out: {unlabelled}."
        found.append(Finding(Severity.WARNING, "labels-missing", message, unlabelled))
    if not clusters:
        message = "No gold cluster has two records, so some metrics are undefined."
        found.append(Finding(Severity.WARNING, "no-clusters", message))
    if errors_left_out:
        message = f"Only the worst errors are listed; {errors_left_out} more groups or clusters are wrong."
        found.append(Finding(Severity.INFO, "errors-not-listed", message, errors_left_out))
    return found
