"""Counts from the daily roll-ups that are made publishable."""

from datetime import date

from sqlalchemy import func, select

from bot.application.publish_figures import DayCount, named
from bot.storage.store import DatabaseStore
from bot.storage.tables import QueryDayRow


async def day_counts(store: DatabaseStore, since: date) -> list[DayCount]:
    """Give how often each topic was asked on each day since one, and each decision without a topic was taken."""
    keys = (QueryDayRow.day, QueryDayRow.topic_id, QueryDayRow.decision)
    async with store.session() as session:
        found = await session.execute(
            select(*keys, func.sum(QueryDayRow.asked)).where(QueryDayRow.day >= since).group_by(*keys)
        )
        return [
            DayCount(day=day, topic=named(topic, decision), asked=int(asked)) for day, topic, decision, asked in found
        ]
