"""Inbox and outbox over SQLite and PostgreSQL: one lease statement for both."""

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

from sqlalchemy import ColumnElement, Float, cast, delete, exists, extract, func, literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.application.queues import Claim, InboundUpdate, LostClaimError, Message, StoredUpdate, Wait, WorkKind
from bot.core.conversation import Channel
from bot.storage.campaign_tables import DeliveryRow
from bot.storage.store import DatabaseStore, DatabaseUnit, insert_into, opt_in_binding
from bot.storage.tables import ConversationRow, InboxRow, OptInRow, OutboxRow, RateRow, ServiceWindowRow, WorkRow

COUNTED = frozenset({Channel.TELEGRAM})
"""Channels that number their updates one after the other, so that a missing one is noticed."""
LEASE_SECONDS = 15.0
"""Longer than the longest send or parse and any stall of the event loop, so that no live worker loses its claim."""
GAP_WINDOW = 60
"""How many ids before an update are looked at for one that is still on its way."""
GAP_SECONDS = 4.0
"""How long an update waits for a missing one before it: the platform delivers concurrently and tries again with
back-off when we were away (`platform-limits.md`)."""
FIRST_SECONDS = 0.5
"""The same where nothing shortly before is known, as for the first update ever or after a long silence."""
LOOK_AGAIN_SECONDS = 0.1
"""A missing update usually comes at once."""
REMEMBERED_UPDATES = 200_000
"""Ids kept to drop repeats; a platform repeats within minutes (Telegram) or days (WhatsApp)."""


