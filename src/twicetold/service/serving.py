"""Serving: a process that stays and answers over HTTP until it is told to stop."""

from __future__ import annotations

import gc
import ipaddress
import os
import signal
import socket
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import uvicorn

from twicetold.errors import SettingInvalid
from twicetold.platform import services
from twicetold.platform.container import cpu_limit, memory_limit, share_memory_among_threads
from twicetold.platform.log import Log
from twicetold.service.app import create_app
from twicetold.service.desk import Desk
from twicetold.service.guard import Guard
from twicetold.service.index import Indexes
from twicetold.service.keys import SERVICE, Keys, bound_keys
from twicetold.service.login import SERVICE as LOGIN
from twicetold.service.login import bound_login
from twicetold.service.models import Models
from twicetold.service.session import Session
from twicetold.service.workers import Workers
from twicetold.store.migrate import open_usable

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    import sqlalchemy as sa

    from twicetold.platform.settings import Settings
    from twicetold.service.login import Login
    from twicetold.service.people import People

#: Seconds in which requests at work may end after SIGTERM; a platform kills after ten.
PATIENCE = 8
LOOPBACK, EVERYWHERE = "127.0.0.1", "0.0.0.0"  # noqa: S104 - only with keys or a login
#: Connections that are open at a time; more get 503 at once.
_CONNECTIONS = 1000
#: Of the memory that may be used, what scopes may take, and at most.
_SHARE, _MOST = 0.25, 256 << 20


@dataclass(frozen=True, slots=True)
class Place:
    """Where to listen, and what about.

    Attributes:
        host: Name or address; None for this machine only, or with keys or a login for everywhere.
        port: Of TCP.
        profile: What requests are about that name no profile.
        cache: Bytes for the records of scopes; None for a quarter of the memory, at most 256 MiB.
    """

    host: str | None
    port: int
    profile: str | None = None
    cache: int | None = None


def stay(settings: Settings, place: Place, announce: Callable[[str], None]) -> int:
    """Answers until the process is told to stop; returns its exit status, 128 and the signal's number.

    Args:
        settings: Of the program.
        place: Where to listen.
        announce: Is told the link that lets the person at this machine in.

    Raises:
        SettingInvalid: It would listen to other machines without keys or a login, or the port is taken.
        SchemaTooOld: The store has to be upgraded first.
        DependencyUnavailable: It does not answer.
    """
    share_memory_among_threads()
    keys, login = bound_keys(), bound_login()
    is_guarded = bool(keys) or login is not None
    host = place.host or (EVERYWHERE if is_guarded else LOOPBACK)
    if not is_guarded and not _is_here(host):
        raise SettingInvalid(
            f"without keys or a login the service listens on this machine only, not on {host}",
            remedy=f"Bind a service called {SERVICE!r} with keys, which 'twicetold keys new' makes, or {LOGIN!r}.",
        )
    with _listen(host, place.port) as listener:
        desk = _desk(settings, place, keys, login)
        # What is loaded by now stays; without it, a collection of all objects does not stop an answer for 0.1 s.
        gc.collect()
        gc.freeze()
        if desk.session is not None:
            announce(f"http://{LOOPBACK}:{listener.getsockname()[1]}/login?token={desk.session.token}")
        number = _serve(desk, listener)
        desk.log.info("service.stopped", signal=number)
    if desk.compute.at_work or desk.asks.at_work:  # threads that nobody waits for any more
        sys.stdout.flush()
        os._exit(128 + number)
    desk.engine.dispose()
    return 128 + number


def _serve(desk: Desk, listener: socket.socket) -> int:
    """Answers until a signal comes; its number."""
    guard = Guard(create_app(desk), desk)
    desk.indexes.tell = guard.tell
    config = uvicorn.Config(
        guard,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        lifespan="off",
        limit_concurrency=_CONNECTIONS,
        timeout_keep_alive=75,  # longer than a router keeps its own
        timeout_graceful_shutdown=PATIENCE,
        h11_max_incomplete_event_size=32_768,
    )
    server = _Server(config)
    server.leave = desk.ending.set
    server.ready = lambda: desk.log.info("service.started", port=listener.getsockname()[1], keys=len(desk.keys))
    try:
        server.run([listener])
    finally:
        for workers in (desk.compute, desk.asks, desk.builds, desk.provider):
            workers.close()
    return server.told or signal.SIGTERM


class _Server(uvicorn.Server):
    """Remembers which signal has ended it.

    Attributes:
        told: The signal's number; 0 if there was none.
        ready: Is called when it answers, and heeds signals.
        leave: Is called when a signal has come.
    """

    told = 0
    ready: Callable[[], None]
    leave: Callable[[], None]

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        del frame
        self.force_exit = bool(self.told)
        self.told = self.told or sig
        self.should_exit = True
        self.leave()


def _desk(settings: Settings, place: Place, keys: Keys, login: Login | None) -> Desk:
    engine = open_usable(services.store(settings), application="twicetold serve")
    models = Models(settings)
    memory = settings.memory or memory_limit() or _MOST * 4
    asks = Workers("the store", threads=8, most=200, seconds=10)
    builds = Workers("records", threads=2, most=100, seconds=300)
    budget = place.cache or min(_MOST, int(memory * _SHARE))
    return Desk(
        engine=engine,
        models=models,
        indexes=Indexes(engine, models, budget=budget, asks=asks, builds=builds),
        compute=Workers("comparison", threads=settings.threads or cpu_limit(), most=200, seconds=10),
        asks=asks,
        builds=builds,
        keys=keys,
        people=_people(engine, login) if login else None,
        session=None if keys or login else Session(),
        profile=place.profile,
        log=Log("serve"),
        is_routed=bool(os.environ.get("VCAP_APPLICATION")),
    )


def _people(engine: sa.Engine, login: Login) -> People:
    from twicetold.service.people import People  # noqa: PLC0415 - cryptography is slow to import

    return People(engine, login)


def _listen(host: str, port: int) -> socket.socket:
    """A socket that listens.

    Raises:
        SettingInvalid: It cannot be had.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
        family, kind, protocol, _, address = found[0]
        # asyncio sends at once only where the protocol is named: else every second answer would wait 40 ms for the
        # other side's acknowledgement (Nagle's algorithm and delayed acknowledgements).
        listener = socket.socket(family, kind, protocol)
    except (OSError, OverflowError):
        raise _taken(host, port, "there is no such address") from None
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(512)
    except (OSError, OverflowError) as error:
        listener.close()
        raise _taken(host, port, getattr(error, "strerror", None) or "cannot be used") from None
    return listener


def _taken(host: str, port: int, reason: str) -> SettingInvalid:
    return SettingInvalid(
        f"{host}:{port}: {reason}", remedy="Give another --host or --port; the variable PORT is read, too."
    )


def _is_here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
