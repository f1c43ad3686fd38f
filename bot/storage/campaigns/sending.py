"""The senders' side of the ledger: leases, slots and results, by the same statements on SQLite and PostgreSQL."""

import logging
import time
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from sqlalchemy import exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.application.campaigns.ports import Addressee, Batch, BatchLease, Recorded, SendReservation
from bot.application.campaigns.record_receipts import ticket_of
from bot.core.campaigns.campaign import CampaignStatus
from bot.core.campaigns.consent import TimeZone, week_of
from bot.core.campaigns.delivery import OPEN, Delivery, DeliveryStatus, after_crash
from bot.core.campaigns.segment import FATES, SendWindow, SkipReason, skip_reason
from bot.core.errors import PermanentError
from bot.core.messaging.rate_limit import reserve
from bot.core.replies.reply import Reply
from bot.core.vocabulary import Channel
from bot.storage.campaigns import holding, statements
from bot.storage.campaigns.campaign_runs import (
    drop_expired,
    hold_abandoned,
    is_anything_to_plan,
    pause_unserved,
    plan_step,
)
from bot.storage.campaigns.consents import opt_in_binding
from bot.storage.campaigns.holding import Way
from bot.storage.campaigns.receipts import note_fates
from bot.storage.campaigns.recipients import to_recipient
from bot.storage.campaigns.rows import DELIVERY_COLUMNS, reply_from_json, segment_from_json, to_delivery
from bot.storage.campaigns.tables import CampaignRow, ChunkRow, DeliveryRow, OptInRow
from bot.storage.engine.base import AnyRow
from bot.storage.engine.database import Database, insert_into, present_of
from bot.storage.messaging.queues import SENDER_DAY
from bot.storage.messaging.rate_limits import pause_source
from bot.storage.messaging.statements import MAX_WAIT_SECONDS, STEP_SECONDS
from bot.storage.messaging.tables import RateRow, ServiceWindowRow

logger = logging.getLogger(__name__)

CHUNK_LEASE_SECONDS = 5.0
"""Renewed at every tick; longer than any stall of a live event loop, so that no live sender loses its chunk."""
HORIZON_SECONDS = 0.2
"""Sends are reserved this far ahead and no farther: replies find room, and a pause or an opt-out is soon felt."""
HORIZON_SENDS = 8
"""At a slow rate at least so many sends, more than a tick needs."""
CREDIT_SECONDS = 0.05
"""Slots that passed unused, because a tick came late, may be used so much later; the average keeps up by it."""
HELD_SECONDS = 0.6
"""A sender whose next slot lies farther off than reserving ever brings about was told to wait by its platform."""
MAX_PARAMETERS = 500
PORTFOLIO_SECONDS = 24 * 3600.0
"""A person whom we wrote to outside their window counts for so long (`docs/limits.md`, messaging limit)."""


@dataclass(frozen=True, kw_only=True)
class SendingLimits:
    """How fast one channel may send."""

    interval: float
    """Seconds between messages, replies and reminders together."""
    reply_burst: int = 1
    """How many replies may come at once; a hold lasts as much longer (`DeliverMessage`)."""
    people_a_day: int | None = None
    """How many people may be written to outside their window in 24 hours; None where there is no such limit."""


class DatabaseLedger:
    """The real `DeliveryStore`."""

    def __init__(
        self,
        store: Database,
        owner: str,
        limits: Mapping[Channel, SendingLimits],
        present: Callable[[], float] = time.time,
        holidays: Collection[date] = (),
    ) -> None:
        """Take who we are, and how fast each channel may send.

        Args:
            owner: random, another one for each process.
            limits: by channel; only these channels' chunks are taken.
            present: the clock of the machine, which SQLite goes by; PostgreSQL has its own.
            holidays: the national ones.
        """
        self._store = store
        self._owner = owner
        self._limits = limits
        self._present = present
        self._holidays = holidays

    @asynccontextmanager
    async def unit(self) -> AsyncIterator["DatabaseSendingUnit"]:
        """Begin a transaction."""
        async with self._store.session() as session:
            yield DatabaseSendingUnit(self._store, session, self._owner, self._limits, self._present)

    async def plan(self, now: datetime) -> bool:
        """Do one step of planning."""
        if not await is_anything_to_plan(self._store, now, self._present, self._limits):
            return False
        await hold_abandoned(self._store, now, self._present)
        await drop_expired(self._store, now)
        await pause_unserved(self._store, now, self._limits)
        return await plan_step(self._store, now, self._holidays)


