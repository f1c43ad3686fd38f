"""The store: one transaction a unit, over SQLite or PostgreSQL."""

import asyncio
import hmac
import json
import logging
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker
from sqlalchemy.orm import InstrumentedAttribute

from bot.core.calendar import StagePeriod
from bot.core.campaign import FINAL, Agency, Campaign, Subscription, Zone
from bot.core.conversation import Channel, Conversation, Pending, Slot, Stage
from bot.core.decision import Feedback
from bot.core.errors import DatabaseBusyError
from bot.core.guidance import Guidance, GuidanceBook, Instrument, Topic
from bot.core.privacy import PrivacyEvent
from bot.core.query_log import LogRow
from bot.core.template import Template
from bot.storage import message_statements as statements
from bot.storage.audit_anchor import AuditAnchor
from bot.storage.campaign_rows import read_agencies, to_campaign
from bot.storage.campaign_tables import CampaignRow, DeliveryRow
from bot.storage.chunks import in_chunks
from bot.storage.conversation_rows import memory_from_json, memory_to_json
from bot.storage.encryption import Keys
from bot.storage.engine import BUSY_SECONDS, ONLY_READS
from bot.storage.errors import LINES, Cause, outages_translated
from bot.storage.guidance_rows import (
    bump_revision,
    changes_guidance,
    digest,
    from_guidance,
    from_instrument,
    from_topic,
    read_book,
    read_periods,
    read_revision,
)
from bot.storage.log_rows import log_row_from_json, log_row_to_json
from bot.storage.log_writing import write_rows
from bot.storage.recipients import UNREACHABLE_FOR_GOOD, stages_of
from bot.storage.reminder_templates import read_template
from bot.storage.sqlite_driver import IS_BRIEF, Connection
from bot.storage.tables import (
    Base,
    ConversationRow,
    GuidanceRow,
    InstrumentRow,
    LogSpoolRow,
    OptInRow,
    OutboxRow,
    PrivacyEventRow,
    RateRow,
    ServiceWindowRow,
    StagePeriodRow,
    TopicGroupRow,
    TopicRow,
)
from bot.storage.votes import take_back_votes

logger = logging.getLogger(__name__)

TRIAL_DIGITS = 16
MARK_DIGITS = 12
"""Enough to tell apart the few texts of one conversation."""
EDITING = b"editing "
"""What commands that look at the published guidance and then write lock, as a key of eight bytes."""
CONVERSATION_LIFE = timedelta(hours=24)
"""How long a conversation is remembered after its last turn (`design.md`, promise 3)."""


