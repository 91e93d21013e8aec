"""Standing: how far people are with a group, and how sure the model is of it.

A pair is settled when the last word about it is "same" or "different". A group is decided when each of its members but
the keeper is in a settled pair with another member; until then it is open. The doubt of a group is the number of pairs
of its texts that are probably wrong: the sum of 1 - probability over those that are not settled, where a pair that was
judged different counts 1.

Of records with the same canonical text a run compares only the first with others, which stands for all of them; the
others are listed beside it with the probability 1, which no other pair reaches.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from twicetold.store import bulk
from twicetold.store.tables import decisions, groups, members, pairs

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import datetime

SETTLING = ("same", "different")
#: Whether somebody still has to look at a group.
OPEN, DECIDED = "open", "decided"


@dataclass(frozen=True, slots=True)
class Standing:
    """How a group stands.

    Attributes:
        id: Of the group.
        scope: Of its records.
        size: How many they are.
        keeper: The one that is proposed to be kept.
        since: When it was found, or last changed.
        doubt: Pairs of its texts that are probably wrong.
        lowest: The lowest probability of a pair in it that is kept; None where none is.
        open: Members, but for the keeper, that are not settled.
    """

    id: str
    scope: str
    size: int
    keeper: str
    since: datetime
    doubt: float
    lowest: float | None
    open: int

    @property
    def state(self) -> str:
        """Whether somebody still has to look at it."""
        return OPEN if self.open else DECIDED


def last_words(
    connection: sa.Connection, profile: str, about: Collection[str] | None = None
) -> dict[tuple[str, str], str]:
    """The last answer about each two records, the smaller id first; the latest answer comes last.

    Args:
        connection: To the store.
        profile: Whose decisions.
        about: Only decisions that name one of these records first; None for all.
    """
    chosen = sa.select(decisions.c.at, decisions.c.id, decisions.c.record_a, decisions.c.record_b, decisions.c.answer)
    chosen = chosen.where(decisions.c.profile == profile, decisions.c.record_b != "")
    last = dict[tuple[str, str], str]()
    for *_, a, b, answer in sorted(_among(connection, chosen, decisions.c.record_a, about)):
        last.pop(two(a, b), None)
        last[two(a, b)] = answer
    return last


def standings(connection: sa.Connection, profile: str, only: Collection[str] | None = None) -> list[Standing]:
    """All groups, or those of some ids, in no order.

    In memory and not in SQL: what joins pairs, members and last decisions has no index, and databases that guess wrong
    how many rows there are take minutes where this takes a second.
    """
    chosen = sa.select(members.c.record_id, members.c.group_id).where(members.c.profile == profile)
    group_of: dict[str, str] = dict(_among(connection, chosen, members.c.group_id, only))
    inside = None if only is None else group_of.keys()
    settled = {words for words, answer in last_words(connection, profile, inside).items() if answer in SETTLING}
    doubt, listed, repeated = defaultdict[str, float](float), Counter[str](), Counter[str]()
    lowest = dict[str, float]()
    kept = sa.select(pairs.c.record_a, pairs.c.record_b, pairs.c.probability).where(pairs.c.profile == profile)
    for a, b, chance in _among(connection, kept, pairs.c.record_a, inside):
        group = group_of.get(a)
        if group is None or group != group_of.get(b):
            continue
        (repeated if chance == 1 else listed)[group] += 1
        lowest[group] = min(chance, lowest.get(group, 1.0))
        if two(a, b) not in settled:
            doubt[group] += 1 - chance
    touched = defaultdict[str, set[str]](set)
    for a, b in settled:
        if (group := group_of.get(a)) is not None and group == group_of.get(b):
            touched[group] |= {a, b}
    found, of = [], sa.select(groups.c.id, groups.c.scope, groups.c.size, groups.c.keeper, groups.c.since)
    for name, scope, size, keeper, since in _among(
        connection, of.where(groups.c.profile == profile), groups.c.id, only
    ):
        texts = size - repeated[name]
        unlisted = max(0, texts * (texts - 1) // 2 - listed[name])
        still = max(0, size - 1 - len(touched[name] - {keeper}))
        whole = (doubt[name] + unlisted, lowest.get(name), still)
        found.append(Standing(name, scope, size, keeper, since, *whole))
    return found


def groups_decided_since(connection: sa.Connection, profile: str, number: int) -> set[str]:
    """The ids of the groups with members about which there are decisions after one of a number."""
    chosen = sa.select(decisions.c.record_a, decisions.c.record_b)
    chosen = chosen.where(decisions.c.profile == profile, decisions.c.id > number)
    names = {name for row in connection.execute(chosen) for name in row}
    of = sa.select(members.c.group_id).where(members.c.profile == profile)
    return {group for (group,) in _among(connection, of, members.c.record_id, names)}


def two(a: str, b: str) -> tuple[str, str]:
    """Two records in the order of their ids."""
    return (a, b) if a < b else (b, a)


def _among(
    connection: sa.Connection, chosen: sa.Select[Any], column: sa.Column[str], values: Collection[str] | None
) -> Iterator[Any]:
    """The rows of a question in which a column has one of some values; None for all."""
    if values is None:
        yield from connection.execute(chosen)
        return
    for some in bulk.chunks(values):
        yield from connection.execute(chosen.where(column.in_(some)))
