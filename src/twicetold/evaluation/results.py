"""What an evaluation finds, as data. What is undefined is nan here and null in JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from twicetold.evaluation.metrics import Confusion, ReliabilityBin
    from twicetold.findings import Finding
    from twicetold.pairs import Thresholds

# Finer than any sample can tell, coarser than rounding errors of a sum.
DECIMALS = 6


@dataclass(frozen=True, slots=True)
class Estimate:
    """A metric with the interval it may lie in."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Resampling:
    """How the intervals were made.

    Attributes:
        unit: What was drawn whole: ``pairs that share texts``, ``scopes`` or ``clusters``.
        units: How many there are.
        largest: Share of all rows in the largest of them.
        samples: How many resamples were drawn.
        level: Share of the resamples inside an interval.
    """

    unit: str
    units: int
    largest: float
    samples: int
    level: float


@dataclass(frozen=True, slots=True)
class BaselineRow:
    """One baseline on the same rows.

    Attributes:
        name: Its name.
        metrics: The same metrics as ours, without those of calibration: its scores are no probabilities.
        difference: Ours minus theirs, over the same resamples.
        cuts: Scores at or above count as duplicates: for the accuracy, and for precision, recall and F1.
        hindsight: The cuts are the best for these very rows, which flatters the baseline.
    """

    name: str
    metrics: Mapping[str, Estimate]
    difference: Mapping[str, Estimate]
    cuts: Mapping[str, float]
    hindsight: bool


@dataclass(frozen=True, slots=True)
class KindRow:
    """The pairs of one kind.

    Attributes:
        kind: Name of the kind; empty for pairs without one.
        pairs: How many there are.
        duplicate_share: Share of duplicates.
        accuracy: Share of right answers at the threshold.
        mean_probability: What the model said, on average.
        errors: Wrong answers at the threshold.
    """

    kind: str
    pairs: int
    duplicate_share: float
    accuracy: float
    mean_probability: float
    errors: int


@dataclass(frozen=True, slots=True)
class ThresholdRow:
    """What would happen at another threshold."""

    threshold: float
    precision: float
    recall: float
    f1: float
    accuracy: float
    flagged: int


@dataclass(frozen=True, slots=True)
class PairError:
    """A pair that got the wrong answer."""

    id: str
    kind: str
    duplicate: bool
    probability: float
    text_a: str
    text_b: str


@dataclass(frozen=True, slots=True)
class PairEvaluation:
    """How good probabilities of pairs are.

    Attributes:
        pairs: Labelled pairs; the rest was left out.
        duplicates: How many of them are duplicates.
        unlabelled: Pairs without a label.
        thresholds: Pairs at or above ``thresholds.duplicate`` count as flagged.
        confusion: Right and wrong answers.
        metrics: By name, with intervals.
        resampling: How the intervals were made.
        kinds: By kind, empty if no kinds were given.
        table: What other thresholds would do, rising.
        reliability: What was said and what was true, in ten bins.
        errors: The most confident wrong answers, worst first; at most 20.
        baselines: In the order given.
        findings: What a reader must know.
    """

    pairs: int
    duplicates: int
    unlabelled: int
    thresholds: Thresholds
    confusion: Confusion
    metrics: Mapping[str, Estimate]
    resampling: Resampling
    kinds: tuple[KindRow, ...]
    table: tuple[ThresholdRow, ...]
    reliability: tuple[ReliabilityBin, ...]
    errors: tuple[PairError, ...]
    baselines: tuple[BaselineRow, ...]
    findings: tuple[Finding, ...]

    def to_json(self) -> bytes:
        """Sorted and rounded; the same evaluation gives the same bytes."""
        return json_bytes({"what": "pairs", **asdict(self)})


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a record belongs and where it was put; empty for a record on its own."""

    id: str
    text: str
    cluster: str
    group: str


@dataclass(frozen=True, slots=True)
class GroupingError:
    """A group that joins what is different, or a cluster that was torn apart.

    Attributes:
        scope: Scope of the records.
        wrong_pairs: Pairs of records wrongly joined, or wrongly parted.
        records: How many records it has.
        shown: The first of them; at most 20.
    """

    scope: str
    wrong_pairs: int
    records: int
    shown: tuple[Placement, ...]


@dataclass(frozen=True, slots=True)
class GroupEvaluation:
    """How good groups of records are.

    Attributes:
        records: Records with a gold cluster; the rest was left out.
        scopes: How many scopes they are in.
        clusters: Gold clusters of two or more.
        groups: Predicted groups of two or more.
        exact: Clusters of two or more that were found exactly.
        unlabelled: Records without a gold cluster.
        metrics: By name, with intervals.
        resampling: How the intervals were made.
        joined: Groups that join what is different, most wrong pairs first; at most 20.
        parted: Clusters that were torn apart, most wrong pairs first; at most 20.
        baselines: In the order given.
        findings: What a reader must know.
    """

    records: int
    scopes: int
    clusters: int
    groups: int
    exact: int
    unlabelled: int
    metrics: Mapping[str, Estimate]
    resampling: Resampling
    joined: tuple[GroupingError, ...]
    parted: tuple[GroupingError, ...]
    baselines: tuple[BaselineRow, ...]
    findings: tuple[Finding, ...]

    def to_json(self) -> bytes:
        """Sorted and rounded; the same evaluation gives the same bytes."""
        return json_bytes({"what": "groups", **asdict(self)})


def json_bytes(content: object) -> bytes:
    """Data of an evaluation as a JSON document: keys sorted, numbers rounded, null for what is undefined."""
    text = json.dumps(_plain(content), sort_keys=True, indent=2, ensure_ascii=False, allow_nan=False)
    return (text + "\n").encode("utf-8", "backslashreplace")  # a lone surrogate becomes a JSON escape


def _plain(value: object) -> object:
    if isinstance(value, float):
        return round(value, DECIMALS) + 0.0 if math.isfinite(value) else None  # + 0.0 turns -0.0 into 0.0
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    return value
