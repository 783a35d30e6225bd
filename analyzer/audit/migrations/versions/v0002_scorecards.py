"""Scorecards by version, calibration rounds, and who scores which call in them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "cards",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("locked", sa.Boolean, nullable=False),
        sa.UniqueConstraint("name", "version"),
    )
    op.create_table(
        "rounds",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(80), nullable=False, unique=True),
        sa.Column("card", sa.Integer, sa.ForeignKey("cards.id"), nullable=False),
        sa.Column("plan", sa.String(20), nullable=False),
        sa.Column("seed", sa.Integer, nullable=False),
        sa.Column("opened_at", sa.String(40), nullable=False),
        sa.Column("opened_by", sa.String(80), nullable=False),
        sa.Column("closed_at", sa.String(40), nullable=False),
    )
    op.create_table(
        "assignments",
        sa.Column("round", sa.Integer, sa.ForeignKey("rounds.id"), primary_key=True),
        sa.Column("call", sa.Integer, sa.ForeignKey("calls.id"), primary_key=True, index=True),
        sa.Column("person", sa.Integer, sa.ForeignKey("people.id"), primary_key=True),
        sa.Column("done", sa.Boolean, nullable=False),
    )


def downgrade() -> None:
    """Take them away again."""
    for table in ("assignments", "rounds", "cards"):
        op.drop_table(table)
