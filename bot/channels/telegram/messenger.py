"""The Telegram side of handling and sending: the real `Messenger`."""

import json
import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from telegram import Bot

from bot.application.messaging.ports import Destination, IncomingMessage, Message, Read
from bot.channels.telegram import updates
from bot.channels.telegram.codes import ENTITIES, MARKUP, REPLY, THREAD
from bot.channels.telegram.rendering import plain_texts, write
from bot.channels.telegram.sender import TelegramSender
from bot.channels.telegram.updates import BotIdentity
from bot.core.messaging.dead_letters import Shape
from bot.core.messaging.send_outcome import SILENT, SendOutcome, SendResult, Trouble
from bot.core.replies.reply import Reply
from bot.core.vocabulary import Channel

logger = logging.getLogger(__name__)

BLAMED_PARAMETERS = {THREAD: "message_thread_id", REPLY: "reply_parameters", MARKUP: "reply_markup"}
"""What is left out of a message when Telegram refuses it for this part."""


class TelegramMessenger:
    """Reads updates, writes and sends replies."""

    channel = Channel.TELEGRAM

    def __init__(self, bot: Bot, myself: BotIdentity) -> None:
        """Take a bot of python-telegram-bot for its address, and who it is."""
        self._sender = TelegramSender(bot.base_url)
        self._myself = myself

    def parse_update(self, payload: bytes) -> Read:
        """Make sense of an update."""
        return updates.read(payload, self._myself)

    def addressee(self, payload: bytes) -> IncomingMessage | None:
        """Return the private chat that an update came from."""
        return updates.addressee(payload)

    def shape(self, payload: bytes) -> Shape:
        """Describe an update."""
        return updates.shape(payload)

    def readdressed(self, payload: bytes, person: str) -> bytes:
        """Return a message to another chat."""
        return json.dumps({**json.loads(payload), "chat_id": int(person)}).encode()

    def render(self, reply: Reply, inbound: IncomingMessage) -> Sequence[bytes]:
        """Return the messages of a reply."""
        return write(reply, inbound, self._myself.username)

    async def acknowledge(self, payload: bytes) -> None:
        """Stop the waiting sign on a pressed button."""
        query = updates.query_id(payload)
        if query is not None:
            answer = await self._call("answerCallbackQuery", {"callback_query_id": query})
            if answer.outcome is not SendOutcome.ACCEPTED:
                logger.info("a press could not be acknowledged", extra={"kind": answer.outcome.value})

    async def show_typing(self, inbound: IncomingMessage) -> None:
        """Show "typing"."""
        address = json.loads(inbound.address)
        shown = {"chat_id": address["chat_id"], "action": "typing"}
        if address.get("thread") is not None:
            shown["message_thread_id"] = address["thread"]
        answer = await self._call("sendChatAction", shown)
        if answer.outcome is not SendOutcome.ACCEPTED:
            logger.info("typing could not be shown", extra={"kind": answer.outcome.value})

    async def send(self, message: Message) -> SendResult:
        """Send one message; where it is refused for its form, once more without that part, and in its simplest form.

        A chat that moved is followed once; whoever sends learns the new id.
        """
        parameters = _parameters(json.loads(message.payload))
        attempt = await self._send_fitting(parameters)
        if attempt.moved_to is None:
            return attempt
        followed = await self._send_fitting(parameters | {"chat_id": int(attempt.moved_to)})
        return replace(followed, moved_to=attempt.moved_to)

    async def is_up(self) -> bool:
        """Say whether Telegram answers us at all; nothing is sent to anybody."""
        return (await self._call("getMe", {})).outcome not in SILENT

    def destination_of(self, payload: bytes) -> Destination:
        """Return the chat that a message goes to; Telegram's groups have negative ids."""
        chat_id = json.loads(payload)["chat_id"]
        return Destination(person=str(chat_id), is_group=int(chat_id) < 0)

    async def close(self) -> None:
        """Close the connections."""
        await self._sender.close()

    async def _send_fitting(self, parameters: dict[str, Any]) -> SendResult:
        attempt = await self._call("sendMessage", parameters)
        for simpler in _simpler(parameters, attempt):
            if not _is_about_form(attempt):
                break
            attempt = await self._send_all(simpler)
        return attempt

    async def _send_all(self, messages: Sequence[dict[str, Any]]) -> SendResult:
        """Send the pieces of one message, as far as they are taken."""
        attempt = SendResult(outcome=SendOutcome.REFUSED, trouble=Trouble.MESSAGE, reason="empty")
        for each in messages:
            attempt = await self._call("sendMessage", each)
            if attempt.outcome is not SendOutcome.ACCEPTED:
                break
        return attempt

    async def _call(self, method: str, parameters: dict[str, Any]) -> SendResult:
        return await self._sender.call(method, json.dumps(parameters).encode())


def _parameters(message: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {
        "chat_id": message["chat_id"],
        "text": message["text"],
        "parse_mode": "HTML",
        "link_preview_options": {"is_disabled": True},
    }
    if message.get("keyboard"):
        made["reply_markup"] = {"inline_keyboard": message["keyboard"]}
    if message.get("thread") is not None:
        made["message_thread_id"] = message["thread"]
    if message.get("reply_to") is not None:
        made["reply_parameters"] = {"message_id": message["reply_to"], "allow_sending_without_reply": True}
    return made


def _is_about_form(attempt: SendResult) -> bool:
    return attempt.outcome is SendOutcome.REFUSED and attempt.trouble is Trouble.MESSAGE


def _simpler(parameters: dict[str, Any], refused: SendResult) -> Iterator[Sequence[dict[str, Any]]]:
    """Return simpler forms of a message that was refused for its form: without the part to blame, then bare."""
    blamed = BLAMED_PARAMETERS.get(refused.reason or "")
    if blamed in parameters:
        yield [{name: value for name, value in parameters.items() if name != blamed}]
    elif refused.reason == ENTITIES:
        unmarked = {name: value for name, value in parameters.items() if name != "parse_mode"}
        yield [{**unmarked, "text": words} for words in plain_texts(parameters["text"])]
    bare = {name: parameters[name] for name in ("chat_id", "link_preview_options")}
    yield [{**bare, "text": words} for words in plain_texts(parameters["text"])]
