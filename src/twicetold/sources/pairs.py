"""Pairs from files: two texts per row, perhaps with a person's label."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from twicetold.errors import InputInvalid
from twicetold.sources.columns import find_column
from twicetold.sources.files import read_whole_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from typing import BinaryIO

    from twicetold.findings import Finding
    from twicetold.sources.table import Table

LABEL_COLUMN = "duplicate"
_LABELS = {"": None, "1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}


@dataclass(frozen=True, slots=True)
class PairsInput:
    """Pairs as columns of equal length n, in the order of the file.

    Attributes:
        ids: Ids of the pairs.
        texts_a: The first texts.
        texts_b: The second texts.
        labels: What a person said: True for a duplicate; None where the cell is blank or there is no column
            ``duplicate``.
        columns: All cells by the names of their columns, in the order of the file.
        findings: What was mended or odd.
        fingerprint: SHA-256 of the unpacked content.
    """

    ids: Sequence[str]
    texts_a: Sequence[str]
    texts_b: Sequence[str]
    labels: Sequence[bool | None]
    columns: Mapping[str, Sequence[str]]
    findings: tuple[Finding, ...]
    fingerprint: str

    def __len__(self) -> int:
        return len(self.ids)


def read_pairs(path: str | Path, *, stdin: BinaryIO | None = None) -> PairsInput:
    """Reads pairs with the columns ``id``, ``text_a`` and ``text_b``, and ``duplicate`` if it is there.

    Every row counts, so nothing is set aside: a row that cannot be read is an error.

    Raises:
        FileNotUsable: The file is missing, is a folder, or may not be read.
        FormatNotRecognised: It is no table that can be read.
        InputEmpty: It has no rows.
        ColumnNotFound: One of the three columns is missing.
        RowsRejected: Rows are broken.
        InputInvalid: A label is none of 0, 1, true, false, yes, no.
    """
    return pairs_of(read_whole_table(path, stdin))


def pairs_of(table: Table) -> PairsInput:
    """The rows of a table as pairs.

    Raises:
        ColumnNotFound: A column is missing.
        InputInvalid: A label is none of 0, 1, true, false, yes, no.
    """
    ids, texts_a, texts_b = (
        table.columns[find_column(list(table.columns), wanted, table.name)] for wanted in ("id", "text_a", "text_b")
    )
    return PairsInput(ids, texts_a, texts_b, _labels(table), table.columns, table.findings, table.fingerprint)


def _labels(table: Table) -> list[bool | None]:
    labels: list[bool | None] = []
    for cell, line in zip(table.columns.get(LABEL_COLUMN, [""] * len(table)), table.lines, strict=True):
        bare = cell.strip().casefold()
        if bare not in _LABELS:
            raise InputInvalid(
                f"{table.name}, line {line}: {cell[:40]!r} in the column {LABEL_COLUMN!r} is no label.",
                remedy="Write 1 or 0, true or false, yes or no, or leave it empty.",
            )
        labels.append(_LABELS[bare])
    return labels
