"""Retention, and the events that show that it is kept."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

MIN_RETENTION_DAYS = 30
MAX_RETENTION_DAYS = 90
"""Of masked unanswered questions; the notice in `texts.PRIVACY` names the longest."""


class PrivacyEvent(StrEnum):
    """What happened; an event holds no identity, no text and no time finer than the day."""

    ERASED = "erased"
    """A person had everything of theirs erased."""
    WITHDRAWN = "withdrawn"
    """A person ended their opt-ins."""
    UNANSWERED_PURGED = "unanswered_purged"
    CONVERSATIONS_PURGED = "conversations_purged"
    KEY_ROTATED = "key_rotated"
    KEY_RETIRED = "key_retired"


@dataclass(frozen=True, kw_only=True)
class EventCount:
    """How often something happened on a day."""

    day: date
    kind: PrivacyEvent
    times: int
    rows: int
