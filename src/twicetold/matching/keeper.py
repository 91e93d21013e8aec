"""Keeper: which record of a group is proposed to be kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twicetold.records import Records

#: What can decide, in the words of the setting.
CRITERIA = ("curated", "oldest", "longest")
_YES = frozenset({"1", "true", "yes", "y", "curated"})
_LAST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class KeeperRule:
    """Criteria in order of weight; what still ties is settled by the smallest id.

    Attributes:
        order: Some of :data:`CRITERIA`.
        curated_column: Attribute that says whether a record's text is curated.
        created_column: Attribute with an ISO 8601 date or time; a record without one counts as youngest.
    """

    order: tuple[str, ...] = CRITERIA
    curated_column: str = "curated"
    created_column: str = "created_at"


def choose_keeper(records: Records, rows: Sequence[int], rule: KeeperRule) -> int:
    """The row, of the given rows, whose record is proposed to be kept."""
    return min(rows, key=lambda row: (*(_rank(records, row, name, rule) for name in rule.order), records.ids[row]))


def _rank(records: Records, row: int, criterion: str, rule: KeeperRule) -> tuple[object, ...]:
    """Smaller is better; every criterion compares values of one type."""
    if criterion == "curated":
        return (_attribute(records, row, rule.curated_column).casefold() not in _YES,)
    if criterion == "oldest":
        return (moment(_attribute(records, row, rule.created_column)) or _LAST,)
    return (-len(records.texts[row]),)


def _attribute(records: Records, row: int, name: str) -> str:
    column = records.attributes.get(name)
    return column[row].strip() if column else ""


def moment(text: str) -> datetime | None:
    """The point in time that an ISO 8601 text names, in UTC unless it says otherwise; None for any other text."""
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
