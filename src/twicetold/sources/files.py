"""Records from files, objects in S3 or standard input: CSV, TSV, JSON Lines and Parquet, plain or gzipped."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from twicetold.errors import InputEmpty, RowsRejected
from twicetold.findings import Finding, Severity
from twicetold.platform.s3 import Address, is_address
from twicetold.sources.columns import Columns, choose_columns, find_column
from twicetold.sources.content import Content, known_content, read_content
from twicetold.sources.delimited import parse_delimited
from twicetold.sources.encoding import as_utf8
from twicetold.sources.input import Input, to_records
from twicetold.sources.json_lines import looks_like_json, parse_json
from twicetold.sources.table import Reason, RejectedRow, Table, merge

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from typing import BinaryIO

__all__ = [
    "Columns",
    "Input",
    "Reason",
    "RejectedRow",
    "read_records",
    "read_table",
    "read_whole_table",
]


def read_records(
    *paths: str | Path,
    id_column: str | None = None,
    text_column: str | None = None,
    scope_column: str | None = None,
    where: str | None = None,
    query: str | None = None,
    skip: Callable[[str], bool] | None = None,
    stdin: BinaryIO | None = None,
) -> Input:
    """Reads the records of files with the same columns; ids must be unique over all of them.

    Args:
        paths: Files in any of the formats; ``-`` is standard input, ``s3://bucket/key`` an object in S3, and
            ``s3://bucket/prefix/`` all tables below it.
        id_column: Column of ids; guessed from usual names when not given.
        text_column: Column of texts; guessed likewise.
        scope_column: Column of scopes; guessed likewise, and "" means none.
        where: A condition in DuckDB's SQL; only rows for which it is true are read.
        query: A SELECT in DuckDB's SQL over the table ``records``; its result is read instead.
        skip: Says of a text whether it only stands in for one, such as "to be determined".
        stdin: Standard input, if not the process's own.

    Raises:
        FileNotUsable: A file is missing, is a folder, or may not be read.
        DependencyUnavailable: S3 cannot be reached.
        FormatNotRecognised: A file is no table that can be read.
        InputEmpty: There is no record in it.
        ColumnNotFound: A named column is missing.
        ColumnAmbiguous: The columns cannot be guessed.
        UsageError: The SQL is wrong.
    """
    tables = [table for path in paths for table in _tables(path, stdin)]
    table = merge(tables)
    if where or query:
        from twicetold.sources.sql import choose_rows  # noqa: PLC0415 - DuckDB is slow to import

        table = choose_rows(table, where, query)
    columns = choose_columns(
        list(table.columns),
        id_column=id_column,
        text_column=text_column,
        scope_column=scope_column,
        repeated=table.repeated,
        source=table.name,
    )
    if not query:
        _require_everywhere(columns, tables)
    return to_records(table, columns, skip)


def read_table(path: str | Path, stdin: BinaryIO | None = None) -> Table:
    """One file as a table of texts.

    Raises:
        FileNotUsable: The file is missing, is a folder, or may not be read.
        FormatNotRecognised: It is no table that can be read.
        InputEmpty: It has no rows.
    """
    return _table(read_content(path, stdin))


def _tables(path: str | Path, stdin: BinaryIO | None) -> list[Table]:
    """The table of a file, or those of all objects below a prefix in S3."""
    if not is_address(path) or not (prefix := Address.parse(str(path))).is_prefix:
        return [read_table(path, stdin)]
    from twicetold.sources.s3 import list_tables, read_objects  # noqa: PLC0415 - its driver is slow to import

    addresses, findings = list_tables(prefix)
    tables, empty = [], 0
    for name, data in read_objects(addresses):
        try:
            tables.append(_table(known_content(name, data)))
        except InputEmpty:  # as programs leave behind that write one object per part
            empty += 1
    if not tables:
        raise InputEmpty(f"The {empty} tables below {prefix} have no rows.")
    if empty:
        findings.append(Finding(Severity.INFO, "objects-empty", f"Tables below {prefix} without rows: {empty}.", empty))
    return [replace(tables[0], findings=(*findings, *tables[0].findings)), *tables[1:]]


def _table(content: Content) -> Table:
    table = _parsed(content)
    if not len(table) and not table.rejected:
        raise InputEmpty(f"{content.name} has columns but no rows.")
    return replace(table, name=content.name, fingerprint=content.fingerprint)


def _parsed(content: Content) -> Table:
    if content.data.startswith(b"PAR1"):
        from twicetold.sources.parquet import parse_parquet  # noqa: PLC0415 - DuckDB is slow to import

        return parse_parquet(content.data, content.name)
    data, findings = as_utf8(content)
    if not data.strip():
        raise InputEmpty(f"{content.name} is empty.")
    parse = parse_json if looks_like_json(data, content.name) else parse_delimited
    table = parse(data, content.name)
    return replace(table, findings=(*findings, *table.findings))


def _require_everywhere(columns: Columns, tables: Sequence[Table]) -> None:
    for table in tables:
        for column in filter(None, (columns.id, columns.text, columns.scope)):
            find_column(list(table.columns), column, table.name)


def read_whole_table(path: str | Path, stdin: BinaryIO | None = None) -> Table:
    """As ``read_table``, for files of which every row counts.

    Raises:
        RowsRejected: Rows are broken; the message names their lines.
    """
    table = read_table(path, stdin)
    if table.rejected:
        lines = ", ".join(str(row.line) for row in table.rejected[:10])
        more = " and more" if len(table.rejected) > 10 else ""
        raise RowsRejected(
            f"{table.name} has rows that cannot be read, on the lines {lines}{more}.",
            remedy="Mend these rows: each needs as many cells as the header.",
        )
    return table
