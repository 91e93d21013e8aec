"""Roles: what people may do, as sets of the actions that keys name one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twicetold.service.keys import ALL, Caller

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

#: From the least to the most.
ROLES = {
    "reader": frozenset({"read"}),
    "reviewer": frozenset({"read", "decide"}),
    "operator": frozenset({"read", "decide", "run"}),
    "admin": frozenset({"read", "decide", "run", "admin"}),
}


def person_caller(person: str, access: Mapping[str, Any]) -> Caller:
    """A person as whoever asks.

    Args:
        person: What the identity provider calls them.
        access: Role, profiles and scopes; what is None means all.
    """
    profiles, scopes = (None if access[name] is None else frozenset(access[name]) for name in ("profiles", "scopes"))
    return Caller(person, ROLES.get(access["role"], frozenset()), profiles, scopes, is_person=True)


def highest(names: Iterable[str]) -> str | None:
    """The role that allows most among some names; None where none of them is a role."""
    known = [role for role in ROLES if role in set(names)]
    return known[-1] if known else None


def limits(names: Iterable[str]) -> list[str] | None:
    """Names of profiles or scopes; None for all where one of them is ``*``."""
    given = sorted(set(names))
    return None if ALL in given else given
