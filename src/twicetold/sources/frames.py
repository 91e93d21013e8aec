"""Records from Python: record objects, DataFrames and Arrow tables, checked as files are."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from twicetold.errors import InputInvalid
from twicetold.records import Record, Records
from twicetold.sources.columns import choose_columns
from twicetold.sources.input import Input, to_records
from twicetold.sources.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable

_NAME = "the data"


def read_frame(
    source: object,
    *,
    id_column: str | None = None,
    text_column: str | None = None,
    scope_column: str | None = None,
    skip: Callable[[str], bool] | None = None,
) -> Input:
    """Reads records from Python objects.

    Args:
        source: ``Records``, an iterable of ``Record``, a pandas DataFrame, or an Arrow table.
        id_column: Column of ids, for a DataFrame or table; guessed when not given.
        text_column: Column of texts, likewise.
        scope_column: Column of scopes, likewise.
        skip: Says of a text whether it only stands in for one.

    Raises:
        InputInvalid: The source is none of these, or an id or text is not text.
        InputEmpty: No row can be read as a record.
        ColumnNotFound: A named column is missing.
        ColumnAmbiguous: The columns cannot be guessed.
    """
    columns = _columns_of(source)
    lines = range(1, len(next(iter(columns.values()), ())) + 1)
    digest = hashlib.sha256()
    for name, cells in columns.items():
        digest.update("\x1f".join((name, *cells, "\x1e")).encode("utf-8", "surrogatepass"))
    files = [_NAME] * len(lines)
    table = Table(columns=columns, lines=lines, files=files, name=_NAME, fingerprint=digest.hexdigest())
    chosen = choose_columns(
        list(columns), id_column=id_column, text_column=text_column, scope_column=scope_column, source=_NAME
    )
    return to_records(table, chosen, skip)


def _columns_of(source: object) -> dict[str, list[str]]:
    if hasattr(source, "to_pydict"):  # Arrow
        return {str(name): _texts(cells) for name, cells in source.to_pydict().items()}
    if hasattr(source, "to_dict") and hasattr(source, "columns"):  # pandas
        frame: Mapping[Any, Sequence[object]] = source.to_dict(orient="list")
        return {str(name): _texts(cells) for name, cells in frame.items()}
    if isinstance(source, Records):
        return _columns_of_records(source)
    if isinstance(source, Iterable) and not isinstance(source, str | bytes):
        rows = list(source)
        if all(isinstance(row, Record) for row in rows):
            return _columns_of_records(Records.of(rows))
    raise InputInvalid(
        f"records cannot be read from {type(source).__name__}",
        remedy="Give a path, Record objects, a DataFrame, or an Arrow table.",
    )


def _columns_of_records(records: Records) -> dict[str, list[str]]:
    attributes = {name: list(cells) for name, cells in records.attributes.items()}
    return {**attributes, "id": list(records.ids), "text": list(records.texts), "scope": list(records.scopes)}


def _texts(cells: Iterable[object]) -> list[str]:
    """Cells as text: nothing for missing values, whole numbers without a decimal point."""
    return [_text(cell) for cell in cells]


def _text(cell: object) -> str:
    if isinstance(cell, str):
        return cell
    if cell is None or cell != cell:  # noqa: PLR0124 - not a number, not a time: both differ from themselves
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)
