"""A fake of `ClaimedUnit` and `Queues` for one conversation after the other, over the fake store."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime

from bot.application.messaging.ports import Claim, Message, StoredUpdate
from bot.core.vocabulary import Channel
from tests.fakes.store import FakeStore, FakeUnit


@dataclass
class FakeClaimedUnit(FakeUnit):
    """One transaction under a claim."""

    queues: "FakeQueues" = field(kw_only=True)

    async def complete_update(self, update: StoredUpdate) -> None:
        """Note the id."""
        self.queues.finished.append(update.update_id)

    async def add_message(self, channel: Channel, person: str, payload: bytes) -> None:
        """Owe a message."""
        self.queues.owed.append(payload)

    async def open_window(self, channel: Channel, person: str, until: datetime) -> None:
        """Do nothing."""

    async def rename_person(self, channel: Channel, former: str, person: str) -> None:
        """Do nothing."""

    async def acquire_sender_token(self, source: str, interval: float, burst: int) -> float:
        """Count by the fake's own clock."""
        due = max(self.queues.due.get(source, 0.0), self.queues.at)
        wait = due - interval * (burst - 1) - self.queues.at
        if wait > 0:
            return wait
        self.queues.due[source] = due + interval
        return 0.0

    async def pause_sender(self, source: str, seconds: float, interval: float, burst: int) -> None:
        """Move the time at which the source is next due."""
        due = self.queues.at + seconds + interval * burst
        self.queues.due[source] = max(self.queues.due.get(source, 0.0), due)

    async def claim_reply(self) -> tuple[Claim, Message] | None:
        """Claim nothing."""
        return None

    async def complete_claim(self) -> bool:
        """Return the conversation back."""
        return True


@dataclass
class FakeQueues:
    """What `HandleUpdate` needs of the queues."""

    store: FakeStore
    at: float = 0.0
    """The database's time in seconds."""
    owed: list[bytes] = field(default_factory=list)
    finished: list[str] = field(default_factory=list)
    due: dict[str, float] = field(default_factory=dict)

    @asynccontextmanager
    async def unit_under(self, claim: Claim) -> AsyncIterator[FakeClaimedUnit]:
        """Begin a transaction; keep what was written only when no error ends it."""
        before = (list(self.owed), list(self.finished), dict(self.due))
        try:
            async with self.store.unit():
                yield FakeClaimedUnit(self.store, queues=self)
        except BaseException:
            self.owed, self.finished, self.due = before
            raise
