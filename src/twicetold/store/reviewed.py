"""Reviewed: one group as somebody decides about it, some members at a time, and who else is at it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from twicetold.store import bulk
from twicetold.store.review import standing_for
from twicetold.store.tables import decisions, group_changes, groups, members, pairs, presence, records

if TYPE_CHECKING:
    from collections.abc import Collection

Row = dict[str, Any]
#: Seconds for which somebody is taken to be at a group that they have opened, and after which it is forgotten.
PRESENT, FORGOTTEN = 90, 900
_TOLD = ("id", "text", "attributes", "first_seen")


@dataclass(frozen=True, slots=True)
class Seen:
    """What somebody had before their eyes when they decided.

    Attributes:
        decision: The last decision about members of the group; 0 for none.
        change: The last change of the group; 0 for none.
        keeper: Its keeper; empty where there is no such group.
    """

    decision: int
    change: int
    keeper: str


def seen_now(connection: sa.Connection, profile: str, name: str, *, lock: bool = False) -> Seen:
    """What there is to be seen of a group.

    Args:
        connection: To the store.
        profile: Whose group.
        name: Its id.
        lock: Whether nobody else may decide about it until the transaction ends.
    """
    chosen = sa.select(groups.c.keeper).where(groups.c.profile == profile, groups.c.id == name)
    keeper = connection.execute(chosen.with_for_update() if lock else chosen).scalar()
    own = (group_changes.c.profile == profile, group_changes.c.group_id == name)
    change = connection.execute(sa.select(sa.func.max(group_changes.c.id)).where(*own)).scalar()
    decision = connection.execute(sa.select(sa.func.max(decisions.c.id)).where(_about(profile, name))).scalar()
    return Seen(decision or 0, change or 0, keeper or "")


def read_header(connection: sa.Connection, profile: str, name: str, seen: Collection[str] | None) -> Row | None:
    """A group without its members, but for the keeper."""
    within = sa.true() if seen is None else groups.c.scope.in_(list(seen))
    chosen = sa.select(groups).where(groups.c.profile == profile, groups.c.id == name, within)
    found = _rows(connection, chosen)
    if not found:
        return None
    told = sa.select(*(records.c[column] for column in _TOLD))
    kept = told.where(records.c.profile == profile, records.c.id == found[0]["keeper"])
    return found[0] | {"kept": _rows(connection, kept)[0]}


def read_others(connection: sa.Connection, profile: str, group: Row, *, offset: int = 0, limit: int) -> list[Row]:
    """Members but for the keeper, the least certain first, each with probability and evidence of its pair with it."""
    keeper = group["keeper"]
    stands = standing_for(connection, profile, [keeper]).get(keeper, keeper)
    repeated = pairs.alias("repeated")
    of_text = sa.func.coalesce(repeated.c.record_a, members.c.record_id)
    one, other = pairs.alias("one"), pairs.alias("other")
    source = members.join(records, sa.and_(records.c.profile == profile, records.c.id == members.c.record_id))
    for table, joined in (
        (repeated, (repeated.c.probability == 1, repeated.c.record_b == members.c.record_id)),
        (one, (one.c.record_a == stands, one.c.record_b == of_text)),
        (other, (other.c.record_b == stands, other.c.record_a == of_text)),
    ):
        source = source.outerjoin(table, sa.and_(table.c.profile == profile, *joined))
    chance = sa.case((of_text == stands, 1.0), else_=sa.func.coalesce(one.c.probability, other.c.probability))
    chosen = sa.select(
        *(records.c[column] for column in _TOLD),
        chance.label("probability"),
        sa.case((one.c.probability.is_not(None), one.c.evidence), else_=other.c.evidence).label("evidence"),
    ).select_from(source)
    chosen = chosen.where(
        members.c.profile == profile, members.c.group_id == group["id"], members.c.record_id != keeper
    )
    chosen = chosen.order_by(sa.func.coalesce(chance, 0.0), members.c.record_id)
    return _rows(connection, chosen.offset(offset).limit(limit))


def member_ids(connection: sa.Connection, profile: str, name: str) -> list[str]:
    """The ids of a group's members."""
    chosen = sa.select(members.c.record_id).where(members.c.profile == profile, members.c.group_id == name)
    return list(connection.execute(chosen.order_by(members.c.record_id)).scalars())


def decided_about(
    connection: sa.Connection, profile: str, name: str, *, after: int = 0, limit: int = 1000
) -> list[Row]:
    """Decisions about members of a group, both of them, the latest first."""
    chosen = sa.select(decisions).where(_about(profile, name), decisions.c.id > after)
    return _rows(connection, chosen.order_by(decisions.c.at.desc(), decisions.c.id.desc()).limit(limit))


def history(connection: sa.Connection, profile: str, name: str, *, after: int = 0) -> list[Row]:
    """How runs have changed a group, the latest change first."""
    own = (group_changes.c.profile == profile, group_changes.c.group_id == name, group_changes.c.id > after)
    return _rows(connection, sa.select(group_changes).where(*own).order_by(group_changes.c.id.desc()).limit(100))


def note_presence(connection: sa.Connection, profile: str, name: str, who: str) -> list[Row]:
    """Notes that somebody has a group before them; returns who else has, by ``who`` and ``at``."""
    now = datetime.now(UTC)
    connection.execute(presence.delete().where(presence.c.at < now - timedelta(seconds=FORGOTTEN)))
    bulk.upsert(
        connection, presence, [{"profile": profile, "group_id": name, "who": who, "at": now}], replacing=("at",)
    )
    own = (presence.c.profile == profile, presence.c.group_id == name, presence.c.who != who)
    there = sa.select(presence.c.who, presence.c.at).where(*own, presence.c.at > now - timedelta(seconds=PRESENT))
    return _rows(connection, there.order_by(presence.c.who).limit(10))


def _about(profile: str, name: str) -> sa.ColumnElement[bool]:
    """Whether a decision is about two members of a group, or about one as its keeper."""
    inside = sa.select(members.c.record_id).where(members.c.profile == profile, members.c.group_id == name)
    both = sa.or_(decisions.c.record_b.in_(inside), decisions.c.record_b == "")
    return sa.and_(decisions.c.profile == profile, decisions.c.record_a.in_(inside), both)


def _rows(connection: sa.Connection, chosen: sa.Select[Any]) -> list[Row]:
    return [dict(row) for row in connection.execute(chosen).mappings()]
