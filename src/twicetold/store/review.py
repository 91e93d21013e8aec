"""Review: what people look at when they decide, the most worthwhile first.

A pair is settled when the last decision about it says "same" or "different". A group whose members are all settled,
each with another member, is settled. The doubt of a group is the number of pairs of its texts that are probably wrong:
the sum of 1 - probability over those that are not settled, where a pair that was judged different counts 1.

Of records with the same canonical text a run compares only the first with others, which stands for all of them; the
others are listed beside it with the probability 1, which no other pair reaches.
"""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from twicetold.store import bulk
from twicetold.store.standing import SETTLING
from twicetold.store.tables import decisions, group_changes, groups, members, pairs, records

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from datetime import datetime

Row = dict[str, Any]


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


@dataclass(frozen=True, slots=True)
class Label:
    """What people say about a pair, and the model.

    Attributes:
        is_same: What people say.
        probability: What the model says; None where it judged the pair different, so that it was not kept.
    """

    is_same: bool
    probability: float | None


def last_words(connection: sa.Connection, profile: str) -> dict[tuple[str, str], str]:
    """The last answer about each two records, the smaller id first; the latest answer comes last."""
    chosen = sa.select(decisions.c.record_a, decisions.c.record_b, decisions.c.answer)
    chosen = chosen.where(decisions.c.profile == profile, decisions.c.record_b != "")
    last = dict[tuple[str, str], str]()
    for a, b, answer in connection.execute(chosen.order_by(decisions.c.at, decisions.c.id)):
        last.pop(_two(a, b), None)
        last[_two(a, b)] = answer
    return last


def standings(connection: sa.Connection, profile: str) -> list[Standing]:
    """All groups, those with the most doubt first.

    In memory and not in SQL: what joins pairs, members and last decisions has no index, and databases that guess wrong
    how many rows there are take minutes where this takes a second.
    """
    settled = {two for two, answer in last_words(connection, profile).items() if answer in SETTLING}
    chosen = sa.select(members.c.record_id, members.c.group_id).where(members.c.profile == profile)
    group_of = dict(connection.execute(chosen).all())
    doubt, listed, repeated = defaultdict[str, float](float), Counter[str](), Counter[str]()
    lowest = dict[str, float]()
    for a, b, _, chance in _pairs(connection, profile):
        group = group_of.get(a)
        if group is None or group != group_of.get(b):
            continue
        (repeated if chance == 1 else listed)[group] += 1
        lowest[group] = min(chance, lowest.get(group, 1.0))
        if _two(a, b) not in settled:
            doubt[group] += 1 - chance
    touched = defaultdict[str, set[str]](set)
    for a, b in settled:
        if (group := group_of.get(a)) is not None and group == group_of.get(b):
            touched[group] |= {a, b}
    found = []
    for row in _rows(connection, sa.select(groups).where(groups.c.profile == profile)):
        name, size = row["id"], row["size"]
        texts = size - repeated[name]
        unlisted = max(0, texts * (texts - 1) // 2 - listed[name])
        still = max(0, size - 1 - len(touched[name] - {row["keeper"]}))
        whole = (doubt[name] + unlisted, lowest.get(name), still)
        found.append(Standing(name, row["scope"], size, row["keeper"], row["since"], *whole))
    return sorted(found, key=lambda each: (-each.doubt, -each.size, each.scope, each.id))


def groups_saying(connection: sa.Connection, profile: str, text: str) -> set[str]:
    """The ids of the groups of which a member's text holds another text, in whatever case."""
    own = sa.and_(records.c.profile == members.c.profile, records.c.id == members.c.record_id)
    chosen = sa.select(members.c.group_id).distinct().select_from(members.join(records, own))
    chosen = chosen.where(members.c.profile == profile, records.c.text.icontains(text, autoescape=True))
    return set(connection.execute(chosen).scalars())


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

    def worth() -> Iterator[tuple[float, str, str]]:
        for a, b, of_scope, chance in _pairs(connection, profile, below=1.0):
            is_seen = (seen is None or of_scope in seen) and scope in (None, of_scope)
            if is_seen and _two(a, b) not in last:
                yield -min(chance, 1 - chance) * (sizes.get(a, 1) + sizes.get(b, 1)), a, b

    return [(a, b) for _, a, b in heapq.nsmallest(offset + limit, worth())[offset:]]


def labels(connection: sa.Connection, profile: str, seen: Collection[str] | None) -> list[Label]:
    """The last word about each settled pair, with the pair's probability."""
    settled = {two: answer for two, answer in last_words(connection, profile).items() if answer in SETTLING}
    names = {name for two in settled for name in two}
    if seen is not None:
        names &= {row["id"] for row in records_of(connection, profile, names).values() if row["scope"] in seen}
    stands = standing_for(connection, profile, names)
    texts = [
        (_two(stands.get(a, a), stands.get(b, b)), answer)
        for (a, b), answer in settled.items()
        if a in names and b in names
    ]
    chances = dict[tuple[str, str], float]()
    for some in bulk.chunks({two[0] for two, _ in texts}):
        listed = sa.select(pairs.c.record_a, pairs.c.record_b, pairs.c.probability)
        listed = listed.where(pairs.c.profile == profile, pairs.c.record_a.in_(some))
        chances |= {(a, b): chance for a, b, chance in connection.execute(listed).all()}
    return [Label(answer == "same", 1.0 if two[0] == two[1] else chances.get(two)) for two, answer in texts]


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


def _pairs(
    connection: sa.Connection, profile: str, *, below: float | None = None
) -> Iterator[tuple[str, str, str, float]]:
    """The pairs that are kept: both ids, scope, probability."""
    chosen = sa.select(pairs.c.record_a, pairs.c.record_b, pairs.c.scope, pairs.c.probability)
    chosen = chosen.where(pairs.c.profile == profile)
    if below is not None:
        chosen = chosen.where(pairs.c.probability < below)
    for a, b, scope, chance in connection.execute(chosen):  # noqa: UP028 - to a type checker rows are no tuples
        yield a, b, scope, chance


def _two(a: str, b: str) -> tuple[str, str]:
    return (a, b) if a < b else (b, a)


def _within(column: sa.ColumnElement[str], seen: Collection[str] | None) -> sa.ColumnElement[bool]:
    return sa.true() if seen is None else column.in_(list(seen))


def _rows(connection: sa.Connection, chosen: sa.Select[Any]) -> list[Row]:
    return [dict(row) for row in connection.execute(chosen).mappings()]
