"""Large scopes: more texts than are compared each with each, read and encoded into files."""

from __future__ import annotations

import errno
import shutil
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from tempfile import gettempdir
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from twicetold.errors import BudgetExceeded, OutputNotWritable, StorageFull
from twicetold.matching.plan import LARGE, spilled_bytes
from twicetold.matching.telling import stretch
from twicetold.model.blocks import encoded_text
from twicetold.model.spill import Spill, texts_in_file
from twicetold.pipeline import Prepared, prepare_scopes
from twicetold.platform.container import return_memory
from twicetold.text.reading import read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from twicetold.matching.telling import Tell
    from twicetold.model.artifact import Model
    from twicetold.model.blocks import Block
    from twicetold.model.vectors import Meaning
    from twicetold.records import Records
    from twicetold.text.abbreviations import Learned
    from twicetold.text.lexicon import Lexicon
    from twicetold.text.reading import Reading

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_REMEDY = "Name a folder with room by --work-dir (TWICETOLD_WORK_DIR), or compare within scopes."
_Item = TypeVar("_Item")
#: Rows that are read and encoded together.
_ROWS = 4096


def prepare_block(
    records: Records,
    scopes: Sequence[NDArray[np.int32]],
    model: Model,
    learned: Learned,
    tell: Tell = lambda _share: None,
    *,
    folder: Path | None,
    known: Callable[[Sequence[str]], Mapping[str, Meaning]] = lambda _texts: {},
    keep: Callable[[str, Meaning], None] = lambda _text, _meaning: None,
) -> Prepared:
    """As :func:`~twicetold.pipeline.prepare_scopes`; what a large scope takes goes into files.

    Args:
        records: As there.
        scopes: As there; a large one is alone.
        model: As there.
        learned: As there.
        tell: As there.
        folder: Where the files are made; None for the system's folder of temporary files.
        known: As there.
        keep: As there.

    Raises:
        BudgetExceeded: There is too little room for the files.
        OutputNotWritable: The folder cannot be written.
        StorageFull: It filled up meanwhile.
    """
    if len(scopes[0]) <= LARGE:
        return prepare_scopes(records, scopes, model, learned, tell, known=known, keep=keep)
    (scope,) = scopes
    reader = _Reader(records, scope, learned.lexicon_of(records.scopes[int(scope[0])]))

    def parts() -> Iterator[Block]:
        for share, different in _ahead(reader.parts()):
            told = stretch(tell, *share)
            yield model.block(different, told, known=known(list(map(encoded_text, different))), keep=keep)

    def put_away(texts: Iterable[str]) -> Sequence[str]:
        with _writing(folder):
            return texts_in_file(folder, texts)

    with _writing(folder):
        _require_room(spilled_bytes(records.texts, scope), folder or Path(gettempdir()))
        spill = Spill(folder, _ahead(parts()))
    return_memory()
    return Prepared([scope], reader.first, np.array(reader.distinct, np.intp), spill.block, spill.forget, put_away)


@contextmanager
def _writing(folder: Path | None) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        where = folder or "the system's folder of temporary files"
        refused = StorageFull if error.errno in _FULL else OutputNotWritable
        raise refused(f"no files can be made in {where}: {error.strerror}", remedy=_REMEDY) from error


class _Reader:
    """Reads the texts of a scope some at a time, equal ones once.

    Attributes:
        first: Of each row the first one that has the same text, as far as they are read.
        distinct: The rows that stand for themselves, as far as they are read.
    """

    def __init__(self, records: Records, scope: NDArray[np.int32], lexicon: Lexicon) -> None:
        self._records, self._scope, self._lexicon = records, scope, lexicon
        self._places: dict[str, int] = {}
        self.first, self.distinct = np.empty(len(scope), np.int32), list[int]()

    def parts(self) -> Iterator[tuple[tuple[float, float], list[Reading]]]:
        """The new readings of some rows, with the share of the rows where they begin and end."""
        total = len(self._scope)
        for begin in range(0, total, _ROWS):
            end = min(begin + _ROWS, total)
            yield (begin / total, end / total), self._read(begin)

    def _read(self, begin: int) -> list[Reading]:
        different = []
        for place in range(begin, min(begin + _ROWS, len(self._scope))):
            reading = read(self._records.texts[int(self._scope[place])], self._lexicon)
            self.first[place] = self._places.setdefault(reading.canonical, place)
            if self.first[place] == place:
                different.append(reading)
                self.distinct.append(place)
        return different


def _ahead(items: Iterator[_Item]) -> Iterator[_Item]:
    """The items; while one is worked on, the next is made: that keeps all processors busy."""
    with ThreadPoolExecutor(1) as pool:
        following = pool.submit(next, items, None)
        while (item := following.result()) is not None:
            following = pool.submit(next, items, None)
            yield item


def _require_room(needed: int, folder: Path) -> None:
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise BudgetExceeded(
            f"the largest scope would need about {needed >> 20:,} MiB in {folder}; {free >> 20:,} MiB are free there",
            remedy=_REMEDY,
        )
