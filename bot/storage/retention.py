"""What goes over all rooms: purge, erase a person, leave older keys."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, bindparam, delete, func, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from bot.core.errors import PermanentError
from bot.core.legal_day import legal_day
from bot.core.privacy.retention import PrivacyEvent
from bot.core.vocabulary import Channel
from bot.storage.accounts.audit_trail import reseal
from bot.storage.accounts.tables import AuditHeadRow, SessionRow, UserRow
from bot.storage.campaigns.consents import opt_in_binding
from bot.storage.campaigns.tables import DeliveryRow, OptInRow
from bot.storage.curation.tables import LabelledExampleRow
from bot.storage.dialogue.tables import ConversationRow
from bot.storage.engine.chunks import in_chunks
from bot.storage.engine.database import Database, Repository
from bot.storage.engine.key_ring import NAME_BYTES
from bot.storage.engine.statements import table_of
from bot.storage.figures.tables import FeedbackRow, PendingLogRow, UnansweredRow
from bot.storage.messaging.tables import InboxRow, OutboxRow, RateRow, ServiceWindowRow
from bot.storage.privacy.events import add_event

SEALED: tuple[InstrumentedAttribute[Any], ...] = (
    OptInRow.address,
    UserRow.secret,
    AuditHeadRow.sealed,
    OutboxRow.payload,
    InboxRow.payload,
    ConversationRow.state,
    SessionRow.secret,
    PendingLogRow.payload,
)
"""Every column that only the key opens, what nobody could restore first."""


class Erasure(Repository):
    """Erases people."""

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


async def purge(store: Database, now: datetime) -> int:
    """Delete what has expired; returns how many conversations went."""
    gone = await store.delete_all(ConversationRow.key, ConversationRow.expires_at <= now)
    await store.delete_all(RateRow.key, RateRow.due_at < now.timestamp())
    await store.delete_all(ServiceWindowRow.key, ServiceWindowRow.open_until < now.timestamp())
    return gone


PAGE_ROWS = 1_000
"""Read at once where nobody waits for it."""


async def purge_texts(store: Database, now: datetime, days: int) -> int:
    """Delete masked texts older than so many days, report it as an event, and return how many went."""
    last_kept = legal_day(now) - timedelta(days=days)
    asked = LabelledExampleRow.asked_on <= last_kept
    # An example stays, but from now on it cannot become an unanswered question again.
    await in_chunks(lambda rows: _forget_day(store, asked, rows))
    gone = await in_chunks(lambda rows: _purge_some_texts(store, now, last_kept, rows))
    before = now - timedelta(days=days)
    return gone + await in_chunks(lambda rows: _purge_some_comments(store, now, before, rows))


async def _forget_day(store: Database, condition: ColumnElement[bool], rows: int) -> int:
    async with store.reading() as session:
        some = list(await session.scalars(select(LabelledExampleRow.id).where(condition).limit(rows)))
    if some:
        async with store.session() as session:
            mine = LabelledExampleRow.id.in_(some)
            await session.execute(update(LabelledExampleRow).where(mine, condition).values(asked_on=None))
    return len(some)


async def _purge_some_texts(store: Database, now: datetime, last_kept: date, rows: int) -> int:
    is_old = UnansweredRow.day <= last_kept
    async with store.reading() as session:
        some = list(await session.scalars(select(UnansweredRow.id).where(is_old).limit(rows)))
    if some:
        async with store.session() as session:
            old = delete(UnansweredRow).where(UnansweredRow.id.in_(some), is_old)
            gone = len((await session.execute(old.returning(UnansweredRow.id))).all())
            if gone:
                add_event(store, session, PrivacyEvent.UNANSWERED_PURGED, gone, now)
    return len(some)


async def _purge_some_comments(store: Database, now: datetime, before: datetime, rows: int) -> int:
    is_old = (FeedbackRow.comment.is_not(None), FeedbackRow.hour < before)
    async with store.reading() as session:
        some = list(await session.scalars(select(FeedbackRow.id).where(*is_old).limit(rows)))
    if some:
        async with store.session() as session:
            old = update(FeedbackRow).where(FeedbackRow.id.in_(some), *is_old).values(comment=None)
            gone = len((await session.execute(old.returning(FeedbackRow.id))).all())
            if gone:
                add_event(store, session, PrivacyEvent.UNANSWERED_PURGED, gone, now)
    return len(some)


async def leave_old_keys(store: Database, now: datetime) -> int:
    """Bring opt-ins, second factors and the audit's head under the current key; returns how many opt-ins.

    Nothing else may still need an older key. It works in short transactions: what was begun is gone on with.

    Raises:
        PermanentError: when conversations, updates, messages or the log still hold something under an older key.
    """
    await _check_left(store, (InboxRow.channel, InboxRow.update_id), InboxRow.payload)
    await _check_left(store, (OutboxRow.id,), OutboxRow.payload)
    await _check_left(store, (ConversationRow.key,), ConversationRow.state)
    await _check_left(store, (PendingLogRow.id,), PendingLogRow.payload)
    moved, page = 0, await _opt_ins_behind(store, b"")
    while page:
        older = [key for key, address in page if not store.is_current(address)]
        moved += len(older)
        await in_chunks(partial(_move_some, store, older))
        page = await _opt_ins_behind(store, page[-1][0])
    async with store.session() as session:
        await reseal(store, session)
        add_event(store, session, PrivacyEvent.KEY_RETIRED, moved, now)
    return moved


async def _opt_ins_behind(store: Database, place: bytes) -> Sequence[tuple[bytes, bytes]]:
    """Read key and address of some opt-ins, in the order of their keys, behind a place."""
    wanted = select(OptInRow.key, OptInRow.address).where(OptInRow.key > place)
    async with store.reading() as session:
        rows = await session.execute(wanted.order_by(OptInRow.key).limit(PAGE_ROWS))
        return [(key, address) for key, address in rows]


async def _move_some(store: Database, older: list[bytes], rows: int) -> int:
    """Bring some opt-ins under the current key, and take their former keys off the list."""
    some = older[:rows]
    if some:
        async with store.session() as session:
            await _move(store, session, some)
    del older[: len(some)]
    return len(some)


async def _move(store: Database, session: AsyncSession, older: Sequence[bytes]) -> None:
    """Bring opt-ins under the current key, those that did not go since they were seen."""
    wanted = select(OptInRow.key, OptInRow.channel, OptInRow.address).where(OptInRow.key.in_(older)).with_for_update()
    moved: list[dict[str, bytes]] = []
    for former, channel, address in (await session.execute(wanted)).all():
        person = store.open_bytes(address, opt_in_binding(former))
        if person is None:
            raise PermanentError("persetujuan pengingat tidak bisa dibuka dengan kunci yang ada")
        key = store.key_of(channel, person.decode())
        moved.append({"former": former, "new": key, "sealed": store.seal_bytes(person, opt_in_binding(key))})
    if not moved:
        return
    # A campaign under way finds the person under the new key.
    await session.execute(_MOVE_DELIVERIES, [{"former": each["former"], "new": each["new"]} for each in moved])
    again = set(await session.scalars(select(OptInRow.key).where(OptInRow.key.in_([each["new"] for each in moved]))))
    # They opted in again since the rotation: the newer consent stands.
    gone = [each["former"] for each in moved if each["new"] in again]
    await session.execute(delete(OptInRow).where(OptInRow.key.in_(gone)))
    if left := [each for each in moved if each["new"] not in again]:
        await session.execute(_MOVE_OPT_INS, left)


_DELIVERIES, _OPT_INS = table_of(DeliveryRow), table_of(OptInRow)


_MOVE_DELIVERIES = update(_DELIVERIES).where(_DELIVERIES.c.key == bindparam("former")).values(key=bindparam("new"))


_MOVE_OPT_INS = (
    update(_OPT_INS)
    .where(_OPT_INS.c.key == bindparam("former"))
    .values(key=bindparam("new"), address=bindparam("sealed"))
)


async def _check_left(
    store: Database, places: Sequence[InstrumentedAttribute[Any]], payload: InstrumentedAttribute[Any]
) -> None:
    """Read what seals say of their keys, page by page, where no writer waits.

    Args:
        places: the columns of the table's primary key.

    Raises:
        PermanentError: for something under an older key.
    """
    beginning = func.substr(payload, 1, NAME_BYTES)
    place: tuple[Any, ...] | None = None
    while True:
        wanted = select(*places, beginning).where(payload.is_not(None)).order_by(*places).limit(PAGE_ROWS)
        async with store.reading() as session:
            after = wanted if place is None else wanted.where(tuple_(*places) > tuple_(*place))
            page = (await session.execute(after)).all()
        if not page:
            return
        if any(not store.is_current(row[-1]) for row in page):
            raise PermanentError(
                f"tabel {payload.class_.__tablename__} masih memuat isi di bawah kunci lama;"
                " percakapan habis dalam 24 jam, ulangi sesudahnya"
            )
        place = tuple(page[-1][:-1])
