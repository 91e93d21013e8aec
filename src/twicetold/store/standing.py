"""Standing: how far people are with a group, and how sure the model is of it, as expressions over its row.

A pair is settled when the last word about it is "same" or "different". A group is decided when each of its members but
the keeper is in a settled pair with another member; until then it is open.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from twicetold.store.tables import decisions, groups, members, pairs

if TYPE_CHECKING:
    from typing import Any

SETTLING = ("same", "different")


def lowest(profile: str) -> sa.ScalarSelect[Any]:
    """The probability of a group's least probable pair; NULL where it has none that was judged the same or possible."""
    one, other = members.alias("of_a"), members.alias("of_b")
    both = pairs.join(one, sa.and_(one.c.profile == pairs.c.profile, one.c.record_id == pairs.c.record_a))
    together = sa.and_(other.c.profile == pairs.c.profile, other.c.record_id == pairs.c.record_b)
    both = both.join(other, sa.and_(together, other.c.group_id == one.c.group_id))
    found = sa.select(sa.func.min(pairs.c.probability)).select_from(both)
    # Pairs are looked for by their scope: without it SQLite would look at all of them for each group.
    of_group = (pairs.c.profile == profile, pairs.c.scope == groups.c.scope, one.c.group_id == groups.c.id)
    return found.where(*of_group).correlate(groups).scalar_subquery()


def is_decided(profile: str) -> sa.ColumnElement[bool]:
    """Whether each member of a group but the keeper is settled; looks at what was decided, not at each group."""
    last = _settled(profile)
    one, other = members.alias("low"), members.alias("high")
    both = last.join(one, sa.and_(one.c.profile == profile, one.c.record_id == last.c.low))
    together = sa.and_(other.c.profile == profile, other.c.record_id == last.c.high)
    both = both.join(other, sa.and_(together, other.c.group_id == one.c.group_id))
    ends = [sa.select(each.c.group_id, each.c.record_id).select_from(both) for each in (one, other)]
    touched, own = sa.union(*ends).subquery("touched"), groups.alias("own")
    settled = touched.join(own, sa.and_(own.c.profile == profile, own.c.id == touched.c.group_id))
    found = sa.select(own.c.id).select_from(settled).where(touched.c.record_id != own.c.keeper)
    return groups.c.id.in_(found.group_by(own.c.id, own.c.size).having(sa.func.count() >= own.c.size - 1))


def _settled(profile: str) -> sa.CTE:
    """Every settled pair: the ids ``low`` and ``high``."""
    in_order = decisions.c.record_a < decisions.c.record_b
    low = sa.case((in_order, decisions.c.record_a), else_=decisions.c.record_b).label("low")
    high = sa.case((in_order, decisions.c.record_b), else_=decisions.c.record_a).label("high")
    latest = (decisions.c.at.desc(), decisions.c.id.desc())
    place = sa.func.row_number().over(partition_by=(low, high), order_by=latest).label("place")
    said = sa.select(low, high, decisions.c.answer, place)
    words = said.where(decisions.c.profile == profile, decisions.c.record_b != "").subquery("words")
    chosen = sa.select(words.c.low, words.c.high)
    return chosen.where(words.c.place == 1, words.c.answer.in_(SETTLING)).cte("settled")
