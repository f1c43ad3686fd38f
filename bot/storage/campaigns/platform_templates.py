"""The registry of message templates."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, select

from bot.core.campaigns.platform_template import PlatformTemplate
from bot.storage.campaigns.tables import MessageTemplateRow
from bot.storage.engine.database import Database


class DatabaseTemplates:
    """The real `TemplateRegistry`."""

    def __init__(self, store: Database) -> None:
        """Share the store."""
        self._store = store

    async def templates(self) -> Sequence[PlatformTemplate]:
        """Read every template."""
        order = (MessageTemplateRow.name, MessageTemplateRow.language)
        async with self._store.session() as session:
            rows = await session.scalars(select(MessageTemplateRow).order_by(*order))
            return [
                PlatformTemplate(
                    name=row.name,
                    language=row.language,
                    category=row.category,
                    status=row.status,
                    body=row.body,
                    parameters=row.parameters,
                    buttons=tuple(row.buttons),
                )
                for row in rows
            ]

    async def replace(self, templates: Sequence[PlatformTemplate], now: datetime) -> None:
        """Forget what was known and keep these."""
        async with self._store.session() as session:
            await session.execute(delete(MessageTemplateRow))
            session.add_all(
                MessageTemplateRow(
                    name=each.name,
                    language=each.language,
                    category=each.category,
                    status=each.status,
                    body=each.body,
                    parameters=each.parameters,
                    buttons=list(each.buttons),
                    synced_at=now,
                )
                for each in templates
            )

    async def synced_at(self) -> datetime | None:
        """Return the moment of the last synchronisation."""
        async with self._store.session() as session:
            return await session.scalar(select(func.max(MessageTemplateRow.synced_at)))
