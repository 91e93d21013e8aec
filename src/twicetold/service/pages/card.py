"""Card: what compares, how good it is, and what another threshold would do to the labels that there are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response

from twicetold.service.pages.page import Looks
from twicetold.store import review

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from twicetold.store.review import Label

router = APIRouter(include_in_schema=False)
#: Fewer labels say little.
FEW = 50
_STEPS = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a threshold does to labelled pairs.

    Attributes:
        threshold: Pairs from this probability on are called the same.
        right: Pairs that are called the same, and are.
        wrong: Pairs that are called the same, and are not.
        missed: Pairs that are the same, and are not called so.
    """

    threshold: float
    right: int
    wrong: int
    missed: int

    @property
    def precision(self) -> float | None:
        """The share of the pairs called the same that are; None where none is called so."""
        return self.right / (self.right + self.wrong) if self.right + self.wrong else None

    @property
    def recall(self) -> float | None:
        """The share of the pairs that are the same that are called so; None where none is."""
        return self.right / (self.right + self.missed) if self.right + self.missed else None


def outcome(labels: Iterable[Label], threshold: float) -> Outcome:
    """What a threshold does to labels; a pair whose probability was not kept is below each of them."""
    right = wrong = missed = 0
    for label in labels:
        called = label.probability is not None and label.probability >= threshold
        right += called and label.is_same
        wrong += called and not label.is_same
        missed += label.is_same and not called
    return Outcome(threshold, right, wrong, missed)


def outcomes(labels: Sequence[Label], possible: float, *chosen: float) -> list[Outcome]:
    """What some thresholds do: the usual ones from where probabilities are kept, and those that are chosen."""
    steps = {step for step in (*_STEPS, *chosen) if step >= possible}
    return [outcome(labels, step) for step in sorted(steps)]


@router.get("/model")
async def show_model(visit: Looks, threshold: Annotated[float | None, Query(ge=0, le=1)] = None) -> Response:
    """The model card, and the labels at another threshold."""
    compare = await visit.desk.compute.do(lambda: visit.desk.models.of(visit.profile))
    labels = await visit.desk.read(review.labels, visit.profile, visit.caller.scopes)
    thresholds = compare.thresholds
    tried = max(threshold, thresholds.possible) if threshold is not None else None
    rows = outcomes(labels, thresholds.possible, thresholds.duplicate, *([tried] if tried is not None else []))
    return visit.page(
        "model.html.j2",
        label=compare.model.label,
        metrics=compare.model.manifest.metrics,
        thresholds=thresholds,
        labels=len(labels),
        same=sum(each.is_same for each in labels),
        rows=rows if labels else [],
        tried=tried,
        now=outcome(labels, thresholds.duplicate),
        then=outcome(labels, tried) if tried is not None else None,
        few=FEW,
    )
