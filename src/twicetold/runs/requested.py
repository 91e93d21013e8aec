"""Requested: for which profiles somebody waits."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from twicetold.platform import services
from twicetold.store import migrate
from twicetold.store.engine import open_engine, transaction
from twicetold.store.requests import end_requests, waiting_profiles, waiting_requests

if TYPE_CHECKING:
    from collections.abc import Iterator

    import sqlalchemy as sa

    from twicetold.platform.settings import Settings


def requested_profiles(settings: Settings) -> list[str]:
    """Names of the profiles that requests ask for, the longest waiting first.

    Raises:
        SchemaTooOld: The store has no tables yet.
        DependencyUnavailable: It does not answer.
    """
    with _usable(settings) as engine, transaction(engine) as connection:
        return waiting_profiles(connection)


def refuse_requests(settings: Settings, profile: str, exit_status: int) -> None:
    """Answers the requests for a profile that cannot be read, so that nobody waits for them for ever."""
    with _usable(settings) as engine, transaction(engine) as connection:
        rows = waiting_requests(connection, profile)
        end_requests(connection, [row["id"] for row in rows], None, exit_status)


@contextmanager
def _usable(settings: Settings) -> Iterator[sa.Engine]:
    engine = open_engine(services.store(settings))
    try:
        migrate.require_usable(engine)
        yield engine
    finally:
        engine.dispose()
