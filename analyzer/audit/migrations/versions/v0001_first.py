"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "calls",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("call_id", sa.String(200), nullable=False, unique=True),
        sa.Column("record_sha256", sa.String(64), nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("agent", sa.String(200), nullable=False, index=True),
        sa.Column("queue", sa.String(200), nullable=False, index=True),
        sa.Column("started_at", sa.String(40), nullable=False, index=True),
        sa.Column("duration_s", sa.Float, nullable=False, index=True),
        sa.Column("worst", sa.Integer, nullable=False, index=True),
        sa.Column("outcome", sa.String(60), nullable=False),
        sa.Column("prompts", sa.Integer, nullable=False),
        sa.Column("tension", sa.JSON, nullable=False),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("reviewed", sa.Boolean, nullable=False, index=True),
    )
    op.create_table(
        "cues",
        sa.Column("call", sa.Integer, sa.ForeignKey("calls.id"), primary_key=True),
        sa.Column("cue", sa.String(60), primary_key=True),
        sa.Index("ix_cues_cue", "cue"),
    )
    op.create_table(
        "people",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(80), nullable=False, unique=True),
        sa.Column("role", sa.String(10), nullable=False),
        sa.Column("agent", sa.String(200), nullable=False),
        sa.Column("password", sa.String(200), nullable=False),
    )
    op.create_table(
        "sessions",
        sa.Column("sha256", sa.String(64), primary_key=True),
        sa.Column("person", sa.Integer, sa.ForeignKey("people.id"), nullable=False),
        sa.Column("csrf", sa.String(64), nullable=False),
        sa.Column("until_s", sa.Float, nullable=False),
    )
    op.create_table(
        "views",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("person", sa.Integer, sa.ForeignKey("people.id"), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("query", sa.Text, nullable=False),
        sa.UniqueConstraint("person", "name"),
    )
    op.create_table(
        "trail",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("call_id", sa.String(200), nullable=False, index=True),
        sa.Column("record_sha256", sa.String(64), nullable=False),
        sa.Column("tag", sa.String(60), nullable=False),
        sa.Column("person", sa.String(80), nullable=False),
        sa.Column("at", sa.String(40), nullable=False),
        sa.Column("did", sa.String(20), nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("correction", sa.Text, nullable=False),
        sa.Column("previous", sa.String(64), nullable=False, unique=True),
        sa.Column("sha256", sa.String(64), nullable=False),
    )


def downgrade() -> None:
    """Take them away again."""
    for table in ("trail", "views", "sessions", "people", "cues", "calls"):
        op.drop_table(table)
