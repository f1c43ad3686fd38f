"""The only module that knows every part: builds, wires, closes."""

import asyncio
import contextlib
import secrets
import signal
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Coroutine, Generator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import uvicorn
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.applications import Starlette
from starlette.routing import BaseRoute
from telegram import Bot

from bot.admin.bot_links import BotLinks
from bot.admin.credentials import Argon2Passwords, PyotpCodes
from bot.admin.site import AdminSite
from bot.application.admit import Admit
from bot.application.campaigns import Addressee, MassSender
from bot.application.cluster_questions import ClusterQuestions
from bot.application.deliver_message import DeliverMessage, Pace
from bot.application.edit_campaigns import Rates
from bot.application.figures import FigureSources
from bot.application.handle_message import HandleMessage
from bot.application.handle_update import HandleUpdate
from bot.application.manage_campaigns import ManageCampaigns
from bot.application.manage_templates import ManageTemplates
from bot.application.message_templates import KeepTemplates
from bot.application.ports import Clock
from bot.application.publish_figures import first_day_of, weekly_figures
from bot.application.queues import Messenger
from bot.application.run_campaigns import RunCampaigns
from bot.application.service_health import ServiceHealth
from bot.channels.telegram.broadcast import TelegramBroadcast
from bot.channels.telegram.intake import announce_webhook, introduce, poll, webhook_route
from bot.channels.telegram.messages import as_html_messages
from bot.channels.telegram.messenger import TelegramMessenger
from bot.channels.telegram.request import AiohttpRequest
from bot.channels.web.routes import WebChat
from bot.channels.whatsapp.broadcast import WhatsAppBroadcast
from bot.channels.whatsapp.graph import GraphClient
from bot.channels.whatsapp.intake import GroupCommit, webhook_routes
from bot.channels.whatsapp.messenger import WhatsAppMessenger
from bot.channels.whatsapp.templates import GraphTemplates, TemplateCheck
from bot.core.conversation import Channel
from bot.core.errors import InvalidInputError, PermanentError
from bot.core.person_names import Lexicon
from bot.core.published import PublishedTable
from bot.core.reply import Reply
from bot.nlu_client import NluClient
from bot.nlu_process import NluProcess, NluWorkshop, free_port
from bot.operations.documents import DOCUMENTS, document
from bot.operations.health import health_route
from bot.operations.holidays import national_holidays
from bot.operations.logs import begin_logging
from bot.settings import ROOT, Settings, WhatsAppSettings
from bot.storage.admin_store import DatabaseAdminStore
from bot.storage.audit import verify
from bot.storage.campaigns import fold_finished
from bot.storage.encryption import keys_from_file
from bot.storage.engine import make_engine
from bot.storage.figures import day_counts
from bot.storage.health import channel_health
from bot.storage.migrate import upgrade
from bot.storage.privacy import purge_texts
from bot.storage.question_counts import DatabaseQuestionCounts
from bot.storage.queues import DatabaseQueues
from bot.storage.receipts import DatabaseReceipts
from bot.storage.sending import DatabaseLedger, SendingLimits
from bot.storage.store import DatabaseStore
from bot.storage.templates import DatabaseTemplates
from bot.storage.wordings import typical_wordings
from bot.storage.wordlists import read_lexicon
from bot.workers.claims import Bell, Shift, work_inbox, work_outbox
from bot.workers.purges import Job, purge_for_ever

ROW_ID_BYTES = 16
CAMPAIGN_ID_BYTES = 4
"""Short enough to be typed; what one may do with it is checked each time."""
CANCEL_SECONDS = 2.0
KEPT_DELIVERY_DAYS = 8
"""After a campaign's deadline its deliveries become counts; until then a person may settle what is in doubt."""
SWITCH_SECONDS = 0.0005
"""How long a busy event loop may keep the thread of a database statement waiting; Python's own 5 ms, a dozen times
in each tick of the reminders, would cost more than the statements."""
INBOX_WORKERS = 4
OUTBOX_WORKERS = 8
REPLY_BURST_SECONDS = 1.0
"""So many seconds of the sender's pace may be taken at once by replies; they go before reminders."""
TELEGRAM_CHAT_PACE = Pace(interval=1.0, burst=2)
"""One message a second to one chat; short bursts are allowed (`platform-limits.md`)."""
WHATSAPP_PERSON_PACE = Pace(interval=6.0, burst=20)
"""One message in six seconds to one person, bursts borrowed from the future; Meta allows 45 (`platform-limits.md`)."""


