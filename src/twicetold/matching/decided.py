"""Decided: grouping the records of one scope by text, and by record where people decided about a record."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain, combinations
from typing import TYPE_CHECKING

import numpy as np

from twicetold.matching.grouping import Grouping, group

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from numpy.typing import NDArray

    from twicetold.decisions import Constraints
    from twicetold.matching.compared import Compared


def group_records(
    ids: Sequence[str],
    place: NDArray[np.int32],
    compared: Compared,
    constraints: Constraints,
    threshold: float,
    separated: Collection[tuple[str, str]] = (),
) -> Grouping:
    """Groups the records of one scope.

    Records with one text are one item, except that every record which a decision or a rule names is an item of its
    own: two records with the same text stay apart if a person said so.

    Args:
        ids: Id of each record, ascending; n of them.
        place: Which distinct text each record has; shape (n,).
        compared: The comparison of the distinct texts.
        constraints: What people decided.
        threshold: Average probability at which clusters are joined.
        separated: Pairs of ids that rules keep apart; weaker than what people decided.

    Returns:
        Labels of the n records: the first record of each one's cluster.
    """
    decided = constraints.must_link | constraints.cannot_link
    items = _Items.of(ids, place, {record for pair in chain(decided, separated) for record in pair})
    known = compared.pairs if compared.every is None else compared.every
    a, b, chance = items.edges(known.a, known.b, known.probability)
    grouping = group(
        items.count,
        a,
        b,
        chance,
        threshold=threshold,
        must_link=items.pairs(constraints.must_link),
        identical=items.alike(),
        cannot_link=items.pairs(constraints.cannot_link),
        separated=items.pairs(separated),
        vetoes=items.every(compared.vetoed.tolist()) if items.extra else compared.vetoed,
    )
    label = grouping.labels[items.of_record]
    _, first, cluster = np.unique(label, return_index=True, return_inverse=True)
    return Grouping(first[cluster].astype(np.int32), grouping.contradictions)


@dataclass(frozen=True, slots=True)
class _Items:
    """What is grouped: item t is text t with the records that no decision names; further items are single records.

    Attributes:
        count: Number of items.
        of_record: Item of each record; shape (n,).
        extra: The further items of each text that has any.
        of_id: Item of each record that a decision or a rule names, by its id.
    """

    count: int
    of_record: NDArray[np.int32]
    extra: dict[int, list[int]]
    of_id: dict[str, int]

    @classmethod
    def of(cls, ids: Sequence[str], place: NDArray[np.int32], named: Collection[str]) -> _Items:
        texts = int(place.max(initial=-1)) + 1
        of_record, extra, of_id, count = place.copy(), dict[int, list[int]](), dict[str, int](), texts
        if named:
            rows = [row for row, record in enumerate(ids) if record in named]
            taken = np.bincount(np.delete(place, rows), minlength=texts) > 0
            for row in rows:
                text = int(place[row])
                if taken[text]:
                    of_record[row] = count
                    extra.setdefault(text, []).append(count)
                    count += 1
                taken[text] = True
                of_id[ids[row]] = int(of_record[row])
        return cls(count, of_record, extra, of_id)

    def every(self, pairs: Iterable[Sequence[int]]) -> list[tuple[int, int]]:
        """Pairs of texts as pairs of all their items."""
        return [
            (one, other)
            for a, b in pairs
            for one in (a, *self.extra.get(a, ()))
            for other in (b, *self.extra.get(b, ()))
        ]

    def edges(
        self, a: NDArray[np.int32], b: NDArray[np.int32], chance: NDArray[np.float64]
    ) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float64]]:
        """Pairs of texts with their probability as pairs of items."""
        if not self.extra:
            return a, b, chance
        more = [
            (one, other, probability)
            for text_a, text_b, probability in zip(a.tolist(), b.tolist(), chance.tolist(), strict=True)
            for one, other in self.every([(text_a, text_b)])
        ]
        columns = list(zip(*more, strict=True)) or [(), (), ()]
        return (
            np.array(columns[0], np.int32),
            np.array(columns[1], np.int32),
            np.array(columns[2], np.float64),
        )

    def alike(self) -> list[tuple[int, int]]:
        """Pairs of items of one text."""
        return [pair for text, items in self.extra.items() for pair in combinations((text, *items), 2)]

    def pairs(self, decided: Iterable[tuple[str, str]]) -> list[tuple[int, int]]:
        """Decided pairs of ids as pairs of items; those with a record elsewhere are left out."""
        return [(self.of_id[a], self.of_id[b]) for a, b in decided if a in self.of_id and b in self.of_id]
