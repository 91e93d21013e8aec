"""Browse: the results in force as somebody looks through them, page by page, within the scopes that they may see.

Everywhere ``seen`` names these scopes; None means all of them.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from twicetold.store.standing import Standing, standings
from twicetold.store.tables import (
    decisions,
    group_changes,
    members,
    pairs,
    published,
    puts,
    records,
    requests,
    runs,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

Row = dict[str, Any]


def state_of(connection: sa.Connection, profile: str) -> tuple[str, int, int]:
    """What changes with whatever is shown of a profile: the run in force, the last change and the last decision."""
    run = connection.execute(sa.select(published.c.run_id).where(published.c.profile == profile)).scalar()
    change, decision = (
        connection.execute(sa.select(sa.func.max(table.c.id)).where(table.c.profile == profile)).scalar()
        for table in (group_changes, decisions)
    )
    return run or "", change or 0, decision or 0


def profiles_in_force(connection: sa.Connection) -> list[str]:
    """The profiles that have results."""
    return list(connection.execute(sa.select(published.c.profile).order_by(published.c.profile)).scalars())


def groups_saying(connection: sa.Connection, profile: str, text: str) -> set[str]:
    """The ids of the groups of which a member's text holds another text, in whatever case."""
    own = sa.and_(records.c.profile == members.c.profile, records.c.id == members.c.record_id)
    chosen = sa.select(members.c.group_id).distinct().select_from(members.join(records, own))
    chosen = chosen.where(members.c.profile == profile, records.c.text.icontains(text, autoescape=True))
    return set(connection.execute(chosen).scalars())


def read_group(connection: sa.Connection, profile: str, name: str, seen: Collection[str] | None) -> Row | None:
    """A group in force with its members, their pairs, its changes and what was decided about its members."""
    found = standings(connection, profile, [name])
    if not found or (seen is not None and found[0].scope not in seen):
        return None
    one = sa.select(records.c.id, records.c.text, records.c.attributes, records.c.first_seen).join(
        members, sa.and_(records.c.profile == members.c.profile, records.c.id == members.c.record_id)
    )
    one = one.where(members.c.profile == profile, members.c.group_id == name).order_by(records.c.id)
    inside = sa.select(members.c.record_id).where(members.c.profile == profile, members.c.group_id == name)
    both = sa.select(pairs).where(
        pairs.c.profile == profile, pairs.c.record_a.in_(inside), pairs.c.record_b.in_(inside)
    )
    history = sa.select(group_changes).where(group_changes.c.profile == profile, group_changes.c.group_id == name)
    about = sa.or_(decisions.c.record_b.in_(inside), decisions.c.record_b == "")
    decided = sa.select(decisions).where(decisions.c.profile == profile, decisions.c.record_a.in_(inside), about)
    return told(found[0]) | {
        "members": _rows(connection, one),
        "pairs": _rows(connection, both.order_by(pairs.c.probability.desc(), pairs.c.record_a, pairs.c.record_b)),
        "history": _rows(connection, history.order_by(group_changes.c.id)),
        "decisions": _rows(connection, decided.order_by(decisions.c.at, decisions.c.id)),
    }


def texts_of(connection: sa.Connection, profile: str, ids: Sequence[str]) -> dict[str, str]:
    """The text of each of some records, by id."""
    chosen = sa.select(records.c.id, records.c.text).where(records.c.profile == profile, records.c.id.in_(ids))
    return dict(connection.execute(chosen).all())


def told(group: Standing) -> Row:
    """A group as routes tell of it."""
    return asdict(group) | {"state": group.state, "probability": group.lowest}


def list_changes(
    connection: sa.Connection, profile: str, seen: Collection[str] | None, *, after: int, limit: int
) -> list[Row]:
    """The feed of changes after an entry, oldest first."""
    chosen = sa.select(group_changes).where(group_changes.c.profile == profile, group_changes.c.id > after)
    chosen = chosen.where(_within(group_changes.c.scope, seen)).order_by(group_changes.c.id)
    return _rows(connection, chosen.limit(limit))


