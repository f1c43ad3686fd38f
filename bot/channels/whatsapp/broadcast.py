"""Send one text to many on WhatsApp: free text within a person's window, else an approved template."""

import json
from typing import Any

from bot.application.campaigns import Addressee
from bot.application.ports import Clock
from bot.channels.whatsapp.graph import GraphClient, GraphError, Remedy
from bot.channels.whatsapp.identity import identity_of
from bot.channels.whatsapp.payloads import addressed, message_json, template_json
from bot.channels.whatsapp.templates import TemplateCheck
from bot.core.conversation import Channel
from bot.core.errors import InvalidInputError
from bot.core.reminder_forms import TEMPLATES, parameters_of, problems_on, template_for
from bot.core.reply import Reply
from bot.core.send_outcome import Attempt, Outcome, Trouble
from bot.core.whatsapp import messages_of

SLOW_DOWN_SECONDS = 2.0
HELD_SECONDS = 3_600.0
"""While Meta holds the account no reminder is tried; repeated attempts count against it."""


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
        problems, wanted = problems_on(Channel.WHATSAPP, reply), template_for(reply)
        if problems or wanted is None:
            raise InvalidInputError("; ".join(problems))
        template = template_json(wanted.name, wanted.language, parameters_of(reply), payloads)
        return json.dumps({"free": free, "template": template, "name": wanted.name}).encode()

    async def send(self, to: Addressee, message: bytes) -> Attempt:
        """Send one message."""
        forms = json.loads(message)
        address = identity_of(to.person).address
        is_open = to.open_until is not None and self._clock.now() < to.open_until
        try:
            if is_open and forms["free"] is not None:
                try:
                    return await self._sent(addressed(forms["free"], address, to.ticket))
                except GraphError as error:
                    if error.remedy is not Remedy.TEMPLATE:
                        raise
            why = await self._templates.unfit(TEMPLATES[forms["name"]])
            if why is not None:
                return Attempt(outcome=Outcome.HELD, trouble=Trouble.TEMPLATE, reason=f"template_{why.value}")
            return await self._sent(addressed(forms["template"], address, to.ticket))
        except GraphError as error:
            return _refused(error)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def _sent(self, body: dict[str, Any]) -> Attempt:
        await self._client.send(body)
        return Attempt(outcome=Outcome.ACCEPTED)


def _refused(error: GraphError) -> Attempt:
    """Say what an error makes of a message (`platform-limits.md`)."""
    reason = str(error.code) if error.code else error.remedy.value
    match error.remedy:
        case Remedy.SLOW_DOWN:
            after = error.retry_after or SLOW_DOWN_SECONDS
            return Attempt(outcome=Outcome.RATE_LIMITED, retry_after=after, reason=reason)
        case Remedy.BLOCKED:
            return Attempt(outcome=Outcome.RATE_LIMITED, retry_after=HELD_SECONDS, reason=reason)
        case Remedy.TOKEN | Remedy.NO_CONNECTION:
            return Attempt(outcome=Outcome.NO_CONNECTION, reason=error.remedy.value)
        case Remedy.REST_PAIR | Remedy.AGAIN:
            return Attempt(outcome=Outcome.NOT_TAKEN, reason=reason, is_crowded=error.remedy is Remedy.REST_PAIR)
        case Remedy.GONE:
            return Attempt(outcome=Outcome.UNREACHABLE, reason=reason)
        case Remedy.WITHDRAW:
            return Attempt(outcome=Outcome.WITHDRAWN, reason=reason)
        case Remedy.UNKNOWN:
            return Attempt(outcome=Outcome.UNKNOWN, reason=reason)
    return Attempt(outcome=Outcome.REFUSED, reason=reason)
