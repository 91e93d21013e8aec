"""The evidence of a pair as steps that add up, ready to be drawn as bars."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

from markupsafe import Markup

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twicetold.pairs import Evidence

_SMALL = 0.05


@dataclass(frozen=True, slots=True)
class Step:
    """One bar of the waterfall.

    Attributes:
        name: The evidence, as the model names it.
        detail: What it saw, empty if there is nothing to say.
        log_odds: What it adds.
        start: Left end of its bar, in percent of the width.
        width: Width of its bar, in percent of the width.
    """

    name: str
    detail: str
    log_odds: float
    start: str
    width: str

    def bar(self, zero: str) -> Markup:
        """The bar beside a line at zero."""
        kind = "for" if self.log_odds > 0 else "against"
        return Markup(  # noqa: S704  our own words and numbers
            f'<svg aria-hidden="true"><line x1="{zero}" x2="{zero}" y1="-9" y2="99"/>'
            f'<rect class="{kind}" x="{self.start}" width="{self.width}" y="9" height="12"/></svg>'
        )


@dataclass(frozen=True, slots=True)
class Waterfall:
    """The steps in order, the sum of them all as one bar from zero, and where zero lies, in percent."""

    steps: tuple[Step, ...]
    sum: Step
    zero: str


def waterfall(evidence: Sequence[Evidence], log_odds: float) -> Waterfall:
    """Lays the evidence out on one scale: each bar starts where the one before it ended.

    What weighs less than 0.05 becomes one step, so the steps still add up.

    Args:
        evidence: In the order to be shown, the baseline first.
        log_odds: The sum of the evidence.
    """
    weights = [(each.name, each.detail, each.log_odds) for each in evidence if abs(each.log_odds) >= _SMALL]
    small = [each.log_odds for each in evidence if 0 < abs(each.log_odds) < _SMALL]
    if small:
        weights.append((f"{len(small)} smaller", "", sum(small)))
    ends = [0.0, *accumulate(weight for _, _, weight in weights)]
    low, high = min(*ends, log_odds), max(*ends, log_odds)
    scale = 100 / max(high - low, _SMALL)

    def step(name: str, detail: str, start: float, end: float, weight: float) -> Step:
        return Step(name, detail, weight, _place((min(start, end) - low) * scale), _place(abs(end - start) * scale))

    steps = [
        step(name, detail, start, end, weight)
        for (name, detail, weight), (start, end) in zip(weights, pairwise(ends), strict=True)
    ]
    return Waterfall(tuple(steps), step("", "", 0.0, log_odds, log_odds), _place((0.0 - low) * scale))


def _place(percentage: float) -> str:
    return f"{percentage:.1f}%"
