"""A table of texts: what every format is read into, before its columns get a meaning."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from twicetold.findings import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

BLOCK = 8192  # rows that are turned into columns at a time
_FEW_VALUES = 1024  # in a block; such a column keeps one copy of each


class Reason(StrEnum):
    """Why a row was set aside."""

    BROKEN_ROW = "broken-row"
    BAD_JSON = "bad-json"
    BLANK_ID = "blank-id"
    BLANK_TEXT = "blank-text"
    PLACEHOLDER_TEXT = "placeholder-text"
    DUPLICATE_ID = "duplicate-id"


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row that was set aside.

    Attributes:
        line: Line of the file on which the row starts, from 1; in Parquet and in the result of a query the
            number of the row.
        reason: A code, see ``Reason``.
        row: The cells in the order of the file's columns; a row that could not be split is one cell.
        file: The file as it was named.
    """

    line: int
    reason: str
    row: tuple[str, ...]
    file: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Columns of text, all of length n.

    Attributes:
        columns: The cells of each column by its unique name, in the order of the file; a missing value is "".
        lines: Where each row starts, see ``RejectedRow.line``.
        files: The file that each row is from.
        rejected: Rows that could not be read.
        findings: What was odd about the file.
        repeated: Names that the file gives to more than one column.
        types: DuckDB's type of the columns that are not text in the file.
        name: The file as it was named; of several the first.
        fingerprint: SHA-256 of the unpacked content; of several files, of their fingerprints.
        is_delimited: Whether the file is CSV or the like.
    """

    columns: Mapping[str, list[str]]
    lines: Sequence[int]
    files: Sequence[str]
    rejected: tuple[RejectedRow, ...] = ()
    findings: tuple[Finding, ...] = ()
    repeated: frozenset[str] = frozenset()
    types: Mapping[str, str] = field(default_factory=dict)
    name: str = ""
    fingerprint: str = ""
    is_delimited: bool = False

    def __len__(self) -> int:
        return len(self.lines)

    def reject(self, row: int, reason: Reason) -> RejectedRow:
        """The given row as one that is set aside."""
        cells = tuple(column[row] for column in self.columns.values())
        return RejectedRow(self.lines[row], reason, cells, self.files[row])


def tidy_header(cells: Iterable[str]) -> tuple[list[str], frozenset[str], list[Finding]]:
    """The names of a header without blanks around them, none empty and no two alike.

    Returns:
        The names, those that the header gave to several columns, and a finding if a name had to be made up.
    """
    names: list[str] = []
    repeated: set[str] = set()
    made_up = 0
    for number, cell in enumerate(cells, start=1):
        name = cell.strip() or f"column_{number}"
        if name in names:
            repeated.add(name)
        while name in names:
            name = f"{name}_{number}"
        made_up += name != cell.strip()
        names.append(name)
    if not made_up:
        return names, frozenset(), []
    message = f"Columns without a name of their own, named after their position: {made_up}."
    return names, frozenset(repeated), [Finding(Severity.WARNING, "header-repaired", message, made_up)]


def share(values: Sequence[str]) -> Sequence[str]:
    """The same values; where few are distinct, equal ones are one object: states and dates take no memory."""
    distinct = {value: value for value in values}
    return [distinct[value] for value in values] if len(distinct) <= _FEW_VALUES else values


def merge(tables: Sequence[Table]) -> Table:
    """All rows of the tables, one table after the other; a column that a table lacks is empty there."""
    if len(tables) == 1:
        return tables[0]
    names = list(dict.fromkeys(name for table in tables for name in table.columns))
    columns: dict[str, list[str]] = {name: [] for name in names}
    for table in tables:
        for name, column in columns.items():
            column.extend(table.columns[name] if name in table.columns else [""] * len(table))
    findings = [finding for table in tables for finding in table.findings]
    partial = [name for name in names if not all(name in table.columns for table in tables)]
    if partial:
        message = f"Columns that are not in every file, and empty where they are missing: {len(partial)}."
        findings.append(Finding(Severity.INFO, "columns-differ", message, len(partial)))
    return Table(
        columns,
        lines=[line for table in tables for line in table.lines],
        files=[file for table in tables for file in table.files],
        rejected=tuple(row for table in tables for row in table.rejected),
        findings=tuple(findings),
        repeated=frozenset().union(*(table.repeated for table in tables)),
        types={name: kind for name, kind in tables[0].types.items() if _same_type(name, kind, tables)},
        name=tables[0].name,
        fingerprint=hashlib.sha256("\n".join(table.fingerprint for table in tables).encode()).hexdigest(),
    )


def _same_type(name: str, kind: str, tables: Sequence[Table]) -> bool:
    return all(table.types.get(name) == kind for table in tables)


def clean(columns: Mapping[str, list[str]]) -> list[Finding]:
    """Removes NUL characters and replaces halves of surrogate pairs, in place.

    CSV has neither left when its bytes were decoded; JSON escapes and Parquet can bring them in.
    """
    nul = halves = 0
    for column in columns.values():
        for row, cell in enumerate(column):
            if cell.isprintable():  # both kinds are not, and most cells are
                continue
            if "\0" in cell:
                nul += 1
                column[row] = cell.replace("\0", "")
            if any("\ud800" <= char <= "\udfff" for char in cell):
                halves += 1
                column[row] = column[row].encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return [*nul_finding(nul), *_half_finding(halves)]


def nul_finding(count: int) -> list[Finding]:
    if not count:
        return []
    return [Finding(Severity.WARNING, "nul-removed", f"NUL characters removed: {count}.", count)]


def _half_finding(count: int) -> list[Finding]:
    if not count:
        return []
    message = f"Cells with half of a character, which was replaced by U+FFFD: {count}."
    return [Finding(Severity.WARNING, "characters-replaced", message, count)]
