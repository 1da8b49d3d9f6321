"""Alembic's entry: runs the scripts on the connection that `newsletter.migrations.upgrading` hands over."""

from alembic import context

from newsletter.migrations.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,  # SQLite changes a table by copying it
)
with context.begin_transaction():
    context.run_migrations()
