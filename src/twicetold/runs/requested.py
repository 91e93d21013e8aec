"""Requested: for which profiles somebody waits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twicetold.platform import services
from twicetold.store import migrate
from twicetold.store.engine import open_engine, transaction
from twicetold.store.requests import waiting_profiles

if TYPE_CHECKING:
    from twicetold.platform.settings import Settings


def requested_profiles(settings: Settings) -> list[str]:
    """Names of the profiles that requests ask for, the longest waiting first.

    Raises:
        SchemaTooOld: The store has no tables yet.
        DependencyUnavailable: It does not answer.
    """
    engine = open_engine(services.store(settings))
    try:
        migrate.require_usable(engine)
        with transaction(engine) as connection:
            return waiting_profiles(connection)
    finally:
        engine.dispose()
