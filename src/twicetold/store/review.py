"""Review: what people look at when they decide, the most worthwhile first.

A pair is settled when the last decision about it says "same" or "different". A group whose members are all settled,
each with another member, is settled. The doubt of a group is the number of pairs of its texts that are probably wrong:
the sum of 1 - probability over those that are not settled, where a pair that was judged different counts 1.

Of records with the same canonical text a run compares only the first with others, which stands for all of them; the
others are listed beside it with the probability 1, which no other pair reaches.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from twicetold.store import bulk
from twicetold.store.tables import decisions, group_changes, groups, members, pairs, records

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

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


SETTLING = ("same", "different")


def last_words(profile: str) -> sa.CTE:
    """For each pair of records the last decision, once for either order: id, answer, one, other, place of the order.

    Both orders, for what joins by two equalities is found by an index, and databases differ in what order texts have.
    """
    smaller = decisions.c.record_a < decisions.c.record_b
    low = sa.case((smaller, decisions.c.record_a), else_=decisions.c.record_b).label("low")
    high = sa.case((smaller, decisions.c.record_b), else_=decisions.c.record_a).label("high")
    latest = sa.func.row_number().over(
        partition_by=(low, high), order_by=(decisions.c.at.desc(), decisions.c.id.desc())
    )
    chosen = sa.select(decisions.c.id, decisions.c.answer, low, high, latest.label("place"))
    ranked = chosen.where(decisions.c.profile == profile, decisions.c.record_b != "").cte("decided")
    orders = (
        sa.select(
            ranked.c.id, ranked.c.answer, one.label("one"), other.label("other"), sa.literal(place).label("place")
        ).where(ranked.c.place == 1)
        for place, (one, other) in enumerate(((ranked.c.low, ranked.c.high), (ranked.c.high, ranked.c.low)))
    )
    return sa.union_all(*orders).cte("last")


def queue(
    connection: sa.Connection,
    profile: str,
    seen: Collection[str] | None,
    *,
    scope: str | None = None,
    text: str = "",
    settled: bool = False,
    offset: int = 0,
    limit: int,
) -> list[Row]:
    """Groups, those with the most doubt first, each with the text of its keeper, ``doubt`` and ``open`` members.

    Args:
        connection: To the store.
        profile: Whose groups.
        seen: Only groups of these scopes; None for all.
        scope: Only groups of this one.
        text: Only groups of which a member's text holds this, in whatever case.
        settled: The groups that are settled instead of those that are not.
        offset: Groups to pass over.
        limit: Groups at most.
    """
    ranked = _ranked(profile, seen)
    kept = sa.and_(records.c.profile == profile, records.c.id == ranked.c.keeper)
    chosen = sa.select(ranked, records.c.text).select_from(ranked.outerjoin(records, kept))
    chosen = chosen.where(ranked.c.open == 0 if settled else ranked.c.open > 0)
    if scope is not None:
        chosen = chosen.where(ranked.c.scope == scope)
    if text:
        said = sa.select(members.c.record_id).join(
            records, sa.and_(records.c.profile == members.c.profile, records.c.id == members.c.record_id)
        )
        of_group = (members.c.profile == profile, members.c.group_id == ranked.c.id)
        holds = records.c.text.icontains(text, autoescape=True)
        chosen = chosen.where(said.where(*of_group, holds).correlate(ranked).exists())
    order = (ranked.c.doubt.desc(), ranked.c.size.desc(), ranked.c.scope, ranked.c.id)
    return _rows(connection, chosen.order_by(*order).offset(offset).limit(limit))


def queue_of_scopes(
    connection: sa.Connection, profile: str, seen: Collection[str] | None, *, offset: int = 0, limit: int
) -> list[Row]:
    """Scopes with groups, those with the most doubt first: scope, groups, ``open`` groups, records, doubt."""
    ranked = _ranked(profile, seen)
    is_open = sa.case((ranked.c.open > 0, 1), else_=0)
    doubt = sa.func.sum(sa.case((ranked.c.open > 0, ranked.c.doubt), else_=0)).label("doubt")
    chosen = sa.select(
        ranked.c.scope,
        sa.func.count().label("groups"),
        sa.func.sum(is_open).label("open"),
        sa.func.sum(ranked.c.size).label("records"),
        doubt,
    )
    chosen = chosen.group_by(ranked.c.scope).order_by(doubt.desc(), ranked.c.scope)
    return _rows(connection, chosen.offset(offset).limit(limit))


def progress(connection: sa.Connection, profile: str, seen: Collection[str] | None, scope: str | None) -> Row:
    """How many groups there are, how many are open, and their doubt."""
    ranked = _ranked(profile, seen)
    is_open = ranked.c.open > 0
    chosen = sa.select(
        sa.func.count().label("groups"),
        sa.func.coalesce(sa.func.sum(sa.case((is_open, 1), else_=0)), 0).label("open"),
        sa.func.coalesce(sa.func.sum(sa.case((is_open, ranked.c.doubt), else_=0)), 0).label("doubt"),
    )
    if scope is not None:
        chosen = chosen.where(ranked.c.scope == scope)
    return _rows(connection, chosen)[0]


def open_pairs(
    connection: sa.Connection,
    profile: str,
    seen: Collection[str] | None,
    *,
    scope: str | None = None,
    offset: int = 0,
    limit: int,
) -> list[Row]:
    """Pairs that nobody has decided about, in the order in which an answer is worth most.

    An answer is worth the chance that it is a surprise, the smaller one of probability and 1 - probability, times the
    records that it may move: those of the two groups, or the two records where they are in none.
    """
    last, sizes = last_words(profile), _sizes(profile)
    one, other = sizes.alias("one"), sizes.alias("other")
    told = (records.c.profile == profile, records.c.last_seen.is_(None))
    first = sa.select(records.c.id, records.c.text, records.c.attributes).where(*told).subquery("first")
    second = sa.select(records.c.id, records.c.text, records.c.attributes).where(*told).subquery("second")
    chance = pairs.c.probability
    surprise = sa.case((chance < 0.5, chance), else_=1 - chance)
    moved = sa.func.coalesce(one.c.size, 1) + sa.func.coalesce(other.c.size, 1)
    worth = (surprise * moved).label("worth")
    chosen = sa.select(
        pairs,
        first.c.text.label("text_a"),
        second.c.text.label("text_b"),
        first.c.attributes.label("attributes_a"),
        second.c.attributes.label("attributes_b"),
        worth,
    )
    source = pairs.join(first, first.c.id == pairs.c.record_a).join(second, second.c.id == pairs.c.record_b)
    source = source.outerjoin(one, one.c.record_id == pairs.c.record_a)
    source = source.outerjoin(other, other.c.record_id == pairs.c.record_b)
    source = source.outerjoin(last, _is_about(last, pairs.c.record_a, pairs.c.record_b))
    chosen = chosen.select_from(source).where(pairs.c.profile == profile, _within(pairs.c.scope, seen))
    chosen = chosen.where(last.c.id.is_(None), pairs.c.probability < 1)
    if scope is not None:
        chosen = chosen.where(pairs.c.scope == scope)
    order = (worth.desc(), pairs.c.record_a, pairs.c.record_b)
    return _rows(connection, chosen.order_by(*order).offset(offset).limit(limit))


def labels(connection: sa.Connection, profile: str, seen: Collection[str] | None, *, limit: int) -> list[Label]:
    """The last word about each settled pair, with the pair's probability."""
    last = last_words(profile)
    told = sa.select(records.c.id, records.c.scope).where(records.c.profile == profile).subquery("told")
    chosen = sa.select(last.c.answer, last.c.one, last.c.other).select_from(last.join(told, told.c.id == last.c.one))
    chosen = chosen.where(last.c.place == 0, last.c.answer.in_(SETTLING), _within(told.c.scope, seen))
    chosen = chosen.order_by(last.c.id.desc())
    rows = _rows(connection, chosen.limit(limit))
    stands = standing_for(connection, profile, {row[side] for row in rows for side in ("one", "other")})
    texts = ([stands.get(name) or name for name in (row["one"], row["other"])] for row in rows)
    pairs_of = [(min(two), max(two)) for two in texts]
    chances = dict[tuple[str, str], float]()
    for some in bulk.chunks({first for first, _ in pairs_of}):
        listed = sa.select(pairs.c.record_a, pairs.c.record_b, pairs.c.probability)
        listed = listed.where(pairs.c.profile == profile, pairs.c.record_a.in_(some))
        chances |= {(a, b): chance for a, b, chance in connection.execute(listed).all()}
    return [
        Label(row["answer"] == "same", 1.0 if a == b else chances.get((a, b)))
        for row, (a, b) in zip(rows, pairs_of, strict=True)
    ]


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


