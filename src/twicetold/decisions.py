"""Decisions: what people said about pairs of records. They win over the model, always."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime


class Answer(StrEnum):
    """What a person can say about two records."""

    SAME = "same"
    DIFFERENT = "different"
    UNSURE = "unsure"
    #: The first record is to be kept, whichever group it is in; there is no second one.
    KEEPER = "keeper"


@dataclass(frozen=True, slots=True)
class Decision:
    """One person's answer about two records of one scope, or about the keeper of a group.

    Attributes:
        record_a: Id of a record.
        record_b: Id of the other; empty where the answer is about a keeper.
        answer: What was said.
        who: Who said it.
        why: Their reason, in their words.
        at: When, in UTC.
    """

    record_a: str
    record_b: str
    answer: Answer
    who: str = ""
    why: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Constraints:
    """Decisions as what grouping must obey: pairs of record ids, the smaller id first; and keepers.

    Attributes:
        must_link: Pairs that share a group.
        cannot_link: Pairs that never do; they win over ``must_link``.
        keepers: Records to be kept; in a group with several the last one counts.
    """

    must_link: frozenset[tuple[str, str]] = frozenset()
    cannot_link: frozenset[tuple[str, str]] = frozenset()
    keepers: tuple[str, ...] = ()

    @classmethod
    def of(cls, decisions: Iterable[Decision]) -> Constraints:
        """The last answer about a pair, or a keeper, counts; "unsure" takes an earlier answer back."""
        last: dict[tuple[str, str], Answer] = {}
        for decision in decisions:
            first, second = sorted((decision.record_a, decision.record_b))
            last.pop((first, second), None)
            last[first, second] = decision.answer
        return cls(
            must_link=frozenset(pair for pair, answer in last.items() if answer is Answer.SAME),
            cannot_link=frozenset(pair for pair, answer in last.items() if answer is Answer.DIFFERENT),
            keepers=tuple(pair[1] for pair, answer in last.items() if answer is Answer.KEEPER),
        )


@dataclass(frozen=True, slots=True)
class Conflict:
    """Decisions that cannot all be obeyed.

    Attributes:
        chain: Records, each decided to be the same as the next, ...
        apart: ... although its first and its last one are decided to be different. They stay apart.
    """

    chain: tuple[str, ...]

    @property
    def apart(self) -> tuple[str, str]:
        return self.chain[0], self.chain[-1]

    def __str__(self) -> str:
        return f"{' = '.join(self.chain)}, but {self.chain[0]} ≠ {self.chain[-1]}"


def conflicts(constraints: Constraints) -> tuple[Conflict, ...]:
    """Every pair that is decided to be different although a chain of other decisions makes it the same.

    The chain is a shortest one (breadth-first search), the first in the order of ids.
    """
    neighbours: dict[str, list[str]] = {}
    for a, b in sorted(constraints.must_link):
        neighbours.setdefault(a, []).append(b)
        neighbours.setdefault(b, []).append(a)
    chains = (_chain(neighbours, a, b) for a, b in sorted(constraints.cannot_link) if a in neighbours)
    return tuple(Conflict(chain) for chain in chains if chain)


def _chain(neighbours: dict[str, list[str]], begin: str, end: str) -> tuple[str, ...]:
    came_from = {begin: ""}
    waiting = deque([begin])
    while waiting and end not in came_from:
        record = waiting.popleft()
        for other in neighbours.get(record, ()):
            if other not in came_from:
                came_from[other] = record
                waiting.append(other)
    chain = [end] if end in came_from else []
    while chain and chain[-1] != begin:
        chain.append(came_from[chain[-1]])
    return tuple(reversed(chain))
