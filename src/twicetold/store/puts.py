"""Puts: records that somebody has put or taken away since a run read the source.

They lie over the records that runs publish, until a run that has read the source later publishes: what the source says
then counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from twicetold.errors import BudgetExceeded, NotThere
from twicetold.records import Record
from twicetold.store import bulk
from twicetold.store.records import read_records
from twicetold.store.tables import published, puts, records, scopes

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

#: Of a profile, until its next run.
MOST = 10_000


def _now() -> sa.Select[Any]:
    profile, scope = (sa.bindparam(name, type_=sa.Text()) for name in ("of_profile", "of_scope"))
    of_scope = (scopes.c.profile == profile, scopes.c.scope == scope)
    own = (puts.c.profile == profile, sa.or_(puts.c.scope == scope, puts.c.former == scope))
    # Numbers only grow: with nothing new the largest stays or falls, and where it stays the count tells.
    return sa.select(
        sa.select(scopes.c.digest).where(*of_scope).scalar_subquery().label("digest"),
        sa.select(scopes.c.records).where(*of_scope).scalar_subquery().label("records"),
        sa.select(sa.func.count()).select_from(puts).where(*own).scalar_subquery().label("many"),
        sa.select(sa.func.max(puts.c.number)).where(*own).scalar_subquery().label("last"),
    )


#: What the store says of a scope; made once, because it is asked before each answer.
_NOW = _now()


def put_records(
    connection: sa.Connection, profile: str, found: Sequence[Record], at: datetime, seen: Collection[str] | None
) -> None:
    """Puts records in the place of those of the same ids; what is there already stays, as of now.

    Args:
        connection: All happens in its transaction.
        profile: Whose records.
        found: With different ids.
        at: Now.
        seen: Whoever puts them may see only these scopes; None for all.

    Raises:
        NotThere: No run has published anything, or an id is that of a record that they may not see.
        BudgetExceeded: There are too many.
    """
    before = _before(connection, profile, [record.id for record in found], seen)
    for record in found:
        row = {"scope": record.scope, "text": record.text, "attributes": dict(record.attributes)}
        _put(connection, profile, record.id, row, at, before.get(record.id))
    count = sa.select(sa.func.count()).select_from(puts).where(puts.c.profile == profile)
    if connection.execute(count).scalar_one() > MOST:
        remedy = f"Run the profile, which reads them from its source: twicetold run --profile {profile}."
        raise BudgetExceeded(
            f"more than {MOST:,} records were put since the last run; nothing was added", remedy=remedy
        )


def take_away(connection: sa.Connection, profile: str, name: str, at: datetime, seen: Collection[str] | None) -> None:
    """Takes a record away; one that is away already stays so.

    Raises:
        NotThere: There is no such record among those that whoever asks may see.
    """
    before = _before(connection, profile, [name], seen).get(name)
    if before is None:
        raise NotThere(f"no record that you may change is called {name!r}")
    _put(connection, profile, name, {"scope": before["scope"], "text": None, "attributes": {}}, at, before)


def settle(connection: sa.Connection, profile: str, at: datetime, read: Collection[str] | None) -> int:
    """Forgets what was put before a run began; returns how many.

    Args:
        connection: All happens in its transaction.
        profile: Whose records.
        at: When the run began, before it read the source.
        read: The scopes that it read; None for all.
    """
    old = puts.delete().where(puts.c.profile == profile, puts.c.at < at)
    if read is None:
        return connection.execute(old).rowcount
    chunks = bulk.chunks(map(bulk.storable, read))
    return sum(connection.execute(old.where(puts.c.scope.in_(some))).rowcount for some in chunks)


def scope_now(connection: sa.Connection, profile: str, scope: str) -> tuple[str, str, int] | None:
    """The digest of a scope's results, a mark of what was put over them, and how many records it has, about.

    Both are empty where there is nothing of the kind; None where there is neither.
    """
    row = connection.execute(_NOW, {"of_profile": profile, "of_scope": bulk.storable(scope)}).one()
    if row.digest is None and not row.many:
        return None
    return row.digest or "", f"{row.many}/{row.last}" if row.many else "", (row.records or 0) + row.many


def records_now(connection: sa.Connection, profile: str, scope: str) -> list[Record]:
    """The records of a scope, those that were put with them and those that were taken away without."""
    over = connection.execute(sa.select(puts).where(puts.c.profile == profile)).mappings().all()
    replaced = {row["id"] for row in over}
    kept = [record for record in read_records(connection, profile, [scope]) if record.id not in replaced]
    own = [row for row in over if row["scope"] == bulk.storable(scope) and row["text"] is not None]
    return [*kept, *(Record(row["id"], row["text"], row["scope"], row["attributes"]) for row in own)]


def _before(
    connection: sa.Connection, profile: str, ids: Sequence[str], seen: Collection[str] | None
) -> dict[str, dict[str, Any]]:
    """What there is of each id, by id; nobody else puts anything of the profile until the transaction ends."""
    if connection.execute(sa.select(published).where(published.c.profile == profile).with_for_update()).first() is None:
        raise NotThere("no run of this profile has published results")
    chosen = sa.select(records.c.id, records.c.scope).where(records.c.profile == profile, records.c.last_seen.is_(None))
    found: dict[str, dict[str, Any]] = {
        row.id: {"scope": row.scope, "former": row.scope}
        for row in connection.execute(chosen.where(records.c.id.in_(ids)))
    }
    for row in connection.execute(sa.select(puts).where(puts.c.profile == profile, puts.c.id.in_(ids))).mappings():
        former = found.get(row["id"], {}).get("former")
        found[row["id"]] = dict(row) | {"former": former}
    for name, there in found.items():
        if seen is not None and not {there["scope"], there["former"] or there["scope"]} <= set(seen):
            raise NotThere(f"no record that you may change is called {name!r}", remedy="Nothing was changed.")
    return found


def _put(
    connection: sa.Connection,
    profile: str,
    name: str,
    row: Mapping[str, Any],
    at: datetime,
    before: Mapping[str, Any] | None,
) -> None:
    own = (puts.c.profile == profile, puts.c.id == name)
    former = before["former"] if before else None
    if before and "number" in before:
        if all(before[key] == value for key, value in row.items()):
            connection.execute(puts.update().where(*own).values(at=at))
            return
        connection.execute(puts.delete().where(*own))
    connection.execute(puts.insert().values(profile=profile, id=name, former=former, at=at, **row))
