"""The webhook: a handshake, and signed posts that are committed in groups before they are acknowledged."""

import asyncio
import hashlib
import hmac
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.application.campaigns.record_receipts import Receipt, Receipts
from bot.application.messaging.channel_state import ChannelState
from bot.application.messaging.ports import TakeIn, Taken
from bot.application.messaging.record_replies import ReplyWord, ReplyWords
from bot.application.messaging.request_body import BodyProblem, read_body
from bot.application.ports import Clock
from bot.channels.json_fields import parsed
from bot.channels.whatsapp.webhook_reader import Webhook, read_webhook, unreadable_body

logger = logging.getLogger(__name__)
T = TypeVar("T")

WEBHOOK_PATH = "/whatsapp/webhook"
SIGNATURE_HEADER = "x-hub-signature-256"
LARGEST_BODY = 3 * 1024 * 1024
"""Bytes; Meta's own limit (`platform-limits.md`)."""
LONGEST_CHALLENGE = 200
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


class GroupCommit:
    """Commits messages soon and statuses in larger groups; a request is told after what it brought is committed."""

    def __init__(self, take_in: TakeIn, receipts: Receipts, replies: ReplyWords | None = None) -> None:
        """Take where updates, receipts of reminders and words about replies go; without a place words are dropped."""
        self._receipts = receipts
        self._messages: _Group[Taken] = _Group(MESSAGE_SECONDS, take_in)
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


def webhook_routes(
    group: GroupCommit,
    app_secret: str,
    verify_token: str,
    phone_number_id: str,
    clock: Clock,
    state: ChannelState | None = None,
) -> list[Route]:
    """Make the routes that Meta calls: the handshake, and posts answered 200 after their commit.

    200 also for repeats and for what is authentic and has no sense: anything else would be delivered for days.
    """
    state = state or ChannelState(time.monotonic)

    async def handshake(request: Request) -> Response:
        asked = request.query_params
        given = asked.get("hub.verify_token", "")
        is_ours = hmac.compare_digest(given.encode("utf-8", "replace"), verify_token.encode())
        challenge = asked.get("hub.challenge", "")
        if not is_ours or asked.get("hub.mode") != "subscribe" or len(challenge) > LONGEST_CHALLENGE:
            return Response(status_code=403)
        return PlainTextResponse(challenge, headers={"X-Content-Type-Options": "nosniff"})

    async def deliver(request: Request) -> Response:
        body = await read_body(request.stream(), LARGEST_BODY)
        if isinstance(body, BodyProblem):
            return Response(status_code=body.value)
        if not is_signed(body, request.headers.get(SIGNATURE_HEADER, ""), app_secret):
            return Response(status_code=403)
        try:
            webhook = read_webhook(parsed(body), phone_number_id, clock.now())
        except (ValueError, RecursionError):
            webhook = Webhook(set_aside=(unreadable_body(len(body)),))
        for code in webhook.failures:
            logger.warning("a message failed at the platform", extra={"code": code, "channel": "whatsapp"})
        return Response(status_code=await _committed(group, webhook, state))

    return [
        Route(WEBHOOK_PATH, handshake, methods=["GET"]),
        Route(WEBHOOK_PATH, deliver, methods=["POST"]),
    ]


async def _committed(group: GroupCommit, webhook: Webhook, state: ChannelState) -> int:
    """Give the status that tells Meta whether to deliver again."""
    try:
        await group.add(webhook)
    except Exception:  # the group has logged it
        state.failed("database")
        return 503
    state.worked()
    return 200


def signature(body: bytes, app_secret: str) -> str:
    """Give the header's value for a body.

    Source: Meta, webhooks, validating payloads: HMAC-SHA256 of the raw body under the app's secret.
    """
    return "sha256=" + hmac.new(app_secret.encode(), body, hashlib.sha256).hexdigest()


def is_signed(body: bytes, given: str, app_secret: str) -> bool:
    """Say, in a time that tells nothing, whether a body was signed with the app's secret."""
    return hmac.compare_digest(given.encode("utf-8", "replace"), signature(body, app_secret).encode())