class DatabaseStore:
    """The real `Store`."""

    def __init__(
        self,
        engine: AsyncEngine,
        keys: Keys,
        new_id: Callable[[], str],
        contact: str | None = None,
        agency: str | None = None,
        audit_anchor: AuditAnchor | None = None,
    ) -> None:
        """Hold the engine.

        Args:
            new_id: makes random row ids.
            audit_anchor: where the last event of the audit trail is noted outside the database.
        """
        self.audit_anchor = audit_anchor
        self._engine = engine
        self._sessions = async_sessionmaker(engine, expire_on_commit=False)
        # SQLite takes one writer; left to itself those who wait sleep up to a tenth of a second, and in no order.
        self._writers = asyncio.Lock() if engine.dialect.name == "sqlite" else None
        self._keys = keys
        self._new_id = new_id
        self._contact = contact
        self._agency = agency
        self._kept: tuple[int, tuple[GuidanceBook, tuple[StagePeriod, ...]]] | None = None
        """What is published, and by which revision."""

    @asynccontextmanager
    async def unit(self) -> AsyncIterator["DatabaseUnit"]:
        """Begin a transaction, commit at the end of the block, roll back on an error."""
        async with self.session() as session:
            yield DatabaseUnit(self, session)

    @asynccontextmanager
    async def session(self) -> AsyncIterator[AsyncSession]:
        """Begin a transaction that may write; on SQLite those of one process come one after the other, in order."""
        with outages_translated():
            async with self._turn(), self._sessions() as session, session.begin():
                yield session

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        """Wait for the one place of a writer, no longer than SQLite itself waits for other processes."""
        if self._writers is None:
            yield
            return
        try:
            async with asyncio.timeout(BUSY_SECONDS):
                await self._writers.acquire()
        except TimeoutError:
            raise DatabaseBusyError(LINES[Cause.BUSY]) from None
        try:
            yield
        finally:
            self._writers.release()

    @asynccontextmanager
    async def brief_session(self) -> AsyncIterator[AsyncSession]:
        """Begin the same for few statements of few rows, which SQLite then runs without its thread."""
        before = IS_BRIEF.set(True)
        try:
            async with self.session() as session:
                yield session
        finally:
            IS_BRIEF.reset(before)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """Begin a transaction that only reads: on SQLite it waits for no writer, and no writer waits for it."""
        with outages_translated():
            async with self._sessions() as session, session.begin():
                await session.connection(execution_options={ONLY_READS: True})
                yield session

    @asynccontextmanager
    async def driver(self) -> AsyncIterator[Connection]:
        """Lend a connection of SQLite's library, outside any transaction, while nobody of this process writes."""
        with outages_translated():
            async with self._turn(), self._engine.connect() as connection:
                driver = (await connection.get_raw_connection()).driver_connection
                assert isinstance(driver, Connection)
                yield driver

    @property
    def is_a_file(self) -> bool:
        """Whether everything is in one file, that of SQLite."""
        return self._writers is not None

    def seal_bytes(self, plain: bytes, bound_to: bytes) -> bytes:
        """Encrypt a payload, bound to its row."""
        return self._keys.seal(plain, bound_to)

    def open_bytes(self, sealed: bytes, bound_to: bytes) -> bytes | None:
        """Decrypt a payload; None when the key or the row is another one."""
        return self._keys.open(sealed, bound_to)

    async def book(self, session: AsyncSession) -> GuidanceBook:
        """Give the published guidance, read again only when it changed."""
        return (await self._published(session))[0]

    async def calendar(self, session: AsyncSession) -> tuple[StagePeriod, ...]:
        """Give the stages of the elections, earliest first, read again only when they or the guidance changed."""
        return (await self._published(session))[1]

    async def _published(self, session: AsyncSession) -> tuple[GuidanceBook, tuple[StagePeriod, ...]]:
        if changes_guidance(session):
            # What this transaction wrote is nobody else's before it is committed.
            return await self._read(session)
        revision = await read_revision(session)
        if self._kept is None or self._kept[0] != revision:
            self._kept = (revision, await self._read(session))
        return self._kept[1]

    async def _read(self, session: AsyncSession) -> tuple[GuidanceBook, tuple[StagePeriod, ...]]:
        return await read_book(session, self._contact, self._agency), await read_periods(session)

    def key_of(self, channel: Channel, person: str) -> bytes:
        """Give the keyed hash that a conversation is kept under."""
        return self._keys.identifier("conversation", channel.value, person)

    def is_current(self, sealed: bytes) -> bool:
        """Say whether a payload was sealed with the current key."""
        return self._keys.is_current(sealed)

    def keys_of(self, channel: Channel, person: str) -> list[bytes]:
        """Give the keyed hashes of a conversation under every key that is still known, the current one first."""
        return self._keys.identifiers("conversation", channel.value, person)

    def mark(self, channel: Channel, person: str, words: str) -> str:
        """Give the short keyed hash that stands for words of one conversation, in its sealed state only."""
        # Half a surrogate pair, which a client may send, has no bytes.
        told = words.encode("utf-8", "replace").decode()
        return self._keys.identifier("mark", channel.value, person, told).hex()[:MARK_DIGITS]

    def rate_key(self, source: str, day: str) -> bytes:
        """Give the keyed hash of a source of messages; another one every day."""
        return self._keys.identifier("rate", day, source)

    def trial_token(self, campaign: str, day: str) -> str:
        """Give what names a campaign in a test link of one day; nobody can guess one."""
        return self._keys.identifier("trial", day, campaign).hex()[:TRIAL_DIGITS]

    def seal(self, conversation: Conversation, key: bytes) -> bytes:
        """Encrypt what is remembered, bound to its row."""
        state = {
            "topic": conversation.topic,
            "version": conversation.version,
            "options": conversation.options,
            "alternatives": conversation.alternatives,
            "slots": {slot.value: value for slot, value in conversation.slots.items()},
            "pending": [each.value for each in conversation.pending],
            "heard": conversation.heard,
            **memory_to_json(conversation),
        }
        return self._keys.seal(json.dumps(state).encode(), key)

    def open(self, sealed: bytes, key: bytes) -> Conversation:
        """Decrypt what is remembered; a fresh conversation when it cannot be read any more.

        The key may be another one, or another release may have written what this one does not know.
        """
        plain = self._keys.open(sealed, key)
        if plain is None:
            return Conversation()
        try:
            return _conversation_from_json(plain)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            logger.warning("a stored conversation could not be read", extra={"error": type(error).__name__})
            return Conversation()

    def new_id(self) -> str:
        """Make a random row id."""
        return self._new_id()

    async def purge(self, now: datetime) -> int:
        """Delete what has expired; gives how many conversations went."""
        gone = await self.delete_all(ConversationRow.key, ConversationRow.expires_at <= now)
        await self.delete_all(RateRow.key, RateRow.due_at < now.timestamp())
        await self.delete_all(ServiceWindowRow.key, ServiceWindowRow.open_until < now.timestamp())
        return gone

    async def delete_all(self, key: InstrumentedAttribute[Any], condition: ColumnElement[bool]) -> int:
        """Delete the rows of a table that fulfil a condition, in short transactions; returns how many.

        Args:
            key: the column of its primary key.
        """
        return await in_chunks(lambda rows: self._delete_some(key, condition, rows))

    async def _delete_some(self, key: InstrumentedAttribute[Any], condition: ColumnElement[bool], rows: int) -> int:
        """Delete some rows of a table that fulfil a condition."""
        # Looked for where no writer waits: the rows may be few and far between in a large table.
        async with self.reading() as session:
            some = list(await session.scalars(select(key).where(condition).limit(rows)))
        if some:
            async with self.session() as session:
                # What was written anew since then stays.
                await session.execute(delete(key.class_).where(key.in_(some), condition))
        return len(some)

    def sealed_row(self, row: LogRow) -> dict[str, Any]:
        """Seal a row of the log until its hour has ended; gives the columns of a `LogSpoolRow`."""
        identifier = self._new_id()
        payload = self._keys.seal(log_row_to_json(row), _spool_binding(identifier))
        return {"id": identifier, "hour": row.hour, "payload": payload}

    def opened_row(self, spooled: LogSpoolRow) -> LogRow | None:
        """Open a sealed row of the log; None when its key is gone."""
        plain = self._keys.open(spooled.payload, _spool_binding(spooled.id))
        return log_row_from_json(plain) if plain is not None else None

    async def write_log(self, now: datetime) -> int:
        """Write the log of the hours that have ended, in random order and in short transactions; gives the rows.

        What is written shares neither transaction nor order with anything that a message left elsewhere.
        """
        present = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        replaced: list[Feedback] = []
        written = await in_chunks(lambda rows: self._write_some_of_log(present, replaced, rows))
        # After everything: a vote and what takes its place come in an order that chance drew.
        await in_chunks(lambda rows: self._take_back_some(replaced, rows))
        return written

    async def _take_back_some(self, replaced: list[Feedback], rows: int) -> int:
        """Take votes back that others replaced, and take them off the list."""
        some = replaced[:rows]
        if some:
            async with self.session() as session:
                await take_back_votes(session, some)
        del replaced[: len(some)]
        return len(some)

    async def _write_some_of_log(self, present: datetime, replaced: list[Feedback], rows: int) -> int:
        """Write some rows of the hours before this one: the next by their random ids, so that chance drew them.

        Args:
            replaced: takes the votes that take the place of earlier ones.
        """
        async with self.session() as session:
            ended = select(LogSpoolRow).where(LogSpoolRow.hour < present).order_by(LogSpoolRow.id)
            spooled = list(await session.scalars(ended.limit(rows).with_for_update(skip_locked=True)))
            opened = [row for row in map(self.opened_row, spooled) if row is not None]
            await write_rows(session, opened, self._new_id)
            await session.execute(delete(LogSpoolRow).where(LogSpoolRow.id.in_([each.id for each in spooled])))
        replaced += [row.feedback for row in opened if row.feedback is not None and row.feedback.replaces is not None]
        if len(opened) < len(spooled):
            logger.error("rows of the log could not be opened", extra={"count": len(spooled) - len(opened)})
        return len(spooled)


