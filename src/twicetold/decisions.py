"""Decisions: what people said about pairs of records. They win over the model, always."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class Answer(StrEnum):
    """What a person can say about two records."""

    SAME = "same"
    DIFFERENT = "different"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class Decision:
    """One person's answer about two records of one scope."""

    record_a: str
    record_b: str
    answer: Answer


@dataclass(frozen=True, slots=True)
class Constraints:
    """Decisions as what grouping must obey: pairs of record ids, the smaller id first."""

    must_link: frozenset[tuple[str, str]] = frozenset()
    cannot_link: frozenset[tuple[str, str]] = frozenset()

    @classmethod
    def of(cls, decisions: Iterable[Decision]) -> Constraints:
        """The last answer about a pair counts; "unsure" takes an earlier answer back."""
        last: dict[tuple[str, str], Answer] = {}
        for decision in decisions:
            first, second = sorted((decision.record_a, decision.record_b))
            last[first, second] = decision.answer
        return cls(
            must_link=frozenset(pair for pair, answer in last.items() if answer is Answer.SAME),
            cannot_link=frozenset(pair for pair, answer in last.items() if answer is Answer.DIFFERENT),
        )
