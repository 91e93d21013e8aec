"""Records from Python: record objects, DataFrames and Arrow tables, checked as files are."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from twicetold.errors import ExtraMissing, InputInvalid
from twicetold.records import Record, Records
from twicetold.sources.columns import choose_columns
from twicetold.sources.input import Input, to_records
from twicetold.sources.table import Table, clean, tidy_header

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd

_NAME = "the data"
_ROLES = ("id", "text", "scope")


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
        source: ``Records``, an iterable of ``Record``, a pandas DataFrame, an Arrow table, or whatever speaks
            Arrow, such as a Polars DataFrame.
        id_column: Column of ids, for a DataFrame or table; guessed when not given.
        text_column: Column of texts, likewise.
        scope_column: Column of scopes, likewise; "" for none.
        skip: Says of a text whether it only stands in for one.

    Raises:
        InputInvalid: The source is none of these, or a part of a record is not text.
        InputEmpty: No row can be read as a record.
        ColumnNotFound: A named column is missing.
        ColumnAmbiguous: The columns cannot be guessed.
        ExtraMissing: The source speaks Arrow, but pyarrow is not installed.
    """
    named = {"id_column": id_column, "text_column": text_column, "scope_column": scope_column}
    records = _records_of(source)
    if records is None:
        table = _table(*_frame_columns(source))
    else:
        table = _table(*_record_columns(records))
        usual = {"id_column": "id", "text_column": "text", "scope_column": "scope" if any(records.scopes) else ""}
        named = {role: usual[role] if name is None else name for role, name in named.items()}
    repeated = table.repeated if records is None else ()
    chosen = choose_columns(list(table.columns), **named, repeated=repeated, source=_NAME)
    return to_records(table, chosen, skip)


def _records_of(source: object) -> Records | None:
    if isinstance(source, Records):
        return source
    if isinstance(source, list | tuple) or (isinstance(source, Iterable) and not _is_frame(source)):
        rows = [] if isinstance(source, str | bytes) else list(source)
        if not isinstance(source, str | bytes) and all(isinstance(row, Record) for row in rows):
            return Records.of(rows)
        raise _no_source(source)
    return None


def _is_frame(source: object) -> bool:
    return hasattr(source, "columns") or hasattr(source, "__arrow_c_stream__")


def _record_columns(records: Records) -> tuple[Sequence[str], list[list[str]]]:
    cells = [records.ids, records.texts, records.scopes, *records.attributes.values()]
    names = [*_ROLES, *records.attributes]
    for name, column in zip(names, cells, strict=True):
        odd = next((row for row, cell in enumerate(column) if not isinstance(cell, str)), None)
        if odd is not None:
            raise InputInvalid(
                f"the {name} of record {odd + 1} is of type {type(column[odd]).__name__}, not text",
                remedy="Give text in every part of a record; an empty text where nothing is known.",
            )
    return names, [list(column) for column in cells]


def _frame_columns(source: Any) -> tuple[Sequence[str], list[list[str]]]:  # noqa: ANN401 - any of many types
    if hasattr(source, "to_pydict"):  # Arrow
        return source.schema.names, [_texts(column.to_pylist()) for column in source.columns]
    if hasattr(source, "iloc") and hasattr(source, "columns"):  # pandas
        places = range(len(source.columns))
        return list(map(str, source.columns)), [_texts(_known(source.iloc[:, place])) for place in places]
    if hasattr(source, "__arrow_c_stream__"):
        try:
            import pyarrow as pa  # noqa: PLC0415
        except ImportError as error:
            raise ExtraMissing(
                f"reading a {type(source).__name__} needs pyarrow", remedy="pip install 'twicetold[frames]'"
            ) from error
        return _frame_columns(pa.table(source))
    raise _no_source(source)


def _no_source(source: object) -> InputInvalid:
    return InputInvalid(
        f"records cannot be read from {type(source).__name__}",
        remedy="Give a path, Record objects, a DataFrame, or an Arrow table.",
    )


def _known(series: pd.Series[Any]) -> Iterable[object]:
    """The cells of a pandas column, None for every kind of missing value."""
    cells: Iterable[object] = series.astype(object).where(series.notna(), None).tolist()
    return cells


def _texts(cells: Iterable[object]) -> list[str]:
    """Cells as text: nothing for missing values, whole numbers without a decimal point."""
    return [_text(cell) for cell in cells]


def _text(cell: object) -> str:
    if isinstance(cell, str):
        return cell
    if cell is None:
        return ""
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


def _table(names: Sequence[str], cells: list[list[str]]) -> Table:
    tidy, repeated, findings = tidy_header(names)
    columns = dict(zip(tidy, cells, strict=True))
    findings += clean(columns)
    rows = len(cells[0]) if cells else 0
    digest = hashlib.sha256()
    for name, column in columns.items():
        digest.update("\x1f".join((name, *column, "\x1e")).encode())
    table = Table(columns, lines=range(1, rows + 1), files=[_NAME] * rows, name=_NAME, fingerprint=digest.hexdigest())
    return replace(table, findings=tuple(findings), repeated=repeated)