class DatabaseQueues:
    """The real `Queues`."""

    def __init__(self, store: DatabaseStore) -> None:
        """Share the store's engine and keys."""
        self._store = store
        self._began_at: float | None = None
        """When this process began to work; until then the platform may have waited longer and longer."""
        self._first: dict[Claim, StoredUpdate | Message] = {}
        """What was read with a claim, in its transaction: a transaction less for every piece of work."""

    async def accept(self, updates: Sequence[InboundUpdate]) -> int:
        """Commit updates, dropping repeats, and let their conversations be worked on."""
        fresh = 0
        async with self._store.session() as session:
            now = await _now(session)
            # In one order for everybody, so that two batches that name the same conversations cannot block each other.
            for each in sorted(updates, key=lambda u: (self._store.key_of(u.channel, u.person), u.position)):
                key = self._store.key_of(each.channel, each.person)
                inserted = await session.execute(
                    insert_into(session, InboxRow)
                    .values(
                        channel=each.channel,
                        update_id=each.update_id,
                        work_key=key,
                        position=each.position,
                        arrived_at=now,
                        payload=self._store.seal_bytes(each.payload, _inbox_binding(each.channel, each.update_id)),
                    )
                    .on_conflict_do_nothing()
                    .returning(InboxRow.update_id)
                )
                if inserted.first() is not None:
                    fresh += 1
                    await _add_work(session, WorkKind.INBOX, key, each.channel, now)
        return fresh

    async def claim(self, kind: WorkKind, owner: str, channel: Channel | None = None) -> Claim | None:
        """Take the longest waiting conversation that nobody holds."""
        mine = [or_(WorkRow.channel == channel.value, WorkRow.channel.is_(None))] if channel is not None else []
        if not await self._is_waiting(kind, *mine):
            return None
        async with self._store.session() as session:
            now = await _now(session)
            waiting = (
                select(WorkRow.key)
                .where(WorkRow.kind == kind, WorkRow.due_at <= now, WorkRow.leased_until < now, *mine)
                .order_by(WorkRow.due_at)
                .limit(1)
                .with_for_update(skip_locked=True)
                .scalar_subquery()
            )
            taken = await session.execute(
                update(WorkRow)
                .where(WorkRow.kind == kind, WorkRow.key == waiting)
                .values(owner=owner, leased_until=now + LEASE_SECONDS)
                .returning(WorkRow.key, WorkRow.generation)
            )
            row = taken.first()
            if row is None:
                return None
            claim = Claim(kind=kind, key=row.key, owner=owner, generation=row.generation)
            look = self._update if kind is WorkKind.INBOX else self._message
            first = await look(session, claim)
            if isinstance(first, StoredUpdate | Message):
                self._first[claim] = first
        return claim

    async def _is_waiting(self, kind: WorkKind, *mine: ColumnElement[bool]) -> bool:
        """Look without a lock, so that idle workers keep nobody from writing."""
        async with self._store.reading() as session:
            now = await _now(session)
            due = (WorkRow.kind == kind, WorkRow.due_at <= now, WorkRow.leased_until < now, *mine)
            waiting = select(literal(1)).where(*due)
            return await session.scalar(waiting.limit(1)) is not None

    async def next_update(self, claim: Claim) -> StoredUpdate | Wait | None:
        """Give the oldest update, or how long to wait for one before it that is still on its way."""
        first = self._first.pop(claim, None)
        if isinstance(first, StoredUpdate):
            return first
        async with self._store.reading() as session:
            return await self._update(session, claim)

    async def next_message(self, claim: Claim) -> Message | None:
        """Give the oldest message."""
        first = self._first.pop(claim, None)
        if isinstance(first, Message):
            return first
        async with self._store.reading() as session:
            return await self._message(session, claim)

    @asynccontextmanager
    async def unit_under(self, claim: Claim) -> AsyncIterator["DatabaseClaimedUnit"]:
        """Begin a transaction that renews the lease."""
        async with self._store.session() as session:
            held = await session.execute(
                update(WorkRow)
                .where(_is(claim), WorkRow.owner == claim.owner)
                .values(leased_until=await _now(session) + LEASE_SECONDS)
                .returning(WorkRow.generation)
            )
            if held.first() is None:
                raise LostClaimError("the claim on a conversation was lost")
            yield DatabaseClaimedUnit(self._store, session, claim)

    async def release(self, claim: Claim, wait: float) -> None:
        """Remove the work when nothing was added since the claim and nothing is left, else give it back."""
        async with self._store.session() as session:
            if not await _removed(session, claim):
                now = await _now(session)
                await session.execute(
                    update(WorkRow)
                    .where(_is(claim), WorkRow.owner == claim.owner)
                    .values(owner=None, leased_until=0.0, due_at=now + wait)
                )

    async def forget_old_updates(self) -> int:
        """Delete the ids of updates that no platform repeats any more; gives how many."""
        forgotten = 0
        async with self._store.session() as session:
            for channel in Channel:
                oldest = await session.scalar(
                    select(InboxRow.update_id)
                    .where(InboxRow.channel == channel, InboxRow.work_key.is_(None))
                    .order_by(func.length(InboxRow.update_id).desc(), InboxRow.update_id.desc())
                    .offset(REMEMBERED_UPDATES)
                    .limit(1)
                )
                if oldest is not None:
                    older = (func.length(InboxRow.update_id) < len(oldest)) | (
                        (func.length(InboxRow.update_id) == len(oldest)) & (InboxRow.update_id <= oldest)
                    )
                    gone = await session.execute(
                        delete(InboxRow)
                        .where(InboxRow.channel == channel, InboxRow.work_key.is_(None), older)
                        .returning(InboxRow.update_id)
                    )
                    forgotten += len(gone.all())
        return forgotten

    async def _update(self, session: AsyncSession, claim: Claim) -> StoredUpdate | Wait | None:
        row = await session.scalar(
            select(InboxRow).where(InboxRow.work_key == claim.key).order_by(InboxRow.position).limit(1)
        )
        if row is None or row.payload is None or row.arrived_at is None or row.position is None:
            return None
        now = await _now(session)
        self._began_at = self._began_at or now
        age = now - max(row.arrived_at, self._began_at)
        if row.channel in COUNTED and age < GAP_SECONDS:
            patience = await self._patience(session, row.channel, row.position)
            if age < patience:
                return Wait(seconds=min(patience - age, LOOK_AGAIN_SECONDS))
        payload = self._store.open_bytes(row.payload, _inbox_binding(row.channel, row.update_id))
        return StoredUpdate(channel=row.channel, update_id=row.update_id, payload=payload or b"")

    async def _message(self, session: AsyncSession, claim: Claim) -> Message | None:
        row = await session.scalar(
            select(OutboxRow).where(OutboxRow.work_key == claim.key).order_by(OutboxRow.id).limit(1)
        )
        if row is None:
            return None
        payload = self._store.open_bytes(row.payload, _outbox_binding(row.work_key))
        return Message(id=row.id, channel=row.channel, attempts=row.attempts, payload=payload or b"")

    async def _patience(self, session: AsyncSession, channel: Channel, position: int) -> float:
        """Give how many seconds after its arrival an update waits for one before it.

        A gap below an update that is done was waited for already; that id will not come.
        """
        before = [str(position - distance) for distance in range(1, GAP_WINDOW + 1)]
        found = await session.execute(
            select(InboxRow.update_id, InboxRow.work_key.is_(None)).where(
                InboxRow.channel == channel, InboxRow.update_id.in_(before)
            )
        )
        is_done = {int(update_id): done for update_id, done in found}
        if not is_done:
            return FIRST_SECONDS
        newest_done = max((known for known, done in is_done.items() if done), default=min(is_done))
        is_complete = all(each in is_done for each in range(newest_done, position))
        return 0.0 if is_complete else GAP_SECONDS


