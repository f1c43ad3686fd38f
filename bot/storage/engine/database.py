"""The database: sessions, the one writer of SQLite, the clock, keyed hashes and seals."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Protocol, TypeVar, cast

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker
from sqlalchemy.orm import InstrumentedAttribute

from bot.core.accounts.audit_trail import Anchor
from bot.core.errors import DatabaseBusyError
from bot.core.vocabulary import Channel
from bot.storage.engine.base import Base
from bot.storage.engine.chunks import in_chunks
from bot.storage.engine.engine import BUSY_SECONDS, ONLY_READS
from bot.storage.engine.errors import LINES, Cause, outages_translated
from bot.storage.engine.key_ring import KeyRing
from bot.storage.engine.sqlite_driver import IS_BRIEF, Connection
from bot.storage.engine.statements import CLOCK

TRIAL_DIGITS = 16

MARK_DIGITS = 12
"""Enough to tell apart the few texts of one conversation."""

Made = TypeVar("Made")


class Anchors(Protocol):
    """Where the last event of the audit trail is noted outside the database."""

    def read(self) -> Anchor | None:
        """Return what was noted last, None when nothing was."""

    def note(self, anchor: Anchor) -> None:
        """Note an event that was committed."""


class Database:
    """One database and its keys; what it means is said by the repositories of each room."""

    def __init__(
        self,
        engine: AsyncEngine,
        keys: KeyRing,
        new_id: Callable[[], str],
        contact: str | None = None,
        agency: str | None = None,
        audit_anchor: Anchors | None = None,
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
        self._rooms: dict[object, object] = {}

    def of_room(self, kind: Callable[[], Made]) -> Made:
        """Return what a room keeps in memory beside the database, made at its first use.

        Args:
            kind: its class, which is its name too.
        """
        if kind not in self._rooms:
            self._rooms[kind] = kind()
        return cast(Made, self._rooms[kind])

    @property
    def contact(self) -> str | None:
        """Where people are told to ask."""
        return self._contact

    @property
    def agency(self) -> str | None:
        """Whose service this is."""
        return self._agency

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

    def key_of(self, channel: Channel, person: str) -> bytes:
        """Return the keyed hash that a conversation is kept under."""
        return self._keys.keyed_hash("conversation", channel.value, person)

    def is_current(self, sealed: bytes) -> bool:
        """Say whether a payload was sealed with the current key."""
        return self._keys.is_current(sealed)

    def keys_of(self, channel: Channel, person: str) -> list[bytes]:
        """Return the keyed hashes of a conversation under every key that is still known, the current one first."""
        return self._keys.keyed_hashes("conversation", channel.value, person)

    def mark(self, channel: Channel, person: str, words: str) -> str:
        """Return the short keyed hash that stands for words of one conversation, in its sealed state only."""
        # Half a surrogate pair, which a client may send, has no bytes.
        told = words.encode("utf-8", "replace").decode()
        return self._keys.keyed_hash("mark", channel.value, person, told).hex()[:MARK_DIGITS]

    def rate_key(self, source: str, day: str) -> bytes:
        """Return the keyed hash of a source of messages; another one every day."""
        return self._keys.keyed_hash("rate", day, source)

    def test_link_token(self, campaign: str, day: str) -> str:
        """Return what names a campaign in a test link of one day; nobody can guess one."""
        return self._keys.keyed_hash("trial", day, campaign).hex()[:TRIAL_DIGITS]

    def new_id(self) -> str:
        """Make a random row id."""
        return self._new_id()

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


class Repository:
    """What of a room is read and written within one transaction."""

    def __init__(self, store: Database, session: AsyncSession) -> None:
        """Hold the transaction."""
        self._store = store
        self.session = session


def insert_into(session: AsyncSession, table: type[Base]) -> postgresql.Insert | sqlite.Insert:
    """Return an insert that may say what to do on a conflict."""
    dialect = session.get_bind().dialect.name
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


async def present_of(session: AsyncSession, machine: Callable[[], float] = time.time) -> float:
    """Return the seconds since 1970 by the clock that all processes share: the server's, or the one machine's.

    Args:
        machine: the machine's clock, which SQLite goes by.
    """
    if session.get_bind().dialect.name == "sqlite":
        return machine()
    return float(await session.scalar(CLOCK) or 0.0)


async def lock(session: AsyncSession, key: bytes) -> None:
    """Let nobody else work under this key until the transaction ends; a row that does not exist cannot be locked.

    SQLite needs nothing: its transactions are begun as the only writer.
    """
    if session.get_bind().dialect.name == "postgresql":
        number = int.from_bytes(key[:8], "big", signed=True)
        await session.execute(select(func.pg_advisory_xact_lock(number)))
