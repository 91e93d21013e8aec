"""The result as tables and a summary: the bytes of ``groups.csv``, ``pairs.csv`` and their company.

All tables are UTF-8 with line feeds, and a cell is quoted only if it must be.

A spreadsheet runs a cell that begins with =, +, -, @, a tab or a line break as a formula, also after blanks
or quotes. Such cells get an apostrophe before them, as OWASP's page on CSV injection advises. To have a table
back as it was, take one apostrophe away from each cell that begins with one and would be such a cell without.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import asdict
from itertools import chain, islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from twicetold.pipeline import Result
    from twicetold.sources.columns import Columns
    from twicetold.sources.table import RejectedRow

#: The columns of the two tables, see ``group_rows`` and ``pair_rows``.
GROUPS = ("record_id", "group_id", "size", "keeper", "text")
PAIRS = ("record_a", "record_b", "probability", "verdict", "reason")
_FORMULA = re.compile(r"[\s\"']*[=+\-@＝＋－＠\t\r\n]")
_TO_QUOTE = re.compile(r"[\",\r\n]")
_PART = 1000  # rows encoded at a time


def groups_csv(result: Result) -> bytes:
    """One row per record in a group of two or more, in the order of the groups and their members."""
    return b"".join(_encoded(GROUPS, group_rows(result)))


def pairs_csv(result: Result) -> Iterator[bytes]:
    """One row per pair judged duplicate or possible, in parts."""
    return _encoded(PAIRS, pair_rows(result))


def rejected_csv(rejected: Iterable[RejectedRow]) -> bytes:
    """One row per row that was set aside; its cells as one line of CSV are in the column ``row``."""
    rows = ((row.file, str(row.line), row.reason, ",".join(map(_quoted, row.row))) for row in rejected)
    return b"".join(_encoded(("file", "line", "reason", "row"), rows))


def table_csv(columns: Mapping[str, Sequence[str]]) -> bytes:
    """Columns of equal length as a table, in their order."""
    return b"".join(_encoded(tuple(map(_cell, columns)), zip(*columns.values(), strict=True)))


def summary_json(result: Result, rejected: Sequence[RejectedRow], columns: Columns, fingerprint: str) -> bytes:
    """Counts, thresholds, model, abbreviations, findings and columns; no clock, so the same input gives the same bytes.

    Args:
        result: What was found, with the findings about its input among its findings.
        rejected: The rows that were set aside.
        columns: Where ids, texts and scopes were taken from.
        fingerprint: SHA-256 of the input.
    """
    verdicts = Counter(result.thresholds.verdict(float(chance)).value for chance in result.pairs.probability)
    found = {
        "groups": len(result.groups),
        "records_in_groups": sum(len(group.members) for group in result.groups),
        "pairs_duplicate": verdicts["duplicate"],
        "pairs_possible": verdicts["possible"],
        "rows_rejected": len(rejected),
    }
    findings = sorted(map(asdict, result.findings), key=lambda finding: (finding["code"], finding["message"]))
    summary = {
        "abbreviations": list(map(asdict, result.abbreviations)),
        "columns": asdict(columns),
        "counts": {name: int(count) for name, count in result.counts.items()} | found,
        "findings": findings,
        "input": {"sha256": fingerprint},
        "model": dict(result.model),
        "rejected": Counter(row.reason for row in rejected),
        "thresholds": asdict(result.thresholds),
    }
    text = json.dumps(summary, ensure_ascii=False, indent=2, sort_keys=True)
    return f"{text}\n".encode("utf-8", "replace")


def group_rows(result: Result) -> Iterator[tuple[str, ...]]:
    """The cells of ``groups.csv``, not yet protected from spreadsheets."""
    texts = dict(zip(result.records.ids, result.records.texts, strict=True))
    for group in result.groups:
        size = str(len(group.members))
        for member in group.members:
            yield member, group.id, size, "true" if member == group.keeper else "false", texts[member]


def pair_rows(result: Result) -> Iterator[tuple[str, ...]]:
    """The cells of ``pairs.csv``, likewise."""
    ids = result.records.ids
    for (a, b, probability), reason in zip(result.pairs, result.reasons, strict=True):
        yield ids[a], ids[b], f"{probability:.4f}", result.thresholds.verdict(probability).value, reason


def _encoded(header: Sequence[str], rows: Iterator[tuple[str, ...]]) -> Iterator[bytes]:
    lines = chain([",".join(header) + "\n"], (",".join(map(_cell, row)) + "\n" for row in rows))
    while part := "".join(islice(lines, _PART)):
        yield part.encode("utf-8", "replace")  # half a surrogate pair has no bytes


def _cell(value: str) -> str:
    return _quoted("'" + value if _FORMULA.match(value) else value)


def _quoted(value: str) -> str:
    """Also quotes a lone carriage return, which the standard library's writer leaves bare."""
    return '"' + value.replace('"', '""') + '"' if _TO_QUOTE.search(value) else value
