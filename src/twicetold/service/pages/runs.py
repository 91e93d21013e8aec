"""Runs: which there were, what is asked for, and what has moved between two of them."""

from __future__ import annotations

import secrets
from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import RedirectResponse, Response
from starlette.status import HTTP_303_SEE_OTHER

from twicetold.errors import RunNotFound
from twicetold.runs.progress import progress_of
from twicetold.service import routes_runs
from twicetold.service.pages.page import Fields, Looks, Visit
from twicetold.service.progress import stream
from twicetold.service.shapes import NAME, Name, RunAsked
from twicetold.store import browse, review
from twicetold.store.requests import latest_requests
from twicetold.store.runs import read_findings, read_run

if TYPE_CHECKING:
    import sqlalchemy as sa

router = APIRouter(include_in_schema=False)
#: Runs and requests on a page; changes on a page and in a table.
PAGE, REQUESTS, CHANGES, TABLE = 25, 5, 200, 10_000


@router.get("/runs")
async def show_runs(
    visit: Looks,
    before: Annotated[Name, Query()] = "",
    asked: Annotated[int, Query(ge=0, le=2**63 - 1)] = 0,
) -> Response:
    """The runs of a profile, the latest first, and a form to ask for one."""
    found = await visit.desk.read(_list, visit, before)
    return visit.page("runs.html.j2", **found, before=before, asked=asked, key=secrets.token_hex(16))


@router.get("/runs/events")
async def follow_runs(visit: Looks) -> Response:
    """The table of the latest runs, again whenever something in it is new."""

    def look(connection: sa.Connection) -> tuple[str, bool]:
        found = _list(connection, visit, "")
        return visit.part("runs_table.html.j2", **found), not found["is_moving"]

    return await stream(visit.desk, look)


@router.post("/runs")
async def ask(visit: Looks, fields: Fields) -> Response:
    """Asks for a run; the same form sent twice asks once."""
    given = dict(fields)
    scope = given.get("scope", "").strip()[:NAME]
    asked = RunAsked(profile=visit.profile, scopes=[scope] if scope else None)
    row = await routes_runs.ask_for_run(asked, visit.desk, visit.caller, Response(), given.get("key", "")[:64] or None)
    return RedirectResponse(visit.link("/runs", asked=row["id"]), HTTP_303_SEE_OTHER)


@router.get("/runs/compare")
async def compare(
    visit: Looks,
    a: Annotated[Name, Query()] = "",
    b: Annotated[Name, Query()] = "",
    as_: Annotated[str, Query(alias="as", max_length=10)] = "",
) -> Response:
    """What has moved from one run to a later one."""
    is_table = as_ == "csv"

    def work(connection: sa.Connection) -> dict[str, Any]:
        rows = _seen(browse.list_runs(connection, visit.profile, limit=100), visit)
        rows = [row for row in rows if row["state"] == "published"]
        by_id = {row["id"]: row for row in rows}
        first, second = sorted((a, b))
        chosen = first in by_id and second in by_id and first != second
        limit = TABLE if is_table else CHANGES + 1
        seen = visit.caller.scopes
        changes = review.changes_between(connection, visit.profile, seen, first, second, limit=limit) if chosen else []
        return {
            "runs": rows,
            "first": by_id.get(first) if chosen else None,
            "second": by_id.get(second) if chosen else None,
            "changes": changes,
        }

    found = await visit.desk.read(work)
    if is_table:
        return await visit.table("changes", _columns(found["changes"]))
    kinds = Counter(row["kind"] for row in found["changes"])
    return visit.page("compare.html.j2", **found, kinds=kinds, size=CHANGES)


@router.get("/runs/{run_id}")
async def show_run(visit: Looks, run_id: Name) -> Response:
    """A run with its findings."""
    return visit.page("run.html.j2", **await visit.desk.read(_one, visit, run_id))


@router.get("/runs/{run_id}/events")
async def follow_run(visit: Looks, run_id: Name) -> Response:
    """What the page of a run shows, again whenever something in it is new."""

    def look(connection: sa.Connection) -> tuple[str, bool]:
        found = _one(connection, visit, run_id)
        return visit.part("run_told.html.j2", **found), found["run"]["state"] != "working"

    return await stream(visit.desk, look)


def _one(connection: sa.Connection, visit: Visit, run_id: str) -> dict[str, Any]:
    """A run, how far it is, and its findings."""
    row = dict(read_run(connection, run_id))
    if row["profile"] != visit.profile or not visit.caller.sees_all_of(row["scopes"]):
        raise RunNotFound("there is no such run in the store")
    findings = [asdict(each) for each in read_findings(connection, run_id)]
    return {"run": row, "progress": progress_of(connection, run_id), "findings": findings}


def _list(connection: sa.Connection, visit: Visit, before: str) -> dict[str, Any]:
    """A page of runs, and what is asked for; whoever may insert requests may insert anything as scopes."""
    rows = browse.list_runs(connection, visit.profile, before=before, limit=PAGE + 1)
    runs = _seen(rows[:PAGE], visit)
    requests = [
        row
        for row in latest_requests(connection, visit.profile, limit=REQUESTS)
        if isinstance(row["scopes"], list | None) and visit.caller.sees_all_of(row["scopes"])
    ]
    states = [str(row["state"]) for row in runs] + [str(row["state"]) for row in requests]
    return {
        "runs": runs,
        "progress": {row["id"]: progress_of(connection, row["id"]) for row in runs if row["state"] == "working"},
        "following": rows[PAGE - 1]["id"] if len(rows) > PAGE else None,
        "requests": requests,
        "is_moving": bool({"waiting", "working"} & set(states)),
        "in_force": browse.state_of(connection, visit.profile)[0],
    }


def _seen(rows: list[browse.Row], visit: Visit) -> list[browse.Row]:
    """The runs over no other scopes than the caller's."""
    return [row for row in rows if visit.caller.sees_all_of(row["scopes"])]


def _columns(changes: list[review.Row]) -> dict[str, list[str]]:
    columns = {name: [str(row[name]) for row in changes] for name in ("run_id", "at", "group_id", "scope", "kind")}
    return columns | {name: [" ".join(row[name]) for row in changes] for name in ("added", "removed", "others")}
