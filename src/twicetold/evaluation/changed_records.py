"""What another model changes on records: verdicts that flip, groups that differ, and the pairs that moved furthest."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from twicetold.evaluation.changes import Flip, GroupChanges, Opinion, RecordChanges, contrast
from twicetold.evaluation.evaluate import evaluate_groups
from twicetold.pairs import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twicetold.evaluation.changes import Verdicts
    from twicetold.evaluation.results import GroupEvaluation
    from twicetold.matching.explanation import Explanation
    from twicetold.pipeline import Result

FLIPS_SHOWN = 10
_PIECES_SHOWN = 4
_OLD = "old"


def compare_results(old: Result, new: Result, *, gold: Sequence[str] | None = None, source: str = "") -> RecordChanges:
    """Both models' results on the same records.

    Args:
        old: What the old model found.
        new: What the new one found among the same records.
        gold: The true cluster of each record, in the order of ``new.records``; empty where not known.
        source: Name of the file.

    Raises:
        InputEmpty: There are gold clusters, but no record has one.
    """
    before, now = _listed(old), _listed(new)
    flips = _flips(old, new, before, now)
    changes = RecordChanges(
        source=source,
        records=len(new.records),
        scopes=new.counts["scopes"],
        pairs=new.counts["pairs_compared"],
        verdicts=_verdicts(old, new, before, now),
        flips=len(flips),
        examples=tuple(_flip(old, new, flip) for flip in _furthest(old, new, flips)),
        groups=_groups(old, new),
        metrics={},
        resampling=None,
        findings=tuple(dict.fromkeys((*old.findings, *new.findings))),
    )
    return changes if gold is None else _with_metrics(changes, _measured(old, new, gold))


def _listed(result: Result) -> dict[tuple[int, int], float]:
    """The probability of each pair of different texts that was judged duplicate or possible."""
    return {(a, b): chance for a, b, chance in result.pairs.take(~result.identical)}


def _verdict(result: Result, chance: float | None) -> Verdict:
    return Verdict.DIFFERENT if chance is None else result.thresholds.verdict(chance)


def _verdicts(
    old: Result, new: Result, before: dict[tuple[int, int], float], now: dict[tuple[int, int], float]
) -> Verdicts:
    either = before.keys() | now.keys()
    counts = Counter((_verdict(old, before.get(pair)), _verdict(new, now.get(pair))) for pair in either)
    counts[Verdict.DIFFERENT, Verdict.DIFFERENT] += new.counts["pairs_compared"] - len(either)
    return {one: {other: counts[one, other] for other in Verdict} for one in Verdict}


class _Moved(NamedTuple):
    """A pair whose verdict flipped, with its probabilities; None where the result does not list it."""

    a: int
    b: int
    old: float | None
    new: float | None


def _flips(
    old: Result, new: Result, before: dict[tuple[int, int], float], now: dict[tuple[int, int], float]
) -> list[_Moved]:
    pairs = sorted(before.keys() | now.keys())
    moved = (_Moved(*pair, before.get(pair), now.get(pair)) for pair in pairs)
    return [pair for pair in moved if _verdict(old, pair.old) is not _verdict(new, pair.new)]


def _furthest(old: Result, new: Result, flips: Sequence[_Moved]) -> list[_Moved]:
    """The flips that moved furthest, furthest first.

    What a model judged different is not listed, so its probability is computed; only where the pair can still be
    among those that moved furthest.
    """

    def distance(flip: _Moved) -> float:
        """How far the pair moved, or could have moved where a probability is not listed: that is below ``possible``."""
        before = [0.0, old.thresholds.possible] if flip.old is None else [flip.old]
        now = [0.0, new.thresholds.possible] if flip.new is None else [flip.new]
        return max(abs(one - other) for one in before for other in now)

    def order(flip: _Moved) -> tuple[float, int, int]:
        return -distance(flip), flip.a, flip.b

    found: list[_Moved] = []
    for flip in sorted(flips, key=order):
        if len(found) == FLIPS_SHOWN and distance(found[-1]) >= distance(flip):
            break
        known = flip._replace(
            old=old.explain(flip.a, flip.b).probability if flip.old is None else flip.old,
            new=new.explain(flip.a, flip.b).probability if flip.new is None else flip.new,
        )
        found = sorted([*found, known], key=order)[:FLIPS_SHOWN]
    return found


def _flip(old: Result, new: Result, moved: _Moved) -> Flip:
    a, b = moved.a, moved.b
    records = new.records
    return Flip(
        scope=records.scopes[a],
        record_a=records.ids[a],
        record_b=records.ids[b],
        text_a=records.texts[a],
        text_b=records.texts[b],
        old=_opinion(old.explain(a, b)),
        new=_opinion(new.explain(a, b)),
    )


def _opinion(explanation: Explanation) -> Opinion:
    weightiest = explanation.evidence[1 : 1 + _PIECES_SHOWN]
    return Opinion(explanation.probability, explanation.verdict, explanation.sentence, weightiest)


def _groups(old: Result, new: Result) -> GroupChanges:
    before, now = ({group.id for group in result.groups} for result in (old, new))
    labels = zip(_labels(old), _labels(new), strict=True)
    return GroupChanges(len(before), len(now), len(before & now), sum(one != other for one, other in labels))


def _labels(result: Result) -> list[str]:
    """The group of each record; a group's id says which members it has."""
    group_of = {member: group.id for group in result.groups for member in group.members}
    return [group_of.get(record, "") for record in result.records.ids]


def _measured(old: Result, new: Result, gold: Sequence[str]) -> GroupEvaluation:
    records = new.records
    return evaluate_groups(
        gold, _labels(new), records.scopes, ids=records.ids, texts=records.texts, baselines={_OLD: _labels(old)}
    )


def _with_metrics(changes: RecordChanges, measured: GroupEvaluation) -> RecordChanges:
    (old,) = measured.baselines
    metrics = {
        name: contrast(old.metrics[name], new, old.difference[name])
        for name, new in measured.metrics.items()
        if name in old.metrics
    }
    about = (finding for finding in measured.findings if finding.code != "errors-not-listed")  # no errors are listed
    findings = (*changes.findings, *about)
    return replace(changes, metrics=metrics, resampling=measured.resampling, findings=findings)
