"""Whom a campaign is meant for, and why a reminder may not go to somebody now."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.core.campaigns.consent import TimeZone, quiet_until
from bot.core.campaigns.delivery import DeliveryStatus
from bot.core.vocabulary import Channel, Stage

MAX_A_WEEK = 3
"""Reminders to one person from Monday to Sunday, unless a campaign asks for fewer."""


@dataclass(frozen=True, kw_only=True)
class Segment:
    """Whom a campaign is for; an empty set means everybody."""

    agencies: frozenset[str] = frozenset()
    regions: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    stages: frozenset[Stage] = frozenset()
    """Who wants reminders of one of these stages."""
    channels: frozenset[Channel] = frozenset()

    def includes(self, recipient: "Recipient") -> bool:
        """Say whether a person is meant; who told us nothing of a thing asked for is not."""
        return (
            (not self.agencies or recipient.agency in self.agencies)
            and (not self.regions or recipient.region in self.regions)
            and (not self.roles or recipient.role in self.roles)
            and (not self.stages or bool(self.stages & recipient.stages))
            and (not self.channels or recipient.channel in self.channels)
        )


@dataclass(frozen=True, kw_only=True)
class Recipient:
    """One person who opted in, as far as sending needs to know."""

    channel: Channel
    agency: str | None = None
    """The agency's code."""
    region: str | None = None
    role: str | None = None
    zone: TimeZone = TimeZone.WIB
    stages: frozenset[Stage] = frozenset(Stage)
    """What they want to be reminded of."""
    is_reachable: bool = True


class SkipReason(StrEnum):
    """Why a reminder may not go to a person now, in the order in which it is looked at."""

    NOT_OPTED_IN = "not_opted_in"
    UNREACHABLE = "unreachable"
    NOT_MEANT = "not_meant"
    TOO_LATE = "too_late"
    """Also when the night would last until it is."""
    WEEKLY_LIMIT = "weekly_limit"
    QUIET_HOURS = "quiet_hours"
    """Passes by itself, as the next does."""
    PORTFOLIO_LIMIT = "portfolio_limit"
    """The channel lets us open no more conversations today; looked at only when it is about to leave."""
    UNREADABLE = "unreadable"
    """Their address cannot be opened with our key, which says nothing of them; looked at only then, too."""


FATES: Mapping[SkipReason, DeliveryStatus] = {
    SkipReason.NOT_OPTED_IN: DeliveryStatus.WITHDRAWN,
    SkipReason.UNREACHABLE: DeliveryStatus.UNREACHABLE,
    SkipReason.NOT_MEANT: DeliveryStatus.NOT_MEANT,
    SkipReason.TOO_LATE: DeliveryStatus.LATE,
    SkipReason.WEEKLY_LIMIT: DeliveryStatus.CAPPED,
}
"""What a message becomes for a reason; with any other one it waits on."""


@dataclass(frozen=True, kw_only=True)
class SendWindow:
    """When a run may send."""

    segment: Segment
    deadline: datetime
    """Aware; after this it is too late to send."""
    weekly_limit: int = MAX_A_WEEK


def skip_reason(
    recipient: Recipient | None, terms: SendWindow, sent_this_week: int, now: datetime
) -> SkipReason | None:
    """Say why a reminder may not go to a person now.

    Args:
        recipient: None for who has not opted in, or no longer.
        now: aware; quiet hours are judged by the recipient's own clock.

    Returns:
        The first reason in the order of `SkipReason`, or None if it may be sent.
    """
    if recipient is None:
        return SkipReason.NOT_OPTED_IN
    if not recipient.is_reachable:
        return SkipReason.UNREACHABLE
    if not terms.segment.includes(recipient):
        return SkipReason.NOT_MEANT
    opens = quiet_until(recipient.zone, now)
    if (opens or now) > terms.deadline:
        return SkipReason.TOO_LATE
    if sent_this_week >= terms.weekly_limit:
        return SkipReason.WEEKLY_LIMIT
    return SkipReason.QUIET_HOURS if opens is not None else None
