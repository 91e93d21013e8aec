"""Lock: of several runs of one profile only one works.

On PostgreSQL it is an advisory lock of a transaction that stays open as long as the run: it holds through a pooler that
gives connections away between transactions, and the server lets go of it by itself when the run's connection ends,
however it ends. On SQLite it is the lock of a file, which the operating system lets go of likewise.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import socket
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from twicetold.errors import LockHeld
from twicetold.store.engine import reached

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_HOLDER = sa.text(
    "select a.application_name, a.xact_start from pg_locks l join pg_stat_activity a using (pid)"
    " where l.locktype = 'advisory' and l.granted and l.objsubid = 1 and l.classid = :high and l.objid = :low"
    " and l.database = (select oid from pg_database where datname = current_database())"
)


@dataclass(frozen=True, slots=True)
class ProfileLock:
    """The lock of a profile, as whoever holds it sees it.

    Attributes:
        is_held: Tells whether it still is.
        rename: Says anew, in words, who holds it.
    """

    is_held: Callable[[], bool]
    rename: Callable[[str], None]


def holder_name(run_id: str) -> str:
    """How a run is called where somebody asks who holds a lock: at most 63 bytes, PostgreSQL's limit for names."""
    return f"twicetold {run_id} pid {os.getpid()} on {socket.gethostname()}"[:63]


@contextmanager
def profile_lock(engine: sa.Engine, profile: str, holder: str) -> Iterator[ProfileLock]:
    """Holds the lock of a profile.

    Args:
        engine: The store; its connections carry ``holder`` as their name.
        profile: What is locked.
        holder: Who holds it, in words.

    Raises:
        LockHeld: Another run holds it; the message says which.
        DependencyUnavailable: The database does not answer.
    """
    take = _in_file if engine.dialect.name == "sqlite" else _in_database
    with take(engine, profile, holder) as lock:
        yield lock


def take_turn(connection: sa.Connection, what: str) -> None:
    """Waits until nobody else has the turn for something, and keeps it until the connection's transaction ends.

    On SQLite only one transaction writes at a time as it is.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_key(f"twicetold turn/{what}"))))


def _key(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)


@contextmanager
def _in_database(engine: sa.Engine, profile: str, holder: str) -> Iterator[ProfileLock]:
    del holder
    key = _key(f"twicetold/{profile}")
    with reached(), engine.connect() as connection:
        connection.execute(sa.text("set local idle_in_transaction_session_timeout = 0"))
        if not connection.execute(sa.select(sa.func.pg_try_advisory_xact_lock(key))).scalar():
            both = {"high": (key >> 32) & 0xFFFFFFFF, "low": key & 0xFFFFFFFF}
            row = connection.execute(_HOLDER, both).first()
            name, since = (row[0], row[1]) if row else ("", None)  # another user's times are not shown
            raise LockHeld(_held_by(profile, f"{name} (since {since:%Y-%m-%d %H:%M:%S %Z})" if since else name))

        one_at_a_time = threading.Lock()

        def answers(question: str, *values: str) -> bool:
            """Asks in plain SQL: making a statement of SQLAlchemy's fails while another thread imports its ORM."""
            with one_at_a_time, suppress(sa.exc.SQLAlchemyError):
                connection.exec_driver_sql(question, values)
                return True
            return False

        def rename(holder: str) -> None:
            answers("select set_config('application_name', %s, true)", holder)

        try:
            yield ProfileLock(lambda: answers("select 1"), rename)
        finally:
            with suppress(sa.exc.SQLAlchemyError):  # a lost connection has let go of it already
                connection.rollback()


@contextmanager
def _in_file(engine: sa.Engine, profile: str, holder: str) -> Iterator[ProfileLock]:
    name = hashlib.sha256(profile.encode()).hexdigest()[:8]
    path = Path(f"{engine.url.database}.{name}.lock")
    with path.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LockHeld(_held_by(profile, path.read_text(encoding="utf-8").strip())) from None

        def rename(holder: str) -> None:
            file.truncate(0)
            file.write(f"{holder}\n")
            file.flush()

        rename(holder)
        yield ProfileLock(lambda: True, rename)


def _held_by(profile: str, holder: str) -> str:
    return f"another run works on the profile {profile!r}: {holder or 'it does not say which'}"