class SystemClock:
    """The real `Clock`."""

    def __init__(self, timezone: ZoneInfo) -> None:
        """Take the agency's own time zone."""
        self._timezone = timezone

    def now(self) -> datetime:
        """Give the present."""
        return datetime.now(self._timezone)


@dataclass(frozen=True, kw_only=True)
class Parts:
    """Everything that a command may need, wired."""

    settings: Settings
    engine: AsyncEngine
    store: DatabaseStore
    clock: SystemClock
    known_as: dict[Channel, str] = field(default_factory=dict)
    """The bot's name on a channel, once the channel told it."""

    @property
    def admin_store(self) -> DatabaseAdminStore:
        """Give what administrators work with."""
        return DatabaseAdminStore(self.store, self.holidays())

    def holidays(self) -> Collection[date]:
        """Give the national holidays of the years around."""
        return holidays_around(self.clock.now())

    async def lexicon(self) -> Lexicon:
        """Read the masking's word lists; the instruments of the store are its citations."""
        async with self.store.unit() as unit:
            return read_lexicon((await unit.guidance()).instruments.values())


@asynccontextmanager
async def opened(settings: Settings, clock: SystemClock | None = None) -> AsyncIterator[Parts]:
    """Open the store, bring its schema up to date, and close it at the end."""
    engine = make_engine(settings.database_url)
    try:
        try:
            await upgrade(engine)
        except (DBAPIError, OSError) as error:
            cause = getattr(error, "orig", None) or error
            first_line = str(cause).strip().split("\n", maxsplit=1)[0]
            raise PermanentError(
                f"basis data tidak bisa dibuka: {first_line}; periksa SINETRAL_DATABASE_URL"
            ) from error
        keys = keys_from_file(settings.key_file)
        store = DatabaseStore(engine, keys, lambda: secrets.token_hex(ROW_ID_BYTES), settings.contact, settings.agency)
        yield Parts(settings=settings, engine=engine, store=store, clock=clock or SystemClock(settings.timezone))
    finally:
        await engine.dispose()


def workshop(settings: Settings) -> NluWorkshop:
    """Give where models are made."""
    return NluWorkshop(root=ROOT, python=settings.nlu_python, models=settings.model_folder)


@asynccontextmanager
async def running_nlu(settings: Settings) -> AsyncIterator[NluClient]:
    """Give a client of the running NLU; start one for as long as this lasts when none runs."""
    client = NluClient(settings.nlu_url)
    if await client.model() is not None:
        try:
            yield client
        finally:
            await client.close()
        return
    await client.close()
    url = f"http://127.0.0.1:{free_port()}"
    client = NluClient(url)
    process = NluProcess(workshop(settings), url, settings.log_folder, lambda: _is_ready(client))
    try:
        await process.start()
        yield client
    finally:
        await process.stop()
        await client.close()


def figure_sources(parts: Parts, nlu_model: Callable[[], Awaitable[str | None]] | None = None) -> FigureSources:
    """Give where the pages of figures read; without the NLU it counts as down."""

    async def published(today: date, weeks: int) -> PublishedTable:
        return weekly_figures(await day_counts(parts.store, first_day_of(today, weeks)), today, weeks)

    async def health() -> ServiceHealth:
        channels = [Channel.WEB, *([Channel.TELEGRAM] if parts.settings.telegram_token else [])]
        return ServiceHealth(
            nlu_model=await nlu_model() if nlu_model else None,
            channels=await channel_health(parts.store, channels, parts.clock.now()),
        )

    return FigureSources(
        counts=DatabaseQuestionCounts(parts.store),
        published=published,
        wordings=lambda topic: typical_wordings(ROOT / "nlu" / "data", topic),
        health=health,
    )


def question_clusters(parts: Parts, nlu: NluClient) -> ClusterQuestions:
    """Make what puts the unanswered questions together; one for a process."""
    return ClusterQuestions(store=parts.admin_store, embedder=nlu, interpreter=nlu, clock=parts.clock)