def count_labels(connection: sa.Connection, profile: str, seen: Collection[str] | None) -> int:
    """How many pairs are settled."""
    last = last_words(profile)
    told = sa.select(records.c.id, records.c.scope).where(records.c.profile == profile).subquery("told")
    chosen = sa.select(sa.func.count()).select_from(last.join(told, told.c.id == last.c.one))
    found = connection.execute(
        chosen.where(last.c.place == 0, last.c.answer.in_(SETTLING), _within(told.c.scope, seen))
    ).scalar()
    return found or 0


def records_of(connection: sa.Connection, profile: str, ids: Sequence[str]) -> dict[str, Row]:
    """Some records, by id."""
    chosen = sa.select(records).where(records.c.profile == profile, records.c.id.in_(ids))
    return {row["id"]: row for row in _rows(connection, chosen)}


def _ranked(profile: str, seen: Collection[str] | None) -> sa.Subquery:
    """Groups with their doubt and the number of members that are still open."""
    last = last_words(profile)
    settled = sa.select(last.c.one, last.c.other).where(last.c.answer.in_(SETTLING)).cte("settled")
    doubts, touched = _doubts(profile, settled), _touched(profile, settled)
    texts = groups.c.size - sa.func.coalesce(doubts.c.repeated, 0)
    unlisted = texts * (texts - 1) / 2 - sa.func.coalesce(doubts.c.listed, 0)
    doubt = sa.func.coalesce(doubts.c.doubt, 0.0) + sa.case((unlisted > 0, unlisted), else_=0)
    open_members = groups.c.size - 1 - sa.func.coalesce(touched.c.count, 0)
    chosen = sa.select(
        groups,
        sa.cast(doubt, sa.Double).label("doubt"),
        sa.case((open_members > 0, open_members), else_=0).label("open"),
        doubts.c.lowest,
    )
    source = groups.outerjoin(doubts, doubts.c.group_id == groups.c.id)
    source = source.outerjoin(touched, touched.c.group_id == groups.c.id)
    chosen = chosen.select_from(source).where(groups.c.profile == profile, _within(groups.c.scope, seen))
    return chosen.subquery("ranked")


