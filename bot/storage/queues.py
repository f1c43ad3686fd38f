"""Inbox and outbox over SQLite and PostgreSQL: one lease statement for both."""

import secrets
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, delete, func, or_, select, update
from sqlalchemy.exc import InterfaceError, OperationalError, ProgrammingError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.application.dead_letters import DeadLetter
from bot.application.queues import (
    Claim,
    InboundUpdate,
    LostClaimError,
    Message,
    SetAside,
    StoredUpdate,
    Taken,
    Wait,
    WorkKind,
)
from bot.core.conversation import Channel, Conversation, Pending
from bot.core.errors import DatabaseDownError
from bot.storage import message_statements as statements
from bot.storage.campaign_tables import DeliveryRow
from bot.storage.chunks import CHUNK_ROWS, in_chunks
from bot.storage.dead_letters import keep_letter
from bot.storage.message_statements import LEASE_SECONDS, LONGEST_WAIT_SECONDS, STEP_SECONDS
from bot.storage.patience import Patience
from bot.storage.store import (
    CONVERSATION_LIFE,
    DatabaseStore,
    DatabaseUnit,
    insert_into,
    lock,
    opt_in_binding,
    present_of,
)
from bot.storage.tables import ConversationRow, InboxRow, OptInRow, OutboxRow, RateRow, ServiceWindowRow

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


