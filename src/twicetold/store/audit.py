"""Audit: who did what, entry by entry; entries are only ever added, and the database itself refuses anything else.

Each names a person or key, an action and ids, never the text of a record. It is written in the transaction of what it
tells of, so that there is neither one without the other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from twicetold.store.bulk import storable
from twicetold.store.tables import audit

if TYPE_CHECKING:
    from collections.abc import Collection

#: What an entry may tell of.
ACTIONS = (
    *("decide", "undo", "ask-run", "withdraw-run", "cancel-run", "write-records", "delete-records", "export"),
    *("login", "logout", "refused", "locked-out", "grant", "revoke"),
)
#: Characters of ``about``; ids of records may be of any length.
_LONGEST = 1000


def note(connection: sa.Connection, *, who: str, action: str, profile: str = "", about: str = "") -> None:
    """Adds an entry, within the connection's transaction.

    Args:
        connection: To the store.
        who: The caller's name, or the address of somebody who was refused.
        action: One of :data:`ACTIONS`.
        profile: What it was about; empty where it was about none.
        about: More of it: numbers and ids, never a text of a record. What is longer than 1,000 characters is cut.
    """
    assert action in ACTIONS, action
    row = {"who": who, "action": action, "profile": profile, "about": about[:_LONGEST]}
    connection.execute(audit.insert().values({name: storable(value) for name, value in row.items()}))


def list_entries(
    connection: sa.Connection, profiles: Collection[str] | None, *, after: int = 0, limit: int
) -> list[dict[str, Any]]:
    """Entries in the order in which they came.

    Args:
        connection: To the store.
        profiles: Only entries about these; None for all, also those about none.
        after: Only entries after this number.
        limit: Entries at most.
    """
    chosen = sa.select(audit).where(audit.c.id > after).order_by(audit.c.id).limit(limit)
    if profiles is not None:
        chosen = chosen.where(audit.c.profile.in_(list(profiles)))
    return [dict(row) for row in connection.execute(chosen).mappings()]