def admin_site(
    parts: Parts,
    nlu: NluClient | None = None,
    lexicon: Lexicon | None = None,
    clusters: ClusterQuestions | None = None,
) -> AdminSite:
    """Make the administrators' web; only pages that understand questions need the NLU and the masking's lists."""
    nlu = nlu or NluClient(parts.settings.nlu_url)
    return AdminSite(
        store=parts.admin_store,
        passwords=Argon2Passwords(),
        codes=PyotpCodes(),
        clock=parts.clock,
        admit=Admit(store=parts.store, clock=parts.clock),
        verify_audit=lambda: verify(parts.store),
        telegram=as_html_messages,
        interpreter=nlu,
        clusters=clusters or question_clusters(parts, nlu),
        seal=parts.store.seal,
        unseal=parts.store.open,
        lexicon=lexicon,
        documents={name: document(name) for name in DOCUMENTS},
        campaigns=manage_campaigns(parts),
        whatsapp_templates=DatabaseTemplates(parts.store),
        templates=ManageTemplates(store=parts.admin_store, clock=parts.clock, new_id=parts.store.new_id),
        links=BotLinks(name=lambda: parts.known_as.get(Channel.TELEGRAM), trial_token=parts.store.trial_token),
        new_id=parts.store.new_id,
        timezone=parts.settings.timezone,
        agency=parts.settings.agency,
        figures=figure_sources(parts, nlu.model),
    )


def build_app(
    parts: Parts,
    nlu: NluClient,
    lexicon: Lexicon,
    channel_routes: Sequence[BaseRoute] = (),
    clusters: ClusterQuestions | None = None,
) -> Starlette:
    """Make the web application: chat, health, administrators' pages, and the webhooks of channels."""
    settings = parts.settings
    chat = WebChat(
        handle=HandleMessage(interpreter=nlu, store=parts.store, clock=parts.clock, lexicon=lexicon),
        admit=Admit(store=parts.store, clock=parts.clock),
        messages_per_minute=settings.messages_per_minute,
        address_messages_per_minute=settings.address_messages_per_minute,
        agency=settings.agency,
    )
    health = health_route(nlu.model, parts.store, parts.clock)
    return Starlette(
        routes=[health, *channel_routes, *admin_site(parts, nlu, lexicon, clusters).routes(), *chat.routes()]
    )


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
            await stack.enter_async_context(_background(send_reminders(settings, parts.store, parts.clock)))
        yield routes


@asynccontextmanager
async def telegram(parts: Parts, nlu: NluClient) -> AsyncIterator[list[BaseRoute]]:
    """Run Telegram for as long as this lasts, when a token is set; gives the routes it needs."""
    settings = parts.settings
    if settings.telegram_token is None:
        yield []
        return
    # Two connection pools: a long poll must not keep a reply waiting.
    bot = Bot(
        settings.telegram_token,
        base_url=f"{settings.telegram_api}/bot",
        base_file_url=f"{settings.telegram_api}/file/bot",
        request=AiohttpRequest(),
        get_updates_request=AiohttpRequest(connections=1),
    )
    desk = _Desk(parts=parts, nlu=nlu, queues=DatabaseQueues(parts.store))
    secret, url = settings.telegram_webhook_secret, settings.telegram_webhook_url
    try:
        async with _background(_serve_telegram(desk, bot)):
            yield [webhook_route(desk.queues, secret, desk.inbox.ring)] if secret and url else []
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
    group = GroupCommit(desk.queues, DatabaseReceipts(parts.store, parts.clock.now), desk.inbox.ring)
    try:
        async with _background(_work(desk, messenger, _pace(settings.per_second), WHATSAPP_PERSON_PACE)):
            yield [
                *webhook_routes(
                    group, settings.app_secret, settings.verify_token, settings.phone_number_id, parts.clock
                )
            ]
    finally:
        await messenger.close()
        await client.close()


def graph_client(settings: WhatsAppSettings) -> GraphClient:
    """Make the client of the number."""
    return GraphClient(settings.api, settings.version, settings.token, settings.phone_number_id, settings.account_id)


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


async def _sync_templates(parts: Parts, now: datetime) -> int:
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
    inbox: Bell = field(default_factory=Bell)
    outbox: Bell = field(default_factory=Bell)


async def _serve_telegram(desk: _Desk, bot: Bot) -> None:
    """Introduce ourselves, then take updates in and work them off until cancelled."""
    settings = desk.parts.settings
    myself = await introduce(bot)
    desk.parts.known_as[Channel.TELEGRAM] = myself.username
    messenger = TelegramMessenger(bot, myself)
    async with asyncio.TaskGroup() as group:
        group.create_task(_work(desk, messenger, _pace(settings.telegram_per_second), TELEGRAM_CHAT_PACE))
        if settings.telegram_webhook_url and settings.telegram_webhook_secret:
            await announce_webhook(bot, settings.telegram_webhook_url, settings.telegram_webhook_secret)
        else:
            await poll(bot, desk.queues, desk.inbox.ring)


