"""Results: what comparing gave scope by scope, and the groups and pairs in force."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from twicetold.groups import Group
from twicetold.store import bulk
from twicetold.store.tables import compared, group_changes, groups, members, pairs, scopes

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from datetime import datetime

#: Results of scopes that are read together; each is some kilobytes.
_SCOPES = 200


def keep_compared(connection: sa.Connection, profile: str, found: Iterable[tuple[str, str, bytes]]) -> None:
    """Keeps what comparing gave: (scope, digest, content) each; what is there already is the same and stays."""
    rows = (
        {"profile": profile, "scope": bulk.storable(scope), "digest": digest, "content": content}
        for scope, digest, content in found
    )
    bulk.upsert(connection, compared, rows)


def compared_digests(connection: sa.Connection, profile: str) -> set[tuple[str, str]]:
    """Scope and digest of all that is kept."""
    chosen = sa.select(compared.c.scope, compared.c.digest).where(compared.c.profile == profile)
    return set(connection.execute(chosen).all())


def read_compared(connection: sa.Connection, profile: str, digests: Mapping[str, str]) -> Iterator[tuple[str, bytes]]:
    """What comparing gave for each scope, in the order of ``digests``: (scope, content)."""
    for some in bulk.chunks(digests.items(), _SCOPES):
        chosen = sa.select(compared.c.scope, compared.c.content).where(
            compared.c.profile == profile,
            sa.tuple_(compared.c.scope, compared.c.digest).in_([(bulk.storable(scope), kept) for scope, kept in some]),
        )
        found = dict(connection.execute(chosen).all())
        yield from ((scope, found[bulk.storable(scope)]) for scope, _ in some)


def prune_compared(connection: sa.Connection, profile: str, needed: Collection[tuple[str, str]] = ()) -> int:
    """Forgets what is neither in force nor ``needed`` (scope and digest); returns how many."""
    kept = {(bulk.storable(scope), digest) for scope, digest in needed}
    kept |= set(scopes_in_force(connection, profile).items())
    gone = sorted(compared_digests(connection, profile) - kept)
    for some in bulk.chunks(gone, _SCOPES):
        rows = sa.tuple_(compared.c.scope, compared.c.digest).in_(some)
        connection.execute(compared.delete().where(compared.c.profile == profile, rows))
    return len(gone)


def scopes_in_force(connection: sa.Connection, profile: str) -> dict[str, str]:
    """The digest of each scope whose results are published."""
    chosen = sa.select(scopes.c.scope, scopes.c.digest).where(scopes.c.profile == profile)
    return dict(connection.execute(chosen).all())


def groups_in_force(connection: sa.Connection, profile: str, chosen: Collection[str] | None = None) -> list[Group]:
    """The published groups, of some scopes or of all, by id."""
    both = groups.join(members, sa.and_(groups.c.profile == members.c.profile, groups.c.id == members.c.group_id))
    query = (
        sa.select(groups.c.id, groups.c.scope, groups.c.keeper, members.c.record_id)
        .select_from(both)
        .where(groups.c.profile == profile)
        .order_by(groups.c.id)
    )
    found: dict[str, tuple[str, str, list[str]]] = {}
    for name, scope, keeper, record in connection.execute(query):
        if chosen is None or scope in chosen:
            found.setdefault(name, (scope, keeper, []))[2].append(record)
    return [Group(name, scope, tuple(sorted(ids)), keeper) for name, (scope, keeper, ids) in found.items()]


def publish_scopes(
    connection: sa.Connection,
    profile: str,
    at: datetime,
    *,
    gone: Collection[str],
    fresh: Iterable[dict[str, Any]],
    found_groups: Iterable[Group],
    found_pairs: Iterable[dict[str, Any]],
) -> None:
    """Puts the results of some scopes in the place of those in force.

    Args:
        connection: All happens in its transaction.
        profile: Whose results they are.
        at: When.
        gone: The scopes whose results are replaced or end.
        fresh: Rows of the table ``scopes``, without the profile.
        found_groups: The groups of these scopes.
        found_pairs: Rows of the table ``pairs``, without the profile.
    """
    chosen = sa.select(groups.c.id, groups.c.since).where(groups.c.profile == profile)
    since = dict(connection.execute(chosen).all())
    _end(connection, profile, gone)
    rows, places = [], []
    for group in found_groups:
        row = {"scope": bulk.storable(group.scope), "keeper": bulk.storable(group.keeper), "size": len(group.members)}
        rows.append({"profile": profile, "id": group.id, **row, "since": since.get(group.id, at)})
        places += [
            {"profile": profile, "record_id": bulk.storable(member), "group_id": group.id} for member in group.members
        ]
    bulk.insert(connection, groups, rows)
    bulk.insert(connection, members, places)
    bulk.insert(connection, pairs, ({"profile": profile, **row} for row in found_pairs))
    bulk.insert(connection, scopes, ({"profile": profile, **row} for row in fresh))


def _end(connection: sa.Connection, profile: str, gone: Collection[str]) -> None:
    """Takes away the results of some scopes."""
    for some in bulk.chunks(map(bulk.storable, gone)):
        ended = sa.select(groups.c.id).where(groups.c.profile == profile, groups.c.scope.in_(some))
        connection.execute(members.delete().where(members.c.profile == profile, members.c.group_id.in_(ended)))
        for table in (groups, pairs, scopes):
            connection.execute(table.delete().where(table.c.profile == profile, table.c.scope.in_(some)))


def add_changes(
    connection: sa.Connection, profile: str, run_id: str, at: datetime, rows: Iterable[dict[str, Any]]
) -> None:
    """Adds what changed to the feed: rows of the table ``group_changes``, without profile, run and time."""
    for some in bulk.chunks({"profile": profile, "run_id": run_id, "at": at, **row} for row in rows):
        connection.execute(group_changes.insert(), some)


def read_changes(
    connection: sa.Connection, profile: str, *, after: int = 0, limit: int | None = None
) -> list[sa.RowMapping]:
    """The feed of changes after an entry, oldest first."""
    chosen = sa.select(group_changes).where(group_changes.c.profile == profile, group_changes.c.id > after)
    return list(connection.execute(chosen.order_by(group_changes.c.id).limit(limit)).mappings())
