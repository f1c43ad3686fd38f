"""Write, approve, start and stop campaigns, and say how they stand; for the command line and for screens alike."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from bot.core.accounts.review import require_review
from bot.core.campaigns.campaign import (
    MAX_VALID_HOURS,
    Campaign,
    CampaignEvent,
    CampaignStatus,
    fingerprint,
)
from bot.core.campaigns.consent import TimeZone, quiet_until
from bot.core.campaigns.delivery import DeliveryStatus
from bot.core.campaigns.platform_template import TemplateProblem
from bot.core.campaigns.reminder import message_of
from bot.core.campaigns.reminder_forms import problems_by_channel
from bot.core.campaigns.reminder_template import ReminderTemplate
from bot.core.campaigns.schedule import is_repeated, read_schedule
from bot.core.campaigns.segment import MAX_A_WEEK, Segment
from bot.core.errors import InvalidInputError
from bot.core.figures.disclosure import MIN_CELL, rough
from bot.core.guidance.book import GuidanceBook
from bot.core.legal_day import legal_day
from bot.core.replies.reply import Reply
from bot.core.vocabulary import CHANNEL_NAMES, Channel


@dataclass(frozen=True, kw_only=True)
class DeliveryCount:
    """How many messages of a run stand alike."""

    channel: Channel
    status: DeliveryStatus
    reason: str
    """Empty where there is none."""
    messages: int


class CampaignUnit(Protocol):
    """One transaction on campaigns."""

    async def add(self, campaign: Campaign, now: datetime) -> None:
        """Keep a new one."""

    async def get(self, id_: str) -> Campaign:
        """Return one, locked until the end.

        Raises:
            InvalidInputError: when there is none.
        """

    async def change(self, id_: str, event: CampaignEvent, **values: Any) -> CampaignStatus:
        """Let something happen to one; further fields change with it.

        Raises:
            InvalidInputError: when it may not happen now.
        """

    async def approve(self, id_: str, approver: str, message: Reply, version: int) -> None:
        """Freeze what was approved."""

    async def first_moment(self, schedule: str, now: datetime) -> datetime | None:
        """Return when a schedule would send first, None when never."""

    async def is_under_way(self, id_: str) -> bool:
        """Say whether a run has somebody left to collect or to send to."""

    async def count(self, segment: Segment) -> Mapping[tuple[Channel, TimeZone], int]:
        """Return exactly how many people would be written to now."""

    async def results(self, id_: str) -> Mapping[int, Sequence[DeliveryCount]]:
        """Return how the messages of every run stand, by run."""

    async def settle_doubts(self, id_: str, *, resend: bool) -> int:
        """Decide about what is held; returns how many messages."""

    async def guidance(self) -> GuidanceBook:
        """Return what is published."""

    async def template(self, id_: str) -> ReminderTemplate | None:
        """Return a template, locked until the end."""

    async def rewrite(self, campaign: Campaign) -> None:
        """Keep what was changed in a draft."""


@dataclass(frozen=True, kw_only=True)
class SendingRates:
    """What sending takes."""

    intervals: Mapping[Channel, float]
    """Seconds between messages, by channel that reminders can go out on."""
    prices: Mapping[Channel, int]
    """Rupiah a message, by channel; one without is not spoken of."""


@dataclass(frozen=True, kw_only=True)
class CampaignPreview:
    """What would be sent, to how many, when, and how long it takes."""

    campaign: Campaign
    message: Reply
    total: int | None
    """How many people; as every number here rounded, None for fewer than ten. Exact is only what is sent."""
    channels: Mapping[Channel, int | None]
    """Of them on each channel that the segment may reach, whether anybody is there or not."""
    people: Mapping[tuple[Channel, TimeZone], int | None]
    """The same of each zone."""
    seconds: Mapping[Channel, float]
    """How long a channel takes at its pace, for as many as is told; for few as long as for ten."""
    costs: Mapping[Channel, int]
    """Rupiah, by channel with a price; for few at most."""
    first: datetime | None
    """None: the schedule brings no moment any more."""
    asleep: tuple[TimeZone, ...]
    """Zones that sleep at that moment; they get it at seven."""
    unfit: TemplateProblem | None = None
    """Why WhatsApp's template may not be used, where it is needed: only open windows would get the message."""
    problems: Mapping[Channel, Sequence[str]] = field(default_factory=dict)
    """Why the message cannot be made for channels of the segment; empty when it can for each."""


