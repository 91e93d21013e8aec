"""Comparing: the scopes of a run, block by block; the next block is prepared while one is compared."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

from twicetold.model.vectors import pack, unpack
from twicetold.pipeline import Prepared, ScopeResult, compare_scopes, prepare_scopes
from twicetold.store.engine import transaction
from twicetold.store.vectors import read_vectors

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy as np
    import sqlalchemy as sa
    from numpy.typing import NDArray

    from twicetold.model.artifact import Model
    from twicetold.model.vectors import Meaning
    from twicetold.pipeline import Settings
    from twicetold.records import Records
    from twicetold.text.abbreviations import Learned


class Blocks:
    """Blocks of scopes, compared one after the other; whichever comes first, the one after it is prepared ahead.

    Args:
        records: The records of the blocks, sorted by scope and id.
        blocks: Each is a list of scopes, each scope the rows of its records.
        model: Compares them.
        settings: How.
        learned: What all texts teach.
        engine: Where vectors are kept.
        check: Called now and then; it raises where the work must stop.
    """

    def __init__(
        self,
        records: Records,
        blocks: Sequence[Sequence[NDArray[np.int32]]],
        model: Model,
        settings: Settings,
        learned: Learned,
        engine: sa.Engine,
        check: Callable[[], None],
    ) -> None:
        self.blocks = blocks
        self._records, self._model, self._settings, self._learned = records, model, settings, learned
        self._engine, self._check = engine, check
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="prepare")
        self._ahead: dict[int, Future[tuple[Prepared, dict[str, bytes]]]] = {}

    def compare(self, number: int) -> tuple[list[tuple[NDArray[np.int32], ScopeResult]], dict[str, bytes]]:
        """The results of the scopes of one block with their rows, and the vectors of texts that had none."""
        preparing = self._ahead.pop(number, None) or self._pool.submit(self._prepare, number)
        prepared, fresh = preparing.result()
        if number + 1 < len(self.blocks):
            self._ahead[number + 1] = self._pool.submit(self._prepare, number + 1)
        results = compare_scopes(self._records, prepared, self._model, self._settings, lambda _share: self._check())
        return list(zip(prepared.scopes, results, strict=True)), fresh

    def close(self) -> None:
        """Lets go of what is prepared and not wanted any more."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _prepare(self, number: int) -> tuple[Prepared, dict[str, bytes]]:
        fresh: dict[str, bytes] = {}

        def keep(text: str, meaning: Meaning) -> None:
            fresh[text] = pack(meaning)

        prepared = prepare_scopes(
            self._records,
            self.blocks[number],
            self._model,
            self._learned,
            lambda _share: self._check(),
            known=self._known,
            keep=keep,
        )
        return prepared, fresh

    def _known(self, texts: Sequence[str]) -> Mapping[str, Meaning]:
        with transaction(self._engine) as connection:
            stored = read_vectors(connection, self._model.encoding, texts)
        return {text: unpack(content) for text, content in stored.items()}
