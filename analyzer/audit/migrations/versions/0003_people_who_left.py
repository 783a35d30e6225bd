"""People who may not come in any more."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Everybody who is there stays."""
    op.add_column("people", sa.Column("gone", sa.Boolean, nullable=False, server_default=sa.false()))


def downgrade() -> None:
    """Forget who left."""
    op.drop_column("people", "gone")
