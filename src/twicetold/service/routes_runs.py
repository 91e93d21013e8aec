"""Routes for runs: which there were, and asking for one.

A request is a row in a table, as a host's worker would insert it; 'twicetold schedule --requests', or the next
'twicetold run --requests', does what it asks for. The service itself never runs anything.
"""

from __future__ import annotations

import secrets
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Header, Path, Query, Response
from starlette.status import HTTP_202_ACCEPTED

from twicetold.errors import InputInvalid, NotAllowed, NotThere, RunNotFound
from twicetold.runs.requested import require_known
from twicetold.service.desk import Asker, AtDesk
from twicetold.service.shapes import Limit, Name, RequestShown, RunAsked, RunsShown, RunWhole
from twicetold.store import audit, browse
from twicetold.store.requests import add_request
from twicetold.store.runs import read_findings, read_run

if TYPE_CHECKING:
    import sqlalchemy as sa

    from twicetold.service.keys import Caller

router = APIRouter(prefix="/v1", tags=["runs"])


@router.get("/runs", response_model=RunsShown, summary="Runs, the latest first")
async def list_runs(
    desk: AtDesk,
    caller: Asker,
    profile: Annotated[Name | None, Query()] = None,
    before: Annotated[Name, Query(description="'next' of the page before.")] = "",
    limit: Annotated[Limit, Query()] = 20,
) -> dict[str, Any]:
    """The runs of a profile; a key for some scopes sees only the runs over no others."""
    name = desk.about(caller, "read", profile)
    rows = await desk.read(browse.list_runs, name, before=before, limit=limit)
    following = rows[-1]["id"] if len(rows) == limit else None
    return {"runs": [row for row in rows if caller.sees_all_of(row["scopes"])], "next": following}


@router.get("/runs/{run_id}", response_model=RunWhole, summary="One run with its findings")
async def show_run(run_id: Name, desk: AtDesk, caller: Asker) -> dict[str, Any]:
    """A run: what it covered, how it ended, what it found."""
    caller.require("read")

    def work(connection: sa.Connection) -> browse.Row:
        row = run_of(connection, run_id, caller)
        return row | {"findings": [asdict(each) for each in read_findings(connection, run_id)]}

    return await desk.read(work)


@router.post("/runs", response_model=RequestShown, status_code=HTTP_202_ACCEPTED, summary="Ask for a run")
async def ask_for_run(
    asked: RunAsked,
    desk: AtDesk,
    caller: Asker,
    response: Response,
    idempotency_key: Annotated[
        Name | None, Header(alias="Idempotency-Key", description="Asked again with the same key, nothing is added.")
    ] = None,
) -> dict[str, Any]:
    """Notes that a run is wanted; 'Location' tells what becomes of it.

    The run happens when 'twicetold schedule --requests' or 'twicetold run --requests' looks at the requests.
    """
    name = desk.about(caller, "run", asked.profile, *(asked.scopes or ()))
    if not caller.sees_all_of(asked.scopes):
        raise NotAllowed(f"{caller.called} has access to some scopes only, so the request has to name scopes")
    scopes = None if asked.scopes is None else sorted(set(asked.scopes))
    key = f"api/{caller.name}/{idempotency_key or secrets.token_hex(16)}"
    require_known(name)

    def work(connection: sa.Connection) -> browse.Row:
        is_new = add_request(connection, key, name, scopes, caller.name)
        row = browse.read_request(connection, key)
        assert row is not None
        if is_new:
            audit.note(connection, who=caller.name, action="ask-run", profile=name, about=f"request {row['id']}")
        if (row["profile"], row["scopes"]) != (name, scopes):
            raise InputInvalid(
                "something else was asked for with this Idempotency-Key", remedy="Use a new key for a new request."
            )
        return row

    row = await desk.write(work)
    response.headers["Location"] = f"/v1/requests/{row['id']}"
    return row


@router.get("/requests/{number}", response_model=RequestShown, summary="What became of a request for a run")
async def show_request(number: Annotated[int, Path(ge=1, le=2**63 - 1)], desk: AtDesk, caller: Asker) -> dict[str, Any]:
    """The state of a request, and the run that did it."""
    return await desk.read(asked_for, number, caller)


def run_of(connection: sa.Connection, run_id: str, caller: Caller) -> browse.Row:
    """A run that the caller may see.

    Raises:
        RunNotFound: There is none.
    """
    row = dict(read_run(connection, run_id))
    if not caller.sees_all_of(row["scopes"]) or not _is_of(caller, row):
        raise RunNotFound(f"there is no run {run_id!r} in the store")
    return row


def asked_for(connection: sa.Connection, number: int, caller: Caller) -> browse.Row:
    """A request that the caller may see.

    Raises:
        NotThere: There is none.
    """
    if not caller.actions & {"read", "run"}:
        caller.require("read")
    row = browse.request_of(connection, number)
    if row is None or not _is_of(caller, row):
        raise NotThere("there is no such request")
    # Whoever may insert rows may insert anything; a run refuses what is no list of scopes.
    is_list = isinstance(row["scopes"], list) and all(isinstance(scope, str) for scope in row["scopes"])
    row["scopes"] = row["scopes"] if is_list else None
    if not caller.sees_all_of(row["scopes"]):
        raise NotThere("there is no such request")
    return row


def _is_of(caller: Caller, row: browse.Row) -> bool:
    return caller.profiles is None or row["profile"] in caller.profiles
