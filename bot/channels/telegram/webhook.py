"""Being known to Telegram, and the webhook, which commits before it acknowledges; polling is `polling`."""

import asyncio
import hmac
import logging
import time
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from telegram import Bot, BotCommand
from telegram.error import InvalidToken, NetworkError

from bot.application.messaging.channel_state import ChannelState, Trouble
from bot.application.messaging.ports import IngestUpdates, SetAside, Taken
from bot.application.messaging.request_body import BodyProblem, read_body
from bot.channels.json_fields import parsed
from bot.channels.telegram.content import shape_of
from bot.channels.telegram.updates import ALLOWED_UPDATES, BotIdentity, letter, to_taken
from bot.core.messaging.dead_letters import Reason
from bot.core.replies import texts
from bot.core.vocabulary import Channel

logger = logging.getLogger(__name__)

WEBHOOK_PATH = "/telegram/webhook"
SECRET_HEADER = "x-telegram-bot-api-secret-token"  # noqa: S105 - the header's name
MAX_BODY = 1024 * 1024
"""Bytes; an update is some kilobytes."""
FIRST_PAUSE_SECONDS = 1.0
MAX_PAUSE_SECONDS = 60.0
"""Between two attempts to reach Telegram; the pause doubles up to it."""
VERIFY_SECONDS = 300.0
"""How often the webhook is looked after: somebody else may set another one with the same token."""
MAX_CONNECTIONS = 40
"""Telegram's default for concurrent webhook deliveries (`docs/limits.md`)."""


async def connect(bot: Bot, state: ChannelState) -> BotIdentity:
    """Ask who we are, again and again until Telegram answers, and tell it our commands."""
    pause = FIRST_PAUSE_SECONDS
    while True:
        try:
            await bot.initialize()
            break
        except Exception as error:  # an answer of any form; without our name nothing can be read
            _tell(error, state)
            await asyncio.sleep(pause)
            pause = min(2 * pause, MAX_PAUSE_SECONDS)
    try:
        await bot.set_my_commands([BotCommand(name, words) for name, words in texts.TELEGRAM_COMMANDS.items()])
    except Exception as error:
        # A server that does not know the method still serves; people can type the commands.
        logger.warning("the commands could not be described", extra={"error": type(error).__name__})
    return BotIdentity(id=bot.id, username=bot.username)


async def keep_webhook(bot: Bot, url: str, secret: str, state: ChannelState) -> None:
    """Tell Telegram where to deliver, and look for ever whether that still holds."""
    ours = url + WEBHOOK_PATH
    pause = FIRST_PAUSE_SECONDS
    is_announced = False
    last_refusal: datetime | None = None
    while True:
        try:
            if is_announced:
                info = await bot.get_webhook_info()
                is_announced = info.url == ours and info.last_error_date == last_refusal
                if info.url != ours:
                    logger.error("somebody set another webhook, which takes all updates; ours is set again")
                    state.failed("webhook_set")
                last_refusal = info.last_error_date
            if not is_announced:
                # Also where Telegram reports a refusal: who set our address with another secret makes us refuse.
                await _announce(bot, ours, secret)
                is_announced = True
            state.worked()
            pause = FIRST_PAUSE_SECONDS
            await asyncio.sleep(VERIFY_SECONDS)
        except Exception as error:  # the top of a task that runs for ever
            _tell(error, state)
            await asyncio.sleep(pause)
            pause = min(2 * pause, MAX_PAUSE_SECONDS)


async def _announce(bot: Bot, url: str, secret: str) -> None:
    await bot.set_webhook(url, secret_token=secret, allowed_updates=ALLOWED_UPDATES, max_connections=MAX_CONNECTIONS)


def _tell(error: Exception, state: ChannelState) -> None:
    """Log and note why Telegram does not do what it was asked."""
    if isinstance(error, InvalidToken):
        logger.error("Telegram does not accept the token")
        state.failed("token")
        return
    trouble: Trouble = "no_connection" if isinstance(error, NetworkError) else "error"
    logger.error("Telegram cannot be reached yet", extra={"error": type(error).__name__})
    state.failed(trouble)


def webhook_route(ingest: IngestUpdates, secret: str, state: ChannelState | None = None) -> Route:
    """Make the route that Telegram posts to: 200 after the commit, also for repeats and for what has no sense."""
    state = state or ChannelState(time.monotonic)

    async def webhook(request: Request) -> Response:
        given = request.headers.get(SECRET_HEADER, "")
        if not hmac.compare_digest(given.encode(), secret.encode()):
            return Response(status_code=403)
        body = await read_body(request.stream(), MAX_BODY)
        if body is BodyProblem.TOO_LATE:
            return Response(status_code=body.value)
        try:
            await ingest([_taken(body)])
        except Exception as error:  # Telegram delivers again what was not acknowledged
            logger.error("updates could not be kept", extra={"error": type(error).__name__})
            state.failed("database")
            return Response(status_code=503)
        state.worked()
        return Response(status_code=200)

    return Route(WEBHOOK_PATH, webhook, methods=["POST"])


def _taken(body: bytes | BodyProblem) -> Taken:
    """Return what a body brought; what cannot be read is set aside: refused, Telegram would bring it for ever."""
    if isinstance(body, BodyProblem):
        told = letter(Reason.TOO_LARGE, shape_of(None), MAX_BODY)
        return SetAside(channel=Channel.TELEGRAM, letter=told)
    try:
        return to_taken(parsed(body))
    except (ValueError, RecursionError):
        return SetAside(channel=Channel.TELEGRAM, letter=letter(Reason.NOT_JSON, shape_of(None), len(body)))
