"""Templates of reminders in the database."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.campaigns.reminder_template import ReminderTemplate
from bot.core.guidance.entry import Citation, CitationRole
from bot.storage.campaigns.tables import TemplateRow


async def read_template(session: AsyncSession, id_: str) -> ReminderTemplate | None:
    """Return a template, locked until the end."""
    query = select(TemplateRow).where(TemplateRow.id == id_).with_for_update()
    row = await session.scalar(query.execution_options(populate_existing=True))
    return _template(row) if row is not None else None


async def read_templates(session: AsyncSession) -> Sequence[ReminderTemplate]:
    """Return every template by title."""
    return [_template(row) for row in await session.scalars(select(TemplateRow).order_by(TemplateRow.title))]


async def keep_template(session: AsyncSession, template: ReminderTemplate) -> None:
    """Add a template, or keep it as it is now."""
    await session.merge(
        TemplateRow(
            id=template.id,
            title=template.title,
            words=template.words,
            citations=[[each.instrument, each.article] for each in template.citations],
            state=template.state,
            authors=list(template.authors),
            agency=template.agency,
            edition=template.edition,
            approved_by=template.approved_by,
            checked_on=template.checked_on,
            review_by=template.review_by,
            note=template.note,
        )
    )
    await session.flush()


def _template(row: TemplateRow) -> ReminderTemplate:
    return ReminderTemplate(
        id=row.id,
        title=row.title,
        words=row.words,
        citations=tuple(
            Citation(instrument=instrument, article=article, says="", role=CitationRole.BASIS)
            for instrument, article in row.citations
        ),
        state=row.state,
        authors=tuple(row.authors),
        agency=row.agency,
        edition=row.edition,
        approved_by=row.approved_by,
        checked_on=row.checked_on,
        review_by=row.review_by,
        note=row.note,
    )
