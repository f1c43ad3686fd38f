"""Send one text to many on Telegram."""

import json
from typing import Any

from bot.application.campaigns import Addressee
from bot.channels.telegram.messages import LONGEST_TEXT, as_html, keyboard
from bot.channels.telegram.sender import TelegramSender
from bot.core.conversation import Channel
from bot.core.errors import InvalidInputError
from bot.core.reply import Reply, as_text
from bot.core.send_outcome import Attempt


class TelegramBroadcast:
    """The real `MassSender` of Telegram."""

    channel = Channel.TELEGRAM

    def __init__(self, api: str, token: str) -> None:
        """Take the server and the bot's token."""
        self._sender = TelegramSender(f"{api}/bot{token}")

    def render(self, reply: Reply) -> bytes:
        """Give the parameters but for the chat."""
        if len(as_text(reply)) > LONGEST_TEXT:
            raise InvalidInputError(f"pengingat lebih panjang dari {LONGEST_TEXT} huruf")
        message: dict[str, Any] = {
            "text": as_html(reply.paragraphs),
            "parse_mode": "HTML",
            "link_preview_options": {"is_disabled": True},
        }
        if reply.buttons:
            message["reply_markup"] = {"inline_keyboard": keyboard(reply.buttons)}
        return json.dumps(message).encode()

    async def send(self, to: Addressee, message: bytes) -> Attempt:
        """Send one message; the person is a chat id."""
        return await self._sender.call("sendMessage", b'{"chat_id":%d,' % int(to.person) + message[1:])

    async def close(self) -> None:
        """Close the connections."""
        await self._sender.close()
