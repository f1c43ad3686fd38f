"""Campaigns of reminders: their life, whom they are for, and who may be sent what, when."""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from datetime import datetime, time, timedelta, timezone
from enum import StrEnum

from bot.core.conversation import Channel, Stage
from bot.core.delivery import DeliveryStatus, InDoubt
from bot.core.reply import Reply

QUIET_FROM = time(20)
QUIET_UNTIL = time(7)
"""No reminder comes at night, by the person's own clock."""
MOST_A_WEEK = 3
"""Reminders to one person from Monday to Sunday, unless a campaign asks for fewer."""
LONGEST_VALID_HOURS = 24 * 14


class Zone(StrEnum):
    """The three time zones of Indonesia; none has summer time."""

    WIB = "WIB"
    WITA = "WITA"
    WIT = "WIT"

    @property
    def offset(self) -> timezone:
        """The clock of the zone."""
        return timezone(timedelta(hours=_HOURS[self]))


_HOURS = {Zone.WIB: 7, Zone.WITA: 8, Zone.WIT: 9}


class CampaignStatus(StrEnum):
    """The life of a campaign."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    SCHEDULED = "scheduled"
    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    STOPPED = "stopped"


class CampaignEvent(StrEnum):
    """What may happen to a campaign."""

    SUBMIT = "submit"
    SEND_BACK = "send_back"
    """The second person wants it changed."""
    APPROVE = "approve"
    SCHEDULE = "schedule"
    START = "start"
    """Its moment has come."""
    PAUSE = "pause"
    RESUME = "resume"
    REST = "rest"
    """One run is through and another will come."""
    FINISH = "finish"
    STOP = "stop"
    REOPEN = "reopen"
    """Messages wait again: a person sends what was in doubt once more, or the platform took back what it had taken."""


_C, _E = CampaignStatus, CampaignEvent
TRANSITIONS: Mapping[tuple[CampaignStatus, CampaignEvent], CampaignStatus] = {
    (_C.DRAFT, _E.SUBMIT): _C.SUBMITTED,
    (_C.SUBMITTED, _E.SEND_BACK): _C.DRAFT,
    (_C.SUBMITTED, _E.APPROVE): _C.APPROVED,
    (_C.APPROVED, _E.SEND_BACK): _C.DRAFT,
    (_C.APPROVED, _E.SCHEDULE): _C.SCHEDULED,
    (_C.SCHEDULED, _E.START): _C.RUNNING,
    (_C.SCHEDULED, _E.PAUSE): _C.PAUSED,
    (_C.SCHEDULED, _E.FINISH): _C.DONE,
    (_C.RUNNING, _E.PAUSE): _C.PAUSED,
    (_C.RUNNING, _E.REST): _C.SCHEDULED,
    (_C.RUNNING, _E.FINISH): _C.DONE,
    # A paused one goes on where it was: in the middle of a run, or waiting for the next.
    (_C.PAUSED, _E.RESUME): _C.RUNNING,
    # Repeats of what two people may press at once.
    (_C.PAUSED, _E.PAUSE): _C.PAUSED,
    (_C.RUNNING, _E.RESUME): _C.RUNNING,
    (_C.STOPPED, _E.STOP): _C.STOPPED,
    # What is sent again belongs to the run that was; the next one waits until it is through.
    **{(status, _E.REOPEN): _C.RUNNING for status in (_C.DONE, _C.SCHEDULED)},
    **{(status, _E.REOPEN): status for status in (_C.RUNNING, _C.PAUSED)},
    **{
        (status, _E.STOP): _C.STOPPED
        for status in (_C.DRAFT, _C.SUBMITTED, _C.APPROVED, _C.SCHEDULED, _C.RUNNING, _C.PAUSED)
    },
}
FINAL = frozenset({_C.DONE, _C.STOPPED})


def next_status(status: CampaignStatus, event: CampaignEvent) -> CampaignStatus | None:
    """Give the status after an event, None when it may not happen now."""
    return TRANSITIONS.get((status, event))


def may_approve(involved: Collection[str], approver: str) -> bool:
    """Say whether somebody is a second person: none of those who wrote it or handed it in."""
    return approver.casefold() not in {name.casefold() for name in involved}


@dataclass(frozen=True, kw_only=True)
class Segment:
    """Whom a campaign is for; an empty set means everybody."""

    agencies: frozenset[str] = frozenset()
    regions: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    stages: frozenset[Stage] = frozenset()
    """Who wants reminders of one of these stages."""
    channels: frozenset[Channel] = frozenset()

    def fits(self, recipient: "Recipient") -> bool:
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
    zone: Zone = Zone.WIB
    stages: frozenset[Stage] = frozenset(Stage)
    """What they want to be reminded of."""
    is_reachable: bool = True


MOST_UNREACHABLE: Mapping[Channel, int] = {Channel.WHATSAPP: 2}
"""So many refusals of a platform say for good that a person cannot be reached; one where none is named.

