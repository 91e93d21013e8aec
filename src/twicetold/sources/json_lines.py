"""JSON Lines, and one JSON array of objects."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from twicetold.errors import FormatNotRecognised
from twicetold.sources.table import Reason, RejectedRow, Table, clean

if TYPE_CHECKING:
    from collections.abc import Iterator

_OBJECT = re.compile(rb"\s*\{\s*[\"}]")
_ARRAY = re.compile(rb"\s*\[\s*[{\]]")
_NAMES = (".jsonl", ".ndjson", ".json")
_BETWEEN = re.compile(r"[\s,]*")
# Numbers stay as they are written: 20-digit ids and 1e5 survive.
_DECODER = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str)


def looks_like_json(data: bytes, name: str) -> bool:
    """Whether a file is named as JSON, or starts as a JSON object or an array of objects."""
    named = name.lower().removesuffix(".gz").endswith(_NAMES)
    return named or bool(_OBJECT.match(data) or _ARRAY.match(data))


def parse_json(data: bytes, name: str) -> Table:
    """Reads JSON objects as rows: numbers as text as they are written, null and missing as "".

    Values that are lists or objects are kept as JSON text. In JSON Lines a line that is no object is set
    aside.

    Args:
        data: UTF-8 without byte-order mark.
        name: The file, for messages.

    Raises:
        FormatNotRecognised: An array is broken, or no line is an object.
    """
    rows = _array(data.decode(), name) if _ARRAY.match(data) else _lines(data)
    columns: dict[str, list[str]] = {}
    lines: list[int] = []
    rejected: list[RejectedRow] = []
    for line, value, raw in rows:
        if not isinstance(value, dict):
            rejected.append(RejectedRow(line, Reason.BAD_JSON, (raw,), name))
            continue
        _add(columns, value, len(lines))
        lines.append(line)
    if rejected and not lines:
        raise FormatNotRecognised(
            f"{name} starts like JSON, but none of its {len(rejected)} lines is a JSON object.",
            remedy="Give one object per line (JSON Lines), or one array of objects.",
        )
    findings = tuple(clean(columns)) if re.search(rb"\\u(0000|d[89a-f])", data, re.IGNORECASE) else ()
    return Table(columns, lines, [name] * len(lines), tuple(rejected), findings)


def _add(columns: dict[str, list[str]], row: dict[str, object], before: int) -> None:
    for key, value in row.items():
        column = columns.get(key)
        if column is None:
            column = columns[key] = [""] * before
        column.append(value if isinstance(value, str) else _as_text(value))
    if len(row) < len(columns):
        for column in columns.values():
            if len(column) == before:
                column.append("")


def _as_text(value: object) -> str:
    return "" if value is None else json.dumps(value, ensure_ascii=False)


def _lines(data: bytes) -> Iterator[tuple[int, object, str]]:
    for number, line in enumerate(data.split(b"\n"), start=1):
        if not line.strip():
            continue
        text = line.decode()
        try:
            yield number, _DECODER.decode(text), text.strip()
        except (ValueError, RecursionError):
            yield number, None, text.strip()


def _array(text: str, name: str) -> Iterator[tuple[int, object, str]]:
    place, line, counted = text.index("[") + 1, 1, 0
    while True:
        place = _BETWEEN.match(text, place).end()  # type: ignore[union-attr]  # it matches the empty text too
        line, counted = line + text.count("\n", counted, place), place
        if text[place : place + 1] == "]" and not text[place + 1 :].strip():
            return
        try:
            value, end = _DECODER.raw_decode(text, place)
        except (ValueError, RecursionError):
            raise FormatNotRecognised(f"{name}, line {line}: the JSON array is broken here.") from None
        yield line, value, text[place:end]
        place = end
