"""Separations: rules of the source by which two records of one scope are never proposed as one group.

A separation looks at one attribute. It is weaker than people: where somebody said "same", it does not count.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

When = Literal["both", "different", "shared"]
WHENS: tuple[str, ...] = get_args(When)
#: Records that are held against all others at a time: what bounds the memory beside the result.
_BLOCK = 512
_NONE = -1


@dataclass(frozen=True, slots=True)
class Separation:
    """What keeps two records of one scope apart; a record with a blank value is kept apart from none.

    Attributes:
        name: What the rule is called where its effects are shown.
        column: The attribute that it looks at.
        when: "both": each of the two records has a value; "different": each has one, and they differ; "shared": their
            values, comma-separated lists, have an entry in common.
    """

    name: str
    column: str
    when: When


@dataclass(frozen=True, slots=True)
class Apart:
    """Pairs of records that are kept apart, as columns of one length, in ascending order.

    Attributes:
        a: Row of the first record; int32.
        b: Row of the second record, greater than that of the first; int32.
        rule: Which of ``names`` keeps them apart, the first of several; int8.
        names: The names of the separations, in their order.
    """

    a: NDArray[np.int32]
    b: NDArray[np.int32]
    rule: NDArray[np.int8]
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.a)

    def __iter__(self) -> Iterator[tuple[int, int, str]]:
        named = zip(self.a.tolist(), self.b.tolist(), self.rule.tolist(), strict=True)
        return ((a, b, self.names[rule]) for a, b, rule in named)


def separated(
    columns: Mapping[str, Sequence[str]], separations: Sequence[Separation], rows: Sequence[int] | None = None
) -> Apart:
    """All pairs of records that a rule keeps apart.

    The result grows with the square of the records: give only ``rows`` that could come into one group.

    Args:
        columns: Attributes of records of one scope, by name; a column that is missing counts as blank.
        separations: The rules.
        rows: The records to look at, ascending; by default all.
    """
    chosen = np.arange(_height(columns), dtype=np.int32) if rows is None else np.asarray(rows, np.int32)
    tests = [_test_of(rule, _values(columns, rule, chosen)) for rule in separations]
    parts = [_block(tests, first, len(chosen)) for first in range(0, len(chosen), _BLOCK)] if tests else []
    a, b, rule = (np.concatenate(part) for part in zip(*parts, strict=True)) if parts else [np.empty(0, np.int64)] * 3
    return Apart(chosen[a], chosen[b], rule.astype(np.int8), tuple(each.name for each in separations))


def rule_of_pairs(
    columns: Mapping[str, Sequence[str]],
    separations: Sequence[Separation],
    a: NDArray[np.int32],
    b: NDArray[np.int32],
) -> NDArray[np.int8]:
    """Which rule keeps each of the given pairs apart.

    Args:
        columns: Attributes of records, by name; a column that is missing counts as blank.
        separations: The rules.
        a: Row of one record of each pair; shape (p,).
        b: Row of the other record, of the same scope.

    Returns:
        Per pair the place of the first rule that keeps it apart, or -1; shape (p,).
    """
    found = np.full(len(a), _NONE, np.int8)
    for place, rule in enumerate(separations):
        rows, where = np.unique(np.concatenate([a, b]), return_inverse=True)
        test = _test_of(rule, _values(columns, rule, rows))
        one, other = where[: len(a)], where[len(a) :]
        found[(found == _NONE) & test.of_pairs(one, other)] = place
    return found


class _Labels:
    """The rules "both" and "different": one label per record, 0 for a blank value."""

    def __init__(self, values: Sequence[str], *, differ: bool) -> None:
        known: dict[str, int] = {"": 0}
        self._label = np.array([known.setdefault(value, len(known)) for value in values], np.int32)
        self._differ = differ

    def of_pairs(self, a: NDArray[np.intp], b: NDArray[np.intp]) -> NDArray[np.bool_]:
        return self._apart(self._label[a], self._label[b])

    def of_block(self, first: int, last: int) -> NDArray[np.bool_]:
        return self._apart(self._label[first:last, None], self._label[None, :])

    def _apart(self, one: NDArray[np.int32], other: NDArray[np.int32]) -> NDArray[np.bool_]:
        apart: NDArray[np.bool_] = (one != 0) & (other != 0)
        return apart & (one != other) if self._differ else apart


class _Lists:
    """The rule "shared": a set of entries per record."""

    def __init__(self, values: Sequence[str]) -> None:
        self._entries = [frozenset(filter(None, map(str.strip, value.split(",")))) for value in values]
        holders: dict[str, list[int]] = {}
        for row, entries in enumerate(self._entries):
            for entry in entries:
                holders.setdefault(entry, []).append(row)
        self._holders = {entry: np.array(rows, np.int32) for entry, rows in holders.items()}

    def of_pairs(self, a: NDArray[np.intp], b: NDArray[np.intp]) -> NDArray[np.bool_]:
        pairs = zip(a.tolist(), b.tolist(), strict=True)
        return np.array([not self._entries[one].isdisjoint(self._entries[other]) for one, other in pairs], bool)

    def of_block(self, first: int, last: int) -> NDArray[np.bool_]:
        shared = np.zeros((last - first, len(self._entries)), bool)
        for row in range(first, last):
            for entry in self._entries[row]:
                shared[row - first, self._holders[entry]] = True
        return shared


def _test_of(rule: Separation, values: Sequence[str]) -> _Labels | _Lists:
    return _Lists(values) if rule.when == "shared" else _Labels(values, differ=rule.when == "different")


def _block(tests: Sequence[_Labels | _Lists], first: int, height: int) -> tuple[NDArray[np.int64], ...]:
    """The pairs of some records with all after them: rows of both, and the first rule for each."""
    last = min(first + _BLOCK, height)
    rule = np.full((last - first, height), _NONE, np.int8)
    for place, test in enumerate(tests):
        rule[(rule == _NONE) & test.of_block(first, last)] = place
    below = np.arange(height)[None, :] <= np.arange(first, last)[:, None]
    rule[below] = _NONE
    a, b = np.nonzero(rule != _NONE)
    return a + first, b, rule[a, b].astype(np.int64)


def _values(columns: Mapping[str, Sequence[str]], rule: Separation, rows: NDArray[np.int32]) -> list[str]:
    column = columns.get(rule.column)
    return [column[row].strip() for row in rows.tolist()] if column is not None else [""] * len(rows)


def _height(columns: Mapping[str, Sequence[str]]) -> int:
    return max(map(len, columns.values()), default=0)