def _conversation_from_json(plain: bytes) -> Conversation:
    state = json.loads(plain)
    return Conversation(
        topic=state["topic"],
        version=state.get("version"),
        options=tuple(state["options"]),
        alternatives=tuple(state["alternatives"]),
        slots={Slot(slot): value for slot, value in state["slots"].items()},
        pending=tuple(Pending(each) for each in state.get("pending", ())),
        heard=tuple(map(str, state.get("heard", ()))),
        **memory_from_json(state),
    )


def _spool_binding(identifier: str) -> bytes:
    return b"log " + identifier.encode()


class DatabaseUnit:
    """The real `Unit`."""

    def __init__(self, store: DatabaseStore, session: AsyncSession) -> None:
        """Hold the transaction."""
        self._store = store
        self.session = session

    async def load_conversation(self, channel: Channel, person: str, now: datetime) -> Conversation:
        """Give what is remembered and not expired, and lock it."""
        keys = self._store.keys_of(channel, person)
        await lock(self.session, keys[0])
        wanted = {"of_keys": keys, "of_moment": now}
        found = await self.session.execute(statements.CONVERSATIONS, wanted)
        # After a rotation the older row still opens; what was saved since then is the newer one.
        row = min(found, key=lambda each: keys.index(each.key), default=None)
        return self._store.open(row.state, row.key) if row else Conversation()

    async def save_conversation(self, channel: Channel, person: str, conversation: Conversation, now: datetime) -> None:
        """Remember a conversation for 24 hours."""
        key = self._store.key_of(channel, person)
        row = {"key": key, "state": self._store.seal(conversation, key), "expires_at": now + CONVERSATION_LIFE}
        await self.session.execute(statements.save_conversation(self.session.get_bind().dialect.name), row)

    async def erase_conversation(self, channel: Channel, person: str) -> None:
        """Forget a conversation."""
        key = self._store.key_of(channel, person)
        await self.session.execute(delete(ConversationRow).where(ConversationRow.key == key))

    async def erase_person(self, channel: Channel, person: str, now: datetime) -> None:
        """Erase whatever is kept under the hash of a person."""
        keys = self._store.keys_of(channel, person)
        touched = 0
        for table, column in (
            (ConversationRow, ConversationRow.key),
            (OptInRow, OptInRow.key),
            (OutboxRow, OutboxRow.work_key),
            (DeliveryRow, DeliveryRow.key),
            (ServiceWindowRow, ServiceWindowRow.key),
        ):
            gone = await self.session.execute(delete(table).where(column.in_(keys)).returning(column))
            touched += len(gone.all())
        add_event(self._store, self.session, PrivacyEvent.ERASED, touched, now)

    async def withdraw_opt_ins(self, channel: Channel, person: str, now: datetime) -> None:
        """Delete the opt-ins of a person."""
        keys = self._store.keys_of(channel, person)
        gone = await self.session.execute(delete(OptInRow).where(OptInRow.key.in_(keys)).returning(OptInRow.key))
        withdrawn = len(gone.all())
        if withdrawn:
            add_event(self._store, self.session, PrivacyEvent.WITHDRAWN, withdrawn, now)

    async def subscription(self, channel: Channel, person: str) -> Subscription | None:
        """Read an opt-in."""
        keys = self._store.keys_of(channel, person)
        row = await self.session.scalar(select(OptInRow).where(OptInRow.key.in_(keys)).limit(1))
        return to_subscription(row) if row is not None else None

    async def subscribe(self, channel: Channel, person: str, subscription: Subscription, now: datetime) -> None:
        """Keep an opt-in; who writes to us can be reached again."""
        key = self._store.key_of(channel, person)
        chosen = from_subscription(subscription)
        values = {
            "channel": channel,
            "address": self._store.seal_bytes(person.encode(), opt_in_binding(key)),
            "opted_in_at": now,
            **chosen,
        }
        insert = insert_into(self.session, OptInRow).values(key=key, **values)
        changed = {**chosen, "unreachable_since": None, "unreachable_times": None}
        await self.session.execute(insert.on_conflict_do_update(index_elements=["key"], set_=changed))
        older = [each for each in self._store.keys_of(channel, person) if each != key]
        await self.session.execute(delete(OptInRow).where(OptInRow.key.in_(older)))

    async def agencies(self) -> Mapping[str, Agency]:
        """Read the agencies."""
        return await read_agencies(self.session)

    async def set_reachable(self, channel: Channel, person: str, is_reachable: bool, now: datetime) -> None:
        """Remember that a person left, or came back; the consent stays."""
        mine = OptInRow.key.in_(self._store.keys_of(channel, person))
        if is_reachable:
            # Everybody who writes comes this way; a row is written only where there is something to take off.
            marked = update(OptInRow).where(mine, OptInRow.unreachable_since.is_not(None))
            await self.session.execute(marked.values(unreachable_since=None, unreachable_times=None))
            return
        await self.session.execute(
            update(OptInRow).where(mine).values(unreachable_since=now, unreachable_times=UNREACHABLE_FOR_GOOD)
        )

    async def campaign_on_trial(self, token: str, now: datetime) -> tuple[Campaign, Template | None] | None:
        """Give the campaign that a test link of today names, with its template."""
        day = now.date().isoformat()
        rows = await self.session.scalars(select(CampaignRow).where(CampaignRow.status.not_in(FINAL)))
        for row in rows:
            if hmac.compare_digest(self._store.trial_token(row.id, day).encode(), token.encode()):
                template = await read_template(self.session, row.template_id) if row.template_id else None
                return to_campaign(row), template
        return None

    async def add_opt_in(self, channel: Channel, person: str, now: datetime, text_version: str) -> None:
        """Keep a consent; another one of the same person replaces it."""
        key = self._store.key_of(channel, person)
        values = {
            "channel": channel,
            "address": self._store.seal_bytes(person.encode(), opt_in_binding(key)),
            "opted_in_at": now,
            "text_version": text_version,
        }
        insert = insert_into(self.session, OptInRow).values(key=key, **values)
        await self.session.execute(insert.on_conflict_do_update(index_elements=["key"], set_=values))

    def mark(self, channel: Channel, person: str, words: str) -> str:
        """Give a keyed hash of words."""
        return self._store.mark(channel, person, words)

    async def add_log_row(self, row: LogRow) -> None:
        """Count one handled question: sealed, until the log of its hour is written."""
        await self.session.execute(statements.SPOOL, self._store.sealed_row(row))

    async def guidance(self) -> GuidanceBook:
        """Give what is published."""
        return await self._store.book(self.session)

    async def edit_alone(self) -> None:
        """Wait for whoever else loads or sets what is published, and let nobody else until the end."""
        await lock(self.session, EDITING)

    async def stage_periods(self) -> tuple[StagePeriod, ...]:
        """Give the calendar, earliest first."""
        return await self._store.calendar(self.session)

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
        await bump_revision(self.session)

    async def _add_guidance_row(self, row: TopicGroupRow | InstrumentRow | TopicRow | GuidanceRow) -> None:
        self.session.add(row)
        await self.session.flush()
        await bump_revision(self.session)

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
        if due > present + interval * burst:
            # Farther ahead than this rule ever puts it: the clock went back since.
            due = present
        wait = due + interval - interval * burst - present
        if wait > 0:
            return wait
        values = {"due_at": due + interval, "set_at": present}
        insert = insert_into(self.session, RateRow).values(key=key, **values)
        await self.session.execute(insert.on_conflict_do_update(index_elements=["key"], set_=values))
        return 0.0

    async def give_back_slot(self, source: str, now: datetime, interval: float) -> None:
        """Count one message less of a source."""
        key = self._store.rate_key(source, now.date().isoformat())
        await self.session.execute(update(RateRow).where(RateRow.key == key).values(due_at=RateRow.due_at - interval))


