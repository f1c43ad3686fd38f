"""Retention and key rotation over the whole database; what people asked to be erased is in `store`."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import delete, func, select, update

from bot.core.errors import PermanentError
from bot.core.privacy import EventCount, PrivacyEvent
from bot.storage.admin_tables import LabelledExampleRow
from bot.storage.audit import reseal
from bot.storage.campaign_tables import DeliveryRow
from bot.storage.chunks import CHUNK_ROWS, in_chunks
from bot.storage.store import DatabaseStore, add_event, opt_in_binding
from bot.storage.tables import (
    ConversationRow,
    FeedbackRow,
    InboxRow,
    LogSpoolRow,
    OptInRow,
    OutboxRow,
    PrivacyEventRow,
    UnansweredRow,
)


async def purge_texts(store: DatabaseStore, now: datetime, days: int) -> int:
    """Delete masked texts older than so many days, report it as an event, and give how many went."""
    return await in_chunks(lambda: _purge_some_texts(store, now, days))


async def _purge_some_texts(store: DatabaseStore, now: datetime, days: int) -> int:
    last_kept = now.date() - timedelta(days=days)
    async with store.session() as session:
        old = select(UnansweredRow.id).where(UnansweredRow.day <= last_kept).limit(CHUNK_ROWS)
        gone = await session.execute(delete(UnansweredRow).where(UnansweredRow.id.in_(old)).returning(UnansweredRow.id))
        touched = len(gone.all())
        commented = (
            select(FeedbackRow.id)
            .where(FeedbackRow.comment.is_not(None), FeedbackRow.hour < now - timedelta(days=days))
            .limit(CHUNK_ROWS - touched)
        )
        silenced = await session.execute(
            update(FeedbackRow).where(FeedbackRow.id.in_(commented)).values(comment=None).returning(FeedbackRow.id)
        )
        # An example stays, but from now on it cannot become an unanswered question again.
        await session.execute(
            update(LabelledExampleRow).where(LabelledExampleRow.asked_on <= last_kept).values(asked_on=None)
        )
        touched += len(silenced.all())
        if touched:
            add_event(store, session, PrivacyEvent.UNANSWERED_PURGED, touched, now)
    return touched


async def events(store: DatabaseStore, since: date) -> Sequence[EventCount]:
    """Give what was done, day by day, the newest first."""
    async with store.session() as session:
        found = await session.execute(
            select(PrivacyEventRow.day, PrivacyEventRow.kind, func.count(), func.sum(PrivacyEventRow.rows))
            .where(PrivacyEventRow.day >= since)
            .group_by(PrivacyEventRow.day, PrivacyEventRow.kind)
            .order_by(PrivacyEventRow.day.desc(), PrivacyEventRow.kind)
        )
        return [EventCount(day=day, kind=kind, times=times, rows=int(rows)) for day, kind, times, rows in found]


async def note_rotation(store: DatabaseStore, now: datetime) -> None:
    """Note that a new key was made."""
    async with store.session() as session:
        add_event(store, session, PrivacyEvent.KEY_ROTATED, 0, now)


async def leave_old_keys(store: DatabaseStore, now: datetime) -> int:
    """Bring opt-ins, second factors and the audit's head under the current key; gives how many opt-ins.

    Nothing else may still need an older key.

    Raises:
        PermanentError: when conversations, updates, messages or the log still hold something under an older key.
    """
    async with store.session() as session:
        for table, payload in (
            (InboxRow, InboxRow.payload),
            (OutboxRow, OutboxRow.payload),
            (ConversationRow, ConversationRow.state),
            (LogSpoolRow, LogSpoolRow.payload),
        ):
            sealed = await session.scalars(select(payload).where(payload.is_not(None)))
            if any(not store.is_current(each) for each in sealed if each is not None):
                raise PermanentError(
                    f"tabel {table.__tablename__} masih memuat isi di bawah kunci lama; percakapan habis dalam 24 jam,"
                    " ulangi sesudahnya"
                )
        moved = 0
        for row in list(await session.scalars(select(OptInRow))):
            if store.is_current(row.address):
                continue
            person = store.open_bytes(row.address, opt_in_binding(row.key))
            if person is None:
                raise PermanentError("persetujuan pengingat tidak bisa dibuka dengan kunci yang ada")
            key, older = store.key_of(row.channel, person.decode()), row.key
            # A campaign under way finds the person under the new key.
            await session.execute(update(DeliveryRow).where(DeliveryRow.key == older).values(key=key))
            if await session.get(OptInRow, key) is not None:
                # They opted in again since the rotation: the newer consent stands.
                await session.delete(row)
            else:
                row.key, row.address = key, store.seal_bytes(person, opt_in_binding(key))
            await session.flush()
            moved += 1
        await reseal(store, session)
        add_event(store, session, PrivacyEvent.KEY_RETIRED, moved, now)
    return moved
