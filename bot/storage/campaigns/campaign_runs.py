"""Runs of campaigns: started, their recipients collected, closed, and folded into counts."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import ColumnElement, delete, exists, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.campaigns import status_notes as notes
from bot.core.campaigns.campaign import CampaignStatus, next_status
from bot.core.campaigns.consent import TimeZone
from bot.core.campaigns.delivery import CRASH, OPEN, DeliveryStatus
from bot.core.campaigns.planning import (
    BATCH_RECIPIENTS,
    MissRun,
    MoveRun,
    PauseRun,
    Planned,
    StartRun,
    after_run,
    batches,
    first_look,
    plan_run,
)
from bot.core.campaigns.reminder_template import withheld_template
from bot.core.guidance.entry import GuidanceEntry
from bot.core.legal_day import legal_day
from bot.core.vocabulary import Channel
from bot.storage.campaigns.holding import lock_campaigns, pause, refused_without_proof
from bot.storage.campaigns.recipients import segment_filter
from bot.storage.campaigns.reminder_templates import read_template
from bot.storage.campaigns.rows import segment_from_json
from bot.storage.campaigns.tables import CampaignRow, ChunkRow, DeliveryCountRow, DeliveryRow, OptInRow
from bot.storage.engine.chunks import PAUSE_SECONDS
from bot.storage.engine.database import Database, insert_into, present_of
from bot.storage.guidance.repository import published
from bot.storage.guidance.rows import read_periods

STEP_RECIPIENTS = BATCH_RECIPIENTS
"""Collected in one transaction; a short one, so that replies find room between two."""
FROM_THE_FIRST = b""
UNSERVED_PAUSE = timedelta(minutes=10)
"""How long a chunk waits for a process that sends on its channel before its campaign is paused with a note."""
MAX_LEASE_SECONDS = 60.0
"""Far more than a chunk is ever leased for."""


async def is_anything_to_plan(
    store: Database, now: datetime, present: Callable[[], float], served: Collection[Channel]
) -> bool:
    """Look without a lock whether a step would do something: most do not, and replies should not wait for those.

    Args:
        present: the clock of the machine, which SQLite goes by; PostgreSQL has its own.
        served: the channels that this process sends on.
    """
    running = CampaignRow.status == CampaignStatus.RUNNING
    is_due = (CampaignRow.status == CampaignStatus.SCHEDULED) & (CampaignRow.next_run <= now.timestamp())
    is_open = exists().where(ChunkRow.campaign_id == CampaignRow.id, ~ChunkRow.is_done)
    is_expired = exists().where(ChunkRow.campaign_id == CampaignRow.id, *_expired(now))
    is_unserved = exists().where(ChunkRow.campaign_id == CampaignRow.id, *_unserved(now, served))
    async with store.reading() as session:
        is_left = exists().where(
            ChunkRow.campaign_id == CampaignRow.id, *_abandoned(now, await present_of(session, present))
        )
        found = select(CampaignRow.id).where(
            or_(is_due, running & (CampaignRow.cursor.is_not(None) | ~is_open | is_expired | is_unserved), is_left)
        )
        return await session.scalar(found.limit(1)) is not None


async def plan_step(store: Database, now: datetime, holidays: Collection[date]) -> bool:
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
        await _close_what_is_through(session, now)
        return False


async def pause_unserved(store: Database, now: datetime, served: Collection[Channel]) -> int:
    """Pause running campaigns with chunks of a channel that nobody sends on; returns how many.

    A chunk of a channel of ours is not looked at, and another one only after some minutes: another process may take it.
    """
    async with store.session() as session:
        unserved = await session.execute(
            select(CampaignRow.id, ChunkRow.channel)
            .join(ChunkRow, ChunkRow.campaign_id == CampaignRow.id)
            .where(*_unserved(now, served))
            .order_by(CampaignRow.id)
        )
        channels = {row.id: row.channel for row in unserved}
        await lock_campaigns(session, set(channels))
        return sum([await pause(session, id_, notes.not_served(channel)) for id_, channel in channels.items()])


def _unserved(now: datetime, served: Collection[Channel]) -> tuple[ColumnElement[bool], ...]:
    return (
        CampaignRow.status == CampaignStatus.RUNNING,
        ~ChunkRow.is_done,
        ChunkRow.owner.is_(None),
        ChunkRow.channel.not_in(sorted(served)),
        ChunkRow.not_before < (now - UNSERVED_PAUSE).timestamp(),
    )


async def _start(
    store: Database, session: AsyncSession, row: CampaignRow, now: datetime, holidays: Collection[date]
) -> None:
    """Do with a campaign that is due what the plan says."""
    assert row.next_run is not None
    planned = Planned(
        schedule=row.schedule,
        at=datetime.fromtimestamp(row.next_run, UTC),
        valid_hours=row.valid_hours,
        note=row.note,
    )
    may_still_be_sent = await _may_still_be_sent(store, session, row, now)
    plan = plan_run(planned, await read_periods(session), holidays, now, may_still_be_sent=may_still_be_sent)
    match plan:
        case StartRun():
            row.status, row.run, row.next_run = CampaignStatus.RUNNING, row.run + 1, _seconds(plan.following)
            row.deadline, row.cursor = plan.deadline.timestamp(), FROM_THE_FIRST
        case MissRun():
            row.missed, row.next_run, row.note = row.missed + 1, _seconds(plan.following), plan.note
            row.status = CampaignStatus.DONE if plan.following is None else row.status
        case PauseRun():
            row.status, row.note = CampaignStatus.PAUSED, plan.note
        case MoveRun():
            row.next_run, row.note = _seconds(plan.following), plan.note
            row.status = CampaignStatus.PAUSED if plan.following is None else row.status


def _seconds(moment: datetime | None) -> float | None:
    return moment.timestamp() if moment is not None else None


async def _may_still_be_sent(store: Database, session: AsyncSession, row: CampaignRow, now: datetime) -> bool:
    (book, _), today = await published(store, session), legal_day(now)
    if row.template_id is not None:
        template = await read_template(session, row.template_id)
        return template is not None and withheld_template(template, book, today) is None
    standing = book.answer_on(row.topic_id, today)
    return isinstance(standing, GuidanceEntry) and standing.version == row.guidance_version


async def _collect(session: AsyncSession, row: CampaignRow, now: datetime) -> None:
    """Write the next recipients into chunks, each of one channel and zone."""
    found = await session.execute(
        select(OptInRow.key, OptInRow.channel, OptInRow.zone)
        .where(OptInRow.key > row.cursor, *segment_filter(segment_from_json(row.segment)))
        .order_by(OptInRow.key)
        .limit(STEP_RECIPIENTS)
    )
    people = [(key, channel, TimeZone(zone or TimeZone.WIB)) for key, channel, zone in found]
    row.cursor = people[-1][0] if len(people) == STEP_RECIPIENTS else None
    for channel, zone, keys in batches(people):
        await _add_chunk(session, row, (channel, zone), keys, now)


async def _add_chunk(
    session: AsyncSession, row: CampaignRow, place: tuple[Channel, TimeZone], keys: Sequence[bytes], now: datetime
) -> None:
    channel, zone = place
    chunk = ChunkRow(
        campaign_id=row.id,
        run=row.run,
        channel=channel,
        zone=zone.value,
        not_before=first_look(zone, now, datetime.fromtimestamp(row.deadline, UTC)).timestamp(),
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


async def _close_what_is_through(session: AsyncSession, now: datetime) -> None:
    """End the runs in which nothing is open; one whose few refusals nobody disproved asks a person first."""
    is_open = exists().where(ChunkRow.campaign_id == CampaignRow.id, ~ChunkRow.is_done)
    through = await session.scalars(
        select(CampaignRow)
        .where(CampaignRow.status == CampaignStatus.RUNNING, CampaignRow.cursor.is_(None), ~is_open)
        .order_by(CampaignRow.id)
        .with_for_update(skip_locked=True)
    )
    for row in through.all():
        refused = await refused_without_proof(session, row.id, row.run)
        if refused is not None and now.timestamp() <= row.deadline:
            await pause(session, row.id, notes.refused_in_a_row(*refused))
            continue
        following = datetime.fromtimestamp(row.next_run, UTC) if row.next_run is not None else None
        status = next_status(row.status, after_run(following))
        await session.execute(update(CampaignRow).where(CampaignRow.id == row.id).values(status=status))


async def drop_expired(store: Database, now: datetime) -> int:
    """Say of what waits in chunks that nobody holds that it is late, once the deadline has passed; returns how many."""
    return await _chunk_by_chunk(lambda place: _drop_some(store, now, place))


async def _drop_some(store: Database, now: datetime, place: int) -> "_Done":
    async with store.session() as session:
        expired = (CampaignRow.status == CampaignStatus.RUNNING, *_expired(now))
        chunks = await _next_chunk(session, expired, place)
        late = await session.execute(
            update(DeliveryRow)
            .where(DeliveryRow.chunk_id.in_(chunks), DeliveryRow.status == DeliveryStatus.WAITING)
            .values(status=DeliveryStatus.LATE)
            .returning(DeliveryRow.chunk_id)
        )
        dropped = len(late.all())
        left = exists().where(DeliveryRow.chunk_id == ChunkRow.id, DeliveryRow.status.in_(OPEN))
        await session.execute(update(ChunkRow).where(ChunkRow.id.in_(chunks), ~left).values(is_done=True))
        return _Done(messages=dropped, chunk=max(chunks, default=None))


async def hold_abandoned(store: Database, now: datetime, present: Callable[[], float]) -> int:
    """Hold for a person what a vanished sender had under way when its campaign was stopped or over; returns how many.

    Of other campaigns whoever claims the chunk next decides; of these there is nothing to send any more.
    """
    return await _chunk_by_chunk(lambda place: _hold_some(store, now, present, place))


async def _hold_some(store: Database, now: datetime, present: Callable[[], float], place: int) -> "_Done":
    async with store.session() as session:
        chunks = await _next_chunk(session, _abandoned(now, await present_of(session, present)), place)
        held = await session.execute(
            update(DeliveryRow)
            .where(DeliveryRow.chunk_id.in_(chunks), DeliveryRow.status == DeliveryStatus.SENDING)
            .values(status=DeliveryStatus.IN_DOUBT, doubts=DeliveryRow.doubts + 1, reason=CRASH)
            .returning(DeliveryRow.chunk_id)
        )
        await session.execute(update(ChunkRow).where(ChunkRow.id.in_(chunks)).values(owner=None))
        return _Done(messages=len(held.all()), chunk=max(chunks, default=None))


@dataclass(frozen=True, kw_only=True)
class _Done:
    """What one transaction did to one chunk."""

    messages: int
    chunk: int | None
    """None when there was none left."""


async def _chunk_by_chunk(step: Callable[[int], Awaitable[_Done]]) -> int:
    """Do a step for one chunk after the other, each in a transaction of its own; returns how many messages.

    Args:
        step: takes the chunk that was the last; those are taken in the order of their numbers.
    """
    messages, place = 0, 0
    loop = asyncio.get_running_loop()
    while True:
        began = loop.time()
        done = await step(place)
        messages += done.messages
        if done.chunk is None:
            return messages
        place = done.chunk
        await asyncio.sleep(max(PAUSE_SECONDS, loop.time() - began))


async def _next_chunk(session: AsyncSession, conditions: Sequence[ColumnElement[bool]], place: int) -> list[int]:
    """Lock the next chunk behind a place that fulfils conditions on it and its campaign; none where there is none."""
    wanted = (
        select(ChunkRow.id)
        .join(CampaignRow, CampaignRow.id == ChunkRow.campaign_id)
        .where(ChunkRow.id > place, *conditions)
        .order_by(ChunkRow.id)
        .limit(1)
        .with_for_update(skip_locked=True, of=ChunkRow)
    )
    return list(await session.scalars(wanted))


def _abandoned(now: datetime, present: float) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions on a chunk with nothing left to send whose sender let the lease end."""
    is_too_late = (CampaignRow.status == CampaignStatus.RUNNING) & (CampaignRow.deadline < now.timestamp())
    return (
        or_(CampaignRow.status == CampaignStatus.STOPPED, is_too_late),
        ~ChunkRow.is_done,
        ChunkRow.owner.is_not(None),
        # One farther ahead than any lease was set by a clock that has gone back since.
        or_(ChunkRow.leased_until < present, ChunkRow.leased_until > present + MAX_LEASE_SECONDS),
    )


def _expired(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions on a chunk that nobody may send of any more."""
    return (~ChunkRow.is_done, ChunkRow.owner.is_(None), CampaignRow.deadline < now.timestamp())


async def fold_finished(store: Database, now: datetime, keep_days: int) -> int:
    """Turn the deliveries of campaigns that are over into counts; returns how many rows went.

    Until then a row is needed for the report's "in doubt", which a person may still settle.
    """
    return await _chunk_by_chunk(lambda place: _fold_some(store, now, keep_days, place))


async def _fold_some(store: Database, now: datetime, keep_days: int, place: int) -> _Done:
    over = (
        CampaignRow.status.in_((CampaignStatus.DONE, CampaignStatus.STOPPED)),
        CampaignRow.deadline < (now - timedelta(days=keep_days)).timestamp(),
    )
    async with store.session() as session:
        chunks = await _next_chunk(session, over, place)
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
        return _Done(messages=folded, chunk=max(chunks, default=None))
