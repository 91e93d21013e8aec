"""Records that are put or taken away between runs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = depends_on = None

_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
_SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "puts",
        sa.Column("number", _SERIAL, autoincrement=True, nullable=False),
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("former", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("attributes", _JSON, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_puts")),
        sa.UniqueConstraint("profile", "id", name=op.f("uq_puts_profile_id")),
        schema="twicetold",
        sqlite_autoincrement=True,
    )
    for column in ("scope", "former"):
        op.create_index(op.f(f"ix_puts_profile_{column}"), "puts", ["profile", column], schema="twicetold")


def downgrade() -> None:
    raise NotImplementedError("Nothing takes a schema backwards: restore a backup.")
