"""Counts from the daily roll-ups that are made publishable."""

from datetime import date

from sqlalchemy import func, select

from bot.application.figures.publish_figures import DayCount, named
from bot.storage.engine.database import Database
from bot.storage.figures.tables import QueryDayRow


async def day_counts(store: Database, since: date) -> list[DayCount]:
    """Return how often each topic was asked on each day since one, and each decision without a topic was taken."""
    asked, is_since = func.sum(QueryDayRow.asked), QueryDayRow.day >= since
    of_topics = select(QueryDayRow.day, QueryDayRow.topic_id, asked).where(is_since, QueryDayRow.topic_id != "")
    of_others = select(QueryDayRow.day, QueryDayRow.decision, asked).where(is_since, QueryDayRow.topic_id == "")
    async with store.session() as session:
        topics = await session.execute(of_topics.group_by(QueryDayRow.day, QueryDayRow.topic_id))
        others = await session.execute(of_others.group_by(QueryDayRow.day, QueryDayRow.decision))
        return [
            *(DayCount(day=day, topic=topic, asked=int(count)) for day, topic, count in topics),
            *(DayCount(day=day, topic=named("", decision), asked=int(count)) for day, decision, count in others),
        ]
