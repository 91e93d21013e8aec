"""Plots as inline SVG without script, each with its numbers in a table.

Horizontal places are percentages and vertical ones pixels, so a plot fills any width and its lettering keeps
its size. Colours come from the style sheet, by class.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from markupsafe import Markup

from twicetold.report.page import fragment
from twicetold.report.wording import counted, exact_percent, number, percent, short

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from twicetold.evaluation.metrics import ReliabilityBin
    from twicetold.evaluation.results import ThresholdRow
    from twicetold.pairs import Thresholds

_HEIGHT = 220
_QUARTERS = (0.0, 0.25, 0.5, 0.75, 1.0)


@dataclass(frozen=True, slots=True)
class Plot:
    """What ``plot.html.j2`` shows.

    Attributes:
        name: Prefix of the ids in the page; one of a kind there.
        title: What the plot shows, in a few words.
        description: What it tells, in a sentence, for who does not see it.
        marks: The SVG elements of the data.
        heights: Grid lines: (pixels from the top, label).
        across: Label of the horizontal axis.
        upwards: Label of the vertical axis.
        head: Column names of the table; the first column names its row.
        rows: The table.
    """

    name: str
    title: str
    description: str
    marks: Sequence[Markup]
    heights: Sequence[tuple[str, str]]
    across: str
    upwards: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]

    def render(self) -> Markup:
        ticks = [(_across(share), f"{share:.0%}") for share in _QUARTERS]
        return fragment("plot.html.j2", plot=self, height=_HEIGHT, ticks=ticks)


def histogram(counts: Sequence[int] | NDArray[np.int64], thresholds: Thresholds, name: str = "histogram") -> Markup:
    """How many pairs have which probability, on a logarithmic scale, with the two thresholds.

    Args:
        counts: Pairs in each of equal bins from 0 to 1.
        thresholds: Drawn as lines; a bin has the colour of the verdict at its centre.
        name: Prefix of the ids in the page.
    """
    sizes = [int(count) for count in counts]
    top = math.log10(1 + max(sizes, default=0)) or 1.0
    places = [((i / len(sizes)), (i + 1) / len(sizes), size) for i, size in enumerate(sizes) if size]
    bars = [
        _bar(low, high, math.log10(1 + size) / top, thresholds.verdict((low + high) / 2)) for low, high, size in places
    ]
    lines = [
        _threshold(thresholds.possible, f"possible: {exact_percent(thresholds.possible)}", row=0),
        _threshold(thresholds.duplicate, f"duplicate: {exact_percent(thresholds.duplicate)}", row=1),
    ]
    powers = [10**power for power in range(int(top) + 1) if 10**power <= max(sizes, default=0)]
    return Plot(
        name=name,
        title="Probability of the compared pairs",
        description=f"{counted(sum(sizes), 'pair')} by probability; the scale of the counts is logarithmic.",
        marks=[*bars, *lines],
        heights=[(_up(math.log10(1 + power) / top), short(power)) for power in powers],
        across="Probability that both records say the same",
        upwards="Pairs, logarithmic",
        head=("Probability", "Pairs"),
        rows=[(f"{exact_percent(low)} to {exact_percent(high)}", number(size)) for low, high, size in places],
    ).render()


def reliability(bins: Sequence[ReliabilityBin], name: str = "reliability") -> Markup:
    """How often what was predicted came true, with intervals; on the diagonal the two agree.

    Args:
        bins: As measured; empty ones are left out.
        name: Prefix of the ids in the page.
    """
    filled = [each for each in bins if each.count]
    intervals = [
        _line(each.mean_probability, each.share_low, each.mean_probability, each.share_high, "interval")
        for each in filled
    ]
    points = [_dot(each.mean_probability, each.duplicate_share, "point", 4) for each in filled]
    return Plot(
        name=name,
        title="Predicted and observed share of duplicates",
        description="Each point is a bin of pairs; on the diagonal, what was predicted is what was observed.",
        marks=[_line(0, 0, 1, 1, "diagonal"), *intervals, *points],
        heights=_share_lines(),
        across="Predicted probability",
        upwards="Observed share of duplicates",
        head=("Predicted", "Observed", "95% interval", "Pairs"),
        rows=[
            (
                percent(each.mean_probability),
                percent(each.duplicate_share),
                f"{each.share_low:.0%} to {each.share_high:.0%}",
                number(each.count),
            )
            for each in filled
        ],
    ).render()


def precision_recall(
    points: Sequence[ThresholdRow], threshold: float | None = None, name: str = "precision-recall"
) -> Markup:
    """Precision against recall over the thresholds.

    Args:
        points: One per threshold, in the order to be joined; undefined ones are left out.
        threshold: The one in use, marked by a ring if it is among the points.
        name: Prefix of the ids in the page.
    """
    defined = [point for point in points if not math.isnan(point.precision + point.recall)]
    curve = [_line(p.recall, p.precision, q.recall, q.precision, "curve") for p, q in pairwise(defined)]
    dots = [_dot(point.recall, point.precision, "point", 2.5) for point in defined]
    rings = [_dot(point.recall, point.precision, "chosen", 7) for point in defined if point.threshold == threshold]
    how = "the ring marks the one in use" if rings else "the best place is the upper right corner"
    return Plot(
        name=name,
        title="Precision and recall",
        description=f"{counted(len(defined), 'threshold')}; {how}.",
        marks=[*curve, *dots, *rings],
        heights=_share_lines(),
        across="Recall: share of the duplicates that are found",
        upwards="Precision: share of what is found that is right",
        head=("Threshold", "Precision", "Recall"),
        rows=[(exact_percent(p.threshold), f"{p.precision:.1%}", f"{p.recall:.1%}") for p in defined],
    ).render()


def _share_lines() -> list[tuple[str, str]]:
    return [(_up(share), f"{share:.0%}") for share in _QUARTERS]


def _bar(low: float, high: float, height: float, kind: str) -> Markup:
    return Markup('<rect class="bar {}" x="{}" y="{}" width="{}" height="{}"/>').format(
        kind, _across(low), _up(height), _across((high - low) * 0.88), f"{_HEIGHT * height:.1f}"
    )


def _threshold(value: float, label: str, *, row: int) -> Markup:
    anchor, shift = ("start", 6) if value < 0.5 else ("end", -6)
    text = Markup('<text class="note" x="{}" dx="{}" y="{}" text-anchor="{}">{}</text>')
    line = Markup('<line class="threshold" x1="{0}" x2="{0}" y1="{1}" y2="{2}"/>').format(
        _across(value), -40 + 20 * row, _HEIGHT
    )
    return line + text.format(_across(value), shift, -30 + 20 * row, anchor, label)


def _line(x1: float, y1: float, x2: float, y2: float, kind: str) -> Markup:
    line = Markup('<line class="{}" x1="{}" y1="{}" x2="{}" y2="{}"/>')
    return line.format(kind, _across(x1), _up(y1), _across(x2), _up(y2))


def _dot(x: float, y: float, kind: str, radius: float) -> Markup:
    return Markup('<circle class="{}" cx="{}" cy="{}" r="{}"/>').format(kind, _across(x), _up(y), radius)


def _across(share: float) -> str:
    return f"{share * 100:.2f}%"


def _up(share: float) -> str:
    return f"{_HEIGHT * (1 - share):.1f}"
