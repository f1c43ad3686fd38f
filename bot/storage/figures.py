"""Counts from the daily roll-ups."""

from sqlalchemy import func, select

from bot.application.publish_figures import DayCount
from bot.storage.store import DatabaseStore
from bot.storage.tables import QueryDayRow


async def day_counts(store: DatabaseStore) -> list[DayCount]:
    """Give how often each topic was asked on each day."""
    async with store.session() as session:
        found = await session.execute(
            select(QueryDayRow.day, QueryDayRow.topic_id, func.sum(QueryDayRow.asked)).group_by(
                QueryDayRow.day, QueryDayRow.topic_id
            )
        )
        return [DayCount(day=day, topic=topic, asked=int(asked)) for day, topic, asked in found]
