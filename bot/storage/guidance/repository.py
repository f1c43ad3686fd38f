"""The published guidance and the calendar: read when they changed, written a version at a time."""

from datetime import datetime
from typing import TypeAlias

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.guidance.book import GuidanceBook
from bot.core.guidance.election_calendar import StagePeriod
from bot.core.guidance.entry import GuidanceEntry, Topic
from bot.core.guidance.instrument import Instrument
from bot.storage.engine.database import Database, Repository, lock
from bot.storage.guidance.rows import (
    bump_revision,
    changes_guidance,
    digest,
    from_guidance,
    from_instrument,
    from_topic,
    read_book,
    read_periods,
    read_revision,
)
from bot.storage.guidance.tables import GuidanceRow, InstrumentRow, StagePeriodRow, TopicGroupRow, TopicRow

EDITING = b"editing "
"""What commands that look at the published guidance and then write lock, as a key of eight bytes."""


Published: TypeAlias = tuple[GuidanceBook, tuple[StagePeriod, ...]]


class _Kept:
    """What is published, and by which revision."""

    def __init__(self) -> None:
        self.revision: int | None = None
        self.content: Published = (
            GuidanceBook(topics={}, entries={}, instruments={}, groups={}, contact=None, agency=None),
            (),
        )


async def published(store: Database, session: AsyncSession) -> Published:
    """Return the published guidance and the calendar, earliest stage first, read again only when they changed."""
    if changes_guidance(session):
        # What this transaction wrote is nobody else's before it is committed.
        return await _read(store, session)
    kept = store.of_room(_Kept)
    revision = await read_revision(session)
    if kept.revision != revision:
        kept.content = await _read(store, session)
        kept.revision = revision
    return kept.content


async def _read(store: Database, session: AsyncSession) -> Published:
    return await read_book(session, store.contact, store.agency), await read_periods(session)


class PublishedGuidance(Repository):
    """What is published."""

    async def guidance(self) -> GuidanceBook:
        """Return what is published."""
        return (await published(self._store, self.session))[0]

    async def edit_alone(self) -> None:
        """Wait for whoever else loads or sets what is published, and let nobody else until the end."""
        await lock(self.session, EDITING)

    async def stage_periods(self) -> tuple[StagePeriod, ...]:
        """Return the calendar, earliest first."""
        return (await published(self._store, self.session))[1]

    async def add_group(self, group: str, title: str, position: int) -> None:
        """Add one heading of the menu."""
        await self._add_guidance_row(TopicGroupRow(id=group, title=title, position=position))

    async def add_instrument(self, instrument: Instrument) -> None:
        """Add one instrument."""
        await self._add_guidance_row(from_instrument(instrument))

    async def add_topic(self, topic: Topic, position: int) -> None:
        """Add one topic."""
        await self._add_guidance_row(from_topic(topic, position))

    async def publish(self, entry: GuidanceEntry, now: datetime) -> None:
        """Add one version of an answer."""
        await self._add_guidance_row(from_guidance(entry, now))

    def is_same(self, one: GuidanceEntry | Topic | Instrument, other: GuidanceEntry | Topic | Instrument) -> bool:
        """Say whether two have the same content."""
        return digest(one) == digest(other)

    async def replace_stage_periods(self, election: str, periods: tuple[StagePeriod, ...]) -> None:
        """Set the stages of one election; none removes it."""
        await self.session.execute(delete(StagePeriodRow).where(StagePeriodRow.election == election))
        self.session.add_all(
            StagePeriodRow(election=election, stage=p.stage, starts_on=p.starts_on, ends_on=p.ends_on) for p in periods
        )
        await bump_revision(self.session)

    async def _add_guidance_row(self, row: TopicGroupRow | InstrumentRow | TopicRow | GuidanceRow) -> None:
        self.session.add(row)
        await self.session.flush()
        await bump_revision(self.session)
