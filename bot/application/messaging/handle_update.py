"""Handle one stored update: understand it, decide, and owe the reply, in one transaction with its end."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.application.dialogue.handle_message import IncomingTurn, TextWantedError, handle_turn, interpret
from bot.application.dialogue.hold_back import nothing_said
from bot.application.dialogue.limit_texts import LimitTexts
from bot.application.messaging.limit_people import Admission, LimitPeople
from bot.application.messaging.ports import (
    Claim,
    ClaimedUnit,
    IncomingMessage,
    Message,
    Messenger,
    Moved,
    Queues,
    ReachabilityChanged,
    StoredUpdate,
)
from bot.application.messaging.shown_answers import with_answer
from bot.application.ports import Clock, Interpreter
from bot.core.dialogue.conversation import Conversation, Press, TurnInput
from bot.core.dialogue.decision import Decision
from bot.core.dialogue.repeats import is_repeat
from bot.core.errors import BotError, DatabaseDownError
from bot.core.figures.query_log import MaskedText, masked_text
from bot.core.legal_day import legal_day
from bot.core.messaging.dead_letters import DeadLetter, Reason
from bot.core.privacy.person_names import NameLexicon
from bot.core.replies import texts
from bot.core.replies.canned import menu_hint, slow_down
from bot.core.vocabulary import Channel, Pending, Unreadable

logger = logging.getLogger(__name__)

TYPING_AFTER_SECONDS = 0.8
"""An answer slower than this shows that it is coming."""
MAX_TRIES = 5
"""Of an update whose handling fails; with the pauses between them it waits a quarter of a minute."""
FIRST_PAUSE_SECONDS = 1.0
"""After the first failure; it doubles with each."""
DATABASE_PATIENCE_SECONDS = 3_600.0
"""How long the database's own failures count against no update; what fails with it for longer may be its cause."""


class SealedUpdateError(BotError):
    """An update cannot be opened with the keys that there are."""


@dataclass(frozen=True, kw_only=True)
class ClaimedReply:
    """A reply that was claimed for sending in the transaction that owes it."""

    claim: Claim
    wait: float
    """0.0: its place among the sends is reserved; else the seconds until one may be free."""


@dataclass(frozen=True, kw_only=True)
class UpdateResult:
    """What became of an update."""

    is_over: bool
    """Whether it was the last, and the conversation was given back."""
    owed: ClaimedReply | None = None


