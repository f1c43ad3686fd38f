"""Workers that take conversations by lease: any number, in any number of processes."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.application.deliver_message import DeliverMessage
from bot.application.handle_update import HandleUpdate
from bot.application.queues import Claim, LostClaimError, Queues, Wait, WorkKind
from bot.core.conversation import Channel

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


@dataclass(frozen=True, kw_only=True)
class Shift:
    """Where a worker works, and who it is."""

    queues: Queues
    channel: Channel
    owner: str
    """Random, another one for each worker."""
    bell: Bell


async def work_inbox(shift: Shift, handle: HandleUpdate, outbox: Bell) -> None:
    """Handle updates for ever."""
    queues = shift.queues

    async def conversation(claim: Claim) -> float:
        while True:
            found = await queues.next_update(claim)
            if found is None:
                return 0.0
            if isinstance(found, Wait):
                return found.seconds
            await handle(claim, found)
            outbox.ring()

    await _work(shift, WorkKind.INBOX, conversation)


async def work_outbox(shift: Shift, deliver: DeliverMessage) -> None:
    """Send messages for ever."""
    queues = shift.queues

    async def conversation(claim: Claim) -> float:
        while True:
            message = await queues.next_message(claim)
            if message is None:
                return 0.0
            wait = await deliver(claim, message)
            if wait > 0:
                return wait

    await _work(shift, WorkKind.OUTBOX, conversation)


async def _work(shift: Shift, kind: WorkKind, conversation: Callable[[Claim], Awaitable[float]]) -> None:
    queues, bell = shift.queues, shift.bell
    while True:
        try:
            claim = await queues.claim(kind, shift.owner, shift.channel)
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
