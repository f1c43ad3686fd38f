"""Workers that take conversations by lease: any number, in any number of processes."""

import asyncio
import logging
import random
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.application.deliver_message import DeliverMessage
from bot.application.handle_update import HandleUpdate
from bot.application.queues import Claim, LostClaimError, Queues, Wait, WorkKind
from bot.core.conversation import Channel

logger = logging.getLogger(__name__)

IDLE_SECONDS = 0.25
"""How long work waits on the average when nobody in its own process rings; of many idle workers each looks seldom."""
AFTER_ERROR_SECONDS = 1.0
AFTER_DUE_SECONDS = 0.01
MOST_UNHEARD = 8
"""So many looks in vain at most after a busy spell."""


class Bell:
    """Wakes idle workers of this process, one for each piece of work; those of others look by themselves."""

    def __init__(self) -> None:
        """Begin silent."""
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._unheard = 0

    def ring(self, times: int = 1) -> None:
        """Wake so many of those who wait; whoever is busy looks again before it waits."""
        for _ in range(times):
            sleeper = next((each for each in self._waiting if not each.done()), None)
            if sleeper is not None:
                sleeper.set_result(None)
            else:
                self._unheard = min(self._unheard + 1, MOST_UNHEARD)

    async def wait(self, seconds: float) -> bool:
        """Sleep until rung, or for so many seconds; says whether it was rung."""
        if self._unheard:
            self._unheard -= 1
            return True
        sleeper = asyncio.get_running_loop().create_future()
        self._waiting.append(sleeper)
        # Not `wait_for`: Python 3.11 would swallow a cancellation that comes just as the bell rings.
        try:
            async with asyncio.timeout(seconds):
                await sleeper
        except TimeoutError:
            return False
        else:
            return True
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

    async def conversation(claim: Claim) -> float | None:
        while True:
            found = await queues.next_update(claim)
            if found is None:
                return 0.0
            if isinstance(found, Wait):
                return found.seconds
            is_over = await handle(claim, found)
            outbox.ring()
            if is_over:
                return None

    await _work(shift, WorkKind.INBOX, conversation)


async def work_outbox(shift: Shift, deliver: DeliverMessage) -> None:
    """Send messages for ever."""
    queues = shift.queues

    async def conversation(claim: Claim) -> float | None:
        while True:
            message = await queues.next_message(claim)
            if message is None:
                return 0.0
            wait = await deliver(claim, message)
            if wait is None or wait > 0:
                return wait

    await _work(shift, WorkKind.OUTBOX, conversation)


async def _work(shift: Shift, kind: WorkKind, conversation: Callable[[Claim], Awaitable[float | None]]) -> None:
    queues, bell = shift.queues, shift.bell
    is_expected = False
    while True:
        try:
            claim = await queues.claim(kind, shift.owner, shift.channel, is_expected=is_expected)
            is_expected = False
            if claim is None:
                is_expected = await bell.wait(shift.pause())
                continue
            wait: float | None = AFTER_ERROR_SECONDS
            try:
                wait = await conversation(claim)
            except LostClaimError:
                continue
            finally:
                if wait is not None:
                    await queues.release(claim, wait)
                    if wait > 0:
                        # Nobody else rings for a conversation that only waits for its time.
                        asyncio.get_running_loop().call_later(wait + AFTER_DUE_SECONDS, bell.ring)
        except Exception as error:  # the top of a job; the message may hold what a person wrote
            logger.error("work on a conversation failed", extra={"kind": kind.value, "error": type(error).__name__})
            await asyncio.sleep(AFTER_ERROR_SECONDS)
