"""Requests: runs that somebody asks for by a row in a table."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from twicetold.store import bulk
from twicetold.store.tables import requests

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence


def add_request(
    connection: sa.Connection, key: str, profile: str, scopes: Sequence[str] | None = None, requested_by: str = ""
) -> bool:
    """Asks for a run; says whether the key is new. Whoever may insert into the table needs no program for it."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    row = {"key": key, "profile": profile, "scopes": scopes, "requested_by": requested_by}
    asked = dialect.insert(requests).values(**row).on_conflict_do_nothing(index_elements=["key"])
    return connection.execute(asked.returning(requests.c.id)).first() is not None


def waiting_profiles(connection: sa.Connection) -> list[str]:
    """The profiles for which somebody waits, in the order in which they were asked for."""
    first = sa.func.min(requests.c.id)
    chosen = sa.select(requests.c.profile).where(requests.c.state.in_(("waiting", "working")))
    return list(connection.execute(chosen.group_by(requests.c.profile).order_by(first)).scalars())


def waiting_requests(connection: sa.Connection, profile: str) -> list[sa.RowMapping]:
    """What is asked of a profile and not done; under its lock, what is ``working`` was left by a run that died."""
    chosen = sa.select(requests).where(requests.c.profile == profile, requests.c.state.in_(("waiting", "working")))
    return list(connection.execute(chosen.order_by(requests.c.id).with_for_update()).mappings())


def latest_requests(connection: sa.Connection, profile: str, *, limit: int) -> list[sa.RowMapping]:
    """What was last asked of a profile, the latest first."""
    chosen = sa.select(requests).where(requests.c.profile == profile)
    return list(connection.execute(chosen.order_by(requests.c.id.desc()).limit(limit)).mappings())


def take_requests(connection: sa.Connection, ids: Collection[int]) -> None:
    """Notes that somebody works on them."""
    for some in bulk.chunks(ids):
        connection.execute(requests.update().where(requests.c.id.in_(some)).values(state="working"))


def note_run(connection: sa.Connection, ids: Collection[int], run_id: str) -> None:
    """Notes which run does what was asked for."""
    for some in bulk.chunks(ids):
        connection.execute(requests.update().where(requests.c.id.in_(some)).values(run_id=run_id))


def withdraw(connection: sa.Connection, number: int) -> bool:
    """Takes a request back that nobody has begun to work on; says whether it was one."""
    waits = (requests.c.id == number, requests.c.state == "waiting")
    return connection.execute(requests.delete().where(*waits)).rowcount > 0


def end_requests(connection: sa.Connection, ids: Collection[int], run_id: str | None, exit_status: int) -> None:
    """Notes how the run ended that was asked for."""
    state = "done" if exit_status == 0 else "failed"
    values = {"state": state, "run_id": run_id, "exit_status": exit_status, "ended_at": datetime.now(UTC)}
    for some in bulk.chunks(ids):
        connection.execute(requests.update().where(requests.c.id.in_(some)).values(**values))
