"""Handle one thing that a person sent: understand, decide, remember, count."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.application.dialogue.hold_back import held_back, is_pressed_again, is_to_be_obeyed, nothing_said
from bot.application.dialogue.limit_texts import LimitTexts
from bot.application.ports import Clock, Interpreter, Store, Unit
from bot.core.campaigns.reminder import message_of
from bot.core.dialogue.conversation import Command, Conversation, Press, Search, Thumb, TurnInput
from bot.core.dialogue.decision import Decision
from bot.core.dialogue.groups import for_group
from bot.core.dialogue.policy import decide
from bot.core.dialogue.repeats import Origin, remember
from bot.core.dialogue.subscription import REMINDED, decide_subscription, is_about_reminders
from bot.core.dialogue.test_send import decide_test_send, test_link_token
from bot.core.dialogue.utterance import classify_utterance
from bot.core.dialogue.votes import About, Answered, answer_in
from bot.core.errors import InvalidInputError, TemporaryError
from bot.core.figures.query_log import LogRow, MaskedText, is_maskable, keeps_text, log_row, masked_text
from bot.core.guidance.election_calendar import stage_on
from bot.core.legal_day import legal_day
from bot.core.privacy.person_names import NameLexicon
from bot.core.replies.canned import with_pending
from bot.core.replies.reply import Reply
from bot.core.vocabulary import Channel, Stage, Unreadable


@dataclass(frozen=True, kw_only=True)
class HandleMessage:
    """The use case that every channel calls."""

    interpreter: Interpreter
    store: Store
    clock: Clock
    lexicon: NameLexicon | None = None
    """Masks what is kept of an unanswered question; without it no text is kept."""
    limit_texts: LimitTexts = field(default_factory=LimitTexts)

    async def on_text(self, channel: Channel, person: str, utterance: str, source: str | None = None) -> Decision:
        """Handle what was written.

        Args:
            person: the channel's own id of the conversation, opaque; it is kept only as a keyed hash.
            source: who may be behind many persons, such as a network address; None: nobody but the person.
        """
        heard = await interpret(self.interpreter, utterance)
        return await self._handle(channel, person, heard, utterance, source)

    async def on_press(self, channel: Channel, person: str, payload: str) -> Decision:
        """Handle a pressed button."""
        return await self._handle(channel, person, Press(payload=payload))

    async def forget(self, channel: Channel, person: str) -> None:
        """Erase what is remembered of a conversation."""
        async with self.store.unit() as unit:
            await unit.erase_conversation(channel, person)

    async def _handle(
        self, channel: Channel, person: str, heard: TurnInput, said: str | None = None, source: str | None = None
    ) -> Decision:
        turn = IncomingTurn(channel=channel, person=person, heard=heard, said=said, source=source)
        try:
            return await self._take(turn)
        except TextWantedError:
            return await self._take(replace(turn, text=masked_text(heard, said, self.lexicon)))

    async def _take(self, turn: "IncomingTurn") -> Decision:
        async with self.store.unit() as unit:
            return await handle_turn(unit, turn, self.clock.now(), self.lexicon, self.limit_texts)


@dataclass(frozen=True, kw_only=True)
class IncomingTurn:
    """What one person sent, and where."""

    channel: Channel
    person: str
    """The channel's own id of the conversation."""
    heard: TurnInput
    said: str | None = None
    """As written; None for what was not written."""
    source: str | None = None
    """Who may be behind many persons; None: nobody but the person."""
    text: MaskedText | None = None
    """What is kept of it, where it was wanted: made before the transaction."""
    keeps_state: bool = True
    """Whether the conversation is remembered; in groups it is not."""
    origin: Origin | None = None
    """What tells several updates of one act; None where the channel sends one for each."""
    may_be_silent: bool = False
    """Whether a turn may go without a reply: where the person waits for a page it may not."""
    about: Answered | None = None
    """The answer that it was said under, where the message itself tells."""
    about_message: str | None = None
    """The platform's own id of the message that it was said under, None where it stands alone."""


async def handle_turn(
    unit: Unit,
    turn: IncomingTurn,
    now: datetime,
    lexicon: NameLexicon | None = None,
    limit_texts: LimitTexts | None = None,
) -> Decision:
    """Decide one turn within a transaction: load, decide, remember, count.

    Args:
        limit_texts: how much is kept of unanswered questions; None: all.

    Raises:
        TextWantedError: when the words are to be kept and were not masked yet; nothing was written in this turn.
    """
    channel, person = turn.channel, turn.person
    conversation = await unit.load_conversation(channel, person, now) if turn.keeps_state else Conversation()
    is_repeated = turn.may_be_silent and is_pressed_again(unit, turn, conversation, now)
    if is_repeated and not is_to_be_obeyed(turn.heard):
        return nothing_said(conversation)
    stage = stage_on(await unit.stage_periods(), legal_day(now))
    decision = await _decided(unit, turn, conversation, stage, now)
    if turn.may_be_silent:
        decision = held_back(unit, turn, conversation, decision, now)
    if is_repeated:
        decision = replace(decision, is_silent=True)
    heard = _remembered(conversation, turn, now)
    decision = replace(decision, conversation=replace(decision.conversation, heard=heard))
    if not decision.is_silent:
        decision = replace(
            decision,
            reply=with_pending(decision.reply, conversation.pending),
            conversation=replace(decision.conversation, pending=()),
        )
    masked = _wanted_text(turn, decision, lexicon)
    await _carry_out(unit, turn, decision, now)
    if not decision.is_silent:
        row = log_row(decision, channel, turn.heard, now, stage, masked)
        await unit.add_log_row(_within_limit(row, turn, limit_texts))
    return decision