@dataclass(frozen=True, kw_only=True)
class HandleUpdate:
    """The use case that the inbox workers call."""

    interpreter: Interpreter
    queues: Queues
    clock: Clock
    messengers: Mapping[Channel, Messenger]
    lexicon: NameLexicon | None = None
    """As in `HandleMessage`."""
    reserve: Callable[[ClaimedUnit, Message], Awaitable[float]] | None = None
    """`DeliverMessage.reserve`, where a reply may be claimed for sending at once."""
    pace: LimitPeople | None = None
    """How much people may send; None: as much as they like."""
    limit_texts: LimitTexts = field(default_factory=LimitTexts)

    async def __call__(
        self, claim: Claim, update: StoredUpdate, has_sender: Callable[[], bool] = lambda: False
    ) -> UpdateResult:
        """Handle an update under a claim.

        Args:
            has_sender: says, when the reply is written, whether somebody here waits to send it.

        Raises:
            LeaseLostError: when somebody else works on the conversation now; nothing was kept.
        """
        messenger = self.messengers[update.channel]
        if update.is_sealed:
            raise SealedUpdateError
        inbound = messenger.parse_update(update.payload)
        if isinstance(inbound, ReachabilityChanged):
            return await self._note(claim, update, inbound)
        if isinstance(inbound, Moved):
            return await self._move(claim, update, inbound)
        if inbound is None:
            return await self._finish(claim, update)
        # A flood costs nothing: whoever surely sends too much is not even understood.
        is_too_much = self.pace is not None and self.pace.is_surely_too_much(claim.key, update.channel, inbound)
        if not is_too_much or isinstance(inbound.heard, Press):
            with _not_mattering():
                await messenger.acknowledge(update.payload)
        heard = None if is_too_much else await self._understand(messenger, inbound)
        return await self._answer(claim, update, PendingAnswer(inbound=inbound, heard=heard, has_sender=has_sender))

    async def after_failure(self, claim: Claim, update: StoredUpdate, error: Exception) -> float:
        """Count a failure; give the seconds until the next try, 0.0 when the update was set aside for good.

        Raises:
            DatabaseDownError: for the database's own failure, which counts against no update for an hour.
            LeaseLostError: when somebody else works on the conversation now; nothing was kept.
        """
        waited = self.clock.now().timestamp() - update.arrived_at
        if isinstance(error, DatabaseDownError) and waited < DATABASE_PATIENCE_SECONDS:
            raise error
        if update.attempts + 1 < MAX_TRIES:
            async with self.queues.unit_under(claim) as unit:
                await unit.count_failure(update)
            logger.warning(
                "an update could not be handled",
                extra={
                    "channel": update.channel.value,
                    "attempts": update.attempts + 1,
                    "error": type(error).__name__,
                },
            )
            return FIRST_PAUSE_SECONDS * 2.0**update.attempts
        await self._set_aside(claim, update, error)
        return 0.0

    async def _set_aside(self, claim: Claim, update: StoredUpdate, error: Exception) -> None:
        """Finish what cannot be handled: keep its form alone, and tell who sent it."""
        reason, asked = self._read_again(update)
        letter = DeadLetter(
            channel=update.channel,
            reason=reason,
            shape=self.messengers[update.channel].shape(update.payload),
            length=len(update.payload),
            error=type(error).__name__,
        )
        async with self.queues.unit_under(claim) as unit:
            await unit.complete_update(update)
            await unit.add_dead_letter(letter, legal_day(self.clock.now()))
            if asked is not None:
                for message in self._apology(update.channel, asked):
                    await unit.add_message(update.channel, asked.person, message)
        logger.error(
            "an update was set aside",
            extra={"channel": update.channel.value, "kind": letter.shape.kind, "error": type(error).__name__},
        )

    def _read_again(self, update: StoredUpdate) -> tuple[Reason, IncomingMessage | None]:
        """Return why an update is set aside, and who can be told: who asked, or whose private chat it came from."""
        if update.is_sealed:
            return Reason.SEALED, None
        messenger = self.messengers[update.channel]
        try:
            found = messenger.parse_update(update.payload)
        except Exception:  # the reader is what failed
            return Reason.UNREADABLE, _sender(messenger, update)
        return Reason.FAILED, found if isinstance(found, IncomingMessage) else None

    def _apology(self, channel: Channel, asked: IncomingMessage) -> Sequence[bytes]:
        """Write one honest sentence for who sent it; nothing else of the turn is done."""
        if not asked.is_answered:
            return ()
        try:
            return self.messengers[channel].render(menu_hint(texts.NOT_PROCESSED), asked)
        except Exception as error:  # the update that broke everything else may break this, too
            logger.error(
                "nobody could be told of an update", extra={"channel": channel.value, "error": type(error).__name__}
            )
            return ()

    async def _finish(self, claim: Claim, update: StoredUpdate) -> UpdateResult:
        """End an update that asks for nothing."""
        async with self.queues.unit_under(claim) as unit:
            await unit.complete_update(update)
            return UpdateResult(is_over=await unit.complete_claim())

    async def _move(self, claim: Claim, update: StoredUpdate, told: Moved) -> UpdateResult:
        """Follow a conversation to its present id, or end what was kept under ids that belong to nobody any more."""
        channel, now = update.channel, self.clock.now()
        async with self.queues.unit_under(claim) as unit:
            await unit.complete_update(update)
            if told.is_same:
                await self._follow(unit, channel, told)
            else:
                ended = [await unit.end_identity(channel, former, now) for former in told.formers]
                for person in told.persons if any(ended) else ():
                    await self._tell_later(unit, channel, person, (Pending.NUMBER_CHANGED,), now)
            return UpdateResult(is_over=await unit.complete_claim())

    async def _follow(self, unit: ClaimedUnit, channel: Channel, told: Moved) -> None:
        messenger, person = self.messengers[channel], told.persons[0]
        for former in told.formers:
            await unit.move_conversation(
                channel, former, person, lambda payload: messenger.readdressed(payload, person)
            )

    async def _tell_later(
        self, unit: ClaimedUnit, channel: Channel, person: str, told: Sequence[Pending], now: datetime
    ) -> None:
        """Have a person told something at their next message."""
        conversation = await unit.load_conversation(channel, person, now)
        pending = tuple(dict.fromkeys((*conversation.pending, *told)))
        await unit.save_conversation(channel, person, replace(conversation, pending=pending), now)

    async def _note(self, claim: Claim, update: StoredUpdate, told: ReachabilityChanged) -> UpdateResult:
        """Remember who cannot be reached, and owe them nothing; the consent to reminders stays."""
        async with self.queues.unit_under(claim) as unit:
            await unit.set_reachable(update.channel, told.person, told.is_reachable, self.clock.now())
            if not told.is_reachable:
                await unit.drop_messages()
            await unit.complete_update(update)
            return UpdateResult(is_over=await unit.complete_claim())

    async def _understand(self, messenger: Messenger, inbound: IncomingMessage) -> TurnInput:
        if isinstance(inbound.heard, Press | Unreadable):
            return inbound.heard
        typing = asyncio.create_task(_show_typing_later(messenger, inbound))
        try:
            return await interpret(self.interpreter, inbound.heard)
        finally:
            typing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await typing

    async def _answer(self, claim: Claim, update: StoredUpdate, asked: "PendingAnswer") -> UpdateResult:
        try:
            return await self._answer_once(claim, update, asked)
        except TextWantedError:
            assert asked.heard is not None
            text = masked_text(asked.heard, asked.said, self.lexicon)
            return await self._answer_once(claim, update, replace(asked, text=text))

    async def _answer_once(self, claim: Claim, update: StoredUpdate, asked: "PendingAnswer") -> UpdateResult:
        inbound = asked.inbound
        channel, person = update.channel, inbound.person
        async with self.queues.unit_under(claim) as unit:
            now = self.clock.now()
            await self._meet(unit, channel, inbound, now)
            if await self._is_repeat(unit, channel, inbound, now):
                await unit.complete_update(update)
                return UpdateResult(is_over=await unit.complete_claim())
            decision = await self._decision(claim, unit, channel, asked, now)
            messages = () if decision is None else self.messengers[channel].render(decision.reply, inbound)
            for message in messages:
                await unit.add_message(channel, person, with_answer(message, decision) if decision else message)
            await unit.complete_update(update)
            owed = await self._take(unit) if messages and asked.has_sender() else None
            return UpdateResult(is_over=await unit.complete_claim(), owed=owed)

    async def _meet(self, unit: ClaimedUnit, channel: Channel, inbound: IncomingMessage, now: datetime) -> None:
        """Note what a message tells about its person: the ids, the window, and that they can be reached."""
        person = inbound.person
        if inbound.former is not None:
            pending = await unit.rename_person(channel, inbound.former, person)
            if pending:
                await self._tell_later(unit, channel, person, pending, now)
        if inbound.open_until is not None:
            await unit.open_window(channel, person, inbound.open_until)
        if inbound.is_answered and inbound.is_private_chat:
            await unit.set_reachable(channel, person, True, now)

    async def _is_repeat(self, unit: ClaimedUnit, channel: Channel, inbound: IncomingMessage, now: datetime) -> bool:
        """Look whether this belongs to an act that was answered; of most messages that is clear without a look."""
        origin = inbound.origin
        if origin is None or not inbound.is_private_chat:
            return False
        if not (origin.is_edit or origin.is_part or isinstance(inbound.heard, Unreadable)):
            return False
        conversation = await unit.load_conversation(channel, inbound.person, now)
        return is_repeat(conversation.heard, origin, inbound.heard, now.timestamp())

    async def _decision(
        self, claim: Claim, unit: ClaimedUnit, channel: Channel, asked: "PendingAnswer", now: datetime
    ) -> Decision | None:
        """Return what is decided and said, None when nothing is said."""
        inbound, heard = asked.inbound, asked.heard
        admission = Admission.LET_IN
        if self.pace is not None and heard is None:
            admission = await self.pace.refuse(unit, channel, inbound)
        elif self.pace is not None:
            admission = await self.pace.admit(unit, claim.key, channel, inbound, is_again=asked.text is not None)
        if heard is None or admission in (Admission.REFUSE_ALOUD, Admission.REFUSE):
            is_told = admission is Admission.REFUSE_ALOUD and inbound.is_answered
            return replace(nothing_said(Conversation()), reply=slow_down()) if is_told else None
        turn = IncomingTurn(
            channel=channel,
            person=inbound.person,
            heard=heard,
            said=asked.said,
            text=asked.text,
            keeps_state=inbound.is_private_chat,
            may_be_silent=inbound.is_private_chat,
            about=inbound.about,
            about_message=inbound.about_message,
            origin=inbound.origin,
        )
        decision = await handle_turn(unit, turn, now, self.lexicon, self.limit_texts)
        is_said = inbound.is_answered and not decision.is_silent and admission is Admission.LET_IN
        return decision if is_said else None

    async def _take(self, unit: ClaimedUnit) -> ClaimedReply | None:
        """Claim the reply and reserve its place: two transactions less for every message."""
        taken = await unit.claim_reply() if self.reserve is not None else None
        if taken is None or self.reserve is None:
            return None
        claim, message = taken
        return ClaimedReply(claim=claim, wait=await self.reserve(unit, message))


