"""Campaigns: kept, changed, counted, and brought to their runs step by step."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.application.edit_campaigns import Counted
from bot.core.campaign import Agency, Campaign, CampaignEvent, CampaignStatus, Segment, Zone, next_status, quiet_until
from bot.core.conversation import Channel
from bot.core.delivery import CRASH, OPEN, DeliveryStatus
from bot.core.delivery_texts import STATUS_LABELS
from bot.core.errors import InvalidInputError
from bot.core.guidance import Guidance, GuidanceBook
from bot.core.reply import Reply
from bot.core.schedule import is_repeated, next_moment, read_schedule
from bot.core.template import Template, withheld_template
from bot.storage.campaign_rows import read_agencies, reply_to_json, segment_from_json, segment_to_json, to_campaign
from bot.storage.campaign_tables import AgencyRow, CampaignRow, ChunkRow, DeliveryCountRow, DeliveryRow
from bot.storage.chunks import PAUSE_SECONDS
from bot.storage.guidance_rows import read_periods
from bot.storage.reminder_templates import keep_template, read_template, read_templates
from bot.storage.store import DatabaseStore, insert_into, present_of
from bot.storage.tables import OptInRow

LONGEST_LEASE_SECONDS = 60.0
"""Far more than a chunk is ever leased for."""
CHUNK_RECIPIENTS = 500
STEP_RECIPIENTS = 5_000
"""Collected in one transaction; a short one, so that replies find room between two."""
FROM_THE_FIRST = b""


class DatabaseCampaigns:
    """One transaction on campaigns."""

    def __init__(self, store: DatabaseStore, session: AsyncSession, holidays: Collection[date]) -> None:
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
        """Give one, locked until the end.

        Raises:
            InvalidInputError: when there is none.
        """
        row = await self._session.scalar(select(CampaignRow).where(CampaignRow.id == id_).with_for_update())
        if row is None:
            raise InvalidInputError(f"tidak ada kampanye {id_}")
        return to_campaign(row)

    async def all(self) -> list[Campaign]:
        """Give every campaign, the newest first."""
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
            raise InvalidInputError(f"kampanye {id_} sudah {STATUS_LABELS[campaign.status]}; itu tidak bisa sekarang")
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

    async def first_moment(self, schedule: str, now: datetime) -> datetime | None:
        """Give when a schedule would send first."""
        return next_moment(read_schedule(schedule), await read_periods(self._session), self._holidays, now)

    async def count(self, segment: Segment) -> Mapping[tuple[Channel, Zone], int]:
        """Give exactly how many people would be written to, by channel and time zone."""
        found = await self._session.execute(
            select(OptInRow.channel, OptInRow.zone, func.count())
            .where(*meant(segment))
            .group_by(OptInRow.channel, OptInRow.zone)
        )
        counts: dict[tuple[Channel, Zone], int] = {}
        for channel, zone, people in found:
            place = (channel, Zone(zone or Zone.WIB))
            counts[place] = counts.get(place, 0) + people
        return counts

    async def results(self, id_: str) -> Mapping[int, Sequence[Counted]]:
        """Give how the messages of every run stand."""
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
                Counted(channel=channel, status=status, reason=reason, messages=messages)
                for (channel, status, reason), messages in sorted(counts.items())
            ]
            for run, counts in sorted(runs.items())
        }

    async def settle_doubts(self, id_: str, *, resend: bool) -> int:
        """Decide about what is held: send it again, or believe that it arrived; gives how many messages."""
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
        """Give what is published."""
        return await self._store.book(self._session)

    async def template(self, id_: str) -> Template | None:
        """Give a template."""
        return await read_template(self._session, id_)

    async def templates(self) -> Sequence[Template]:
        """Give every template by title."""
        return await read_templates(self._session)

    async def keep_template(self, template: Template) -> None:
        """Add a template, or keep it as it is now."""
        await keep_template(self._session, template)

    async def agencies(self) -> Mapping[str, Agency]:
        """Give the agencies by code, in the order of their names."""
        return await read_agencies(self._session)

    async def opt_in_counts(self, agency: str | None) -> Mapping[tuple[str, str], int]:
        """Count those who can be reached, by column and its value; of one agency when one is named."""
        counts: dict[tuple[str, str], int] = {}
        for column in (OptInRow.channel, OptInRow.agency, OptInRow.region, OptInRow.role, OptInRow.zone):
            query = select(column, func.count()).where(OptInRow.unreachable_since.is_(None)).group_by(column)
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
async def campaigns(store: DatabaseStore, holidays: Collection[date] = ()) -> AsyncIterator[DatabaseCampaigns]:
    """Begin a transaction on campaigns."""
    async with store.session() as session:
        yield DatabaseCampaigns(store, session, holidays)


# What the senders' processes do beside sending


async def is_anything_to_plan(store: DatabaseStore, now: datetime, present: Callable[[], float]) -> bool:
    """Look without a lock whether a step would do something: most do not, and replies should not wait for those.

    Args:
        present: the clock of the machine, which SQLite goes by; PostgreSQL has its own.
    """
    running = CampaignRow.status == CampaignStatus.RUNNING
    is_due = (CampaignRow.status == CampaignStatus.SCHEDULED) & (CampaignRow.next_run <= now.timestamp())
    is_open = exists().where(ChunkRow.campaign_id == CampaignRow.id, ~ChunkRow.is_done)
    is_expired = exists().where(ChunkRow.campaign_id == CampaignRow.id, *_expired(now))
    async with store.reading() as session:
        is_left = exists().where(
            ChunkRow.campaign_id == CampaignRow.id, *_abandoned(await present_of(session, present))
        )
        found = select(CampaignRow.id).where(
            or_(is_due, running & (CampaignRow.cursor.is_not(None) | ~is_open | is_expired), is_left)
        )
        return await session.scalar(found.limit(1)) is not None


async def plan_step(store: DatabaseStore, now: datetime, holidays: Collection[date]) -> bool:
    """Start one campaign that is due, else collect some recipients, else close what is through."""
    async with store.session() as session:
        row = await session.scalar(
            select(CampaignRow)
            .where(CampaignRow.status == CampaignStatus.SCHEDULED, CampaignRow.next_run <= now.timestamp())
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        if row is not None:
            await _start(store, session, row, now, holidays)
            return True
        row = await session.scalar(
            select(CampaignRow)
            .where(CampaignRow.status == CampaignStatus.RUNNING, CampaignRow.cursor.is_not(None))
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        if row is not None:
            await _collect(session, row, now)
            return True
        await _close_what_is_through(session)
        return False


async def _start(
    store: DatabaseStore, session: AsyncSession, row: CampaignRow, now: datetime, holidays: Collection[date]
) -> None:
    """Begin a run; one whose time is over is passed by, one whose answer may not be given any more is paused."""
    assert row.next_run is not None
    planned = datetime.fromtimestamp(row.next_run, UTC)
    schedule = read_schedule(row.schedule)
    later = (
        next_moment(schedule, await read_periods(session), holidays, max(planned, now))
        if is_repeated(schedule)
        else None
    )
    following = later.timestamp() if later is not None else None
    deadline = planned + timedelta(hours=row.valid_hours)
    if now > deadline:
        row.missed += 1
        row.next_run = following
        row.note = f"jadwal {planned:%Y-%m-%d %H.%M} UTC terlewat, tidak dikirim"
        if following is None:
            row.status = CampaignStatus.DONE
        return
    if not await _may_still_be_sent(store, session, row, now):
        row.status = CampaignStatus.PAUSED
        row.note = "jawabannya berubah atau ditahan sejak disetujui; buat kampanye baru dan minta persetujuan lagi"
        return
    row.status, row.run, row.next_run = CampaignStatus.RUNNING, row.run + 1, following
    row.deadline, row.cursor = deadline.timestamp(), FROM_THE_FIRST


async def _may_still_be_sent(store: DatabaseStore, session: AsyncSession, row: CampaignRow, now: datetime) -> bool:
    book, today = await store.book(session), now.date()
    if row.template_id is not None:
        template = await read_template(session, row.template_id)
        return template is not None and withheld_template(template, book, today) is None
    standing = book.standing(row.topic_id, today)
    return isinstance(standing, Guidance) and standing.version == row.guidance_version


async def _collect(session: AsyncSession, row: CampaignRow, now: datetime) -> None:
    """Write the next recipients into chunks, each of one channel and zone."""
    found = await session.execute(
        select(OptInRow.key, OptInRow.channel, OptInRow.zone)
        .where(OptInRow.key > row.cursor, *meant(segment_from_json(row.segment)))
        .order_by(OptInRow.key)
        .limit(STEP_RECIPIENTS)
    )
    people = [(key, channel, Zone(zone or Zone.WIB)) for key, channel, zone in found]
    row.cursor = people[-1][0] if len(people) == STEP_RECIPIENTS else None
    people.sort(key=lambda person: person[1:])
    for (channel, zone), group in groupby(people, key=lambda person: person[1:]):
        keys = [key for key, _, _ in group]
        for start in range(0, len(keys), CHUNK_RECIPIENTS):
            await _add_chunk(session, row, (channel, zone), keys[start : start + CHUNK_RECIPIENTS], now)


async def _add_chunk(
    session: AsyncSession, row: CampaignRow, place: tuple[Channel, Zone], keys: Sequence[bytes], now: datetime
) -> None:
    channel, zone = place
    chunk = ChunkRow(
        campaign_id=row.id,
        run=row.run,
        channel=channel,
        zone=zone.value,
        not_before=(quiet_until(zone, now) or now).timestamp(),
        owner=None,
        leased_until=0.0,
        is_done=False,
    )
    session.add(chunk)
    await session.flush()
    await session.execute(
        insert(DeliveryRow),
        [
            {"chunk_id": chunk.id, "key": key, "status": DeliveryStatus.WAITING, "attempts": 0, "doubts": 0}
            for key in keys
        ],
    )


async def _close_what_is_through(session: AsyncSession) -> None:
    is_open = exists().where(ChunkRow.campaign_id == CampaignRow.id, ~ChunkRow.is_done)
    through = (CampaignRow.status == CampaignStatus.RUNNING, CampaignRow.cursor.is_(None), ~is_open)
    for event, is_its_case in (
        (CampaignEvent.FINISH, CampaignRow.next_run.is_(None)),
        (CampaignEvent.REST, CampaignRow.next_run.is_not(None)),
    ):
        status = next_status(CampaignStatus.RUNNING, event)
        await session.execute(update(CampaignRow).where(*through, is_its_case).values(status=status))


async def drop_expired(store: DatabaseStore, now: datetime) -> int:
    """Say of what waits in chunks that nobody may claim any more that it is late: the night outlasts the deadline."""
    async with store.session() as session:
        expired = (
            select(ChunkRow.id)
            .join(CampaignRow, CampaignRow.id == ChunkRow.campaign_id)
            .where(CampaignRow.status == CampaignStatus.RUNNING, *_expired(now))
            .with_for_update(skip_locked=True, of=ChunkRow)
        )
        chunks = list(await session.scalars(expired))
        late = await session.execute(
            update(DeliveryRow)
            .where(DeliveryRow.chunk_id.in_(chunks), DeliveryRow.status == DeliveryStatus.WAITING)
            .values(status=DeliveryStatus.LATE)
            .returning(DeliveryRow.chunk_id)
        )
        dropped = len(late.all())
        left = exists().where(DeliveryRow.chunk_id == ChunkRow.id, DeliveryRow.status.in_(OPEN))
        await session.execute(update(ChunkRow).where(ChunkRow.id.in_(chunks), ~left).values(is_done=True))
        return dropped


async def hold_abandoned(store: DatabaseStore, present: Callable[[], float]) -> int:
    """Hold for a person what a sender that vanished had under way when its campaign was stopped; gives how many.

    Of other campaigns whoever claims the chunk next decides; of a stopped one nobody does.
    """
    async with store.session() as session:
        left = (
            select(ChunkRow.id)
            .join(CampaignRow, CampaignRow.id == ChunkRow.campaign_id)
            .where(*_abandoned(await present_of(session, present)))
            .with_for_update(skip_locked=True, of=ChunkRow)
        )
        chunks = list(await session.scalars(left))
        held = await session.execute(
            update(DeliveryRow)
            .where(DeliveryRow.chunk_id.in_(chunks), DeliveryRow.status == DeliveryStatus.SENDING)
            .values(status=DeliveryStatus.IN_DOUBT, doubts=DeliveryRow.doubts + 1, reason=CRASH)
            .returning(DeliveryRow.chunk_id)
        )
        await session.execute(update(ChunkRow).where(ChunkRow.id.in_(chunks)).values(owner=None))
        return len(held.all())


def _abandoned(present: float) -> tuple[ColumnElement[bool], ...]:
    """Give the conditions on a chunk of a stopped campaign whose sender let the lease end."""
    return (
        CampaignRow.status == CampaignStatus.STOPPED,
        ~ChunkRow.is_done,
        ChunkRow.owner.is_not(None),
        # One farther ahead than any lease was set by a clock that has gone back since.
        (ChunkRow.leased_until < present) | (ChunkRow.leased_until > present + LONGEST_LEASE_SECONDS),
    )


def _expired(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Give the conditions on a chunk that nobody may send of any more."""
    return (
        ~ChunkRow.is_done,
        ChunkRow.owner.is_(None),
        or_(CampaignRow.deadline < now.timestamp(), CampaignRow.deadline < ChunkRow.not_before),
    )


