"""Stores to look into, without the program's own code."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

#: Tables whose rows are the results of runs, and the columns that say who wrote a row and when.
RESULTS = {
    "records": {"first_seen"},
    "scopes": set(),
    "groups": {"since", "changed_at"},
    "members": set(),
    "pairs": set(),
    "group_changes": {"run_id", "at"},
    "findings": {"run_id"},
    "compared": set(),
    "vectors": set(),
    "decisions": {"at"},
}
TABLES = (*RESULTS, "runs", "stages", "published", "requests")


class Store:
    """A store.

    Attributes:
        address: Its SQLAlchemy URL.
        direct: The same, past any pooler.
    """

    def __init__(self, address: str, direct: str | None = None) -> None:
        self.address = address
        self.direct = direct or address

    @property
    def is_file(self) -> bool:
        return self.address.startswith("sqlite")

    @property
    def path(self) -> str:
        return self.address.removeprefix("sqlite:///")

    def connect(self):
        """A connection that commits each statement, unless it is told to begin a transaction."""
        if self.is_file:
            return sqlite3.connect(self.path, timeout=30, isolation_level=None)
        import psycopg

        return psycopg.connect(self.direct.replace("+psycopg", ""), autocommit=True, prepare_threshold=None)

    def execute(self, statement: str, *values: object) -> list[dict[str, Any]]:
        """Rows by name; the tables are named as they are in SQLite."""
        with closing(self.connect()) as connection:
            if not self.is_file:
                connection.execute("set search_path to twicetold")
                statement = statement.replace("?", "%s")
            cursor = connection.execute(statement, values)
            names = [column[0] for column in cursor.description or ()]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()] if names else []

    def count(self, table: str, condition: str = "1 = 1") -> int:
        """How many rows there are; none where there is no table yet."""
        import psycopg

        try:
            return self.execute(f"select count(*) as n from {table} where {condition}")[0]["n"]
        except (sqlite3.OperationalError, psycopg.errors.UndefinedTable):
            return 0

    def results(self, *but: str) -> dict[str, list[tuple[Any, ...]]]:
        """All results, without who wrote them and when; changes are numbered by their order.

        PostgreSQL does not use the numbers again that a publication had taken when it was cut off.
        """
        found = {table: self._rows(table, without) for table, without in RESULTS.items() if table not in but}
        changes = sorted(found.get("group_changes", ()))
        return found | {"group_changes": [(place, *change[1:]) for place, change in enumerate(changes)]}

    def everything(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every row of every table."""
        return {table: self._rows(table, set()) for table in TABLES}

    def workflows(self) -> int:
        """How many workflows DBOS still knows."""
        return self.count(self._workflows)

    def leave_workflow(self, run_id: str) -> None:
        """What DBOS keeps where a run was killed just as it ended."""
        self.execute(f"insert into {self._workflows} (workflow_uuid, status) values (?, 'PENDING')", run_id)

    @property
    def _workflows(self) -> str:
        return "workflow_status" if self.is_file else "twicetold_dbos.workflow_status"

    def states(self) -> list[str]:
        """The states of the runs, oldest first."""
        return [row["state"] for row in self.execute("select state from runs order by started_at, id")]

    def groups(self) -> dict[str, set[str]]:
        """The members of the groups in force, by id."""
        found: dict[str, set[str]] = {}
        for row in self.execute("select group_id, record_id from members"):
            found.setdefault(row["group_id"], set()).add(row["record_id"])
        return found

    def has_reached(self, phase: str) -> bool:
        """Whether the run at work has begun what the phase is, and not what comes after it."""
        signs = {
            "compare": ("compared", "1 = 1"),
            "conclude": ("stages", "name = 'conclusion'"),
            "publish": ("runs", "state = 'published'"),
        }
        return self.count(*signs[phase]) > 0

    def _rows(self, table: str, without: set[str]) -> list[tuple[Any, ...]]:
        rows = self.execute(f"select * from {table}")
        chosen = [tuple(value for name, value in row.items() if name not in without) for row in rows]
        return sorted(chosen, key=repr)
