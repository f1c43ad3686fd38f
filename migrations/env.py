"""Alembic's entry; runs on the connection that `bot.storage.engine.migrate` hands over."""

from alembic import context

from bot.storage.schema import METADATA

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=METADATA,
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
