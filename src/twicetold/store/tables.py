"""The tables of the store.

Everything is in one schema, ``twicetold``, so that dropping it leaves no trace in a host's database; SQLite knows no
schemas, there the same tables stand alone. All rows of results belong to a profile: one store serves several sources.
"""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

SCHEMA = "twicetold"
metadata = sa.MetaData(
    schema=SCHEMA,
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    },
)

#: JSON that PostgreSQL can search.
Json = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
#: A number that counts up; SQLite counts only in INTEGER.
Serial = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


class Moment(sa.types.TypeDecorator[datetime]):
    """A point in time, in UTC on either database."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        del dialect
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        del dialect
        return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


def _moment(name: str, *, nullable: bool = False, default: bool = False) -> sa.Column[datetime]:
    server = sa.text("CURRENT_TIMESTAMP") if default else None
    return sa.Column(name, Moment(), nullable=nullable, server_default=server)


def _text(name: str, *, key: bool = False, nullable: bool = False, default: str | None = None) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), primary_key=key, nullable=nullable, server_default=default)


#: What the schema asks of programs: the oldest revision of the code that may still work with it.
about = sa.Table("about", metadata, _text("oldest_code"))

#: What a run can be.
STATES = ("working", "published", "held", "failed", "cancelled", "superseded")
runs = sa.Table(
    "runs",
    metadata,
    _text("id", key=True),
    _text("profile"),
    _text("state"),
    _text("settings_digest"),
    _text("code_version"),
    sa.Column("scopes", Json, nullable=True),
    _text("input_digest"),
    _text("fingerprint"),
    sa.Column("model", Json, nullable=False),
    _moment("started_at"),
    _moment("ended_at", nullable=True),
    sa.Column("exit_status", sa.Integer(), nullable=True),
    sa.Column("counts", Json, nullable=True),
    sa.Column("summary", Json, nullable=True),
    sa.Index(None, "profile", "started_at"),
    sa.CheckConstraint(f"state in {STATES}", name="state"),
)

#: What an unfinished run carries from step to step; gone when it ends.
stages = sa.Table(
    "stages",
    metadata,
    _text("run_id", key=True),
    _text("name", key=True),
    sa.Column("part", sa.Integer(), primary_key=True),
    sa.Column("content", sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(["run_id"], [f"{SCHEMA}.runs.id"], ondelete="CASCADE"),
)

#: The results that are in force, profile by profile.
published = sa.Table(
    "published",
    metadata,
    _text("profile", key=True),
    _text("run_id"),
    # NULL after a run over some scopes only: what a whole run would find is not known then.
    _text("fingerprint", nullable=True),
    _moment("at"),
    sa.ForeignKeyConstraint(["run_id"], [f"{SCHEMA}.runs.id"]),
)

records = sa.Table(
    "records",
    metadata,
    _text("profile", key=True),
    _text("id", key=True),
    _text("scope"),
    _text("text"),
    _text("text_digest"),
    sa.Column("attributes", Json, nullable=False),
    # Of scope, text and attributes together: whether anything is new.
    _text("digest"),
    _moment("first_seen"),
    # NULL while the record is there: as of the run in force.
    _moment("last_seen", nullable=True),
    sa.Index(None, "profile", "scope"),
)

#: Records that were put between runs, over those of the run in force.
puts = sa.Table(
    "puts",
    metadata,
    # Counts up with every change, also of the same record.
    sa.Column("number", Serial, primary_key=True, autoincrement=True),
    _text("profile"),
    _text("id"),
    _text("scope"),
    # The scope that the run in force has it in; NULL where it has not.
    _text("former", nullable=True),
    # NULL where the record was taken away.
    _text("text", nullable=True),
    sa.Column("attributes", Json, nullable=False),
    _moment("at"),
    sa.UniqueConstraint("profile", "id"),
    sa.Index(None, "profile", "scope"),
    sa.Index(None, "profile", "former"),
    sqlite_autoincrement=True,
)

#: What texts mean to a model, so that no text is encoded twice.
vectors = sa.Table(
    "vectors",
    metadata,
    _text("model_digest", key=True),
    _text("text_digest", key=True),
    sa.Column("content", sa.LargeBinary(), nullable=False),
)

#: What comparing the records of a scope gave, by a digest of all that it depends on.
compared = sa.Table(
    "compared",
    metadata,
    _text("profile", key=True),
    _text("scope", key=True),
    _text("digest", key=True),
    sa.Column("content", sa.LargeBinary(), nullable=False),
)

#: The digest of each scope whose results are in force.
scopes = sa.Table(
    "scopes",
    metadata,
    _text("profile", key=True),
    _text("scope", key=True),
    _text("digest"),
    sa.Column("records", sa.Integer(), nullable=False),
    sa.Column("groups", sa.Integer(), nullable=False),
)

pairs = sa.Table(
    "pairs",
    metadata,
    _text("profile", key=True),
    _text("record_a", key=True),
    _text("record_b", key=True),
    _text("scope"),
    sa.Column("probability", sa.Double(), nullable=False),
    _text("verdict"),
    _text("reason"),
    # Log-odds by name of the evidence; those that are 0 are left out.
    sa.Column("evidence", Json, nullable=False),
    sa.Index(None, "profile", "scope"),
)

groups = sa.Table(
    "groups",
    metadata,
    _text("profile", key=True),
    _text("id", key=True),
    _text("scope"),
    _text("keeper"),
    sa.Column("size", sa.Integer(), nullable=False),
    _moment("since"),
    sa.Index(None, "profile", "scope"),
)

#: A record is in one group at most: the key says so.
members = sa.Table(
    "members",
    metadata,
    _text("profile", key=True),
    _text("record_id", key=True),
    _text("group_id"),
    sa.ForeignKeyConstraint(["profile", "group_id"], [f"{SCHEMA}.groups.profile", f"{SCHEMA}.groups.id"]),
    sa.Index(None, "profile", "group_id"),
)

group_changes = sa.Table(
    "group_changes",
    metadata,
    sa.Column("id", Serial, primary_key=True, autoincrement=True),
    _text("profile"),
    _text("run_id"),
    _moment("at"),
    _text("group_id"),
    _text("scope"),
    _text("kind"),
    sa.Column("added", Json, nullable=False),
    sa.Column("removed", Json, nullable=False),
    # The groups that it was split from or merged with.
    sa.Column("others", Json, nullable=False),
    sa.Index(None, "profile", "id"),
)

decisions = sa.Table(
    "decisions",
    metadata,
    sa.Column("id", Serial, primary_key=True, autoincrement=True),
    # So that the same decision, imported again, is known again.
    _text("digest"),
    _text("profile"),
    _text("answer"),
    _text("record_a"),
    # Empty for a keeper: record_a is to be kept.
    _text("record_b", default=""),
    _text("who", default=""),
    _text("why", default=""),
    _moment("at", default=True),
    # What the texts said when they were decided about; NULL until a run sees the records.
    _text("text_a", nullable=True),
    _text("text_b", nullable=True),
    sa.UniqueConstraint("profile", "digest"),
    sa.CheckConstraint("answer in ('same', 'different', 'unsure', 'keeper')", name="answer"),
)

findings = sa.Table(
    "findings",
    metadata,
    _text("run_id", key=True),
    sa.Column("position", sa.Integer(), primary_key=True),
    _text("severity"),
    _text("code"),
    _text("message"),
    sa.Column("count", sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(["run_id"], [f"{SCHEMA}.runs.id"], ondelete="CASCADE"),
)

#: Runs that somebody asks for: a host's worker inserts (key, profile) or (key, profile, scopes).
requests = sa.Table(
    "requests",
    metadata,
    sa.Column("id", Serial, primary_key=True, autoincrement=True),
    _text("key"),
    _text("profile"),
    sa.Column("scopes", Json, nullable=True),
    _text("requested_by", default=""),
    _moment("requested_at", default=True),
    _text("state", default="waiting"),
    _text("run_id", nullable=True),
    sa.Column("exit_status", sa.Integer(), nullable=True),
    _moment("ended_at", nullable=True),
    sa.UniqueConstraint("key"),
    sa.Index(None, "state", "profile"),
    sa.CheckConstraint("state in ('waiting', 'working', 'done', 'failed')", name="state"),
)

#: Who did what; triggers refuse to change or to delete an entry.
audit = sa.Table(
    "audit",
    metadata,
    sa.Column("id", Serial, primary_key=True, autoincrement=True),
    _moment("at", default=True),
    _text("who"),
    _text("action"),
    _text("profile", default=""),
    _text("about", default=""),
)

#: Whom an admin has let in, by what the identity provider calls them.
people = sa.Table(
    "people",
    metadata,
    _text("person", key=True),
    _text("role"),
    # Lists of names; NULL for all.
    sa.Column("profiles", Json, nullable=True),
    sa.Column("scopes", Json, nullable=True),
    _moment("at", default=True),
)

#: People who have logged in, by the SHA-256 of what their browsers hold.
sessions = sa.Table(
    "sessions",
    metadata,
    _text("digest", key=True),
    _text("person"),
    # What the provider's claims allow: role, profiles, scopes; NULL where only the table of people counts.
    sa.Column("access", Json, nullable=True),
    _moment("began_at"),
    _moment("seen_at"),
    sa.Index(None, "person"),
)

#: People who are at the identity provider, by the SHA-256 of the state that they bring back, once.
logins = sa.Table(
    "logins",
    metadata,
    _text("digest", key=True),
    _text("browser"),
    _text("nonce"),
    _text("verifier"),
    _text("back"),
    _moment("began_at"),
)

#: Who has a group before them, so that two people need not decide about it at once; forgotten within minutes.
presence = sa.Table(
    "presence",
    metadata,
    _text("profile", key=True),
    _text("group_id", key=True),
    _text("who", key=True),
    _moment("at"),
)
