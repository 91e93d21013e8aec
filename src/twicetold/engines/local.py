"""The local engine: blocks of scopes one after the other in this process."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from twicetold.errors import InputEmpty
from twicetold.findings import Finding, Severity
from twicetold.matching.candidates import most_probable
from twicetold.matching.explanation import Explainer
from twicetold.matching.keeper import moment
from twicetold.matching.plan import plan
from twicetold.pairs import Pairs
from twicetold.pipeline import Result, ScopeResult, Settings, compare_scopes, stretch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twicetold.model.artifact import Model
    from twicetold.records import Records

#: Is told how many records are done, of how many.
Progress = Callable[[int, int], None]


def run(
    records: Records,
    model: Model,
    settings: Settings,
    *,
    memory: int | None = None,
    progress: Progress = lambda _done, _total: None,
) -> Result:
    """Finds the duplicates among records.

    Args:
        records: In any order; ids are unique.
        model: Compares the texts.
        settings: How they are compared and grouped.
        memory: Bytes that may be used, None for no limit.
        progress: Called now and then, and at the end.

    Raises:
        InputEmpty: There is no record.
        BudgetExceeded: The work does not fit ``memory``.
    """
    if not len(records):
        raise InputEmpty("there is no record to compare")
    ordered = records.in_order()
    blocks = plan(ordered, memory).blocks
    total, done = len(ordered), 0

    def tell(share: float) -> None:
        progress(round(share * total), total)

    results: list[ScopeResult] = []
    for block in blocks:
        after = done + sum(map(len, block))
        results += compare_scopes(ordered, block, model, settings, stretch(tell, done / total, after / total))
        done = after
        progress(done, total)
    return _gather(ordered, results, model, settings)


def _gather(records: Records, results: Sequence[ScopeResult], model: Model, settings: Settings) -> Result:
    """The results of all scopes as one."""
    pairs = Pairs.concatenate([result.pairs for result in results])
    identical = np.concatenate([result.identical for result in results])
    histogram = np.stack([result.histogram for result in results]).sum(axis=0)
    nearest = most_probable([result.nearest for result in results])
    groups = tuple(group for result in results for group in result.groups)
    duplicates = pairs.probability >= settings.thresholds.duplicate
    counts = {
        "records": len(records),
        "scopes": len(results),
        "distinct_texts": sum(result.distinct for result in results),
        "pairs_compared": int(histogram.sum()),
        "pairs_duplicate": int(duplicates.sum()),
        "pairs_possible": int((~duplicates).sum()),
        "pairs_identical": int(identical.sum()),
        "groups": len(groups),
        "records_in_groups": sum(len(group.members) for group in groups),
        "largest_group": max((len(group.members) for group in groups), default=0),
    }
    return Result(
        records=records,
        groups=groups,
        pairs=pairs,
        nearest=nearest,
        identical=identical,
        histogram=histogram,
        thresholds=settings.thresholds,
        counts=counts,
        model=model.label,
        findings=_findings(records, results, settings),
        explain=Explainer(records, model, settings.thresholds, [pairs, nearest]).explain,
    )


def _findings(records: Records, results: Sequence[ScopeResult], settings: Settings) -> tuple[Finding, ...]:
    findings = []
    if truncated := sum(result.truncated for result in results):
        message = f"{truncated:,} texts are longer than the model reads; only their beginning was compared by meaning"
        findings.append(Finding(Severity.WARNING, "text-truncated", message, truncated))
    if contradictions := sum(result.contradictions for result in results):
        message = f"{contradictions:,} decisions 'same' could not be obeyed: other decisions keep the records apart"
        findings.append(Finding(Severity.WARNING, "decisions-contradict", message, contradictions))
    if unused := _unused(records, settings):
        message = f"{unused:,} decisions name records that are not here or not in one scope; they changed nothing"
        findings.append(Finding(Severity.INFO, "decisions-unused", message, unused))
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
    if not decided:
        return 0
    scope = dict(zip(records.ids, records.scopes, strict=True))
    return sum(a not in scope or b not in scope or scope[a] != scope[b] for a, b in decided)
