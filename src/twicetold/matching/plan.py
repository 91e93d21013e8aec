"""Plan: how the scopes are divided into blocks, and whether the work fits its memory, before any of it is done."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from twicetold.errors import BudgetExceeded
from twicetold.model.encoder import MAX_PIECES
from twicetold.model.vectors import WIDTH

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from twicetold.records import Records

_MIB = 1 << 20
#: The interpreter, the libraries and the model, and one tile of a comparison; measured by benchmarks/memory.py.
FIXED_BYTES = 260 * _MIB
#: Of larger scopes the vectors lie in files.
LARGE = 20_000
#: A vector, with its word's rarity, stem and length.
_VECTOR_BYTES = WIDTH + 16
#: What is held of a text in a large scope beside 16 bytes for each word: its sketch, its slots, and
#: above all its pairs; benchmarks/scale.py shows the peak.
_TEXT_BYTES = 10_000
#: A record's text, id and attributes beside their characters, and its share of the results.
_RECORD_BYTES = 700
#: What was read of a text, in a file, beside its characters, and the sentences about its pairs.
_READING_BYTES = 1400
#: Blocks hold scopes until they have this many rows: enough to keep every thread busy, few enough to be small.
_BLOCK_ROWS = 512


@dataclass(frozen=True, slots=True)
class Plan:
    """What will be done.

    Attributes:
        blocks: Each block is a list of scopes, each scope the rows of its records, ascending.
        needed: Bytes that the work will take at its peak, as an upper estimate.
    """

    blocks: Sequence[Sequence[NDArray[np.int32]]]
    needed: int


def plan(records: Records, budget: int | None) -> Plan:
    """Divides records, sorted by scope and id, into blocks of whole scopes.

    Args:
        records: The records.
        budget: Bytes that may be used; None where nothing limits it.

    Raises:
        BudgetExceeded: The largest scope cannot be held; the message says what it would need.
    """
    scopes = scope_rows(records)
    lengths = np.fromiter(map(len, records.texts), np.int64, len(records))
    held = int(lengths.sum()) * 2 + len(records) * (_RECORD_BYTES + 60 * len(records.attributes))
    blocks: list[list[NDArray[np.int32]]] = []
    rows = _BLOCK_ROWS
    for scope in scopes:
        if rows >= _BLOCK_ROWS or len(scope) > LARGE:
            blocks.append([])
            rows = 0
        blocks[-1].append(scope)
        rows += len(scope)
    vectors = [sum(_held_bytes(records.texts, scope) for scope in block) for block in blocks]
    # While one block is compared, the next is prepared.
    largest = max((one + other for one, other in pairwise([*vectors, 0])), default=0)
    needed = FIXED_BYTES + held + largest
    if budget is not None and needed > budget:
        size = max(map(len, scopes), default=0)
        raise BudgetExceeded(
            f"comparing {len(records):,} records, up to {size:,} of them in one scope, would need about "
            f"{needed // _MIB:,} MiB; {budget // _MIB:,} MiB may be used"
        )
    return Plan(blocks, needed)


def scope_rows(records: Records) -> list[NDArray[np.int32]]:
    """The rows of each scope, ascending, of records that are sorted by scope and id."""
    if not len(records):
        return []
    names = records.scopes
    starts = [row for row in range(len(names)) if row == 0 or names[row] != names[row - 1]]
    return [rows.astype(np.int32) for rows in np.split(np.arange(len(names)), starts[1:])]


def spilled_bytes(texts: Sequence[str], scope: NDArray[np.int32]) -> int:
    """What the files of a large scope take: vectors, and what was read."""
    count, words = _distinct(texts, scope)
    return (count + 2 * words) * WIDTH + sum(_READING_BYTES + 5 * len(texts[row]) for row in scope.tolist())


def _held_bytes(texts: Sequence[str], scope: NDArray[np.int32]) -> int:
    """What a scope's texts take while it is compared."""
    count, words = _distinct(texts, scope)
    if len(scope) > LARGE:
        return count * _TEXT_BYTES + 2 * words * (_VECTOR_BYTES - WIDTH)
    return (2 * words + count) * _VECTOR_BYTES


def _distinct(texts: Sequence[str], scope: NDArray[np.int32]) -> tuple[int, int]:
    """How many texts a scope has, and how many content words they have, about: one in nine characters begins one.

    Equal texts are compared once, so they count once; that other texts turn out to be the same is not known yet.
    """
    distinct = {texts[row] for row in scope.tolist()}
    return len(distinct), sum(min(len(text) // 9 + 1, MAX_PIECES) for text in distinct)
