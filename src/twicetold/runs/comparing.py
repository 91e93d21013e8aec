"""Comparing: the scopes of a run, block by block; the next block is prepared while one is compared."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from twicetold.engines.large import prepare_block
from twicetold.engines.packing import pack_scope, text_key, unpack_past
from twicetold.matching.suggested import EXACT
from twicetold.model.vectors import pack, unpack
from twicetold.pipeline import Prepared, compare_scopes
from twicetold.runs.fingerprint import comparison_digest
from twicetold.store.engine import transaction
from twicetold.store.vectors import keep_vectors, read_vectors

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from pathlib import Path

    import numpy as np
    import sqlalchemy as sa
    from numpy.typing import NDArray

    from twicetold.matching.candidates import Known
    from twicetold.model.artifact import Model
    from twicetold.model.vectors import Meaning
    from twicetold.pipeline import Settings
    from twicetold.records import Records
    from twicetold.text.abbreviations import Learned


#: Vectors that are held until their block is compared, at most.
_VECTORS = 4096


@dataclass(frozen=True, slots=True)
class Block:
    """What comes of a block.

    Attributes:
        scopes: The packed result of each scope.
        vectors: The packed vectors of texts that had none, as far as they are not kept yet.
        encoded: How many texts had none.
        records: How many were compared.
        new: How many texts were; those that were compared before met these only.
    """

    scopes: Mapping[str, bytes]
    vectors: Mapping[str, bytes]
    encoded: int
    records: int
    new: int


class Comparison(Protocol):
    """What compares the blocks of a run."""

    blocks: Sequence[Sequence[NDArray[np.int32]]]

    def compare(self, number: int) -> Block:
        """What comes of one block."""

    def close(self) -> None:
        """Lets go of what is not wanted any more."""


@dataclass(frozen=True, slots=True)
class _Ready:
    """A block that can be compared: its texts, their keys by scope, what is known of the scopes, and fresh vectors."""

    prepared: Prepared
    keys: Sequence[Sequence[bytes]]
    known: Sequence[Known | None]
    vectors: Mapping[str, bytes]
    encoded: int


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
        read_past: What was compared before, packed, by scope; of some scopes.
        work_dir: Where what does not fit into memory is kept meanwhile; None for the system's folder.
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
        read_past: Callable[[sa.Connection, Collection[str]], Iterable[tuple[str, bytes]]],
        work_dir: Path | None,
    ) -> None:
        self.blocks = blocks
        self._records, self._model, self._settings, self._learned = records, model, settings, learned
        self._engine, self._check, self._read_past, self._work_dir = engine, check, read_past, work_dir
        self._digest = comparison_digest(settings, model.label)
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="prepare")
        self._ahead: dict[int, Future[_Ready]] = {}

    def compare(self, number: int) -> Block:
        """What comes of one block."""
        preparing = self._ahead.pop(number, None) or self._pool.submit(self._prepare, number)
        ready = preparing.result()
        if number + 1 < len(self.blocks):
            self._ahead[number + 1] = self._pool.submit(self._prepare, number + 1)
        prepared = ready.prepared
        results = compare_scopes(
            self._records, prepared, self._model, self._settings, lambda _share: self._check(), ready.known
        )
        packed = {
            self._records.scopes[int(scope[0])]: pack_scope(result, scope, self._digest, keys)
            for scope, result, keys in zip(prepared.scopes, results, ready.keys, strict=True)
        }
        new = sum(
            int((known.places < 0).sum()) if known else len(keys)
            for known, keys in zip(ready.known, ready.keys, strict=True)
        )
        return Block(packed, ready.vectors, ready.encoded, len(prepared.first), new)

    def close(self) -> None:
        """Lets go of what is prepared and not wanted any more."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _prepare(self, number: int) -> _Ready:
        fresh: dict[str, bytes] = {}
        encoded = 0

        def keep(text: str, meaning: Meaning) -> None:
            nonlocal encoded
            encoded += 1
            fresh[text] = pack(meaning)
            if len(fresh) >= _VECTORS:
                self._keep(fresh)
                fresh.clear()

        prepared = prepare_block(
            self._records,
            self.blocks[number],
            self._model,
            self._learned,
            lambda _share: self._check(),
            folder=self._work_dir,
            known=self._known,
            keep=keep,
        )
        keys = [list(map(text_key, texts.readings)) for _, texts in prepared.texts()]
        names = [self._records.scopes[int(scope[0])] for scope in prepared.scopes]
        with transaction(self._engine) as connection:
            past = {scope: unpack_past(content) for scope, content in self._read_past(connection, names)}
        known = [
            found.known(self._digest, texts) if len(texts) <= EXACT and (found := past.get(name)) else None
            for name, texts in zip(names, keys, strict=True)
        ]
        return _Ready(prepared, keys, known, fresh, encoded)

    def _keep(self, vectors: Mapping[str, bytes]) -> None:
        """Keeps vectors of a large scope before it is all encoded: a run that is cut off need not encode them again."""
        with transaction(self._engine) as connection:
            keep_vectors(connection, self._model.encoding, vectors)

    def _known(self, texts: Sequence[str]) -> Mapping[str, Meaning]:
        with transaction(self._engine) as connection:
            stored = read_vectors(connection, self._model.encoding, texts)
        return {text: unpack(content) for text, content in stored.items()}
