"""DuckDB, shut in: no network, no extensions, no variables of the program, no spilling to disk."""

from __future__ import annotations

import re

import duckdb

from twicetold.sources.table import BLOCK, share

_NUMBERS_AND_DATES = re.compile(
    r"U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|FLOAT|DOUBLE|DECIMAL\(.*\)|BOOLEAN|DATE|TIME|TIMESTAMP.*"
)
_ABOUT_SQL = (duckdb.BinderException, duckdb.CatalogException, duckdb.ParserException)


def connect(*, files: bool) -> duckdb.DuckDBPyConnection:
    """An empty database in memory.

    Args:
        files: Whether it can open files; settled for good when the connection is handed out.
    """
    connection = duckdb.connect(
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "python_enable_replacements": "false",
            "temp_directory": "",
        }
    )
    connection.execute("SET TimeZone = 'UTC'")
    if not files:
        connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def columns_of(connection: duckdb.DuckDBPyConnection, table: str) -> tuple[dict[str, list[str]], dict[str, str]]:
    """The cells of a table as text, row after row, and the types of its columns of numbers and dates.

    NULL and not-a-number become "", and whole numbers digits, also those in columns of floats.
    """
    described = connection.execute(f"DESCRIBE {table}").fetchall()
    kinds = {str(name): str(kind) for name, kind, *_ in described}
    cells = ", ".join(_as_text(quoted(name), kind) for name, kind in kinds.items())
    cursor = connection.execute(f"SELECT {cells} FROM {table} ORDER BY rowid")  # noqa: S608 - our own names
    columns: dict[str, list[str]] = {name: [] for name in kinds}
    while block := cursor.fetchmany(BLOCK):
        for column, values in zip(columns.values(), zip(*block, strict=True), strict=True):
            column.extend(share(values))
    return columns, {name: kind for name, kind in kinds.items() if _NUMBERS_AND_DATES.fullmatch(kind)}


def quoted(name: str) -> str:
    """A name as an identifier of SQL."""
    return '"' + name.replace('"', '""') + '"'


def one_line(error: duckdb.Error) -> str:
    """DuckDB's message without the SQL below it; what may quote a cell ends where the quote begins."""
    line, *others = str(error).splitlines() or [type(error).__name__]
    if not isinstance(error, _ABOUT_SQL):
        return re.sub(r"[\"'].*", "…", line)
    return " ".join([line, *(other for other in others if other.startswith("Candidate bindings"))])


def _as_text(column: str, kind: str) -> str:
    text = f"coalesce(CAST({column} AS VARCHAR), '')"
    if kind not in {"FLOAT", "DOUBLE"}:
        return text
    whole = f"isfinite({column}) AND {column} = trunc({column}) AND abs({column}) < 1e38"
    digits = f"CAST(CAST({column} AS HUGEINT) AS VARCHAR)"
    return f"CASE WHEN isnan({column}) THEN '' WHEN {whole} THEN {digits} ELSE {text} END"
