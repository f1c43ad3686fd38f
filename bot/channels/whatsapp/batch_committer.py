"""Webhooks that come at the same moment share one transaction."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from bot.application.campaigns.record_receipts import Receipt, Receipts
from bot.application.messaging.ports import IngestUpdates, Taken
from bot.application.messaging.record_replies import ReplyWord, ReplyWords
from bot.channels.whatsapp.webhook_reader import Webhook

logger = logging.getLogger(__name__)

T = TypeVar("T")

MESSAGE_SECONDS = 0.003
"""How long the first message of a group waits for others: people wait for its answer."""

RECEIPT_SECONDS = 0.1
"""The same for statuses, of which three come for each message that is sent: nobody waits, and Meta allows seconds."""


class _Group(Generic[T]):
    """Commits together what several requests brought; each is told only after the commit."""

    def __init__(self, seconds: float, commit: Callable[[Sequence[T]], Awaitable[None]]) -> None:
        self._seconds = seconds
        self._commit = commit
        self._waiting: list[tuple[Sequence[T], asyncio.Future[None]]] = []
        self._task: asyncio.Task[None] | None = None

    async def add(self, items: Sequence[T]) -> None:
        if not items:
            return
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((items, done))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._commit_all())
        await done

    async def _commit_all(self) -> None:
        while self._waiting:
            await asyncio.sleep(self._seconds)
            group, self._waiting = self._waiting, []
            try:
                await self._commit([item for items, _ in group for item in items])
            except Exception as error:  # every request of the group is told; the platform delivers again
                logger.error("a group of webhooks could not be kept", extra={"error": type(error).__name__})
                for _, done in group:
                    if not done.done():
                        done.set_exception(error)
            else:
                for _, done in group:
                    if not done.done():
                        done.set_result(None)


class BatchCommitter:
    """Commits messages soon and statuses in larger groups; a request is told after what it brought is committed."""

    def __init__(self, ingest: IngestUpdates, receipts: Receipts, replies: ReplyWords | None = None) -> None:
        """Take where updates, receipts of reminders and words about replies go; without a place words are dropped."""
        self._receipts = receipts
        self._messages: _Group[Taken] = _Group(MESSAGE_SECONDS, ingest)
        self._replies = replies
        self._statuses = _Group(RECEIPT_SECONDS, self._record)
        self._words = _Group(RECEIPT_SECONDS, self._record_words)

    async def add(self, webhook: Webhook) -> None:
        """Wait until a request's content is committed; raises what the commit raised."""
        await self._messages.add((*webhook.updates, *webhook.set_aside))
        await self._statuses.add(webhook.receipts)
        await self._words.add(webhook.words)

    async def _record(self, receipts: Sequence[Receipt]) -> None:
        await self._receipts.record(receipts)

    async def _record_words(self, words: Sequence[ReplyWord]) -> None:
        lost = await self._replies.record(words) if self._replies is not None else 0
        if lost:
            logger.error("replies failed at the platform for good", extra={"count": lost, "channel": "whatsapp"})
