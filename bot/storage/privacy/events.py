"""What was done for people's rights, as events without identity."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.legal_day import legal_day
from bot.core.privacy.retention import EventCount, PrivacyEvent
from bot.storage.engine.database import Database
from bot.storage.privacy.tables import PrivacyEventRow


def add_event(store: Database, session: AsyncSession, kind: PrivacyEvent, rows: int, now: datetime) -> None:
    """Note that something was done for people's rights."""
    session.add(PrivacyEventRow(id=store.new_id(), day=legal_day(now), kind=kind, rows=rows))


async def events(store: Database, since: date) -> Sequence[EventCount]:
    """Return what was done, day by day, the newest first."""
    async with store.session() as session:
        found = await session.execute(
            select(PrivacyEventRow.day, PrivacyEventRow.kind, func.count(), func.sum(PrivacyEventRow.rows))
            .where(PrivacyEventRow.day >= since)
            .group_by(PrivacyEventRow.day, PrivacyEventRow.kind)
            .order_by(PrivacyEventRow.day.desc(), PrivacyEventRow.kind)
        )
        return [EventCount(day=day, kind=kind, times=times, rows=int(rows)) for day, kind, times, rows in found]


async def note_rotation(store: Database, now: datetime) -> None:
    """Note that a new key was made."""
    async with store.session() as session:
        add_event(store, session, PrivacyEvent.KEY_ROTATED, 0, now)
