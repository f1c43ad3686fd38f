"""Workers that take conversations by lease: any number, in any number of processes."""

import asyncio
import logging
import random
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass

from bot.application.messaging.deliver_message import DeliverMessage
from bot.application.messaging.handle_update import HandleUpdate
from bot.application.messaging.ports import Claim, LostClaimError, Queues, Taken, Wait, WorkKind
from bot.core.messaging.backoff import backoff
from bot.core.vocabulary import Channel
from bot.workers.supervision import is_stopping, progress

logger = logging.getLogger(__name__)

IDLE_SECONDS = 0.25
"""How long work waits on the average when nobody in its own process rings; of many idle workers each looks seldom."""
AFTER_ERROR_SECONDS = 1.0
AFTER_DUE_SECONDS = 0.01
FRESH_SECONDS = 2.0
"""Of a lease; a job that nobody took up for so long is checked before it is worked on."""
MOST_REMEMBERED = 10_000
"""Conversations whose failures a process remembers."""
MOST_UNHEARD = 8
"""So many looks in vain at most after a busy spell."""


@dataclass(frozen=True, kw_only=True)
class Job:
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


class Bell:
    """Wakes idle workers of this process, one for each piece of work; those of others look by themselves."""

    def __init__(self) -> None:
        """Begin silent."""
        self._waiting: deque[asyncio.Future[Job | None]] = deque()
        self._jobs: deque[Job] = deque()
        self._unheard = 0
        self._failures: dict[bytes, int] = {}

    def count_failure(self, key: bytes) -> float:
        """Count work on a conversation that may fail; returns the seconds to leave it alone if it does."""
        tries = self._failures.pop(key, 0) + 1
        self._failures[key] = tries
        if len(self._failures) > MOST_REMEMBERED:
            del self._failures[next(iter(self._failures))]
        return backoff(tries, random.random(), first=AFTER_ERROR_SECONDS)  # noqa: S311 - only spreads tries

    def forget_failures(self, key: bytes) -> None:
        """Forget that work on a conversation failed."""
        self._failures.pop(key, None)

    @property
    def idle(self) -> int:
        """How many workers wait for work."""
        return max(sum(not each.done() for each in self._waiting) - len(self._jobs), 0)

    def offer(self, claims: Iterable[Claim], wait: float | None = None) -> None:
        """Hand claimed work to workers who wait; when they found other work meanwhile, to the next who has none."""
        for claim in claims:
            job = Job(claim=claim, since=asyncio.get_running_loop().time(), wait=wait)
            sleeper = next((each for each in self._waiting if not each.done()), None)
            if sleeper is not None:
                sleeper.set_result(job)
            else:
                self._jobs.append(job)

    def job(self) -> Job | None:
        """Take up work that was offered."""
        return self._jobs.popleft() if self._jobs else None

    def ring(self, times: int = 1) -> None:
        """Wake so many of those who wait; whoever is busy looks again before it waits."""
        for _ in range(times):
            sleeper = next((each for each in self._waiting if not each.done()), None)
            if sleeper is not None:
                sleeper.set_result(None)
            else:
                self._unheard = min(self._unheard + 1, MOST_UNHEARD)

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

    async def wait(self, seconds: float) -> Job | bool:
        """Sleep until rung, or for so many seconds; gives the work that was offered, or whether it was rung."""
        if self._unheard:
            self._unheard -= 1
            return True
        sleeper: asyncio.Future[Job | None] = asyncio.get_running_loop().create_future()
        self._waiting.append(sleeper)
        # Not `wait_for`: Python 3.11 would swallow a cancellation that comes just as the bell rings.
        try:
            async with asyncio.timeout(seconds):
                return await sleeper or True
        except TimeoutError:
            # Both at once: what was offered must not be lost.
            return (sleeper.result() or True) if sleeper.done() and not sleeper.cancelled() else False
        finally:
            self._waiting.remove(sleeper)


@dataclass(frozen=True, kw_only=True)
class Shift:
    """Where a worker works, and who it is."""

    queues: Queues
    channel: Channel
    owner: str
    """Random, another one for each worker."""
    bell: Bell
    colleagues: int = 1
    """How many workers look for this kind of work, this one among them."""

    def pause(self) -> float:
        """Give how long to sleep when there is nothing to do; random, so that not all look at once."""
        return IDLE_SECONDS * self.colleagues * random.uniform(0.5, 1.5)  # noqa: S311 - only spreads looks


