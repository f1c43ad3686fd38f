"""Two ways in: long polling, and the webhook route. Both commit before they acknowledge."""

import asyncio
import hmac
import json
import logging

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from telegram import Bot, BotCommand
from telegram.error import BadRequest, Conflict, Forbidden, InvalidToken, NetworkError, TelegramError

from bot.application.channel_state import ChannelState
from bot.application.queues import TakeIn
from bot.application.request_body import BodyProblem, read_body
from bot.channels.telegram.updates import ALLOWED_UPDATES, Myself, to_inbound_update
from bot.core import texts

logger = logging.getLogger(__name__)

WEBHOOK_PATH = "/telegram/webhook"
SECRET_HEADER = "x-telegram-bot-api-secret-token"  # noqa: S105 - the header's name
LARGEST_BODY = 1024 * 1024
"""Bytes; an update is some kilobytes."""
POLL_SECONDS = 25
AFTER_ERROR_SECONDS = 3.0
AFTER_CONFLICT_SECONDS = 10.0
MOST_CONNECTIONS = 40
"""Telegram's default for concurrent webhook deliveries (`platform-limits.md`)."""


async def introduce(bot: Bot, state: ChannelState) -> Myself:
    """Ask who we are, again and again until Telegram answers, and tell it our commands."""
    while True:
        try:
            await bot.initialize()
            break
        except TelegramError as error:
            state.failed(_trouble(error))
            logger.error("Telegram cannot be reached yet", extra={"error": type(error).__name__})
            await asyncio.sleep(AFTER_ERROR_SECONDS)
    try:
        await bot.set_my_commands([BotCommand(name, words) for name, words in texts.TELEGRAM_COMMANDS.items()])
    except TelegramError as error:
        # A server that does not know the method still serves; people can type the commands.
        logger.warning("the commands could not be described", extra={"error": type(error).__name__})
    return Myself(id=bot.id, username=bot.username)


async def poll(bot: Bot, take_in: TakeIn, state: ChannelState) -> None:
    """Fetch updates for ever; an update is confirmed by the call after its commit."""
    offset: int | None = None
    await _until_it_works(bot, state)
    while True:
        try:
            updates = await bot.get_updates(
                offset=offset,
                # After a trouble the first call returns at once, so that its end is soon known.
                timeout=0 if state.trouble else POLL_SECONDS,
                allowed_updates=ALLOWED_UPDATES,
                read_timeout=POLL_SECONDS + 5,
            )
        except Conflict:
            state.failed("other_poller")
            logger.error("another process polls with the same token; only one may")
            await asyncio.sleep(AFTER_CONFLICT_SECONDS)
            continue
        except TelegramError as error:
            state.failed(_trouble(error))
            logger.warning("polling failed", extra={"error": type(error).__name__})
            await asyncio.sleep(AFTER_ERROR_SECONDS)
            continue
        if updates:
            found = [to_inbound_update(update.to_dict()) for update in updates]
            await take_in([each for each in found if each is not None])
            offset = updates[-1].update_id + 1
        state.worked()


def _trouble(error: TelegramError) -> str:
    if isinstance(error, InvalidToken | Forbidden):
        return "token"
    # The library derives a refusal (400) from the error of the network.
    return "no_connection" if isinstance(error, NetworkError) and not isinstance(error, BadRequest) else "error"


async def _until_it_works(bot: Bot, state: ChannelState) -> None:
    """Take down a webhook, which excludes polling; what is pending stays."""
    while True:
        try:
            await bot.delete_webhook()
            return
        except TelegramError as error:
            state.failed(_trouble(error))
            logger.warning("the webhook could not be taken down", extra={"error": type(error).__name__})
            await asyncio.sleep(AFTER_ERROR_SECONDS)


async def announce_webhook(bot: Bot, url: str, secret: str, state: ChannelState) -> None:
    """Tell Telegram where to deliver, until it has heard."""
    while True:
        try:
            await bot.set_webhook(
                url + WEBHOOK_PATH,
                secret_token=secret,
                allowed_updates=ALLOWED_UPDATES,
                max_connections=MOST_CONNECTIONS,
            )
            state.worked()
            return
        except TelegramError as error:
            state.failed(_trouble(error))
            logger.error("the webhook could not be announced", extra={"error": type(error).__name__})
            await asyncio.sleep(AFTER_ERROR_SECONDS)


def webhook_route(take_in: TakeIn, secret: str) -> Route:
    """Make the route that Telegram posts to: 200 after the commit, also for repeats and for what has no sense."""

    async def webhook(request: Request) -> Response:
        given = request.headers.get(SECRET_HEADER, "")
        if not hmac.compare_digest(given.encode(), secret.encode()):
            return Response(status_code=403)
        body = await read_body(request.stream(), LARGEST_BODY)
        if isinstance(body, BodyProblem):
            return Response(status_code=body.value)
        try:
            update = json.loads(body)
        except (ValueError, RecursionError):
            return Response(status_code=200)
        inbound = to_inbound_update(update) if isinstance(update, dict) else None
        if inbound is not None:
            await take_in([inbound])
        return Response(status_code=200)

    return Route(WEBHOOK_PATH, webhook, methods=["POST"])
