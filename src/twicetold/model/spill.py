"""Spill: blocks whose vectors and readings lie in files, for more texts than memory holds."""

from __future__ import annotations

import json
import mmap
import os
import weakref
from array import array
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING, TypeVar

import numpy as np

from twicetold.model.blocks import Block
from twicetold.model.lookup import Lookup
from twicetold.model.vectors import WIDTH, Directions
from twicetold.text.reading import Reading
from twicetold.text.scan import Slot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

_Item = TypeVar("_Item")
#: Rows that are copied from a file at once: for each the system may hold 64 KiB around it.
_ROWS = 1 << 13


class Filed(Lookup[_Item]):
    """Things in a file, each of which is read when it is wanted, and not held.

    Args:
        folder: Where the file is made, without a name; None for the system's folder of temporary files.
        packed: The bytes of a thing.
        unpacked: The thing of such bytes.

    Raises:
        OSError: The file cannot be made or written.
    """

    def __init__(
        self, folder: Path | None, packed: Callable[[_Item], bytes], unpacked: Callable[[bytes], _Item]
    ) -> None:
        self._packed, self._unpacked, self._ends = packed, unpacked, array("Q", [0])
        with TemporaryFile(dir=folder) as file:
            self._file = os.dup(file.fileno())
        weakref.finalize(self, os.close, self._file)

    def extend(self, things: Iterable[_Item]) -> None:
        """Adds things behind the last."""
        with open(self._file, "ab", closefd=False) as file:
            for content in map(self._packed, things):
                file.write(content)
                self._ends.append(self._ends[-1] + len(content))

    def __len__(self) -> int:
        return len(self._ends) - 1

    def _at(self, place: int) -> _Item:
        begin, end = self._ends[place : place + 2]
        return self._unpacked(os.pread(self._file, end - begin, begin))


class Spill:
    """A block in files.

    Args:
        folder: Where they are made, without a name, so that nothing is left of them when the process ends, however it
            does; None for the system's folder of temporary files.
        parts: The block in parts, which are written one after the other.

    Attributes:
        block: The block.

    Raises:
        OSError: The files cannot be made or written.
    """

    def __init__(self, folder: Path | None, parts: Iterable[Block]) -> None:
        kept, readings = list[Block](), Filed(folder, _packed, _unpacked)
        with TemporaryFile(dir=folder) as sentences, TemporaryFile(dir=folder) as words:
            for part in parts:
                sentences.write(part.sentences.whole.tobytes())
                words.write(part.words.whole.tobytes())
                readings.extend(part.readings)
                kept.append(_without_rows(part))
            self._maps = [_mapped(file) for file in (sentences, words)]
        self.block = _joined(kept, self._maps, readings)

    def forget(self) -> None:
        """Gives memory back that holds parts of the files; they are read again when they are needed."""
        for mapped in self._maps:
            mapped.madvise(mmap.MADV_DONTNEED)


def texts_in_file(folder: Path | None, texts: Iterable[str]) -> Sequence[str]:
    """Texts in a file, as :class:`Filed` has them.

    Raises:
        OSError: It cannot be made or written.
    """
    found = Filed[str](folder, lambda text: text.encode("utf-8", "surrogatepass"), _text)
    found.extend(texts)
    return found


def _text(content: bytes) -> str:
    return content.decode("utf-8", "surrogatepass")


def _packed(reading: Reading) -> bytes:
    # Halves of surrogate pairs stay halves: escaped, two of them would come back as one character.
    values = reading.original, reading.cleaned, reading.canonical, reading.slots, reading.words, reading.gloss
    return json.dumps(values, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass")


def _unpacked(content: bytes) -> Reading:
    original, cleaned, canonical, slots, words, gloss = json.loads(content)
    return Reading(original, cleaned, canonical, tuple(map(Slot._make, slots)), tuple(words), gloss)


@dataclass(frozen=True, slots=True)
class _FiledDirections(Directions):
    """Directions in a file; what is held of it to copy some rows is given back meanwhile."""

    mapped: mmap.mmap

    def __getitem__(self, rows: slice | NDArray[np.intp]) -> Directions:
        if isinstance(rows, slice):
            return _FiledDirections(self.whole[rows], self.scale[rows], self.mapped)
        copied = np.empty((len(rows), WIDTH), np.int8)
        for first in range(0, len(rows), _ROWS):
            some = slice(first, first + _ROWS)
            copied[some] = self.whole[rows[some]]
            self.mapped.madvise(mmap.MADV_DONTNEED)
        return Directions(copied, self.scale[rows])


def _mapped(file: IO[bytes]) -> mmap.mmap:
    if not file.tell():
        file.write(b"\0")  # nothing cannot be mapped
    file.flush()
    return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def _without_rows(part: Block) -> Block:
    """A part without what is in files."""
    none = np.empty((0, WIDTH), np.int8)
    sentences, words = Directions(none, part.sentences.scale), Directions(none, part.words.scale)
    return Block((), sentences, words, part.rarity, part.stems, part.starts, part.slots, part.truncated, part.spanish)


def _joined(parts: Sequence[Block], maps: Sequence[mmap.mmap], readings: Sequence[Reading]) -> Block:
    texts = np.cumsum([0, *(len(part.starts) for part in parts)])
    words = np.cumsum([0, *(len(part.rarity) for part in parts)])
    kinds = {kind for part in parts for kind in part.slots}
    sentences, of_words = (
        _FiledDirections(
            np.frombuffer(mapped, np.int8, count * WIDTH).reshape(-1, WIDTH), np.concatenate(scales), mapped
        )
        for mapped, count, scales in (
            (maps[0], texts[-1], [np.empty(0, np.float32), *(part.sentences.scale for part in parts)]),
            (maps[1], words[-1], [np.empty(0, np.float32), *(part.words.scale for part in parts)]),
        )
    )
    return Block(
        readings,
        sentences,
        of_words,
        np.concatenate([np.empty(0, np.float32), *(part.rarity for part in parts)]),
        np.concatenate([np.empty(0, np.int64), *(part.stems for part in parts)]),
        np.concatenate(
            [np.empty(0, np.int64), *(part.starts + word for part, word in zip(parts, words, strict=False))]
        ),
        {
            # Column by column, since texts are searched in one of them again and again.
            kind: np.asfortranarray(
                np.concatenate(
                    [
                        part.slots[kind] + np.array([text, 0])
                        for part, text in zip(parts, texts, strict=False)
                        if kind in part.slots
                    ]
                )
            )
            for kind in sorted(kinds)
        },
        np.concatenate([np.empty(0, bool), *(part.truncated for part in parts)]),
        np.concatenate([np.empty(0, bool), *(part.spanish for part in parts)]),
    )
