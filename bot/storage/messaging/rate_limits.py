"""How often a source may send: one rate for each, kept under a keyed hash."""

from datetime import datetime

from sqlalchemy import or_, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.legal_day import legal_day
from bot.core.messaging.rate_limit import due_after_pause, next_token
from bot.storage.engine.database import Repository, insert_into, lock
from bot.storage.messaging.statements import MAX_WAIT_SECONDS, STEP_SECONDS
from bot.storage.messaging.tables import RateRow


async def pause_source(
    session: AsyncSession, key: bytes, now: float, seconds: float, interval: float, burst: int
) -> None:
    """Let nothing of a source leave for so many seconds; a longer pause stays."""
    due = due_after_pause(now, min(seconds, MAX_WAIT_SECONDS), interval, burst)
    values = {"due_at": due, "set_at": now}
    statement = insert_into(session, RateRow).values(key=key, **values)
    # A pause that a clock set which has gone back since is none.
    is_earlier = or_(RateRow.due_at < due, RateRow.set_at > now + STEP_SECONDS)
    await session.execute(statement.on_conflict_do_update(index_elements=["key"], set_=values, where=is_earlier))


class RateLimits(Repository):
    """Rates of people and addresses."""

    async def acquire_token(self, source: str, now: datetime, interval: float, burst: int) -> float:
        """Count one message of a source against its rate.

        Args:
            interval: seconds between messages at the steady rate.
            burst: messages that may come at once.

        Returns:
            0.0 when it may pass, else the seconds to wait; a message refused is not counted.
        """
        key = self._store.rate_key(source, legal_day(now).isoformat())
        await lock(self.session, key)
        row = await self.session.get(RateRow, key)
        token = next_token(row.due_at if row else None, now.timestamp(), interval, burst)
        if token.wait > 0:
            return token.wait
        values = {"due_at": token.due, "set_at": now.timestamp()}
        insert = insert_into(self.session, RateRow).values(key=key, **values)
        await self.session.execute(insert.on_conflict_do_update(index_elements=["key"], set_=values))
        return 0.0

    async def return_token(self, source: str, now: datetime, interval: float) -> None:
        """Count one message less of a source."""
        key = self._store.rate_key(source, legal_day(now).isoformat())
        await self.session.execute(update(RateRow).where(RateRow.key == key).values(due_at=RateRow.due_at - interval))
