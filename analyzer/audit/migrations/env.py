"""What Alembic runs: the steps, over the connection that `open_database` gives."""

from __future__ import annotations

from alembic import context

from analyzer.audit.schema import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
with context.begin_transaction():
    context.run_migrations()
