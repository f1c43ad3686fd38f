"""How the parts of the service do, for the people who look after it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from bot.core.messaging.dead_letters import DeadLetterCount
from bot.core.vocabulary import Channel

SET_ASIDE_DAYS = 7
"""How far back a person looks for messages that could not be handled."""
Detail = str | int | float | None


@dataclass(frozen=True, kw_only=True)
class PartHealth:
    """One part of the service."""

    name: str
    is_working: bool
    trouble: str | None = None
    """What does not work, in one word of ours; None while all does."""
    age_seconds: float | None = None
    """How long ago it last did its work; None before the first time."""
    is_needed: bool = True
    """Whether people go without answers while it does not work; what is not needed makes the service no less well."""
    details: Mapping[str, Detail] = field(default_factory=lambda: MappingProxyType({}))
    """Further facts; nothing about people."""


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
    parts: Sequence[PartHealth] = ()
    """Everything that is watched; empty where nothing is."""
    answers: int | None = None
    """How many answers may be sent today; None while that cannot be read."""
    withheld: Sequence[str] = ()
    """Topics whose answer may not be sent today."""
