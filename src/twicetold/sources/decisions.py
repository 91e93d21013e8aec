"""Decisions from files: what people said about pairs of records."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twicetold.decisions import Answer, Decision
from twicetold.errors import InputEmpty, InputInvalid
from twicetold.sources.columns import find_column
from twicetold.sources.files import read_whole_table

if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO

_COLUMNS = ("record_a", "record_b", "answer")


def read_decisions(path: str | Path, *, stdin: BinaryIO | None = None) -> tuple[Decision, ...]:
    """Reads decisions with the columns ``record_a``, ``record_b`` and ``answer``, in the order of the file.

    A file without rows holds no decision: that is how every list of decisions begins.

    Raises:
        FileNotUsable: The file is missing, is a folder, or may not be read.
        ColumnNotFound: One of the three columns is missing.
        RowsRejected: Rows are broken.
        InputInvalid: An answer is none of same, different, unsure, or a record is decided about with itself.
    """
    try:
        table = read_whole_table(path, stdin)
    except InputEmpty:
        return ()
    names = list(table.columns)
    columns = [table.columns[find_column(names, name, str(path))] for name in _COLUMNS]
    decisions = []
    for record_a, record_b, answer, line in zip(*columns, table.lines, strict=True):
        if answer.strip().lower() not in set(Answer):
            raise InputInvalid(
                f"{path}, line {line}: {answer[:40]!r} is no answer.",
                remedy=f"Write one of {', '.join(Answer)}.",
            )
        if record_a == record_b:
            raise InputInvalid(
                f"{path}, line {line}: {record_a[:40]!r} is decided about with itself.", remedy="Name two records."
            )
        decisions.append(Decision(record_a, record_b, Answer(answer.strip().lower())))
    return tuple(decisions)
