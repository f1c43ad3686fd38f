"""The store: one transaction a unit, over SQLite or PostgreSQL."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from bot.core.calendar import StagePeriod
from bot.core.conversation import Channel, Conversation, Slot
from bot.core.guidance import Guidance, GuidanceBook, Instrument, Topic
from bot.core.query_log import LogRow
from bot.storage.encryption import Keys
from bot.storage.guidance_rows import (
    bump_revision,
    digest,
    from_guidance,
    from_instrument,
    from_topic,
    read_book,
    read_revision,
)
from bot.storage.tables import (
    ConversationRow,
    FeedbackRow,
    GuidanceRow,
    InstrumentRow,
    QueryLogRow,
    RateRow,
    StagePeriodRow,
    TopicGroupRow,
    TopicRow,
)

CONVERSATION_LIFE = timedelta(hours=24)
"""How long a conversation is remembered after its last turn (`design.md`, promise 3)."""


class DatabaseStore:
    """The real `Store`."""

    def __init__(self, engine: AsyncEngine, keys: Keys, new_id: Callable[[], str], contact: str | None = None) -> None:
        """Hold the engine; `new_id` makes random row ids."""
        self._engine = engine
        self._sessions = async_sessionmaker(engine, expire_on_commit=False)
        self._keys = keys
        self._new_id = new_id
        self._contact = contact
        self._book: tuple[int, GuidanceBook] | None = None

    @asynccontextmanager
    async def unit(self) -> AsyncIterator["DatabaseUnit"]:
        """Begin a transaction, commit at the end of the block, roll back on an error."""
        async with self._sessions() as session, session.begin():
            yield DatabaseUnit(self, session)

    @asynccontextmanager
    async def session(self) -> AsyncIterator[AsyncSession]:
        """Begin a transaction for the queues."""
        async with self._sessions() as session, session.begin():
            yield session

    def seal_bytes(self, plain: bytes, bound_to: bytes) -> bytes:
        """Encrypt a payload, bound to its row."""
        return self._keys.seal(plain, bound_to)

    def open_bytes(self, sealed: bytes, bound_to: bytes) -> bytes | None:
        """Decrypt a payload; None when the key or the row is another one."""
        return self._keys.open(sealed, bound_to)

    async def book(self, session: AsyncSession) -> GuidanceBook:
        """Give the published guidance, read again only when it changed."""
        revision = await read_revision(session)
        if self._book is None or self._book[0] != revision:
            self._book = (revision, await read_book(session, self._contact))
        return self._book[1]

    def key_of(self, channel: Channel, person: str) -> bytes:
        """Give the keyed hash that a conversation is kept under."""
        return self._keys.identifier("conversation", channel.value, person)

    def rate_key(self, source: str, day: str) -> bytes:
        """Give the keyed hash of a source of messages; another one every day."""
        return self._keys.identifier("rate", day, source)

    def seal(self, conversation: Conversation, key: bytes) -> bytes:
        """Encrypt what is remembered, bound to its row."""
        state = {
            "topic": conversation.topic,
            "version": conversation.version,
            "options": conversation.options,
            "alternatives": conversation.alternatives,
            "slots": {slot.value: value for slot, value in conversation.slots.items()},
        }
        return self._keys.seal(json.dumps(state).encode(), key)

    def open(self, sealed: bytes, key: bytes) -> Conversation:
        """Decrypt what is remembered; a fresh conversation when the key was changed."""
        plain = self._keys.open(sealed, key)
        if plain is None:
            return Conversation()
        state = json.loads(plain)
        return Conversation(
            topic=state["topic"],
            version=state.get("version"),
            options=tuple(state["options"]),
            alternatives=tuple(state["alternatives"]),
            slots={Slot(slot): value for slot, value in state["slots"].items()},
        )

    def new_id(self) -> str:
        """Make a random row id."""
        return self._new_id()

    async def purge(self, now: datetime) -> int:
        """Delete what has expired; gives how many conversations went."""
        async with self._sessions() as session, session.begin():
            gone = await session.execute(
                delete(ConversationRow).where(ConversationRow.expires_at <= now).returning(ConversationRow.key)
            )
            await session.execute(delete(RateRow).where(RateRow.due_at < now.timestamp()))
            return len(gone.all())


class DatabaseUnit:
    """The real `Unit`."""

    def __init__(self, store: DatabaseStore, session: AsyncSession) -> None:
        """Hold the transaction."""
        self._store = store
        self.session = session
        self._bumped = False

    async def load_conversation(self, channel: Channel, person: str, now: datetime) -> Conversation:
        """Give what is remembered and not expired, and lock it."""
        key = self._store.key_of(channel, person)
        await lock(self.session, key)
        row = await self.session.scalar(
            select(ConversationRow).where(ConversationRow.key == key, ConversationRow.expires_at > now)
        )
        return self._store.open(row.state, key) if row else Conversation()

    async def save_conversation(self, channel: Channel, person: str, conversation: Conversation, now: datetime) -> None:
        """Remember a conversation for 24 hours."""
        key = self._store.key_of(channel, person)
        values = {"state": self._store.seal(conversation, key), "expires_at": now + CONVERSATION_LIFE}
        insert = self._insert(ConversationRow).values(key=key, **values)
        await self.session.execute(insert.on_conflict_do_update(index_elements=["key"], set_=values))

    async def erase_conversation(self, channel: Channel, person: str) -> None:
        """Forget a conversation."""
        key = self._store.key_of(channel, person)
        await self.session.execute(delete(ConversationRow).where(ConversationRow.key == key))

    async def add_log_row(self, row: LogRow) -> None:
        """Count one handled question under a random id."""
        self.session.add(
            QueryLogRow(
                id=self._store.new_id(),
                hour=row.hour,
                channel=row.channel,
                topic_id=row.topic,
                decision=row.decision,
                band=row.band,
                model=row.model,
                guidance_version=row.guidance_version,
            )
        )
        if row.feedback is not None:
            self.session.add(
                FeedbackRow(
                    id=self._store.new_id(),
                    hour=row.hour,
                    topic_id=row.feedback.topic,
                    guidance_version=row.feedback.version,
                    helpful=row.feedback.helpful,
                )
            )

    async def guidance(self) -> GuidanceBook:
        """Give what is published."""
        return await self._store.book(self.session)

    async def stage_periods(self) -> tuple[StagePeriod, ...]:
        """Give the calendar, earliest first."""
        rows = await self.session.scalars(select(StagePeriodRow).order_by(StagePeriodRow.starts_on))
        return tuple(
            StagePeriod(election=row.election, stage=row.stage, starts_on=row.starts_on, ends_on=row.ends_on)
            for row in rows
        )

    async def add_group(self, group: str, title: str, position: int) -> None:
        """Add one heading of the menu."""
        await self._add_guidance_row(TopicGroupRow(id=group, title=title, position=position))

    async def add_instrument(self, instrument: Instrument) -> None:
        """Add one instrument."""
        await self._add_guidance_row(from_instrument(instrument))

    async def add_topic(self, topic: Topic, position: int) -> None:
        """Add one topic."""
        await self._add_guidance_row(from_topic(topic, position))

    async def publish(self, entry: Guidance, now: datetime) -> None:
        """Add one version of an answer."""
        await self._add_guidance_row(from_guidance(entry, now))

    def is_same(self, one: Guidance | Topic | Instrument, other: Guidance | Topic | Instrument) -> bool:
        """Say whether two have the same content."""
        return digest(one) == digest(other)

    async def replace_stage_periods(self, election: str, periods: tuple[StagePeriod, ...]) -> None:
        """Set the stages of one election; none removes it."""
        await self.session.execute(delete(StagePeriodRow).where(StagePeriodRow.election == election))
        self.session.add_all(
            StagePeriodRow(election=election, stage=p.stage, starts_on=p.starts_on, ends_on=p.ends_on) for p in periods
        )

    async def _add_guidance_row(self, row: TopicGroupRow | InstrumentRow | TopicRow | GuidanceRow) -> None:
        self.session.add(row)
        await self.session.flush()
        if not self._bumped:
            await bump_revision(self.session)
            self._bumped = True

    async def take_slot(self, source: str, now: datetime, interval: float, burst: int) -> float:
        """Count one message of a source against its rate.

        Args:
            interval: seconds between messages at the steady rate.
            burst: messages that may come at once.

        Returns:
            0.0 when it may pass, else the seconds to wait; a message refused is not counted.

        Source: generic cell rate algorithm, ITU-T I.371.
        """
        key = self._store.rate_key(source, now.date().isoformat())
        await lock(self.session, key)
        row = await self.session.get(RateRow, key)
        present = now.timestamp()
        due = max(row.due_at if row else 0.0, present)
        wait = due + interval - interval * burst - present
        if wait > 0:
            return wait
        values = {"due_at": due + interval}
        insert = self._insert(RateRow).values(key=key, **values)
        await self.session.execute(insert.on_conflict_do_update(index_elements=["key"], set_=values))
        return 0.0

    def _insert(self, table: type[ConversationRow] | type[RateRow]) -> postgresql.Insert | sqlite.Insert:
        dialect = self.session.get_bind().dialect.name
        return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


async def lock(session: AsyncSession, key: bytes) -> None:
    """Let nobody else work under this key until the transaction ends; a row that does not exist cannot be locked.

    SQLite needs nothing: its transactions are begun as the only writer.
    """
    if session.get_bind().dialect.name == "postgresql":
        number = int.from_bytes(key[:8], "big", signed=True)
        await session.execute(select(func.pg_advisory_xact_lock(number)))
