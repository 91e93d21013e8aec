"""Workflows: what DBOS keeps about runs, which nobody needs once a run has ended."""

from __future__ import annotations

import sqlalchemy as sa

from twicetold.store.roles import DBOS_SCHEMA
from twicetold.store.tables import runs, stages

#: The tables of DBOS that keep something by workflow and are not cleared along with it; the workflows' own comes last.
_TABLES = ("workflow_input", "workflow_output", "operation_outputs", "workflow_status")


def forget_workflows(connection: sa.Connection, profile: str) -> None:
    """Clears away what DBOS keeps about runs of a profile that have ended; a run that was killed as it ended leaves it.

    Args:
        connection: All happens in its transaction, which must hold the lock of the profile: nobody is at work.
        profile: Whose runs.
    """
    schema = None if connection.dialect.name == "sqlite" else DBOS_SCHEMA
    if not sa.inspect(connection).has_table(_TABLES[-1], schema):
        return  # no run yet
    carries = sa.exists().where(stages.c.run_id == runs.c.id)
    ended = (runs.c.profile == profile, runs.c.state.not_in(("working", "held")), ~carries)
    names = sa.union_all(sa.select(runs.c.id).where(*ended), sa.select(runs.c.id + "/release").where(*ended))
    for name in _TABLES:
        table = sa.table(name, sa.column("workflow_uuid"), schema=schema)
        connection.execute(sa.delete(table).where(table.c.workflow_uuid.in_(names)))
