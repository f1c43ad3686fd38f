"""Send one owed message, and record what became of it."""

import asyncio
import contextlib
import logging
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from bot.application.messaging.ports import Claim, ClaimedUnit, Destination, LeaseLostError, Message, Messenger, Queues
from bot.application.messaging.shown_answers import answer_of, note_shown
from bot.core.messaging.backoff import backoff
from bot.core.messaging.reply_delivery import (
    DEFAULT_REST_SECONDS,
    Fate,
    OwedReply,
    Verdict,
    after_reading,
    after_sending,
    before_sending,
    is_late,
)
from bot.core.messaging.send_outcome import SendOutcome, SendResult, Trouble
from bot.core.messaging.sender_state import SenderState, after
from bot.core.vocabulary import Channel, Pending

logger = logging.getLogger(__name__)

SEND_SECONDS = 13.0
"""Of one message with all its forms: less than the lease of a conversation, so that nobody else sends it meanwhile."""
STOP_SECONDS = 8.0
"""How long a stop waits for a sending under way and its record, so that no stop repeats a reply."""
RECORD_PAUSES = (0.5, 1.5)
"""Seconds after which a record that failed is tried again, while the lease lasts."""
PROBE_SECONDS = 15.0
"""While a platform is out of order, nothing else passes for so long beside a probe that has no answer yet."""
MARGIN_SECONDS = 0.1
LOOK_AGAIN_SECONDS = 5.0
"""How often a reply that may have arrived looks whether the platform works again."""


@dataclass(frozen=True, kw_only=True)
class SendRate:
    """How fast a source may send."""

    interval: float
    """Seconds between messages at the steady rate."""
    burst: int


@dataclass(kw_only=True)
class Sending:
    """How the sending of replies on one channel goes, since this process began; for health and the admin."""

    state: SenderState = field(default_factory=SenderState)
    in_doubt: int = 0
    """Replies that may not have arrived and count as sent."""
    lost: int = 0
    """Replies that were given up; their people are told at their next message."""

    @property
    def trouble(self) -> Trouble | None:
        """Whose trouble keeps everything from being sent; None while messages pass."""
        return self.state.trouble if self.state.is_failing else None


