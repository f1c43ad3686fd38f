"""Send one owed message, and record what became of it."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from bot.application.queues import Claim, ClaimedUnit, Message, Messenger, Queues, Sent
from bot.core.conversation import Channel
from bot.core.errors import CrowdedError, TemporaryError
from bot.core.send_outcome import CROWDED_GROWTH, LONGEST_REST_SECONDS

logger = logging.getLogger(__name__)

MOST_ATTEMPTS = 8
FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 60.0


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How fast a source may send."""

    interval: float
    """Seconds between messages at the steady rate."""
    burst: int


@dataclass(frozen=True, kw_only=True)
class DeliverMessage:
    """The use case that the outbox workers call."""

    queues: Queues
    messengers: Mapping[Channel, Messenger]
    sender_pace: Mapping[Channel, Pace]
    """Of the whole channel."""
    person_pace: Mapping[Channel, Pace]
    """Of one conversation."""

    async def reserve(self, unit: ClaimedUnit, message: Message) -> float:
        """Reserve the message's place at every pace it must keep; gives 0.0, or the seconds to wait."""
        messenger = self.messengers[message.channel]
        for source, pace in self._sources(messenger, message):
            wait = await unit.take_sender_slot(source, pace.interval, pace.burst)
            if wait > 0:
                return wait
        return 0.0

    async def __call__(self, claim: Claim, message: Message, *, is_reserved: bool = False) -> float | None:
        """Try to send; gives the seconds to wait before the conversation is worked on again, 0.0 for none.

        None: nothing is left to send, and the conversation was given back.

        Args:
            is_reserved: whether `reserve` just gave this message its place, and the lease has just begun.

        Raises:
            LostClaimError: when the claim was lost; the message stays owed.
        """
        messenger = self.messengers[message.channel]
        if message.is_sealed:
            return await self._end_sealed(claim, message)
        if not is_reserved:
            # The lease is renewed just before the send, so that nobody else takes the message up meanwhile.
            async with self.queues.unit_under(claim) as unit:
                wait = await self.reserve(unit, message)
            if wait > 0:
                return wait
        try:
            sent = await messenger.send(message.payload)
        except TemporaryError as error:
            return await self._postpone(claim, message, error)
        async with self.queues.unit_under(claim) as unit:
            await _record(unit, message, sent)
            return None if await unit.leave() else 0.0

    async def _end_sealed(self, claim: Claim, message: Message) -> float | None:
        """End a message that cannot be opened with the keys that there are: nobody can be told of it."""
        logger.error("a reply could not be opened", extra={"channel": message.channel.value})
        async with self.queues.unit_under(claim) as unit:
            await unit.finish_message(message)
            return None if await unit.leave() else 0.0

    async def _postpone(self, claim: Claim, message: Message, error: TemporaryError) -> float:
        async with self.queues.unit_under(claim) as unit:
            if error.retry_after is not None:
                # The channel refuses the whole sender: every process waits, and the attempt does not count.
                pace = self.sender_pace[message.channel]
                await unit.hold_source(_sender(message.channel), error.retry_after, pace.interval, pace.burst)
                return error.retry_after
            if message.attempts + 1 >= MOST_ATTEMPTS:
                logger.error(
                    "a message was given up", extra={"channel": message.channel.value, "attempts": MOST_ATTEMPTS}
                )
                await unit.finish_message(message)
                return 0.0
            await unit.count_attempt(message)
        if isinstance(error, CrowdedError):
            return min(CROWDED_GROWTH**message.attempts, LONGEST_REST_SECONDS)
        return min(FIRST_PAUSE_SECONDS * 2.0**message.attempts, LONGEST_PAUSE_SECONDS)

    def _sources(self, messenger: Messenger, message: Message) -> list[tuple[str, Pace]]:
        person = f"{message.channel.value} {messenger.person_of(message.payload)}"
        return [
            (person, self.person_pace[message.channel]),
            (_sender(message.channel), self.sender_pace[message.channel]),
        ]


async def _record(unit: ClaimedUnit, message: Message, sent: Sent) -> None:
    if sent is Sent.GONE:
        gone = await unit.drop_messages()
        logger.info("a person cannot be reached any more", extra={"channel": message.channel.value, "messages": gone})
        return
    if sent is Sent.REFUSED:
        logger.error("the channel refused a message", extra={"channel": message.channel.value})
    await unit.finish_message(message)


def _sender(channel: Channel) -> str:
    return f"sender {channel.value}"
