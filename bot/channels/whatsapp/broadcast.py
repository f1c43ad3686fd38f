"""Send one text to many on WhatsApp: free text within a person's window, else an approved template."""

import json

from bot.application.campaigns import Addressee
from bot.application.ports import Clock
from bot.channels.whatsapp.codes import is_window_closed
from bot.channels.whatsapp.graph import GraphClient
from bot.channels.whatsapp.identity import identity_of
from bot.channels.whatsapp.payloads import addressed, message_json, template_json
from bot.channels.whatsapp.templates import TemplateCheck, as_parameter
from bot.core import texts
from bot.core.conversation import Channel
from bot.core.errors import InvalidInputError
from bot.core.message_template import REMINDER
from bot.core.reply import Reply, Style
from bot.core.send_outcome import Attempt, Outcome, Trouble
from bot.core.whatsapp import messages_of

BASIS_PARAMETER = 200
"""Characters of the citations."""
TITLE_PARAMETER = 60


class WhatsAppBroadcast:
    """The real `MassSender` of WhatsApp."""

    channel = Channel.WHATSAPP

    def __init__(self, client: GraphClient, templates: TemplateCheck, clock: Clock) -> None:
        """Take the client, the registry of templates, and the time that windows are judged by."""
        self._client = client
        self._templates = templates
        self._clock = clock

    def render(self, reply: Reply) -> bytes:
        """Give both forms of the message; one that is too long as free text goes as a template to everybody."""
        messages = messages_of(reply)
        free = message_json(messages[0]) if len(messages) == 1 else None
        payloads = [button.payload for button in reply.buttons]
        if len(payloads) != len(REMINDER.buttons):
            raise InvalidInputError(f"pengingat di WhatsApp perlu tepat {len(REMINDER.buttons)} tombol")
        template = template_json(REMINDER.name, REMINDER.language, parameters_of(reply), payloads)
        return json.dumps({"free": free, "template": template}).encode()

    async def send(self, to: Addressee, message: bytes) -> Attempt:
        """Send one message."""
        forms = json.loads(message)
        address = identity_of(to.person).address
        is_open = to.open_until is not None and self._clock.now() < to.open_until
        if is_open and forms["free"] is not None:
            attempt = await self._client.send(addressed(forms["free"], address, to.ticket))
            if not is_window_closed(attempt):
                return attempt
        why = await self._templates.unfit(REMINDER)
        if why is not None:
            return Attempt(outcome=Outcome.HELD, trouble=Trouble.TEMPLATE, reason=f"template_{why.value}")
        return await self._client.send(addressed(forms["template"], address, to.ticket))

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()


def parameters_of(reply: Reply) -> list[str]:
    """Give what the reminder's template is filled with: topic, verdict and reason, citations."""
    headings = [each.lines[0] for each in reply.paragraphs if each.style is Style.HEADING]
    reasons = [each.lines[0] for each in reply.paragraphs if each.style is Style.TEXT]
    places = [line for each in reply.paragraphs if each.style is Style.CITATION for line in each.lines]
    title = headings[0].removeprefix(texts.REMINDER_TITLE.format(title="")) if headings else texts.CONSENT_TITLE
    told = ". ".join([*headings[1:], *reasons]) or title
    return [
        as_parameter(title, TITLE_PARAMETER),
        as_parameter(told),
        as_parameter("; ".join(places) or texts.TEMPLATE_NO_BASIS, BASIS_PARAMETER),
    ]
