"""The chat platforms: taking in, working off, sending."""

import asyncio
import contextlib
import logging
import secrets
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime

from starlette.routing import BaseRoute
from telegram import Bot

from bot.application.campaigns.sync_platform_templates import SyncPlatformTemplates
from bot.application.messaging.channel_state import ChannelState
from bot.application.messaging.deliver_message import DeliverMessage, Sending, SendRate
from bot.application.messaging.handle_update import HandleUpdate
from bot.application.messaging.limit_people import LimitPeople
from bot.application.messaging.ports import Messenger, Taken
from bot.bootstrap.campaigns import graph_client, pace_of, reminders, sending_limits
from bot.bootstrap.services import ROW_ID_BYTES, Services
from bot.channels.telegram.http_request import AiohttpRequest
from bot.channels.telegram.messenger import TelegramMessenger
from bot.channels.telegram.polling import poll
from bot.channels.telegram.webhook import connect, keep_webhook, webhook_route
from bot.channels.whatsapp.batch_committer import BatchCommitter
from bot.channels.whatsapp.messenger import WhatsAppMessenger
from bot.channels.whatsapp.platform_templates import GraphTemplates, TemplateCheck
from bot.channels.whatsapp.webhook import webhook_routes
from bot.core.errors import InvalidInputError, TemporaryError
from bot.core.vocabulary import Channel
from bot.nlu_service.client import NluClient
from bot.storage.campaigns.platform_templates import DatabaseTemplates
from bot.storage.campaigns.receipts import DatabaseReceipts
from bot.storage.messaging.replies import DatabaseReplies
from bot.storage.unit_of_work import DatabaseQueues, note_pending
from bot.workers.conversations import WorkerContext, forget_accepted, ingest, run_inbox_worker, run_outbox_worker
from bot.workers.supervision import Supervisor, Work, progress
from bot.workers.wakeups import Wakeups

logger = logging.getLogger(__name__)

INBOX_WORKERS = 4
OUTBOX_WORKERS = 8
GIVE_BACK_SECONDS = 1.0
MAX_POLL_SECONDS = 60.0
"""Without any success after which taking in counts as hung; a long poll lasts half of it."""
MAX_JOB_SECONDS = 60.0
"""Without a turn after which a worker counts as hung; longer than handling or sending takes, with all its limits."""
TELEGRAM_CHAT_PACE = SendRate(interval=1.0, burst=2)
"""One message a second to one chat; short bursts are allowed (`docs/limits.md`)."""
TELEGRAM_GROUP_PACE = SendRate(interval=3.75, burst=3)
"""Nineteen messages in any minute to one group at most; Telegram allows about 20.

Source: python-telegram-bot, `constants.FloodLimit.MESSAGES_PER_MINUTE_PER_GROUP`.
"""
FORGET_SECONDS = 60.0
"""How often replies are deleted of which the platform tells nothing any more."""
WHATSAPP_PERSON_PACE = SendRate(interval=6.0, burst=20)
"""One message in six seconds to one person, bursts borrowed from the future; Meta allows 45 (`docs/limits.md`)."""


@dataclass(frozen=True, kw_only=True)
class Running:
    """The chat platforms under way."""

    routes: list[BaseRoute] = field(default_factory=list)
    """What the platforms call."""
    states: dict[Channel, ChannelState] = field(default_factory=dict)
    """How each intake does."""
    sendings: dict[Channel, Sending] = field(default_factory=dict)
    """How the replies of each channel go out."""


@asynccontextmanager
async def channels(parts: Services, nlu: NluClient, supervisor: Supervisor) -> AsyncIterator[Running]:
    """Run the chat platforms that are set up, and the reminders on them, for as long as this lasts."""
    running = Running()
    async with contextlib.AsyncExitStack() as stack:
        await stack.enter_async_context(telegram(parts, nlu, supervisor, running))
        await stack.enter_async_context(whatsapp(parts, nlu, supervisor, running))
        if sending_limits(parts.settings):
            await stack.enter_async_context(reminders(parts.settings, parts.store, parts.clock, supervisor))
        yield running