def _within_limit(row: LogRow, turn: IncomingTurn, limit_texts: LimitTexts | None) -> LogRow:
    """Return the row without its text where enough texts of its source are kept today; it is counted all the same."""
    if row.unanswered is None or limit_texts is None:
        return row
    if limit_texts.may_keep(turn.channel, turn.source or turn.person, row.day):
        return row
    return replace(row, unanswered=None)


class TextWantedError(Exception):
    """Ends the transaction without keeping anything: what is to be kept of the words must be masked first."""


def _wanted_text(turn: IncomingTurn, decision: Decision, lexicon: NameLexicon | None) -> str | None:
    """Return what is kept of the words.

    What is kept is known when it is decided, and that needs the transaction; masking, which may take milliseconds, has
    no place in it. So the turn is begun again with the text where one is wanted, which is seldom.

    Raises:
        TextWantedError: when it was not made yet.
    """
    if decision.is_silent or not keeps_text(decision) or not is_maskable(turn.heard, turn.said, lexicon):
        return None
    if turn.text is None:
        raise TextWantedError
    return turn.text.masked


async def _decided(
    unit: Unit, turn: IncomingTurn, conversation: Conversation, stage: Stage | None, now: datetime
) -> Decision:
    decision = await _on_subscription(unit, turn, conversation, now)
    if decision is None:
        about = _about(unit, turn, conversation)
        decision = decide(conversation, turn.heard, await unit.guidance(), stage, now, about)
    return decision if turn.keeps_state else for_group(decision, turn.heard)


async def _carry_out(unit: Unit, turn: IncomingTurn, decision: Decision, now: datetime) -> None:
    channel, person = turn.channel, turn.person
    if decision.erase:
        await unit.erase_person(channel, person, now)
    elif turn.keeps_state:
        await unit.save_conversation(channel, person, decision.conversation, now)
    if decision.withdraw:
        await unit.withdraw_opt_ins(channel, person, now)
    if decision.subscribe is not None:
        await unit.subscribe(channel, person, decision.subscribe, now)


def _about(unit: Unit, turn: IncomingTurn, conversation: Conversation) -> About:
    """Return the answer that something was said under, as far as it is known."""
    if not turn.keeps_state:
        return None
    if turn.about is not None or turn.about_message is None:
        return turn.about
    return answer_in(conversation.shown, unit.mark(turn.channel, turn.person, turn.about_message))


def _remembered(conversation: Conversation, turn: IncomingTurn, now: datetime) -> tuple[str, ...]:
    return remember(conversation.heard, turn.origin, turn.heard, now.timestamp())


async def _on_subscription(
    unit: Unit, turn: IncomingTurn, conversation: Conversation, now: datetime
) -> Decision | None:
    """Decide what is about reminders, where the channel can send them; None for everything else."""
    if turn.channel not in REMINDED or not turn.keeps_state:
        return None
    token = test_link_token(turn.heard)
    if token is not None:
        current = await unit.subscription(turn.channel, turn.person)
        return decide_test_send(conversation, current, await _on_trial(unit, token, now))
    if not is_about_reminders(turn.heard):
        return None
    current = await unit.subscription(turn.channel, turn.person)
    return decide_subscription(conversation, turn.heard, current, await unit.agencies())


async def _on_trial(unit: Unit, token: str, now: datetime) -> Reply | str | None:
    """Return the reminder of a test link, why it cannot be sent, or None when the link is none of today's."""
    found = await unit.campaign_of_test_link(token, now)
    if found is None:
        return None
    campaign, template = found
    try:
        return campaign.message or message_of(campaign, template, await unit.guidance(), legal_day(now))[0]
    except InvalidInputError as error:
        return str(error)


async def interpret(interpreter: Interpreter, utterance: str) -> TurnInput:
    """Return the parse of an utterance, or what it is instead; never raises for the NLU's absence."""
    heard = classify_utterance(utterance)
    if isinstance(heard, Command | Search | Thumb | Unreadable):
        return heard
    try:
        return await interpreter.parse(heard)
    except TemporaryError:
        return Unreadable.NLU_DOWN
