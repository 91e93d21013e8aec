"""Packing: what runs keep in the store between steps, as bytes that hold no code."""

from __future__ import annotations

import json
import zlib
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from twicetold.findings import Finding, Severity
from twicetold.groups import Group
from twicetold.pairs import Pairs
from twicetold.pipeline import ScopeResult
from twicetold.records import Records
from twicetold.sources.columns import Columns
from twicetold.sources.input import Input
from twicetold.sources.table import RejectedRow

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

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


def pack_scope(result: ScopeResult, rows: NDArray[np.int32]) -> bytes:
    """The result of one scope, its rows as their places within the scope, so that it holds for other runs too."""
    head = {
        "groups": [[group.id, group.members, group.keeper] for group in result.groups],
        "names": result.pairs.names,
        "pairs": len(result.pairs),
        "nearest": len(result.nearest),
        "reasons": list(result.reasons),
        "distinct": result.distinct,
        "truncated": result.truncated,
        "spanish": result.spanish,
        "contradictions": result.contradictions,
        "separated": dict(result.separated),
        "histogram": {str(place): int(count) for place, count in enumerate(result.histogram) if count},
        "bins": len(result.histogram),
    }
    arrays = [*_arrays(result.pairs, rows), result.identical, *_arrays(result.nearest, rows)]
    text = json.dumps(head, separators=(",", ":")).encode()
    body = b"".join(np.ascontiguousarray(array).tobytes() for array in arrays)
    return zlib.compress(len(text).to_bytes(8, "big") + text + body, _LEVEL)


def unpack_scope(content: bytes, scope: str, rows: NDArray[np.int32]) -> ScopeResult:
    """What :func:`pack_scope` packed, for the rows that the scope has now."""
    data = zlib.decompress(content)
    begin = 8 + int.from_bytes(data[:8], "big")
    head = json.loads(data[8:begin])
    cursor = _Cursor(data, begin)
    pairs = _pairs(cursor, head["pairs"], head["names"], rows)
    identical = cursor.take(np.bool_, head["pairs"])
    nearest = _pairs(cursor, head["nearest"], head["names"], rows)
    histogram = np.zeros(head["bins"], np.int64)
    for place, count in head["histogram"].items():
        histogram[int(place)] = count
    return ScopeResult(
        groups=tuple(Group(name, scope, tuple(members), keeper) for name, members, keeper in head["groups"]),
        pairs=pairs,
        identical=identical,
        reasons=head["reasons"],
        nearest=nearest,
        histogram=histogram,
        distinct=head["distinct"],
        truncated=head["truncated"],
        spanish=head["spanish"],
        contradictions=head["contradictions"],
        separated=head["separated"],
    )


def _arrays(pairs: Pairs, rows: NDArray[np.int32]) -> Sequence[NDArray[Any]]:
    places = [np.searchsorted(rows, side).astype(np.int32) for side in (pairs.a, pairs.b)]
    return [*places, pairs.probability, pairs.log_odds]


def _pairs(cursor: _Cursor, count: int, names: Sequence[str], rows: NDArray[np.int32]) -> Pairs:
    a, b = rows[cursor.take(np.int32, count)], rows[cursor.take(np.int32, count)]
    probability = cursor.take(np.float64, count)
    log_odds = cursor.take(np.float32, count * len(names)).reshape(count, len(names))
    return Pairs(a, b, probability, log_odds, names)


class _Cursor:
    """Takes arrays off bytes, one after the other."""

    def __init__(self, data: bytes, begin: int) -> None:
        self._data = data
        self._begin = begin

    def take(self, kind: type[Any], count: int) -> NDArray[Any]:
        size = np.dtype(kind).itemsize * count
        array = np.frombuffer(self._data[self._begin : self._begin + size], kind)
        self._begin += size
        return array
