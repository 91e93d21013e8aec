"""Granting: letting people in and taking it back, at the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twicetold.errors import UsageError
from twicetold.runs.operations import COMMAND_LINE, usable
from twicetold.store import audit, people
from twicetold.store.engine import transaction

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twicetold.platform.settings import Settings


def grant_person(
    settings: Settings, person: str, role: str, profiles: Sequence[str] | None, scopes: Sequence[str] | None
) -> None:
    """Lets a person in, in one role, to some profiles and scopes; None for all.

    Raises:
        UsageError: The person has no name.
    """
    if not person.strip():
        raise UsageError("the person has no name", remedy="Give what the identity provider calls them.")
    parts = (("profiles", profiles), ("scopes", scopes))
    limits = "".join(f", {kind} {' '.join(names)}" for kind, names in parts if names is not None)
    with usable(settings) as engine, transaction(engine) as connection:
        people.grant(connection, person, role, profiles, scopes)
        audit.note(connection, who=COMMAND_LINE, action="grant", about=f"{people.name_of(person)} as {role}{limits}")


def revoke_person(settings: Settings, person: str) -> None:
    """Takes back what a person was granted, and ends their sessions.

    Raises:
        UsageError: They were granted nothing.
    """
    with usable(settings) as engine, transaction(engine) as connection:
        was_granted = people.revoke(connection, person)
        audit.note(connection, who=COMMAND_LINE, action="revoke", about=people.name_of(person))
    if not was_granted:
        raise UsageError(
            f"{person!r} was granted nothing; their sessions have ended", remedy="See 'twicetold people list'."
        )


def list_grants(settings: Settings) -> list[tuple[str, str, str, str]]:
    """Person, role, profiles and scopes of everybody who was let in by name."""
    with usable(settings) as engine, transaction(engine) as connection:
        rows = people.list_people(connection)
    return [(row["person"], row["role"], *(_shown(row[kind]) for kind in ("profiles", "scopes"))) for row in rows]


def _shown(names: Sequence[str] | None) -> str:
    return "all" if names is None else ", ".join(names)
