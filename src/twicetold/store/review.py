"""Review: the pairs that people look at when they decide, the most worthwhile first, and what they have said."""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from twicetold.store import bulk
from twicetold.store.standing import SETTLING, last_words, two
from twicetold.store.tables import group_changes, groups, members, pairs, records

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Label:
    """What people say about a pair, and the model.

    Attributes:
        is_same: What people say.
        probability: What the model says; None where it judged the pair different, so that it was not kept.
    """

    is_same: bool
    probability: float | None


def open_pairs(
    connection: sa.Connection,
    profile: str,
    seen: Collection[str] | None,
    *,
    scope: str | None = None,
    offset: int = 0,
    limit: int,
) -> list[tuple[str, str]]:
    """Pairs that nobody has decided about, in the order in which an answer is worth most.

    An answer is worth the chance that it is a surprise, the smaller one of probability and 1 - probability, times the
    records that it may move: those of the two groups, or the two records where they are in none.
    """
    last = last_words(connection, profile)
    own = sa.and_(groups.c.profile == members.c.profile, groups.c.id == members.c.group_id)
    sized = sa.select(members.c.record_id, groups.c.size).select_from(members.join(groups, own))
    sizes = dict(connection.execute(sized.where(members.c.profile == profile)).all())

    chosen = sa.select(pairs.c.record_a, pairs.c.record_b, pairs.c.scope, pairs.c.probability)
    chosen = chosen.where(pairs.c.profile == profile, pairs.c.probability < 1)

    def worth() -> Iterator[tuple[float, str, str]]:
        for a, b, of_scope, chance in connection.execute(chosen):
            is_seen = (seen is None or of_scope in seen) and scope in (None, of_scope)
            if is_seen and two(a, b) not in last:
                yield -min(chance, 1 - chance) * (sizes.get(a, 1) + sizes.get(b, 1)), a, b

    return [(a, b) for _, a, b in heapq.nsmallest(offset + limit, worth())[offset:]]


def labels(connection: sa.Connection, profile: str, seen: Collection[str] | None) -> list[Label]:
    """The last word about each settled pair, with the pair's probability."""
    settled = {pair: answer for pair, answer in last_words(connection, profile).items() if answer in SETTLING}
    names = {name for pair in settled for name in pair}
    if seen is not None:
        names &= {row["id"] for row in records_of(connection, profile, names).values() if row["scope"] in seen}
    stands = standing_for(connection, profile, names)
    texts = [
        (two(stands.get(a, a), stands.get(b, b)), answer)
        for (a, b), answer in settled.items()
        if a in names and b in names
    ]
    chances = dict[tuple[str, str], float]()
    for some in bulk.chunks({pair[0] for pair, _ in texts}):
        listed = sa.select(pairs.c.record_a, pairs.c.record_b, pairs.c.probability)
        listed = listed.where(pairs.c.profile == profile, pairs.c.record_a.in_(some))
        chances |= {(a, b): chance for a, b, chance in connection.execute(listed).all()}
    return [Label(answer == "same", 1.0 if pair[0] == pair[1] else chances.get(pair)) for pair, answer in texts]


def standing_for(connection: sa.Connection, profile: str, ids: Collection[str]) -> dict[str, str]:
    """The record that stands for the text of each of some records, where that is another one."""
    found = dict[str, str]()
    for some in bulk.chunks(ids):
        chosen = sa.select(pairs.c.record_b, pairs.c.record_a).where(pairs.c.profile == profile)
        chosen = chosen.where(pairs.c.probability == 1, pairs.c.record_b.in_(some))
        found |= dict(connection.execute(chosen).all())
    return found


def changes_between(
    connection: sa.Connection, profile: str, seen: Collection[str] | None, after: str, until: str, *, limit: int
) -> list[Row]:
    """What the runs after one run have changed, up to another one; the ids of runs begin with their time."""
    chosen = sa.select(group_changes).where(
        group_changes.c.profile == profile, group_changes.c.run_id > after, group_changes.c.run_id <= until
    )
    chosen = chosen.where(_within(group_changes.c.scope, seen)).order_by(group_changes.c.id)
    return _rows(connection, chosen.limit(limit))


def records_of(connection: sa.Connection, profile: str, ids: Iterable[str]) -> dict[str, Row]:
    """Some records, by id."""
    found = dict[str, Row]()
    for some in bulk.chunks(ids):
        chosen = sa.select(records).where(records.c.profile == profile, records.c.id.in_(some))
        found |= {row["id"]: row for row in _rows(connection, chosen)}
    return found


def _within(column: sa.ColumnElement[str], seen: Collection[str] | None) -> sa.ColumnElement[bool]:
    return sa.true() if seen is None else column.in_(list(seen))


def _rows(connection: sa.Connection, chosen: sa.Select[Any]) -> list[Row]:
    return [dict(row) for row in connection.execute(chosen).mappings()]
