"""Workers on conversations: what came in is answered, what is owed is sent, one conversation at a time."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from bot.application.messaging.deliver_message import DeliverMessage
from bot.application.messaging.handle_update import HandleUpdate
from bot.application.messaging.ports import LeaseLostError, Queues, Taken, Wait, WorkKind
from bot.core.vocabulary import Channel
from bot.workers.supervision import is_stopping, progress
from bot.workers.wakeups import AFTER_ERROR_SECONDS, IDLE_SECONDS, ClaimedWork, Wakeups

logger = logging.getLogger(__name__)


AFTER_DUE_SECONDS = 0.01


@dataclass(frozen=True, kw_only=True)
class WorkerContext:
    """Where a worker works, and who it is."""

    queues: Queues
    channel: Channel
    owner: str
    """Random, another one for each worker."""
    wakeups: Wakeups
    peers: int = 1
    """How many workers look for this kind of work, this one among them."""

    def pause(self) -> float:
        """Return how long to sleep when there is nothing to do; random, so that not all look at once."""
        return IDLE_SECONDS * self.peers * random.uniform(0.5, 1.5)  # noqa: S311 - only spreads looks


async def run_inbox_worker(context: WorkerContext, handle: HandleUpdate, outbox: Wakeups) -> None:
    """Handle updates for ever."""
    queues = context.queues

    async def conversation(job: ClaimedWork) -> float | None:
        while not is_stopping():
            progress()
            found = await queues.next_update(job.claim)
            if found is None:
                return 0.0
            if isinstance(found, Wait):
                return found.seconds
            try:
                handled = await handle(job.claim, found, lambda: outbox.idle > 0)
            except LeaseLostError:
                raise
            except Exception as error:  # poison must not shut its conversation for ever
                wait = await handle.after_failure(job.claim, found, error)
                if wait > 0:
                    return wait
                outbox.notify()
                continue
            if handled.owed is not None:
                outbox.hand_over([handled.owed.claim], handled.owed.wait)
            else:
                outbox.notify()
            if handled.is_over:
                return None
        return 0.0

    await _work(context, WorkKind.INBOX, conversation)


async def run_outbox_worker(context: WorkerContext, deliver: DeliverMessage) -> None:
    """Send messages for ever."""
    queues = context.queues

    async def conversation(job: ClaimedWork) -> float | None:
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

    await _work(context, WorkKind.OUTBOX, conversation)


async def forget_accepted(queues: Queues, seconds: float) -> None:
    """Delete at intervals what platforms took long enough ago, for ever."""
    while True:
        try:
            await queues.forget_accepted()
        except Exception as error:  # the top of a job
            logger.error("a job failed", extra={"job": "replies", "error": type(error).__name__})
        await asyncio.sleep(seconds)


async def ingest(queues: Queues, wakeups: Wakeups, updates: Sequence[Taken]) -> None:
    """Commit updates and hand their conversations to workers who wait; the others look when they have time."""
    fresh, claims = await queues.accept_and_claim(updates, wakeups.idle)
    wakeups.hand_over(claims)
    wakeups.notify(fresh - len(claims))


async def _work(
    context: WorkerContext, kind: WorkKind, conversation: Callable[[ClaimedWork], Awaitable[float | None]]
) -> None:
    queues, wakeups = context.queues, context.wakeups
    woken: ClaimedWork | bool = False
    while True:
        if is_stopping():
            # What was handed on and is not begun goes back, for whoever comes next.
            for claim in [woken.claim] if isinstance(woken, ClaimedWork) else wakeups.left():
                await queues.release_claim(claim, 0.0)
            return
        try:
            job = (
                woken
                if isinstance(woken, ClaimedWork)
                else wakeups.job() or await _claimed(context, kind, is_expected=woken)
            )
            woken = False
            progress()
            if job is None:
                woken = await wakeups.wait(context.pause())
                continue
            # Before it is worked on: also what ends by an error, or by a stop, is given back.
            wait: float | None = wakeups.count_failure(job.claim.key)
            try:
                wait = await conversation(job)
                wakeups.forget_failures(job.claim.key)
            except LeaseLostError:
                continue
            finally:
                if wait is not None:
                    await queues.release_claim(job.claim, wait)
                    if wait > 0:
                        # Nobody else rings for a conversation that only waits for its time.
                        asyncio.get_running_loop().call_later(wait + AFTER_DUE_SECONDS, wakeups.notify)
        except Exception as error:  # the top of a job; the message may hold what a person wrote
            logger.error("work on a conversation failed", extra={"kind": kind.value, "error": type(error).__name__})
            await asyncio.sleep(AFTER_ERROR_SECONDS)


async def _claimed(context: WorkerContext, kind: WorkKind, *, is_expected: bool) -> ClaimedWork | None:
    claim = await context.queues.claim(kind, context.owner, context.channel, is_expected=is_expected)
    return ClaimedWork(claim=claim, since=asyncio.get_running_loop().time()) if claim is not None else None
