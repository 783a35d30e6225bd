"""Which records say the same in their turns."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Those that are there are read once more when the folder is looked through."""
    op.create_table(
        "records",
        sa.Column("sha256", sa.String(64), primary_key=True),
        sa.Column("turns", sa.String(64), nullable=False, index=True),
    )


def downgrade() -> None:
    """Forget which are alike."""
    op.drop_table("records")
