"""The audit trail in the database: appended under a lock, its head sealed, checked event by event."""

import asyncio
import hashlib
import json
import logging
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from sqlalchemy import event as session_event
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.accounts.audit_trail import (
    BEGINNING,
    HANDLINGS,
    SET_BACK,
    Action,
    Anchor,
    ChainBreak,
    ChainCheck,
    ChainedEvent,
    ChainHead,
    Event,
    break_at_end,
    chain_hash,
)
from bot.core.accounts.permissions import Handling
from bot.core.errors import TemporaryError
from bot.core.legal_day import legal_day
from bot.storage.accounts.tables import AuditEventRow, AuditHeadRow, UserRow
from bot.storage.accounts.users import secret_binding
from bot.storage.engine.database import Database, lock
from bot.storage.engine.known_value import BINDING as KEY_CHECK_BINDING
from bot.storage.engine.known_value import ROW as KEY_CHECK_ROW
from bot.storage.engine.known_value import KeyCheckRow

logger = logging.getLogger(__name__)

_LOCK = hashlib.sha256(b"audit trail").digest()
_HEAD = 1
_HEAD_BINDING = b"audit head"
KEY_BYTES = 32
MAX_BREAKS = 20
"""That the head names; the first ones, which tell most."""
EVENTS_AT_ONCE = 500
"""Of a check: what is held, and how long a transaction is."""
UNREADABLE = ChainBreak(number=0, reason="ada catatan yang tidak bisa dibaca")


class DatabaseAudit:
    """The real `AuditTrail`."""

    def __init__(self, store: Database, session: AsyncSession) -> None:
        """Hold the transaction."""
        self._store = store
        self._session = session

    async def add(self, event: Event, now: datetime) -> None:
        """Append an event; what is wrong with the trail's end is never sealed over, but noted in the head for ever.

        Raises:
            TemporaryError: while the keys are being changed and this process still has the older ones.
        """
        await lock(self._session, _LOCK)
        end = await _end(self._store, self._session)
        head, last, anchor, broken = end.head, end.last, end.anchor, end.broken
        numbers = (last.number if last else 0, head.number if head else 0, anchor.number if anchor and broken else 0)
        chained = self._chained(event, max(numbers) + 1, now)
        key = head.key if head is not None and head.key else secrets.token_bytes(KEY_BYTES)
        is_keyed = head is not None and bool(head.key)
        chained = replace(chained, hash=chain_hash(last.hash if last else BEGINNING, chained, key))
        self._session.add(AuditEventRow(**vars(chained)))
        breaks = head.breaks if head is not None else ()
        if broken is not None:
            logger.error("the audit trail is not as it was written")
            breaks = (*breaks, broken)[:MAX_BREAKS]
        noted = ChainHead(
            number=chained.number,
            hash=chained.hash,
            key=key,
            keyed_from=head.keyed_from if head is not None and is_keyed else chained.number,
            breaks=breaks,
        )
        await self._keep_head(noted)
        await self._session.flush()
        self._note_when_committed(Anchor(number=chained.number, hash=chained.hash))

    async def page(self, before: int | None, size: int, agency: str | None) -> Sequence[ChainedEvent]:
        """Return events, newest first."""
        query = select(AuditEventRow).order_by(AuditEventRow.number.desc()).limit(size)
        if before is not None:
            query = query.where(AuditEventRow.number < before)
        if agency is not None:
            query = query.where(AuditEventRow.agency == agency)
        return [_event(row) for row in await self._session.scalars(query)]

    async def handlings(self, name: str) -> Sequence[Handling]:
        """Return what others did to an account, the oldest first; `by` is `SYSTEM` for a command on the server."""
        query = select(AuditEventRow).where(
            AuditEventRow.subject == name,
            AuditEventRow.action.in_([action.value for action in HANDLINGS]),
            AuditEventRow.actor != name,
        )
        return [
            Handling(
                by=row.actor,
                at=datetime.fromisoformat(row.at),
                is_confirmation=row.action == Action.USER_CONFIRMED.value,
                is_beginning=row.action == Action.USER_ADDED.value,
            )
            for row in await self._session.scalars(query.order_by(AuditEventRow.number))
        ]

    async def note_break(self, broken: ChainBreak) -> None:
        """Note in the head, for ever, what a check found; a head that is gone is a break by itself."""
        await lock(self._session, _LOCK)
        head = await _head(self._store, self._session)
        if head is not None and broken not in head.breaks and len(head.breaks) < MAX_BREAKS:
            logger.error("the audit trail is not as it was written")
            await self._keep_head(replace(head, breaks=(*head.breaks, broken)))

    def _chained(self, event: Event, number: int, now: datetime) -> ChainedEvent:
        return ChainedEvent(
            number=number,
            at=now.astimezone(UTC).isoformat(timespec="seconds"),
            actor=event.actor[:200],
            agency=event.agency[:200],
            action=event.action.value,
            subject=event.subject[:200],
            detail=event.detail,
            hash=b"",
        )

    def _note_when_committed(self, anchor: Anchor) -> None:
        """Note the event outside the database once it stands there; before that it might never."""
        noted_in = self._store.audit_anchor
        if noted_in is None:
            return
        session = self._session.sync_session
        session_event.listen(session, "after_commit", lambda _: noted_in.note(anchor), once=True)

    async def _keep_head(self, head: ChainHead) -> None:
        fields = {
            "number": head.number,
            "hash": head.hash.hex(),
            "key": head.key.hex(),
            "keyed_from": head.keyed_from,
            "breaks": [[broken.number, broken.reason] for broken in head.breaks],
        }
        sealed = self._store.seal_bytes(json.dumps(fields).encode(), _HEAD_BINDING)
        row = await self._session.get(AuditHeadRow, _HEAD)
        if row is None:
            self._session.add(AuditHeadRow(id=_HEAD, sealed=sealed))
        else:
            row.sealed = sealed