def _doubts(profile: str, settled: sa.CTE) -> sa.Subquery:
    """By group: its records whose text another one stands for, its pairs of texts that are listed, and their doubt."""
    one, other = members.alias("one"), members.alias("other")
    together = sa.and_(other.c.record_id == pairs.c.record_b, other.c.group_id == one.c.group_id)
    source = pairs.join(one, sa.and_(one.c.profile == profile, one.c.record_id == pairs.c.record_a))
    source = source.join(other, sa.and_(other.c.profile == profile, together))
    source = source.outerjoin(settled, _is_about(settled, pairs.c.record_a, pairs.c.record_b))
    unsettled = sa.case((settled.c.one.is_(None), 1 - pairs.c.probability), else_=0)
    is_repeated = pairs.c.probability == 1
    chosen = sa.select(
        one.c.group_id,
        sa.func.sum(sa.case((is_repeated, 1), else_=0)).label("repeated"),
        sa.func.sum(sa.case((is_repeated, 0), else_=1)).label("listed"),
        sa.func.sum(unsettled).label("doubt"),
        sa.func.min(pairs.c.probability).label("lowest"),
    )
    return chosen.select_from(source).where(pairs.c.profile == profile).group_by(one.c.group_id).subquery("doubts")


def _touched(profile: str, settled: sa.CTE) -> sa.Subquery:
    """By group: how many of its members, but for the keeper, are in a settled pair of the group."""
    one, other = members.alias("m1"), members.alias("m2")
    source = settled.join(one, sa.and_(one.c.profile == profile, one.c.record_id == settled.c.one))
    together = sa.and_(other.c.record_id == settled.c.other, other.c.group_id == one.c.group_id)
    source = source.join(other, sa.and_(other.c.profile == profile, together))
    source = source.join(groups, sa.and_(groups.c.profile == profile, groups.c.id == one.c.group_id))
    count = sa.func.count(settled.c.one.distinct()).label("count")
    chosen = sa.select(one.c.group_id, count).select_from(source).where(settled.c.one != groups.c.keeper)
    return chosen.group_by(one.c.group_id).subquery("touched")


def _sizes(profile: str) -> sa.CTE:
    own = sa.and_(groups.c.profile == members.c.profile, groups.c.id == members.c.group_id)
    chosen = sa.select(members.c.record_id, groups.c.size).select_from(members.join(groups, own))
    return chosen.where(members.c.profile == profile).cte("sizes")


def _is_about(last: sa.CTE, one: sa.ColumnElement[str], other: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """Whether a row of :func:`last_words` is about two records, in this order."""
    return sa.and_(last.c.one == one, last.c.other == other)


def _within(column: sa.ColumnElement[str], seen: Collection[str] | None) -> sa.ColumnElement[bool]:
    return sa.true() if seen is None else column.in_(list(seen))


def _rows(connection: sa.Connection, chosen: sa.Select[Any]) -> list[Row]:
    return [dict(row) for row in connection.execute(chosen).mappings()]
