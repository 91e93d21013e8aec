"""SQL of the user's over the records: ``--where`` and ``--query``."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import duckdb

from twicetold.errors import InputEmpty, UsageError
from twicetold.findings import Finding, Severity
from twicetold.sources.database import columns_of, connect, one_line, quoted
from twicetold.sources.table import BLOCK, clean

if TYPE_CHECKING:
    from collections.abc import Iterable

    from twicetold.sources.table import Table

QUERY = "--query"  # stands for a file where the rows are those of a result
_REMEDY = (
    "The table is called records; a missing value is NULL; all columns are text except the numbers and dates"
    " of Parquet, so cast where a number or date is meant: year::INT > 2022."
)


def choose_rows(table: Table, where: str | None, query: str | None) -> Table:
    """The rows for which ``where`` is true, and then what ``query`` makes of them.

    The SQL sees one table, ``records``, and can reach neither files nor the network.

    Args:
        table: What was read.
        where: A condition in DuckDB's SQL.
        query: A SELECT over ``records``; the columns of its result replace those of the file, and the
            numbers of its rows the lines.

    Raises:
        UsageError: The SQL is wrong.
        InputEmpty: No row is left.
    """
    with connect(files=False) as connection:
        _load(connection, table)
        if where:
            table = _where(connection, table, where)
        return _query(connection, table, query) if query else table


def _where(connection: duckdb.DuckDBPyConnection, table: Table, where: str) -> Table:
    """Deletes the other rows: those that stay keep their rowid, which is their place in the table."""
    others = f"DELETE FROM records WHERE (\n{where}\n) IS NOT TRUE"  # noqa: S608 - the user's own SQL, shut in
    try:
        _require(connection, others, duckdb.StatementType.DELETE, "--where needs one condition")
        connection.execute(others)
        rows = [row for (row,) in connection.execute("SELECT rowid FROM records ORDER BY rowid").fetchall()]
    except duckdb.Error as error:
        raise UsageError(f"--where: {one_line(error)}", remedy=_REMEDY) from error
    return replace(
        table,
        columns={name: [column[row] for row in rows] for name, column in table.columns.items()},
        lines=[table.lines[row] for row in rows],
        files=[table.files[row] for row in rows],
        findings=(*table.findings, _chosen(f"--where kept {len(rows)} of {len(table)} rows", len(rows))),
    )


def _query(connection: duckdb.DuckDBPyConnection, table: Table, query: str) -> Table:
    try:
        _require(connection, query, duckdb.StatementType.SELECT, "--query needs one SELECT")
        connection.execute(f"CREATE TABLE result AS (\n{query.rstrip().removesuffix(';')}\n)")
        columns, types = columns_of(connection, "result")
    except duckdb.Error as error:
        raise UsageError(f"--query: {one_line(error)}", remedy=_REMEDY) from error
    rows = len(next(iter(columns.values())))
    chosen = _chosen(f"--query made {rows} rows of {len(table)}", rows)
    return replace(
        table,
        columns=columns,
        lines=range(1, rows + 1),
        files=[QUERY] * rows,
        findings=(*table.findings, *clean(columns), chosen),
        repeated=frozenset(),
        types=types,
        name=QUERY,
    )


def _load(connection: duckdb.DuckDBPyConnection, table: Table) -> None:
    kinds = [table.types.get(name, "VARCHAR") for name in table.columns]
    names = _distinct(table.columns)
    layout = ", ".join(f"{quoted(name)} {kind}" for name, kind in zip(names, kinds, strict=True))
    cells = ", ".join(f"CAST(nullif(unnest(?::VARCHAR[]), '') AS {kind})" for kind in kinds)
    connection.execute(f"CREATE TABLE records ({layout})")
    for start in range(0, len(table), BLOCK):
        block = [column[start : start + BLOCK] for column in table.columns.values()]
        connection.execute(f"INSERT INTO records SELECT {cells}", block)


def _distinct(names: Iterable[str]) -> list[str]:
    """SQL knows no case and no empty names: a column that clashes gets its position added."""
    distinct: list[str] = []
    taken = {""}
    for number, name in enumerate(names, start=1):
        free = name
        while free.casefold() in taken:
            free = f"{free or 'column'}_{number}"
        taken.add(free.casefold())
        distinct.append(free)
    return distinct


def _require(connection: duckdb.DuckDBPyConnection, sql: str, kind: duckdb.StatementType, needed: str) -> None:
    if [statement.type for statement in connection.extract_statements(sql)] != [kind]:
        raise UsageError(f"{needed}.", remedy=_REMEDY)


def _chosen(what: str, rows: int) -> Finding:
    if not rows:
        raise InputEmpty(f"{what}: nothing is left to compare.")
    return Finding(Severity.INFO, "rows-chosen", f"{what}.", rows)
