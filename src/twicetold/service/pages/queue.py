"""Queue: the scopes and groups to be looked at, those first where a decision settles most."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import Response

from twicetold.service.pages.page import Looks
from twicetold.service.shapes import Name
from twicetold.store import browse, review

if TYPE_CHECKING:
    import sqlalchemy as sa

router = APIRouter(include_in_schema=False)
#: Groups and scopes on a page, and in a table.
PAGE, TABLE = 25, 1000
_Offset = Annotated[int, Query(alias="from", ge=0, le=10_000_000)]


@router.get("/")
async def show_queue(
    visit: Looks,
    scope: Annotated[Name | None, Query()] = None,
    text: Annotated[Name, Query()] = "",
    state: Annotated[str, Query(pattern="^(open|settled)$")] = "open",
    offset: _Offset = 0,
    as_: Annotated[str, Query(alias="as", max_length=10)] = "",
) -> Response:
    """The groups of a profile or of one scope, most worthwhile first."""
    if scope is not None:
        visit.caller.require("read", visit.profile, [scope])
    seen, is_table = visit.caller.scopes, as_ == "csv"
    chosen: dict[str, Any] = {"scope": scope, "text": text, "settled": state == "settled", "offset": offset}

    def work(connection: sa.Connection) -> dict[str, Any]:
        limit = TABLE if is_table else PAGE + 1
        return {
            "run": browse.state_of(connection, visit.profile)[0],
            "groups": review.queue(connection, visit.profile, seen, **chosen, limit=limit),
            "progress": review.progress(connection, visit.profile, seen, scope),
            "scopes": [] if scope is not None else review.queue_of_scopes(connection, visit.profile, seen, limit=8),
        }

    found = await visit.desk.read(work)
    if is_table:
        return visit.table("groups", _columns(found["groups"]))
    shown: dict[str, Any] = {"scope": scope, "text": text, "state": state, "offset": offset, "size": PAGE}
    return visit.page("queue.html.j2", **found, **shown)


@router.get("/scopes")
async def show_scopes(
    visit: Looks, offset: _Offset = 0, as_: Annotated[str, Query(alias="as", max_length=10)] = ""
) -> Response:
    """All scopes with groups, most worthwhile first."""
    limit = TABLE if as_ == "csv" else PAGE * 2 + 1
    seen = visit.caller.scopes
    rows = await visit.desk.read(review.queue_of_scopes, visit.profile, seen, offset=offset, limit=limit)
    if as_ == "csv":
        names = ("scope", "open", "groups", "records", "doubt")
        return visit.table("scopes", {name: [_told(row[name]) for row in rows] for name in names})
    return visit.page("scopes.html.j2", scopes=rows, offset=offset, size=PAGE * 2)


def _columns(groups: list[review.Row]) -> dict[str, list[str]]:
    names = ("id", "scope", "size", "open", "doubt", "lowest", "keeper", "text", "since")
    return {name: [_told(row[name]) for row in groups] for name in names}


def _told(value: object) -> str:
    if value is None:
        return ""
    return f"{value:.4f}" if isinstance(value, float) else str(value)
