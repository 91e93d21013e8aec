"""The rows of ``groups.csv`` and ``pairs.csv`` as Parquet, written by DuckDB.

The cells are the same, except that none is protected from spreadsheets, which do not open Parquet. The same result
gives the same bytes as long as DuckDB's version, which is part of them, is the same.
"""

from __future__ import annotations

import tempfile
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from twicetold.sinks.tables import GROUPS, PAIRS, group_rows, pair_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from twicetold.pipeline import Result

_BLOCK = 8192  # rows that are handed over at a time
_KINDS = {"size": "BIGINT", "keeper": "BOOLEAN", "probability": "DOUBLE"}  # all others are text


def groups_parquet(result: Result) -> bytes:
    """One row per record in a group of two or more: record_id, group_id, size, keeper, text."""
    return _parquet(GROUPS, group_rows(result))


def pairs_parquet(result: Result) -> bytes:
    """One row per pair judged duplicate or possible: record_a, record_b, probability, verdict, reason."""
    return _parquet(PAIRS, pair_rows(result))


def _parquet(names: Sequence[str], rows: Iterator[tuple[str, ...]]) -> bytes:
    """DuckDB writes by path only, so the bytes go through a temporary file."""
    kinds = [_KINDS.get(name, "VARCHAR") for name in names]
    layout = ", ".join(f"{name} {kind}" for name, kind in zip(names, kinds, strict=True))
    cells = ", ".join(f"CAST(unnest(?::VARCHAR[]) AS {kind})" for kind in kinds)
    with (
        tempfile.TemporaryDirectory(prefix="twicetold-") as folder,
        duckdb.connect() as connection,
    ):
        connection.execute("SET autoinstall_known_extensions = false; SET autoload_known_extensions = false")
        connection.execute("SET temp_directory = ''; SET threads = 1")  # several threads make other bytes
        connection.execute(f"CREATE TABLE rows ({layout})")
        while block := list(islice(rows, _BLOCK)):
            columns = [[_valid(cell) for cell in column] for column in zip(*block, strict=True)]
            connection.execute(f"INSERT INTO rows SELECT {cells}", columns)
        path = Path(folder, "rows.parquet")
        quoted = str(path).replace("'", "''")
        connection.execute(f"COPY rows TO '{quoted}' (FORMAT parquet, COMPRESSION zstd)")
        return path.read_bytes()


def _valid(cell: str) -> str:
    """Half a surrogate pair has no bytes, as in the CSV files."""
    return cell.encode("utf-8", "replace").decode()
