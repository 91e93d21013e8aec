"""Label: one pair after the other without the model's opinion, those first where an answer is worth most."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import RedirectResponse, Response
from starlette.status import HTTP_303_SEE_OTHER, HTTP_409_CONFLICT

from twicetold.decisions import Answer, Decision
from twicetold.errors import InputInvalid, NotThere
from twicetold.report.diff import marked_words
from twicetold.service import deciding
from twicetold.service.pages.beside import CHARACTERS
from twicetold.service.pages.choices import ANSWERS
from twicetold.service.pages.page import Fields, Looks, Visit
from twicetold.service.shapes import Name
from twicetold.store import browse, review

if TYPE_CHECKING:
    import sqlalchemy as sa

router = APIRouter(include_in_schema=False)


@router.get("/label")
async def show_pair(
    visit: Looks,
    scope: Annotated[Name | None, Query()] = None,
    skip: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
    done: Annotated[str, Query(pattern="^(same|different|unsure)?$")] = "",
) -> Response:
    """The pair that is to be labelled next."""
    visit.caller.require("decide", visit.profile, [scope] if scope is not None else [])

    def work(connection: sa.Connection) -> tuple[dict[str, Any] | None, int]:
        seen = visit.caller.scopes
        found = review.open_pairs(connection, visit.profile, seen, scope=scope, offset=skip, limit=1)
        pair = _shown(connection, visit, *found[0]) if found else None
        return pair, len(review.labels(connection, visit.profile, seen))

    pair, labels = await visit.desk.read(work)
    shown: dict[str, Any] = {"scope": scope, "skip": skip, "done": done, "last": None, "answer": ""}
    return visit.page("label.html.j2", pair=pair, labels=labels, **shown)


@router.post("/label")
async def label(visit: Looks, fields: Fields) -> Response:
    """Keeps a label, unless somebody else has labelled the pair meanwhile."""
    visit.caller.require("decide", visit.profile)
    given = dict(fields)
    a, b, answer, seen = (given.get(name, "") for name in ("a", "b", "answer", "last"))
    skip, scope = given.get("skip", ""), given.get("scope") or None
    if answer not in ANSWERS or not a or not b or a == b:
        raise InputInvalid("no answer was chosen", remedy="Choose one of the three answers.")

    def work(connection: sa.Connection) -> review.Row | None:
        last = browse.last_decision(connection, visit.profile, a, b)
        if last is not None and str(last["id"]) != seen:
            return last
        made = Decision(a, b, Answer(answer), visit.caller.name, given.get("why", "")[:2000])
        deciding.decide(connection, visit.profile, [made], visit.caller)
        return None

    last = await visit.desk.write(work)
    if last is None:
        after = skip if skip.isascii() and skip.isdigit() and len(skip) < 7 else None
        return RedirectResponse(visit.link("/label", scope=scope, skip=after, done=answer), HTTP_303_SEE_OTHER)
    return await _answered_meanwhile(visit, a, b, last, answer)


async def _answered_meanwhile(visit: Visit, a: str, b: str, last: review.Row, answer: str) -> Response:
    """The same pair with what somebody else has said, and with the answer that was chosen."""

    def work(connection: sa.Connection) -> tuple[dict[str, Any], int]:
        labels = review.labels(connection, visit.profile, visit.caller.scopes)
        return _shown(connection, visit, a, b), len(labels)

    pair, labels = await visit.desk.read(work)
    shown: dict[str, Any] = {"scope": None, "skip": 0, "done": "", "last": last, "answer": answer}
    return visit.page("label.html.j2", status=HTTP_409_CONFLICT, pair=pair, labels=labels, **shown)


def _shown(connection: sa.Connection, visit: Visit, a: str, b: str) -> dict[str, Any]:
    """Two records side by side.

    Raises:
        NotThere: The caller may not see them.
    """
    found = review.records_of(connection, visit.profile, [a, b])
    if len(found) != 2 or not visit.caller.sees_all_of({row["scope"] for row in found.values()}):
        raise NotThere("there are no such records")
    one, other = marked_words(found[a]["text"][:CHARACTERS], found[b]["text"][:CHARACTERS])
    sides = ((a, one), (b, other))
    return {"sides": [{"id": name, "attributes": found[name]["attributes"], "text": text} for name, text in sides]}
