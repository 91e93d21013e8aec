"""Engine: connections to the store."""

from __future__ import annotations

import re
import threading
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING

import sqlalchemy as sa

from twicetold.errors import DependencyUnavailable, SettingInvalid, StorageFull
from twicetold.platform.secret import MASK
from twicetold.store.tables import SCHEMA

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from twicetold.platform.services import Database

#: Seconds to wait for a connection, and for another writer of a SQLite file.
_CONNECT = 10
_BUSY = 30
#: Keeps a dead connection from looking alive: seconds of silence, between questions, and how many stay unanswered.
_KEEPALIVE = {"keepalives": 1, "keepalives_idle": 15, "keepalives_interval": 5, "keepalives_count": 3}
#: PostgreSQL's code for what a user may not do, and where its driver's messages name servers, users and databases.
_NO_RIGHT = "42501"
#: Where the lock is that threads wait for before they write: SQLite lets those that wait for its file look again now
#: and then, in no order, and some would starve.
_TURN = "twicetold_turn"
#: Marks connections that only read.
_READS = "twicetold_reads"
_SERVER = re.compile(r"connection to server at \"[^\"]*\"(?: \([^)]*\))?, port \d+ failed: ")
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
_FULL = ("disk is full", "No space left", "disk I/O error", "could not extend file")


def open_engine(database: Database, *, application: str = "twicetold") -> sa.Engine:
    """Connections to a store; none is made yet.

    Works through a pooler that gives a connection away after each transaction: nothing is prepared, and no setting
    of a session is relied on.

    Args:
        database: Which one.
        application: What PostgreSQL shows as the connections' name.

    Raises:
        SettingInvalid: The URL cannot be understood, or names a kind of database that is not supported.
    """
    try:
        url = sa.make_url(database.url.reveal())
    except sa.exc.ArgumentError:
        raise SettingInvalid(f"the address of {database.name} ({database.origin}) is no database URL") from None
    if url.get_backend_name() == "sqlite":
        return _sqlite(url)
    if url.get_backend_name() != "postgresql":
        raise SettingInvalid(
            f"the store {database.name} ({database.origin}) is a {url.get_backend_name()!r} database",
            remedy="Give a PostgreSQL or a SQLite address: postgresql://... or sqlite:///file.db.",
        )
    return sa.create_engine(
        url.set(drivername="postgresql+psycopg"),
        pool_pre_ping=True,
        pool_size=5,
        max_overflow=5,
        connect_args={
            "prepare_threshold": None,
            "connect_timeout": _CONNECT,
            "application_name": application[:63],
            **_KEEPALIVE,
        },
        hide_parameters=True,
    )


def _sqlite(url: sa.URL) -> sa.Engine:
    if not url.database or url.database == ":memory:":
        raise SettingInvalid("a store must be a file: sqlite:///file.db")
    engine = sa.create_engine(url, connect_args={"timeout": _BUSY}, hide_parameters=True)
    engine = engine.execution_options(**{"schema_translate_map": {SCHEMA: None}, _TURN: threading.Lock()})

    @sa.event.listens_for(engine, "connect")
    def on_connect(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # transactions begin where "begin" below says so
        for pragma in ("foreign_keys=ON", "journal_mode=WAL", f"busy_timeout={_BUSY * 1000}"):
            connection.execute(f"PRAGMA {pragma}")

    @sa.event.listens_for(engine, "begin")
    def on_begin(connection: sa.Connection) -> None:
        # A transaction that reads first and writes then would fail, not wait, where another one wrote in between.
        kind = "DEFERRED" if connection.get_execution_options().get(_READS) else "IMMEDIATE"
        connection.exec_driver_sql(f"BEGIN {kind}")

    return engine


@contextmanager
def reached(database: Database | None = None) -> Iterator[None]:
    """Errors of a database as those that tell a person what to do; no address, user or data is in them.

    Raises:
        DependencyUnavailable: The database does not answer, or refuses.
        StorageFull: It has no space left.
    """
    name = f"the store {database.name}" if database else "the store"
    try:
        yield
    except sa.exc.DBAPIError as error:
        cause = " ".join(str(error.orig).split())
        if any(sign in cause for sign in _FULL):
            raise StorageFull(f"{name} has no space left", remedy="Free some space, then run again.") from error
        is_away = isinstance(error, sa.exc.OperationalError | sa.exc.InterfaceError) or error.connection_invalidated
        if is_away or getattr(error.orig, "sqlstate", None) == _NO_RIGHT:
            kind = type(error.orig).__name__
            raise DependencyUnavailable(f"{name} cannot be used: {_without_names(cause)} ({kind})") from error
        raise


def _without_names(cause: str) -> str:
    """A driver's message up to where it may quote what was sent, without hosts, ports, users and databases."""
    said = cause.split(" DETAIL", maxsplit=1)[0].split("[SQL", maxsplit=1)[0]
    return _QUOTED.sub(MASK, _SERVER.sub("", said))[:300]


@contextmanager
def reading(engine: sa.Engine, *, seconds: float = 5) -> Iterator[sa.Connection]:
    """A transaction that only reads: it waits for no writer, and sees all tables as of one moment.

    Args:
        engine: The store.
        seconds: That one statement may take on PostgreSQL.

    Raises:
        DependencyUnavailable: The database does not answer, or not in time.
    """
    with reached(), engine.connect() as connection:
        connection.execution_options(**{_READS: True})
        with connection.begin():
            if engine.dialect.name == "postgresql":
                limit = f"set local statement_timeout = {int(seconds * 1000)}"
                connection.exec_driver_sql(f"set transaction isolation level repeatable read, read only; {limit}")
            yield connection


@contextmanager
def transaction(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A transaction: committed at the end, rolled back on any error.

    Raises:
        DependencyUnavailable: The database does not answer, or refuses.
        StorageFull: It has no space left.
    """
    turn: AbstractContextManager[object] = engine.get_execution_options().get(_TURN) or nullcontext()
    with reached(), turn, engine.begin() as connection:
        yield connection
