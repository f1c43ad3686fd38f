"""Bring a database to the newest schema."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import func, select
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

MIGRATION_LOCK = 7_263_846_501
"""Any number that nothing else locks."""
MIGRATIONS = Path(__file__).parents[3] / "migrations"


async def upgrade(engine: AsyncEngine, to: str = "head") -> None:
    """Run the migrations that this database lacks, in one transaction."""
    async with engine.begin() as connection:
        await connection.run_sync(_upgrade, to)


def _upgrade(connection: Connection, to: str) -> None:
    if connection.dialect.name == "postgresql":
        # Several processes may start at once; one migrates, the others find it done.
        connection.execute(select(func.pg_advisory_xact_lock(MIGRATION_LOCK)))
    command.upgrade(alembic_config(connection), to)


def alembic_config(connection: Connection) -> Config:
    """Return Alembic's configuration bound to an open connection."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config