class DatabaseClaimedUnit(DatabaseUnit):
    """The real `ClaimedUnit`."""

    def __init__(self, store: DatabaseStore, session: AsyncSession, claim: Claim) -> None:
        """Hold the claim."""
        super().__init__(store, session)
        self._claim = claim

    async def finish_update(self, stored: StoredUpdate) -> None:
        """Leave only the id."""
        await self.session.execute(
            update(InboxRow)
            .where(InboxRow.channel == stored.channel, InboxRow.update_id == stored.update_id)
            .values(work_key=None, position=None, arrived_at=None, payload=None)
        )

    async def add_message(self, channel: Channel, person: str, payload: bytes) -> None:
        """Owe a message."""
        key = self._store.key_of(channel, person)
        sealed = self._store.seal_bytes(payload, _outbox_binding(key))
        self.session.add(OutboxRow(channel=channel, work_key=key, attempts=0, payload=sealed))
        await self.session.flush()
        await _add_work(self.session, WorkKind.OUTBOX, key, channel, await _now(self.session))

    async def finish_message(self, message: Message) -> None:
        """Delete a message."""
        await self.session.execute(delete(OutboxRow).where(OutboxRow.id == message.id))

    async def count_attempt(self, message: Message) -> None:
        """Remember a vain attempt."""
        await self.session.execute(
            update(OutboxRow).where(OutboxRow.id == message.id).values(attempts=OutboxRow.attempts + 1)
        )

    async def drop_messages(self) -> int:
        """Delete everything owed to the claimed conversation."""
        gone = await self.session.execute(
            delete(OutboxRow).where(OutboxRow.work_key == self._claim.key).returning(OutboxRow.id)
        )
        return len(gone.all())

    async def open_window(self, channel: Channel, person: str, until: datetime) -> None:
        """Keep the latest end of a window; one that has ended is not kept."""
        end = until.timestamp()
        if end <= await _now(self.session):
            return
        statement = insert_into(self.session, ServiceWindowRow).values(
            key=self._store.key_of(channel, person), open_until=end
        )
        await self.session.execute(
            statement.on_conflict_do_update(
                index_elements=["key"], set_={"open_until": end}, where=ServiceWindowRow.open_until < end
            )
        )

    async def rename_person(self, channel: Channel, former: str, person: str) -> None:
        """Move an opt-in and its deliveries; what was talked about under the former id is forgotten."""
        key, formers = self._store.key_of(channel, person), self._store.keys_of(channel, former)
        await self.session.execute(delete(ConversationRow).where(ConversationRow.key.in_(formers)))
        await self.session.execute(delete(ServiceWindowRow).where(ServiceWindowRow.key.in_(formers)))
        rows = await self.session.scalars(select(OptInRow).where(OptInRow.key.in_(formers)).with_for_update())
        for row in list(rows):
            await self.session.execute(update(DeliveryRow).where(DeliveryRow.key == row.key).values(key=key))
            if await self.session.get(OptInRow, key) is not None:
                await self.session.delete(row)
            else:
                row.key, row.address = key, self._store.seal_bytes(person.encode(), opt_in_binding(key))
            await self.session.flush()

    async def take_sender_slot(self, source: str, interval: float, burst: int) -> float:
        """Reserve one send within this transaction."""
        return await _take_slot(self._store, self.session, source, interval, burst)

    async def leave(self) -> bool:
        """Remove the work when nothing was added since the claim and nothing is left."""
        return await _removed(self.session, self._claim)

    async def hold_source(self, source: str, seconds: float, interval: float, burst: int) -> None:
        """Move the time at which the source is next due."""
        now = await _now(self.session)
        due = now + seconds + interval * burst
        values = {"due_at": due}
        statement = insert_into(self.session, RateRow).values(key=self._store.rate_key(source, SENDER_DAY), **values)
        await self.session.execute(
            statement.on_conflict_do_update(index_elements=["key"], set_=values, where=RateRow.due_at < due)
        )


