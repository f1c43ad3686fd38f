"""How the parts of the service do, for the people who look after it."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.application.dead_letters import DeadLetterCount
from bot.core.conversation import Channel

SET_ASIDE_DAYS = 7
"""How far back a person looks for messages that could not be handled."""


@dataclass(frozen=True, kw_only=True)
class ChannelHealth:
    """One channel that is switched on."""

    channel: Channel
    waiting: int
    """Updates taken in and not handled yet."""
    owed: int
    """Replies not sent yet."""
    oldest_seconds: float
    """How long the oldest update has waited; 0 when none waits."""


@dataclass(frozen=True, kw_only=True)
class ServiceHealth:
    """What works now."""

    nlu_model: str | None
    """Content id of the model that answers; None when the NLU does not answer."""
    channels: Sequence[ChannelHealth]
    set_aside: Sequence[DeadLetterCount] = ()
    """What nothing could be made of in the last days, the newest first."""