async def create(unit: CampaignUnit, draft: Campaign, now: datetime) -> None:
    """Keep a draft.

    Raises:
        InvalidInputError: naming what is wrong with it.
    """
    await composed(unit, draft, now)
    await unit.add(draft, now)


async def rewrite(unit: CampaignUnit, draft: Campaign, now: datetime) -> None:
    """Keep a draft as it is now.

    Raises:
        InvalidInputError: naming what is wrong with it.
    """
    await composed(unit, draft, now)
    await unit.rewrite(draft)


async def composed(unit: CampaignUnit, draft: Campaign, now: datetime) -> tuple[Reply, int]:
    """Return the message of a draft, and the version of the answer in it (0 of a template).

    Raises:
        InvalidInputError: naming what is wrong with the draft.
    """
    if draft.status is not CampaignStatus.DRAFT:
        raise InvalidInputError("hanya draf yang bisa ditulis; kembalikan dulu pengingat ini")
    if not draft.name:
        raise InvalidInputError("pengingat perlu nama")
    read_schedule(draft.schedule)
    if not 1 <= draft.weekly_limit <= MAX_A_WEEK:
        raise InvalidInputError(f"batas sepekan dari 1 sampai {MAX_A_WEEK}")
    if not 1 <= draft.valid_hours <= MAX_VALID_HOURS:
        raise InvalidInputError(f"masa guna dari 1 sampai {MAX_VALID_HOURS} jam")
    return await _message(unit, draft, now)


async def preview(unit: CampaignUnit, id_: str, rates: SendingRates, now: datetime) -> CampaignPreview:
    """Show what a campaign would do."""
    campaign = await unit.get(id_)
    message = campaign.message or (await _message(unit, campaign, now))[0]
    return await estimate(unit, campaign, message, rates, now)


async def estimate(
    unit: CampaignUnit, campaign: Campaign, message: Reply, rates: SendingRates, now: datetime
) -> CampaignPreview:
    """Count who would get a message, and say when and for how long."""
    meant = campaign.segment.channels or frozenset(Channel)
    reached = [channel for channel in rates.intervals if channel in meant]
    counts = {place: people for place, people in (await unit.count(campaign.segment)).items() if place[0] in reached}
    by_channel = {
        channel: rough(sum(people for (each, _), people in counts.items() if each is channel)) for channel in reached
    }
    at_most = {channel: people or MIN_CELL for channel, people in by_channel.items()}
    first = campaign.next_run or await unit.first_moment(campaign.schedule, now)
    return CampaignPreview(
        campaign=campaign,
        message=message,
        total=rough(sum(counts.values())),
        channels=by_channel,
        people={(channel, zone): rough(counts.get((channel, zone), 0)) for channel in reached for zone in TimeZone},
        seconds={channel: people * rates.intervals[channel] for channel, people in at_most.items()},
        costs={channel: at_most[channel] * price for channel, price in rates.prices.items() if channel in at_most},
        first=first,
        asleep=tuple(zone for zone in TimeZone if first is not None and quiet_until(zone, first) is not None),
        problems=problems_by_channel(campaign.segment.channels, message),
    )


def require_forms(segment: Segment, message: Reply) -> None:
    """Refuse a message that cannot be made for each channel of a segment.

    Raises:
        InvalidInputError: naming the channels and why.
    """
    problems = problems_by_channel(segment.channels, message)
    if problems:
        told = "; ".join(f"{CHANNEL_NAMES[channel]}: {'; '.join(why)}" for channel, why in problems.items())
        raise InvalidInputError(f"pengingat ini tidak bisa dibuat untuk {told}")


