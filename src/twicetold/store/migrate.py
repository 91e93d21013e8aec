"""Migrate: bringing the store's schema to what this program needs, and knowing where it stands."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from twicetold.errors import SchemaTooNew, SchemaTooOld
from twicetold.store.engine import open_engine, transaction
from twicetold.store.tables import SCHEMA, about

if TYPE_CHECKING:
    from alembic.config import Config

    from twicetold.platform.services import Database

_FOLDER = Path(__file__).parent / "migrations"
#: Revisions are numbers that count up, so that a program can tell what is newer than itself.
_REVISION = re.compile(r"(\d{4})_")
_version = sa.Table("schema_version", sa.MetaData(schema=SCHEMA), sa.Column("version_num", sa.Text()))
#: Whoever changes the schema holds this lock of PostgreSQL: "twicetold" in bytes.
_LOCK = int.from_bytes(b"twicetol", "big") & (2**63 - 1)


@dataclass(frozen=True, slots=True)
class Status:
    """Where a store's schema stands.

    Attributes:
        current: Its revision; empty where there is no schema.
        newest: The newest revision that this program knows.
        serves: The oldest revision of a program that may still work with the schema; empty where there is none.
    """

    current: str
    newest: str
    serves: str

    @property
    def is_current(self) -> bool:
        return self.current == self.newest

    @property
    def is_behind(self) -> bool:
        return self.current < self.newest

    @property
    def is_usable(self) -> bool:
        """Whether this program may work with it: also with a newer schema that says so."""
        return bool(self.current) and self.current >= self.newest and self.serves <= self.newest


def status(engine: sa.Engine) -> Status:
    """Where the schema of a store stands.

    Raises:
        DependencyUnavailable: The database does not answer.
    """
    with transaction(engine) as connection:
        return _status(connection)


def upgrade(engine: sa.Engine) -> Status:
    """Brings a store's schema to the newest revision; concurrent callers wait for each other.

    Returns:
        Where it stood before.

    Raises:
        SchemaTooNew: A newer program has changed it; nothing is touched.
        DependencyUnavailable: The database does not answer.
    """
    with transaction(engine) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        before = _status(connection)
        if before.is_current:  # a role that may not make anything can find that out, too
            return before
        if connection.dialect.name == "postgresql":
            connection.execute(sa.schema.CreateSchema(SCHEMA, if_not_exists=True))
        if before.current > before.newest:
            raise SchemaTooNew(_too_new(before), remedy="Use the newer program, or restore a backup of the store.")
        _alembic(connection, "upgrade", "head")
        return before


def require_usable(engine: sa.Engine) -> None:
    """Refuses a store whose schema this program cannot work with.

    Raises:
        SchemaTooOld: It has to be upgraded first.
        SchemaTooNew: It no longer serves a program as old as this one.
    """
    found = status(engine)
    if found.is_behind:
        stands = f"stands at revision {found.current}" if found.current else "has no schema yet"
        raise SchemaTooOld(f"the store {stands}; this program needs {found.newest}")
    if not found.is_usable:
        raise SchemaTooNew(_too_new(found))


def open_usable(database: Database, *, application: str = "twicetold") -> sa.Engine:
    """Connections to a store that this program can work with; a file gets its tables, or newer ones, on the way.

    Args:
        database: The store.
        application: What PostgreSQL shows as the connections' name.

    Raises:
        SchemaTooOld: A database has to be upgraded first.
        SchemaTooNew: It no longer serves a program as old as this one.
        DependencyUnavailable: It does not answer.
    """
    engine = open_engine(database, application=application)
    try:
        if engine.dialect.name == "sqlite" and status(engine).is_behind:
            upgrade(engine)
        require_usable(engine)
    except BaseException:
        engine.dispose()
        raise
    return engine


def newest_revision() -> str:
    """The newest revision that this program knows."""
    return max(match[1] for path in (_FOLDER / "versions").iterdir() if (match := _REVISION.match(path.name)))


def _status(connection: sa.Connection) -> Status:
    inspector = sa.inspect(connection)
    schema = None if connection.dialect.name == "sqlite" else SCHEMA
    if not inspector.has_table("schema_version", schema):
        return Status("", newest_revision(), "")
    current = connection.execute(sa.select(_version.c.version_num)).scalar() or ""
    serves = connection.execute(sa.select(about.c.oldest_code)).scalar() or "" if current else ""
    return Status(current, newest_revision(), serves)


def _too_new(found: Status) -> str:
    return f"the store stands at revision {found.current}, newer than the {found.newest} that this program knows"


def _alembic(connection: sa.Connection, command: str, target: str) -> None:
    from alembic import command as commands  # noqa: PLC0415 - slow to import, and rarely needed

    getattr(commands, command)(alembic_config(connection), target)


def alembic_config(connection: sa.Connection) -> Config:
    """What Alembic needs to work over a connection."""
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
