"""Records: what the sources held when a run in force read them."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from twicetold.records import Record
from twicetold.store import bulk
from twicetold.store.tables import records
from twicetold.store.vectors import text_digest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from datetime import datetime

_KEPT = ("scope", "text", "text_digest", "attributes", "digest", "last_seen")


def read_records(connection: sa.Connection, profile: str, scopes: Collection[str] | None = None) -> list[Record]:
    """The records that are there, of some scopes or of all, by scope and id."""
    chosen = sa.select(records.c.id, records.c.text, records.c.scope, records.c.attributes)
    chosen = chosen.where(records.c.profile == profile, records.c.last_seen.is_(None))
    if scopes is not None and len(scopes) <= bulk.AT_A_TIME:
        chosen = chosen.where(records.c.scope.in_(scopes))
    rows = connection.execute(chosen.order_by(records.c.scope, records.c.id))
    return [Record(*row) for row in rows if scopes is None or row.scope in scopes]


def kept_records(connection: sa.Connection, profile: str, ids: Collection[str]) -> dict[str, Record]:
    """Some records by id, also those that are gone, as long as they are kept."""
    chosen = sa.select(records.c.id, records.c.text, records.c.scope, records.c.attributes)
    chosen = chosen.where(records.c.profile == profile)
    found = (connection.execute(chosen.where(records.c.id.in_(some))) for some in bulk.chunks(ids))
    return {row.id: Record(*row) for rows in found for row in rows}


def record_scopes(connection: sa.Connection, profile: str) -> dict[str, str]:
    """The scope of each record that is there, by its id."""
    chosen = sa.select(records.c.id, records.c.scope).where(records.c.profile == profile, records.c.last_seen.is_(None))
    return dict(connection.execute(chosen).all())


def publish_records(
    connection: sa.Connection,
    profile: str,
    at: datetime,
    found: Iterable[Record],
    scopes: Collection[str] | None = None,
) -> dict[str, int]:
    """Brings the records to what a run has read; those it has not found any more are kept as gone.

    Args:
        connection: All happens in its transaction.
        profile: Whose records they are.
        at: When they were read.
        found: The records.
        scopes: The scopes that were read, if not all.

    Returns:
        How many are ``new``, ``changed`` and ``gone``.
    """
    chosen = sa.select(records.c.id, records.c.scope, records.c.digest, records.c.last_seen)
    stored = {row.id: row for row in connection.execute(chosen.where(records.c.profile == profile))}
    counts = {"new": 0, "changed": 0, "gone": 0}
    there = set()

    def changed() -> Iterator[dict[str, Any]]:
        for record in found:
            row = _row(profile, record, at)
            there.add(row["id"])
            former = stored.get(row["id"])
            if former is None or former.digest != row["digest"] or former.last_seen is not None:
                counts["new" if former is None else "changed"] += 1
                yield row

    bulk.upsert(connection, records, changed(), replacing=_KEPT)
    gone = [
        row.id
        for row in stored.values()
        if row.last_seen is None and row.id not in there and (scopes is None or row.scope in scopes)
    ]
    for some in bulk.chunks(gone):
        of_them = sa.and_(records.c.profile == profile, records.c.id.in_(some))
        connection.execute(records.update().where(of_them).values(last_seen=at))
    return counts | {"gone": len(gone)}


def prune_records(connection: sa.Connection, before: datetime) -> int:
    """Forgets the records that were gone before a moment; returns how many."""
    return connection.execute(records.delete().where(records.c.last_seen < before)).rowcount


def _row(profile: str, record: Record, at: datetime) -> dict[str, Any]:
    text, scope = bulk.storable(record.text), bulk.storable(record.scope)
    attributes = {bulk.storable(name): bulk.storable(value) for name, value in sorted(record.attributes.items())}
    whole = json.dumps([scope, text, attributes])
    return {
        "profile": profile,
        "id": bulk.storable(record.id),
        "scope": scope,
        "text": text,
        "text_digest": text_digest(text),
        "attributes": attributes,
        "digest": hashlib.sha256(whole.encode()).hexdigest(),
        "first_seen": at,
        "last_seen": None,
    }
