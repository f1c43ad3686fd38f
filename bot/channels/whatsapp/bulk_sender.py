"""Send one text to many on WhatsApp: free text within a person's window, else an approved template."""

import json

from bot.application.campaigns.ports import Addressee
from bot.application.ports import Clock
from bot.channels.whatsapp.codes import is_window_closed
from bot.channels.whatsapp.graph_client import GraphClient
from bot.channels.whatsapp.payloads import addressed, message_json, template_json
from bot.channels.whatsapp.platform_templates import TemplateCheck
from bot.channels.whatsapp.user_ids import identity_of
from bot.core.campaigns.reminder_forms import TEMPLATES, parameters_of, problems_on, template_for
from bot.core.errors import InvalidInputError
from bot.core.messaging.send_outcome import SendOutcome, SendResult, Trouble
from bot.core.replies.reply import Reply
from bot.core.replies.whatsapp_layout import messages_of
from bot.core.vocabulary import Channel


class WhatsAppBulkSender:
    """The real `BulkSender` of WhatsApp."""

    channel = Channel.WHATSAPP

    def __init__(self, client: GraphClient, templates: TemplateCheck, clock: Clock) -> None:
        """Take the client, the registry of templates, and the time that windows are judged by."""
        self._client = client
        self._templates = templates
        self._clock = clock

    def render(self, reply: Reply) -> bytes:
        """Return both forms of the message; one that is too long as free text goes as a template to everybody."""
        messages = messages_of(reply)
        free = message_json(messages[0]) if len(messages) == 1 else None
        payloads = [button.payload for button in reply.buttons]
        problems, wanted = problems_on(Channel.WHATSAPP, reply), template_for(reply)
        if problems or wanted is None:
            raise InvalidInputError("; ".join(problems))
        template = template_json(wanted.name, wanted.language, parameters_of(reply), payloads)
        return json.dumps({"free": free, "template": template, "name": wanted.name}).encode()

    async def send(self, to: Addressee, message: bytes) -> SendResult:
        """Send one message."""
        forms = json.loads(message)
        address = identity_of(to.person).address
        is_open = to.open_until is not None and self._clock.now() < to.open_until
        if is_open and forms["free"] is not None:
            attempt = await self._client.send(addressed(forms["free"], address, to.ticket))
            if not is_window_closed(attempt):
                return attempt
        why = await self._templates.unfit(TEMPLATES[forms["name"]])
        if why is not None:
            return SendResult(outcome=SendOutcome.HELD, trouble=Trouble.TEMPLATE, reason=f"template_{why.value}")
        return await self._client.send(addressed(forms["template"], address, to.ticket))

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()
