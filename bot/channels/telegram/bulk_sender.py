"""Send one text to many on Telegram."""

import json
from typing import Any

from bot.application.campaigns.ports import Addressee
from bot.channels.telegram.rendering import as_html, keyboard
from bot.channels.telegram.sender import TelegramSender
from bot.core.campaigns.reminder_forms import problems_on
from bot.core.errors import InvalidInputError
from bot.core.messaging.send_outcome import SendResult
from bot.core.replies.reply import Reply
from bot.core.vocabulary import Channel


class TelegramBulkSender:
    """The real `BulkSender` of Telegram."""

    channel = Channel.TELEGRAM

    def __init__(self, api: str, token: str) -> None:
        """Take the server and the bot's token."""
        self._sender = TelegramSender(f"{api}/bot{token}")

    def render(self, reply: Reply) -> bytes:
        """Return the parameters but for the chat."""
        problems = problems_on(Channel.TELEGRAM, reply)
        if problems:
            raise InvalidInputError("; ".join(problems))
        message: dict[str, Any] = {
            "text": as_html(reply.paragraphs),
            "parse_mode": "HTML",
            "link_preview_options": {"is_disabled": True},
        }
        if reply.buttons:
            message["reply_markup"] = {"inline_keyboard": keyboard(reply.buttons)}
        return json.dumps(message).encode()

    async def send(self, to: Addressee, message: bytes) -> SendResult:
        """Send one message; the person is a chat id."""
        return await self._sender.call("sendMessage", b'{"chat_id":%d,' % int(to.person) + message[1:])

    async def close(self) -> None:
        """Close the connections."""
        await self._sender.close()
