"""The form of what nothing could be made of: kept for a month, counted by day."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.legal_day import legal_day
from bot.core.messaging.dead_letters import KEPT_DAYS, DeadLetter, DeadLetterCount
from bot.storage.engine.database import Database
from bot.storage.messaging.tables import DeadLetterRow

MAX_NAME = 200
"""Characters; as wide as the column."""


def keep_letter(store: Database, session: AsyncSession, letter: DeadLetter, day: date) -> None:
    """Add one dead letter within a transaction."""
    session.add(
        DeadLetterRow(
            id=store.new_id(),
            channel=letter.channel,
            day=day,
            reason=letter.reason,
            kind=letter.shape.kind[:MAX_NAME],
            keys=" ".join(letter.shape.keys),
            length=letter.length,
            error=letter.error[:MAX_NAME] if letter.error is not None else None,
        )
    )


async def dead_letters_since(store: Database, day: date) -> Sequence[DeadLetterCount]:
    """Count what was set aside from a day on, the newest day first, then the most frequent."""
    columns = (DeadLetterRow.day, DeadLetterRow.channel, DeadLetterRow.reason, DeadLetterRow.kind)
    wanted = (
        select(*columns, func.count())
        .where(DeadLetterRow.day >= day)
        .group_by(*columns)
        .order_by(DeadLetterRow.day.desc(), func.count().desc(), DeadLetterRow.channel, DeadLetterRow.kind)
    )
    async with store.reading() as session:
        return [
            DeadLetterCount(day=found_day, channel=channel, reason=reason, kind=kind, count=count)
            for found_day, channel, reason, kind, count in await session.execute(wanted)
        ]


async def purge_dead_letters(store: Database, now: datetime) -> int:
    """Delete what was set aside longer ago than it is kept; returns how many went."""
    last_kept = legal_day(now) - timedelta(days=KEPT_DAYS)
    return await store.delete_all(DeadLetterRow.id, DeadLetterRow.day <= last_kept)
