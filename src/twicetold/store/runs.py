"""Runs: what was executed when, with which outcome; and what an unfinished run carries along."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from twicetold.errors import RunCancelled, RunNotFound
from twicetold.findings import Finding, Severity
from twicetold.store import audit, bulk
from twicetold.store.tables import findings, published, runs, stages

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def begin_run(connection: sa.Connection, **columns: object) -> None:
    """Notes that a run has begun."""
    connection.execute(runs.insert().values(state="working", **columns))


def note_failed(connection: sa.Connection, run_id: str, profile: str, code_version: str, started_at: datetime) -> None:
    """Notes a run that failed before there was anything to begin with."""
    nothing = {"settings_digest": "", "input_digest": "", "fingerprint": "", "model": {}}
    values = {"id": run_id, "profile": profile, "state": "failed", "code_version": code_version, **nothing}
    connection.execute(runs.insert().values(started_at=started_at, ended_at=datetime.now(UTC), **values))


def unfinished_runs(connection: sa.Connection, profile: str) -> list[sa.RowMapping]:
    """The runs of a profile that were interrupted, the latest first; some of them are published, but not announced."""
    carries = sa.exists().where(stages.c.run_id == runs.c.id)
    is_unfinished = sa.or_(runs.c.state == "working", sa.and_(runs.c.state == "published", carries))
    chosen = sa.select(runs).where(runs.c.profile == profile, is_unfinished)
    return list(connection.execute(chosen.order_by(runs.c.started_at.desc(), runs.c.id.desc())).mappings())


def runs_in(connection: sa.Connection, profile: str, *states: str) -> list[sa.RowMapping]:
    """The runs of a profile that are in one of some states."""
    chosen = sa.select(runs).where(runs.c.profile == profile, runs.c.state.in_(states))
    return list(connection.execute(chosen).mappings())


def read_run(connection: sa.Connection, run_id: str, *, lock: bool = False) -> sa.RowMapping:
    """One run.

    Args:
        connection: Its transaction keeps the state as it is to its end, where ``lock`` is set.
        run_id: Its name.
        lock: Whether others who want to change it have to wait.

    Raises:
        RunNotFound: There is none of that name.
    """
    chosen = sa.select(runs).where(runs.c.id == run_id)
    row = connection.execute(chosen.with_for_update() if lock else chosen).mappings().first()
    if row is None:
        raise RunNotFound(f"there is no run {run_id!r} in the store")
    return row


def list_runs(connection: sa.Connection, *, profile: str | None = None, limit: int = 20) -> list[sa.RowMapping]:
    """The latest runs first."""
    chosen = sa.select(runs).order_by(runs.c.started_at.desc(), runs.c.id.desc()).limit(limit)
    if profile is not None:
        chosen = chosen.where(runs.c.profile == profile)
    return list(connection.execute(chosen).mappings())


def run_in_force(connection: sa.Connection, profile: str, *, lock: bool = False) -> sa.RowMapping | None:
    """The run whose results are published, and the fingerprint of what it read; None if there is none.

    Args:
        connection: Its transaction keeps the answer true to its end, where ``lock`` is set.
        profile: Whose results.
        lock: Whether others who want to publish have to wait.
    """
    columns = (published, runs.c.started_at, runs.c.counts, runs.c.scopes)
    chosen = sa.select(*columns).join(runs, runs.c.id == published.c.run_id)
    chosen = chosen.with_for_update(of=published) if lock else chosen
    return connection.execute(chosen.where(published.c.profile == profile)).mappings().first()


def set_in_force(connection: sa.Connection, profile: str, run_id: str, fingerprint: str, at: datetime) -> None:
    """Notes whose results are published from now on."""
    row = {"profile": profile, "run_id": run_id, "fingerprint": fingerprint, "at": at}
    bulk.upsert(connection, published, [row], replacing=("run_id", "fingerprint", "at"))


def set_state(connection: sa.Connection, run_id: str, state: str, **columns: object) -> None:
    """Notes what has become of a run."""
    ended = {} if state == "working" else {"ended_at": datetime.now(UTC)}
    connection.execute(runs.update().where(runs.c.id == run_id).values(state=state, **ended, **columns))


def cancel(connection: sa.Connection, run_id: str, who: str) -> str:
    """Gives up a run that has not published; the process that works on it, if there is one, stops by itself.

    Args:
        connection: Within a transaction.
        run_id: Its name.
        who: Whom the audit log shall name.

    Returns:
        Its state now; another one than ``cancelled`` where it has ended otherwise.

    Raises:
        RunNotFound: There is none of that name.
    """
    row = read_run(connection, run_id, lock=True)
    if row["state"] not in ("working", "held"):
        return str(row["state"])
    set_state(connection, run_id, "cancelled")
    audit.note(connection, who=who, action="cancel-run", profile=row["profile"], about=run_id)
    return "cancelled"


def require_not_cancelled(connection: sa.Connection, run_id: str) -> None:
    """Refuses to go on where somebody has cancelled the run; nobody can until the transaction ends.

    Raises:
        RunCancelled: Somebody has.
    """
    if read_run(connection, run_id, lock=True)["state"] == "cancelled":
        raise RunCancelled(f"somebody has cancelled the run {run_id}")


def clear_cancelled(connection: sa.Connection, profile: str) -> None:
    """Forgets what cancelled runs of a profile carried along; for whoever holds its lock."""
    given_up = sa.select(runs.c.id).where(runs.c.profile == profile, runs.c.state == "cancelled")
    connection.execute(stages.delete().where(stages.c.run_id.in_(given_up)))


def set_summary(connection: sa.Connection, run_id: str, exit_status: int, summary: dict[str, Any]) -> None:
    """Keeps the last words of a run."""
    values = {"exit_status": exit_status, "summary": summary}
    connection.execute(runs.update().where(runs.c.id == run_id).values(**values))


def prune_runs(connection: sa.Connection, before: datetime) -> int:
    """Forgets the runs that ended before a moment, with their findings, but for those in force; returns how many."""
    in_force = sa.select(published.c.run_id)
    chosen = (runs.c.ended_at < before, runs.c.state.not_in(("working", "held")), runs.c.id.not_in(in_force))
    return connection.execute(runs.delete().where(*chosen)).rowcount


def keep_findings(connection: sa.Connection, run_id: str, found: Sequence[Finding]) -> None:
    """Keeps the findings of a run in place of those that are there."""
    connection.execute(findings.delete().where(findings.c.run_id == run_id))
    rows = (
        {
            "run_id": run_id,
            "position": position,
            "severity": str(each.severity),
            "code": each.code,
            "message": bulk.storable(each.message),
            "count": each.count,
        }
        for position, each in enumerate(found)
    )
    bulk.insert(connection, findings, rows)


def read_findings(connection: sa.Connection, run_id: str) -> list[Finding]:
    """The findings of a run."""
    chosen = sa.select(findings).where(findings.c.run_id == run_id).order_by(findings.c.position)
    rows = connection.execute(chosen).mappings()
    return [Finding(Severity(row["severity"]), row["code"], row["message"], row["count"]) for row in rows]


def keep_stage(connection: sa.Connection, run_id: str, name: str, parts: Iterable[bytes]) -> None:
    """Keeps something that later steps of a run need, in place of what is there of that name."""
    connection.execute(stages.delete().where(stages.c.run_id == run_id, stages.c.name == name))
    rows = ({"run_id": run_id, "name": name, "part": part, "content": content} for part, content in enumerate(parts))
    bulk.insert(connection, stages, rows)


def read_stage(connection: sa.Connection, run_id: str, name: str) -> list[bytes]:
    """What an earlier step kept, part by part; empty if it kept nothing."""
    chosen = sa.select(stages.c.content).where(stages.c.run_id == run_id, stages.c.name == name)
    return list(connection.execute(chosen.order_by(stages.c.part)).scalars())


def drop_stages(connection: sa.Connection, run_id: str) -> None:
    """Forgets what a run carried along."""
    connection.execute(stages.delete().where(stages.c.run_id == run_id))
