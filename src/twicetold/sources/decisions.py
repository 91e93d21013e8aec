"""Decisions from files: what people said about pairs of records."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from twicetold.decisions import Answer, Decision
from twicetold.errors import InputEmpty, InputInvalid
from twicetold.sources.columns import find_column
from twicetold.sources.files import read_whole_table

if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO

_COLUMNS = ("record_a", "record_b", "answer")
_MORE = ("who", "why", "at")
#: The apostrophe before what a spreadsheet would run as a formula, as sinks/tables.py writes it.
_PROTECTED = re.compile(r"'[\s\"']*[=+\-@＝＋－＠\t\r\n]")


def read_decisions(path: str | Path, *, stdin: BinaryIO | None = None) -> tuple[Decision, ...]:
    """Reads decisions with the columns ``record_a``, ``record_b`` and ``answer``, in the order of the file.

    The columns ``who``, ``why`` and ``at`` (ISO 8601; UTC where it names no time zone) need not be there. In CSV one
    apostrophe before a formula is taken away: written tables protect spreadsheets with it, ids among them. A file
    without rows holds no decision: that is how every list of decisions begins.

    Raises:
        FileNotUsable: The file is missing, is a folder, or may not be read.
        ColumnNotFound: One of the three columns is missing.
        RowsRejected: Rows are broken.
        InputInvalid: An answer is none of same, different, unsure and keeper, a record is decided about with itself,
            a second one is missing or one too many, or a time cannot be read.
    """
    try:
        table = read_whole_table(path, stdin)
    except InputEmpty:
        return ()
    names = list(table.columns)
    columns = [table.columns[find_column(names, name, str(path))] for name in _COLUMNS]
    columns += [table.columns.get(name, [""] * len(table)) for name in _MORE]
    if table.is_delimited:
        columns = [list(map(_unprotected, column)) for column in columns]
    return tuple(_decision(f"{path}, line {line}", *cells) for *cells, line in zip(*columns, table.lines, strict=True))


def _unprotected(cell: str) -> str:
    """A cell as it was before the tables that are written protected it from spreadsheets."""
    return cell[1:] if _PROTECTED.match(cell) else cell


def _decision(place: str, record_a: str, record_b: str, said: str, who: str, why: str, when: str) -> Decision:
    said = said.strip().lower()
    if said not in set(Answer):
        raise InputInvalid(f"{place}: {said[:40]!r} is no answer.", remedy=f"Write one of {', '.join(Answer)}.")
    answer = Answer(said)
    if record_a == record_b:
        raise InputInvalid(f"{place}: {record_a[:40]!r} is decided about with itself.", remedy="Name two records.")
    if answer is Answer.KEEPER and record_b:
        raise InputInvalid(f"{place}: a keeper is one record.", remedy="Leave record_b empty.")
    if answer in (Answer.SAME, Answer.DIFFERENT) and not (record_a and record_b):
        raise InputInvalid(f"{place}: a record is missing.", remedy="Name two records.")
    return Decision(record_a, record_b, answer, who, why, _moment(place, when.strip()))


def _moment(place: str, text: str) -> datetime | None:
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise InputInvalid(
            f"{place}: {text[:40]!r} is no time.", remedy="Write it as 2026-11-22T19:30:00Z, or leave it out."
        ) from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
