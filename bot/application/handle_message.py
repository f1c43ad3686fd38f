"""Handle one thing that a person sent: understand, decide, remember, count."""

from dataclasses import dataclass, replace
from datetime import datetime

from bot.application.ports import Clock, Interpreter, Store, Unit
from bot.core.calendar import stage_on
from bot.core.conversation import Channel, Command, Conversation, Heard, Press, Search, Thumb, Unreadable
from bot.core.decision import Decision
from bot.core.errors import InvalidInputError, TemporaryError
from bot.core.groups import for_group
from bot.core.hearing import hear
from bot.core.person_names import Lexicon
from bot.core.policy import decide
from bot.core.query_log import log_row, text_to_keep
from bot.core.reminder import message_of
from bot.core.reply import Reply
from bot.core.small_talk import with_pending
from bot.core.subscription import REMINDED, decide_subscription, is_about_reminders
from bot.core.trial import decide_trial, trial_token


@dataclass(frozen=True, kw_only=True)
class HandleMessage:
    """The use case that every channel calls."""

    interpreter: Interpreter
    store: Store
    clock: Clock
    lexicon: Lexicon | None = None
    """Masks what is kept of an unanswered question; without it no text is kept."""

    async def on_text(self, channel: Channel, person: str, utterance: str) -> Decision:
        """Handle what was written.

        Args:
            person: the channel's own id of the conversation, opaque; it is kept only as a keyed hash.
        """
        return await self._handle(channel, person, await understand(self.interpreter, utterance), utterance)

    async def on_press(self, channel: Channel, person: str, payload: str) -> Decision:
        """Handle a pressed button."""
        return await self._handle(channel, person, Press(payload=payload))

    async def forget(self, channel: Channel, person: str) -> None:
        """Erase what is remembered of a conversation."""
        async with self.store.unit() as unit:
            await unit.erase_conversation(channel, person)

    async def _handle(self, channel: Channel, person: str, heard: Heard, said: str | None = None) -> Decision:
        async with self.store.unit() as unit:
            turn = Turn(channel=channel, person=person, heard=heard, said=said)
            return await take_turn(unit, turn, self.clock.now(), self.lexicon)


@dataclass(frozen=True, kw_only=True)
class Turn:
    """What one person sent, and where."""

    channel: Channel
    person: str
    """The channel's own id of the conversation."""
    heard: Heard
    said: str | None = None
    """As written; None for what was not written."""
    keeps_state: bool = True
    """Whether the conversation is remembered; in groups it is not."""


async def take_turn(unit: Unit, turn: Turn, now: datetime, lexicon: Lexicon | None = None) -> Decision:
    """Decide one turn within a transaction: load, decide, remember, count."""
    channel, person = turn.channel, turn.person
    conversation = await unit.load_conversation(channel, person, now) if turn.keeps_state else Conversation()
    stage = stage_on(await unit.stage_periods(), now.date())
    decision = await _on_subscription(unit, turn, conversation, now)
    if decision is None:
        decision = decide(conversation, turn.heard, await unit.guidance(), stage, now)
    if not turn.keeps_state:
        decision = for_group(decision, turn.heard)
    decision = replace(
        decision,
        reply=with_pending(decision.reply, conversation.pending),
        conversation=replace(decision.conversation, pending=()),
    )
    if decision.erase:
        await unit.erase_person(channel, person, now)
    elif turn.keeps_state:
        await unit.save_conversation(channel, person, decision.conversation, now)
    if decision.withdraw:
        await unit.withdraw_opt_ins(channel, person, now)
    if decision.subscribe is not None:
        await unit.subscribe(channel, person, decision.subscribe, now)
    masked = text_to_keep(turn.heard, turn.said, lexicon)
    await unit.add_log_row(log_row(decision, channel, turn.heard, now, stage, masked))
    return decision


async def _on_subscription(unit: Unit, turn: Turn, conversation: Conversation, now: datetime) -> Decision | None:
    """Decide what is about reminders, where the channel can send them; None for everything else."""
    if turn.channel not in REMINDED or not turn.keeps_state:
        return None
    token = trial_token(turn.heard)
    if token is not None:
        current = await unit.subscription(turn.channel, turn.person)
        return decide_trial(conversation, current, await _on_trial(unit, token, now))
    if not is_about_reminders(turn.heard):
        return None
    current = await unit.subscription(turn.channel, turn.person)
    return decide_subscription(conversation, turn.heard, current, await unit.agencies())


async def _on_trial(unit: Unit, token: str, now: datetime) -> Reply | str | None:
    """Give the reminder of a test link, why it cannot be sent, or None when the link is none of today's."""
    found = await unit.campaign_on_trial(token, now)
    if found is None:
        return None
    campaign, template = found
    try:
        return campaign.message or message_of(campaign, template, await unit.guidance(), now.date())[0]
    except InvalidInputError as error:
        return str(error)


async def understand(interpreter: Interpreter, utterance: str) -> Heard:
    """Give the parse of an utterance, or what it is instead; never raises for the NLU's absence."""
    heard = hear(utterance)
    if isinstance(heard, Command | Search | Thumb | Unreadable):
        return heard
    try:
        return await interpreter.parse(heard)
    except TemporaryError:
        return Unreadable.NLU_DOWN
