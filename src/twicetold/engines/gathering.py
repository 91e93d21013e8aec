"""Gathering: the results of all scopes as one result, whichever engine made them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from twicetold.engines.searching import about_searched
from twicetold.findings import Finding, Severity, about_truncated
from twicetold.matching.compared import BINS, in_row_order, most_probable
from twicetold.matching.explanation import Explainer
from twicetold.matching.keeper import moment
from twicetold.matching.sentences import Joined
from twicetold.pairs import Pairs
from twicetold.pipeline import Result

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from twicetold.groups import Group
    from twicetold.matching.suggested import Searched
    from twicetold.model.artifact import Model
    from twicetold.pipeline import ScopeResult, Settings
    from twicetold.records import Records
    from twicetold.text.abbreviations import Learned


@dataclass(slots=True)
class _Totals:
    """What the results of scopes come to; they are taken in one by one, so that few of them are held at a time."""

    nearest: Pairs
    pairs: list[Pairs] = field(default_factory=list)
    identical: list[NDArray[np.bool_]] = field(default_factory=list)
    reasons: list[Sequence[str]] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    histogram: NDArray[np.int64] = field(default_factory=lambda: np.zeros(BINS, np.int64))
    counts: Counter[str] = field(default_factory=Counter)
    separated: Counter[str] = field(default_factory=Counter)
    searched: list[Searched] = field(default_factory=list)

    def take(self, result: ScopeResult) -> None:
        self.nearest = most_probable([self.nearest, result.nearest])
        self.pairs.append(result.pairs)
        self.identical.append(result.identical)
        self.reasons.append(result.reasons)
        self.groups += result.groups
        self.histogram += result.compared.histogram
        self.counts.update(
            scopes=1,
            distinct=result.compared.texts,
            truncated=result.truncated,
            spanish=result.spanish,
            contradictions=result.contradictions,
            unseen=result.compared.unseen,
        )
        self.searched += [result.searched] if result.searched else []
        self.separated.update(result.separated)


def gather(
    records: Records, results: Iterable[ScopeResult], model: Model, settings: Settings, learned: Learned
) -> Result:
    """The results of all scopes as one.

    Args:
        records: All records, sorted by scope and id.
        results: One per scope, in their order.
        model: What compared them.
        settings: How.
        learned: What the texts taught.
    """
    totals = _Totals(Pairs.empty(model.coefficients.names))
    for result in results:
        totals.take(result)
    pairs = Pairs.concatenate([totals.nearest.take(np.empty(0, np.intp)), *totals.pairs])
    identical = np.concatenate([np.empty(0, bool), *totals.identical])
    standing = np.arange(len(records))
    standing[pairs.b[identical]] = pairs.a[identical]
    known = [pairs, in_row_order(totals.nearest)]
    return Result(
        records=records,
        groups=tuple(totals.groups),
        pairs=pairs,
        nearest=totals.nearest,
        identical=identical,
        reasons=Joined(totals.reasons),
        histogram=totals.histogram,
        thresholds=settings.thresholds,
        counts=_counts(len(records), totals, pairs, identical, settings),
        model=model.label,
        abbreviations=learned.abbreviations,
        findings=(*_findings(records, totals, settings), *learned.findings),
        explain=Explainer(records, model, settings.thresholds, learned, known, standing).explain,
    )


def _counts(
    records: int, totals: _Totals, pairs: Pairs, identical: NDArray[np.bool_], settings: Settings
) -> dict[str, int]:
    duplicates = pairs.probability >= settings.thresholds.duplicate
    counts = {
        "records": records,
        "scopes": totals.counts["scopes"],
        "distinct_texts": totals.counts["distinct"],
        "pairs_compared": int(totals.histogram.sum()),
        "pairs_duplicate": int(duplicates.sum()),
        "pairs_possible": int((~duplicates).sum()),
        "pairs_identical": int(identical.sum()),
        "groups": len(totals.groups),
        "records_in_groups": sum(len(group.members) for group in totals.groups),
        "largest_group": max((len(group.members) for group in totals.groups), default=0),
    }
    if totals.searched:
        counts |= {
            "pairs_not_compared": totals.counts["unseen"],
            "duplicates_sampled": sum(each.recall.wanted for each in totals.searched),
            "duplicates_missed": sum(each.recall.wanted - each.recall.found for each in totals.searched),
        }
    return counts


def _findings(records: Records, totals: _Totals, settings: Settings) -> tuple[Finding, ...]:
    findings = [*about_truncated(totals.counts["truncated"])]
    if spanish := totals.counts["spanish"]:
        message = f"{spanish:,} texts were read as Spanish, their words put into English one by one before comparing"
        findings.append(Finding(Severity.INFO, "texts-in-spanish", message, spanish))
    if contradictions := totals.counts["contradictions"]:
        message = f"{contradictions:,} decisions 'same' could not be obeyed: other decisions keep the records apart"
        findings.append(Finding(Severity.WARNING, "decisions-contradict", message, contradictions))
    findings += about_searched(totals.searched)
    if unused := _unused(records, settings):
        message = f"{unused:,} decisions name records that are not here or not in one scope; they changed nothing"
        findings.append(Finding(Severity.INFO, "decisions-unused", message, unused))
    for rule, count in sorted(totals.separated.items()):
        if count:
            message = f"{count:,} pairs that say the same, or may, are kept apart by the rule {rule!r}"
            findings.append(Finding(Severity.INFO, "pairs-separated", message, count))
    if undated := _undated(records, settings):
        message = (
            f"{undated:,} records have no ISO 8601 date in {settings.keeper.created_column!r}; they count as youngest"
        )
        findings.append(Finding(Severity.INFO, "keeper-date-unread", message, undated))
    return tuple(findings)


def _undated(records: Records, settings: Settings) -> int:
    """Records whose date cannot be read although the keeper rule asks for it and there is such a column."""
    dates = records.attributes.get(settings.keeper.created_column, ())
    return sum(moment(date) is None for date in dates) if "oldest" in settings.keeper.order else 0


def _unused(records: Records, settings: Settings) -> int:
    decided = settings.constraints.must_link | settings.constraints.cannot_link
    if not decided and not settings.constraints.keepers:
        return 0
    scope = dict(zip(records.ids, records.scopes, strict=True))
    apart = sum(a not in scope or b not in scope or scope[a] != scope[b] for a, b in decided)
    return apart + sum(record not in scope for record in settings.constraints.keepers)
