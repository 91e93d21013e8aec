"""Where things are in a result: from ids to rows, from rows to groups, equal texts and probabilities."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from twicetold.pairs import Pairs
    from twicetold.pipeline import Result


@dataclass(frozen=True, slots=True)
class Lookup:
    """Answers about n records and their pairs without a scan.

    Attributes:
        row_of: From a record's id to its row.
        group_of: The group of each row, -1 for none; intp, shape (n,).
        first: The first row with the same canonical text; intp, shape (n,).
        by_text: All rows, ordered by ``first``; intp, shape (n,).
        pairs: The pairs, ordered by row.
        starts: Where the pairs of each row begin in ``pairs``; intp, shape (n + 1,).
    """

    row_of: Mapping[str, int]
    group_of: NDArray[np.intp]
    first: NDArray[np.intp]
    by_text: NDArray[np.intp]
    pairs: Pairs
    starts: NDArray[np.intp]

    @classmethod
    def of(cls, result: Result) -> Lookup:
        size = len(result.records)
        row_of = {record: row for row, record in enumerate(result.records.ids)}
        group_of = np.full(size, -1, np.intp)
        for number, group in enumerate(result.groups):
            group_of[[row_of[member] for member in group.members]] = number
        first = np.arange(size, dtype=np.intp)
        first[result.pairs.b[result.identical]] = result.pairs.a[result.identical]
        pairs = result.pairs.without_evidence().take(np.lexsort((result.pairs.b, result.pairs.a)))
        starts = np.searchsorted(pairs.a, np.arange(size + 1)).astype(np.intp)
        return cls(row_of, group_of, first, np.argsort(first, kind="stable"), pairs, starts)

    def same_text(self, row: int) -> list[int]:
        """The rows with the same canonical text as a row, itself included."""
        ordered = self.first[self.by_text]
        begin, end = np.searchsorted(ordered, [self.first[row], self.first[row] + 1])
        return [int(other) for other in self.by_text[begin:end]]

    def probability(self, row_a: int, row_b: int) -> float | None:
        """The probability of the pair of two rows' texts; None if the pair was judged different."""
        a, b = sorted((int(self.first[row_a]), int(self.first[row_b])))
        if a == b:
            return 1.0
        begin, end = self.starts[a], self.starts[a + 1]
        place = begin + int(np.searchsorted(self.pairs.b[begin:end], b))
        return float(self.pairs.probability[place]) if place < end and self.pairs.b[place] == b else None

    def lowest(self, rows: Sequence[int]) -> float | None:
        """The lowest probability among all pairs of rows; None if one of them was judged different or is not listed."""
        texts = np.unique(self.first[list(rows)])
        spans = [np.arange(self.starts[text], self.starts[text + 1]) for text in texts]
        span = np.concatenate(spans)
        listed = self.pairs.probability[span][np.isin(self.pairs.b[span], texts)]
        if len(listed) < len(texts) * (len(texts) - 1) // 2:
            return None
        return float(listed.min(initial=1.0))
