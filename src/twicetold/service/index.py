"""Index: the records of a scope, read and encoded, kept in memory while somebody asks about them.

What is kept follows the store, which is asked before each answer, for one row by its key. Where a run has published
something else meanwhile, the scope is read anew in the background, and answers come from what there is until then.
Where somebody has put or taken away a record, the answer waits for that.
"""

from __future__ import annotations

import asyncio
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from twicetold.errors import BudgetExceeded, NotThere, Overloaded
from twicetold.matching.explanation import Said
from twicetold.model.vectors import unpack
from twicetold.pipeline import prepare_scopes
from twicetold.records import Records
from twicetold.runs.learning import learned_by_runs
from twicetold.store import browse
from twicetold.store.engine import reading
from twicetold.store.puts import records_now, scope_now
from twicetold.store.vectors import read_vectors
from twicetold.text.abbreviations import Learned

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import sqlalchemy as sa
    from numpy.typing import NDArray

    from twicetold.model.artifact import Model
    from twicetold.model.blocks import Block
    from twicetold.model.vectors import Meaning
    from twicetold.pipeline import Prepared
    from twicetold.service.models import Models
    from twicetold.service.workers import Workers
    from twicetold.text.lexicon import Lexicon

#: Seconds that a request waits for an index that is being made.
_PATIENCE = 10.0
#: Bytes that a record takes: about ten content words of 384 small integers, its reading and what explains it.
RECORD_BYTES = 8_000
_READING_BYTES = 4_000


@dataclass(frozen=True, slots=True)
class Index:
    """The records of a scope.

    Attributes:
        digest: Of the results that they belong to.
        put: A mark of what was put over them; empty where nothing was.
        records: In the order of their ids.
        standing: For each distinct text the rows of the records that have it.
        prepared: The records, read and encoded.
        lexicon: To read another text of the scope with.
        said: What each distinct text says, once somebody has asked.
    """

    digest: str
    put: str
    records: Records
    standing: Sequence[Sequence[int]]
    prepared: Prepared
    lexicon: Lexicon
    said: dict[int, Said] = field(default_factory=dict)

    @property
    def block(self) -> Block:
        """The distinct texts."""
        return self.prepared.block

    @property
    def size(self) -> int:
        """Bytes that it takes, about."""
        arrays = (self.block.sentences.whole, self.block.words.whole, self.block.rarity, self.block.stems)
        return sum(array.nbytes for array in arrays) + _READING_BYTES * len(self.records)

    def said_by(self, place: int) -> Said:
        """What a text says."""
        if place not in self.said:
            self.said[place] = Said.of(self.block.readings[place])
        return self.said[place]


#: Digest of a scope's results, digest of what was put since, number of records; None where there is nothing.
_Now = tuple[str, str, int] | None


