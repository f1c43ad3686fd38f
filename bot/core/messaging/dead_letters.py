"""What is kept of an update that nothing could be made of: what sort of thing it was, and nothing of a person."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from bot.core.vocabulary import Channel

OTHER = "other"
"""In place of every name that no platform documents: it might be what somebody wrote."""
KEPT_DAYS = 30
"""How long a dead letter is kept."""


class Reason(StrEnum):
    """Why an update was set aside."""

    NOT_JSON = "not_json"
    """It is no JSON."""
    TOO_LARGE = "too_large"
    """It is larger than anything that the platform documents."""
    NO_SHAPE = "no_shape"
    """It has another form than the platform documents."""
    NO_CHAT = "no_chat"
    """It does not say whose it is."""
    TOO_OLD = "too_old"
    """It is older than anything that the platform still delivers: somebody repeats it."""
    UNREADABLE = "unreadable"
    """Our reader failed on it."""
    FAILED = "failed"
    """Answering it failed again and again."""
    SEALED = "sealed"
    """It cannot be opened: the key is another one, or the row was changed."""


@dataclass(frozen=True, kw_only=True)
class Shape:
    """What an update looks like."""

    kind: str
    """Such as `message.text`, in the platform's documented names."""
    keys: tuple[str, ...] = ()
    """Its documented names, sorted; every other one counts as `OTHER`."""


@dataclass(frozen=True, kw_only=True)
class DeadLetter:
    """One update that was set aside."""

    channel: Channel
    reason: Reason
    shape: Shape
    length: int
    """Bytes."""
    error: str | None = None
    """The type of the error that ended it."""


@dataclass(frozen=True, kw_only=True)
class DeadLetterCount:
    """How often the same was set aside on one day."""

    day: date
    channel: Channel
    reason: Reason
    kind: str
    count: int
