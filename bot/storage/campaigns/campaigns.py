"""Campaigns: kept, changed and counted."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import date, datetime
from typing import Any

from sqlalchemy import exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.application.campaigns.edit_campaigns import DeliveryCount
from bot.core.campaigns.campaign import Campaign, CampaignEvent, CampaignStatus, next_status
from bot.core.campaigns.consent import Agency, TimeZone
from bot.core.campaigns.delivery import DeliveryStatus
from bot.core.campaigns.reminder_template import ReminderTemplate
from bot.core.campaigns.schedule import is_moment, next_moment, read_schedule
from bot.core.campaigns.segment import Segment
from bot.core.campaigns.status_texts import STATUS_LABELS
from bot.core.errors import InvalidInputError
from bot.core.guidance.book import GuidanceBook
from bot.core.guidance.election_calendar import StagePeriod
from bot.core.replies.reply import Reply
from bot.core.vocabulary import Channel
from bot.storage.accounts.tables import AgencyRow
from bot.storage.campaigns.recipients import reachable, segment_filter
from bot.storage.campaigns.reminder_templates import keep_template, read_template, read_templates
from bot.storage.campaigns.rows import read_agencies, reply_to_json, segment_to_json, to_campaign
from bot.storage.campaigns.tables import CampaignRow, ChunkRow, DeliveryCountRow, DeliveryRow, OptInRow
from bot.storage.engine.database import Database, insert_into
from bot.storage.guidance.repository import published
from bot.storage.guidance.rows import read_periods


class DatabaseCampaigns:
    """One transaction on campaigns."""

    def __init__(self, store: Database, session: AsyncSession, holidays: Collection[date]) -> None:
        """Hold the transaction."""
        self._store = store
        self._session = session
        self._holidays = holidays

    async def add(self, campaign: Campaign, now: datetime) -> None:
        """Keep a new one."""
        self._session.add(
            CampaignRow(
                id=campaign.id,
                name=campaign.name,
                status=campaign.status,
                topic_id=campaign.topic,
                template_id=campaign.template,
                agency=campaign.agency,
                segment=segment_to_json(campaign.segment),
                schedule=campaign.schedule,
                valid_hours=campaign.valid_hours,
                in_doubt=campaign.in_doubt,
                weekly_limit=campaign.weekly_limit,
                created_by=campaign.created_by,
                created_at=now,
                run=0,
                deadline=0.0,
                missed=0,
            )
        )
        await self._session.flush()

    async def get(self, id_: str) -> Campaign:
        """Return one, locked until the end.

        Raises:
            InvalidInputError: when there is none.
        """
        row = await self._session.scalar(select(CampaignRow).where(CampaignRow.id == id_).with_for_update())
        if row is None:
            raise InvalidInputError(f"tidak ada pengingat {id_}")
        return to_campaign(row)

    async def all(self) -> list[Campaign]:
        """Return every campaign, the newest first."""
        rows = await self._session.scalars(select(CampaignRow).order_by(CampaignRow.created_at.desc()))
        return [to_campaign(row) for row in rows]

    async def change(self, id_: str, event: CampaignEvent, **values: Any) -> CampaignStatus:
        """Let something happen to one; further columns change with it.

        Raises:
            InvalidInputError: when it may not happen now.
        """
        campaign = await self.get(id_)
        status = next_status(campaign.status, event)
        if status is None:
            raise InvalidInputError(f"pengingat {id_} sudah {STATUS_LABELS[campaign.status]}; itu tidak bisa sekarang")
        await self._session.execute(update(CampaignRow).where(CampaignRow.id == id_).values(status=status, **values))
        return status

    async def rewrite(self, campaign: Campaign) -> None:
        """Keep what was changed in a draft."""
        await self._session.execute(
            update(CampaignRow)
            .where(CampaignRow.id == campaign.id)
            .values(
                name=campaign.name,
                topic_id=campaign.topic,
                template_id=campaign.template,
                segment=segment_to_json(campaign.segment),
                schedule=campaign.schedule,
                valid_hours=campaign.valid_hours,
                in_doubt=campaign.in_doubt,
                weekly_limit=campaign.weekly_limit,
                editors=list(campaign.editors),
            )
        )

    async def approve(self, id_: str, approver: str, message: Reply, version: int) -> None:
        """Freeze what was approved."""
        await self.change(
            id_,
            CampaignEvent.APPROVE,
            approved_by=approver,
            message=reply_to_json(message),
            guidance_version=version,
        )

    async def periods(self) -> Sequence[StagePeriod]:
        """Read the calendar, past the cache: what this transaction changed may yet be undone."""
        return await read_periods(self._session)

    async def first_moment(self, schedule: str, now: datetime) -> datetime | None:
        """Return when a schedule would send first."""
        return next_moment(read_schedule(schedule), await read_periods(self._session), self._holidays, now)

    async def is_moment(self, schedule: str, at: datetime) -> bool:
        """Say whether a moment of a schedule still is one."""
        return is_moment(read_schedule(schedule), await read_periods(self._session), self._holidays, at)

    async def is_under_way(self, id_: str) -> bool:
        """Say whether a run has somebody left."""
        row = await self._session.scalar(select(CampaignRow.cursor).where(CampaignRow.id == id_))
        is_open = exists().where(ChunkRow.campaign_id == id_, ~ChunkRow.is_done)
        return row is not None or bool(await self._session.scalar(select(is_open)))

    async def set_moment(self, id_: str, next_run: datetime | None, note: str | None) -> None:
        """Keep where the calendar moved a schedule."""
        await self._session.execute(
            update(CampaignRow)
            .where(CampaignRow.id == id_)
            .values(next_run=next_run.timestamp() if next_run is not None else None, note=note)
        )

    async def count(self, segment: Segment) -> Mapping[tuple[Channel, TimeZone], int]:
        """Return exactly how many people would be written to, by channel and time zone."""
        found = await self._session.execute(
            select(OptInRow.channel, OptInRow.zone, func.count())
            .where(*segment_filter(segment))
            .group_by(OptInRow.channel, OptInRow.zone)
        )
        counts: dict[tuple[Channel, TimeZone], int] = {}
        for channel, zone, people in found:
            place = (channel, TimeZone(zone or TimeZone.WIB))
            counts[place] = counts.get(place, 0) + people
        return counts

    async def results(self, id_: str) -> Mapping[int, Sequence[DeliveryCount]]:
        """Return how the messages of every run stand."""
        live = await self._session.execute(
            select(ChunkRow.run, ChunkRow.channel, DeliveryRow.status, DeliveryRow.reason, func.count())
            .join(DeliveryRow, DeliveryRow.chunk_id == ChunkRow.id)
            .where(ChunkRow.campaign_id == id_)
            .group_by(ChunkRow.run, ChunkRow.channel, DeliveryRow.status, DeliveryRow.reason)
        )
        folded = await self._session.execute(
            select(
                DeliveryCountRow.run,
                DeliveryCountRow.channel,
                DeliveryCountRow.status,
                DeliveryCountRow.reason,
                DeliveryCountRow.messages,
            ).where(DeliveryCountRow.campaign_id == id_)
        )
        runs: dict[int, dict[tuple[Channel, DeliveryStatus, str], int]] = {}
        for run, channel, status, reason, messages in [*live, *folded]:
            place = (channel, status, reason or "")
            counts = runs.setdefault(run, {})
            counts[place] = counts.get(place, 0) + messages
        return {
            run: [
                DeliveryCount(channel=channel, status=status, reason=reason, messages=messages)
                for (channel, status, reason), messages in sorted(counts.items())
            ]
            for run, counts in sorted(runs.items())
        }

    async def settle_doubts(self, id_: str, *, resend: bool) -> int:
        """Decide about what is held: send it again, or believe that it arrived; returns how many messages."""
        held = select(ChunkRow.id).where(ChunkRow.campaign_id == id_)
        settled = await self._session.execute(
            update(DeliveryRow)
            .where(DeliveryRow.chunk_id.in_(held), DeliveryRow.status == DeliveryStatus.IN_DOUBT)
            .values(status=DeliveryStatus.WAITING if resend else DeliveryStatus.SENT, doubts=0)
            .returning(DeliveryRow.chunk_id)
        )
        chunks = [chunk for (chunk,) in settled]
        if resend and chunks:
            await self._session.execute(update(ChunkRow).where(ChunkRow.id.in_(set(chunks))).values(is_done=False))
        return len(chunks)

    async def guidance(self) -> GuidanceBook:
        """Return what is published."""
        return (await published(self._store, self._session))[0]

    async def template(self, id_: str) -> ReminderTemplate | None:
        """Return a template."""
        return await read_template(self._session, id_)

    async def templates(self) -> Sequence[ReminderTemplate]:
        """Return every template by title."""
        return await read_templates(self._session)

    async def keep_template(self, template: ReminderTemplate) -> None:
        """Add a template, or keep it as it is now."""
        await keep_template(self._session, template)

    async def agencies(self) -> Mapping[str, Agency]:
        """Return the agencies by code, in the order of their names."""
        return await read_agencies(self._session)

    async def opt_in_counts(self, agency: str | None) -> Mapping[tuple[str, str], int]:
        """Count those who can be reached, by column and its value; of one agency when one is named."""
        counts: dict[tuple[str, str], int] = {}
        for column in (OptInRow.channel, OptInRow.agency, OptInRow.region, OptInRow.role, OptInRow.zone):
            query = select(column, func.count()).where(reachable()).group_by(column)
            if agency is not None:
                query = query.where(OptInRow.agency == agency)
            for value, people in await self._session.execute(query):
                counts[column.key, str(value or "")] = people
        return counts

    async def add_agency(self, agency: Agency) -> None:
        """Add or change an agency."""
        values = {"name": agency.name, "region": agency.region, "zone": agency.zone.value}
        statement = insert_into(self._session, AgencyRow).values(code=agency.code, **values)
        await self._session.execute(statement.on_conflict_do_update(index_elements=["code"], set_=values))


@asynccontextmanager
async def campaigns(store: Database, holidays: Collection[date] = ()) -> AsyncIterator[DatabaseCampaigns]:
    """Begin a transaction on campaigns."""
    async with store.session() as session:
        yield DatabaseCampaigns(store, session, holidays)
