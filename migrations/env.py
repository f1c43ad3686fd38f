"""Alembic's entry; runs on the connection that `bot.storage.migrate` hands over."""

from alembic import context

from bot.storage import admin_tables  # noqa: F401  (registers its tables)
from bot.storage.campaign_tables import CampaignRow
from bot.storage.tables import Base

assert CampaignRow.metadata is Base.metadata
connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
