"""Cluster: the scopes of a run, compared by Spark."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING

from twicetold.engines import spark
from twicetold.runs.comparing import Block
from twicetold.runs.fingerprint import comparison_digest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import numpy as np
    from numpy.typing import NDArray
    from pyspark.sql import SparkSession

    from twicetold.model.artifact import Model
    from twicetold.pipeline import Settings
    from twicetold.records import Records
    from twicetold.text.abbreviations import Learned

#: Records that are sent to the cluster at a time: what is done again if the run is cut off.
_STEP = 200_000


def steps(blocks: Iterable[Sequence[NDArray[np.int32]]], records: int = _STEP) -> list[list[NDArray[np.int32]]]:
    """Blocks put together until they have so many records."""
    found: list[list[NDArray[np.int32]]] = []
    rows = records
    for block in blocks:
        if rows >= records:
            found.append([])
            rows = 0
        found[-1] += block
        rows += sum(map(len, block))
    return found


@dataclass
class SparkBlocks:
    """Blocks of scopes, each compared by the whole cluster.

    Attributes:
        records: The records of the blocks, sorted by scope and id.
        blocks: Each is a list of scopes, each scope the rows of its records.
        model: Compares them.
        settings: How.
        learned: What all texts teach.
        master: Where Spark is; None for what it is configured to be.
        check: Called now and then; it raises where the work must stop.
    """

    records: Records
    blocks: Sequence[Sequence[NDArray[np.int32]]]
    model: Model
    settings: Settings
    learned: Learned
    master: str | None
    check: Callable[[], None]
    _session: SparkSession | None = field(default=None, init=False)
    _closing: ExitStack = field(default_factory=ExitStack, init=False)

    def compare(self, number: int) -> Block:
        """What comes of one block."""
        if self._session is None:
            self._session = self._closing.enter_context(spark.session(self.master))
        part = self.records.take(list(chain.from_iterable(scope.tolist() for scope in self.blocks[number])))
        try:
            packed = spark.compare_records(
                self._session,
                part,
                self.model,
                self.settings,
                self.learned,
                digest=comparison_digest(self.settings, self.model.label),
                progress=lambda _done: self.check(),
            )
        except BaseException:
            self.close()
            raise
        contents = {scope: each.content for scope, each in packed.items()}
        texts = sum(each.texts for each in packed.values())
        return Block(contents, {}, texts, len(part), texts)

    def close(self) -> None:
        """Lets the cluster go."""
        self._session = None
        self._closing.close()