@asynccontextmanager
async def telegram(parts: Services, nlu: NluClient, supervisor: Supervisor, running: Running) -> AsyncIterator[None]:
    """Run Telegram for as long as this lasts, when a token is set; adds the routes it needs."""
    settings = parts.settings
    if settings.telegram_token is None:
        yield
        return
    # Two connection pools: a long poll must not keep a reply waiting.
    polling = AiohttpRequest(connections=1)
    bot = Bot(
        settings.telegram_token,
        base_url=f"{settings.telegram_api}/bot",
        base_file_url=f"{settings.telegram_api}/file/bot",
        request=AiohttpRequest(),
        get_updates_request=polling,
    )
    desk = _Desk(parts=parts, nlu=nlu, queues=DatabaseQueues(parts.store), supervisor=supervisor, running=running)
    running.states[Channel.TELEGRAM] = desk.state
    secret, url = settings.telegram_webhook_secret, settings.telegram_webhook_url
    if secret and url:
        running.routes.append(webhook_route(desk.ingest, secret, desk.state))
    messengers: list[TelegramMessenger] = []
    supervisor.start("telegram_start", lambda: _begin_telegram(desk, bot, polling, messengers), is_once=True)
    try:
        yield
    finally:
        await desk.close()
        for messenger in messengers:
            await messenger.close()
        await bot.shutdown()


@asynccontextmanager
async def whatsapp(parts: Services, nlu: NluClient, supervisor: Supervisor, running: Running) -> AsyncIterator[None]:
    """Run WhatsApp for as long as this lasts, when it is set up; adds the routes it needs."""
    settings = parts.settings.whatsapp
    if settings is None:
        yield
        return
    client = graph_client(settings)
    messenger = WhatsAppMessenger(client, TemplateCheck(DatabaseTemplates(parts.store)), parts.clock)
    desk = _Desk(parts=parts, nlu=nlu, queues=DatabaseQueues(parts.store), supervisor=supervisor, running=running)
    running.states[Channel.WHATSAPP] = desk.state
    receipts, replies = DatabaseReceipts(parts.store, parts.clock.now), DatabaseReplies(parts.store, note_pending)
    group = BatchCommitter(desk.ingest, receipts, replies)
    running.routes.extend(
        webhook_routes(
            group, settings.app_secret, settings.verify_token, settings.phone_number_id, parts.clock, desk.state
        )
    )
    pace = pace_of(settings.per_second)
    supervisor.start("whatsapp_start", lambda: _begin_work(desk, messenger, pace, WHATSAPP_PERSON_PACE), is_once=True)
    supervisor.start("whatsapp_accepted", lambda: forget_accepted(desk.queues, FORGET_SECONDS))
    try:
        yield
    finally:
        await desk.close()
        await messenger.close()
        await client.close()


@asynccontextmanager
async def keeping_templates(parts: Services) -> AsyncIterator[SyncPlatformTemplates]:
    """Return the use case around message templates.

    Raises:
        InvalidInputError: when WhatsApp or its account is not set up.
    """
    settings = parts.settings.whatsapp
    if settings is None or settings.account_id is None:
        raise InvalidInputError("template perlu WHATSAPP_TOKEN dan WHATSAPP_BUSINESS_ACCOUNT_ID")
    client = graph_client(settings)
    try:
        yield SyncPlatformTemplates(registry=DatabaseTemplates(parts.store), platform=GraphTemplates(client))
    finally:
        await client.close()


async def sync_templates(parts: Services, now: datetime) -> int:
    """Read the templates' state from the platform, where one is set up; returns how many templates there are."""
    if parts.settings.whatsapp is None or parts.settings.whatsapp.account_id is None:
        return 0
    async with keeping_templates(parts) as templates:
        return await templates.sync(now)


class _WatchedState(ChannelState):
    """The state of an intake whose successes are progress of the part that takes in."""

    def worked(self) -> None:
        """Note a success."""
        super().worked()
        progress()