class DatabaseQueues:
    """The real `Queues`."""

    def __init__(self, store: DatabaseStore) -> None:
        """Share the store's engine and keys."""
        self._store = store
        self._patience = Patience()
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
        asked = [each for each in updates if isinstance(each, InboundUpdate)]
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
            claimed = {await _take(session, WorkKind.INBOX, key, now): free[key] for key in list(free)[:most]}
        self._patience.note_arrivals(fresh)
        # Those of other channels are looked at again: one before them may still be on its way.
        self._first |= {claim: first for claim, first in claimed.items() if first.channel not in COUNTED}
        return fresh, list(claimed)

    async def _is_new(self, session: AsyncSession, each: InboundUpdate, key: bytes, now: float) -> bool:
        inserted = await session.execute(
            statements.add_update(_dialect(session)),
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
            if (await session.execute(statements.add_update(_dialect(session)), row)).first() is None:
                return
        if each.letter is not None:
            keep_letter(self._store, session, each.letter, datetime.fromtimestamp(now, UTC).date())

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
    async def unit_under(
        self, claim: Claim, *, locks_conversation: bool = False
    ) -> AsyncIterator["DatabaseClaimedUnit"]:
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
                held = await session.execute(statements.RENEW, {**_of(claim), "to_moment": until})
                if held.first() is None:
                    raise LostClaimError("the claim on a conversation was lost")
                unit = DatabaseClaimedUnit(self._store, session, claim)
                yield unit
        except (OperationalError, InterfaceError, ProgrammingError) as error:
            # Beside the outages that the store names: a table that is missing while a person moves it, for instance.
            raise DatabaseDownError(f"the database gave {type(error).__name__}") from error
        if unit.taken is not None:
            self._first[unit.taken[0]] = unit.taken[1]

    async def release(self, claim: Claim, wait: float) -> None:
        """Remove the work when nothing was added since the claim and nothing is left, else give it back."""
        self._first.pop(claim, None)
        async with self._store.brief_session() as session:
            if not await _removed(session, claim):
                now = await present_of(session)
                due = now + min(wait, LONGEST_WAIT_SECONDS)
                await session.execute(statements.GIVE_BACK, {**_of(claim), "to_moment": due, "to_present": now})

    async def forget_accepted(self) -> int:
        """Delete what platforms took long enough ago: of most failures they tell within minutes."""
        return await in_chunks(self._forget_some_accepted)

    async def _forget_some_accepted(self, rows: int) -> int:
        async with self._store.session() as session:
            return await forget_accepted(session, rows)

    async def forget_old_updates(self) -> int:
        """Delete the ids of updates that no platform repeats any more; gives how many."""
        forgotten = 0
        for channel in Channel:
            oldest = await self._oldest_forgotten(channel)
            if oldest is not None:
                forgotten += await in_chunks(partial(self._forget_some, channel, oldest))
        return forgotten

    async def _oldest_forgotten(self, channel: Channel) -> str | None:
        """Give the newest id of a channel that need not be remembered any more; nobody waits for it."""
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
        """Give how many seconds an update still waits for one before it.

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
        return self._patience.look(channel, position, await present_of(session), is_first=is_complete)


class DatabaseClaimedUnit(DatabaseUnit):
    """The real `ClaimedUnit`."""

    def __init__(self, store: DatabaseStore, session: AsyncSession, claim: Claim) -> None:
        """Hold the claim."""
        super().__init__(store, session)
        self._claim = claim
        self._owed: tuple[bytes, Message] | None = None
        """The first message to a conversation to which nobody sends, and its key."""
        self.taken: tuple[Claim, Message] | None = None
        """What `take_owed` gave."""

    async def finish_update(self, stored: StoredUpdate) -> None:
        """Leave only the id."""
        await self.session.execute(statements.FINISH_UPDATE, {"of_channel": stored.channel, "of_id": stored.update_id})

    async def count_failure(self, stored: StoredUpdate) -> None:
        """Count one failure."""
        await self.session.execute(statements.COUNT_FAILURE, {"of_channel": stored.channel, "of_id": stored.update_id})

    async def add_dead_letter(self, letter: DeadLetter, day: date) -> None:
        """Keep the form of what was set aside."""
        keep_letter(self._store, self.session, letter, day)

    async def add_message(self, channel: Channel, person: str, payload: bytes) -> None:
        """Owe a message."""
        key = self._store.key_of(channel, person)
        sealed = self._store.seal_bytes(payload, outbox_binding(key))
        now = await present_of(self.session)
        row = {"channel": channel, "work_key": key, "attempts": 0, "payload": sealed, "owed_at": now}
        number = await self.session.scalar(statements.ADD_MESSAGE, row)
        assert number is not None
        if await add_work(self.session, WorkKind.OUTBOX, key, channel, now):
            self._owed = key, Message(id=number, channel=channel, attempts=0, payload=payload, owed_at=now)

    async def take_owed(self) -> tuple[Claim, Message] | None:
        """Claim the conversation of the first message."""
        if self._owed is not None:
            key, message = self._owed
            self.taken = await _take(self.session, WorkKind.OUTBOX, key, await present_of(self.session)), message
        return self.taken

    async def finish_message(self, message: Message) -> None:
        """Delete a message."""
        await self.session.execute(statements.FINISH_MESSAGE, {"of_id": message.id})

    async def begin_sending(self, message: Message) -> Message:
        """Count a sending before it begins."""
        await self.session.execute(statements.BEGIN_SENDING, {"of_id": message.id})
        begun = replace(message, attempts=message.attempts + 1, begun=message.begun + 1)
        if self.taken is not None and self.taken[1].id == message.id:
            self.taken = self.taken[0], begun
        return begun

    async def keep_message(self, message: Message, begun: int) -> None:
        """Leave a message owed, unless the platform told of this sending meanwhile."""
        await self.session.execute(statements.KEEP_MESSAGE, {**_sending_of(message), "to_begun": begun})

    async def accept_message(self, message: Message) -> None:
        """Keep a message for some minutes, unless the platform told of this sending meanwhile."""
        taken = {**_sending_of(message), "to_moment": await present_of(self.session)}
        await self.session.execute(statements.ACCEPT_MESSAGE, taken)

    async def note_pending(self, pending: Pending) -> None:
        """Add to what the claimed conversation is to be told."""
        await note_pending(self._store, self.session, self._claim.key, pending)

    async def moment(self) -> float:
        """Read the clock that all processes share."""
        return await present_of(self.session)

    async def count_attempt(self, message: Message) -> None:
        """Remember a vain look."""
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
        if end <= await present_of(self.session):
            return
        values = {"key": self._store.key_of(channel, person), "open_until": end}
        await self.session.execute(statements.open_window(_dialect(self.session)), values)

    async def rename_person(self, channel: Channel, former: str, person: str) -> tuple[Pending, ...]:
        """Move an opt-in and its deliveries; what was talked about under the former id is forgotten."""
        key, formers = self._store.key_of(channel, person), self._store.keys_of(channel, former)
        forgotten = await self.session.execute(
            delete(ConversationRow)
            .where(ConversationRow.key.in_(formers))
            .returning(ConversationRow.key, ConversationRow.state)
        )
        pending = [told for row in forgotten for told in self._store.open(row.state, row.key).pending]
        await self.session.execute(delete(ServiceWindowRow).where(ServiceWindowRow.key.in_(formers)))
        rows = await self.session.scalars(select(OptInRow).where(OptInRow.key.in_(formers)).with_for_update())
        for row in list(rows):
            await self.session.execute(update(DeliveryRow).where(DeliveryRow.key == row.key).values(key=key))
            if await self.session.get(OptInRow, key) is not None:
                await self.session.delete(row)
            else:
                row.key, row.address = key, self._store.seal_bytes(person.encode(), opt_in_binding(key))
            await self.session.flush()
        return tuple(dict.fromkeys(pending))

    async def end_identity(self, channel: Channel, former: str, now: datetime) -> bool:
        """Delete consent, conversation, window and owed messages; waiting reminders go nowhere without a consent."""
        keys = self._store.keys_of(channel, former)
        had_consent = await self.subscription(channel, former) is not None
        await self.withdraw_opt_ins(channel, former, now)
        for column in (ConversationRow.key, ServiceWindowRow.key, OutboxRow.work_key):
            await self.session.execute(delete(column.class_).where(column.in_(keys)))
        return had_consent

    async def move_conversation(
        self, channel: Channel, former: str, person: str, readdressed: Callable[[bytes], bytes] | None = None
    ) -> None:
        """Put everything that waits under the present key, in its order, and let it be worked on there."""
        formers, key = self._store.keys_of(channel, former), self._store.key_of(channel, person)
        if key in formers:
            return
        now = await present_of(self.session)
        await self.rename_person(channel, former, person)
        waiting = update(InboxRow).where(InboxRow.work_key.in_(formers)).values(work_key=key)
        if (await self.session.execute(waiting.returning(InboxRow.update_id))).first() is not None:
            await add_work(self.session, WorkKind.INBOX, key, channel, now)
        owed = await self.session.execute(
            select(OutboxRow.id, OutboxRow.work_key, OutboxRow.payload)
            .where(OutboxRow.work_key.in_(formers))
            .with_for_update()
        )
        rows = owed.all()
        for row in rows:
            plain = self._store.open_bytes(row.payload, outbox_binding(row.work_key))
            if plain is None:
                continue
            plain = readdressed(plain) if readdressed is not None else plain
            sealed = self._store.seal_bytes(plain, outbox_binding(key))
            moved = update(OutboxRow).where(OutboxRow.id == row.id).values(work_key=key, payload=sealed)
            await self.session.execute(moved)
        if rows:
            await add_work(self.session, WorkKind.OUTBOX, key, channel, now)

    async def take_sender_slot(self, source: str, interval: float, burst: int) -> float:
        """Reserve one send within this transaction."""
        return await _take_slot(self._store, self.session, source, interval, burst)

    async def return_slot(self, source: str, interval: float) -> None:
        """Move back the time at which a source is next due."""
        key = self._store.rate_key(source, SENDER_DAY)
        await self.session.execute(statements.RETURN_SLOT, {"of_key": key, "interval": interval})

    async def set_rest(self, source: str, seconds: float) -> None:
        """Set the time at which a source is next due."""
        now = await present_of(self.session)
        values = {"due_at": now + min(seconds, LONGEST_WAIT_SECONDS), "set_at": now}
        statement = insert_into(self.session, RateRow).values(key=self._store.rate_key(source, SENDER_DAY), **values)
        await self.session.execute(statement.on_conflict_do_update(index_elements=["key"], set_=values))

    async def rest_of(self, source: str) -> float:
        """Read the time at which a source is next due."""
        due = await self.session.scalar(statements.RATE, {"of_key": self._store.rate_key(source, SENDER_DAY)})
        wait = due - await present_of(self.session) if due is not None else 0.0
        # One farther ahead than any rule brings about was set by a clock that has gone back since.
        return wait if 0.0 < wait <= LONGEST_WAIT_SECONDS + STEP_SECONDS else 0.0

    async def leave(self) -> bool:
        """Remove the work when nothing was added since the claim and nothing is left."""
        return await _removed(self.session, self._claim)

    async def hold_source(self, source: str, seconds: float, interval: float, burst: int) -> None:
        """Move the time at which the source is next due."""
        now = await present_of(self.session)
        due = now + min(seconds, LONGEST_WAIT_SECONDS) + interval * burst
        values = {"due_at": due, "set_at": now}
        statement = insert_into(self.session, RateRow).values(key=self._store.rate_key(source, SENDER_DAY), **values)
        # A hold that a clock set which has gone back since is none.
        is_earlier = or_(RateRow.due_at < due, RateRow.set_at > now + STEP_SECONDS)
        await self.session.execute(
            statement.on_conflict_do_update(index_elements=["key"], set_=values, where=is_earlier)
        )


SENDER_DAY = "sender"
"""Senders are no persons: their rate is kept under one key for good, not under a new one every day."""


async def take_sender_slot(store: DatabaseStore, source: str, interval: float, burst: int) -> float:
    """Reserve one send of a sender for all processes; gives 0.0, or the seconds to wait.

    Source: generic cell rate algorithm, ITU-T I.371.
    """
    async with store.brief_session() as session:
        return await _take_slot(store, session, source, interval, burst)


async def _take_slot(store: DatabaseStore, session: AsyncSession, source: str, interval: float, burst: int) -> float:
    now = await present_of(session)
    key = store.rate_key(source, SENDER_DAY)
    latest = now + interval * (burst - 1)
    farthest = now + LONGEST_WAIT_SECONDS + interval * burst + STEP_SECONDS
    wanted = {"of_key": key, "at": now, "interval": interval, "latest": latest, "farthest": farthest}
    reserved = await session.execute(statements.take_slot(_dialect(session)), wanted)
    if reserved.first() is not None:
        return 0.0
    blocked = await session.scalar(statements.RATE, {"of_key": key}) or now
    return max(blocked - now - interval * (burst - 1), interval / 2)


async def _removed(session: AsyncSession, claim: Claim) -> bool:
    """Remove a piece of work to which nothing was added since its claim and of which nothing is left."""
    done = await session.execute(statements.remove_work(claim.kind), {**_of(claim), "of_generation": claim.generation})
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
    generation = await session.scalar(statements.add_work(_dialect(session)), row)
    return bool(generation == 1)


async def _take(session: AsyncSession, kind: WorkKind, key: bytes, now: float) -> Claim:
    """Claim work that was added in this transaction."""
    owner = secrets.token_hex(OWNER_BYTES)
    taken = {"of_kind": kind, "of_key": key, "to_owner": owner, "to_moment": now + LEASE_SECONDS}
    generation = await session.scalar(statements.TAKE, taken)
    assert generation is not None
    return Claim(kind=kind, key=key, owner=owner, generation=generation)


def _dialect(session: AsyncSession) -> str:
    return session.get_bind().dialect.name


async def note_pending(store: DatabaseStore, session: AsyncSession, key: bytes, pending: Pending) -> None:
    """Add to what a conversation is to be told; the caller holds its lock."""
    row = await session.get(ConversationRow, key)
    now = datetime.fromtimestamp(await present_of(session), UTC)
    is_kept = row is not None and row.expires_at > now
    conversation = store.open(row.state, key) if row is not None and is_kept else Conversation()
    if pending in conversation.pending:
        return
    told = replace(conversation, pending=(*conversation.pending, pending))
    # What is remembered of their talk lives no longer for it.
    expires_at = row.expires_at if row is not None and is_kept else now + CONVERSATION_LIFE
    saved = {"key": key, "state": store.seal(told, key), "expires_at": expires_at}
    await session.execute(statements.save_conversation(_dialect(session)), saved)


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


def _sending_of(message: Message) -> dict[str, int]:
    return {"of_id": message.id, "of_attempts": message.attempts}


def _of(claim: Claim) -> dict[str, Any]:
    return {"of_kind": claim.kind, "of_key": claim.key, "of_owner": claim.owner}


def _inbox_binding(channel: Channel, update_id: str) -> bytes:
    return f"inbox {channel.value} {update_id}".encode()


def outbox_binding(key: bytes) -> bytes:
    """Return what an owed message is bound to."""
    return b"outbox " + key
