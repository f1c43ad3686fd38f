"""One face for the fake and the real store, for what the port alone cannot set or see."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncEngine

from bot.application.ports import Store
from bot.core.guidance.election_calendar import StagePeriod
from bot.storage.unit_of_work import DatabaseStore
from tests.fakes.store import FakeStore
from tests.support.database import rows


class StoreCase(Protocol):
    """A store under test."""

    @property
    def store(self) -> Store:
        """Return the store."""

    async def set_periods(self, periods: Sequence[StagePeriod]) -> None:
        """Fill the calendar."""

    async def log_size(self) -> int:
        """Count what was logged."""


@dataclass(frozen=True, kw_only=True)
class FakeCase:
    """The fake."""

    store: FakeStore

    async def set_periods(self, periods: Sequence[StagePeriod]) -> None:
        """Set what the fake gives; it does not sort."""
        self.store.periods = tuple(sorted(periods, key=lambda period: period.starts_on))

    async def log_size(self) -> int:
        """Count the list."""
        return len(self.store.log)


@dataclass(frozen=True, kw_only=True)
class RealCase:
    """The real store on some database."""

    store: DatabaseStore
    engine: AsyncEngine

    async def set_periods(self, periods: Sequence[StagePeriod]) -> None:
        """Set election after election, as the command line does."""
        async with self.store.unit() as unit:
            for election in {period.election for period in periods}:
                of_election = tuple(period for period in periods if period.election == election)
                await unit.replace_stage_periods(election, of_election)

    async def log_size(self) -> int:
        """Write the log of the hours that ended, then count it."""
        await self.store.flush_query_log(datetime(2100, 1, 1, tzinfo=UTC))
        [(size,)] = await rows(self.engine, "SELECT count(*) FROM query_log")
        assert isinstance(size, int)
        return size
