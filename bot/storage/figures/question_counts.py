"""Counts of questions from the daily roll-ups; the log itself is never read."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, case, func, select

from bot.application.figures.ports import CountFilter, CountOfDay, FeedbackCount, TopicCount
from bot.application.figures.publish_figures import DayCount
from bot.core.dialogue.decision import DecisionKind
from bot.core.figures.trends import DateRange
from bot.storage.engine.database import Database
from bot.storage.figures.tables import FeedbackDayRow, QueryDayRow, QueryMeasureDayRow


class DatabaseQuestionCounts:
    """The real `QuestionCounts`."""

    def __init__(self, store: Database) -> None:
        """Hold the store."""
        self._store = store

    async def by_topic(self, sieve: CountFilter) -> Sequence[TopicCount]:
        """Add up by topic and decision."""
        keys = (QueryDayRow.topic_id, QueryDayRow.decision)
        row = QueryMeasureDayRow
        measured: dict[tuple[str, DecisionKind], dict[str, int]] = {}
        async with self._store.session() as session:
            asked = await session.execute(
                select(*keys, func.sum(QueryDayRow.asked)).where(*_fits(QueryDayRow, sieve)).group_by(*keys)
            )
            groups = (row.topic_id, row.decision, row.measure)
            counted = await session.execute(
                select(*groups, func.sum(row.asked)).where(*_fits(row, sieve)).group_by(*groups)
            )
            for topic, decision, measure, number in counted:
                measured.setdefault((topic, decision), {})[measure] = int(number)
            return [
                TopicCount(
                    topic=topic, decision=decision, asked=int(number), measures=measured.get((topic, decision), {})
                )
                for topic, decision, number in asked
            ]

    async def by_day(self, sieve: CountFilter) -> Sequence[CountOfDay]:
        """Add up by day and decision."""
        keys = (QueryDayRow.day, QueryDayRow.decision)
        async with self._store.session() as session:
            found = await session.execute(
                select(*keys, func.sum(QueryDayRow.asked)).where(*_fits(QueryDayRow, sieve)).group_by(*keys)
            )
        return [CountOfDay(day=day, decision=decision, asked=int(asked)) for day, decision, asked in found]

    async def by_topic_and_day(self, sieve: CountFilter) -> Sequence[DayCount]:
        """Add up by topic and day, of questions with a topic."""
        keys = (QueryDayRow.day, QueryDayRow.topic_id)
        wanted = (*_fits(QueryDayRow, sieve), QueryDayRow.topic_id != "")
        async with self._store.session() as session:
            found = await session.execute(select(*keys, func.sum(QueryDayRow.asked)).where(*wanted).group_by(*keys))
            return [DayCount(day=day, topic=topic, asked=int(asked)) for day, topic, asked in found]

    async def votes(self, span: DateRange) -> Sequence[FeedbackCount]:
        """Add up yes and no by topic."""
        yes = func.sum(case((FeedbackDayRow.helpful, FeedbackDayRow.votes), else_=0))
        wanted = FeedbackDayRow.day.between(span.first, span.last)
        async with self._store.session() as session:
            found = await session.execute(
                select(FeedbackDayRow.topic_id, yes, func.sum(FeedbackDayRow.votes))
                .where(wanted)
                .group_by(FeedbackDayRow.topic_id)
            )
        # A changed mind may be counted before what it takes the place of is written.
        return [
            FeedbackCount(topic=topic, helpful=max(int(good), 0), unhelpful=max(int(all_) - int(good), 0))
            for topic, good, all_ in found
        ]


def _fits(row: type[QueryDayRow] | type[QueryMeasureDayRow], sieve: CountFilter) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = [row.day.between(sieve.span.first, sieve.span.last)]
    if sieve.channel is not None:
        wanted.append(row.channel == sieve.channel)
    if sieve.stage is not None:
        wanted.append(row.stage == sieve.stage.value)
    if sieve.topic is not None:
        wanted.append(row.topic_id == sieve.topic)
    return wanted
