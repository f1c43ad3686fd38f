"""Handle one stored update: understand it, decide, and owe the reply, in one transaction with its end."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from bot.application.handle_message import Turn, take_turn, understand
from bot.application.hold_back import nothing_said
from bot.application.limit_people import Admission, LimitPeople
from bot.application.ports import Clock, Interpreter
from bot.application.queues import (
    Claim,
    ClaimedUnit,
    Inbound,
    Message,
    Messenger,
    Queues,
    Reachability,
    StoredUpdate,
)
from bot.application.shown_answers import with_answer
from bot.core.conversation import Channel, Conversation, Heard, Press, Unreadable
from bot.core.decision import Decision
from bot.core.person_names import Lexicon
from bot.core.small_talk import slow_down

logger = logging.getLogger(__name__)

TYPING_AFTER_SECONDS = 0.8
"""An answer slower than this shows that it is coming."""


@dataclass(frozen=True, kw_only=True)
class Owed:
    """A reply that was claimed for sending in the transaction that owes it."""

    claim: Claim
    wait: float
    """0.0: its place among the sends is reserved; else the seconds until one may be free."""


@dataclass(frozen=True, kw_only=True)
class Handled:
    """What became of an update."""

    is_over: bool
    """Whether it was the last, and the conversation was given back."""
    owed: Owed | None = None


@dataclass(frozen=True, kw_only=True)
class HandleUpdate:
    """The use case that the inbox workers call."""

    interpreter: Interpreter
    queues: Queues
    clock: Clock
    messengers: Mapping[Channel, Messenger]
    lexicon: Lexicon | None = None
    """As in `HandleMessage`."""
    reserve: Callable[[ClaimedUnit, Message], Awaitable[float]] | None = None
    """`DeliverMessage.reserve`, where a reply may be claimed for sending at once."""
    pace: LimitPeople | None = None
    """How much people may send; None: as much as they like."""

    async def __call__(
        self, claim: Claim, update: StoredUpdate, has_sender: Callable[[], bool] = lambda: False
    ) -> Handled:
        """Handle an update under a claim.

        Args:
            has_sender: says, when the reply is written, whether somebody here waits to send it.

        Raises:
            LostClaimError: when somebody else works on the conversation now; nothing was kept.
        """
        messenger = self.messengers[update.channel]
        inbound = _read(messenger, update)
        if inbound is None:
            async with self.queues.unit_under(claim) as unit:
                await unit.finish_update(update)
                return Handled(is_over=await unit.leave())
        if isinstance(inbound, Reachability):
            return await self._note(claim, update, inbound)
        # A flood costs nothing: whoever surely sends too much is not even understood.
        is_too_much = self.pace is not None and self.pace.is_surely_too_much(claim.key, update.channel, inbound)
        if not is_too_much or isinstance(inbound.heard, Press):
            await messenger.acknowledge(update.payload)
        heard = None if is_too_much else await self._understand(messenger, inbound)
        return await self._answer(claim, update, Answering(inbound=inbound, heard=heard, has_sender=has_sender))

    async def _note(self, claim: Claim, update: StoredUpdate, told: Reachability) -> Handled:
        """Remember who cannot be reached, and owe them nothing; the consent to reminders stays."""
        async with self.queues.unit_under(claim) as unit:
            await unit.set_reachable(update.channel, told.person, told.is_reachable, self.clock.now())
            if not told.is_reachable:
                await unit.drop_messages()
            await unit.finish_update(update)
            return Handled(is_over=await unit.leave())

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

    async def _answer(self, claim: Claim, update: StoredUpdate, asked: "Answering") -> Handled:
        inbound = asked.inbound
        channel, person = update.channel, inbound.person
        async with self.queues.unit_under(claim) as unit:
            now = self.clock.now()
            if inbound.former is not None:
                await unit.rename_person(channel, inbound.former, person)
            if inbound.open_until is not None:
                await unit.open_window(channel, person, inbound.open_until)
            decision = await self._decision(claim, unit, channel, asked, now)
            messages = () if decision is None else self.messengers[channel].write(decision.reply, inbound)
            for message in messages:
                await unit.add_message(channel, person, with_answer(message, decision) if decision else message)
            await unit.finish_update(update)
            owed = await self._take(unit) if messages and asked.has_sender() else None
            return Handled(is_over=await unit.leave(), owed=owed)

    async def _decision(
        self, claim: Claim, unit: ClaimedUnit, channel: Channel, asked: "Answering", now: datetime
    ) -> Decision | None:
        """Give what is decided and said, None when nothing is said."""
        inbound, heard = asked.inbound, asked.heard
        admission = Admission.LET_IN
        if self.pace is not None and heard is None:
            admission = await self.pace.refuse(unit, channel, inbound)
        elif self.pace is not None:
            admission = await self.pace.admit(unit, claim.key, channel, inbound)
        if heard is None or admission in (Admission.REFUSE_ALOUD, Admission.REFUSE):
            is_told = admission is Admission.REFUSE_ALOUD and inbound.is_answered
            return replace(nothing_said(Conversation()), reply=slow_down()) if is_told else None
        # An `Unreadable` is a string too, and nothing that was written.
        said = inbound.heard if type(inbound.heard) is str else None
        turn = Turn(
            channel=channel,
            person=inbound.person,
            heard=heard,
            said=said,
            keeps_state=inbound.keeps_state,
            may_be_silent=inbound.keeps_state,
            about=inbound.about,
            about_message=inbound.about_message,
        )
        decision = await take_turn(unit, turn, now, self.lexicon)
        is_said = inbound.is_answered and not decision.is_silent and admission is Admission.LET_IN
        return decision if is_said else None

    async def _take(self, unit: ClaimedUnit) -> Owed | None:
        """Claim the reply and reserve its place: two transactions less for every message."""
        taken = await unit.take_owed() if self.reserve is not None else None
        if taken is None or self.reserve is None:
            return None
        claim, message = taken
        return Owed(claim=claim, wait=await self.reserve(unit, message))


@dataclass(frozen=True, kw_only=True)
class Answering:
    """What an answer is made from."""

    inbound: Inbound
    heard: Heard | None
    """None for what was not understood because too much came."""
    has_sender: Callable[[], bool]


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
