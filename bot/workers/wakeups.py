"""Workers that take conversations by lease: any number, in any number of processes."""

import asyncio
import logging
import random
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from bot.application.messaging.ports import Claim
from bot.core.messaging.backoff import backoff

logger = logging.getLogger(__name__)

AFTER_ERROR_SECONDS = 1.0
IDLE_SECONDS = 0.25
"""How long work waits on the average when nobody in its own process rings; of many idle workers each looks seldom."""

FRESH_SECONDS = 2.0
"""Of a lease; a job that nobody took up for so long is checked before it is worked on."""

MAX_REMEMBERED = 10_000
"""Conversations whose failures a process remembers."""

MAX_PENDING = 8
"""So many looks in vain at most after a busy spell."""


@dataclass(frozen=True, kw_only=True)
class ClaimedWork:
    """Work that was claimed for whoever takes it up first."""

    claim: Claim
    since: float
    """By the loop's clock."""
    wait: float | None = None
    """Of a message: 0.0 when its place among the sends is reserved, else the seconds to wait; None: not asked for."""

    @property
    def is_fresh(self) -> bool:
        """Whether the lease has hardly begun, so that it need not be renewed before a send."""
        return asyncio.get_running_loop().time() - self.since < FRESH_SECONDS


class Wakeups:
    """Wakes idle workers of this process, one for each piece of work; those of others look by themselves."""

    def __init__(self) -> None:
        """Begin silent."""
        self._waiting: deque[asyncio.Future[ClaimedWork | None]] = deque()
        self._jobs: deque[ClaimedWork] = deque()
        self._unheard = 0
        self._failures: dict[bytes, int] = {}

    def count_failure(self, key: bytes) -> float:
        """Count work on a conversation that may fail; returns the seconds to leave it alone if it does."""
        tries = self._failures.pop(key, 0) + 1
        self._failures[key] = tries
        if len(self._failures) > MAX_REMEMBERED:
            del self._failures[next(iter(self._failures))]
        return backoff(tries, random.random(), first=AFTER_ERROR_SECONDS)  # noqa: S311 - only spreads tries

    def forget_failures(self, key: bytes) -> None:
        """Forget that work on a conversation failed."""
        self._failures.pop(key, None)

    @property
    def idle(self) -> int:
        """How many workers wait for work."""
        return max(sum(not each.done() for each in self._waiting) - len(self._jobs), 0)

    def hand_over(self, claims: Iterable[Claim], wait: float | None = None) -> None:
        """Hand claimed work to workers who wait; when they found other work meanwhile, to the next who has none."""
        for claim in claims:
            job = ClaimedWork(claim=claim, since=asyncio.get_running_loop().time(), wait=wait)
            sleeper = next((each for each in self._waiting if not each.done()), None)
            if sleeper is not None:
                sleeper.set_result(job)
            else:
                self._jobs.append(job)

    def job(self) -> ClaimedWork | None:
        """Take up work that was offered."""
        return self._jobs.popleft() if self._jobs else None

    def notify(self, times: int = 1) -> None:
        """Wake so many of those who wait; whoever is busy looks again before it waits."""
        for _ in range(times):
            sleeper = next((each for each in self._waiting if not each.done()), None)
            if sleeper is not None:
                sleeper.set_result(None)
            else:
                self._unheard = min(self._unheard + 1, MAX_PENDING)

    def wake_all(self) -> None:
        """Wake everybody who waits, so that they see that the process stops."""
        for sleeper in self._waiting:
            if not sleeper.done():
                sleeper.set_result(None)

    def left(self) -> list[Claim]:
        """Take away what was handed on and nobody took up."""
        claims = [job.claim for job in self._jobs]
        self._jobs.clear()
        return claims

    async def wait(self, seconds: float) -> ClaimedWork | bool:
        """Sleep until rung, or for so many seconds; returns the work that was offered, or whether it was rung."""
        if self._unheard:
            self._unheard -= 1
            return True
        sleeper: asyncio.Future[ClaimedWork | None] = asyncio.get_running_loop().create_future()
        self._waiting.append(sleeper)
        # Not `wait_for`: Python 3.11 would swallow a cancellation that comes just as the wakeups rings.
        try:
            async with asyncio.timeout(seconds):
                return await sleeper or True
        except TimeoutError:
            # Both at once: what was offered must not be lost.
            return (sleeper.result() or True) if sleeper.done() and not sleeper.cancelled() else False
        finally:
            self._waiting.remove(sleeper)
