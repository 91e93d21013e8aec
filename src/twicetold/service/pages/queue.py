"""Queue: the scopes and groups to be looked at, those first where a decision settles most."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import Response

from twicetold.service.pages.page import Looks
from twicetold.service.shapes import Name
from twicetold.store import browse, review

if TYPE_CHECKING:
    from collections.abc import Iterable

    import sqlalchemy as sa

    from twicetold.store.standing import Standing

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
    is_table = as_ == "csv"

    def work(connection: sa.Connection) -> dict[str, Any]:
        every = visit.desk.rankings.of(connection, visit.profile).worthwhile(visit.caller.scopes)
        here = [each for each in every if scope in (None, each.scope)]
        chosen = [each for each in here if (each.open == 0) == (state == "settled")]
        if text:
            saying = browse.groups_saying(connection, visit.profile, text)
            chosen = [each for each in chosen if each.id in saying]
        shown = chosen[offset : offset + (TABLE if is_table else PAGE)]
        texts = review.records_of(connection, visit.profile, [each.keeper for each in shown])
        return {
            "run": browse.state_of(connection, visit.profile)[0],
            "groups": [asdict(each) | {"text": texts.get(each.keeper, {}).get("text", "")} for each in shown],
            "more": len(chosen) > offset + PAGE,
            "progress": {"groups": len(here), "open": sum(each.open > 0 for each in here)},
            "scopes": [] if scope is not None else by_scope(every)[:8],
        }

    found = await visit.desk.read(work)
    if is_table:
        return await visit.table("groups", _columns(found["groups"]))
    asked: dict[str, Any] = {"scope": scope, "text": text, "state": state, "offset": offset, "size": PAGE}
    return visit.page("queue.html.j2", **found, **asked)


@router.get("/scopes")
async def show_scopes(
    visit: Looks, offset: _Offset = 0, as_: Annotated[str, Query(alias="as", max_length=10)] = ""
) -> Response:
    """All scopes with groups, most worthwhile first."""
    ranking = await visit.desk.read(visit.desk.rankings.of, visit.profile)
    rows = by_scope(ranking.worthwhile(visit.caller.scopes))
    if as_ == "csv":
        names = ("scope", "open", "groups", "records", "doubt")
        shown = rows[offset : offset + TABLE]
        return await visit.table("scopes", {name: [_told(row[name]) for row in shown] for name in names})
    return visit.page("scopes.html.j2", scopes=rows[offset:], offset=offset, size=PAGE * 2)


def by_scope(standings: Iterable[Standing]) -> list[review.Row]:
    """Scopes with their groups, those with the most doubt first: scope, groups, ``open`` groups, records, doubt."""
    found: dict[str, review.Row] = {}
    for each in standings:
        row = found.setdefault(each.scope, {"scope": each.scope, "groups": 0, "open": 0, "records": 0, "doubt": 0.0})
        row["groups"] += 1
        row["open"] += each.open > 0
        row["records"] += each.size
        row["doubt"] += each.doubt if each.open else 0.0
    return sorted(found.values(), key=lambda row: (-row["doubt"], row["scope"]))


def _columns(groups: list[review.Row]) -> dict[str, list[str]]:
    names = ("id", "scope", "size", "open", "doubt", "lowest", "keeper", "text", "since")
    return {name: [_told(row[name]) for row in groups] for name in names}


def _told(value: object) -> str:
    if value is None:
        return ""
    return f"{value:.4f}" if isinstance(value, float) else str(value)
