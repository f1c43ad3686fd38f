"""What platforms say later of messages they took, written by the group; the opt-ins that it ends."""

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import delete, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.application.record_receipts import Receipt, read_ticket
from bot.core.delivery import TRANSITIONS, DeliveryStatus
from bot.core.privacy import PrivacyEvent
from bot.storage import message_statements as statements
from bot.storage.store import DatabaseStore, add_event
from bot.storage.tables import OptInRow

ORDER = list(DeliveryStatus)
"""Sent, delivered, read, then failures: of one message in one group the earlier comes first."""
MOST_PARAMETERS = 400


class DatabaseReceipts:
    """The real `Receipts`."""

    def __init__(self, store: DatabaseStore, now: Callable[[], datetime]) -> None:
        """Take the store and the time."""
        self._store = store
        self._now = now

    async def record(self, receipts: Sequence[Receipt]) -> int:
        """Change what a receipt may change; one statement for all that are alike."""
        alike: dict[tuple[int, int, str | None], set[bytes]] = {}
        for receipt in receipts:
            named = read_ticket(receipt.ticket)
            if named is not None:
                place = (ORDER.index(receipt.status), named[0], receipt.reason)
                alike.setdefault(place, set()).add(named[1])
        changed = 0
        async with self._store.brief_session() as session:
            # In one order for everybody, so that two groups cannot block each other.
            for (rank, chunk, reason), keys in sorted(alike.items(), key=lambda item: (item[0][0], item[0][1])):
                became = await self._become(session, chunk, sorted(keys), (ORDER[rank], reason))
                await note_fates(self._store, session, [(key, ORDER[rank]) for key in became], self._now())
                changed += len(became)
        return changed

    async def _become(
        self, session: AsyncSession, chunk: int, keys: Sequence[bytes], fate: tuple[DeliveryStatus, str | None]
    ) -> list[bytes]:
        status, reason = fate
        before = [each for each, later in TRANSITIONS.items() if status in later]
        became: list[bytes] = []
        for start in range(0, len(keys), MOST_PARAMETERS):
            alike = {
                "of_chunk": chunk,
                "of_keys": keys[start : start + MOST_PARAMETERS],
                "of_statuses": before,
                "to_status": status,
                "to_reason": reason,
            }
            became += await session.scalars(statements.RECEIPT, alike)
        return became


async def note_fates(
    store: DatabaseStore, session: AsyncSession, fates: Sequence[tuple[bytes, DeliveryStatus]], now: datetime
) -> None:
    """Remember who cannot be reached, and end the opt-ins of those who opted out at the platform."""
    gone = [key for key, status in fates if status is DeliveryStatus.UNREACHABLE]
    if gone:
        await session.execute(update(OptInRow).where(OptInRow.key.in_(gone)).values(unreachable_since=now))
    withdrawn = [key for key, status in fates if status is DeliveryStatus.WITHDRAWN]
    if withdrawn:
        ended = await session.execute(delete(OptInRow).where(OptInRow.key.in_(withdrawn)).returning(OptInRow.key))
        count = len(ended.all())
        if count:
            add_event(store, session, PrivacyEvent.WITHDRAWN, count, now)