@dataclass(frozen=True, kw_only=True)
class DeliverMessage:
    """The use case that the outbox workers call."""

    queues: Queues
    messengers: Mapping[Channel, Messenger]
    sender_pace: Mapping[Channel, SendRate]
    """Of the whole channel."""
    person_pace: Mapping[Channel, SendRate]
    """Of one conversation."""
    group_pace: Mapping[Channel, SendRate] = field(default_factory=dict)
    """Of one group, where it is another one."""
    chance: Callable[[], float] = random.random
    """Returns 0..1; spreads what failed together."""
    sendings: dict[Channel, Sending] = field(default_factory=dict)
    """How it goes on each channel."""

    async def reserve(self, unit: ClaimedUnit, message: Message) -> float:
        """Reserve the message's place at every pace it must keep, and count the sending that now begins.

        Returns:
            0.0, or the seconds to wait; nothing was counted then.
        """
        to = self.messengers[message.channel].destination_of(message.payload)
        wait = await self._place(unit, message.channel, to)
        if wait <= 0:
            await unit.begin_sending(message)
        return wait

    async def __call__(
        self, claim: Claim, message: Message, *, is_reserved: bool = False, is_fresh: bool = True
    ) -> float | None:
        """Try to send; returns the seconds to wait before the conversation is worked on again, 0.0 for none.

        None: nothing is left to send, and the conversation was given back. A stop does not interrupt a sending: it
        ends and is recorded first.

        Args:
            is_reserved: whether `reserve` just gave this message its place.
            is_fresh: whether the lease has just begun, so that it need not be renewed before the send.

        Raises:
            LeaseLostError: when the claim was lost; the message stays owed.
        """
        to = self._destination(message)
        if to is None:
            return await self._set_aside(claim, message)
        if not is_reserved:
            if before_sending(message.begun) is not Fate.AGAIN:
                return await self._end(claim, message, Verdict(fate=Fate.IN_DOUBT, begun=message.begun))
            wait = await self._begin(claim, message)
            if wait > 0:
                return wait
            message = replace(message, attempts=message.attempts + 1, begun=message.begun + 1)
        elif not is_fresh:
            async with self.queues.unit_under(claim):
                pass
        return await _finished(asyncio.create_task(self._send(claim, message, to)))

    def sending(self, channel: Channel) -> Sending:
        """Return how it goes on a channel."""
        return self.sendings.setdefault(channel, Sending())

    # Before the send

    async def _begin(self, claim: Claim, message: Message) -> float:
        """Reserve a sending; returns 0.0 when it may begin, else the seconds to wait."""
        wait = await self._wait_for_platform(message)
        if wait > 0:
            return wait
        # The lease is renewed just before the send, so that nobody else takes the message up meanwhile.
        async with self.queues.unit_under(claim) as unit:
            return await self.reserve(unit, message)

    async def _wait_for_platform(self, message: Message) -> float:
        """Return how long a platform that is out of order keeps a message back; 0.0 when it does not."""
        state, present = self.sending(message.channel).state, _present()
        if state.is_failing and present < state.rest_until:
            return state.rest_until - present + self.chance()
        if message.begun == 0:
            return 0.0
        # It may have arrived: its one repeat must not be used up in an outage.
        rest = state.doubt_rest(present)
        if rest > 0:
            return min(rest + MARGIN_SECONDS, LOOK_AGAIN_SECONDS)
        if state.failures == 0 or await self.messengers[message.channel].is_up():
            return 0.0
        return backoff(message.attempts, self.chance(), longest=LOOK_AGAIN_SECONDS)

    async def _place(self, unit: ClaimedUnit, channel: Channel, to: Destination) -> float:
        person, sender = (_person(channel, to), self._pace(channel, to)), (_sender(channel), self.sender_pace[channel])
        state = self.sending(channel).state
        if state.is_failing:
            if _present() < state.rest_until:
                return state.rest_until - _present()
            # One at a time, for all processes: the others wait until this one's answer is recorded.
            return min(await unit.acquire_sender_token(sender[0], PROBE_SECONDS, 1), LOOK_AGAIN_SECONDS)
        wait = await unit.acquire_sender_token(person[0], person[1].interval, person[1].burst)
        if wait > 0:
            return wait
        wait = await unit.acquire_sender_token(sender[0], sender[1].interval, sender[1].burst)
        if wait > 0:
            # A conversation does not use up its own places while it waits for the sender's.
            await unit.return_slot(person[0], person[1].interval)
        return wait

    def _destination(self, message: Message) -> Destination | None:
        """Return where a message goes, None where that cannot be read."""
        if not message.is_opened:
            return None
        try:
            return self.messengers[message.channel].destination_of(message.payload)
        except Exception as error:  # what is stored may be another release's, or damaged
            logger.error(
                "an owed message could not be read",
                extra={"channel": message.channel.value, "error": type(error).__name__},
            )
            return None

    # The send

    async def _send(self, claim: Claim, message: Message, to: Destination) -> float | None:
        channel, sending = message.channel, self.sending(message.channel)
        attempt = await self._attempt(message)
        before = sending.state
        sending.state = after(before, attempt, claim.key, _present(), self.chance())
        _note_edge(channel, before, sending.state)
        sent = _Sent(message=message, to=to, attempt=attempt, was_failing=before.is_failing)
        for pause in RECORD_PAUSES:
            try:
                return await self._record_once(claim, sent)
            except LeaseLostError:
                raise
            except Exception as error:  # what is not recorded would be sent again
                logger.error(
                    "a sending could not be recorded", extra={"channel": channel.value, "error": type(error).__name__}
                )
                await asyncio.sleep(pause)
        return await self._record_once(claim, sent)

    async def _record_once(self, claim: Claim, sent: "_Sent") -> float | None:
        """Record what became of a sending; returns as `__call__` does."""
        message, to, attempt = sent.message, sent.to, sent.attempt
        is_accepted = attempt.outcome is SendOutcome.ACCEPTED
        shown_as = attempt.platform_id if is_accepted and not to.is_group and answer_of(message.payload) else None
        async with self.queues.unit_under(claim, locks_conversation=not is_accepted or shown_as is not None) as unit:
            is_of_no_use = not is_accepted and is_late(message.owed_at, to.until, await unit.moment())
            reply = OwedReply(attempts=message.attempts, begun=message.begun, is_late=is_of_no_use)
            verdict = after_sending(reply, attempt, self.chance())
            await self._rest(unit, sent)
            await _record(unit, sent, verdict)
            if shown_as is not None:
                await note_shown(unit, message, to.person, shown_as, datetime.fromtimestamp(await unit.moment(), UTC))
            if attempt.moved_to is not None:
                await self._follow(unit, message.channel, to.person, attempt.moved_to)
            is_over = verdict.fate is not Fate.AGAIN and await unit.complete_claim()
        self._count(message.channel, verdict.fate, attempt)
        if verdict.fate is Fate.AGAIN:
            return verdict.wait
        return None if is_over else 0.0

    async def _follow(self, unit: ClaimedUnit, channel: Channel, former: str, person: str) -> None:
        """Bring what else is owed to a conversation that moved to its present id."""
        messenger = self.messengers[channel]
        await unit.move_conversation(channel, former, person, lambda payload: messenger.readdressed(payload, person))

    async def _attempt(self, message: Message) -> SendResult:
        try:
            async with asyncio.timeout(SEND_SECONDS):
                return await self.messengers[message.channel].send(message)
        except TimeoutError:
            return SendResult(outcome=SendOutcome.UNKNOWN, trouble=Trouble.PLATFORM, reason="timeout")
        except Exception as error:  # a fault of ours: nobody can say how far it came
            logger.error(
                "sending a message failed",
                extra={
                    "channel": message.channel.value,
                    "error": type(error).__name__,
                    "attempts": message.attempts,
                },
            )
            return SendResult(outcome=SendOutcome.UNKNOWN, trouble=Trouble.OURS, reason=type(error).__name__)

    async def _rest(self, unit: ClaimedUnit, sent: "_Sent") -> None:
        """Let rest what has to: the one conversation, or the whole sender, where the platform or others say so."""
        channel, to, attempt = sent.message.channel, sent.to, sent.attempt
        state, sender = self.sending(channel).state, _sender(channel)
        if state.is_failing or sent.was_failing:
            await unit.set_rest(sender, max(state.rest_until - _present(), 0.0))
        if attempt.outcome is not SendOutcome.RATE_LIMITED:
            return
        seconds = attempt.retry_after or DEFAULT_REST_SECONDS
        if attempt.is_sender_wide or await _are_others_limited(unit, channel, to):
            pace = self.sender_pace[channel]
            await unit.pause_sender(sender, seconds, pace.interval, pace.burst)
        if not attempt.is_sender_wide:
            pace = self._pace(channel, to)
            await unit.pause_sender(_person(channel, to), seconds, pace.interval, pace.burst)
            await unit.pause_sender(_limited(channel, is_group=to.is_group), seconds, 0.0, 0)

    # Its end

    async def _end(self, claim: Claim, message: Message, verdict: Verdict) -> float | None:
        """Put an end to a message without sending it."""
        async with self.queues.unit_under(claim, locks_conversation=verdict.fate is Fate.LOST) as unit:
            await unit.delete_message(message)
            if verdict.fate is Fate.LOST:
                await unit.note_pending(Pending.REPLY_LOST)
            is_over = await unit.complete_claim()
        self._count(message.channel, verdict.fate, None)
        return None if is_over else 0.0

    async def _set_aside(self, claim: Claim, message: Message) -> float | None:
        """Look again at a message that cannot be opened or read, some times, then put an end to it."""
        readings = message.attempts + 1
        verdict = after_reading(readings, self.chance())
        if verdict.fate is Fate.LOST:
            return await self._end(claim, message, verdict)
        async with self.queues.unit_under(claim) as unit:
            await unit.count_attempt(message)
        return verdict.wait

    def _count(self, channel: Channel, fate: Fate, attempt: SendResult | None) -> None:
        sending = self.sending(channel)
        match fate:
            case Fate.IN_DOUBT:
                sending.in_doubt += 1
                logger.warning("a reply may not have arrived and counts as sent", extra={"channel": channel.value})
            case Fate.LOST if attempt is not None and attempt.outcome is SendOutcome.REFUSED:
                sending.lost += 1
                logger.error("the channel refused a message", extra={"channel": channel.value})
            case Fate.LOST:
                sending.lost += 1
                logger.error("a message was given up", extra={"channel": channel.value})
            case Fate.GONE:
                logger.info("a person cannot be reached any more", extra={"channel": channel.value})
            case Fate.SENT | Fate.AGAIN:
                pass

    def _pace(self, channel: Channel, to: Destination) -> SendRate:
        paces = self.group_pace if to.is_group and channel in self.group_pace else self.person_pace
        return paces[channel]