@dataclass(frozen=True, kw_only=True)
class _Desk:
    """What the workers of one channel share."""

    parts: Services
    nlu: NluClient
    queues: DatabaseQueues
    supervisor: Supervisor
    running: Running
    state: ChannelState = field(default_factory=lambda: _WatchedState(time.monotonic))
    inbox: Wakeups = field(default_factory=Wakeups)
    outbox: Wakeups = field(default_factory=Wakeups)

    async def ingest(self, updates: Sequence[Taken]) -> None:
        """Commit updates and let the workers of the inbox know; refuse while the process stops.

        Raises:
            TemporaryError: while the process stops: the platform delivers again.
        """
        if self.supervisor.stopping.is_set():
            raise TemporaryError("the process is stopping")
        await ingest(self.queues, self.inbox, updates)

    async def close(self) -> None:
        """End the workers and give back what was handed on and nobody took up."""
        await self.supervisor.stop()
        try:
            async with asyncio.timeout(GIVE_BACK_SECONDS):
                for claim in [*self.inbox.left(), *self.outbox.left()]:
                    await self.queues.release_claim(claim, 0.0)
        except Exception as error:  # the lease ends by itself
            logger.warning("a conversation could not be given back", extra={"error": type(error).__name__})


async def _begin_telegram(desk: _Desk, bot: Bot, polling: AiohttpRequest, messengers: list[TelegramMessenger]) -> None:
    """Introduce ourselves, then begin to take updates in and to work them off."""
    settings, state = desk.parts.settings, desk.state
    myself = await connect(bot, state)
    desk.parts.bot_names[Channel.TELEGRAM] = myself.username
    messenger = TelegramMessenger(bot, myself)
    messengers.append(messenger)
    await _begin_work(desk, messenger, pace_of(settings.telegram_per_second), TELEGRAM_CHAT_PACE)
    url, secret = settings.telegram_webhook_url, settings.telegram_webhook_secret
    if url and secret:
        desk.supervisor.start("telegram_intake", lambda: keep_webhook(bot, url, secret, state))
    else:
        desk.supervisor.start(
            "telegram_intake", lambda: poll(bot, polling, desk.ingest, state), longest_silence=MAX_POLL_SECONDS
        )


async def _begin_work(desk: _Desk, messenger: Messenger, sender: SendRate, person: SendRate) -> None:
    """Begin to work off the updates and messages of one channel."""
    parts, queues, channel = desk.parts, desk.queues, messenger.channel
    deliver = DeliverMessage(
        queues=queues,
        messengers={channel: messenger},
        sender_pace={channel: sender},
        person_pace={channel: person},
        group_pace={Channel.TELEGRAM: TELEGRAM_GROUP_PACE},
    )
    desk.running.sendings[channel] = deliver.sending(channel)
    handle = HandleUpdate(
        interpreter=desk.nlu,
        queues=queues,
        clock=parts.clock,
        messengers={channel: messenger},
        lexicon=await parts.lexicon(),
        reserve=deliver.reserve,
        pace=LimitPeople(per_minute=parts.settings.messages_per_minute),
    )

    def shift(wakeups: Wakeups, colleagues: int) -> WorkerContext:
        owner = secrets.token_hex(ROW_ID_BYTES)
        return WorkerContext(queues=queues, channel=channel, owner=owner, wakeups=wakeups, peers=colleagues)

    def work(name: str, worker: Work, copies: int, wakeups: Wakeups) -> None:
        desk.supervisor.start(
            f"{channel.value}_{name}", worker, copies=copies, longest_silence=MAX_JOB_SECONDS, drains=True
        )
        desk.supervisor.when_stopping(wakeups.wake_all)

    work(
        "inbox",
        lambda: run_inbox_worker(shift(desk.inbox, INBOX_WORKERS), handle, desk.outbox),
        INBOX_WORKERS,
        desk.inbox,
    )
    work("outbox", lambda: run_outbox_worker(shift(desk.outbox, OUTBOX_WORKERS), deliver), OUTBOX_WORKERS, desk.outbox)
