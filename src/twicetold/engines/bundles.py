"""Bundles: the records of some whole scopes as an Arrow table, compared wherever the table is.

What a worker of a cluster does. Texts travel as bytes, because Arrow's strings cannot hold half a surrogate pair.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import pyarrow as pa

from twicetold.engines.large import prepare_block
from twicetold.engines.packing import pack_scope, text_key
from twicetold.matching.plan import plan
from twicetold.model.artifact import Model
from twicetold.pipeline import compare_scopes
from twicetold.records import Records
from twicetold.text.misspellings import misspellings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from twicetold.pipeline import Settings
    from twicetold.text.abbreviations import Learned
    from twicetold.text.lexicon import Lexicon

#: The columns of a bundle; ``attributes`` holds the values of :attr:`Job.attributes`.
RECORDS = pa.schema(
    [
        ("scope", pa.binary()),
        ("id", pa.binary()),
        ("text", pa.binary()),
        ("attributes", pa.list_(pa.binary())),
    ]
)
#: The columns of what comes of it: of each scope the ids in the order of its rows, how many distinct texts they have,
#: and what ``pack_scope`` packed.
RESULTS = pa.schema(
    [("scope", pa.binary()), ("ids", pa.list_(pa.binary())), ("texts", pa.int64()), ("content", pa.binary())]
)


@dataclass(frozen=True)
class Job:
    """What every worker needs to know; it is sent to each of them once.

    Attributes:
        folder: Tells where the model lies on the machine that asks.
        lexicon: Of the model.
        learned: What all texts teach.
        settings: How records are compared and grouped.
        attributes: Names of the attributes that matter for that.
        digest: Of all that comparing two texts depends on beside them.
        knows_misspellings: Whether ``learned`` has what misspelled words mean; if not, each bundle finds it out.
    """

    folder: Callable[[], Path]
    lexicon: Lexicon
    learned: Learned
    settings: Settings
    attributes: tuple[str, ...]
    digest: str = ""
    knows_misspellings: bool = True

    @cached_property
    def model(self) -> Model:
        """The model, loaded once in each process; a task has one processor."""
        return Model(self.folder(), lexicon=self.lexicon, threads=1)


def attributes_used(settings: Settings) -> set[str]:
    """The attributes on which keepers and groups depend."""
    keeper = {settings.keeper.curated_column, settings.keeper.created_column}
    return keeper | {rule.column for rule in settings.separations}


def table_of(records: Records, attributes: tuple[str, ...]) -> pa.Table:
    """Records as a table of :data:`RECORDS`."""
    cells = zip(*(map(_encoded, records.attributes[name]) for name in attributes), strict=True)
    columns = [
        list(map(_encoded, records.scopes)),
        list(map(_encoded, records.ids)),
        list(map(_encoded, records.texts)),
        list(map(list, cells)) if attributes else [[]] * len(records),
    ]
    return pa.table(columns, schema=RECORDS)


def compare_bundle(table: pa.Table, job: Job) -> pa.Table:
    """Compares and groups the records of some whole scopes; the result is of :data:`RESULTS`."""
    rows = list(zip(*_compared(records_of(table, job.attributes), job), strict=True)) or [()] * len(RESULTS)
    return pa.table([list(column) for column in rows], schema=RESULTS)


def decoded(value: bytes | str) -> str:
    """The text that travelled, maybe as bytes."""
    return value if isinstance(value, str) else value.decode("utf-8", "surrogatepass")


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def records_of(table: pa.Table, attributes: tuple[str, ...] = ()) -> Records:
    """The records of a table of :data:`RECORDS`, sorted by scope and id."""
    scopes, ids, texts = (list(map(decoded, table[name].to_pylist())) for name in ("scope", "id", "text"))
    cells = zip(*table["attributes"].to_pylist(), strict=True) if attributes else ()
    columns = dict(zip(attributes, (list(map(decoded, column)) for column in cells), strict=True))
    return Records(ids, texts, scopes, columns).in_order()


def _compared(records: Records, job: Job) -> Iterator[tuple[bytes, list[bytes], int, bytes]]:
    learned = job.learned
    if not job.knows_misspellings:
        misspelled = misspellings(records.texts, records.scopes, learned.lexicon, job.model.is_known)
        learned = replace(learned, misspellings=misspelled)
    for block in plan(records, None).blocks:
        prepared = prepare_block(records, block, job.model, learned, folder=None)
        results = compare_scopes(records, prepared, job.model, job.settings)
        for rows, (_, texts), result in zip(block, prepared.texts(), results, strict=True):
            ids = [_encoded(records.ids[row]) for row in rows.tolist()]
            content = pack_scope(result, rows, job.digest, list(map(text_key, texts.readings)))
            yield _encoded(records.scopes[int(rows[0])]), ids, len(texts), content
