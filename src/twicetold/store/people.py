"""People in the store: whom an admin has let in, who has logged in, and who is on the way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from twicetold.store.bulk import storable
from twicetold.store.tables import logins, people, sessions

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who has logged in.

    Attributes:
        person: What the identity provider calls them.
        access: Role, profiles and scopes: of the table of people, else what their claims allowed; None where neither
            lets them in.
        began_at: When they logged in.
        seen_at: When they were last noted to ask something.
    """

    person: str
    access: Row | None
    began_at: datetime
    seen_at: datetime


def name_of(person: str) -> str:
    """A person's name as it is stored and compared: addresses of mail are the same in either case of ASCII letters."""
    return storable(person.strip()).encode().lower().decode()


def grant(
    connection: sa.Connection,
    person: str,
    role: str,
    profiles: Sequence[str] | None = None,
    scopes: Sequence[str] | None = None,
) -> None:
    """Lets a person in; what they could do before is replaced.

    Args:
        connection: To the store.
        person: What the identity provider calls them.
        role: One of the service's roles.
        profiles: Only these; None for all.
        scopes: Only these; None for all.
    """
    revoke(connection, person)
    lists = {
        name: None if names is None else sorted({storable(each) for each in names})
        for name, names in (("profiles", profiles), ("scopes", scopes))
    }
    connection.execute(people.insert().values(person=name_of(person), role=role, **lists))


def revoke(connection: sa.Connection, person: str) -> bool:
    """Takes away what a person was granted, and ends their sessions; says whether there was a grant."""
    name = name_of(person)
    connection.execute(sessions.delete().where(sessions.c.person == name))
    return connection.execute(people.delete().where(people.c.person == name)).rowcount > 0


def list_people(connection: sa.Connection) -> list[Row]:
    """Whom an admin has let in, by name."""
    return [dict(row) for row in connection.execute(sa.select(people).order_by(people.c.person)).mappings()]


def granted(connection: sa.Connection, person: str) -> Row | None:
    """Role, profiles and scopes that a person was granted."""
    chosen = sa.select(people.c.role, people.c.profiles, people.c.scopes).where(people.c.person == name_of(person))
    row = connection.execute(chosen).mappings().first()
    return dict(row) if row else None


def begin_session(
    connection: sa.Connection, digest: str, person: str, access: Row | None, now: datetime, ends: datetime
) -> None:
    """Adds a session; those that began before ``ends`` are forgotten."""
    connection.execute(sessions.delete().where(sessions.c.began_at <= ends))
    row = {"digest": digest, "person": name_of(person), "access": access, "began_at": now, "seen_at": now}
    connection.execute(sessions.insert().values(**row))


def read_session(connection: sa.Connection, digest: str) -> Session | None:
    """A session, with what the person may do now."""
    row = connection.execute(sa.select(sessions).where(sessions.c.digest == digest)).mappings().first()
    if row is None:
        return None
    access = granted(connection, row["person"]) or row["access"]
    return Session(row["person"], access, row["began_at"], row["seen_at"])


def see_session(connection: sa.Connection, digest: str, now: datetime) -> None:
    """Notes that a person is still there."""
    connection.execute(sessions.update().where(sessions.c.digest == digest).values(seen_at=now))


def end_session(connection: sa.Connection, digest: str) -> str | None:
    """Ends a session, in every process that asks this store; whose it was."""
    ended = sessions.delete().where(sessions.c.digest == digest).returning(sessions.c.person)
    person: str | None = connection.execute(ended).scalar()
    return person


def begin_login(connection: sa.Connection, row: Row, ends: datetime) -> None:
    """Notes that somebody goes to the identity provider; those who went before ``ends`` are forgotten."""
    connection.execute(logins.delete().where(logins.c.began_at <= ends))
    connection.execute(logins.insert().values(**row))


def take_login(connection: sa.Connection, digest: str) -> Row | None:
    """What was noted when somebody went to the identity provider; it is there for one return only."""
    row = connection.execute(logins.delete().where(logins.c.digest == digest).returning(*logins.c)).mappings().first()
    return dict(row) if row else None
