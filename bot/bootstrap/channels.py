"""The chat platforms: taking in, working off, sending."""

import asyncio
import contextlib
import secrets
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime

from starlette.routing import BaseRoute
from telegram import Bot

from bot.application.channel_state import ChannelState
from bot.application.deliver_message import DeliverMessage, Pace
from bot.application.handle_update import HandleUpdate
from bot.application.limit_people import LimitPeople
from bot.application.message_templates import KeepTemplates
from bot.application.queues import Messenger, Taken
from bot.bootstrap.parts import ROW_ID_BYTES, Parts
from bot.bootstrap.reminders import graph_client, pace_of, send_reminders, sending_limits
from bot.bootstrap.tasks import background
from bot.channels.telegram.intake import introduce, keep_webhook, webhook_route
from bot.channels.telegram.messenger import TelegramMessenger
from bot.channels.telegram.polling import poll
from bot.channels.telegram.request import AiohttpRequest
from bot.channels.whatsapp.intake import GroupCommit, webhook_routes
from bot.channels.whatsapp.messenger import WhatsAppMessenger
from bot.channels.whatsapp.templates import GraphTemplates, TemplateCheck
from bot.core.conversation import Channel
from bot.core.errors import InvalidInputError
from bot.nlu_client import NluClient
from bot.storage.queues import DatabaseQueues
from bot.storage.receipts import DatabaseReceipts
from bot.storage.replies import DatabaseReplies
from bot.storage.templates import DatabaseTemplates
from bot.workers.claims import Bell, Shift, forget_accepted, take_in, work_inbox, work_outbox

INBOX_WORKERS = 4
OUTBOX_WORKERS = 8
TELEGRAM_CHAT_PACE = Pace(interval=1.0, burst=2)
"""One message a second to one chat; short bursts are allowed (`platform-limits.md`)."""
TELEGRAM_GROUP_PACE = Pace(interval=3.75, burst=3)
"""Nineteen messages in any minute to one group at most; Telegram allows about 20.

Source: python-telegram-bot, `constants.FloodLimit.MESSAGES_PER_MINUTE_PER_GROUP`.
"""
FORGET_SECONDS = 60.0
"""How often replies are deleted of which the platform tells nothing any more."""
WHATSAPP_PERSON_PACE = Pace(interval=6.0, burst=20)
"""One message in six seconds to one person, bursts borrowed from the future; Meta allows 45 (`platform-limits.md`)."""


@asynccontextmanager
async def channels(parts: Parts, nlu: NluClient) -> AsyncIterator[list[BaseRoute]]:
    """Run the chat platforms that are set up, and the reminders on them; gives the routes they need."""
    settings = parts.settings
    async with contextlib.AsyncExitStack() as stack:
        routes = [
            *await stack.enter_async_context(telegram(parts, nlu)),
            *await stack.enter_async_context(whatsapp(parts, nlu)),
        ]
        if sending_limits(settings):
            await stack.enter_async_context(background(send_reminders(settings, parts.store, parts.clock)))
        yield routes


@asynccontextmanager
async def telegram(parts: Parts, nlu: NluClient) -> AsyncIterator[list[BaseRoute]]:
    """Run Telegram for as long as this lasts, when a token is set; gives the routes it needs."""
    settings = parts.settings
    if settings.telegram_token is None:
        yield []
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
    desk = _Desk(parts=parts, nlu=nlu, queues=DatabaseQueues(parts.store))
    secret, url = settings.telegram_webhook_secret, settings.telegram_webhook_url
    try:
        async with background(_serve_telegram(desk, bot, polling)):
            yield [webhook_route(desk.take_in, secret, desk.state)] if secret and url else []
    finally:
        await bot.shutdown()


@asynccontextmanager
async def whatsapp(parts: Parts, nlu: NluClient) -> AsyncIterator[list[BaseRoute]]:
    """Run WhatsApp for as long as this lasts, when it is set up; gives the routes it needs."""
    settings = parts.settings.whatsapp
    if settings is None:
        yield []
        return
    client = graph_client(settings)
    messenger = WhatsAppMessenger(client, TemplateCheck(DatabaseTemplates(parts.store)), parts.clock)
    desk = _Desk(parts=parts, nlu=nlu, queues=DatabaseQueues(parts.store))
    receipts, replies = DatabaseReceipts(parts.store, parts.clock.now), DatabaseReplies(parts.store)
    group = GroupCommit(desk.take_in, receipts, replies)
    try:
        async with background(_work(desk, messenger, pace_of(settings.per_second), WHATSAPP_PERSON_PACE)):
            yield [
                *webhook_routes(
                    group,
                    settings.app_secret,
                    settings.verify_token,
                    settings.phone_number_id,
                    parts.clock,
                    desk.state,
                )
            ]
    finally:
        await messenger.close()
        await client.close()


