"""Packing: what runs keep in the store between steps, as bytes that hold no code."""

from __future__ import annotations

import json
import zlib
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from twicetold.findings import Finding, Severity
from twicetold.records import Records
from twicetold.sources.columns import Columns
from twicetold.sources.input import Input
from twicetold.sources.table import RejectedRow

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: Records in one part.
_RECORDS = 5000
_LEVEL = 1  # of compression: most of the gain for little of the time


def pack(content: object) -> bytes:
    """Anything that JSON can say."""
    return zlib.compress(json.dumps(content, separators=(",", ":")).encode(), _LEVEL)


def unpack(content: bytes) -> Any:  # noqa: ANN401 - whatever was packed
    """What :func:`pack` packed."""
    return json.loads(zlib.decompress(content))


def pack_input(found: Input) -> Iterator[bytes]:
    """An input: first what is known about it, then its records, some at a time."""
    yield pack(
        {
            "rejected": [asdict(row) for row in found.rejected],
            "findings": [asdict(each) for each in found.findings],
            "columns": asdict(found.columns),
            "fingerprint": found.fingerprint,
        }
    )
    records = found.records
    for first in range(0, len(records), _RECORDS):
        some = slice(first, first + _RECORDS)
        yield pack(
            {
                "ids": records.ids[some],
                "texts": records.texts[some],
                "scopes": records.scopes[some],
                "attributes": {name: column[some] for name, column in records.attributes.items()},
            }
        )


def unpack_input(parts: Iterable[bytes]) -> Input:
    """What :func:`pack_input` packed."""
    first, *others = map(unpack, parts)
    names = others[0]["attributes"] if others else {}
    ids, texts, scopes = ([cell for part in others for cell in part[name]] for name in ("ids", "texts", "scopes"))
    attributes = {name: [cell for part in others for cell in part["attributes"][name]] for name in names}
    records = Records(ids, texts, scopes, attributes)
    return Input(
        records,
        tuple(RejectedRow(**{**row, "row": tuple(row["row"])}) for row in first["rejected"]),
        tuple(Finding(**{**each, "severity": Severity(each["severity"])}) for each in first["findings"]),
        Columns(**first["columns"]),
        first["fingerprint"],
    )
