"""Rounds whose calls were drawn from a part of the list."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Those that are there were drawn from all calls."""
    op.add_column("rounds", sa.Column("among", sa.Text, nullable=False, server_default=""))


def downgrade() -> None:
    """Forget from what each was drawn."""
    op.drop_column("rounds", "among")