async def _work(desk: _Desk, messenger: Messenger, sender: Pace, person: Pace) -> None:
    """Work off the updates and messages of one channel until cancelled."""
    parts, queues, channel = desk.parts, desk.queues, messenger.channel
    handle = HandleUpdate(
        interpreter=desk.nlu,
        queues=queues,
        clock=parts.clock,
        messengers={channel: messenger},
        lexicon=await parts.lexicon(),
    )
    deliver = DeliverMessage(
        queues=queues,
        messengers={channel: messenger},
        sender_pace={channel: sender},
        person_pace={channel: person},
    )

    def shift(bell: Bell, colleagues: int) -> Shift:
        owner = secrets.token_hex(ROW_ID_BYTES)
        return Shift(queues=queues, channel=channel, owner=owner, bell=bell, colleagues=colleagues)

    async with asyncio.TaskGroup() as group:
        for _ in range(INBOX_WORKERS):
            group.create_task(work_inbox(shift(desk.inbox, INBOX_WORKERS), handle, desk.outbox))
        for _ in range(OUTBOX_WORKERS):
            group.create_task(work_outbox(shift(desk.outbox, OUTBOX_WORKERS), deliver))


@asynccontextmanager
async def _background(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Do something beside what is done here, and end it with that."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        await _cancelled(task)


async def send_reminders(settings: Settings, store: DatabaseStore, clock: Clock) -> None:
    """Send what campaigns owe until cancelled; any number of processes may do it."""
    sys.setswitchinterval(SWITCH_SECONDS)
    limits = sending_limits(settings)
    senders = mass_senders(settings, store, clock)
    ledger = DatabaseLedger(store, secrets.token_hex(ROW_ID_BYTES), limits, holidays=holidays_around(clock.now()))
    run = RunCampaigns(
        ledger=ledger,
        senders=senders,
        clock=clock,
        monotonic=asyncio.get_running_loop().time,
        interval=min(each.interval for each in limits.values()),
    )
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(run.run_for_ever())
            group.create_task(run.plan_for_ever())
    finally:
        for sender in senders.values():
            await sender.close()


async def send_test(parts: Parts, person: str, message: Reply, channel: Channel = Channel.TELEGRAM) -> str:
    """Send a reminder to one person who asked for reminders; gives what became of it, in a word."""
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


def mass_senders(settings: Settings, store: DatabaseStore, clock: Clock) -> Mapping[Channel, MassSender]:
    """Make the senders of the channels that are set up."""
    senders: dict[Channel, MassSender] = {}
    if settings.telegram_token is not None:
        senders[Channel.TELEGRAM] = TelegramBroadcast(settings.telegram_api, settings.telegram_token)
    if settings.whatsapp is not None:
        templates = TemplateCheck(DatabaseTemplates(store))
        senders[Channel.WHATSAPP] = WhatsAppBroadcast(graph_client(settings.whatsapp), templates, clock)
    return senders


def sending_limits(settings: Settings) -> Mapping[Channel, SendingLimits]:
    """Give how fast each channel that is set up may send."""
    limits: dict[Channel, SendingLimits] = {}
    if settings.telegram_token is not None:
        pace = _pace(settings.telegram_per_second)
        limits[Channel.TELEGRAM] = SendingLimits(interval=pace.interval, reply_burst=pace.burst)
    if settings.whatsapp is not None:
        pace = _pace(settings.whatsapp.per_second)
        limits[Channel.WHATSAPP] = SendingLimits(
            interval=pace.interval, reply_burst=pace.burst, people_a_day=settings.whatsapp.people_a_day
        )
    return limits


def reminder_rates(settings: Settings) -> Rates:
    """Give pace and price of each channel that reminders can go out on."""
    limits = {channel: each.interval for channel, each in sending_limits(settings).items()}
    prices = {Channel.TELEGRAM: settings.telegram_price, Channel.WHATSAPP: settings.whatsapp_price}
    # Until a channel is set up, campaigns are planned as if it were Telegram.
    return Rates(
        intervals=limits or {Channel.TELEGRAM: _pace(settings.telegram_per_second).interval},
        prices={channel: price for channel, price in prices.items() if price is not None},
    )


def manage_campaigns(parts: Parts) -> ManageCampaigns:
    """Make the use cases of campaigns."""
    return ManageCampaigns(
        store=parts.admin_store,
        clock=parts.clock,
        new_id=lambda: secrets.token_hex(CAMPAIGN_ID_BYTES),
        rates=reminder_rates(parts.settings),
    )


def holidays_around(now: datetime) -> Collection[date]:
    """Give the national holidays from last year to three years ahead."""
    return _holidays(now.year)


@cache
def _holidays(year: int) -> Collection[date]:
    return national_holidays(range(year - 1, year + 4))


def _pace(per_second: int) -> Pace:
    """Give the pace of a sender."""
    interval = 1 / per_second
    return Pace(interval=interval, burst=max(1, round(REPLY_BURST_SECONDS / interval)))


async def serve(settings: Settings, clock: SystemClock | None = None) -> None:
    """Serve until a signal: NLU first, then the web; stop both cleanly.

    Args:
        clock: None: the machine's; another one lets tests of reminders run at night.

    Raises:
        InvalidInputError: when the address to serve on is taken.
        PermanentError: when the NLU cannot be started.
    """
    begin_logging()
    listener = _listen(settings)
    async with opened(settings, clock) as parts, _supervised_nlu(settings) as nlu, channels(parts, nlu) as routes:
        clusters = question_clusters(parts, nlu)
        config = uvicorn.Config(
            build_app(parts, nlu, await parts.lexicon(), routes, clusters),
            access_log=False,
            log_config=None,
            lifespan="off",
        )
        server = _Server(config)
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, server.ask_to_stop)
        purges = asyncio.create_task(purge_for_ever(_jobs(parts, clusters), parts.clock))
        print(f"SiNetral siap di http://{settings.host}:{settings.port} (Ctrl-C untuk berhenti)", flush=True)
        try:
            await server.serve(sockets=[listener])
        finally:
            await _cancelled(purges)