def list_decisions(
    connection: sa.Connection,
    profile: str,
    seen: Collection[str] | None,
    *,
    scope: str | None = None,
    after: int = 0,
    limit: int,
) -> list[Row]:
    """Decisions in the order in which they came, with the scope of their records; empty for records that are gone."""
    return _rows(connection, _decided(profile, seen, scope).where(decisions.c.id > after).limit(limit))


def read_decision(connection: sa.Connection, profile: str, number: int, seen: Collection[str] | None) -> Row | None:
    """One decision."""
    found = _rows(connection, _decided(profile, seen, None).where(decisions.c.id == number))
    return found[0] if found else None


def last_decision(connection: sa.Connection, profile: str, record_a: str, record_b: str) -> Row | None:
    """The last decision about two records, in whichever order, or about a keeper where ``record_b`` is empty."""
    two = sorted((record_a, record_b))
    both = [(two[0], two[1]), (two[1], two[0])]
    about = sa.tuple_(decisions.c.record_a, decisions.c.record_b).in_(both)
    chosen = _decided(profile, None, None).where(about).order_by(None)
    found = _rows(connection, chosen.order_by(decisions.c.at.desc(), decisions.c.id.desc()).limit(1))
    return found[0] if found else None


def _decided(profile: str, seen: Collection[str] | None, scope: str | None) -> sa.Select[Any]:
    of_record = sa.and_(records.c.profile == decisions.c.profile, records.c.id == decisions.c.record_a)
    where = sa.func.coalesce(records.c.scope, "").label("scope")
    chosen = sa.select(decisions, where).select_from(decisions.outerjoin(records, of_record))
    chosen = chosen.where(decisions.c.profile == profile)
    if seen is not None:  # a record that is forgotten has no scope that could be checked
        chosen = chosen.where(records.c.scope.in_(list(seen)))
    if scope is not None:
        chosen = chosen.where(records.c.scope == scope)
    return chosen.order_by(decisions.c.id)


def scopes_of(connection: sa.Connection, profile: str, ids: Sequence[str]) -> Mapping[str, str]:
    """The scope of each of some records that are there, by id."""
    chosen = sa.select(records.c.id, records.c.scope).where(
        records.c.profile == profile, records.c.id.in_(ids), records.c.last_seen.is_(None)
    )
    return dict(connection.execute(chosen).all())


def scopes_of_recipient(
    connection: sa.Connection, profile: str, recipient: str, seen: Collection[str] | None, limit: int
) -> list[str]:
    """The scopes that hold records of a recipient: what their attribute ``recipient_id`` says, else their scope."""
    parts = []
    for table, is_there in ((records, records.c.last_seen.is_(None)), (puts, puts.c.text.is_not(None))):
        named = sa.func.coalesce(table.c.attributes["recipient_id"].as_string(), table.c.scope)
        own = (table.c.profile == profile, is_there, named == recipient, _within(table.c.scope, seen))
        parts.append(sa.select(table.c.scope).where(*own))
    return list(connection.execute(sa.union(*parts).order_by("scope").limit(limit)).scalars())


def list_runs(connection: sa.Connection, profile: str, *, before: str = "", limit: int) -> list[Row]:
    """Runs, the latest first; their ids begin with the time, and ``before`` is the last id of the page before."""
    chosen = sa.select(runs).where(runs.c.profile == profile).order_by(runs.c.id.desc())
    if before:
        chosen = chosen.where(runs.c.id < before)
    return _rows(connection, chosen.limit(limit))


def read_request(connection: sa.Connection, key: str) -> Row | None:
    """A request for a run."""
    found = _rows(connection, sa.select(requests).where(requests.c.key == key))
    return found[0] if found else None


def request_of(connection: sa.Connection, number: int) -> Row | None:
    """A request for a run, by its number."""
    found = _rows(connection, sa.select(requests).where(requests.c.id == number))
    return found[0] if found else None


def _within(column: sa.Column[str], seen: Collection[str] | None) -> sa.ColumnElement[bool]:
    return sa.true() if seen is None else column.in_(list(seen))


def _rows(connection: sa.Connection, chosen: sa.Select[Any]) -> list[Row]:
    return [dict(row) for row in connection.execute(chosen).mappings()]
