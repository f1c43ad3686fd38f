"""How often a source may send: one rate for each, kept under a keyed hash."""

from datetime import datetime

from sqlalchemy import update

from bot.storage.engine.database import Repository, insert_into, lock
from bot.storage.messaging.tables import RateRow


class RateLimits(Repository):
    """Rates of people and addresses."""

    async def acquire_token(self, source: str, now: datetime, interval: float, burst: int) -> float:
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

    async def return_token(self, source: str, now: datetime, interval: float) -> None:
        """Count one message less of a source."""
        key = self._store.rate_key(source, now.date().isoformat())
        await self.session.execute(update(RateRow).where(RateRow.key == key).values(due_at=RateRow.due_at - interval))
