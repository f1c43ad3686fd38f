"""Let campaigns follow the calendar: what hangs on a stage moves with it, or stops and asks."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from bot.application.accounts.ports import AuditTrail
from bot.core.accounts.audit_trail import Action, Event
from bot.core.campaigns import status_notes
from bot.core.campaigns.campaign import Campaign, CampaignEvent, CampaignStatus
from bot.core.campaigns.schedule import moved_to, read_schedule, stage_of
from bot.core.guidance.election_calendar import StagePeriod

FOLLOWING = frozenset({CampaignStatus.SCHEDULED, CampaignStatus.RUNNING, CampaignStatus.PAUSED})


class CalendarCampaigns(Protocol):
    """Campaigns within the transaction that changes the calendar."""

    async def all(self) -> Sequence[Campaign]:
        """Return every campaign."""

    async def get(self, id_: str) -> Campaign:
        """Return one, locked until the end."""

    async def periods(self) -> Sequence[StagePeriod]:
        """Return the calendar as this transaction has it."""

    async def first_moment(self, schedule: str, now: datetime) -> datetime | None:
        """Return when a schedule would send first, None when never."""

    async def is_moment(self, schedule: str, at: datetime) -> bool:
        """Say whether a moment of a schedule still is one."""

    async def set_moment(self, id_: str, next_run: datetime | None, note: str | None) -> None:
        """Keep the next moment of a campaign, and its note."""

    async def change(self, id_: str, event: CampaignEvent, **values: str | None) -> CampaignStatus:
        """Let something happen to one."""


async def follow_calendar(campaigns: CalendarCampaigns, audit: AuditTrail, actor: str, now: datetime) -> int:
    """Compute the moments of everything that hangs on a stage anew; returns how many campaigns changed.

    Whoever owns one sees its note; the audit trail holds it, too.

    Args:
        actor: who changed the calendar.
    """
    changed, periods = 0, await campaigns.periods()
    for named in await campaigns.all():
        if named.status not in FOLLOWING or stage_of(read_schedule(named.schedule)) is None:
            continue
        campaign = await campaigns.get(named.id)
        if campaign.status not in FOLLOWING:
            continue
        told = await _follow(campaigns, campaign, periods, now)
        if told is not None:
            changed += 1
            event = Event(action=Action.CAMPAIGN_MOVED, actor=actor, subject=campaign.id, detail=told)
            await audit.add(event, now)
    return changed


async def _follow(
    campaigns: CalendarCampaigns, campaign: Campaign, periods: Sequence[StagePeriod], now: datetime
) -> str | None:
    """Move one campaign; returns what is told of it, None where nothing changed."""
    schedule, before = read_schedule(campaign.schedule), campaign.next_run
    is_due = before is not None and before <= now
    after = before
    if not is_due or (before is not None and not await campaigns.is_moment(campaign.schedule, before)):
        after = await campaigns.first_moment(campaign.schedule, now)
    moved = moved_to(schedule, periods, after)
    if campaign.status is CampaignStatus.RUNNING and campaign.deadline is not None:
        planned = campaign.deadline - timedelta(hours=campaign.valid_hours)
        if not await campaigns.is_moment(campaign.schedule, planned):
            told = status_notes.moved_while_running(moved)
            await campaigns.set_moment(campaign.id, after, status_notes.with_calendar_note(campaign.note, told))
            await campaigns.change(campaign.id, CampaignEvent.PAUSE)
            return told
    if after == before:
        return None
    if campaign.status is CampaignStatus.RUNNING:
        # The run under way is right; only the one after it moves, and that shows in its date.
        await campaigns.set_moment(campaign.id, after, campaign.note)
        return status_notes.followed(moved, before) if after is not None else None
    told = status_notes.followed(moved, before, is_paused=campaign.status is CampaignStatus.PAUSED)
    await campaigns.set_moment(campaign.id, after, status_notes.with_calendar_note(campaign.note, told))
    if after is None and campaign.status is CampaignStatus.SCHEDULED:
        await campaigns.change(campaign.id, CampaignEvent.PAUSE)
    return told