class DatabaseSendingUnit:
    """The real `DeliveryUnit`."""

    def __init__(
        self,
        store: Database,
        session: AsyncSession,
        owner: str,
        limits: Mapping[Channel, SendingLimits],
        present: Callable[[], float],
    ) -> None:
        """Hold the transaction."""
        self._store = store
        self._session = session
        self._owner = owner
        self._limits = limits
        self._present = present
        self._terms: dict[int, SendWindow] = {}
        """By chunk, as this transaction read them."""

    async def renew(self, chunks: Collection[int]) -> Mapping[int, BatchLease]:
        """Renew what is still ours."""
        now = await self._now()
        until = now + CHUNK_LEASE_SECONDS
        kept = await self._session.scalars(
            statements.RENEW, {"of_chunks": sorted(chunks), "of_owner": self._owner, "to_moment": until}
        )
        found = await self._session.execute(statements.STANDING, {"of_chunks": list(kept)})
        standing = {row.id: (row.status, _terms(row)) for row in found}
        self._terms |= {id_: terms for id_, (_, terms) in standing.items()}
        return {
            id_: BatchLease(is_running=status is CampaignStatus.RUNNING, terms=terms)
            for id_, (status, terms) in standing.items()
        }

    async def lock(self, campaigns: Collection[str]) -> None:
        """Lock in the order of their names."""
        await holding.lock_campaigns(self._session, campaigns)

    async def pause(self, campaign: str, note: str) -> bool:
        """Pause, and give back what was refused without a judgement."""
        return await holding.pause(self._session, campaign, note)

    async def suspect(self, chunk: int, keys: Sequence[bytes]) -> int:
        """Mark, then count."""
        await holding.suspect(self._session, chunk, keys, Way.ANSWER)
        return await holding.count_suspects(self._session, chunk, Way.ANSWER)

    async def clear_suspects(self, chunk: int) -> None:
        """Take the marks off."""
        await holding.clear_suspects(self._session, [chunk], Way.ANSWER)

    async def record(self, chunk: int, results: Sequence[Recorded]) -> None:
        """Keep results, those that are alike by one statement; who cannot be reached is remembered."""
        alike: dict[Delivery, list[bytes]] = {}
        for key, delivery in results:
            alike.setdefault(replace(delivery, number=0), []).append(key)
        for delivery, keys in alike.items():
            await self._become(chunk, keys, delivery, DeliveryStatus.SENDING)
        now = datetime.fromtimestamp(await self._now(), UTC)
        await note_fates(self._store, self._session, [(key, delivery.status) for key, delivery in results], now)

    async def claim(self, now: datetime) -> tuple[Batch, Sequence[Recorded]] | None:
        """Take the first open chunk that nobody holds."""
        present = await self._now()
        free = (
            select(ChunkRow.id)
            .join(CampaignRow, CampaignRow.id == ChunkRow.campaign_id)
            .where(
                CampaignRow.status == CampaignStatus.RUNNING,
                ~ChunkRow.is_done,
                ChunkRow.not_before <= now.timestamp(),
                # A lease farther ahead than one is ever taken was set by a clock that has gone back since.
                (ChunkRow.leased_until < present)
                | (ChunkRow.leased_until > present + CHUNK_LEASE_SECONDS + STEP_SECONDS),
                ChunkRow.channel.in_(self._limits),
            )
            .order_by(ChunkRow.id)
            .limit(1)
            .with_for_update(skip_locked=True, of=ChunkRow)
            .scalar_subquery()
        )
        taken = await self._session.scalar(
            update(ChunkRow)
            .where(ChunkRow.id == free)
            .values(owner=self._owner, leased_until=present + CHUNK_LEASE_SECONDS)
            .returning(ChunkRow.id)
        )
        if taken is None:
            return None
        chunk = await self._chunk(taken)
        return chunk, await self._waiting(chunk)

    async def admit(
        self, chunk: Batch, keys: Sequence[bytes], fresh: Collection[bytes], now: datetime
    ) -> Mapping[bytes, Addressee | SkipReason]:
        """Look at every opt-in anew, then mark."""
        week, terms = week_of(now), await self._terms_of(chunk)
        found = await self._session.execute(statements.OPT_INS, {"of_keys": list(keys)})
        admitted: dict[bytes, Addressee | SkipReason] = dict.fromkeys(keys, SkipReason.NOT_OPTED_IN)
        for row in found:
            had = (row.week_count or 0) if row.week == week and row.key in fresh else 0
            why = skip_reason(to_recipient(row), terms, had, now)
            if why is not None:
                admitted[row.key] = why
                continue
            person = self._store.open_bytes(row.address, opt_in_binding(row.key))
            admitted[row.key] = SkipReason.UNREADABLE if person is None else Addressee(person=person.decode())
        if self._limits[chunk.channel].people_a_day is not None:
            await self._open_conversations(chunk.channel, admitted)
        admitted = await self._mark(chunk, admitted)
        await self._count([key for key in fresh if isinstance(admitted.get(key), Addressee)], week)
        return admitted

    async def _open_conversations(self, channel: Channel, admitted: dict[bytes, Addressee | SkipReason]) -> None:
        """Tell whose window is open, and let no more others be written to than the portfolio allows in 24 hours.

        The sender's row is locked since `reserve`, so that no two processes count at once.
        """
        now = await self._now()
        people = [key for key, to in admitted.items() if isinstance(to, Addressee)]
        found = await self._session.execute(
            select(ServiceWindowRow.key, ServiceWindowRow.open_until).where(
                ServiceWindowRow.key.in_(people), ServiceWindowRow.open_until > now
            )
        )
        for key, until in found:
            to = admitted[key]
            assert isinstance(to, Addressee)
            admitted[key] = replace(to, open_until=datetime.fromtimestamp(until, UTC))
        limit = self._limits[channel].people_a_day
        since = now - PORTFOLIO_SECONDS
        counted = set(
            await self._session.scalars(
                select(OptInRow.key).where(OptInRow.key.in_(people), OptInRow.written_to_at > since)
            )
        )
        new = [key for key in people if key not in counted and _is_closed(admitted[key])]
        used = await self._session.scalar(
            select(func.count()).where(OptInRow.channel == channel, OptInRow.written_to_at > since)
        )
        left = max((limit or 0) - (used or 0), 0)
        for key in new[left:]:
            admitted[key] = SkipReason.PORTFOLIO_LIMIT
        if new[:left]:
            await self._session.execute(update(OptInRow).where(OptInRow.key.in_(new[:left])).values(written_to_at=now))

    async def drop_late(self, chunk: int) -> None:
        """Make what waits too late."""
        await self._session.execute(
            update(DeliveryRow)
            .where(DeliveryRow.chunk_id == chunk, DeliveryRow.status == DeliveryStatus.WAITING)
            .values(status=DeliveryStatus.LATE)
        )

    async def release(self, chunk: int, not_before: datetime | None) -> None:
        """Return back."""
        later = {"not_before": not_before.timestamp()} if not_before is not None else {}
        await self._session.execute(
            update(ChunkRow)
            .where(ChunkRow.id == chunk, ChunkRow.owner == self._owner)
            .values(owner=None, leased_until=0.0, **later)
        )

    async def finish(self, chunk: int) -> None:
        """Close, unless something is open in it after all: then it is given back, and nothing is lost."""
        is_open = exists().where(DeliveryRow.chunk_id == chunk, DeliveryRow.status.in_(OPEN))
        await self._session.execute(
            update(ChunkRow)
            .where(ChunkRow.id == chunk, ChunkRow.owner == self._owner)
            .values(owner=None, leased_until=0.0, is_done=~is_open)
        )

    async def reserve(self, channel: Channel, most: int) -> SendReservation:
        """Reserve what lies within the horizon; the row stays locked until the commit."""
        limits = self._limits[channel]
        interval, key = limits.interval, self._store.rate_key(f"sender {channel.value}", SENDER_DAY)
        row = (await self._session.execute(statements.DUE, {"of_key": key})).first()
        if row is None:
            await self._session.execute(
                insert_into(self._session, RateRow).values(key=key, due_at=0.0).on_conflict_do_nothing()
            )
            row = (await self._session.execute(statements.DUE, {"of_key": key})).one()
        now = await self._now()
        farthest = now + MAX_WAIT_SECONDS + limits.reply_burst * interval
        # Set by a clock that has gone back since, or farther ahead than any hold: it counts as now.
        is_void = (row.set_at or 0.0) > now + STEP_SECONDS or row.due_at > farthest + STEP_SECONDS
        due = now if is_void else row.due_at
        if due - now > HELD_SECONDS + limits.reply_burst * interval:
            return SendReservation(delays=(), held_for=due - now)
        horizon = max(HORIZON_SECONDS, HORIZON_SENDS * interval)
        reserved = reserve(due, now, interval, most, credit=CREDIT_SECONDS, horizon=horizon)
        if reserved.count == 0:
            return SendReservation(delays=(), held_for=0.0)
        await self._session.execute(statements.MOVE_DUE, {"of_key": key, "to_moment": reserved.due, "to_present": now})
        delays = (max(reserved.first - now + number * interval, 0.0) for number in range(reserved.count))
        return SendReservation(delays=tuple(delays), held_for=0.0)

    async def hold(self, channel: Channel, seconds: float) -> None:
        """Move the next slot of replies and reminders alike."""
        key = self._store.rate_key(f"sender {channel.value}", SENDER_DAY)
        limits = self._limits[channel]
        await pause_source(self._session, key, await self._now(), seconds, limits.interval, limits.reply_burst)

    async def message(self, campaign: str) -> Reply:
        """Read what was approved."""
        message = await self._session.scalar(select(CampaignRow.message).where(CampaignRow.id == campaign))
        if message is None:
            raise PermanentError(f"campaign {campaign} runs without a message")
        return reply_from_json(message)

    async def _terms_of(self, chunk: Batch) -> SendWindow:
        """Return the terms of a chunk's run, read in this transaction."""
        if chunk.id not in self._terms:
            found = await self._session.execute(statements.STANDING, {"of_chunks": [chunk.id]})
            self._terms |= {row.id: _terms(row) for row in found}
        return self._terms[chunk.id]

    async def _chunk(self, id_: int) -> Batch:
        found = await self._session.execute(
            select(ChunkRow, CampaignRow.in_doubt)
            .join(CampaignRow, CampaignRow.id == ChunkRow.campaign_id)
            .where(ChunkRow.id == id_)
        )
        row, mode = found.one()
        return Batch(
            id=id_,
            campaign=row.campaign_id,
            run=row.run,
            channel=row.channel,
            zone=TimeZone(row.zone),
            mode=mode,
        )

    async def _waiting(self, chunk: Batch) -> list[Recorded]:
        """Read what waits, after what a vanished sender left in doubt is settled."""
        rows = await self._session.execute(
            select(*DELIVERY_COLUMNS).where(DeliveryRow.chunk_id == chunk.id, DeliveryRow.status.in_(OPEN))
        )
        before = [(row.key, to_delivery(row)) for row in rows]
        after = [(key, after_crash(delivery, chunk.mode)) for key, delivery in before]
        crashed = {key for key, delivery in before if delivery.status is DeliveryStatus.SENDING}
        await self.record(chunk.id, [(key, delivery) for key, delivery in after if key in crashed])
        return [(key, delivery) for key, delivery in after if delivery.status is DeliveryStatus.WAITING]

    async def _mark(
        self, chunk: Batch, admitted: Mapping[bytes, Addressee | SkipReason]
    ) -> dict[bytes, Addressee | SkipReason]:
        """Mark what waits; returns what was admitted but for messages that are over already."""
        kept: dict[bytes, Addressee | SkipReason] = {}
        left_out: dict[SkipReason, list[bytes]] = {}
        for key, to in admitted.items():
            if isinstance(to, SkipReason) and to in FATES:
                left_out.setdefault(to, []).append(key)
            elif isinstance(to, SkipReason):
                kept[key] = to
        for why, keys in left_out.items():
            over = {"of_chunk": chunk.id, "of_keys": keys, "to_status": FATES[why]}
            kept |= dict.fromkeys(await self._session.scalars(statements.LEAVE_OUT, over), why)
        people = {key: to for key, to in admitted.items() if isinstance(to, Addressee)}
        if people:
            marked = await self._session.execute(statements.MARK, {"of_chunk": chunk.id, "of_keys": list(people)})
            for key, number in marked:
                kept[key] = replace(people[key], ticket=ticket_of(chunk.id, key, number))
        return kept

    async def _count(self, keys: Sequence[bytes], week: int) -> None:
        if keys:
            await self._session.execute(statements.COUNT, {"of_keys": list(keys), "to_week": week})

    async def _become(self, chunk: int, keys: Sequence[bytes], delivery: Delivery, was: DeliveryStatus) -> None:
        for start in range(0, len(keys), MAX_PARAMETERS):
            alike = {
                "of_chunk": chunk,
                "of_keys": keys[start : start + MAX_PARAMETERS],
                "of_status": was,
                "to_status": delivery.status,
                "to_attempts": delivery.attempts,
                "to_doubts": delivery.doubts,
                "to_reason": delivery.reason,
                "to_not_before": delivery.not_before.timestamp() if delivery.not_before is not None else None,
            }
            await self._session.execute(statements.BECOME, alike)

    async def _now(self) -> float:
        """Return the seconds since 1970 by the clock that all processes share."""
        return await present_of(self._session, self._present)


def _terms(row: AnyRow) -> SendWindow:
    return SendWindow(
        segment=segment_from_json(row.segment),
        deadline=datetime.fromtimestamp(row.deadline, UTC),
        weekly_limit=row.weekly_limit,
    )


def _is_closed(to: Addressee | SkipReason) -> bool:
    return isinstance(to, Addressee) and to.open_until is None