class Indexes:
    """The indexes of the scopes that were asked for last, within a number of bytes.

    Args:
        engine: The store.
        models: What reads and encodes texts.
        budget: Bytes.
        asks: Threads that ask the store.
        builds: Threads that make indexes.

    Attributes:
        tell: Is told what went wrong in the background.
        held: Bytes that the indexes take, about.
        hits: Times that an index was there.
        made: Times that one was made.
    """

    def __init__(
        self,
        engine: sa.Engine,
        models: Models,
        *,
        budget: int,
        asks: Workers,
        builds: Workers,
    ) -> None:
        self._engine, self._models, self.budget = engine, models, budget
        self.tell: Callable[[BaseException], None] = lambda _error: None
        self._asks, self._builds = asks, builds
        self._entries: OrderedDict[tuple[str, str], Index] = OrderedDict()
        self._building: dict[tuple[str, str], asyncio.Task[Index]] = {}
        self._asked: dict[tuple[str, str], asyncio.Task[_Now]] = {}
        self._waiting: dict[tuple[str, str], asyncio.Task[_Now]] = {}
        self._learned: dict[str, tuple[str, Learned]] = {}
        self._learning = threading.Lock()
        self.held = self.hits = self.made = 0

    def __len__(self) -> int:
        return len(self._entries)

    async def of(self, profile: str, scope: str) -> Index:
        """The index of a scope.

        Raises:
            NotThere: No run has published the scope.
            BudgetExceeded: It is too large.
            Overloaded: It is being made, and that takes longer than an answer may take.
        """
        key = profile, scope
        found = await self._ask(key)
        if found is None:
            self._drop(key)
            raise NotThere("no run of the profile has published this scope")
        digest, put, count = found
        index = self._entries.get(key)
        if index is not None and (index.digest, index.put) == (digest, put):
            self._entries.move_to_end(key)
            self.hits += 1
            return index
        if count * RECORD_BYTES > self.budget:
            self._drop(key)
            raise BudgetExceeded(
                f"the scope has {count:,} records, more than fit into the {self.budget >> 20:,} MiB for scopes",
                remedy="Start the service with a larger --cache, or compare within smaller scopes.",
            )
        if index is not None and index.put == put:
            self._begin(key)
            return index
        try:
            async with asyncio.timeout(_PATIENCE):
                return await self._fresh(key, put)
        except TimeoutError:
            raise Overloaded("the records of this scope are still being read") from None

    async def _ask(self, key: tuple[str, str]) -> _Now:
        """What the store says of a scope now; who asks while a question waits for its turn shares what it is told.

        A question that the store is at work on is not shared: it may have missed what was put since.
        """
        if key not in self._waiting:
            self._waiting[key] = asyncio.create_task(self._question(key))
        return await asyncio.shield(self._waiting[key])

    async def _question(self, key: tuple[str, str]) -> _Now:
        if key in self._asked:
            await asyncio.wait([self._asked[key]])
        self._asked[key] = self._waiting.pop(key)
        try:
            return await self._asks.do(self._now, *key)
        finally:
            del self._asked[key]

    async def _fresh(self, key: tuple[str, str], put: str) -> Index:
        """An index that is being made, or, if that one began too early for a record that was put, the next one."""
        index = await asyncio.shield(self._begin(key))
        return index if index.put == put else await asyncio.shield(self._begin(key))

    def _begin(self, key: tuple[str, str]) -> asyncio.Task[Index]:
        """Makes an index in the background, once for all who wait for it."""
        if key not in self._building:
            self._building[key] = asyncio.create_task(self._make(key))
            self._building[key].add_done_callback(partial(self._end, key))
        return self._building[key]

    async def _make(self, key: tuple[str, str]) -> Index:
        index = await self._builds.do(self._build, *key)
        self._drop(key)
        self._entries[key] = index
        self.held += index.size
        self.made += 1
        while self.held > self.budget and len(self._entries) > 1:
            self._drop(next(iter(self._entries)))
        return index

    def _end(self, key: tuple[str, str], task: asyncio.Task[Index]) -> None:
        self._building.pop(key, None)
        if not task.cancelled() and (error := task.exception()) is not None:
            self.tell(error)

    def _drop(self, key: tuple[str, str]) -> None:
        index = self._entries.pop(key, None)
        self.held -= index.size if index is not None else 0

    def _now(self, profile: str, scope: str) -> _Now:
        with reading(self._engine) as connection:
            return scope_now(connection, profile, scope)

    def _build(self, profile: str, scope: str) -> Index:
        """Reads a scope as of one moment, and encodes what no run has encoded."""
        with reading(self._engine) as connection:
            found = scope_now(connection, profile, scope)
            run = browse.state_of(connection, profile)[0]
            records = Records.of(records_now(connection, profile, scope)).in_order()
        if found is None or not len(records):
            raise NotThere("no run of the profile has published this scope")
        model = self._models.of(profile).model
        learned = self._what_is_learned(profile, run, model)
        rows = np.arange(len(records), dtype=np.int32)
        prepared = prepare_scopes(records, [rows], model, learned, known=partial(self._known, model))
        standing = _by_text(prepared.first, prepared.distinct)
        return Index(found[0], found[1], records, standing, prepared, learned.lexicon_of(scope))

    def _what_is_learned(self, profile: str, run: str, model: Model) -> Learned:
        """What all texts of a profile teach, as the run in force has learnt it."""
        with self._learning:
            known = self._learned.get(profile)
            if known is None or known[0] != run:
                with reading(self._engine, seconds=30) as connection:
                    known = run, learned_by_runs(connection, profile, model)
                self._learned[profile] = known
            return known[1]

    def _known(self, model: Model, texts: Sequence[str]) -> Mapping[str, Meaning]:
        with reading(self._engine) as connection:
            stored = read_vectors(connection, model.encoding, texts)
        return {text: unpack(content) for text, content in stored.items()}


def _by_text(first: NDArray[np.int32], distinct: NDArray[np.intp]) -> list[list[int]]:
    """The rows of each distinct text, in the order of the texts."""
    rows: dict[int, list[int]] = {place: [] for place in distinct.tolist()}
    for row, place in enumerate(first.tolist()):
        rows[place].append(row)
    return list(rows.values())
