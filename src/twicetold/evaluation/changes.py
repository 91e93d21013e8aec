"""What another model changes, as data: old beside new, on labelled pairs and on records."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from twicetold.evaluation.results import json_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twicetold.evaluation.results import Estimate, Resampling
    from twicetold.findings import Finding
    from twicetold.pairs import Evidence, Thresholds, Verdict

    #: How many pairs went from which verdict of the old model (outer) to which of the new one (inner).
    Verdicts = Mapping[Verdict, Mapping[Verdict, int]]


class Winner(StrEnum):
    """Which model is better; neither, where the interval of the difference holds 0 or cannot be told."""

    OLD = "old"
    NEW = "new"
    NEITHER = "neither"


@dataclass(frozen=True, slots=True)
class Contrast:
    """One metric of both models.

    Attributes:
        old: The old model's.
        new: The new model's.
        difference: New minus old, over the same resamples.
        winner: Whose is better.
    """

    old: Estimate
    new: Estimate
    difference: Estimate
    winner: Winner


@dataclass(frozen=True, slots=True)
class PartRow:
    """The pairs of one kind, or of one field.

    Attributes:
        name: Name of the kind or field; empty for pairs without one.
        pairs: How many there are.
        units: How many of them are independent: pairs that share a text are one.
        accuracy: Share of right answers at each model's own threshold; with few units nobody wins.
    """

    name: str
    pairs: int
    units: int
    accuracy: Contrast


@dataclass(frozen=True, slots=True)
class MovedPair:
    """A labelled pair that one model gets right and the other wrong."""

    id: str
    kind: str
    duplicate: bool
    old: float
    new: float
    text_a: str
    text_b: str


@dataclass(frozen=True, slots=True)
class PairChanges:
    """Both models on one file of labelled pairs.

    Attributes:
        source: Name of the file.
        pairs: Labelled pairs; the rest was left out.
        duplicates: How many of them are duplicates.
        unlabelled: Pairs without a label.
        metrics: By name.
        resampling: How the intervals were made.
        kinds: By kind, the new model's largest gain first; empty if the file has no kinds.
        fields: The same by field.
        verdicts: From the old verdict to the new one.
        mended: Pairs that only the new model gets right.
        spoiled: Pairs that only the old model gets right.
        mended_pairs: Those that moved furthest; at most 10.
        spoiled_pairs: Those that moved furthest; at most 10.
        findings: What a reader must know.
    """

    source: str
    pairs: int
    duplicates: int
    unlabelled: int
    metrics: Mapping[str, Contrast]
    resampling: Resampling
    kinds: tuple[PartRow, ...]
    fields: tuple[PartRow, ...]
    verdicts: Verdicts
    mended: int
    spoiled: int
    mended_pairs: tuple[MovedPair, ...]
    spoiled_pairs: tuple[MovedPair, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Opinion:
    """What one model says of a pair.

    Attributes:
        probability: That the two say the same.
        verdict: By the model's own thresholds.
        reason: The main evidence in words.
        evidence: The weightiest pieces, at most 4, the baseline aside.
    """

    probability: float
    verdict: Verdict
    reason: str
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Flip:
    """Two records on whose verdict the models differ."""

    scope: str
    record_a: str
    record_b: str
    text_a: str
    text_b: str
    old: Opinion
    new: Opinion


@dataclass(frozen=True, slots=True)
class GroupChanges:
    """How the groups of two or more records differ.

    Attributes:
        old: How many groups the old model makes.
        new: How many the new one makes.
        same: How many have the very same members.
        records: Records that are not together with the same others as before.
    """

    old: int
    new: int
    same: int
    records: int


@dataclass(frozen=True, slots=True)
class RecordChanges:
    """Both models on one file of records.

    Attributes:
        source: Name of the file.
        records: How many there are.
        scopes: How many scopes they are in.
        pairs: Pairs of different texts that were compared; those of equal texts cannot change.
        verdicts: From the old verdict to the new one.
        flips: How many of the pairs changed their verdict.
        examples: The flips whose probability moved furthest; at most 10.
        groups: How the groups differ.
        metrics: Of the groups, by name; empty without labels.
        resampling: How the intervals were made; None without labels.
        findings: What a reader must know.
    """

    source: str
    records: int
    scopes: int
    pairs: int
    verdicts: Verdicts
    flips: int
    examples: tuple[Flip, ...]
    groups: GroupChanges
    metrics: Mapping[str, Contrast]
    resampling: Resampling | None
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Version:
    """Which model it was: name, version and digest as results carry them, and the thresholds in force."""

    folder: str
    name: str
    version: str
    digest: str
    thresholds: Thresholds


@dataclass(frozen=True, slots=True)
class ModelChanges:
    """What a new model changes.

    Attributes:
        old: The old model.
        new: The new one.
        files: Files of the model folder that differ or that only one has.
        pairs: One entry per file of labelled pairs.
        records: On records; None if no file of records was given.
        findings: What a reader must know.
    """

    old: Version
    new: Version
    files: tuple[str, ...]
    pairs: tuple[PairChanges, ...]
    records: RecordChanges | None
    findings: tuple[Finding, ...]

    def to_json(self) -> bytes:
        """Sorted and rounded; the same comparison gives the same bytes."""
        return json_bytes(asdict(self))


def contrast(old: Estimate, new: Estimate, difference: Estimate, *, lower_is_better: bool = False) -> Contrast:
    """A metric of both with its winner: whoever the whole interval of the difference favours."""
    low, high = (-difference.high, -difference.low) if lower_is_better else (difference.low, difference.high)
    if math.isnan(low) or low <= 0 <= high:
        return Contrast(old, new, difference, Winner.NEITHER)
    return Contrast(old, new, difference, Winner.NEW if low > 0 else Winner.OLD)
