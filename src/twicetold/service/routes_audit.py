"""Routes to read who did what."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from twicetold.errors import NotAllowed
from twicetold.service.desk import Asker, AtDesk
from twicetold.service.shapes import AuditShown
from twicetold.store import audit

router = APIRouter(prefix="/v1", tags=["audit"])


@router.get("/audit", response_model=AuditShown, summary="Who did what")
async def list_entries(
    desk: AtDesk,
    caller: Asker,
    after: Annotated[int, Query(ge=0, le=2**63 - 1, description="Only entries after this number.")] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> dict[str, Any]:
    """Entries in the order in which they came; an admin of some profiles sees what was done there."""
    caller.require("admin")
    if not caller.sees_all_of(None):
        raise NotAllowed(f"{caller.called} has access to some scopes only, and entries are about all of them")
    rows = await desk.read(audit.list_entries, caller.profiles, after=after, limit=limit)
    return {"entries": rows, "after": rows[-1]["id"] if rows else after}
