"""Campaigns of reminders: their life, whom they are for, and who may be sent what, when."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum

from bot.core.campaigns.delivery import UnknownDeliveryPolicy
from bot.core.campaigns.segment import Segment
from bot.core.replies.reply import Reply

MAX_VALID_HOURS = 24 * 14


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
    """Return the status after an event, None when it may not happen now."""
    return TRANSITIONS.get((status, event))


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
    """As `core/campaigns/schedule.py` reads it."""
    valid_hours: int
    """How long after its moment a reminder is of use."""
    in_doubt: UnknownDeliveryPolicy
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
        """Return everybody who wrote it or handed it in."""
        return frozenset({self.created_by, *self.editors, *([self.submitted_by] if self.submitted_by else [])})


def fingerprint(campaign: Campaign, message: Reply) -> str:
    """Return what changes with anything that an approver looks at, so that nobody approves what they did not see."""
    segment = [sorted(getattr(campaign.segment, each.name)) for each in fields(campaign.segment)]
    seen = (campaign.name, message, segment, campaign.schedule, campaign.valid_hours, campaign.in_doubt.value)
    return hashlib.sha256(repr((*seen, campaign.weekly_limit)).encode()).hexdigest()[:16]
