"""What the report shows of a group and of a pair, of bounded size whatever the input."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from twicetold.report.diff import marked_words
from twicetold.report.waterfall import Waterfall, waterfall

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twicetold.groups import Group
    from twicetold.matching.explanation import Explanation
    from twicetold.pairs import Evidence
    from twicetold.pipeline import Result
    from twicetold.records import Record
    from twicetold.report.lookup import Lookup

TEXTS_PER_GROUP = 20
RECORDS_PER_TEXT = 20
CHARACTERS_PER_TEXT = 2000


@dataclass(frozen=True, slots=True)
class Telling:
    """One text and the records that say it.

    Attributes:
        text: The text as safe HTML, with words marked, cut if it is very long.
        cut: How many characters were cut off.
        records: The first of the records with this text.
        more: How many more records have it.
        keeper: Id of the keeper if it is one of them.
        group: Id of the group they are in, empty for none.
    """

    text: Markup
    cut: int
    records: tuple[Record, ...]
    more: int
    keeper: str = ""
    group: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Why a pair has its probability: the explanation with its waterfall laid out."""

    explanation: Explanation
    waterfall: Waterfall
    against: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class GroupView:
    """A group: the keeper's text, then the other texts, the least certain first.

    Attributes:
        group: The group.
        texts: How many distinct texts it has.
        lowest: The lowest probability among its pairs, None if one was judged different by itself or is not listed.
        keeper: The keeper's text.
        others: Each other text, compared with the keeper's.
        more_texts: How many texts are not shown.
    """

    group: Group
    texts: int
    lowest: float | None
    keeper: Telling
    others: tuple[tuple[Telling, Comparison], ...]
    more_texts: int


@dataclass(frozen=True, slots=True)
class PairView:
    """Two texts that are not in one group."""

    scope: str
    a: Telling
    b: Telling
    comparison: Comparison


def view_group(result: Result, lookup: Lookup, group: Group) -> GroupView:
    """What is shown of a group; explains only the pairs that are shown."""
    keeper = lookup.row_of[group.keeper]
    by_text: dict[int, list[int]] = {int(lookup.first[keeper]): [keeper]}
    for row in map(lookup.row_of.__getitem__, group.members):
        if row != keeper:
            by_text.setdefault(int(lookup.first[row]), []).append(row)
    keepers, *others = by_text.values()
    others.sort(key=lambda rows: (lookup.probability(keeper, rows[0]) or 0.0, rows[0]))
    text, cut = _beginning(result.records.texts[keeper])
    shown = [_beside_keeper(result, keeper, rows) for rows in others[: TEXTS_PER_GROUP - 1]]
    return GroupView(
        group=group,
        texts=len(by_text),
        lowest=lookup.lowest([rows[0] for rows in by_text.values()]),
        keeper=_telling(result, keepers, escape(text), cut, keeper=group.keeper),
        others=tuple(shown),
        more_texts=len(others) - len(shown),
    )


def view_pair(result: Result, lookup: Lookup, row_a: int, row_b: int) -> PairView:
    """What is shown of a pair of texts that are not in one group."""
    (text_a, cut_a), (text_b, cut_b) = (_beginning(result.records.texts[row]) for row in (row_a, row_b))
    marked_a, marked_b = marked_words(text_a, text_b)
    apart = lookup.first[row_a] != lookup.first[row_b]
    rows_a, rows_b = (lookup.same_text(row) if apart else [row] for row in (row_a, row_b))
    return PairView(
        scope=result.records.scopes[row_a],
        a=_telling(result, rows_a, marked_a, cut_a, group=_group_of(result, lookup, row_a)),
        b=_telling(result, rows_b, marked_b, cut_b, group=_group_of(result, lookup, row_b)),
        comparison=_comparison(result, row_a, row_b),
    )


def _beside_keeper(result: Result, keeper: int, rows: Sequence[int]) -> tuple[Telling, Comparison]:
    text, cut = _beginning(result.records.texts[rows[0]])
    _, marked = marked_words(_beginning(result.records.texts[keeper])[0], text)
    return _telling(result, rows, marked, cut), _comparison(result, keeper, rows[0])


def _group_of(result: Result, lookup: Lookup, row: int) -> str:
    number = int(lookup.group_of[row])
    return result.groups[number].id if number >= 0 else ""


def _telling(
    result: Result, rows: Sequence[int], text: Markup, cut: int, *, keeper: str = "", group: str = ""
) -> Telling:
    shown = tuple(result.records[row] for row in rows[:RECORDS_PER_TEXT])
    return Telling(text, cut, shown, len(rows) - len(shown), keeper, group)


def _comparison(result: Result, row_a: int, row_b: int) -> Comparison:
    explanation = result.explain(row_a, row_b)
    against = sorted((each for each in explanation.evidence[1:] if each.log_odds < 0), key=lambda e: e.log_odds)
    return Comparison(explanation, waterfall(explanation.evidence, explanation.log_odds), tuple(against[:3]))


def _beginning(text: str) -> tuple[str, int]:
    """The text, cut if it is very long, and how many characters that left out."""
    shown = text[:CHARACTERS_PER_TEXT]
    return shown, len(text) - len(shown)
