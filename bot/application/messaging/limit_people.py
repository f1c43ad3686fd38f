"""One allowance for each person on the chat platforms, counted in the transaction that answers."""

import asyncio
from dataclasses import dataclass, field
from enum import StrEnum

from bot.application.dialogue.hold_back import is_to_be_obeyed
from bot.application.messaging.ports import ClaimedUnit, IncomingMessage
from bot.application.messaging.rate_limiter import RateLimit, RecentMessages, person_allowance
from bot.core.dialogue.conversation import Command, Press
from bot.core.dialogue.utterance import classify_utterance
from bot.core.vocabulary import Channel

GROUP_PER_MINUTE = 20
"""Messages that one group may bring; no more than the answers that Telegram lets into it.

Source: Telegram's FAQ for bots, "My bot is hitting limits": 20 messages a minute to the same group.
"""
QUIET_SECONDS = 60.0
"""After so long without a message too many it is said again that they come too fast."""
OBEYED_INTERVAL_SECONDS = 60.0
OBEYED_BURST = 5
"""Of what is always done (stop, erase): how much of it is also confirmed."""


class Admission(StrEnum):
    """What becomes of one message."""

    LET_IN = "let_in"
    OBEY = "obey"
    """It is done, and nothing is said."""
    REFUSE_ALOUD = "refuse_aloud"
    """It is not read, and that is said."""
    REFUSE = "refuse"


@dataclass(frozen=True, kw_only=True)
class LimitPeople:
    """Counts messages and presses of people, over all processes."""

    per_minute: int
    recent: RecentMessages = field(default_factory=RecentMessages)

    def is_surely_too_much(self, key: bytes, channel: Channel, inbound: IncomingMessage) -> bool:
        """Say, before anything is understood, whether a message is above the allowance by what came here alone.

        Args:
            key: the conversation's keyed hash.
        """
        if _must_be_obeyed(inbound):
            return False
        return self.recent.is_too_much(key, _now(), self._allowance(channel, inbound))

    async def admit(
        self, unit: ClaimedUnit, key: bytes, channel: Channel, inbound: IncomingMessage, *, is_again: bool = False
    ) -> Admission:
        """Count one message within a transaction; what is refused is not counted.

        Args:
            is_again: whether it was counted in a transaction that kept nothing; memory keeps what it counted.
        """
        source = f"{channel.value} {inbound.person}"
        if _must_be_obeyed(inbound):
            wait = await unit.acquire_sender_token(f"obeyed {source}", OBEYED_INTERVAL_SECONDS, OBEYED_BURST)
            return Admission.OBEY if wait > 0 else Admission.LET_IN
        allowance = self._allowance(channel, inbound)
        interval = 60.0 / allowance.per_minute
        wait = await unit.acquire_sender_token(f"asks {allowance.source}", interval, allowance.burst)
        if wait <= 0:
            if not is_again:
                self.recent.count(key, _now(), allowance)
            return Admission.LET_IN
        self.recent.refuse(key, _now(), wait, allowance)
        return await self.refuse(unit, channel, inbound)

    async def refuse(self, unit: ClaimedUnit, channel: Channel, inbound: IncomingMessage) -> Admission:
        """Refuse one message; it is said once, and not again before a minute went by without one too many."""
        source = f"{channel.value} {inbound.person}"
        if await unit.acquire_sender_token(f"told {source}", QUIET_SECONDS, 1) <= 0:
            return Admission.REFUSE_ALOUD
        await unit.pause_sender(f"told {source}", 0.0, QUIET_SECONDS, 1)
        return Admission.REFUSE

    def _allowance(self, channel: Channel, inbound: IncomingMessage) -> RateLimit:
        if inbound.is_private_chat:
            return person_allowance(channel, inbound.person, self.per_minute)
        per_minute = max(self.per_minute, GROUP_PER_MINUTE)
        burst = max(GROUP_PER_MINUTE, per_minute // 2)
        return RateLimit(source=f"{channel.value} {inbound.person}", per_minute=per_minute, burst=burst)


def _must_be_obeyed(inbound: IncomingMessage) -> bool:
    if isinstance(inbound.heard, Press):
        return is_to_be_obeyed(inbound.heard)
    heard = classify_utterance(inbound.heard) if type(inbound.heard) is str else None
    return isinstance(heard, Command) and is_to_be_obeyed(heard)


def _now() -> float:
    """Return a time that no clock's setting moves."""
    return asyncio.get_running_loop().time()
