"""Parquet files, read by DuckDB."""

from __future__ import annotations

import tempfile
from pathlib import Path

import duckdb

from twicetold.errors import FormatNotRecognised
from twicetold.sources.database import columns_of, connect, one_line
from twicetold.sources.table import Table, clean


def parse_parquet(data: bytes, name: str) -> Table:
    """Reads a Parquet file; whole numbers become digits, also those in columns of floats.

    DuckDB reads by path, so the bytes go through a temporary file: they may come from a pipe or out of gzip.

    Raises:
        FormatNotRecognised: The file is damaged.
    """
    with tempfile.TemporaryDirectory(prefix="twicetold-") as folder, connect(files=True) as connection:
        path = Path(folder, "records.parquet")
        path.write_bytes(data)
        try:
            _load(connection, path)
            columns, types = columns_of(connection, "records")
        except duckdb.Error as error:
            raise FormatNotRecognised(f"{name} is a Parquet file that cannot be read: {one_line(error)}") from error
    findings = tuple(clean(columns))
    rows = len(next(iter(columns.values())))
    return Table(columns, range(1, rows + 1), [name] * rows, findings=findings, types=types)


def _load(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Old writers do not mark text as text; bytes that are none are shown escaped."""
    read = "CREATE TABLE records AS FROM read_parquet(?, hive_partitioning=false, binary_as_string={})"
    try:
        connection.execute(read.format("true"), [str(path)])
    except duckdb.InvalidInputException:
        connection.execute(read.format("false"), [str(path)])