async def fold_finished(store: DatabaseStore, now: datetime, keep_days: int) -> int:
    """Turn the deliveries of campaigns that are over into counts; gives how many rows went.

    Until then a row is needed for the report's "in doubt", which a person may still settle.
    """
    folded = 0
    while (latest := await _fold_some(store, now, keep_days)) is not None:
        folded += latest
        await asyncio.sleep(PAUSE_SECONDS)
    return folded


async def _fold_some(store: DatabaseStore, now: datetime, keep_days: int) -> int | None:
    """Fold one chunk in a transaction of its own; None when there is none left."""
    async with store.session() as session:
        over = select(CampaignRow.id).where(
            CampaignRow.status.in_((CampaignStatus.DONE, CampaignStatus.STOPPED)),
            CampaignRow.deadline < (now - timedelta(days=keep_days)).timestamp(),
        )
        chunks = list(
            await session.scalars(
                select(ChunkRow.id).where(ChunkRow.campaign_id.in_(over)).limit(1).with_for_update(skip_locked=True)
            )
        )
        counts = await session.execute(
            select(
                ChunkRow.campaign_id,
                ChunkRow.run,
                ChunkRow.channel,
                DeliveryRow.status,
                func.coalesce(DeliveryRow.reason, "").label("reason"),
                func.count().label("messages"),
            )
            .join(DeliveryRow, DeliveryRow.chunk_id == ChunkRow.id)
            .where(ChunkRow.id.in_(chunks))
            .group_by(ChunkRow.campaign_id, ChunkRow.run, ChunkRow.channel, DeliveryRow.status, DeliveryRow.reason)
        )
        folded = 0
        for row in counts.mappings():
            statement = insert_into(session, DeliveryCountRow).values(**row)
            await session.execute(
                statement.on_conflict_do_update(
                    index_elements=["campaign_id", "run", "channel", "status", "reason"],
                    set_={"messages": DeliveryCountRow.messages + row["messages"]},
                )
            )
            folded += row["messages"]
        await session.execute(delete(DeliveryRow).where(DeliveryRow.chunk_id.in_(chunks)))
        await session.execute(delete(ChunkRow).where(ChunkRow.id.in_(chunks)))
        return folded if chunks else None


# Rows and values


def meant(segment: Segment) -> list[ColumnElement[bool]]:
    """Give the conditions on opt-ins that `Segment.fits` states of recipients, and that they can be reached."""
    conditions: list[ColumnElement[bool]] = [OptInRow.unreachable_since.is_(None)]
    if segment.agencies:
        conditions.append(OptInRow.agency.in_(sorted(segment.agencies)))
    if segment.regions:
        conditions.append(OptInRow.region.in_(sorted(segment.regions)))
    if segment.roles:
        conditions.append(OptInRow.role.in_(sorted(segment.roles)))
    if segment.channels:
        conditions.append(OptInRow.channel.in_(sorted(segment.channels)))
    if segment.stages:
        wanted = [OptInRow.stages.contains(f",{stage.value},", autoescape=True) for stage in sorted(segment.stages)]
        conditions.append(or_(OptInRow.stages.is_(None), *wanted))
    return conditions
