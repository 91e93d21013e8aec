"""Progress: how far a run is, as the store knows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twicetold.runs.packing import unpack
from twicetold.store import runs as stored_runs

if TYPE_CHECKING:
    import sqlalchemy as sa


def progress_of(connection: sa.Connection, run_id: str) -> dict[str, Any]:
    """State and step of a run: ``plan``, ``compare`` with the parts that are ``done`` of all, or ``publish``.

    A run whose process has died is ``working``, too, until the next one of its profile goes on with it.

    Raises:
        RunNotFound: There is none of that name.
    """
    row = stored_runs.read_run(connection, run_id)
    told = {"run_id": run_id, "state": row["state"], "exit_status": row["exit_status"]}
    if row["state"] != "working":
        return told | {"step": None, "done": None, "of": None}
    if stored_runs.read_stage(connection, run_id, "conclusion"):
        return told | {"step": "publish", "done": None, "of": None}
    planned = stored_runs.read_stage(connection, run_id, "plan")
    if not planned:
        return told | {"step": "plan", "done": None, "of": None}
    compared = stored_runs.read_stage(connection, run_id, "compared")
    parts = unpack(compared[0]) if compared else {"done": 0, "of": len(unpack(planned[0])["blocks"])}
    return told | {"step": "compare", **parts}
