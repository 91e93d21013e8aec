"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
_SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    about = op.create_table("about", sa.Column("oldest_code", sa.Text(), nullable=False), schema="twicetold")
    op.create_table(
        "compared",
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("profile", "scope", "digest", name=op.f("pk_compared")),
        schema="twicetold",
    )
    op.create_table(
        "decisions",
        sa.Column("id", _SERIAL, autoincrement=True, nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("record_a", sa.Text(), nullable=False),
        sa.Column("record_b", sa.Text(), server_default="", nullable=False),
        sa.Column("who", sa.Text(), server_default="", nullable=False),
        sa.Column("why", sa.Text(), server_default="", nullable=False),
        sa.Column("at", _MOMENT, server_default=sa.text("CURRENT_TIMESTAMP"), nullable=False),
        sa.Column("text_a", sa.Text(), nullable=True),
        sa.Column("text_b", sa.Text(), nullable=True),
        sa.CheckConstraint("answer in ('same', 'different', 'unsure', 'keeper')", name=op.f("ck_decisions_answer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decisions")),
        sa.UniqueConstraint("profile", "digest", name=op.f("uq_decisions_profile_digest")),
        schema="twicetold",
    )
    op.create_table(
        "group_changes",
        sa.Column("id", _SERIAL, autoincrement=True, nullable=False),
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("group_id", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("added", _JSON, nullable=False),
        sa.Column("removed", _JSON, nullable=False),
        sa.Column("others", _JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_changes")),
        schema="twicetold",
    )
    op.create_index(
        op.f("ix_group_changes_profile_id"), "group_changes", ["profile", "id"], unique=False, schema="twicetold"
    )
    op.create_table(
        "groups",
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("keeper", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("since", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("profile", "id", name=op.f("pk_groups")),
        schema="twicetold",
    )
    op.create_index(op.f("ix_groups_profile_scope"), "groups", ["profile", "scope"], unique=False, schema="twicetold")
    op.create_table(
        "pairs",
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("record_a", sa.Text(), nullable=False),
        sa.Column("record_b", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("probability", sa.Double(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("evidence", _JSON, nullable=False),
        sa.PrimaryKeyConstraint("profile", "record_a", "record_b", name=op.f("pk_pairs")),
        schema="twicetold",
    )
    op.create_index(op.f("ix_pairs_profile_scope"), "pairs", ["profile", "scope"], unique=False, schema="twicetold")
    op.create_table(
        "records",
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("text_digest", sa.Text(), nullable=False),
        sa.Column("attributes", _JSON, nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("first_seen", _MOMENT, nullable=False),
        sa.Column("last_seen", _MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("profile", "id", name=op.f("pk_records")),
        schema="twicetold",
    )
    op.create_index(op.f("ix_records_profile_scope"), "records", ["profile", "scope"], unique=False, schema="twicetold")
    op.create_table(
        "requests",
        sa.Column("id", _SERIAL, autoincrement=True, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("scopes", _JSON, nullable=True),
        sa.Column("requested_by", sa.Text(), server_default="", nullable=False),
        sa.Column("requested_at", _MOMENT, server_default=sa.text("CURRENT_TIMESTAMP"), nullable=False),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("run_id", sa.Text(), nullable=True),
        sa.Column("exit_status", sa.Integer(), nullable=True),
        sa.Column("ended_at", _MOMENT, nullable=True),
        sa.CheckConstraint("state in ('waiting', 'working', 'done', 'failed')", name=op.f("ck_requests_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_requests")),
        sa.UniqueConstraint("key", name=op.f("uq_requests_key")),
        schema="twicetold",
    )
    op.create_index(
        op.f("ix_requests_state_profile"), "requests", ["state", "profile"], unique=False, schema="twicetold"
    )
    op.create_table(
        "runs",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("settings_digest", sa.Text(), nullable=False),
        sa.Column("code_version", sa.Text(), nullable=False),
        sa.Column("scopes", _JSON, nullable=True),
        sa.Column("input_digest", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("model", _JSON, nullable=False),
        sa.Column("started_at", _MOMENT, nullable=False),
        sa.Column("ended_at", _MOMENT, nullable=True),
        sa.Column("exit_status", sa.Integer(), nullable=True),
        sa.Column("counts", _JSON, nullable=True),
        sa.Column("summary", _JSON, nullable=True),
        sa.CheckConstraint(
            "state in ('working', 'published', 'held', 'failed', 'cancelled', 'superseded')", name=op.f("ck_runs_state")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runs")),
        schema="twicetold",
    )
    op.create_index(
        op.f("ix_runs_profile_started_at"), "runs", ["profile", "started_at"], unique=False, schema="twicetold"
    )
    op.create_table(
        "scopes",
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.Column("groups", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("profile", "scope", name=op.f("pk_scopes")),
        schema="twicetold",
    )
    op.create_table(
        "vectors",
        sa.Column("model_digest", sa.Text(), nullable=False),
        sa.Column("text_digest", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("model_digest", "text_digest", name=op.f("pk_vectors")),
        schema="twicetold",
    )
    op.create_table(
        "findings",
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["twicetold.runs.id"], name=op.f("fk_findings_run_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", "position", name=op.f("pk_findings")),
        schema="twicetold",
    )
    op.create_table(
        "members",
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("group_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["profile", "group_id"],
            ["twicetold.groups.profile", "twicetold.groups.id"],
            name=op.f("fk_members_profile_group_id"),
        ),
        sa.PrimaryKeyConstraint("profile", "record_id", name=op.f("pk_members")),
        schema="twicetold",
    )
    op.create_index(
        op.f("ix_members_profile_group_id"), "members", ["profile", "group_id"], unique=False, schema="twicetold"
    )
    op.create_table(
        "published",
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=True),
        sa.Column("at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["twicetold.runs.id"], name=op.f("fk_published_run_id")),
        sa.PrimaryKeyConstraint("profile", name=op.f("pk_published")),
        schema="twicetold",
    )
    op.create_table(
        "stages",
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["twicetold.runs.id"], name=op.f("fk_stages_run_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", "name", "part", name=op.f("pk_stages")),
        schema="twicetold",
    )
    # The oldest revision of a program that may work with this schema: this one.
    op.execute(about.insert().values(oldest_code=revision))


def downgrade() -> None:
    raise NotImplementedError("The first revision has none before it: drop the schema instead.")
