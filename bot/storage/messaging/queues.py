"""Inbox and outbox over SQLite and PostgreSQL: one lease statement for both."""

import secrets
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Any, Generic, Protocol, TypeVar

from sqlalchemy import ColumnElement, delete, func, or_, select
from sqlalchemy.exc import InterfaceError, OperationalError, ProgrammingError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.application.messaging.ports import (
    Claim,
    LeaseLostError,
    Message,
    ReceivedUpdate,
    SetAside,
    StoredUpdate,
    Taken,
    Wait,
    WorkKind,
)
from bot.core.errors import DatabaseDownError
from bot.core.legal_day import legal_day
from bot.core.vocabulary import Channel
from bot.storage.engine.chunks import CHUNK_ROWS, in_chunks
from bot.storage.engine.database import Database, lock, present_of
from bot.storage.messaging import statements
from bot.storage.messaging.dead_letters import keep_letter
from bot.storage.messaging.gap_tracker import GapTracker
from bot.storage.messaging.statements import LEASE_SECONDS, MAX_WAIT_SECONDS, STEP_SECONDS
from bot.storage.messaging.tables import InboxRow, OutboxRow

COUNTED = frozenset({Channel.TELEGRAM})
"""Channels that number their updates one after the other, so that a missing one is noticed."""
GAP_WINDOW = 60
"""How many ids before an update are looked at for one that is still on its way."""
AWAITED_SECONDS = 600.0
"""How long a reply that the platform took is kept, in case it tells that it failed (`texts.PRIVACY` says so)."""
CLOCK_STEP_SECONDS = 1.0
"""How far the clocks of one database may differ from one transaction to the next without having gone back."""
OWNER_BYTES = 16
"""Of a claim that is handed on; nobody else can name it."""
REMEMBERED_UPDATES = 200_000
"""Ids kept to drop repeats; a platform repeats within minutes (Telegram) or days (WhatsApp)."""


class ClaimedTransaction(Protocol):
    """A unit under a claim, as far as the queues know it."""

    taken: tuple[Claim, Message] | None


ClaimedT = TypeVar("ClaimedT", bound=ClaimedTransaction)


