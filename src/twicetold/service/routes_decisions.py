"""Routes for what people decide: it is added to what was decided before, and nothing is ever taken away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Path, Query
from starlette.status import HTTP_201_CREATED

from twicetold.decisions import Answer, Decision
from twicetold.errors import InputInvalid, NotThere
from twicetold.service.desk import Asker, AtDesk
from twicetold.service.shapes import DecisionOfScope, DecisionsAsked, DecisionsShown, Name, UndoAsked
from twicetold.store import audit, browse
from twicetold.store.decisions import add_decisions

if TYPE_CHECKING:
    from collections.abc import Iterable

    import sqlalchemy as sa

    from twicetold.service.keys import Caller

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
    who = _who(caller, asked.who)
    made = [Decision(each.record_a, each.record_b, each.answer, who, each.why) for each in asked.decisions]
    rows = await desk.write(_add, name, made, caller)
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

    def work(connection: sa.Connection) -> browse.Row:
        found = browse.read_decision(connection, name, number, caller.scopes)
        if found is None:
            raise NotThere("there is no such decision")
        a, b = found["record_a"], found["record_b"]
        last = browse.last_decision(connection, name, a, b)
        if last is None or last["id"] != number:
            raise InputInvalid(
                "somebody has decided about these records since", remedy="Look at the last decision about them."
            )
        why = asked.why or f"takes back decision {number}"
        add_decisions(connection, name, [Decision(a, b, Answer.UNSURE, _who(caller, asked.who), why)])
        taken_back = _last(connection, name, a, b)
        audit.note(connection, who=caller.name, action="undo", profile=name, about=f"decision {taken_back['id']}")
        return taken_back

    return await desk.write(work)


def _add(connection: sa.Connection, profile: str, made: list[Decision], caller: Caller) -> list[browse.Row]:
    """Adds decisions about records that are there, in one scope, and the caller's to see."""
    ids = sorted({name for each in made for name in (each.record_a, each.record_b) if name})
    scopes = browse.scopes_of(connection, profile, ids)
    for each in made:
        _require_together(each, [scopes.get(name) for name in (each.record_a, each.record_b) if name], caller)
    before = browse.state_of(connection, profile)[2]
    add_decisions(connection, profile, made)
    rows = [_last(connection, profile, each.record_a, each.record_b) for each in made]
    if added := sorted({row["id"] for row in rows if row["id"] > before}):
        about = f"decisions {', '.join(map(str, added))}"
        audit.note(connection, who=caller.name, action="decide", profile=profile, about=about)
    return rows


def _require_together(made: Decision, scopes: Iterable[str | None], caller: Caller) -> None:
    places = list(scopes)
    if any(scope is None or not caller.sees_all_of([scope]) for scope in places):
        raise NotThere(
            f"no record that you may see is called {made.record_a!r}"
            + (f" or {made.record_b!r}" * bool(made.record_b)),
            remedy="Name records of the results in force; nothing was added.",
        )
    if len(set(places)) > 1:
        raise InputInvalid(
            f"{made.record_a!r} and {made.record_b!r} are in different scopes, which are never compared",
            remedy="Name records of one scope; nothing was added.",
        )


def _last(connection: sa.Connection, profile: str, record_a: str, record_b: str) -> browse.Row:
    found = browse.last_decision(connection, profile, record_a, record_b)
    assert found is not None
    return found


def _who(caller: Caller, person: str) -> str:
    return f"{person} via {caller.name}" if person else caller.name
