"""One transaction over all rooms, and the store that begins it."""

from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, date, datetime

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.application.messaging.ports import (
    Claim,
    Message,
    StoredUpdate,
    WorkKind,
)
from bot.core.dialogue.conversation import Conversation
from bot.core.guidance.book import GuidanceBook
from bot.core.messaging.dead_letters import DeadLetter
from bot.core.vocabulary import Channel, Pending
from bot.storage.accounts.audit_trail import DatabaseAudit
from bot.storage.accounts.users import DatabaseAccounts
from bot.storage.campaigns.campaigns import DatabaseCampaigns
from bot.storage.campaigns.consents import Consents, opt_in_binding
from bot.storage.campaigns.tables import DeliveryRow, OptInRow
from bot.storage.curation.drafts import DatabaseDesk, DatabaseDrafts
from bot.storage.curation.questions import DatabaseQuestions
from bot.storage.dialogue.conversations import CONVERSATION_LIFE, Conversations, open_conversation, seal_conversation
from bot.storage.dialogue.statements import save_conversation
from bot.storage.dialogue.tables import ConversationRow
from bot.storage.engine.database import Database, insert_into, present_of
from bot.storage.figures.query_log import QueryLog, flush_query_log
from bot.storage.guidance.repository import PublishedGuidance, published
from bot.storage.messaging import statements
from bot.storage.messaging.dead_letters import keep_letter
from bot.storage.messaging.queues import (
    SENDER_DAY,
    UpdateQueues,
    add_work,
    dialect_of,
    outbox_binding,
    remove_when_done,
    reserve_slot,
    sending_of,
    take_work,
)
from bot.storage.messaging.rate_limits import RateLimits, pause_source
from bot.storage.messaging.statements import MAX_WAIT_SECONDS, STEP_SECONDS
from bot.storage.messaging.tables import InboxRow, OutboxRow, RateRow, ServiceWindowRow
from bot.storage.retention import Erasure, purge


class DatabaseUnit(Conversations, Consents, PublishedGuidance, QueryLog, RateLimits, Erasure):
    """The real `Unit`."""


class DatabaseStore(Database):
    """The real `Store`."""

    @asynccontextmanager
    async def unit(self) -> AsyncIterator["DatabaseUnit"]:
        """Begin a transaction, commit at the end of the block, roll back on an error."""
        async with self.session() as session:
            yield DatabaseUnit(self, session)

    async def book(self, session: AsyncSession) -> GuidanceBook:
        """Return the published guidance, read again only when it changed."""
        return (await published(self, session))[0]

    async def purge(self, now: datetime) -> int:
        """Delete what has expired; returns how many conversations went."""
        return await purge(self, now)

    async def flush_query_log(self, now: datetime) -> int:
        """Write the log of the hours that have ended; returns how many rows."""
        return await flush_query_log(self, now)