@dataclass(frozen=True, kw_only=True)
class PendingAnswer:
    """What an answer is made from."""

    inbound: IncomingMessage
    heard: TurnInput | None
    """None for what was not understood because too much came."""
    has_sender: Callable[[], bool]
    text: MaskedText | None = None
    """What is kept of the words; None before it is known that something is."""

    @property
    def said(self) -> str | None:
        """What was written; an `Unreadable` is a string too, and nothing that was written."""
        return self.inbound.heard if type(self.inbound.heard) is str else None


def _sender(messenger: Messenger, update: StoredUpdate) -> IncomingMessage | None:
    try:
        return messenger.addressee(update.payload)
    except Exception as error:  # the same payload broke the reader
        logger.error(
            "nobody could be told of an update", extra={"channel": update.channel.value, "error": type(error).__name__}
        )
        return None


async def _show_typing_later(messenger: Messenger, inbound: IncomingMessage) -> None:
    await asyncio.sleep(TYPING_AFTER_SECONDS)
    with _not_mattering():
        await messenger.show_typing(inbound)


@contextlib.contextmanager
def _not_mattering() -> Iterator[None]:
    """Let no failure of a mere sign count against the update that it is for."""
    try:
        yield
    except Exception as error:
        logger.warning("a sign could not be shown", extra={"error": type(error).__name__})