@asynccontextmanager
async def keeping_templates(parts: Parts) -> AsyncIterator[KeepTemplates]:
    """Give the use case around message templates.

    Raises:
        InvalidInputError: when WhatsApp or its account is not set up.
    """
    settings = parts.settings.whatsapp
    if settings is None or settings.account_id is None:
        raise InvalidInputError("template perlu WHATSAPP_TOKEN dan WHATSAPP_BUSINESS_ACCOUNT_ID")
    client = graph_client(settings)
    try:
        yield KeepTemplates(registry=DatabaseTemplates(parts.store), platform=GraphTemplates(client))
    finally:
        await client.close()


async def sync_templates(parts: Parts, now: datetime) -> int:
    """Read the templates' state from the platform, where one is set up; gives how many templates there are."""
    if parts.settings.whatsapp is None or parts.settings.whatsapp.account_id is None:
        return 0
    async with keeping_templates(parts) as templates:
        return await templates.sync(now)


@dataclass(frozen=True, kw_only=True)
class _Desk:
    """What the workers of one channel share."""

    parts: Parts
    nlu: NluClient
    queues: DatabaseQueues
    state: ChannelState = field(default_factory=lambda: ChannelState(time.monotonic))
    inbox: Bell = field(default_factory=Bell)
    outbox: Bell = field(default_factory=Bell)

    async def take_in(self, updates: Sequence[Taken]) -> None:
        """Commit updates and let the workers of the inbox know."""
        await take_in(self.queues, self.inbox, updates)


async def _serve_telegram(desk: _Desk, bot: Bot, polling: AiohttpRequest) -> None:
    """Introduce ourselves, then take updates in and work them off until cancelled."""
    settings = desk.parts.settings
    myself = await introduce(bot, desk.state)
    desk.parts.known_as[Channel.TELEGRAM] = myself.username
    messenger = TelegramMessenger(bot, myself)
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(_work(desk, messenger, pace_of(settings.telegram_per_second), TELEGRAM_CHAT_PACE))
            if settings.telegram_webhook_url and settings.telegram_webhook_secret:
                await keep_webhook(bot, settings.telegram_webhook_url, settings.telegram_webhook_secret, desk.state)
            else:
                await poll(bot, polling, desk.take_in, desk.state)
    finally:
        await messenger.close()


async def _work(desk: _Desk, messenger: Messenger, sender: Pace, person: Pace) -> None:
    """Work off the updates and messages of one channel until cancelled."""
    parts, queues, channel = desk.parts, desk.queues, messenger.channel
    deliver = DeliverMessage(
        queues=queues,
        messengers={channel: messenger},
        sender_pace={channel: sender},
        person_pace={channel: person},
        group_pace={Channel.TELEGRAM: TELEGRAM_GROUP_PACE},
    )
    handle = HandleUpdate(
        interpreter=desk.nlu,
        queues=queues,
        clock=parts.clock,
        messengers={channel: messenger},
        lexicon=await parts.lexicon(),
        reserve=deliver.reserve,
        pace=LimitPeople(per_minute=parts.settings.messages_per_minute),
    )

    def shift(bell: Bell, colleagues: int) -> Shift:
        owner = secrets.token_hex(ROW_ID_BYTES)
        return Shift(queues=queues, channel=channel, owner=owner, bell=bell, colleagues=colleagues)

    async with asyncio.TaskGroup() as group:
        for _ in range(INBOX_WORKERS):
            group.create_task(work_inbox(shift(desk.inbox, INBOX_WORKERS), handle, desk.outbox))
        for _ in range(OUTBOX_WORKERS):
            group.create_task(work_outbox(shift(desk.outbox, OUTBOX_WORKERS), deliver))
        if channel is Channel.WHATSAPP:
            group.create_task(forget_accepted(queues, FORGET_SECONDS))
