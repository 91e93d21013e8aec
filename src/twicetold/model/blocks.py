"""Blocks: many texts as stacked arrays, ready to be compared with many others at once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np

from twicetold.model.lookup import Lookup
from twicetold.model.vectors import WIDTH, Directions
from twicetold.text.words import is_content_word, stem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from twicetold.model.vectors import Meaning
    from twicetold.text.reading import Reading


@dataclass(frozen=True, slots=True)
class Block:
    """n texts side by side.

    Only words that carry meaning are stacked: numbers are compared as slots, and words such as "the" not at all.
    A text without any such word has one row of zeros, so that every text has at least one row.

    Attributes:
        readings: The n texts as read.
        sentences: Of the n texts.
        words: Of the w content words of all texts.
        rarity: Weight of each content word, from 0 (everyday) to 1 (rare); float32, shape (w,).
        stems: Code of each content word's stem; int64, shape (w,).
        starts: Row of ``words`` where each text begins; int64, shape (n,).
        slots: By kind, the (text, code of the value) of every slot by text, equal values of a text once but for
            negations; int64, shape (s, 2). The kinds "pole+" and
            "pole-" hold pairs of opposite directions or contrasts of which a text names only the first, or only the
            second; "converse+" and "converse-" the pairs of verbs of whose two sides a text has one.
        truncated: Whether each text is longer than the encoder reads; shape (n,).
        spanish: Whether each text was read as Spanish; shape (n,).
    """

    readings: Sequence[Reading]
    sentences: Directions
    words: Directions
    rarity: NDArray[np.float32]
    stems: NDArray[np.int64]
    starts: NDArray[np.int64]
    slots: Mapping[str, NDArray[np.int64]]
    truncated: NDArray[np.bool_]
    spanish: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.readings)

    def values(self, kinds: tuple[str, ...]) -> NDArray[np.int64]:
        """The (text, code of the value) of every slot of some kinds."""
        return np.concatenate([np.empty((0, 2), np.int64), *(self.slots[kind] for kind in kinds if kind in self.slots)])

    def part(self, first: int, last: int) -> Block:
        """The texts from ``first`` to before ``last``, as views."""
        if (first, last) == (0, len(self)):
            return self
        begin, end = self.starts[first], self.starts[last] if last < len(self) else len(self.words)
        inside = {kind: _between(slots, first, last) for kind, slots in self.slots.items()}
        return Block(
            self.readings[first:last],
            self.sentences[first:last],
            self.words[begin:end],
            self.rarity[begin:end],
            self.stems[begin:end],
            self.starts[first:last] - begin,
            inside,
            self.truncated[first:last],
            self.spanish[first:last],
        )

    def take(self, rows: NDArray[np.intp]) -> Block:
        """The texts in some rows, ascending, as copies."""
        begin, end = self.starts[rows], np.r_[self.starts, len(self.words)][rows + 1]
        words, count = ranges(begin, end - begin), end - begin
        return Block(
            _Chosen(self.readings, rows),
            self.sentences[rows],
            self.words[words],
            self.rarity[words],
            self.stems[words],
            np.cumsum(count) - count,
            {kind: _of_rows(slots, rows) for kind, slots in self.slots.items()},
            self.truncated[rows],
            self.spanish[rows],
        )


class _Chosen(Lookup["Reading"]):
    """Some of many readings, each of which is only looked for when it is wanted.

    Args:
        readings: All.
        rows: The chosen ones.
    """

    def __init__(self, readings: Sequence[Reading], rows: NDArray[np.intp]) -> None:
        self._readings, self._rows = readings, rows

    def __len__(self) -> int:
        return len(self._rows)

    def _at(self, place: int) -> Reading:
        return self._readings[int(self._rows[place])]


def block_of(
    readings: Sequence[Reading],
    meanings: Iterable[Meaning],
    rarity: Callable[[str], float],
    opposites: Mapping[str, frozenset[str]],
) -> Block:
    """Stacks texts and their vectors.

    Args:
        readings: The texts.
        meanings: Their vectors, in the same order: those of their :func:`encoded_text`.
        rarity: How rare a word is, from 0 to 1.
        opposites: The directions and contrasts that each of them excludes.
    """
    sentences, truncated = np.zeros((len(readings), WIDTH), np.int8), np.zeros(len(readings), bool)
    vectors, words, counts = [np.empty((0, WIDTH), np.int8)], list[str](), list[int]()
    for row, (reading, meaning) in enumerate(zip(readings, meanings, strict=True)):
        sentences[row], truncated[row] = meaning.sentence, meaning.truncated
        read = [word for word in reading.words if is_content_word(word)][: len(meaning.words)]
        words += read or [""]
        vectors.append(meaning.words if read else np.zeros((1, WIDTH), np.int8))
        counts.append(max(1, len(read)))
    return Block(
        readings,
        Directions.of(sentences),
        Directions.of(np.concatenate(vectors)),
        np.array([rarity(word) for word in words], np.float32),
        np.array([code(stem(word)) for word in words], np.int64),
        np.cumsum([0, *counts[:-1]], dtype=np.int64)[: len(readings)],
        _slots(readings, opposites),
        truncated,
        np.array([bool(reading.gloss) for reading in readings], bool),
    )


def encoded_text(reading: Reading) -> str:
    """What the encoder reads of a text; texts that agree in it have one meaning.

    >>> from twicetold.text.lexicon import Lexicon
    >>> from twicetold.text.reading import read
    >>> encoded_text(read("Train ALL teachers!", Lexicon.default()))
    'train all teachers'
    """
    return " ".join(reading.words)


@lru_cache(maxsize=1 << 16)
def code(value: str) -> int:
    """A number for a value, the same in every process."""
    return int.from_bytes(blake2b(value.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big", signed=True)


def _slots(readings: Sequence[Reading], opposites: Mapping[str, frozenset[str]]) -> dict[str, NDArray[np.int64]]:
    found: dict[str, list[tuple[int, int]]] = {}
    for row, reading in enumerate(readings):
        for slot in reading.slots:
            kind, value = (
                (slot.kind, slot.value) if slot.kind != "converse" else (slot.kind + slot.value[0], slot.value[1:])
            )
            found.setdefault(kind, []).append((row, code(f"{slot.kind}:{value}")))
        named = {slot.value for slot in reading.slots if slot.kind in ("direction", "contrast")}
        for value in sorted(named):
            for other in opposites.get(value, frozenset()) - named:
                pole = "pole+" if value < other else "pole-"
                found.setdefault(pole, []).append((row, code(f"{min(value, other)}/{max(value, other)}")))
    # Negations are counted; of values it only matters which there are.
    return {
        kind: np.array(slots if kind == "negation" else list(dict.fromkeys(slots)), np.int64)
        for kind, slots in found.items()
    }


def _between(slots: NDArray[np.int64], first: int, last: int) -> NDArray[np.int64]:
    begin, end = np.searchsorted(slots[:, 0], [first, last])
    inside: NDArray[np.int64] = slots[begin:end] - np.array([first, 0])
    return inside


def _of_rows(slots: NDArray[np.int64], rows: NDArray[np.intp]) -> NDArray[np.int64]:
    begin, end = np.searchsorted(slots[:, 0], rows), np.searchsorted(slots[:, 0], rows, side="right")
    codes = slots[ranges(begin, end - begin), 1]
    return np.stack([np.repeat(np.arange(len(rows)), end - begin), codes], axis=1)


def ranges(starts: NDArray[np.int64], counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """The numbers start, start + 1, ... of each range, one range after the other.

    >>> ranges(np.array([5, 2]), np.array([3, 1])).tolist()
    [5, 6, 7, 2]
    """
    before = np.cumsum(counts) - counts
    return np.repeat(starts - before, counts) + np.arange(counts.sum())
