"""Operations: what people do with a store between runs."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from twicetold.decisions import Constraints, conflicts
from twicetold.errors import InputInvalid, RunNotFound, TwicetoldError
from twicetold.platform import services
from twicetold.runs.profile import load_profile
from twicetold.store import audit, migrate
from twicetold.store import decisions as stored_decisions
from twicetold.store import records as stored_records
from twicetold.store import results as stored_results
from twicetold.store import runs as stored_runs
from twicetold.store.engine import open_engine, transaction
from twicetold.store.vectors import prune_vectors

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import sqlalchemy as sa

    from twicetold.decisions import Conflict, Decision
    from twicetold.platform.settings import Settings

#: By how much the clock of whoever decided may be ahead.
_CLOCKS_DIFFER = timedelta(days=1)
#: Of the audit log: who has the store's login is known to the platform, not here.
COMMAND_LINE = "command line"


def upgrade_store(settings: Settings) -> tuple[str, str]:
    """Makes or upgrades the tables of a store, and those of DBOS; the revision before and the one after.

    Raises:
        SchemaTooNew: A newer program has changed them.
        DependencyUnavailable: The store does not answer.
    """
    from twicetold.runs.workflow import migrate_workflows  # noqa: PLC0415 - DBOS takes a second to import

    with _engine(settings) as engine:
        before = migrate.upgrade(engine)
        migrate_workflows(engine)
        return before.current, before.newest


def store_status(settings: Settings) -> tuple[dict[str, Any], TwicetoldError | None]:
    """Where the tables of a store stand, and what keeps this program from working with them."""
    with _engine(settings) as engine:
        found = migrate.status(engine)
        row = {
            "store": services.store(settings).place,
            "revision": found.current,
            "newest_known": found.newest,
            "serves_from": found.serves,
            "usable": found.is_usable,
        }
        try:
            migrate.require_usable(engine)
        except TwicetoldError as problem:
            return row, problem
        return row, None


def prune_store(settings: Settings, before: datetime | None) -> dict[str, int]:
    """Forgets what nothing needs any more, and returns how much of each kind.

    Args:
        settings: Name the store and the model; the vectors of other models go.
        before: Runs that had ended by then, and records that were gone, go too; None to keep them.
    """
    from twicetold.engines.setup import load_model  # noqa: PLC0415 - numpy is slow to import

    with usable(settings) as engine, transaction(engine) as connection:
        pruned = {"vector": prune_vectors(connection, load_model(settings).encoding)}
        if before is not None:
            before = before.replace(tzinfo=UTC)
            pruned["run"] = stored_runs.prune_runs(connection, before)
            pruned["record"] = stored_records.prune_records(connection, before)
        return pruned


def list_rows(settings: Settings, *, profile: str | None, limit: int) -> list[dict[str, Any]]:
    """The latest runs."""
    with usable(settings) as engine, transaction(engine) as connection:
        return [_plain(row) for row in stored_runs.list_runs(connection, profile=profile, limit=limit)]


def show_row(settings: Settings, run_id: str) -> dict[str, Any]:
    """One run with its findings.

    Raises:
        RunNotFound: There is none of that name.
    """
    with usable(settings) as engine, transaction(engine) as connection:
        findings = stored_runs.read_findings(connection, run_id)
        row = _plain(stored_runs.read_run(connection, run_id))
        listed = [
            {"severity": str(f.severity), "code": f.code, "message": f.message, "count": f.count} for f in findings
        ]
        return row | {"findings": listed}


def require_state(settings: Settings, run_id: str, state: str) -> dict[str, Any]:
    """One run, if it is in the state that is needed.

    Raises:
        RunNotFound: It is not.
    """
    row = show_row(settings, run_id)
    if row["state"] != state:
        needed = {"held": "were held back", "working": "were interrupted"}[state]
        raise RunNotFound(f"the run {run_id} is {row['state']}; this is for runs that {needed}")
    return row


def cancel_run(settings: Settings, run_id: str) -> None:
    """Gives up a run that has not published; one at work notices within seconds, and stops before it publishes.

    Raises:
        RunNotFound: There is none, or it has ended otherwise.
    """
    with usable(settings) as engine, transaction(engine) as connection:
        state = stored_runs.cancel(connection, run_id, COMMAND_LINE)
        if state != "cancelled":
            raise RunNotFound(f"the run {run_id} is {state}; there is nothing to give up")


def change_rows(settings: Settings, profile: str, after: int) -> list[dict[str, Any]]:
    """The feed of changes after an entry, oldest first.

    Raises:
        FileNotUsable: Nobody knows the profile.
    """
    with usable(settings) as engine, transaction(engine) as connection:
        return [
            _plain(row) for row in stored_results.read_changes(connection, _known(connection, profile), after=after)
        ]


def import_decisions(settings: Settings, profile: str, made: Sequence[Decision]) -> tuple[int, tuple[Conflict, ...]]:
    """Adds decisions to a store; how many were new, and which of all contradict each other now.

    Raises:
        FileNotUsable: Nobody knows the profile.
        InputInvalid: A decision comes from the future, and no later one could ever take it back.
    """
    latest = datetime.now(UTC) + _CLOCKS_DIFFER
    for each in made:
        if each.at is not None and each.at.replace(tzinfo=each.at.tzinfo or UTC) > latest:
            pair = " and ".join(filter(None, (each.record_a, each.record_b)))
            message = f"the decision about {pair} was made at {each.at.isoformat()}, which is still to come"
            raise InputInvalid(message, remedy="Mend its time or leave it out, which means now; nothing was added.")
    with usable(settings) as engine, transaction(engine) as connection:
        profile = _known(connection, profile)
        added = stored_decisions.add_decisions(connection, profile, made)
        if added:
            audit.note(
                connection, who=COMMAND_LINE, action="decide", profile=profile, about=f"{added} decisions of a file"
            )
        every = stored_decisions.read_decisions(connection, profile)
        return added, conflicts(Constraints.of(every))


def export_decisions(settings: Settings, profile: str) -> list[Decision]:
    """All decisions of a profile, oldest first.

    Raises:
        FileNotUsable: Nobody knows the profile.
    """
    with usable(settings) as engine, transaction(engine) as connection:
        profile = _known(connection, profile)
        found = stored_decisions.read_decisions(connection, profile)
        audit.note(connection, who=COMMAND_LINE, action="export", profile=profile, about=f"{len(found)} decisions")
        return found


def _known(connection: sa.Connection, profile: str) -> str:
    """The name of a profile that the store knows, or of which there is a file."""
    if stored_runs.list_runs(connection, profile=profile, limit=1):
        return profile
    return load_profile(profile).name


@contextmanager
def _engine(settings: Settings) -> Iterator[sa.Engine]:
    engine = open_engine(services.store(settings))
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def usable(settings: Settings) -> Iterator[sa.Engine]:
    """The store that the settings name, as long as it is needed.

    Raises:
        SchemaTooOld: It has to be upgraded first.
        SchemaTooNew: It no longer serves this program.
        DependencyUnavailable: It does not answer.
    """
    engine = migrate.open_usable(services.store(settings))
    try:
        yield engine
    finally:
        engine.dispose()


def _plain(row: sa.RowMapping) -> dict[str, Any]:
    return {str(name): value.isoformat() if isinstance(value, datetime) else value for name, value in row.items()}
