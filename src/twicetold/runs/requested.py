"""Requested: for which profiles somebody waits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twicetold.errors import FileNotUsable
from twicetold.runs.operations import usable
from twicetold.runs.profile import list_profiles
from twicetold.store.engine import transaction
from twicetold.store.requests import end_requests, waiting_profiles, waiting_requests

if TYPE_CHECKING:
    from twicetold.platform.settings import Settings


def requested_profiles(settings: Settings) -> list[str]:
    """Names of the profiles that requests ask for, the longest waiting first.

    Raises:
        SchemaTooOld: The store has no tables yet.
        DependencyUnavailable: It does not answer.
    """
    with usable(settings) as engine, transaction(engine) as connection:
        return waiting_profiles(connection)


def require_known(profile: str) -> None:
    """Refuses a path where a request has to name a profile: whoever may ask for runs may not choose files.

    Raises:
        FileNotUsable: There is no profile of that name.
    """
    known = list_profiles()
    if profile not in known:
        raise FileNotUsable(f"a request names the profile {profile[:80]!r}; there are {', '.join(known)}")


def refuse_requests(settings: Settings, profile: str, exit_status: int) -> None:
    """Answers the requests for a profile that cannot be read, so that nobody waits for them for ever."""
    with usable(settings) as engine, transaction(engine) as connection:
        rows = waiting_requests(connection, profile)
        waiting = [row["id"] for row in rows if row["state"] == "waiting"]
        end_requests(connection, waiting, None, exit_status)