SENDER_DAY = "sender"
"""Senders are no persons: their rate is kept under one key for good, not under a new one every day."""


async def take_sender_slot(store: DatabaseStore, source: str, interval: float, burst: int) -> float:
    """Reserve one send of a sender for all processes; gives 0.0, or the seconds to wait.

    Source: generic cell rate algorithm, ITU-T I.371.
    """
    async with store.session() as session:
        return await _take_slot(store, session, source, interval, burst)


async def _take_slot(store: DatabaseStore, session: AsyncSession, source: str, interval: float, burst: int) -> float:
    now = await _now(session)
    key = store.rate_key(source, SENDER_DAY)
    statement = insert_into(session, RateRow).values(key=key, due_at=now + interval)
    highest = func.max if session.get_bind().dialect.name == "sqlite" else func.greatest
    due = highest(RateRow.due_at, now) + interval
    reserved = await session.execute(
        statement.on_conflict_do_update(
            index_elements=["key"], set_={"due_at": due}, where=RateRow.due_at <= now + interval * (burst - 1)
        ).returning(RateRow.due_at)
    )
    if reserved.first() is not None:
        return 0.0
    blocked = await session.scalar(select(RateRow.due_at).where(RateRow.key == key)) or now
    return max(blocked - now - interval * (burst - 1), interval / 2)


async def _removed(session: AsyncSession, claim: Claim) -> bool:
    """Remove a piece of work to which nothing was added since its claim and of which nothing is left."""
    table = InboxRow if claim.kind is WorkKind.INBOX else OutboxRow
    left = exists().where(table.work_key == claim.key)
    done = await session.execute(
        delete(WorkRow)
        .where(_is(claim), WorkRow.owner == claim.owner, WorkRow.generation == claim.generation, ~left)
        .returning(WorkRow.key)
    )
    return done.first() is not None


async def _add_work(session: AsyncSession, kind: WorkKind, key: bytes, channel: Channel, now: float) -> None:
    statement = insert_into(session, WorkRow).values(
        kind=kind, key=key, due_at=now, generation=1, owner=None, leased_until=0.0, channel=channel.value
    )
    changed = {"generation": WorkRow.generation + 1, "channel": channel.value}
    await session.execute(statement.on_conflict_do_update(index_elements=["kind", "key"], set_=changed))


async def _now(session: AsyncSession) -> float:
    """Give the seconds since 1970 by the clock that all processes share: the server's, or the one machine's."""
    if session.get_bind().dialect.name == "sqlite":
        return time.time()
    return float(await session.scalar(select(cast(extract("epoch", func.clock_timestamp()), Float))) or 0.0)


def _is(claim: Claim) -> ColumnElement[bool]:
    return (WorkRow.kind == literal(claim.kind, WorkRow.kind.type)) & (WorkRow.key == claim.key)


def _inbox_binding(channel: Channel, update_id: str) -> bytes:
    return f"inbox {channel.value} {update_id}".encode()


def _outbox_binding(key: bytes) -> bytes:
    return b"outbox " + key
