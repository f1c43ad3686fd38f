"""The WhatsApp side of handling and sending: the real `Messenger`."""

import asyncio
import json
import logging
from collections.abc import Coroutine, Sequence
from typing import Any

from bot.application.dead_letters import Shape
from bot.application.ports import Clock
from bot.application.queues import Inbound, Moved, Sent
from bot.channels.whatsapp import updates
from bot.channels.whatsapp.graph import GraphClient, GraphError, Remedy
from bot.channels.whatsapp.identity import identity_of
from bot.channels.whatsapp.payloads import addressed, message_json, template_json
from bot.channels.whatsapp.templates import TemplateCheck
from bot.core.conversation import Channel
from bot.core.errors import CrowdedError, TemporaryError
from bot.core.message_template import REOPEN
from bot.core.reply import Reply
from bot.core.whatsapp import messages_of

logger = logging.getLogger(__name__)

SLOW_DOWN_SECONDS = 2.0
"""Where Meta names no time: the window of its limit is a second, and who insists is held longer."""
HELD_SECONDS = 300.0
"""While the account is blocked or the token is wrong nothing goes out; a person must look."""


class WhatsAppMessenger:
    """Reads updates, writes and sends replies."""

    channel = Channel.WHATSAPP

    def __init__(self, client: GraphClient, templates: TemplateCheck, clock: Clock) -> None:
        """Take the client, the registry of templates, and the time that windows are judged by."""
        self._client = client
        self._templates = templates
        self._clock = clock
        self._shown: set[asyncio.Task[None]] = set()

    def read(self, payload: bytes) -> Inbound | Moved | None:
        """Make sense of an update."""
        return updates.read(payload)

    def addressee(self, payload: bytes) -> Inbound | None:
        """Return who sent an update that cannot be handled."""
        return updates.addressee(payload)

    def shape(self, payload: bytes) -> Shape:
        """Describe an update."""
        return updates.shape(payload)

    def readdressed(self, payload: bytes, person: str) -> bytes:
        """Return a message to another id of the same person."""
        return json.dumps({**json.loads(payload), "person": person}).encode()

    def write(self, reply: Reply, inbound: Inbound) -> Sequence[bytes]:
        """Give the messages of a reply, each with its person and the end of the person's window."""
        told = json.loads(inbound.address)
        address = {"person": told["person"], "until": told["until"]}
        return [json.dumps({**address, "body": message_json(each)}).encode() for each in messages_of(reply)]

    async def acknowledge(self, payload: bytes) -> None:
        """Show the message as read, without keeping the answer waiting for it."""
        id_ = updates.message_id(payload)
        if id_ is not None:
            self._show(self._client.mark_read(id_))

    async def show_typing(self, inbound: Inbound) -> None:
        """Show "typing"."""
        id_ = json.loads(inbound.address).get("id")
        if id_ is not None:
            self._show(self._client.mark_read(id_, typing=True))

    async def send(self, payload: bytes) -> Sent:
        """Send one message; outside the person's window a template that asks them to write again, where there is one.

        Raises:
            TemporaryError: when it may work later.
        """
        message = json.loads(payload)
        address = identity_of(message["person"]).address
        try:
            if self._clock.now().timestamp() < message["until"]:
                try:
                    await self._client.send(addressed(message["body"], address))
                    return Sent.DELIVERED
                except GraphError as error:
                    if error.remedy is not Remedy.TEMPLATE:
                        raise
            return await self._send_template(address)
        except GraphError as error:
            return _outcome(error)

    def person_of(self, payload: bytes) -> str:
        """Give who a message goes to."""
        return str(json.loads(payload)["person"])

    async def close(self) -> None:
        """Give up what is still being shown."""
        for task in self._shown:
            task.cancel()
        await asyncio.gather(*self._shown, return_exceptions=True)

    async def _send_template(self, address: dict[str, str]) -> Sent:
        if await self._templates.unfit(REOPEN) is not None:
            logger.warning("an answer came after the window and there is no template", extra={"channel": "whatsapp"})
            return Sent.REFUSED
        await self._client.send(addressed(template_json(REOPEN.name, REOPEN.language, ()), address))
        return Sent.DELIVERED

    def _show(self, call: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(_shown(call))
        self._shown.add(task)
        task.add_done_callback(self._shown.discard)


async def _shown(call: Coroutine[Any, Any, None]) -> None:
    try:
        await call
    except GraphError as error:
        logger.info("a sign could not be shown", extra={"channel": "whatsapp", "code": error.code})


def _outcome(error: GraphError) -> Sent:
    """Say what an error means; raises `TemporaryError` for one that may pass."""
    match error.remedy:
        case Remedy.GONE:
            return Sent.GONE
        case Remedy.REFUSED | Remedy.WITHDRAW | Remedy.NOT_SOON | Remedy.TEMPLATE:
            return Sent.REFUSED
        case Remedy.REST_PAIR:
            raise CrowdedError("WhatsApp: too much to one person") from None
        case Remedy.SLOW_DOWN:
            raise TemporaryError("WhatsApp asks to wait", retry_after=error.retry_after or SLOW_DOWN_SECONDS) from None
        case Remedy.BLOCKED | Remedy.TOKEN:
            raise TemporaryError("WhatsApp does not serve us", retry_after=HELD_SECONDS) from None
    raise TemporaryError(f"WhatsApp gave {error.remedy.value}") from None