async def verify(store: Database) -> tuple[int, ChainBreak | None]:
    """Check the whole trail, a part at a time; returns how many events there are and the first break.

    What is appended meanwhile is checked too; nobody waits for longer than one part.
    """
    check: ChainCheck | None = None
    anchor = _anchor(store)
    try:
        while True:
            async with store.session() as session:
                await lock(session, _LOCK)
                head = await _head(store, session)
                check = check or ChainCheck(head=head, anchor=anchor)
                check.head = head
                query = select(AuditEventRow).where(AuditEventRow.number > check.number)
                rows = await session.scalars(query.order_by(AuditEventRow.number).limit(EVENTS_AT_ONCE))
                events = [_event(row) for row in rows]
                count = await session.scalar(select(func.count()).select_from(AuditEventRow)) or 0
                has_users = bool(await session.scalar(select(func.count()).select_from(UserRow)))
                is_last = len(events) < EVENTS_AT_ONCE
            broken = next((found for found in map(check.next, events) if found is not None), None)
            if broken is not None or is_last:
                return count, broken or check.end(has_users=has_users)
            await asyncio.sleep(0)
    except (SQLAlchemyError, ValueError):
        # A flipped byte may leave what is no text any more.
        return check.number if check is not None else 0, UNREADABLE


async def break_seen(store: Database) -> ChainBreak | None:
    """Look at the end of the trail and at what was noted before; cheap enough for a watch."""
    async with store.reading() as session:
        if (await _end(store, session)).broken_ever is None:
            return None
    # Another process may have appended between two of these looks: only under the lock a break is one.
    async with store.session() as session:
        await lock(session, _LOCK)
        return (await _end(store, session)).broken_ever


class DailyCheck:
    """Checks the whole trail at the start and once a day, so that `break_seen` tells what lies far back too."""

    def __init__(self, store: Database) -> None:
        """Begin with a day that is not checked."""
        self._store = store
        self._checked: date | None = None

    async def run(self, now: datetime) -> int:
        """Check it unless that was done today; returns how many breaks were found, 0 or 1."""
        if self._checked == legal_day(now):
            return 0
        _, broken = await verify(self._store)
        if broken is not None:
            async with self._store.session() as session:
                await DatabaseAudit(self._store, session).note_break(broken)
        self._checked = legal_day(now)
        return int(broken is not None)


@dataclass(frozen=True, kw_only=True)
class _End:
    """The end of the trail, and what is wrong with it now."""

    head: ChainHead | None
    last: ChainedEvent | None
    anchor: Anchor | None
    broken: ChainBreak | None

    @property
    def broken_ever(self) -> ChainBreak | None:
        """The first break that was ever seen."""
        return next(iter(self.head.breaks if self.head is not None else ()), self.broken)


async def _end(store: Database, session: AsyncSession) -> _End:
    head, anchor = await _head(store, session), _anchor(store)
    query = select(AuditEventRow).order_by(AuditEventRow.number.desc()).limit(2)
    last, before = (*[_event(row) for row in await session.scalars(query)], None, None)[:2]
    broken = break_at_end(head, last, before.hash if before is not None else BEGINNING, anchor)
    if broken is None and anchor is not None:
        stood = select(AuditEventRow.hash).where(AuditEventRow.number == anchor.number)
        if await session.scalar(stood) != anchor.hash:
            broken = ChainBreak(number=anchor.number, reason=SET_BACK)
    return _End(head=head, last=last, anchor=anchor, broken=broken)


def _anchor(store: Database) -> Anchor | None:
    return store.audit_anchor.read() if store.audit_anchor is not None else None


async def reseal(store: Database, session: AsyncSession) -> int:
    """Bring the head and every second factor under the current key; returns how many were moved."""
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


async def _head(store: Database, session: AsyncSession) -> ChainHead | None:
    """Return what the head says, None when there is none or it is not ours.

    Raises:
        TemporaryError: when it and the whole database are sealed with a key that this process does not know yet.
    """
    row = await session.get(AuditHeadRow, _HEAD, populate_existing=True)
    if row is None:
        return None
    plain = store.open_bytes(row.sealed, _HEAD_BINDING)
    if plain is None:
        known = await session.scalar(select(KeyCheckRow.sealed).where(KeyCheckRow.id == KEY_CHECK_ROW))
        if known is not None and store.open_bytes(known, KEY_CHECK_BINDING) is None:
            raise TemporaryError("the keys were changed; this process must be started again")
        return None
    try:
        fields = json.loads(plain)
        if isinstance(fields, list):
            # As it was written before trails had keys.
            return ChainHead(number=int(fields[0]), hash=bytes.fromhex(fields[1]), keyed_from=int(fields[0]) + 1)
        return ChainHead(
            number=int(fields["number"]),
            hash=bytes.fromhex(fields["hash"]),
            key=bytes.fromhex(fields["key"]),
            keyed_from=int(fields["keyed_from"]),
            breaks=tuple(ChainBreak(number=int(number), reason=str(reason)) for number, reason in fields["breaks"]),
        )
    except (KeyError, TypeError, ValueError):
        return None


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
