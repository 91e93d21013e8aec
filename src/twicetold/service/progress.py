"""Routes to watch runs and to stop them.

Progress is sent as events (https://html.spec.whatwg.org/multipage/server-sent-events.html), which every browser reads.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Path
from fastapi.responses import StreamingResponse
from starlette.status import HTTP_204_NO_CONTENT

from twicetold.errors import InputInvalid, Overloaded
from twicetold.runs.progress import progress_of
from twicetold.service.desk import Asker, AtDesk
from twicetold.service.routes_runs import asked_for, run_of
from twicetold.service.shapes import Name, RunShown
from twicetold.store import audit
from twicetold.store.requests import withdraw
from twicetold.store.runs import cancel, read_run

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    import sqlalchemy as sa

    from twicetold.service.desk import Desk

router = APIRouter(prefix="/v1", tags=["runs"])
#: Seconds between two looks, for which events are sent (a browser comes back by itself), and before it does.
_EVERY, _STAY, _AGAIN = 1.0, 30.0, 2.0
#: Streams that are open at a time.
_MOST = 100
_EVENTS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Events: 'progress' whenever something is new, 'end' as the last one.",
        "content": {
            "text/event-stream": {
                "schema": {
                    "type": "object",
                    "description": "One event; 'data' is JSON.",
                    "properties": {"event": {"enum": ["progress", "end"]}, "data": {"type": "string"}},
                    "required": ["event", "data"],
                }
            }
        },
    }
}
_Number = Annotated[int, Path(ge=1, le=2**63 - 1)]
_open: set[object] = set()


@router.get("/runs/{run_id}/events", response_class=StreamingResponse, responses=_EVENTS, summary="Watch a run")
async def watch_run(run_id: Name, desk: AtDesk, caller: Asker) -> StreamingResponse:
    """Sends how far a run is, whenever that changes, until it ends."""
    caller.require("read")

    def look(connection: sa.Connection) -> tuple[str, bool]:
        run_of(connection, run_id, caller)
        told = progress_of(connection, run_id)
        return json.dumps(told), told["state"] != "working"

    return await stream(desk, look)


@router.get(
    "/requests/{number}/events",
    response_class=StreamingResponse,
    responses=_EVENTS,
    summary="Watch a request for a run",
)
async def watch_request(number: _Number, desk: AtDesk, caller: Asker) -> StreamingResponse:
    """Sends what becomes of a request, and how far the run is that does it, until it is done."""

    def look(connection: sa.Connection) -> tuple[str, bool]:
        row = asked_for(connection, number, caller)
        run = progress_of(connection, row["run_id"]) if row["run_id"] else None
        told = {"request": row["id"], "state": row["state"], "exit_status": row["exit_status"], "run": run}
        return json.dumps(told), row["state"] in ("done", "failed")

    return await stream(desk, look)


@router.post("/runs/{run_id}/cancel", response_model=RunShown, summary="Cancel a run")
async def cancel_run(run_id: Name, desk: AtDesk, caller: Asker) -> dict[str, Any]:
    """Gives a run up that has not published. One at work notices within seconds, and stops before it publishes."""
    caller.require("run")

    def work(connection: sa.Connection) -> dict[str, Any]:
        run_of(connection, run_id, caller)
        state = cancel(connection, run_id, caller.name)
        if state != "cancelled":
            raise InputInvalid(
                f"the run is {state}; only one that is at work, was interrupted or held back can be cancelled",
                remedy="To change what is published, decide, and run again.",
            )
        return dict(read_run(connection, run_id))

    return await desk.write(work)


@router.delete("/requests/{number}", status_code=HTTP_204_NO_CONTENT, summary="Take a request for a run back")
async def take_back(number: _Number, desk: AtDesk, caller: Asker) -> None:
    """Forgets a request that no run has begun to do."""
    caller.require("run")

    def work(connection: sa.Connection) -> None:
        row = asked_for(connection, number, caller)
        if not withdraw(connection, number):
            raise InputInvalid(
                f"the request is {row['state']}", remedy="Cancel the run that does it, if it is at work."
            )
        about = f"request {number}"
        audit.note(connection, who=caller.name, action="withdraw-run", profile=row["profile"], about=about)

    await desk.write(work)


async def stream(desk: Desk, look: Callable[[sa.Connection], tuple[str, bool]]) -> StreamingResponse:
    """Events of what a look at the store says; the first look is taken before anything is answered.

    Args:
        desk: Reads the store.
        look: What there is to say, and whether that was the last of it.

    Raises:
        Overloaded: Too many of them are open.
    """
    if len(_open) >= _MOST:
        raise Overloaded(f"{_MOST} streams of events are open")
    told, is_over = await desk.read(look)

    async def events() -> AsyncIterator[str]:
        nonlocal told, is_over
        until, this = time.monotonic() + _STAY, object()
        _open.add(this)
        try:
            yield f"retry: {_AGAIN * 1000:.0f}\n\n{_event('progress', told)}"
            while not is_over and time.monotonic() < until and not desk.ending.is_set():
                await asyncio.sleep(_EVERY)
                before = told
                told, is_over = await desk.read(look)
                if told != before:
                    yield _event("progress", told)
            if is_over:
                yield _event("end", told)
        finally:
            _open.discard(this)

    return StreamingResponse(events(), media_type="text/event-stream")


def _event(name: str, told: str) -> str:
    data = "".join(f"data: {line}\n" for line in re.split("\r\n|\r|\n", told))
    return f"event: {name}\n{data}\n"
