"""The local engine: blocks of scopes one after the other in this process."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TYPE_CHECKING

import numpy as np

from twicetold.errors import InputEmpty
from twicetold.findings import Finding, Severity, about_truncated
from twicetold.matching.candidates import most_probable
from twicetold.matching.explanation import Explainer
from twicetold.matching.keeper import moment
from twicetold.matching.plan import plan
from twicetold.pairs import Pairs
from twicetold.pipeline import Prepared, Result, ScopeResult, Settings, Tell, compare_scopes, prepare_scopes
from twicetold.text.abbreviations import learn

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from twicetold.model.artifact import Model
    from twicetold.records import Records
    from twicetold.text.abbreviations import Learned

#: Seconds between two signs of progress while nothing is compared.
_SHOW_EVERY = 0.5
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
    learned = learn(ordered.texts, ordered.scopes, model.lexicon, model.is_known)
    work = _Work(len(ordered), progress)
    results: list[ScopeResult] = []
    for prepared in _prepared_ahead(ordered, blocks, model, learned, work):
        results += compare_scopes(ordered, prepared, model, settings, work.comparing(len(prepared.first)))
    progress(len(ordered), len(ordered))
    return _gather(ordered, results, model, settings, learned)


class _Work:
    """How much is done: preparing a record and comparing it are one half of its work each."""

    def __init__(self, total: int, progress: Progress) -> None:
        self._total = total
        self._progress = progress
        self._prepared = self._compared = 0.0
        self.is_given_up = False

    def preparing(self, records: int) -> Tell:
        """What is told the share of a block that is prepared, in a thread of its own."""
        before = self._prepared

        def tell(share: float) -> None:
            if self.is_given_up:
                raise InterruptedError
            self._prepared = before + records * share

        return tell

    def comparing(self, records: int) -> Tell:
        """What is told the share of a block that is compared."""
        before = self._compared

        def tell(share: float) -> None:
            self._compared = before + records * share
            self.show()

        return tell

    def show(self) -> None:
        self._progress(round((self._prepared + self._compared) / 2), self._total)


def _prepared_ahead(
    records: Records, blocks: Sequence[Sequence[NDArray[np.int32]]], model: Model, learned: Learned, work: _Work
) -> Iterator[Prepared]:
    """Each block, prepared while the one before is compared: both together keep all processors busy."""
    with ThreadPoolExecutor(1) as pool:

        def prepare(block: Sequence[NDArray[np.int32]]) -> Prepared:
            tell = work.preparing(sum(map(len, block)))
            prepared = prepare_scopes(records, block, model, learned, tell)
            tell(1)
            return prepared

        try:
            ahead = [pool.submit(prepare, block) for block in blocks[:1]]
            for following in [*blocks[1:], None]:
                current = ahead.pop()
                while not wait([current], timeout=_SHOW_EVERY).done:
                    work.show()
                if following is not None:
                    ahead.append(pool.submit(prepare, following))
                yield current.result()
        finally:
            work.is_given_up = True


def _gather(
    records: Records, results: Sequence[ScopeResult], model: Model, settings: Settings, learned: Learned
) -> Result:
    """The results of all scopes as one."""
    pairs = Pairs.concatenate([result.pairs for result in results])
    identical = np.concatenate([result.identical for result in results])
    reasons = [reason for result in results for reason in result.reasons]
    histogram = np.stack([result.histogram for result in results]).sum(axis=0)
    nearest = most_probable([result.nearest for result in results])
    standing = np.arange(len(records))
    standing[pairs.b[identical]] = pairs.a[identical]
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
        reasons=reasons,
        histogram=histogram,
        thresholds=settings.thresholds,
        counts=counts,
        model=model.label,
        abbreviations=learned.abbreviations,
        findings=(*_findings(records, results, settings), *learned.findings),
        explain=Explainer(records, model, settings.thresholds, learned, [pairs, nearest], standing).explain,
    )


def _findings(records: Records, results: Sequence[ScopeResult], settings: Settings) -> tuple[Finding, ...]:
    findings = [*about_truncated(sum(result.truncated for result in results))]
    if spanish := sum(result.spanish for result in results):
        message = f"{spanish:,} texts were read as Spanish, their words put into English one by one before comparing"
        findings.append(Finding(Severity.INFO, "texts-in-spanish", message, spanish))
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