async def submit(unit: CampaignUnit, id_: str, actor: str) -> None:
    """Hand a draft in for approval."""
    await unit.change(id_, CampaignEvent.SUBMIT, submitted_by=actor, note=None)


async def send_back(unit: CampaignUnit, id_: str, why: str) -> None:
    """Return it back to be changed; an approval is gone with it."""
    await unit.change(id_, CampaignEvent.SEND_BACK, approved_by=None, message=None, guidance_version=None, note=why)


async def approve(unit: CampaignUnit, id_: str, actor: str, seen: str, now: datetime) -> None:
    """Approve as a second person; what is sent later is what was seen now, word for word.

    Args:
        seen: the `fingerprint` of what the person looked at.

    Raises:
        InvalidInputError: when it is no second person, the text may not be given, or something changed since it was
            looked at.
    """
    campaign = await unit.get(id_)
    require_review(campaign.involved, actor, is_as_read=True)
    message, version = await _message(unit, campaign, now)
    require_review(campaign.involved, actor, is_as_read=fingerprint(campaign, message) == seen)
    require_forms(campaign.segment, message)
    await unit.approve(id_, actor, message, version)


async def start(unit: CampaignUnit, id_: str, now: datetime) -> datetime | None:
    """Schedule an approved campaign, or let a paused one go on; returns when its first run is, None if it goes on.

    Raises:
        InvalidInputError: when its moment has passed or it may not start.
    """
    campaign = await unit.get(id_)
    if campaign.status is CampaignStatus.PAUSED:
        await _resume(unit, campaign, now)
        return None
    if campaign.message is not None:
        require_forms(campaign.segment, campaign.message)
    first = await unit.first_moment(campaign.schedule, now)
    if first is None:
        raise InvalidInputError(f"terlambat: jadwal '{campaign.schedule}' tidak punya waktu lagi; tidak dikirim")
    await unit.change(id_, CampaignEvent.SCHEDULE, next_run=first.timestamp())
    return first


async def _resume(unit: CampaignUnit, campaign: Campaign, now: datetime) -> None:
    """Let a paused campaign go on: with who waits, else with its next moment."""
    moment: dict[str, float] = {}
    is_idle = not await unit.is_under_way(campaign.id)
    if is_idle and campaign.next_run is None and is_repeated(read_schedule(campaign.schedule)):
        first = await unit.first_moment(campaign.schedule, now)
        if first is None:
            raise InvalidInputError(
                f"jadwal '{campaign.schedule}' tidak punya waktu lagi; isi tahapannya di kalender, atau salin pengingat"
                " ini dengan jadwal lain"
            )
        moment = {"next_run": first.timestamp()}
    await unit.change(campaign.id, CampaignEvent.RESUME, note=None, **moment)


async def pause(unit: CampaignUnit, id_: str) -> None:
    """Send nothing until it is started again."""
    await unit.change(id_, CampaignEvent.PAUSE)


async def stop(unit: CampaignUnit, id_: str) -> None:
    """End it for good."""
    await unit.change(id_, CampaignEvent.STOP)


async def settle(unit: CampaignUnit, id_: str, *, resend: bool) -> int:
    """Decide about messages that may have arrived: send them again, or believe it; returns how many."""
    settled = await unit.settle_doubts(id_, resend=resend)
    if resend and settled:
        await unit.change(id_, CampaignEvent.REOPEN)
    return settled


def longest(seconds: Mapping[Channel, float]) -> timedelta:
    """Return how long the slowest channel takes."""
    return timedelta(seconds=round(max(seconds.values(), default=0.0)))


async def _message(unit: CampaignUnit, campaign: Campaign, now: datetime) -> tuple[Reply, int]:
    template = await unit.template(campaign.template) if campaign.template is not None else None
    return message_of(campaign, template, await unit.guidance(), legal_day(now))