class DatabaseClaimedUnit(DatabaseUnit):
    """The real `ClaimedUnit`."""

    def __init__(self, store: Database, session: AsyncSession, claim: Claim) -> None:
        """Hold the claim."""
        super().__init__(store, session)
        self._claim = claim
        self._owed: tuple[bytes, Message] | None = None
        """The first message to a conversation to which nobody sends, and its key."""
        self.taken: tuple[Claim, Message] | None = None
        """What `claim_reply` gave."""

    async def complete_update(self, stored: StoredUpdate) -> None:
        """Leave only the id."""
        await self.session.execute(
            statements.COMPLETE_UPDATE, {"of_channel": stored.channel, "of_id": stored.update_id}
        )

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

    async def claim_reply(self) -> tuple[Claim, Message] | None:
        """Claim the conversation of the first message."""
        if self._owed is not None:
            key, message = self._owed
            self.taken = await take_work(self.session, WorkKind.OUTBOX, key, await present_of(self.session)), message
        return self.taken

    async def delete_message(self, message: Message) -> None:
        """Delete a message."""
        await self.session.execute(statements.DELETE_MESSAGE, {"of_id": message.id})

    async def begin_sending(self, message: Message) -> Message:
        """Count a sending before it begins."""
        await self.session.execute(statements.BEGIN_SENDING, {"of_id": message.id})
        begun = replace(message, attempts=message.attempts + 1, begun=message.begun + 1)
        if self.taken is not None and self.taken[1].id == message.id:
            self.taken = self.taken[0], begun
        return begun

    async def keep_message(self, message: Message, begun: int) -> None:
        """Leave a message owed, unless the platform told of this sending meanwhile."""
        await self.session.execute(statements.KEEP_MESSAGE, {**sending_of(message), "to_begun": begun})

    async def accept_message(self, message: Message) -> None:
        """Keep a message for some minutes, unless the platform told of this sending meanwhile."""
        taken = {**sending_of(message), "to_moment": await present_of(self.session)}
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
        await self.session.execute(statements.open_window(dialect_of(self.session)), values)

    async def rename_person(self, channel: Channel, former: str, person: str) -> tuple[Pending, ...]:
        """Move an opt-in and its deliveries; what was talked about under the former id is forgotten."""
        key, formers = self._store.key_of(channel, person), self._store.keys_of(channel, former)
        forgotten = await self.session.execute(
            delete(ConversationRow)
            .where(ConversationRow.key.in_(formers))
            .returning(ConversationRow.key, ConversationRow.state)
        )
        pending = [told for row in forgotten for told in open_conversation(self._store, row.state, row.key).pending]
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

    async def acquire_sender_token(self, source: str, interval: float, burst: int) -> float:
        """Reserve one send within this transaction."""
        return await reserve_slot(self._store, self.session, source, interval, burst)

    async def return_slot(self, source: str, interval: float) -> None:
        """Move back the time at which a source is next due."""
        key = self._store.rate_key(source, SENDER_DAY)
        await self.session.execute(statements.RETURN_SLOT, {"of_key": key, "interval": interval})

    async def set_rest(self, source: str, seconds: float) -> None:
        """Set the time at which a source is next due."""
        now = await present_of(self.session)
        values = {"due_at": now + min(seconds, MAX_WAIT_SECONDS), "set_at": now}
        statement = insert_into(self.session, RateRow).values(key=self._store.rate_key(source, SENDER_DAY), **values)
        await self.session.execute(statement.on_conflict_do_update(index_elements=["key"], set_=values))

    async def rest_of(self, source: str) -> float:
        """Read the time at which a source is next due."""
        due = await self.session.scalar(statements.RATE, {"of_key": self._store.rate_key(source, SENDER_DAY)})
        wait = due - await present_of(self.session) if due is not None else 0.0
        # One farther ahead than any rule brings about was set by a clock that has gone back since.
        return wait if 0.0 < wait <= MAX_WAIT_SECONDS + STEP_SECONDS else 0.0

    async def complete_claim(self) -> bool:
        """Remove the work when nothing was added since the claim and nothing is left."""
        return await remove_when_done(self.session, self._claim)

    async def pause_sender(self, source: str, seconds: float, interval: float, burst: int) -> None:
        """Move the time at which the source is next due."""
        key = self._store.rate_key(source, SENDER_DAY)
        await pause_source(self.session, key, await present_of(self.session), seconds, interval, burst)


async def note_pending(store: Database, session: AsyncSession, key: bytes, pending: Pending) -> None:
    """Add to what a conversation is to be told; the caller holds its lock."""
    row = await session.get(ConversationRow, key)
    now = datetime.fromtimestamp(await present_of(session), UTC)
    is_kept = row is not None and row.expires_at > now
    conversation = open_conversation(store, row.state, key) if row is not None and is_kept else Conversation()
    if pending in conversation.pending:
        return
    told = replace(conversation, pending=(*conversation.pending, pending))
    # What is remembered of their talk lives no longer for it.
    expires_at = row.expires_at if row is not None and is_kept else now + CONVERSATION_LIFE
    saved = {"key": key, "state": seal_conversation(store, told, key), "expires_at": expires_at}
    await session.execute(save_conversation(dialect_of(session)), saved)


class DatabaseQueues(UpdateQueues[DatabaseClaimedUnit]):
    """The real `Queues`."""

    def __init__(self, store: Database) -> None:
        """Share the store's engine and keys."""
        super().__init__(store, DatabaseClaimedUnit)


class DatabaseAdminUnit:
    """The real `AdminUnit`."""

    def __init__(self, store: DatabaseStore, session: AsyncSession, holidays: Collection[date] = ()) -> None:
        """Hold the transaction."""
        self.campaigns = DatabaseCampaigns(store, session, holidays)
        self.accounts = DatabaseAccounts(store, session)
        self.audit = DatabaseAudit(store, session)
        self.bot = DatabaseUnit(store, session)
        self.drafts = DatabaseDrafts(session)
        self.desk = DatabaseDesk(self.bot, session)
        self.questions = DatabaseQuestions(session)


class DatabaseAdminStore:
    """The real `AdminStore`."""

    def __init__(self, store: DatabaseStore, holidays: Collection[date] = ()) -> None:
        """Hold the store; national holidays move what is scheduled."""
        self._store = store
        self._holidays = holidays

    @asynccontextmanager
    async def unit(self) -> AsyncIterator[DatabaseAdminUnit]:
        """Begin a transaction."""
        async with self._store.session() as session:
            yield DatabaseAdminUnit(self._store, session, self._holidays)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[DatabaseAdminUnit]:
        """Begin a transaction that only reads."""
        async with self._store.reading() as session:
            yield DatabaseAdminUnit(self._store, session, self._holidays)
