"""What statements are made of, and the clock of the server."""

from typing import cast

from sqlalchemy import (
    Float,
    Table,
    extract,
    func,
    select,
)
from sqlalchemy import cast as cast_to
from sqlalchemy.dialects import postgresql, sqlite

from bot.storage.engine.base import Base


def table_of(row: type[Base]) -> Table:
    """Return the table of a row, by which statements skip the session's bookkeeping."""
    return cast(Table, row.__table__)


CLOCK = select(cast_to(extract("epoch", func.clock_timestamp()), Float))
"""PostgreSQL's; seconds since 1970."""


def insert_for(dialect: str, table: Table) -> sqlite.Insert:
    """Return an insert that may say what to do on a conflict; both databases spell it alike."""
    return cast(sqlite.Insert, postgresql.insert(table)) if dialect == "postgresql" else sqlite.insert(table)
