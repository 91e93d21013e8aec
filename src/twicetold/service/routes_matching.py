"""Routes that compare: a text with the records of a scope, two texts, and what compares them."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from twicetold.service import answers
from twicetold.service.desk import Asker, AtDesk
from twicetold.service.shapes import ComparisonShown, MatchesAsked, MatchesShown, ModelShown, Name, TextsAsked

router = APIRouter(prefix="/v1", tags=["compare"])


@router.post("/matches", response_model=MatchesShown, summary="Find what says the same as a text")
async def find_matches(asked: MatchesAsked, desk: AtDesk, caller: Asker) -> dict[str, Any]:
    """Ranks the records of a scope, as of the results in force, by the probability that they say the same.

    Nothing is stored. Made for a text that is still being typed: send it after each pause.
    """
    profile = desk.about(caller, "read", asked.profile, asked.scope)
    index = await desk.indexes.of(profile, asked.scope)
    compare = desk.models.of(profile)
    found = await desk.compute.do(
        answers.matches, asked.text, index, compare, limit=asked.limit, with_evidence=asked.evidence
    )
    return {"matches": found, "model": compare.model.label["digest"], "scope_digest": index.digest + index.put}


@router.post("/compare", response_model=ComparisonShown, summary="Compare two texts")
async def compare_texts(asked: TextsAsked, desk: AtDesk, caller: Asker) -> dict[str, Any]:
    """Compares two texts and says what speaks for and against their being the same; nothing is stored."""
    caller.require("read")
    name = asked.profile or desk.profile
    if name is not None:
        caller.require("read", name)
    compare = await desk.compute.do(lambda: desk.models.of(name) if name else desk.models.usual)
    found = await desk.compute.do(answers.comparison, asked.text_a, asked.text_b, compare)
    return {**found, "model": compare.model.label["digest"]}


@router.get("/model", response_model=ModelShown, summary="Which model compares")
async def show_model(desk: AtDesk, caller: Asker, profile: Annotated[Name | None, Query()] = None) -> dict[str, Any]:
    """The model, its thresholds and its figures."""
    caller.require("read")
    name = profile or desk.profile
    if name is not None:
        caller.require("read", name)
    compare = await desk.compute.do(lambda: desk.models.of(name) if name else desk.models.usual)
    thresholds = compare.thresholds
    return {
        **compare.model.label,
        "duplicate": thresholds.duplicate,
        "possible": thresholds.possible,
        "metrics": compare.model.manifest.metrics,
    }
