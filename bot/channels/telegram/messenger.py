"""The Telegram side of handling and sending: the real `Messenger`."""

import json
import logging
from collections.abc import Sequence
from datetime import timedelta

from telegram import Bot, InlineKeyboardMarkup, LinkPreviewOptions, ReplyParameters
from telegram.constants import ChatAction, ParseMode
from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, RetryAfter, TelegramError

from bot.application.dead_letters import Shape
from bot.application.queues import Inbound, Read, Sent
from bot.channels.telegram import updates
from bot.channels.telegram.messages import write
from bot.channels.telegram.updates import Myself
from bot.core.conversation import Channel
from bot.core.errors import TemporaryError
from bot.core.reply import Reply

logger = logging.getLogger(__name__)

GONE_WORDS = ("chat not found", "user is deactivated", "bot was kicked", "user not found", "peer_id_invalid")
"""What a 400 says when a chat is no more (`platform-limits.md`)."""


class TelegramMessenger:
    """Reads updates, writes and sends replies."""

    channel = Channel.TELEGRAM

    def __init__(self, bot: Bot, myself: Myself) -> None:
        """Take a bot of python-telegram-bot, and who it is."""
        self._bot = bot
        self._myself = myself

    def read(self, payload: bytes) -> Read:
        """Make sense of an update."""
        return updates.read(payload, self._myself)

    def addressee(self, payload: bytes) -> Inbound | None:
        """Return the private chat that an update came from."""
        return updates.addressee(payload)

    def shape(self, payload: bytes) -> Shape:
        """Describe an update."""
        return updates.shape(payload)

    def readdressed(self, payload: bytes, person: str) -> bytes:
        """Return a message to another chat."""
        return json.dumps({**json.loads(payload), "chat_id": int(person)}).encode()

    def write(self, reply: Reply, inbound: Inbound) -> Sequence[bytes]:
        """Give the messages of a reply."""
        return write(reply, inbound, self._myself.username)

    async def acknowledge(self, payload: bytes) -> None:
        """Stop the waiting sign on a pressed button."""
        query = updates.query_id(payload)
        if query is not None:
            try:
                await self._bot.answer_callback_query(query)
            except TelegramError as error:
                logger.info("a press could not be acknowledged", extra={"error": type(error).__name__})

    async def show_typing(self, inbound: Inbound) -> None:
        """Show "typing"."""
        try:
            await self._bot.send_chat_action(json.loads(inbound.address)["chat_id"], ChatAction.TYPING)
        except TelegramError as error:
            logger.info("typing could not be shown", extra={"error": type(error).__name__})

    async def send(self, payload: bytes) -> Sent:
        """Send one message."""
        message = json.loads(payload)
        try:
            await self._bot.send_message(
                chat_id=message["chat_id"],
                text=message["text"],
                parse_mode=ParseMode.HTML,
                reply_markup=_markup(message["keyboard"]),
                message_thread_id=message.get("thread"),
                reply_parameters=_reply_to(message.get("reply_to")),
                link_preview_options=LinkPreviewOptions(is_disabled=True),
            )
        except TelegramError as error:
            return _outcome(error)
        return Sent.DELIVERED

    def person_of(self, payload: bytes) -> str:
        """Give the chat that a message goes to."""
        return str(json.loads(payload)["chat_id"])


def _outcome(error: TelegramError) -> Sent:
    """Say what an error means; raises `TemporaryError` for one that may pass."""
    match error:
        case RetryAfter():
            after = error.retry_after
            seconds = after.total_seconds() if isinstance(after, timedelta) else float(after)
            raise TemporaryError("Telegram asks to wait", retry_after=seconds) from None
        case Forbidden():
            return Sent.GONE
        case BadRequest() if any(words in error.message.lower() for words in GONE_WORDS):
            return Sent.GONE
        case BadRequest() | ChatMigrated():
            return Sent.REFUSED
        case InvalidToken():
            logger.error("Telegram does not accept the token")
    # The message of the error may hold the address, and with it the token.
    raise TemporaryError(f"Telegram gave {type(error).__name__}") from None


def _markup(keyboard: list[list[dict[str, str]]]) -> InlineKeyboardMarkup | None:
    return InlineKeyboardMarkup.de_json({"inline_keyboard": keyboard}, None) if keyboard else None


def _reply_to(message_id: int | None) -> ReplyParameters | None:
    return ReplyParameters(message_id, allow_sending_without_reply=True) if message_id is not None else None
