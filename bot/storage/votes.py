"""Votes in the log and its roll-up; one that takes the place of another takes that one away."""

from collections.abc import Callable, Iterable
from datetime import date

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.decision import Feedback
from bot.core.query_log import LogRow
from bot.storage.tables import FeedbackDayRow, FeedbackRow


async def write_vote(session: AsyncSession, row: LogRow, feedback: Feedback, new_id: Callable[[], str]) -> None:
    """Write the vote of a row of the log, and count it."""
    session.add(
        FeedbackRow(
            id=new_id(),
            hour=row.hour,
            topic_id=feedback.topic,
            guidance_version=feedback.version,
            helpful=feedback.helpful,
            comment=feedback.comment,
        )
    )
    await _count(session, row.day, feedback.topic, helpful=feedback.helpful, votes=1)
    if feedback.replaces is not None:
        # Rows come in random order: the count may stand below nothing until the vote itself is written.
        await _count(session, feedback.replaces, feedback.topic, helpful=not feedback.helpful, votes=-1)


async def take_back_votes(session: AsyncSession, rows: Iterable[LogRow]) -> None:
    """Delete one vote for each that was replaced, after all of them are written.

    Votes on one version are alike: any of them may go, one without a comment first.
    """
    replacing = [row.feedback for row in rows if row.feedback is not None and row.feedback.replaces is not None]
    if replacing:
        await session.flush()
    for feedback in replacing:
        opposite = (
            select(FeedbackRow.id)
            .where(
                FeedbackRow.topic_id == feedback.topic,
                FeedbackRow.guidance_version == feedback.version,
                FeedbackRow.helpful.is_(not feedback.helpful),
            )
            .order_by(FeedbackRow.comment.is_not(None), FeedbackRow.hour.desc(), FeedbackRow.id)
            .limit(1)
        )
        await session.execute(delete(FeedbackRow).where(FeedbackRow.id == opposite.scalar_subquery()))


async def _count(session: AsyncSession, day: date, topic: str, *, helpful: bool, votes: int) -> None:
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    counted = insert(FeedbackDayRow).values(day=day, topic_id=topic, helpful=helpful, votes=votes)
    await session.execute(
        counted.on_conflict_do_update(
            index_elements=["day", "topic_id", "helpful"], set_={"votes": FeedbackDayRow.votes + votes}
        )
    )
