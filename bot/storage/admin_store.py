"""One transaction over everything that administrators touch."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncSession

from bot.storage.accounts import DatabaseAccounts
from bot.storage.audit import DatabaseAudit
from bot.storage.drafts import DatabaseDesk, DatabaseDrafts
from bot.storage.questions import DatabaseQuestions
from bot.storage.store import DatabaseStore, DatabaseUnit


class DatabaseAdminUnit:
    """The real `AdminUnit`."""

    def __init__(self, store: DatabaseStore, session: AsyncSession) -> None:
        """Hold the transaction."""
        self.accounts = DatabaseAccounts(store, session)
        self.audit = DatabaseAudit(store, session)
        self.bot = DatabaseUnit(store, session)
        self.drafts = DatabaseDrafts(session)
        self.desk = DatabaseDesk(self.bot)
        self.questions = DatabaseQuestions(session)


class DatabaseAdminStore:
    """The real `AdminStore`."""

    def __init__(self, store: DatabaseStore) -> None:
        """Hold the store."""
        self._store = store

    @asynccontextmanager
    async def unit(self) -> AsyncIterator[DatabaseAdminUnit]:
        """Begin a transaction."""
        async with self._store.session() as session:
            yield DatabaseAdminUnit(self._store, session)