@dataclass(frozen=True, kw_only=True)
class _Sent:
    """A sending that has ended, and what was known of the platform before."""

    message: Message
    to: Destination
    attempt: SendResult
    was_failing: bool


async def _record(unit: ClaimedUnit, sent: _Sent, verdict: Verdict) -> None:
    message, to = sent.message, sent.to
    match verdict.fate:
        case Fate.SENT if to.has_receipts:
            await unit.accept_message(message)
        case Fate.SENT | Fate.IN_DOUBT:
            await unit.delete_message(message)
        case Fate.AGAIN:
            await unit.keep_message(message, verdict.begun)
        case Fate.LOST:
            await unit.delete_message(message)
        case Fate.GONE:
            await unit.drop_messages()
    if verdict.fate in {Fate.LOST, Fate.GONE} and not to.is_group:
        await unit.note_pending(Pending.REPLY_LOST)


async def _finished(task: "asyncio.Task[float | None]") -> float | None:
    """Wait for a sending and its record; a cancellation waits too, for some seconds, and is then obeyed."""
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        end = _present() + STOP_SECONDS
        while not task.done() and _present() < end:
            # Whoever stops us may ask more than once.
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait([task], timeout=end - _present())
        task.cancel()
        # What it raised was said where it was raised.
        await asyncio.gather(task, return_exceptions=True)
        raise


