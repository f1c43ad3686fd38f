"""Workers that take conversations by lease: any number, in any number of processes."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from bot.application.deliver_message import DeliverMessage
from bot.application.handle_update import HandleUpdate
from bot.application.queues import Claim, LostClaimError, Queues, Wait, WorkKind

logger = logging.getLogger(__name__)

IDLE_SECONDS = 0.25
"""How long an idle worker sleeps when nobody in its own process rings."""
AFTER_ERROR_SECONDS = 1.0


class Bell:
    """Wakes the idle workers of this process; those of others look by themselves."""

    def __init__(self) -> None:
        """Begin silent."""
        self._event = asyncio.Event()

    def ring(self) -> None:
        """Wake whoever waits."""
        self._event.set()

    async def wait(self, seconds: float) -> None:
        """Sleep until rung, or for so many seconds."""
        # Not `wait_for`: Python 3.11 would swallow a cancellation that comes just as the bell rings.
        try:
            async with asyncio.timeout(seconds):
                await self._event.wait()
        except TimeoutError:
            return
        self._event.clear()


async def work_inbox(queues: Queues, handle: HandleUpdate, owner: str, bell: Bell, outbox: Bell) -> None:
    """Handle updates for ever."""

    async def conversation(claim: Claim) -> float:
        while True:
            found = await queues.next_update(claim)
            if found is None:
                return 0.0
            if isinstance(found, Wait):
                return found.seconds
            await handle(claim, found)
            outbox.ring()

    await _work(queues, WorkKind.INBOX, owner, bell, conversation)


async def work_outbox(queues: Queues, deliver: DeliverMessage, owner: str, bell: Bell) -> None:
    """Send messages for ever."""

    async def conversation(claim: Claim) -> float:
        while True:
            message = await queues.next_message(claim)
            if message is None:
                return 0.0
            wait = await deliver(claim, message)
            if wait > 0:
                return wait

    await _work(queues, WorkKind.OUTBOX, owner, bell, conversation)


async def _work(
    queues: Queues, kind: WorkKind, owner: str, bell: Bell, conversation: Callable[[Claim], Awaitable[float]]
) -> None:
    while True:
        try:
            claim = await queues.claim(kind, owner)
            if claim is None:
                await bell.wait(IDLE_SECONDS)
                continue
            wait = AFTER_ERROR_SECONDS
            try:
                wait = await conversation(claim)
            except LostClaimError:
                continue
            finally:
                await queues.release(claim, wait)
        except Exception as error:  # the top of a job; the message may hold what a person wrote
            logger.error("work on a conversation failed", extra={"kind": kind.value, "error": type(error).__name__})
            await asyncio.sleep(AFTER_ERROR_SECONDS)
