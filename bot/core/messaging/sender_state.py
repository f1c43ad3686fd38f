"""Whether a platform serves us, as the replies of one process show it: an outage is the sender's, not a message's."""

from dataclasses import dataclass, replace

from bot.core.messaging.backoff import backoff
from bot.core.messaging.reply_delivery import OURS_TO_MEND
from bot.core.messaging.send_outcome import SILENT, SendOutcome, SendResult, Trouble

MAX_FAILURES = 3
"""So many failures of the platform in a row, and it counts as out of order."""
FIRST_HELD_SECONDS = 10.0
MAX_HELD_SECONDS = 300.0
HELD_GROWTH = 1.6
"""While we are refused, whoever it is for: short incidents end soon, and who insists is held longer."""
UNPROVEN_SECONDS = 240.0
"""How long in an outage nothing is repeated that may have arrived: its one repeat would be used up in vain."""
LONE_SECONDS = 20.0
"""The same while it is not clear that there is an outage, since the last failure: others may show it meanwhile."""
SEVERAL = 2
"""Conversations that failed, so that it is not about one of them."""


@dataclass(frozen=True, kw_only=True)
class SenderState:
    """How a platform takes what we send; moments are seconds of a clock that only rises."""

    failures: int = 0
    """In a row."""
    rounds: int = 0
    """Probes that failed since it counts as out of order."""
    since: float = 0.0
    """When it began to fail."""
    rest_until: float = 0.0
    """When the next probe may go."""
    last: float = 0.0
    """When something failed last."""
    conversations: frozenset[bytes] = frozenset()
    """Some of those in which it failed."""
    trouble: Trouble | None = None
    """Whose trouble it is; None while all is well."""

    @property
    def is_failing(self) -> bool:
        """Whether nothing is sent but one probe at a time."""
        return self.trouble in OURS_TO_MEND or self.failures >= MAX_FAILURES

    def doubt_rest(self, now: float) -> float:
        """Return the seconds that what may have arrived waits for a sign that the platform works; 0.0 for none."""
        if self.failures == 0:
            return 0.0
        is_outage = self.is_failing and len(self.conversations) >= SEVERAL
        until = self.since + UNPROVEN_SECONDS if is_outage else self.last + LONE_SECONDS
        return max(until - now, 0.0)


def after(state: SenderState, attempt: SendResult, conversation: bytes, now: float, chance: float) -> SenderState:
    """Return what is known of the platform after an attempt; whatever it decides about a message is a sign of life.

    Args:
        conversation: the keyed hash of the one it was in.
        now: seconds of a clock that only rises.
        chance: 0..1, spreads the probes of several processes.
    """
    is_held = attempt.outcome is SendOutcome.HELD and attempt.trouble in OURS_TO_MEND
    is_silent = attempt.outcome in SILENT and attempt.trouble is Trouble.PLATFORM
    if not is_held and not is_silent:
        return SenderState()
    trouble = attempt.trouble if is_held else Trouble.PLATFORM
    if state.trouble is not trouble:
        state = SenderState(since=now, trouble=trouble)
    known = state.conversations
    failed = replace(
        state,
        failures=state.failures + 1,
        last=now,
        conversations=known | {conversation} if len(known) < SEVERAL else known,
    )
    if not failed.is_failing or now < state.rest_until:
        # Of those that were under way when it began only the first counts as a probe.
        return failed
    rounds = state.rounds + 1
    return replace(failed, rounds=rounds, rest_until=now + _rest(rounds, chance, is_held=is_held))


def _rest(rounds: int, chance: float, *, is_held: bool) -> float:
    if is_held:
        return backoff(rounds, chance, first=FIRST_HELD_SECONDS, longest=MAX_HELD_SECONDS, growth=HELD_GROWTH)
    return backoff(rounds, chance)
