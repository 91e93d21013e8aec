"""Desk: what all routes of the service share."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, ParamSpec, TypeVar

from fastapi import Depends, Request

from twicetold.errors import NotThere, UsageError
from twicetold.service.keys import Caller
from twicetold.service.limits import Limits
from twicetold.service.metrics import Metrics
from twicetold.service.rankings import Rankings
from twicetold.service.workers import Workers
from twicetold.store import browse
from twicetold.store.engine import reading, transaction

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Concatenate

    import sqlalchemy as sa

    from twicetold.platform.log import Log
    from twicetold.service.index import Indexes
    from twicetold.service.keys import Keys
    from twicetold.service.models import Models
    from twicetold.service.people import People
    from twicetold.service.session import Session

_Given = ParamSpec("_Given")
_Answer = TypeVar("_Answer")


@dataclass(kw_only=True)
class Desk:
    """What all routes share.

    Attributes:
        engine: The store.
        models: Compare texts.
        indexes: The records of scopes that were asked for.
        compute: Threads that compare.
        asks: Threads that ask the store.
        builds: Threads that read and encode scopes.
        keys: Programs that may ask.
        people: Who has logged in; None where nobody can.
        session: Of the person at this machine; None where there are keys or people log in.
        profile: What requests are about that name no profile.
        log: Where lines go.
        is_routed: Whether a platform's router stands before the service, and says whence it was asked.
        metrics: What is counted.
        limits: How often callers and addresses may ask.
        provider: Threads that ask the identity provider.
        rankings: The groups of each profile in the order in which people look at them.
        ending: Set when the process is told to stop; what stays open has to end.
    """

    engine: sa.Engine
    models: Models
    indexes: Indexes
    compute: Workers
    asks: Workers
    builds: Workers
    keys: Keys
    people: People | None = None
    session: Session | None
    profile: str | None
    log: Log
    is_routed: bool = False
    metrics: Metrics = field(default_factory=Metrics)
    limits: Limits = field(default_factory=Limits)
    provider: Workers = field(default_factory=lambda: Workers("the identity provider", threads=4, most=50, seconds=20))
    rankings: Rankings = field(default_factory=Rankings)
    ending: threading.Event = field(default_factory=threading.Event)

    async def read(
        self, call: Callable[Concatenate[sa.Connection, _Given], _Answer], *args: _Given.args, **kwargs: _Given.kwargs
    ) -> _Answer:
        """What a call reads in the store, in a thread."""

        def work() -> _Answer:
            with reading(self.engine) as connection:
                return call(connection, *args, **kwargs)

        return await self.asks.do(work)

    async def write(
        self, call: Callable[Concatenate[sa.Connection, _Given], _Answer], *args: _Given.args, **kwargs: _Given.kwargs
    ) -> _Answer:
        """What a call does in the store in one transaction, in a thread."""

        def work() -> _Answer:
            with transaction(self.engine) as connection:
                return call(connection, *args, **kwargs)

        return await self.asks.do(work)

    def about(self, caller: Caller, action: str, profile: str | None, *scopes: str) -> str:
        """The profile that a request is about, if the caller may do that there.

        Raises:
            UsageError: It names none, and none is usual here.
            NotAllowed: They may not.
        """
        name = profile or self.profile
        if name is None:
            raise UsageError("the request names no profile", remedy="Name one, or start the service with --profile.")
        caller.require(action, name, scopes)
        return name


def require_results(connection: sa.Connection, profile: str) -> tuple[str, int, int]:
    """What changes with the results of a profile.

    Raises:
        NotThere: It has none.
    """
    state = browse.state_of(connection, profile)
    if not state[0]:
        raise NotThere("no run of this profile has published results")
    return state


# Not plain functions: these would be called in yet another thread.
async def _desk(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


async def _caller(request: Request) -> Caller:
    caller: Caller = request.scope["twicetold.caller"]
    return caller


AtDesk = Annotated[Desk, Depends(_desk)]
Asker = Annotated[Caller, Depends(_caller)]
