"""The local engine: blocks of scopes one after the other in this process."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TYPE_CHECKING

from twicetold.engines.gathering import gather
from twicetold.engines.large import prepare_block
from twicetold.errors import InputEmpty
from twicetold.matching.plan import plan
from twicetold.pipeline import Prepared, Result, Settings, compare_scopes
from twicetold.text.abbreviations import learn

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from twicetold.matching.telling import Tell
    from twicetold.model.artifact import Model
    from twicetold.records import Records
    from twicetold.text.abbreviations import Learned

#: Seconds between two signs of progress while nothing is compared.
_SHOW_EVERY = 0.5
#: Is told how many records are done, of how many.
Progress = Callable[[int, int], None]


def run(
    records: Records,
    model: Model,
    settings: Settings,
    *,
    memory: int | None = None,
    work_dir: Path | None = None,
    progress: Progress = lambda _done, _total: None,
) -> Result:
    """Finds the duplicates among records.

    Args:
        records: In any order; ids are unique.
        model: Compares the texts.
        settings: How they are compared and grouped.
        memory: Bytes that may be used, None for no limit.
        work_dir: Where what does not fit into memory is kept meanwhile; None for the system's folder.
        progress: Called now and then, and at the end.

    Raises:
        InputEmpty: There is no record.
        BudgetExceeded: The work does not fit ``memory`` or ``work_dir``.
        OutputNotWritable: ``work_dir`` cannot be written.
        StorageFull: ``work_dir`` filled up meanwhile.
    """
    if not len(records):
        raise InputEmpty("there is no record to compare")
    ordered = records.in_order()
    blocks = plan(ordered, memory).blocks
    learned = learn(ordered.texts, ordered.scopes, model.lexicon, model.is_known)
    work = _Work(len(ordered), progress)
    results = (
        result
        for prepared in _prepared_ahead(ordered, blocks, model, learned, work, work_dir)
        for result in compare_scopes(ordered, prepared, model, settings, work.comparing(len(prepared.first)))
    )
    gathered = gather(ordered, results, model, settings, learned)
    progress(len(ordered), len(ordered))
    return gathered


class _Work:
    """How much is done: preparing a record and comparing it are one half of its work each."""

    def __init__(self, total: int, progress: Progress) -> None:
        self._total = total
        self._progress = progress
        self._prepared = self._compared = 0.0
        self.is_given_up = False

    def preparing(self, records: int) -> Tell:
        """What is told the share of a block that is prepared, in a thread of its own."""
        before = self._prepared

        def tell(share: float) -> None:
            if self.is_given_up:
                raise InterruptedError
            self._prepared = before + records * share

        return tell

    def comparing(self, records: int) -> Tell:
        """What is told the share of a block that is compared."""
        before = self._compared

        def tell(share: float) -> None:
            self._compared = before + records * share
            self.show()

        return tell

    def show(self) -> None:
        self._progress(round((self._prepared + self._compared) / 2), self._total)


def _prepared_ahead(
    records: Records,
    blocks: Sequence[Sequence[NDArray[np.int32]]],
    model: Model,
    learned: Learned,
    work: _Work,
    work_dir: Path | None,
) -> Iterator[Prepared]:
    """Each block, prepared while the one before is compared: both together keep all processors busy."""
    with ThreadPoolExecutor(1) as pool:

        def prepare(block: Sequence[NDArray[np.int32]]) -> Prepared:
            tell = work.preparing(sum(map(len, block)))
            prepared = prepare_block(records, block, model, learned, tell, folder=work_dir)
            tell(1)
            return prepared

        try:
            ahead = [pool.submit(prepare, block) for block in blocks[:1]]
            for following in [*blocks[1:], None]:
                current = ahead.pop()
                while not wait([current], timeout=_SHOW_EVERY).done:
                    work.show()
                if following is not None:
                    ahead.append(pool.submit(prepare, following))
                yield current.result()
        finally:
            work.is_given_up = True
