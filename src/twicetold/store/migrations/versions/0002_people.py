"""People: whom to let in, who is in, and the audit log."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
_SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_REFUSED = "entries of the audit log are neither changed nor deleted"


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("id", _SERIAL, autoincrement=True, nullable=False),
        sa.Column("at", _MOMENT, server_default=sa.text("CURRENT_TIMESTAMP"), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("profile", sa.Text(), server_default="", nullable=False),
        sa.Column("about", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
        schema="twicetold",
    )
    op.create_table(
        "people",
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("profiles", _JSON, nullable=True),
        sa.Column("scopes", _JSON, nullable=True),
        sa.Column("at", _MOMENT, server_default=sa.text("CURRENT_TIMESTAMP"), nullable=False),
        sa.PrimaryKeyConstraint("person", name=op.f("pk_people")),
        schema="twicetold",
    )
    op.create_table(
        "sessions",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("access", _JSON, nullable=True),
        sa.Column("began_at", _MOMENT, nullable=False),
        sa.Column("seen_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_sessions")),
        schema="twicetold",
    )
    op.create_index(op.f("ix_sessions_person"), "sessions", ["person"], unique=False, schema="twicetold")
    op.create_table(
        "logins",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("browser", sa.Text(), nullable=False),
        sa.Column("nonce", sa.Text(), nullable=False),
        sa.Column("verifier", sa.Text(), nullable=False),
        sa.Column("back", sa.Text(), nullable=False),
        sa.Column("began_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_logins")),
        schema="twicetold",
    )
    if op.get_bind().dialect.name == "sqlite":
        for change in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER audit_refuses_{change.lower()} BEFORE {change} ON audit"
                f" BEGIN SELECT RAISE(ABORT, '{_REFUSED}'); END"
            )
        op.execute(  # INSERT OR REPLACE deletes without a DELETE
            "CREATE TRIGGER audit_refuses_replace BEFORE INSERT ON audit WHEN NEW.id IN (SELECT id FROM audit)"
            " BEGIN SELECT RAISE(ABORT, 'entries of the audit log are neither changed nor deleted'); END"
        )
        return
    op.execute(
        "CREATE FUNCTION twicetold.refuse_change() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN RAISE EXCEPTION '{_REFUSED}'; END $$"
    )
    for name, change in (("rows", "UPDATE OR DELETE"), ("all", "TRUNCATE")):
        op.execute(
            f"CREATE TRIGGER audit_refuses_{name} BEFORE {change} ON twicetold.audit"
            " FOR EACH STATEMENT EXECUTE FUNCTION twicetold.refuse_change()"
        )
