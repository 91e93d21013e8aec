"""Records: the short texts that are compared."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Record:
    """One text with its id.

    Attributes:
        id: Unique within one run; always text, never a number.
        text: What is compared, as it was written.
        scope: Records are compared only within one scope; empty means with every record of empty scope.
        attributes: Whatever else the source knows, by name; never compared, only shown and used to
            choose a keeper.
    """

    id: str
    text: str
    scope: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Records:
    """Many records as columns of equal length; row i of every column is record i."""

    ids: Sequence[str]
    texts: Sequence[str]
    scopes: Sequence[str]
    attributes: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        lengths = {len(self.ids), len(self.texts), len(self.scopes), *map(len, self.attributes.values())}
        if len(lengths) > 1:
            raise ValueError(f"columns of different lengths: {sorted(lengths)}")

    @classmethod
    def of(cls, records: Iterable[Record]) -> Records:
        """The records as columns; an attribute that a record lacks is empty."""
        rows = list(records)
        names = sorted({name for row in rows for name in row.attributes})
        return cls(
            ids=[row.id for row in rows],
            texts=[row.text for row in rows],
            scopes=[row.scope for row in rows],
            attributes={name: [row.attributes.get(name, "") for row in rows] for name in names},
        )

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, row: int) -> Record:
        attributes = {name: column[row] for name, column in self.attributes.items() if column[row]}
        return Record(self.ids[row], self.texts[row], self.scopes[row], attributes)

    def __iter__(self) -> Iterator[Record]:
        return (self[row] for row in range(len(self)))

    def take(self, rows: Sequence[int]) -> Records:
        """The records of the given rows, in that order."""
        return Records(
            ids=[self.ids[row] for row in rows],
            texts=[self.texts[row] for row in rows],
            scopes=[self.scopes[row] for row in rows],
            attributes={name: [column[row] for row in rows] for name, column in self.attributes.items()},
        )

    @property
    def digest(self) -> str:
        """SHA-256 of the records in their order, as hexadecimal text; the order of the attributes is none of it."""
        names = sorted(self.attributes)
        columns = [self.scopes, self.ids, self.texts, *(self.attributes[name] for name in names)]
        digest = hashlib.sha256(json.dumps(names).encode())
        for cells in zip(*columns, strict=True):
            digest.update(json.dumps(cells).encode())
        return digest.hexdigest()

    def in_order(self) -> Records:
        """The records sorted by scope and id: what makes results independent of the rows' order."""
        return self.take(sorted(range(len(self)), key=lambda row: (self.scopes[row], self.ids[row])))
