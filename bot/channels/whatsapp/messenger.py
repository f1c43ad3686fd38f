"""The WhatsApp side of handling and sending: the real `Messenger`."""

import asyncio
import json
import logging
from collections.abc import Coroutine, Sequence
from dataclasses import replace
from typing import Any

from bot.application.messaging.ports import Destination, IncomingMessage, Message, Moved
from bot.application.messaging.record_replies import reply_ticket
from bot.application.ports import Clock
from bot.channels.whatsapp import updates
from bot.channels.whatsapp.codes import is_about_payment, is_window_closed
from bot.channels.whatsapp.graph_client import GraphClient, GraphError
from bot.channels.whatsapp.payloads import addressed, message_json, plain_json, template_json
from bot.channels.whatsapp.platform_templates import TemplateCheck
from bot.channels.whatsapp.user_ids import identity_of
from bot.core.campaigns.platform_template import REOPEN
from bot.core.messaging.dead_letters import Shape
from bot.core.messaging.send_outcome import SendOutcome, SendResult, Trouble
from bot.core.replies.reply import Reply
from bot.core.replies.whatsapp_layout import messages_of
from bot.core.vocabulary import Channel

logger = logging.getLogger(__name__)


class WhatsAppMessenger:
    """Reads updates, writes and sends replies."""

    channel = Channel.WHATSAPP

    def __init__(self, client: GraphClient, templates: TemplateCheck, clock: Clock) -> None:
        """Take the client, the registry of templates, and the time that windows are judged by."""
        self._client = client
        self._templates = templates
        self._clock = clock
        self._shown: set[asyncio.Task[None]] = set()

    def parse_update(self, payload: bytes) -> IncomingMessage | Moved | None:
        """Make sense of an update."""
        return updates.read(payload)

    def addressee(self, payload: bytes) -> IncomingMessage | None:
        """Return who sent an update that cannot be handled."""
        return updates.addressee(payload)

    def shape(self, payload: bytes) -> Shape:
        """Describe an update."""
        return updates.shape(payload)

    def readdressed(self, payload: bytes, person: str) -> bytes:
        """Return a message to another id of the same person."""
        return json.dumps({**json.loads(payload), "person": person}).encode()

    def render(self, reply: Reply, inbound: IncomingMessage) -> Sequence[bytes]:
        """Return the messages of a reply, each with its person and the end of the person's window."""
        told = json.loads(inbound.address)
        address = {"person": told["person"], "until": told["until"]}
        return [json.dumps({**address, "body": message_json(each)}).encode() for each in messages_of(reply)]

    async def acknowledge(self, payload: bytes) -> None:
        """Show the message as read, without keeping the answer waiting for it."""
        id_ = updates.message_id(payload)
        if id_ is not None:
            self._show(self._client.mark_read(id_))

    async def show_typing(self, inbound: IncomingMessage) -> None:
        """Show "typing"."""
        id_ = json.loads(inbound.address).get("id")
        if id_ is not None:
            self._show(self._client.mark_read(id_, typing=True))

    async def send(self, message: Message) -> SendResult:
        """Send one message; outside the person's window a template that asks them to write again, where there is one.

        What is refused for its form goes once more as plain text.
        """
        content = json.loads(message.payload)
        address = identity_of(content["person"]).address
        ticket = reply_ticket(message)
        if message.is_reopening or self._clock.now().timestamp() >= content["until"]:
            return await self._send_template(address, ticket)
        attempt = await self._client.send(addressed(content["body"], address, ticket))
        if attempt.outcome is SendOutcome.REFUSED and attempt.trouble is Trouble.MESSAGE:
            attempt = await self._send_plain(content["body"], address, ticket) or attempt
        return await self._send_template(address, ticket) if is_window_closed(attempt) else attempt

    async def is_up(self) -> bool:
        """Say whether the platform answers us at all; nothing is sent to anybody."""
        return await self._client.is_up()

    def destination_of(self, payload: bytes) -> Destination:
        """Return who a message goes to, and until when as free text."""
        content = json.loads(payload)
        return Destination(person=str(content["person"]), until=float(content["until"]), has_receipts=True)

    async def close(self) -> None:
        """Return up what is still being shown."""
        for task in self._shown:
            task.cancel()
        await asyncio.gather(*self._shown, return_exceptions=True)

    async def _send_template(self, address: dict[str, str], ticket: str) -> SendResult:
        if await self._templates.unfit(REOPEN) is not None:
            logger.warning("an answer came after the window and there is no template", extra={"channel": "whatsapp"})
            return SendResult(outcome=SendOutcome.REFUSED, trouble=Trouble.TEMPLATE, reason="no_template")
        body = addressed(template_json(REOPEN.name, REOPEN.language, ()), address, ticket)
        attempt = await self._client.send(body)
        # Free text costs nothing: the answers to others must not wait until somebody has paid.
        return replace(attempt, trouble=Trouble.TEMPLATE) if is_about_payment(attempt) else attempt

    async def _send_plain(self, body: dict[str, Any], address: dict[str, str], ticket: str) -> SendResult | None:
        """Send a message with choices as words alone; None when there is no simpler form."""
        plain = plain_json(body)
        return await self._client.send(addressed(plain, address, ticket)) if plain is not None else None

    def _show(self, call: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(_shown(call))
        self._shown.add(task)
        task.add_done_callback(self._shown.discard)


async def _shown(call: Coroutine[Any, Any, None]) -> None:
    try:
        await call
    except GraphError as error:
        logger.info("a sign could not be shown", extra={"channel": "whatsapp", "kind": error.attempt.outcome.value})