async def _are_others_limited(unit: ClaimedUnit, channel: Channel, to: Destination) -> bool:
    """Say whether another conversation is limited at this time, so that the limit is the sender's.

    Every group has a limit of its own that it reaches soon: two groups at their limits tell nothing of private chats.
    """
    if await unit.rest_of(_limited(channel, is_group=False)) > 0:
        return True
    return not to.is_group and await unit.rest_of(_limited(channel, is_group=True)) > 0


def _note_edge(channel: Channel, before: SenderState, now: SenderState) -> None:
    """Write a line when a platform begins or ends to refuse everything, and none in between."""
    if now.is_failing and (not before.is_failing or before.trouble is not now.trouble):
        kind = now.trouble.value if now.trouble is not None else ""
        logger.error("a platform takes no messages", extra={"channel": channel.value, "kind": kind})
    if before.is_failing and not now.is_failing:
        seconds = round(_present() - before.since)
        logger.warning("a platform takes messages again", extra={"channel": channel.value, "seconds": seconds})


def _present() -> float:
    return asyncio.get_running_loop().time()


def _person(channel: Channel, to: Destination) -> str:
    return f"{channel.value} {to.person}"


def _sender(channel: Channel) -> str:
    return f"sender {channel.value}"


def _limited(channel: Channel, *, is_group: bool) -> str:
    return f"limited {'groups' if is_group else 'people'} {channel.value}"
