"""Campaigns: who sends on which channel, how fast, and what people do with them."""

import asyncio
import secrets
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager

from bot.application.campaigns.edit_campaigns import SendingRates
from bot.application.campaigns.manage_campaigns import ManageCampaigns
from bot.application.campaigns.ports import Addressee, BulkSender
from bot.application.campaigns.run_campaigns import RunCampaigns
from bot.application.campaigns.sync_platform_templates import SyncPlatformTemplates
from bot.application.messaging.deliver_message import SendRate
from bot.application.ports import Clock
from bot.bootstrap.services import ROW_ID_BYTES, Services, holidays_around
from bot.channels.telegram.bulk_sender import TelegramBulkSender
from bot.channels.whatsapp.bulk_sender import WhatsAppBulkSender
from bot.channels.whatsapp.graph_client import GraphClient
from bot.channels.whatsapp.platform_templates import GraphTemplates, TemplateCheck
from bot.core.campaigns.platform_template import PlatformTemplate, TemplateProblem, unfit
from bot.core.errors import InvalidInputError
from bot.core.replies.reply import Reply
from bot.core.vocabulary import Channel
from bot.settings import Settings, WhatsAppSettings
from bot.storage.campaigns.platform_templates import DatabaseTemplates
from bot.storage.campaigns.sending import DatabaseLedger, SendingLimits
from bot.storage.unit_of_work import DatabaseStore
from bot.workers.supervision import Supervisor, progress

CAMPAIGN_ID_BYTES = 4
"""Short enough to be typed; what one may do with it is checked each time."""
SWITCH_SECONDS = 0.0005
"""How long a busy event loop may keep the thread of a database statement waiting; Python's own 5 ms, a dozen times
in each tick of the reminders, would cost more than the statements."""
MAX_TICK_SECONDS = 30.0
"""Without a tick after which the reminders count as hung; longer than a database keeps another writer waiting."""
REPLY_BURST_SECONDS = 1.0
"""So many seconds of the sender's pace may be taken at once by replies; they go before reminders."""


@asynccontextmanager
async def reminders(
    settings: Settings, store: DatabaseStore, clock: Clock, supervisor: Supervisor
) -> AsyncIterator[None]:
    """Send what campaigns owe for as long as this lasts; any number of processes may do it."""
    sys.setswitchinterval(SWITCH_SECONDS)
    limits = sending_limits(settings)
    senders = mass_senders(settings, store, clock)
    ledger = DatabaseLedger(store, secrets.token_hex(ROW_ID_BYTES), limits, holidays=holidays_around(clock.now()))
    # One for all restarts: what was sent before an error is still recorded after it.
    run = RunCampaigns(
        ledger=ledger,
        senders=senders,
        clock=clock,
        monotonic=asyncio.get_running_loop().time,
        interval=min(each.interval for each in limits.values()),
        refresh=_template_readers(settings, store, clock),
        on_progress=progress,
    )
    supervisor.start("reminders", run.run_for_ever, longest_silence=MAX_TICK_SECONDS)
    supervisor.start("reminder_plans", run.plan_for_ever, longest_silence=MAX_TICK_SECONDS)
    try:
        yield
    finally:
        await supervisor.stop()
        for sender in senders.values():
            await sender.close()


def _template_readers(
    settings: Settings, store: DatabaseStore, clock: Clock
) -> Mapping[Channel, Callable[[], Awaitable[object]]]:
    """Return what reads anew how a platform stands to our templates, by channel that has such."""
    account = settings.whatsapp
    if account is None or account.account_id is None:
        return {}

    async def sync() -> int:
        client = graph_client(account)
        try:
            keep = SyncPlatformTemplates(registry=DatabaseTemplates(store), platform=GraphTemplates(client))
            return await keep.sync(clock.now())
        finally:
            await client.close()

    return {Channel.WHATSAPP: sync}


async def send_reminders(settings: Settings, store: DatabaseStore, clock: Clock) -> None:
    """Send what campaigns owe until cancelled, and nothing else."""
    async with reminders(settings, store, clock, Supervisor()):
        await asyncio.Event().wait()


async def send_test(parts: Services, person: str, message: Reply, channel: Channel = Channel.TELEGRAM) -> str:
    """Send a reminder to one person who asked for reminders; returns what became of it, in a word."""
    async with parts.store.unit() as unit:
        subscription = await unit.subscription(channel, person)
    senders = mass_senders(parts.settings, parts.store, parts.clock)
    if channel not in senders or subscription is None:
        raise InvalidInputError("kirim uji perlu TELEGRAM_BOT_TOKEN dan chat yang berlangganan (/langganan)")
    try:
        return (await senders[channel].send(Addressee(person=person), senders[channel].render(message))).outcome.value
    finally:
        for sender in senders.values():
            await sender.close()


def mass_senders(settings: Settings, store: DatabaseStore, clock: Clock) -> Mapping[Channel, BulkSender]:
    """Make the senders of the channels that are set up."""
    senders: dict[Channel, BulkSender] = {}
    if settings.telegram_token is not None:
        senders[Channel.TELEGRAM] = TelegramBulkSender(settings.telegram_api, settings.telegram_token)
    if settings.whatsapp is not None:
        templates = TemplateCheck(DatabaseTemplates(store))
        senders[Channel.WHATSAPP] = WhatsAppBulkSender(graph_client(settings.whatsapp), templates, clock)
    return senders


def sending_limits(settings: Settings) -> Mapping[Channel, SendingLimits]:
    """Return how fast each channel that is set up may send."""
    limits: dict[Channel, SendingLimits] = {}
    if settings.telegram_token is not None:
        pace = pace_of(settings.telegram_per_second)
        limits[Channel.TELEGRAM] = SendingLimits(interval=pace.interval, reply_burst=pace.burst)
    if settings.whatsapp is not None:
        pace = pace_of(settings.whatsapp.per_second)
        limits[Channel.WHATSAPP] = SendingLimits(
            interval=pace.interval, reply_burst=pace.burst, people_a_day=settings.whatsapp.people_a_day
        )
    return limits


def reminder_rates(settings: Settings) -> SendingRates:
    """Return pace and price of each channel that reminders can go out on."""
    limits = {channel: each.interval for channel, each in sending_limits(settings).items()}
    prices = {Channel.TELEGRAM: settings.telegram_price, Channel.WHATSAPP: settings.whatsapp_price}
    # Until a channel is set up, campaigns are planned as if it were Telegram.
    return SendingRates(
        intervals=limits or {Channel.TELEGRAM: pace_of(settings.telegram_per_second).interval},
        prices={channel: price for channel, price in prices.items() if price is not None},
    )


def manage_campaigns(parts: Services) -> ManageCampaigns:
    """Make the use cases of campaigns."""
    registry = DatabaseTemplates(parts.store)

    async def reminder_unfit(template: PlatformTemplate) -> TemplateProblem | None:
        return unfit(template, tuple(await registry.templates()))

    return ManageCampaigns(
        store=parts.admin_store,
        clock=parts.clock,
        new_id=lambda: secrets.token_hex(CAMPAIGN_ID_BYTES),
        rates=reminder_rates(parts.settings),
        unfit=reminder_unfit,
    )


def graph_client(settings: WhatsAppSettings) -> GraphClient:
    """Make the client of the number."""
    return GraphClient(settings.api, settings.version, settings.token, settings.phone_number_id, settings.account_id)


def pace_of(per_second: int) -> SendRate:
    """Return the pace of a sender."""
    interval = 1 / per_second
    return SendRate(interval=interval, burst=max(1, round(REPLY_BURST_SECONDS / interval)))
