"""The audit trail in the database: appended under a lock, its head sealed, checked as a whole."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.audit import BEGINNING, Break, ChainedEvent, Event, Head, chain_hash, find_break
from bot.storage.accounts import secret_binding
from bot.storage.admin_tables import AuditEventRow, AuditHeadRow, UserRow
from bot.storage.store import DatabaseStore, lock

_LOCK = hashlib.sha256(b"audit trail").digest()
_HEAD = 1
_HEAD_BINDING = b"audit head"


class DatabaseAudit:
    """The real `AuditTrail`."""

    def __init__(self, store: DatabaseStore, session: AsyncSession) -> None:
        """Hold the transaction."""
        self._store = store
        self._session = session

    async def add(self, event: Event, now: datetime) -> None:
        """Append an event."""
        await lock(self._session, _LOCK)
        last = await self._session.scalar(select(AuditEventRow).order_by(AuditEventRow.number.desc()).limit(1))
        chained = ChainedEvent(
            number=last.number + 1 if last else 1,
            at=now.astimezone(UTC).isoformat(timespec="seconds"),
            actor=event.actor[:200],
            agency=event.agency[:200],
            action=event.action.value,
            subject=event.subject[:200],
            detail=event.detail,
            hash=b"",
        )
        chained = replace(chained, hash=chain_hash(last.hash if last else BEGINNING, chained))
        self._session.add(AuditEventRow(**vars(chained)))
        await self._keep_head(Head(number=chained.number, hash=chained.hash))
        await self._session.flush()

    async def page(self, before: int | None, size: int, agency: str | None) -> Sequence[ChainedEvent]:
        """Give events, newest first."""
        query = select(AuditEventRow).order_by(AuditEventRow.number.desc()).limit(size)
        if before is not None:
            query = query.where(AuditEventRow.number < before)
        if agency is not None:
            query = query.where(AuditEventRow.agency == agency)
        return [_event(row) for row in await self._session.scalars(query)]

    async def _keep_head(self, head: Head) -> None:
        plain = json.dumps([head.number, head.hash.hex()]).encode()
        sealed = self._store.seal_bytes(plain, _HEAD_BINDING)
        row = await self._session.get(AuditHeadRow, _HEAD)
        if row is None:
            self._session.add(AuditHeadRow(id=_HEAD, sealed=sealed))
        else:
            row.sealed = sealed


async def verify(store: DatabaseStore) -> tuple[int, Break | None]:
    """Check the whole trail; gives how many events there are and the first break."""
    async with store.session() as session:
        count = await session.scalar(select(func.count()).select_from(AuditEventRow)) or 0
        try:
            rows = await session.scalars(select(AuditEventRow).order_by(AuditEventRow.number))
            events = [_event(row) for row in rows]
        except (SQLAlchemyError, ValueError):
            # A flipped byte may leave what is no text any more.
            return count, Break(number=0, reason="ada catatan yang tidak bisa dibaca")
        return count, find_break(events, await _head(store, session))


async def reseal(store: DatabaseStore, session: AsyncSession) -> int:
    """Bring the head and every second factor under the current key; gives how many were moved."""
    moved = 0
    head = await session.get(AuditHeadRow, _HEAD)
    sealed = [(row, "secret", secret_binding(row.id)) for row in await session.scalars(select(UserRow)) if row.secret]
    for row, column, binding in [*sealed, *([(head, "sealed", _HEAD_BINDING)] if head else [])]:
        present = getattr(row, column)
        plain = store.open_bytes(present, binding)
        if plain is not None and not store.is_current(present):
            setattr(row, column, store.seal_bytes(plain, binding))
            moved += 1
    return moved


async def _head(store: DatabaseStore, session: AsyncSession) -> Head | None:
    row = await session.get(AuditHeadRow, _HEAD)
    plain = store.open_bytes(row.sealed, _HEAD_BINDING) if row else None
    if plain is None:
        return None
    number, digest = json.loads(plain)
    return Head(number=number, hash=bytes.fromhex(digest))


def _event(row: AuditEventRow) -> ChainedEvent:
    return ChainedEvent(
        number=row.number,
        at=row.at,
        actor=row.actor,
        agency=row.agency,
        action=row.action,
        subject=row.subject,
        detail=row.detail,
        hash=row.hash,
    )
