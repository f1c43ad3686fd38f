"""One transaction over everything that administrators touch."""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from bot.storage.accounts import DatabaseAccounts
from bot.storage.audit import DatabaseAudit
from bot.storage.campaigns import DatabaseCampaigns
from bot.storage.drafts import DatabaseDesk, DatabaseDrafts
from bot.storage.questions import DatabaseQuestions
from bot.storage.store import DatabaseStore, DatabaseUnit


class DatabaseAdminUnit:
    """The real `AdminUnit`."""

    def __init__(self, store: DatabaseStore, session: AsyncSession, holidays: Collection[date] = ()) -> None:
        """Hold the transaction."""
        self.campaigns = DatabaseCampaigns(store, session, holidays)
        self.accounts = DatabaseAccounts(store, session)
        self.audit = DatabaseAudit(store, session)
        self.bot = DatabaseUnit(store, session)
        self.drafts = DatabaseDrafts(session)
        self.desk = DatabaseDesk(self.bot)
        self.questions = DatabaseQuestions(session)


class DatabaseAdminStore:
    """The real `AdminStore`."""

    def __init__(self, store: DatabaseStore, holidays: Collection[date] = ()) -> None:
        """Hold the store; national holidays move what is scheduled."""
        self._store = store
        self._holidays = holidays

    @asynccontextmanager
    async def unit(self) -> AsyncIterator[DatabaseAdminUnit]:
        """Begin a transaction."""
        async with self._store.session() as session:
            yield DatabaseAdminUnit(self._store, session, self._holidays)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[DatabaseAdminUnit]:
        """Begin a transaction that only reads."""
        async with self._store.reading() as session:
            yield DatabaseAdminUnit(self._store, session, self._holidays)