def insert_into(session: AsyncSession, table: type[Base]) -> postgresql.Insert | sqlite.Insert:
    """Give an insert that may say what to do on a conflict."""
    dialect = session.get_bind().dialect.name
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


def to_subscription(row: OptInRow) -> Subscription:
    """Make the value of a row."""
    return Subscription(
        method=row.method or "",
        text_version=row.text_version,
        agency=row.agency,
        region=row.region,
        role=row.role,
        zone=Zone(row.zone or Zone.WIB),
        stages=stages_of(row.stages),
    )


def from_subscription(subscription: Subscription) -> dict[str, str | None]:
    """Make the columns of a value."""
    is_everything = subscription.stages == frozenset(Stage)
    return {
        "method": subscription.method,
        "text_version": subscription.text_version,
        "agency": subscription.agency,
        "region": subscription.region,
        "role": subscription.role,
        "zone": subscription.zone.value,
        "stages": None if is_everything else f",{','.join(sorted(subscription.stages))},",
    }


def opt_in_binding(key: bytes) -> bytes:
    """Give what the address of an opt-in is bound to."""
    return b"opt-in " + key


async def present_of(session: AsyncSession, machine: Callable[[], float] = time.time) -> float:
    """Give the seconds since 1970 by the clock that all processes share: the server's, or the one machine's.

    Args:
        machine: the machine's clock, which SQLite goes by.
    """
    if session.get_bind().dialect.name == "sqlite":
        return machine()
    return float(await session.scalar(statements.CLOCK) or 0.0)


async def lock(session: AsyncSession, key: bytes) -> None:
    """Let nobody else work under this key until the transaction ends; a row that does not exist cannot be locked.

    SQLite needs nothing: its transactions are begun as the only writer.
    """
    if session.get_bind().dialect.name == "postgresql":
        number = int.from_bytes(key[:8], "big", signed=True)
        await session.execute(select(func.pg_advisory_xact_lock(number)))


def add_event(store: DatabaseStore, session: AsyncSession, kind: PrivacyEvent, rows: int, now: datetime) -> None:
    """Note that something was done for people's rights."""
    session.add(PrivacyEventRow(id=store.new_id(), day=now.date(), kind=kind, rows=rows))
