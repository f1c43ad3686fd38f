"""Drafts in the database, and the published guidance as administrators change it."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.application.curation.edit_drafts import PublishedVersion
from bot.core.curation.drafts import OPEN_STATES, Draft, DraftState
from bot.core.errors import PermanentError
from bot.core.guidance.book import GuidanceBook
from bot.core.guidance.election_calendar import StagePeriod
from bot.core.guidance.entry import GuidanceEntry
from bot.core.guidance.entry_fields import entry_from_fields
from bot.core.guidance.instrument import Instrument
from bot.storage.curation.tables import DraftRow
from bot.storage.engine.database import lock
from bot.storage.guidance.repository import PublishedGuidance
from bot.storage.guidance.rows import bump_revision, plain_guidance, read_versions
from bot.storage.guidance.tables import InstrumentRow


class DatabaseDrafts:
    """The real `Drafts`."""

    def __init__(self, session: AsyncSession) -> None:
        """Hold the transaction."""
        self._session = session

    async def open_drafts(self) -> Sequence[Draft]:
        """Return every draft on its way."""
        query = select(DraftRow).where(DraftRow.state.in_(OPEN_STATES)).order_by(DraftRow.changed_at.desc())
        return [_draft(row) for row in await self._session.scalars(query)]

    async def open_draft_of(self, topic: str) -> Draft | None:
        """Return the draft on its way of a topic, and lock the topic."""
        await lock(self._session, hashlib.sha256(b"draft " + topic.encode()).digest())
        query = select(DraftRow).where(DraftRow.topic_id == topic, DraftRow.state.in_(OPEN_STATES))
        row = await self._session.scalar(query)
        return _draft(row) if row else None

    async def published_drafts(self, topic: str) -> Sequence[Draft]:
        """Return the drafts that became versions."""
        query = select(DraftRow).where(DraftRow.topic_id == topic, DraftRow.state == DraftState.PUBLISHED)
        return [_draft(row) for row in await self._session.scalars(query)]

    async def draft(self, draft_id: str) -> Draft | None:
        """Return a draft, and lock it."""
        query = select(DraftRow).where(DraftRow.id == draft_id).with_for_update()
        row = await self._session.scalar(query.execution_options(populate_existing=True))
        return _draft(row) if row else None

    async def keep(self, draft: Draft) -> None:
        """Add a draft, or keep it as it is now."""
        await self._session.merge(
            DraftRow(
                id=draft.id,
                topic_id=draft.topic,
                content=plain_guidance(draft.content),
                state=draft.state,
                authors=list(draft.authors),
                effective_from=draft.effective_from,
                summary=draft.summary,
                review_note=draft.review_note,
                edition=draft.edition,
                changed_at=draft.changed_at,
                approver=draft.approver,
                published_version=draft.published_version,
            )
        )
        await self._session.flush()


class DatabaseDesk:
    """The real `PublishedGuidance`."""

    def __init__(self, published: PublishedGuidance, session: AsyncSession) -> None:
        """Hold the transaction."""
        self._published = published
        self._session = session

    async def guidance(self) -> GuidanceBook:
        """Return what is published."""
        return await self._published.guidance()

    async def stage_periods(self) -> tuple[StagePeriod, ...]:
        """Return the calendar."""
        return await self._published.stage_periods()

    async def replace_stage_periods(self, election: str, periods: tuple[StagePeriod, ...]) -> None:
        """Set the stages of one election."""
        await self._published.replace_stage_periods(election, periods)
        await self._session.flush()

    async def versions(self, topic: str) -> Sequence[PublishedVersion]:
        """Return every version of an answer."""
        return [
            PublishedVersion(entry=entry, published_at=published_at)
            for entry, published_at in await read_versions(self._session, topic)
        ]

    async def publish(self, entry: GuidanceEntry, now: datetime) -> None:
        """Add one version of an answer."""
        await self._published.publish(entry, now)

    async def change_instrument(self, instrument: Instrument) -> None:
        """Keep an instrument as it is now."""
        row = await self._session.get(InstrumentRow, instrument.code)
        if row is None:
            raise PermanentError(f"peraturan {instrument.code} tidak ada lagi")
        row.status, row.note = instrument.status, instrument.note
        row.in_force_from, row.in_force_to = instrument.in_force_from, instrument.in_force_to
        row.amended_by, row.replaced_by = list(instrument.amended_by), instrument.replaced_by
        await self._session.flush()
        await bump_revision(self._session)


def _draft(row: DraftRow) -> Draft:
    return Draft(
        id=row.id,
        topic=row.topic_id,
        content=entry_from_fields(row.content, row.content["topic"], row.content["version"]),
        state=row.state,
        authors=tuple(row.authors),
        effective_from=row.effective_from,
        summary=row.summary,
        review_note=row.review_note,
        edition=row.edition,
        changed_at=row.changed_at,
        approver=row.approver,
        published_version=row.published_version,
    )
