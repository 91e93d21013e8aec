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

    def work(connection: sa.Connection) -> tuple[list[review.Row], int]:
        seen = visit.caller.scopes
        pairs = review.open_pairs(connection, visit.profile, seen, scope=scope, offset=skip, limit=1)
        return pairs, review.count_labels(connection, visit.profile, seen)

    pairs, labels = await visit.desk.read(work)
    pair = _shown(pairs[0]) if pairs else None
    return visit.page(
        "label.html.j2", pair=pair, labels=labels, scope=scope, skip=skip, done=done, last=None, answer=""
    )


@router.post("/label")
async def label(visit: Looks, fields: Fields) -> Response:
    """Keeps a label, unless somebody else has labelled the pair meanwhile."""
    visit.caller.require("decide", visit.profile)
    given = dict(fields)
    a, b, answer, seen = (given.get(name, "") for name in ("a", "b", "answer", "last"))
    skip, scope = given.get("skip", "0"), given.get("scope") or None
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
        skip = skip if skip.isascii() and skip.isdigit() and len(skip) < 7 else ""
        return RedirectResponse(visit.link("/label", scope=scope, skip=skip, done=answer), HTTP_303_SEE_OTHER)
    return await _answered_meanwhile(visit, a, b, last, answer)


async def _answered_meanwhile(visit: Visit, a: str, b: str, last: review.Row, answer: str) -> Response:
    """The same pair with what somebody else has said, and with the answer that was chosen."""

    def work(connection: sa.Connection) -> tuple[dict[str, review.Row], int]:
        if not visit.caller.sees_all_of(set(browse.scopes_of(connection, visit.profile, [a, b]).values())):
            raise NotThere("there are no such records")
        records = review.records_of(connection, visit.profile, [a, b])
        return records, review.count_labels(connection, visit.profile, visit.caller.scopes)

    records, labels = await visit.desk.read(work)
    pair = _shown({"record_a": a, "record_b": b, **_side(records[a], "a"), **_side(records[b], "b")})
    shown: dict[str, Any] = {"scope": None, "skip": 0, "done": "", "last": last, "answer": answer}
    return visit.page("label.html.j2", status=HTTP_409_CONFLICT, pair=pair, labels=labels, **shown)


def _shown(pair: review.Row) -> dict[str, Any]:
    one, other = marked_words(pair["text_a"][:CHARACTERS], pair["text_b"][:CHARACTERS])
    return {
        "sides": [
            {"id": pair["record_a"], "attributes": pair["attributes_a"], "text": one},
            {"id": pair["record_b"], "attributes": pair["attributes_b"], "text": other},
        ]
    }


def _side(record: review.Row, side: str) -> review.Row:
    return {f"{name}_{side}": record[name] for name in ("text", "attributes")}
