"""Handle one stored update: understand it, decide, and owe the reply, in one transaction with its end."""

import asyncio
import contextlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass

from bot.application.handle_message import Turn, take_turn, understand
from bot.application.ports import Clock, Interpreter
from bot.application.queues import Claim, Inbound, Messenger, Queues, Reachability, StoredUpdate
from bot.core.conversation import Channel, Heard, Press, Unreadable
from bot.core.person_names import Lexicon

logger = logging.getLogger(__name__)

TYPING_AFTER_SECONDS = 0.8
"""An answer slower than this shows that it is coming."""


@dataclass(frozen=True, kw_only=True)
class HandleUpdate:
    """The use case that the inbox workers call."""

    interpreter: Interpreter
    queues: Queues
    clock: Clock
    messengers: Mapping[Channel, Messenger]
    lexicon: Lexicon | None = None
    """As in `HandleMessage`."""

    async def __call__(self, claim: Claim, update: StoredUpdate) -> bool:
        """Handle an update under a claim; says whether it was the last, and the conversation was given back.

        Raises:
            LostClaimError: when somebody else works on the conversation now; nothing was kept.
        """
        messenger = self.messengers[update.channel]
        inbound = _read(messenger, update)
        if inbound is None:
            async with self.queues.unit_under(claim) as unit:
                await unit.finish_update(update)
                return await unit.leave()
        if isinstance(inbound, Reachability):
            return await self._note(claim, update, inbound)
        await messenger.acknowledge(update.payload)
        heard = await self._understand(messenger, inbound)
        return await self._answer(claim, update, inbound, heard)

    async def _note(self, claim: Claim, update: StoredUpdate, told: Reachability) -> bool:
        """Remember who cannot be reached, and owe them nothing; the consent to reminders stays."""
        async with self.queues.unit_under(claim) as unit:
            await unit.set_reachable(update.channel, told.person, told.is_reachable, self.clock.now())
            if not told.is_reachable:
                await unit.drop_messages()
            await unit.finish_update(update)
            return await unit.leave()

    async def _understand(self, messenger: Messenger, inbound: Inbound) -> Heard:
        if isinstance(inbound.heard, Press | Unreadable):
            return inbound.heard
        typing = asyncio.create_task(_show_typing_later(messenger, inbound))
        try:
            return await understand(self.interpreter, inbound.heard)
        finally:
            typing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await typing

    async def _answer(self, claim: Claim, update: StoredUpdate, inbound: Inbound, heard: Heard) -> bool:
        channel, person = update.channel, inbound.person
        async with self.queues.unit_under(claim) as unit:
            now = self.clock.now()
            if inbound.former is not None:
                await unit.rename_person(channel, inbound.former, person)
            if inbound.open_until is not None:
                await unit.open_window(channel, person, inbound.open_until)
            # An `Unreadable` is a string too, and nothing that was written.
            said = inbound.heard if type(inbound.heard) is str else None
            turn = Turn(channel=channel, person=person, heard=heard, said=said, keeps_state=inbound.keeps_state)
            decision = await take_turn(unit, turn, now, self.lexicon)
            messages = self.messengers[channel].write(decision.reply, inbound) if inbound.is_answered else ()
            for message in messages:
                await unit.add_message(channel, person, message)
            await unit.finish_update(update)
            return await unit.leave()


def _read(messenger: Messenger, update: StoredUpdate) -> Inbound | Reachability | None:
    """Make sense of an update; one that breaks the reader is dropped with a visible line, not retried for ever."""
    try:
        return messenger.read(update.payload)
    except Exception as error:  # the payload is a stranger's
        logger.error(
            "an update could not be read", extra={"channel": update.channel.value, "error": type(error).__name__}
        )
        return None


async def _show_typing_later(messenger: Messenger, inbound: Inbound) -> None:
    await asyncio.sleep(TYPING_AFTER_SECONDS)
    await messenger.show_typing(inbound)
