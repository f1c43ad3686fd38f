"""What waits in inbox and outbox, by channel."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select

from bot.application.figures.service_health import ChannelHealth
from bot.core.vocabulary import Channel
from bot.storage.engine.database import Database
from bot.storage.messaging.tables import InboxRow, OutboxRow


async def channel_health(store: Database, channels: Sequence[Channel], now: datetime) -> Sequence[ChannelHealth]:
    """Count what waits on each of these channels."""
    # What is done keeps no work key, so the index on it leads to the few rows that wait.
    waits = InboxRow.work_key.is_not(None)
    taken_in = select(InboxRow.channel, func.count(), func.min(InboxRow.arrived_at)).where(waits)
    async with store.reading() as session:
        inbox = {
            channel: (count, since)
            for channel, count, since in await session.execute(taken_in.group_by(InboxRow.channel))
        }
        # What the platform took already is not owed any more.
        owes = select(OutboxRow.channel, func.count()).where(OutboxRow.accepted_at.is_(None))
        owed = await session.execute(owes.group_by(OutboxRow.channel))
        outbox = {row.channel: int(row[1]) for row in owed}
    found = []
    for channel in channels:
        waiting, since = inbox.get(channel, (0, None))
        oldest = max(0.0, now.timestamp() - since) if since is not None else 0.0
        found.append(
            ChannelHealth(channel=channel, waiting=waiting, owed=outbox.get(channel, 0), oldest_seconds=oldest)
        )
    return found
