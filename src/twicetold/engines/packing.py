"""Packing: the result of a scope as bytes that hold no code, for the store and for the way between machines."""

from __future__ import annotations

import json
import zlib
from dataclasses import asdict, dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import numpy as np

from twicetold.errors import RunNotFound
from twicetold.groups import Group
from twicetold.matching.candidates import Known
from twicetold.matching.compared import Compared
from twicetold.matching.recall import Recall
from twicetold.matching.suggested import Searched
from twicetold.pairs import Pairs
from twicetold.pipeline import ScopeResult, by_row, identical_pairs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from twicetold.text.reading import Reading

#: Of the packed result of a scope; another number where it is packed otherwise.
FORM = 4
#: Bytes of a text's key.
_KEY = 16
_LEVEL = 1  # of compression: most of the gain for little of the time


@dataclass(frozen=True, slots=True)
class Past:
    """What an earlier run compared in a scope.

    Attributes:
        digest: Of all that a comparison of two texts depends on beside them.
        keys: Of the texts; see :func:`text_key`.
        compared: What came of it.
    """

    digest: str
    keys: Sequence[bytes]
    compared: Compared

    def known(self, digest: str, keys: Sequence[bytes]) -> Known | None:
        """What of it holds for texts of these keys; None if nothing does."""
        if digest != self.digest or self.compared.unseen:
            return None
        then = {key: place for place, key in enumerate(self.keys)}
        return Known(self.compared, np.array([then.get(key, -1) for key in keys], np.int32))


def text_key(reading: Reading) -> bytes:
    """By what a text is known again: two that are read alike compare alike."""
    return blake2b(repr(reading).encode("utf-8", "surrogatepass"), digest_size=_KEY).digest()


def pack_scope(result: ScopeResult, rows: NDArray[np.int32], digest: str, keys: Sequence[bytes]) -> bytes:
    """The result of one scope, its rows as their places within the scope, so that it holds for other runs too.

    Args:
        result: The result.
        rows: The rows of the scope.
        digest: As of :class:`Past`.
        keys: As of :class:`Past`.
    """
    compared, between = result.compared, by_row(result.compared.pairs, result.standing)
    told = set(zip(result.pairs.a.tolist(), result.pairs.b.tolist(), strict=True))
    kept = np.array([(a, b) in told for a, b, _ in between], bool)
    same = result.pairs.take(result.identical)
    head = {
        "form": FORM,
        "digest": digest,
        "texts": compared.texts,
        "names": compared.pairs.names,
        "pairs": len(compared.pairs),
        "below": len(compared.below),
        "complete_above": compared.complete_above,
        "vetoed": len(compared.vetoed),
        "likely": len(compared.likely),
        "unseen": compared.unseen,
        "counted": compared.counted.tolist(),
        "identical": len(same),
        "groups": [[group.id, group.members, group.keeper] for group in result.groups],
        "reasons": list(result.reasons),
        "truncated": result.truncated,
        "spanish": result.spanish,
        "contradictions": result.contradictions,
        "separated": dict(result.separated),
        "searched": asdict(result.searched) if result.searched else None,
    }
    arrays = [
        *(column for pairs in (compared.pairs, compared.below) for column in _arrays(pairs)),
        compared.vetoed,
        compared.likely,
        kept,
        *(np.searchsorted(rows, column).astype(np.int32) for column in (result.standing, same.a, same.b)),
    ]
    text = json.dumps(head, separators=(",", ":")).encode()
    body = b"".join([*keys, *(np.ascontiguousarray(array).tobytes() for array in arrays)])
    return zlib.compress(len(text).to_bytes(8, "big") + text + body, _LEVEL)


def unpack_past(content: bytes) -> Past | None:
    """What :func:`pack_scope` packed, as far as it is about texts; None if another version of the program did it."""
    try:
        return _past(_Cursor(content))
    except RunNotFound:
        return None


def unpack_scope(content: bytes, scope: str, rows: NDArray[np.int32]) -> ScopeResult:
    """What :func:`pack_scope` packed, for the rows that the scope has now.

    Raises:
        RunNotFound: Another version of the program packed it.
    """
    cursor = _Cursor(content)
    head, compared = cursor.head, _past(cursor).compared
    kept = cursor.take(np.bool_, len(compared.pairs))
    standing, a, b = (rows[cursor.take(np.int32, head[name])] for name in ("texts", "identical", "identical"))
    between, same = by_row(compared.pairs.take(kept), standing), identical_pairs(a, b, compared.pairs.names)
    pairs = Pairs.concatenate([between, same])
    order = np.lexsort((pairs.b, pairs.a))
    return ScopeResult(
        groups=tuple(Group(name, scope, tuple(members), keeper) for name, members, keeper in head["groups"]),
        pairs=pairs.take(order),
        identical=np.r_[np.zeros(len(between), bool), np.ones(len(same), bool)][order],
        reasons=head["reasons"],
        compared=compared,
        standing=standing,
        truncated=head["truncated"],
        spanish=head["spanish"],
        contradictions=head["contradictions"],
        separated=head["separated"],
        searched=_searched(head["searched"]),
    )


def _past(cursor: _Cursor) -> Past:
    head = cursor.head
    keys = cursor.take(np.dtype((np.void, _KEY)), head["texts"])
    compared = Compared(
        head["texts"],
        _pairs(cursor, head["pairs"]),
        _pairs(cursor, head["below"]),
        head["complete_above"],
        cursor.take(np.int32, 2 * head["vetoed"]).reshape(-1, 2),
        cursor.take(np.int32, 3 * head["likely"]).reshape(-1, 3),
        head["unseen"],
        np.array(head["counted"]),
    )
    return Past(head["digest"], [key.tobytes() for key in keys], compared)


def _searched(content: dict[str, Any] | None) -> Searched | None:
    return Searched(**{**content, "recall": Recall(**content["recall"])}) if content else None


def _arrays(pairs: Pairs) -> Sequence[NDArray[Any]]:
    """The columns of pairs; the evidence by its names, for most of it is zeros."""
    return [pairs.a, pairs.b, pairs.probability, pairs.log_odds.T]


def _pairs(cursor: _Cursor, count: int) -> Pairs:
    names = cursor.head["names"]
    a, b = cursor.take(np.int32, count), cursor.take(np.int32, count)
    probability = cursor.take(np.float64, count)
    log_odds = cursor.take(np.float32, count * len(names)).reshape(len(names), count).T
    return Pairs(a, b, probability, log_odds, names)


class _Cursor:
    """Takes arrays off packed bytes, one after the other, behind their head."""

    def __init__(self, content: bytes) -> None:
        self._data = zlib.decompress(content)
        self._begin = 8 + int.from_bytes(self._data[:8], "big")
        self.head = json.loads(self._data[8 : self._begin])
        if self.head.get("form") != FORM:
            raise RunNotFound(
                "the results in force were made by another version of the program",
                remedy="Run the whole profile once, without --scope.",
            )

    def take(self, kind: type[Any] | np.dtype[Any], count: int) -> NDArray[Any]:
        size = np.dtype(kind).itemsize * count
        array = np.frombuffer(self._data[self._begin : self._begin + size], kind)
        self._begin += size
        return array
