"""From a table to records: columns get their meaning, and rows without one are set aside."""

from __future__ import annotations

import unicodedata
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from twicetold.errors import InputEmpty, RowsRejected
from twicetold.findings import Finding, Severity
from twicetold.records import Records
from twicetold.sources.columns import Columns, findings_about
from twicetold.sources.table import Reason, RejectedRow, Table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_NAMED = 5
_INVISIBLE = frozenset({"Cc", "Cf", "Zl", "Zp", "Zs"})


@dataclass(frozen=True, slots=True)
class Input:
    """What was read.

    Attributes:
        records: The records in the order of the files; all other columns are attributes.
        rejected: The rows that were set aside.
        findings: What was guessed, mended or odd.
        columns: Where ids, texts and scopes were taken from.
        fingerprint: SHA-256 of the unpacked content; of several files, of their fingerprints.
    """

    records: Records
    rejected: tuple[RejectedRow, ...]
    findings: tuple[Finding, ...]
    columns: Columns
    fingerprint: str

    def require_complete(self, remedy: str | None = None) -> None:
        """Refuses an input of which rows had to be set aside.

        Args:
            remedy: What to do about it, if not the usual.

        Raises:
            RowsRejected: There are such rows; the message counts them by reason and names the first.
        """
        if self.rejected:
            first = "; ".join(f"{row.file}, line {row.line}, {row.reason}" for row in self.rejected[:_NAMED])
            more = "; ..." if len(self.rejected) > _NAMED else ""
            message = f"Rows had to be set aside: {_by_reason(self.rejected)}. They are: {first}{more}."
            raise RowsRejected(message, remedy=remedy)


def to_records(table: Table, columns: Columns, skip: Callable[[str], bool] | None) -> Input:
    """The rows of a table as records, each id once and each text with something to see.

    Args:
        table: What was read.
        columns: Which columns to take.
        skip: Says of a text whether it only stands in for one.

    Raises:
        InputEmpty: No row can be read as a record.
    """
    ids = table.columns[columns.id] if columns.id else _places(table)
    kept, rejected = _separate(table, ids, table.columns[columns.text], skip)
    rejected = sorted([*table.rejected, *rejected], key=lambda row: (row.file, row.line))
    if not kept:
        raise InputEmpty(f"{table.name} has no record to compare. Rows set aside: {_by_reason(rejected)}.")
    records = Records(
        ids=ids,
        texts=table.columns[columns.text],
        scopes=_shared(table.columns[columns.scope]) if columns.scope else [""] * len(table),
        attributes={
            name: _shared(cells)
            for name, cells in table.columns.items()
            if name not in (columns.id, columns.text, columns.scope)
        },
    )
    if len(kept) < len(table):
        records = records.take(kept)
    findings = [*table.findings, *findings_about(columns), *_about_records(records, columns)]
    findings += [
        Finding(Severity.WARNING, reason, f"Rows set aside as {reason}: {count}.", count)
        for reason, count in sorted(Counter(row.reason for row in rejected).items())
    ]
    return Input(records, tuple(rejected), tuple(findings), columns, table.fingerprint)


def _shared(cells: Sequence[str]) -> list[str]:
    """Equal cells as one text: of a million records a column of few values is 60 MB otherwise."""
    first: dict[str, str] = {}
    return [first.setdefault(cell, cell) for cell in cells]


def _places(table: Table) -> list[str]:
    """Lines as ids, with the file before them if there are several."""
    if len(set(table.files)) == 1:
        return [str(line) for line in table.lines]
    return [f"{file}:{line}" for file, line in zip(table.files, table.lines, strict=True)]


def _separate(
    table: Table, ids: Sequence[str], texts: Sequence[str], skip: Callable[[str], bool] | None
) -> tuple[list[int], list[RejectedRow]]:
    """Rows to keep, and rows that cannot be compared; of an id the first row with a text is kept."""
    kept: list[int] = []
    rejected: list[RejectedRow] = []
    seen: set[str] = set()
    for row, (key, text) in enumerate(zip(ids, texts, strict=True)):
        if not key.strip():
            rejected.append(table.reject(row, Reason.BLANK_ID))
        elif _blank(text):
            rejected.append(table.reject(row, Reason.BLANK_TEXT))
        elif skip is not None and skip(text):
            rejected.append(table.reject(row, Reason.PLACEHOLDER_TEXT))
        elif key in seen:
            rejected.append(table.reject(row, Reason.DUPLICATE_ID))
        else:
            seen.add(key)
            kept.append(row)
    return kept, rejected


def _blank(text: str) -> bool:
    """Nothing to see: also zero-width characters and byte-order marks."""
    if text[:1].isalnum():
        return False
    return all(unicodedata.category(char) in _INVISIBLE for char in text)


def _about_records(records: Records, columns: Columns) -> list[Finding]:
    findings = []
    blank = sum(not scope for scope in records.scopes) if columns.scope else 0
    if blank:
        message = f"Records without a {columns.scope!r}, compared with each other only: {blank}."
        findings.append(Finding(Severity.INFO, "scope-blank", message, blank))
    alike = len(records) - len({key.casefold() for key in records.ids})
    if alike:
        message = f"Ids that differ from another one only in case, and are different ids: {alike}."
        findings.append(Finding(Severity.INFO, "ids-differ-in-case", message, alike))
    return findings


def _by_reason(rejected: Sequence[RejectedRow]) -> str:
    counts = Counter(row.reason for row in rejected)
    return ", ".join(f"{count} {reason}" for reason, count in sorted(counts.items())) or "none"
