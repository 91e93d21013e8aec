"""Frames: records that Spark has, from whatever it reads, to groups and pairs that Spark writes.

No record, pair or edge passes through the driver; what does is what texts teach about abbreviations, and the decisions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from twicetold.decisions import Constraints
from twicetold.engines.bundles import Job, attributes_used, decoded, records_of
from twicetold.engines.packing import unpack_scope
from twicetold.engines.setup import load_model, pipeline_settings
from twicetold.engines.spark import BUNDLE, bundled, compare, send
from twicetold.platform.settings import load
from twicetold.sources.table import Reason
from twicetold.text.abbreviations import (
    Told,
    definitions_in,
    learned_from_definitions,
    told_by_initials,
    told_by_most,
    with_initials,
)
from twicetold.text.reading import is_placeholder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import Any

    from pyspark.sql import Column, DataFrame

    from twicetold.decisions import Decision
    from twicetold.model.artifact import Model
    from twicetold.pairs import Thresholds
    from twicetold.pipeline import ScopeResult
    from twicetold.text.abbreviations import Abbreviation, Learned
    from twicetold.text.lexicon import Lexicon

_READ = "scope string, id string, text string, attributes array<string>"
_DEFINED = "short string, long string"
_TOLD = "scope string, short string, long string, key string, texts long"
_GROUPS = "record_id string, group_id string, scope string, size long, keeper boolean"
_PAIRS = "record_a string, record_b string, scope string, probability double, verdict string, reason string"
_SCOPES = (
    "scope string, records long, distinct_texts long, pairs_compared long, groups long, "
    "texts_truncated long, texts_spanish long, decisions_contradict long, "
    "pairs_not_compared long, duplicates_sampled long, duplicates_missed long"
)
_TYPES = {"string": pa.string(), "long": pa.int64(), "double": pa.float64(), "boolean": pa.bool_()}


@dataclass(frozen=True, slots=True)
class Found:
    """What was found, each a DataFrame that is computed when it is written.

    Attributes:
        groups: One row per record in a group of two or more.
        pairs: One row per pair judged duplicate or possible.
        scopes: One row per scope, with what was counted there.
        rejected: Rows that were set aside, with the reason: a blank or repeated id, a text that says nothing.
        abbreviations: What the texts taught.
    """

    groups: DataFrame
    pairs: DataFrame
    scopes: DataFrame
    rejected: DataFrame
    abbreviations: tuple[Abbreviation, ...]


def find(
    frame: DataFrame,
    *,
    id: str = "id",  # noqa: A002 - the command line's word
    text: str = "text",
    scope: str = "",
    model: Model | None = None,
    decisions: Iterable[Decision] = (),
    settings: Mapping[str, Any] | None = None,
    bundle: int = BUNDLE,
) -> Found:
    """Finds the records of a DataFrame that say the same, within their scopes.

    Args:
        frame: The records; attributes that decide about keepers are its columns, too.
        id: Column with the ids.
        text: Column with the texts.
        scope: Column with the scopes; empty compares every record with every other.
        model: The model; by default the shipped one.
        decisions: What people decided; it is obeyed.
        settings: Values for settings such as ``duplicate`` or ``keeper``; see ``twicetold config show``.
        bundle: Records that are compared together, on average.
    """
    from pyspark.sql import functions as sf  # noqa: PLC0415

    loaded = load(settings)
    model = model or load_model(loaded)
    chosen = pipeline_settings(model, loaded, Constraints.of(decisions))
    attributes = tuple(sorted(attributes_used(chosen) & set(frame.columns)))

    def cell(name: str) -> Column:
        return sf.coalesce(sf.col(name).cast("string"), sf.lit(""))

    columns = {"scope": cell(scope) if scope else sf.lit(""), "id": sf.trim(cell(id)), "text": cell(text)}
    values = sf.array(*map(cell, attributes)).cast("array<string>").alias("attributes")
    read = frame.select(*(column.alias(name) for name, column in columns.items()), values)
    folder = send(frame.sparkSession, model)
    judged = _judged(read).persist()
    records = judged.where("reason = ''").drop("reason")
    bundles = -(-max(1, records.count()) // bundle)
    learned = _learned(records, model.lexicon, bundles)
    job = Job(folder, model.lexicon, learned, chosen, attributes, knows_misspellings=False)
    compared = compare(records, job, bundles).persist()
    return Found(
        groups=compared.mapInArrow(_rows(_groups, _GROUPS), _GROUPS),
        pairs=compared.mapInArrow(_rows(_pairs(chosen.thresholds), _PAIRS), _PAIRS),
        scopes=compared.mapInArrow(_rows(_scopes, _SCOPES), _SCOPES),
        rejected=judged.where("reason != ''").drop("attributes"),
        abbreviations=learned.abbreviations,
    )


def _judged(read: DataFrame) -> DataFrame:
    """The rows with the reason why they are set aside, empty where they are not; of a repeated id one row stays."""
    from pyspark.sql import Window  # noqa: PLC0415
    from pyspark.sql import functions as sf  # noqa: PLC0415

    def look(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            says_nothing = pa.array(list(map(is_placeholder, batch["text"].to_pylist())), pa.bool_())
            yield pa.RecordBatch.from_arrays([*batch.columns, says_nothing], [*batch.schema.names, "says_nothing"])

    looked = read.mapInArrow(look, f"{_READ}, says_nothing boolean")
    same = Window.partitionBy("id", "says_nothing").orderBy("scope", "text")
    reason = (
        sf.when(sf.col("id") == "", Reason.BLANK_ID)
        .when(sf.trim("text") == "", Reason.BLANK_TEXT)
        .when(sf.col("says_nothing"), Reason.PLACEHOLDER_TEXT)
        .when(sf.row_number().over(same) > 1, Reason.DUPLICATE_ID)
        .otherwise("")
    )
    return looked.withColumn("reason", reason).drop("says_nothing")


def _learned(records: DataFrame, lexicon: Lexicon, bundles: int) -> Learned:
    """What all texts teach, but for misspelled words, which are a scope's own business."""

    def define(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            yield _batch(definitions_in(batch["text"].to_pylist(), lexicon), _DEFINED)

    bracketed = records.where(r"text rlike '[(\uff08]'").select("text").distinct()
    counted = bracketed.mapInArrow(define, _DEFINED).groupBy("short", "long").count().collect()
    learned = learned_from_definitions({(row["short"], row["long"]): row["count"] for row in counted}, lexicon)
    known = records.sparkSession.sparkContext.broadcast(learned)

    def tell(table: pa.Table) -> pa.Table:
        found = records_of(table)
        told = told_by_initials(found.texts, found.scopes, known.value)
        rows = ((each.scope, each.short, each.long, "\0".join(each.key), each.texts) for each in told)
        return pa.Table.from_batches([_batch(rows, _TOLD)])

    rows = bundled(records, bundles).applyInArrow(tell, _TOLD).collect()
    told = [Told(row["scope"], row["short"], row["long"], tuple(row["key"].split("\0")), row["texts"]) for row in rows]
    return with_initials(learned, told_by_most(told))


def _rows(
    of_scope: Callable[[str, list[str], ScopeResult], Iterable[tuple[object, ...]]], schema: str
) -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """What makes rows of the packed results of scopes."""

    def rows(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for row in batch.to_pylist():
                scope, ids = decoded(row["scope"]), list(map(decoded, row["ids"]))
                result = unpack_scope(row["content"], scope, np.arange(len(ids), dtype=np.int32))
                yield _batch(of_scope(scope, ids, result), schema)

    return rows


def _groups(scope: str, _ids: list[str], result: ScopeResult) -> Iterator[tuple[object, ...]]:
    for group in result.groups:
        for member in group.members:
            yield member, group.id, scope, len(group.members), member == group.keeper


def _pairs(thresholds: Thresholds) -> Callable[[str, list[str], ScopeResult], Iterator[tuple[object, ...]]]:
    def rows(scope: str, ids: list[str], result: ScopeResult) -> Iterator[tuple[object, ...]]:
        for (a, b, chance), reason in zip(result.pairs, result.reasons, strict=True):
            yield ids[a], ids[b], scope, chance, thresholds.verdict(chance).value, reason

    return rows


def _scopes(scope: str, ids: list[str], result: ScopeResult) -> Iterator[tuple[object, ...]]:
    compared = int(result.compared.histogram.sum())
    counts = (len(ids), result.compared.texts, compared, len(result.groups))
    left_out = (result.truncated, result.spanish, result.contradictions, result.compared.unseen)
    sampled, found = (result.searched.recall.wanted, result.searched.recall.found) if result.searched else (0, 0)
    yield scope, *counts, *left_out, sampled, sampled - found


def _batch(rows: Iterable[tuple[object, ...]], schema: str) -> pa.RecordBatch:
    """Rows as a batch of a schema in Spark's words."""
    named = [field.split() for field in schema.split(", ")]
    cells = list(zip(*rows, strict=True)) or [()] * len(named)
    columns = [pa.array(column, _TYPES[kind]) for column, (_, kind) in zip(cells, named, strict=True)]
    return pa.RecordBatch.from_arrays(columns, [name for name, _ in named])