async def work_inbox(shift: Shift, handle: HandleUpdate, outbox: Bell) -> None:
    """Handle updates for ever."""
    queues = shift.queues

    async def conversation(job: Job) -> float | None:
        while not is_stopping():
            progress()
            found = await queues.next_update(job.claim)
            if found is None:
                return 0.0
            if isinstance(found, Wait):
                return found.seconds
            try:
                handled = await handle(job.claim, found, lambda: outbox.idle > 0)
            except LostClaimError:
                raise
            except Exception as error:  # poison must not shut its conversation for ever
                wait = await handle.after_failure(job.claim, found, error)
                if wait > 0:
                    return wait
                outbox.ring()
                continue
            if handled.owed is not None:
                outbox.offer([handled.owed.claim], handled.owed.wait)
            else:
                outbox.ring()
            if handled.is_over:
                return None
        return 0.0

    await _work(shift, WorkKind.INBOX, conversation)


async def work_outbox(shift: Shift, deliver: DeliverMessage) -> None:
    """Send messages for ever."""
    queues = shift.queues

    async def conversation(job: Job) -> float | None:
        if job.wait:
            return job.wait
        is_reserved = job.wait is not None
        while not is_stopping():
            progress()
            message = await queues.next_message(job.claim)
            if message is None:
                return 0.0
            wait = await deliver(job.claim, message, is_reserved=is_reserved, is_fresh=job.is_fresh)
            if wait is None or wait > 0:
                return wait
            is_reserved = False
        return 0.0

    await _work(shift, WorkKind.OUTBOX, conversation)


async def forget_accepted(queues: Queues, seconds: float) -> None:
    """Delete at intervals what platforms took long enough ago, for ever."""
    while True:
        try:
            await queues.forget_accepted()
        except Exception as error:  # the top of a job
            logger.error("a job failed", extra={"job": "replies", "error": type(error).__name__})
        await asyncio.sleep(seconds)


async def take_in(queues: Queues, bell: Bell, updates: Sequence[Taken]) -> None:
    """Commit updates and hand their conversations to workers who wait; the others look when they have time."""
    fresh, claims = await queues.accept_and_claim(updates, bell.idle)
    bell.offer(claims)
    bell.ring(fresh - len(claims))


async def _work(shift: Shift, kind: WorkKind, conversation: Callable[[Job], Awaitable[float | None]]) -> None:
    queues, bell = shift.queues, shift.bell
    woken: Job | bool = False
    while True:
        if is_stopping():
            # What was handed on and is not begun goes back, for whoever comes next.
            for claim in [woken.claim] if isinstance(woken, Job) else bell.left():
                await queues.release(claim, 0.0)
            return
        try:
            job = woken if isinstance(woken, Job) else bell.job() or await _claimed(shift, kind, is_expected=woken)
            woken = False
            progress()
            if job is None:
                woken = await bell.wait(shift.pause())
                continue
            # Before it is worked on: also what ends by an error, or by a stop, is given back.
            wait: float | None = bell.count_failure(job.claim.key)
            try:
                wait = await conversation(job)
                bell.forget_failures(job.claim.key)
            except LostClaimError:
                continue
            finally:
                if wait is not None:
                    await queues.release(job.claim, wait)
                    if wait > 0:
                        # Nobody else rings for a conversation that only waits for its time.
                        asyncio.get_running_loop().call_later(wait + AFTER_DUE_SECONDS, bell.ring)
        except Exception as error:  # the top of a job; the message may hold what a person wrote
            logger.error("work on a conversation failed", extra={"kind": kind.value, "error": type(error).__name__})
            await asyncio.sleep(AFTER_ERROR_SECONDS)


async def _claimed(shift: Shift, kind: WorkKind, *, is_expected: bool) -> Job | None:
    claim = await shift.queues.claim(kind, shift.owner, shift.channel, is_expected=is_expected)
    return Job(claim=claim, since=asyncio.get_running_loop().time()) if claim is not None else None
