"""Votes in the log: one that takes the place of another takes that one away."""

from collections.abc import Iterable

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.dialogue.decision import Feedback
from bot.storage.figures.tables import FeedbackRow


async def take_back_votes(session: AsyncSession, replacing: Iterable[Feedback]) -> None:
    """Delete one vote for each that was replaced, after all of them are written.

    Votes on one version are alike: any of them may go, one without a comment first.
    """
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
