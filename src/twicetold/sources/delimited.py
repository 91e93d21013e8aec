"""CSV and its kin: comma, tab, semicolon or bar between the cells."""

from __future__ import annotations

import csv
import io
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from twicetold.errors import FormatNotRecognised, InputEmpty
from twicetold.findings import Finding, Severity
from twicetold.sources.table import BLOCK, Reason, RejectedRow, Table, share, tidy_header

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST_FIELD = 16 * 2**20  # characters; also how far an unclosed quote can reach
_DELIMITERS = ",\t;|"
_NO_DELIMITER = "\uffff"  # a non-character: the file has one column
_SAMPLE = 2**16


def parse_delimited(data: bytes, name: str) -> Table:
    """Reads delimited text with a header; cells are kept exactly as they are written.

    A row with another number of cells than the header, or with a quote that never closes, is set aside, and
    reading goes on with the next line.

    Args:
        data: UTF-8 without byte-order mark and NUL.
        name: The file, for messages.

    Raises:
        FormatNotRecognised: The header cannot be split into cells.
        InputEmpty: There is no line with anything on it.
    """
    csv.field_size_limit(max(csv.field_size_limit(), LONGEST_FIELD))
    delimiter = sniff_delimiter(data)
    reading = _read(data, name, delimiter, quoted=True)
    if delimiter == "\t" and reading.trouble:  # many tools write tabs without ever quoting
        literal = _read(data, name, delimiter, quoted=False)
        if literal.trouble < reading.trouble:
            message = "Quotes stand for themselves in this tab-separated file."
            literal.findings.append(Finding(Severity.INFO, "quotes-literal", message))
            reading = literal
    return reading.table(name)


def sniff_delimiter(data: bytes) -> str:
    """The delimiter that splits the header and then the most of the first rows into as many cells."""
    sample = io.StringIO(data[:_SAMPLE].decode("utf-8", "ignore"), newline="")
    lines = list(sample)
    best, best_fit = _NO_DELIMITER, (0.0, 0)
    for delimiter in _DELIMITERS:
        rows = [row for row in csv.reader(lines, delimiter=delimiter) if any(row)]
        if len(data) > _SAMPLE and len(rows) > 1:
            rows.pop()  # cut off
        width, body = (len(rows[0]), rows[1:]) if rows else (0, [])
        split = sum(len(row) > 1 for row in body)
        if width < 2 or 2 * split < len(body):
            continue
        fit = (sum(len(row) == width for row in body) / max(len(body), 1), width)
        if fit > best_fit:
            best, best_fit = delimiter, fit
    return best


@dataclass
class _Reading:
    """What one way of reading a file gives."""

    header: list[str] = field(default_factory=list)
    cells: list[list[str]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    broken: list[RejectedRow] = field(default_factory=list)
    loose: int = 0
    findings: list[Finding] = field(default_factory=list)

    @property
    def trouble(self) -> int:
        return len(self.broken) + self.loose

    def add(self, block: list[list[str]]) -> None:
        for column, values in zip(self.cells, zip(*block, strict=True), strict=False):
            column.extend(share(values))

    def table(self, name: str) -> Table:
        names, repeated, findings = tidy_header(self.header)
        findings += self.findings
        if self.loose:
            message = f"Rows with text after a closing quote, whose quotes were dropped: {self.loose}."
            findings.append(Finding(Severity.WARNING, "quotes-loose", message, self.loose))
        return Table(
            dict(zip(names, self.cells, strict=True)),
            self.lines,
            files=[name] * len(self.lines),
            rejected=tuple(self.broken),
            findings=tuple(findings),
            repeated=repeated,
            is_delimited=True,
        )


def _read(data: bytes, name: str, delimiter: str, *, quoted: bool) -> _Reading:
    rows = _rows(data, delimiter, quoted=quoted)
    reading = _Reading(header=_header(rows, name))
    width = len(reading.header)
    reading.cells = [[] for _ in range(width)]
    block: list[list[str]] = []
    for line, cells, raw in rows:
        if not raw and len(cells) <= 1 < width and not "".join(cells).strip():
            continue  # a blank line
        while len(cells) > width and not cells[-1]:
            cells.pop()
        if len(cells) != width:
            row = tuple(cells) or (raw.rstrip("\r\n"),)
            reading.broken.append(RejectedRow(line, Reason.BROKEN_ROW, row, name))
            continue
        reading.loose += bool(raw)
        reading.lines.append(line)
        block.append(cells)
        if len(block) == BLOCK:
            reading.add(block)
            block = []
    reading.add(block)
    return reading


def _header(rows: Iterator[tuple[int, list[str], str]], name: str) -> list[str]:
    for line, cells, raw in rows:
        if raw:
            raise FormatNotRecognised(f"{name}, line {line}: the header has a quote that is not closed.")
        if any(cell.strip() for cell in cells):
            return cells
    raise InputEmpty(f"{name} is empty.")


def _rows(data: bytes, delimiter: str, *, quoted: bool) -> Iterator[tuple[int, list[str], str]]:
    """Yields line number, cells and "" for a sound row; for a broken one its first line comes third.

    A row that cannot be read gives only its first line away: the lines after it are read anew, so that a
    quote that nobody closed does not swallow the rest of the file.
    """
    lines = _Lines(io.TextIOWrapper(io.BytesIO(data), encoding="utf-8", newline=""))
    reader = csv.reader(
        lines, delimiter=delimiter, quoting=csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE, strict=True
    )
    number = 1
    while True:
        raw = ""
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            raw = lines.give_back()
            cells = _loosely(raw, delimiter)
        yield number, cells, raw
        number += len(lines.taken)
        lines.taken.clear()


class _Lines:
    """Physical lines that can be read again."""

    def __init__(self, source: Iterator[str]) -> None:
        self._source = source
        self._again: deque[str] = deque()
        self.taken: list[str] = []

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else next(self._source)
        self.taken.append(line)
        return line

    def give_back(self) -> str:
        """All lines taken but the first, which is returned."""
        first, *others = self.taken
        self._again.extendleft(reversed(others))
        self.taken = [first]
        return first


def _loosely(line: str, delimiter: str) -> list[str]:
    """The cells of one line with text after a closing quote; none if a quote stays open."""
    try:
        cells = next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return []
    return [] if cells and cells[-1].endswith(("\r", "\n")) else cells