WhatsApp's 131026 has causes that pass: terms of use that are not accepted yet, an old app
(Cloud API, error codes).
"""


def can_be_reached(channel: Channel, refusals: int) -> bool:
    """Decide whether a person may be written to who was found unreachable so often since they last wrote."""
    return refusals < MOST_UNREACHABLE.get(channel, 1)


@dataclass(frozen=True, kw_only=True)
class Agency:
    """One agency that people may subscribe under."""

    code: str
    """In its links; a-z, 0-9, - and _."""
    name: str
    region: str
    zone: Zone


@dataclass(frozen=True, kw_only=True)
class Subscription:
    """A person's consent to reminders, its proof, and what they chose."""

    method: str
    """How consent was given: `link` of an agency, or `button`."""
    text_version: str
    """Which text was agreed to."""
    agency: str | None = None
    region: str | None = None
    role: str | None = None
    zone: Zone = Zone.WIB
    stages: frozenset[Stage] = frozenset(Stage)


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
class Terms:
    """When a run may send."""

    segment: Segment
    deadline: datetime
    """Aware; after this it is too late to send."""
    weekly_limit: int = MOST_A_WEEK


def skip_reason(recipient: Recipient | None, terms: Terms, sent_this_week: int, now: datetime) -> SkipReason | None:
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
    if not terms.segment.fits(recipient):
        return SkipReason.NOT_MEANT
    opens = quiet_until(recipient.zone, now)
    if (opens or now) > terms.deadline:
        return SkipReason.TOO_LATE
    if sent_this_week >= terms.weekly_limit:
        return SkipReason.WEEKLY_LIMIT
    return SkipReason.QUIET_HOURS if opens is not None else None


def quiet_until(zone: Zone, now: datetime) -> datetime | None:
    """Give when the quiet hours of a zone end, None when there are none now."""
    local = now.astimezone(zone.offset)
    if QUIET_UNTIL <= local.time() < QUIET_FROM:
        return None
    day = local.date() + timedelta(days=1 if local.time() >= QUIET_FROM else 0)
    return datetime.combine(day, QUIET_UNTIL, zone.offset)


def week_of(now: datetime) -> int:
    """Number the week that a moment lies in, Monday to Sunday by the clock of Jakarta."""
    return (now.astimezone(Zone.WIB.offset).date().toordinal() - 1) // 7


@dataclass(frozen=True, kw_only=True)
class Campaign:
    """One planned sending."""

    id: str
    name: str
    status: CampaignStatus
    topic: str
    """The guidance topic whose answer it carries; empty where it carries a template."""
    version: int | None
    """The version of the guidance that was approved, None before that; 0 of a template, which never changes."""
    message: Reply | None
    """As it was approved."""
    segment: Segment
    schedule: str
    """As `core/schedule.py` reads it."""
    valid_hours: int
    """How long after its moment a reminder is of use."""
    in_doubt: InDoubt
    weekly_limit: int
    created_by: str
    template: str | None = None
    """The id of the reviewed template that it carries instead of a topic."""
    agency: str | None = None
    """The code of the agency whose campaign it is; None: of all."""
    editors: tuple[str, ...] = ()
    """Who changed it after it was made."""
    submitted_by: str | None = None
    approved_by: str | None = None
    next_run: datetime | None = None
    run: int = 0
    """How many runs have begun."""
    deadline: datetime | None = None
    """Of the last run: after it, what waits is dropped; None before the first."""
    missed: int = 0
    """Moments that passed before we could send."""
    note: str | None = None
    """Why it does not go on, where the program itself paused it."""

    @property
    def involved(self) -> frozenset[str]:
        """Give everybody who wrote it or handed it in."""
        return frozenset({self.created_by, *self.editors, *([self.submitted_by] if self.submitted_by else [])})


def fingerprint(campaign: Campaign, message: Reply) -> str:
    """Give what changes with anything that an approver looks at, so that nobody approves what they did not see."""
    segment = [sorted(getattr(campaign.segment, each.name)) for each in fields(campaign.segment)]
    seen = (campaign.name, message, segment, campaign.schedule, campaign.valid_hours, campaign.in_doubt.value)
    return hashlib.sha256(repr((*seen, campaign.weekly_limit)).encode()).hexdigest()[:16]