class UpdateQueues(Generic[ClaimedT]):
    """Inbox and outbox."""

    def __init__(self, store: Database, unit: Callable[[Database, AsyncSession, Claim], ClaimedT]) -> None:
        """Share the database, and take what makes the unit of a claim."""
        self._store = store
        self._unit = unit
        self._patience = GapTracker()
        self._first: dict[Claim, StoredUpdate | Message] = {}
        """What was read with a claim, in its transaction: a transaction less for every piece of work."""

    @property
    def read_ahead(self) -> int:
        """How many updates and messages are held in memory that nobody has asked for yet."""
        return len(self._first)

    async def accept(self, updates: Sequence[Taken]) -> int:
        """Commit updates, dropping repeats, and let their conversations be worked on."""
        fresh, _ = await self.accept_and_claim(updates, most=0)
        return fresh

    async def accept_and_claim(self, updates: Sequence[Taken], most: int) -> tuple[int, Sequence[Claim]]:
        """The same, and claim conversations for workers who wait for them: a transaction less for every message."""
        fresh = 0
        free: dict[bytes, StoredUpdate] = {}
        asked = [each for each in updates if isinstance(each, ReceivedUpdate)]
        async with self._store.brief_session() as session:
            now = await present_of(session)
            # In one order for everybody, so that two batches that name the same conversations cannot block each other.
            for each in sorted(asked, key=lambda u: (self._store.key_of(u.channel, u.person), u.position)):
                key = self._store.key_of(each.channel, each.person)
                if await self._is_new(session, each, key, now):
                    fresh += 1
                    if await add_work(session, WorkKind.INBOX, key, each.channel, now):
                        free[key] = StoredUpdate(
                            channel=each.channel, update_id=each.update_id, payload=each.payload, arrived_at=now
                        )
            for other in updates:
                if isinstance(other, SetAside):
                    await self._set_aside(session, other, now)
            claimed = {await take_work(session, WorkKind.INBOX, key, now): free[key] for key in list(free)[:most]}
        self._patience.record_arrivals(fresh)
        # Those of other channels are looked at again: one before them may still be on its way.
        self._first |= {claim: first for claim, first in claimed.items() if first.channel not in COUNTED}
        return fresh, list(claimed)

    async def _is_new(self, session: AsyncSession, each: ReceivedUpdate, key: bytes, now: float) -> bool:
        inserted = await session.execute(
            statements.add_update(dialect_of(session)),
            {
                "channel": each.channel,
                "update_id": each.update_id,
                "work_key": key,
                "position": each.position,
                "arrived_at": now,
                "payload": self._store.seal_bytes(each.payload, _inbox_binding(each.channel, each.update_id)),
            },
        )
        return inserted.first() is not None

    async def _set_aside(self, session: AsyncSession, each: SetAside, now: float) -> None:
        """Remember the id of what nobody works on, and count it once."""
        if each.update_id is not None:
            # The position tells it from an update that is done: nobody waited for those before this one.
            rest = {"work_key": None, "position": 0, "arrived_at": None, "payload": None}
            row = {"channel": each.channel, "update_id": each.update_id, **rest}
            if (await session.execute(statements.add_update(dialect_of(session)), row)).first() is None:
                return
        if each.letter is not None:
            keep_letter(self._store, session, each.letter, legal_day(datetime.fromtimestamp(now, UTC)))

    async def claim(
        self, kind: WorkKind, owner: str, channel: Channel | None = None, *, is_expected: bool = False
    ) -> Claim | None:
        """Take the longest waiting conversation that nobody holds."""
        mine = {"of_kind": kind} | ({"of_channel": channel.value} if channel is not None else {})
        if not is_expected and not await self._is_waiting(mine):
            return None
        async with self._store.brief_session() as session:
            now = await present_of(session)
            taken = await session.execute(
                statements.claim(channel is not None),
                {**mine, "at": now, "to_owner": owner, "to_moment": now + LEASE_SECONDS},
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

    async def _is_waiting(self, mine: Mapping[str, str]) -> bool:
        """Look without a lock, so that idle workers keep nobody from writing."""
        async with self._store.reading() as session:
            wanted = statements.waiting("of_channel" in mine)
            return await session.scalar(wanted, {**mine, "at": await present_of(session)}) is not None

    async def next_update(self, claim: Claim) -> StoredUpdate | Wait | None:
        """Return the oldest update, or how long to wait for one before it that is still on its way."""
        first = self._first.pop(claim, None)
        if isinstance(first, StoredUpdate):
            return first
        async with self._store.reading() as session:
            return await self._update(session, claim)

    async def next_message(self, claim: Claim) -> Message | None:
        """Return the oldest message."""
        first = self._first.pop(claim, None)
        if isinstance(first, Message):
            return first
        async with self._store.reading() as session:
            return await self._message(session, claim)

    @asynccontextmanager
    async def unit_under(self, claim: Claim, *, locks_conversation: bool = False) -> AsyncIterator[ClaimedT]:
        """Begin a transaction that renews the lease.

        Raises:
            DatabaseDownError: when the database did not do its part, whatever was tried.
        """
        try:
            async with self._store.brief_session() as session:
                if locks_conversation:
                    # Before the lease, as whoever handles an update does: locks are taken in one order by everybody.
                    await lock(session, claim.key)
                until = await present_of(session) + LEASE_SECONDS
                held = await session.execute(statements.RENEW, {**columns_of(claim), "to_moment": until})
                if held.first() is None:
                    raise LeaseLostError("the claim on a conversation was lost")
                unit = self._unit(self._store, session, claim)
                yield unit
        except (OperationalError, InterfaceError, ProgrammingError) as error:
            # Beside the outages that the store names: a table that is missing while a person moves it, for instance.
            raise DatabaseDownError(f"the database gave {type(error).__name__}") from error
        if unit.taken is not None:
            self._first[unit.taken[0]] = unit.taken[1]

    async def release_claim(self, claim: Claim, wait: float) -> None:
        """Remove the work when nothing was added since the claim and nothing is left, else give it back."""
        self._first.pop(claim, None)
        async with self._store.brief_session() as session:
            if not await remove_when_done(session, claim):
                now = await present_of(session)
                due = now + min(wait, MAX_WAIT_SECONDS)
                await session.execute(statements.GIVE_BACK, {**columns_of(claim), "to_moment": due, "to_present": now})

    async def forget_accepted(self) -> int:
        """Delete what platforms took long enough ago: of most failures they tell within minutes."""
        return await in_chunks(self._forget_some_accepted)

    async def _forget_some_accepted(self, rows: int) -> int:
        async with self._store.session() as session:
            return await forget_accepted(session, rows)

    async def forget_old_updates(self) -> int:
        """Delete the ids of updates that no platform repeats any more; returns how many."""
        forgotten = 0
        for channel in Channel:
            oldest = await self._oldest_forgotten(channel)
            if oldest is not None:
                forgotten += await in_chunks(partial(self._forget_some, channel, oldest))
        return forgotten

    async def _oldest_forgotten(self, channel: Channel) -> str | None:
        """Return the newest id of a channel that need not be remembered any more; nobody waits for it."""
        async with self._store.reading() as session:
            found: str | None = await session.scalar(
                select(InboxRow.update_id)
                .where(InboxRow.channel == channel, InboxRow.work_key.is_(None))
                .order_by(func.length(InboxRow.update_id).desc(), InboxRow.update_id.desc())
                .offset(REMEMBERED_UPDATES)
                .limit(1)
            )
            return found

    async def _forget_some(self, channel: Channel, oldest: str, rows: int) -> int:
        older = (func.length(InboxRow.update_id) < len(oldest)) | (
            (func.length(InboxRow.update_id) == len(oldest)) & (InboxRow.update_id <= oldest)
        )
        done = (InboxRow.channel == channel, InboxRow.work_key.is_(None))
        async with self._store.reading() as session:
            some = list(await session.scalars(select(InboxRow.update_id).where(*done, older).limit(rows)))
        if some:
            async with self._store.session() as session:
                await session.execute(delete(InboxRow).where(*done, InboxRow.update_id.in_(some)))
        return len(some)

    async def _update(self, session: AsyncSession, claim: Claim) -> StoredUpdate | Wait | None:
        row = (await session.execute(statements.NEXT_UPDATE, {"of_key": claim.key})).first()
        if row is None or row.payload is None or row.arrived_at is None or row.position is None:
            return None
        if row.channel in COUNTED:
            wait = await self._wait(session, row.channel, row.position)
            if wait > 0:
                return Wait(seconds=wait)
        payload = self._store.open_bytes(row.payload, _inbox_binding(row.channel, row.update_id))
        return StoredUpdate(
            channel=row.channel,
            update_id=row.update_id,
            payload=payload or b"",
            arrived_at=row.arrived_at,
            attempts=row.attempts or 0,
            is_sealed=payload is None,
        )

    async def _message(self, session: AsyncSession, claim: Claim) -> Message | None:
        row = (await session.execute(statements.NEXT_MESSAGE, {"of_key": claim.key})).first()
        if row is None:
            return None
        payload = self._store.open_bytes(row.payload, outbox_binding(row.work_key))
        return Message(
            id=row.id,
            channel=row.channel,
            attempts=row.attempts,
            payload=payload or b"",
            begun=row.begun,
            owed_at=row.owed_at,
            is_reopening=row.is_reopening,
            is_opened=payload is not None,
        )

    async def _wait(self, session: AsyncSession, channel: Channel, position: int) -> float:
        """Return how many seconds an update still waits for one before it.

        A gap below an update that is done was waited for already; that id will not come.
        """
        before = [str(position - distance) for distance in range(1, GAP_WINDOW + 1)]
        found = await session.execute(
            select(InboxRow.update_id, InboxRow.work_key.is_(None) & InboxRow.position.is_(None)).where(
                InboxRow.channel == channel, InboxRow.update_id.in_(before)
            )
        )
        is_done = {int(update_id): done for update_id, done in found}
        done = [known for known, done in is_done.items() if done]
        lowest = max(done) if done else min(is_done, default=position)
        is_complete = all(each in is_done for each in range(lowest, position))
        if done and is_complete:
            self._patience.forget(channel, position)
            return 0.0
        return self._patience.seconds_to_wait(channel, position, await present_of(session), is_first=is_complete)


SENDER_DAY = "sender"
"""Senders are no persons: their rate is kept under one key for good, not under a new one every day."""


async def acquire_sender_token(store: Database, source: str, interval: float, burst: int) -> float:
    """Reserve one send of a sender for all processes; returns 0.0, or the seconds to wait.

    Source: generic cell rate algorithm, ITU-T I.371.
    """
    async with store.brief_session() as session:
        return await reserve_slot(store, session, source, interval, burst)


async def reserve_slot(store: Database, session: AsyncSession, source: str, interval: float, burst: int) -> float:
    """Reserve one send of a source; returns 0.0, or the seconds to wait."""
    now = await present_of(session)
    key = store.rate_key(source, SENDER_DAY)
    latest = now + interval * (burst - 1)
    farthest = now + MAX_WAIT_SECONDS + interval * burst + STEP_SECONDS
    wanted = {"of_key": key, "at": now, "interval": interval, "latest": latest, "farthest": farthest}
    reserved = await session.execute(statements.acquire_token(dialect_of(session)), wanted)
    if reserved.first() is not None:
        return 0.0
    blocked = await session.scalar(statements.RATE, {"of_key": key}) or now
    return max(blocked - now - interval * (burst - 1), interval / 2)


async def remove_when_done(session: AsyncSession, claim: Claim) -> bool:
    """Remove a piece of work to which nothing was added since its claim and of which nothing is left."""
    done = await session.execute(
        statements.remove_work(claim.kind), {**columns_of(claim), "of_generation": claim.generation}
    )
    return done.first() is not None


async def add_work(session: AsyncSession, kind: WorkKind, key: bytes, channel: Channel, now: float) -> bool:
    """Let a conversation be worked on; says whether nobody did."""
    row = {
        "kind": kind,
        "key": key,
        "due_at": now,
        "generation": 1,
        "leased_until": 0.0,
        "channel": channel.value,
        "set_at": now,
    }
    generation = await session.scalar(statements.add_work(dialect_of(session)), row)
    return bool(generation == 1)


async def take_work(session: AsyncSession, kind: WorkKind, key: bytes, now: float) -> Claim:
    """Claim work that was added in this transaction."""
    owner = secrets.token_hex(OWNER_BYTES)
    taken = {"of_kind": kind, "of_key": key, "to_owner": owner, "to_moment": now + LEASE_SECONDS}
    generation = await session.scalar(statements.TAKE, taken)
    assert generation is not None
    return Claim(kind=kind, key=key, owner=owner, generation=generation)


def dialect_of(session: AsyncSession) -> str:
    """Return the name of the database's dialect."""
    return session.get_bind().dialect.name


async def forget_accepted(session: AsyncSession, rows: int = CHUNK_ROWS) -> int:
    """Delete replies of which nothing is waited for any more, so many at most; returns how many."""
    is_over = is_awaited_no_more(await present_of(session))
    some = list(await session.scalars(select(OutboxRow.id).where(is_over).limit(rows)))
    if some:
        gone = delete(OutboxRow).where(OutboxRow.id.in_(some), is_over)
        await session.execute(gone.execution_options(synchronize_session=False))
    return len(some)


def is_awaited_no_more(now: float) -> ColumnElement[bool]:
    """Return the condition on a reply of which nothing is waited for any more."""
    # What a clock accepted that has gone back since would be kept for too long.
    return or_(OutboxRow.accepted_at < now - AWAITED_SECONDS, OutboxRow.accepted_at > now + CLOCK_STEP_SECONDS)


def sending_of(message: Message) -> dict[str, int]:
    """Return the parameters that name one sending of a message."""
    return {"of_id": message.id, "of_attempts": message.attempts}


def columns_of(claim: Claim) -> dict[str, Any]:
    """Return the parameters that name a claim."""
    return {"of_kind": claim.kind, "of_key": claim.key, "of_owner": claim.owner}


def _inbox_binding(channel: Channel, update_id: str) -> bytes:
    return f"inbox {channel.value} {update_id}".encode()


def outbox_binding(key: bytes) -> bytes:
    """Return what an owed message is bound to."""
    return b"outbox " + key
