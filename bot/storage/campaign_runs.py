"""Runs of campaigns: started, their recipients collected, closed, and folded into counts."""

from collections.abc import Callable, Collection, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import groupby

from sqlalchemy import ColumnElement, delete, exists, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.campaign import CampaignEvent, CampaignStatus, Zone, next_status, quiet_until
from bot.core.conversation import Channel
from bot.core.delivery import CRASH, OPEN, DeliveryStatus
from bot.core.guidance import Guidance
from bot.core.schedule import is_repeated, next_moment, read_schedule
from bot.core.template import withheld_template
from bot.storage.campaign_rows import segment_from_json
from bot.storage.campaign_tables import CampaignRow, ChunkRow, DeliveryCountRow, DeliveryRow
from bot.storage.guidance_rows import read_periods
from bot.storage.recipients import meant
from bot.storage.reminder_templates import read_template
from bot.storage.store import DatabaseStore, insert_into, present_of
from bot.storage.tables import OptInRow

CHUNK_RECIPIENTS = 500
STEP_RECIPIENTS = 5_000
"""Collected in one transaction; a short one, so that replies find room between two."""
FROM_THE_FIRST = b""
MOST_FOLDED = 50_000
"""Rows of deliveries that become counts in one transaction."""


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
        ChunkRow.leased_until < present,
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
    async with store.session() as session:
        over = select(CampaignRow.id).where(
            CampaignRow.status.in_((CampaignStatus.DONE, CampaignStatus.STOPPED)),
            CampaignRow.deadline < (now - timedelta(days=keep_days)).timestamp(),
        )
        chunks = list(
            await session.scalars(
                select(ChunkRow.id)
                .where(ChunkRow.campaign_id.in_(over))
                .limit(MOST_FOLDED // CHUNK_RECIPIENTS)
                .with_for_update(skip_locked=True)
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
        return folded