def _jobs(parts: Parts, clusters: ClusterQuestions) -> list[Job]:
    """Give what is done at intervals: write the log of ended hours, delete what has outlived its purpose."""
    store, queues, days = parts.store, DatabaseQueues(parts.store), parts.settings.unanswered_days
    return [
        Job(name="templates", run=lambda now: _sync_templates(parts, now)),
        Job(name="log", run=store.write_log),
        Job(name="conversations", run=store.purge),
        Job(name="texts", run=lambda now: purge_texts(store, now, days)),
        Job(name="sessions", run=lambda now: _purge_sessions(parts, now)),
        Job(name="publications", run=admin_site(parts).edit_drafts().publish_due),
        Job(name="updates", run=lambda _: queues.forget_old_updates()),
        Job(name="reminders", run=lambda now: fold_finished(store, now, KEPT_DELIVERY_DAYS)),
        # Last, since it may take a minute where thousands of questions have no vector yet.
        Job(name="clusters", run=clusters.refresh),
    ]


async def _purge_sessions(parts: Parts, now: datetime) -> int:
    async with parts.admin_store.unit() as unit:
        return await unit.accounts.purge_sessions(now)


class _Server(uvicorn.Server):
    """Leaves signals to us, so that the NLU and the store are closed after it."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield

    def ask_to_stop(self) -> None:
        self.force_exit = self.should_exit
        self.should_exit = True


@asynccontextmanager
async def _supervised_nlu(settings: Settings) -> AsyncIterator[NluClient]:
    """Give a client of the NLU; keep our own alive unless somebody else runs one at its address."""
    client = NluClient(settings.nlu_url)
    try:
        if await client.model() is not None:
            yield client
            return
        process = NluProcess(workshop(settings), settings.nlu_url, settings.log_folder, lambda: _is_ready(client))
        print("Menyalakan NLU …", flush=True)
        try:
            await process.start()
            watch = asyncio.create_task(process.run())
            yield client
            await _cancelled(watch)
        finally:
            await process.stop()
    finally:
        await client.close()


async def _is_ready(client: NluClient) -> bool:
    return await client.model() is not None


async def _cancelled(task: asyncio.Task[None]) -> None:
    """Cancel until it is done: a library that swallows one cancellation must not keep the process alive."""
    while not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=CANCEL_SECONDS)
    with contextlib.suppress(asyncio.CancelledError):
        await task


def _listen(settings: Settings) -> socket.socket:
    listener = socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        raise InvalidInputError(
            f"alamat {settings.host}:{settings.port} tidak bisa dipakai ({error.strerror});"
            " hentikan yang memakainya atau ubah SINETRAL_PORT"
        ) from error
    return listener
