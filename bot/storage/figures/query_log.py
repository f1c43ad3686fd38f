"""The log of questions: sealed until its hour has ended, then written in an order that chance drew."""

import logging
from datetime import UTC, datetime
from functools import partial
from typing import Any

from sqlalchemy import delete, select

from bot.core.dialogue.decision import Feedback
from bot.core.figures.query_log import LogRow
from bot.storage.engine.chunks import in_chunks
from bot.storage.engine.database import Database, Repository
from bot.storage.figures.log_rows import log_row_from_json, log_row_to_json
from bot.storage.figures.log_writing import SPOOL, write_rows
from bot.storage.figures.tables import PendingLogRow
from bot.storage.figures.votes import take_back_votes

logger = logging.getLogger(__name__)


class QueryLog(Repository):
    """Counts questions."""

    async def add_log_row(self, row: LogRow) -> None:
        """Count one handled question: sealed, until the log of its hour is written."""
        await self.session.execute(SPOOL, sealed_row(self._store, row))


def sealed_row(store: Database, row: LogRow) -> dict[str, Any]:
    """Seal a row of the log until its hour has ended; returns the columns of a `PendingLogRow`."""
    identifier = store.new_id()
    payload = store.seal_bytes(log_row_to_json(row), _spool_binding(identifier))
    return {"id": identifier, "hour": row.hour, "payload": payload}


def opened_row(store: Database, spooled: PendingLogRow) -> LogRow | None:
    """Open a sealed row of the log; None when its key is gone."""
    plain = store.open_bytes(spooled.payload, _spool_binding(spooled.id))
    return log_row_from_json(plain) if plain is not None else None


async def flush_query_log(store: Database, now: datetime) -> int:
    """Write the log of the hours that have ended, in random order and in short transactions; returns the rows.

    What is written shares neither transaction nor order with anything that a message left elsewhere.
    """
    present = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    replaced: list[Feedback] = []
    written = await in_chunks(lambda rows: _write_some_of_log(store, present, replaced, rows))
    # After everything: a vote and what takes its place come in an order that chance drew.
    await in_chunks(lambda rows: _take_back_some(store, replaced, rows))
    return written


async def _take_back_some(store: Database, replaced: list[Feedback], rows: int) -> int:
    """Take votes back that others replaced, and take them off the list."""
    some = replaced[:rows]
    if some:
        async with store.session() as session:
            await take_back_votes(session, some)
    del replaced[: len(some)]
    return len(some)


async def _write_some_of_log(store: Database, present: datetime, replaced: list[Feedback], rows: int) -> int:
    """Write some rows of the hours before this one: the next by their random ids, so that chance drew them.

    Args:
        replaced: takes the votes that take the place of earlier ones.
    """
    async with store.session() as session:
        ended = select(PendingLogRow).where(PendingLogRow.hour < present).order_by(PendingLogRow.id)
        spooled = list(await session.scalars(ended.limit(rows).with_for_update(skip_locked=True)))
        opened = [row for row in map(partial(opened_row, store), spooled) if row is not None]
        await write_rows(session, opened, store.new_id)
        await session.execute(delete(PendingLogRow).where(PendingLogRow.id.in_([each.id for each in spooled])))
    replaced += [row.feedback for row in opened if row.feedback is not None and row.feedback.replaces is not None]
    if len(opened) < len(spooled):
        logger.error("rows of the log could not be opened", extra={"count": len(spooled) - len(opened)})
    return len(spooled)


def _spool_binding(identifier: str) -> bytes:
    return b"log " + identifier.encode()
