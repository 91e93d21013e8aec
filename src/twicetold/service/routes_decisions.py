"""Routes for what people decide: it is added to what was decided before, and nothing is ever taken away."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from starlette.status import HTTP_201_CREATED

from twicetold.decisions import Decision
from twicetold.service import deciding
from twicetold.service.deciding import who_decides
from twicetold.service.desk import Asker, AtDesk
from twicetold.service.shapes import DecisionOfScope, DecisionsAsked, DecisionsShown, Name, UndoAsked
from twicetold.store import browse

router = APIRouter(prefix="/v1", tags=["decisions"])
_NUMBER = 2**63 - 1


@router.get("/decisions", response_model=DecisionsShown, summary="What was decided")
async def list_decisions(
    desk: AtDesk,
    caller: Asker,
    profile: Annotated[Name | None, Query()] = None,
    scope: Annotated[Name | None, Query(description="Only about records of this scope.")] = None,
    after: Annotated[int, Query(ge=0, le=_NUMBER, description="Only decisions after this number.")] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> dict[str, Any]:
    """Decisions in the order in which they came; the last one about two records counts."""
    name = desk.about(caller, "read", profile, *([scope] if scope is not None else []))
    rows = await desk.read(browse.list_decisions, name, caller.scopes, scope=scope, after=after, limit=limit)
    return {"decisions": rows, "after": rows[-1]["id"] if rows else after}


@router.post("/decisions", response_model=DecisionsShown, status_code=HTTP_201_CREATED, summary="Decide")
async def decide(asked: DecisionsAsked, desk: AtDesk, caller: Asker) -> dict[str, Any]:
    """Adds decisions; they hold from the next run on. What only repeats the last word about its records is not added.

    The answer has, for each decision that was sent, the one that counts now.
    """
    name = desk.about(caller, "decide", asked.profile)
    who = who_decides(caller, asked.who)
    made = [Decision(each.record_a, each.record_b, each.answer, who, each.why) for each in asked.decisions]
    rows = await desk.write(deciding.decide, name, made, caller)
    return {"decisions": rows, "after": rows[-1]["id"]}


@router.post(
    "/decisions/{number}/undo",
    response_model=DecisionOfScope,
    status_code=HTTP_201_CREATED,
    summary="Take a decision back",
)
async def undo(
    number: Annotated[int, Path(ge=1, le=_NUMBER)], asked: UndoAsked, desk: AtDesk, caller: Asker
) -> dict[str, Any]:
    """Adds the decision 'unsure' about the same records, which takes the earlier answer back."""
    name = desk.about(caller, "decide", asked.profile)
    who = who_decides(caller, asked.who)
    return await desk.write(deciding.take_back, name, number, caller, who=who, why=asked.why)
