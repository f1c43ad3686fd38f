"""The form of a campaign: its fields as typed, into what is wanted, and back from a campaign."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from bot.admin.web.gate import AdminRequest
from bot.application.campaigns.manage_campaigns import CampaignInput
from bot.core.campaigns.campaign import Campaign
from bot.core.campaigns.consent import TimeZone
from bot.core.campaigns.delivery import UnknownDeliveryPolicy
from bot.core.campaigns.schedule import (
    STAGES,
    USUAL_TIME,
    WEEKDAYS,
    SendBeforeStage,
    SendNow,
    SendOnce,
    SendWeekly,
    read_schedule,
)
from bot.core.campaigns.schedule import TimeOfDay as ClockTime
from bot.core.campaigns.segment import MAX_A_WEEK, Segment
from bot.core.errors import InvalidInputError
from bot.core.vocabulary import Channel, Stage

USUAL_VALID_HOURS = 24
USUAL_DAYS_BEFORE = 3
STAGE_WORDS = {stage: words for words, stage in STAGES.items()}
Kind = TypeVar("Kind", bound=StrEnum)


class When(StrEnum):
    """The kinds of schedule."""

    NOW = "sekarang"
    ONCE = "sekali"
    WEEKLY = "mingguan"
    BEFORE = "tahapan"


@dataclass(frozen=True, kw_only=True)
class CampaignForm:
    """What the form shows; everything as typed, so that a mistake loses nothing."""

    name: str = ""
    content: str = ""
    """`topik:` or `templat:` and an id."""
    agencies: frozenset[str] = frozenset()
    regions: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    stages: frozenset[str] = frozenset()
    channels: frozenset[str] = frozenset()
    when: str = When.BEFORE.value
    day: str = ""
    clock: str = f"{USUAL_TIME:%H:%M}"
    zone: str = TimeZone.WIB.value
    weekdays: frozenset[str] = frozenset()
    during: str = ""
    days_before: str = str(USUAL_DAYS_BEFORE)
    before: str = STAGE_WORDS[Stage.QUIET_PERIOD]
    is_working: bool = False
    valid_hours: str = str(USUAL_VALID_HOURS)
    in_doubt: str = UnknownDeliveryPolicy.RESEND.value
    weekly_limit: str = str(MAX_A_WEEK)

    @property
    def schedule(self) -> str:
        """Return the schedule as `core/campaigns/schedule.py` reads it."""
        at = f"{self.clock.replace(':', '.')} {self.zone}"
        working = " hari kerja" if self.is_working else ""
        match self.when:
            case When.NOW:
                return "sekarang"
            case When.ONCE:
                return f"{self.day} {at}"
            case When.WEEKLY:
                during = f" selama {self.during}" if self.during else ""
                return f"tiap {_weekday_words(self.weekdays)} {at}{during}{working}"
            case _:
                return f"H-{self.days_before} {self.before} {at}{working}"

    def wanted(self) -> CampaignInput:
        """Return what is wanted.

        Raises:
            InvalidInputError: naming the first field that cannot be read.
        """
        kind, _, subject = self.content.partition(":")
        if not subject:
            raise InvalidInputError("Pilih dulu isi pengingatnya: satu topik atau satu templat.")
        if self.when == When.ONCE and not self.day:
            raise InvalidInputError("Pilih tanggal pengirimannya.")
        if self.when == When.WEEKLY and not self.weekdays:
            raise InvalidInputError("Pilih paling sedikit satu hari.")
        read_schedule(self.schedule)
        return CampaignInput(
            name=self.name,
            topic=subject if kind == "topik" else "",
            template=subject if kind == "templat" else None,
            segment=Segment(
                agencies=self.agencies,
                regions=self.regions,
                roles=self.roles,
                stages=_known(Stage, self.stages),
                channels=_known(Channel, self.channels),
            ),
            schedule=self.schedule,
            valid_hours=_number(self.valid_hours, "Masa guna"),
            in_doubt=UnknownDeliveryPolicy.HOLD
            if self.in_doubt == UnknownDeliveryPolicy.HOLD
            else UnknownDeliveryPolicy.RESEND,
            weekly_limit=_number(self.weekly_limit, "Batas sepekan"),
        )


def form_of(visit: AdminRequest) -> CampaignForm:
    """Read what was sent."""
    return CampaignForm(
        name=visit.value("name")[:200],
        content=visit.value("content")[:200],
        agencies=_all(visit, "agencies"),
        regions=_all(visit, "regions"),
        roles=_all(visit, "roles"),
        stages=_all(visit, "stages"),
        channels=_all(visit, "channels"),
        when=visit.value("when"),
        day=visit.value("day")[:10],
        clock=visit.value("clock")[:5],
        zone=visit.value("zone")[:4],
        weekdays=_all(visit, "weekdays"),
        during=visit.value("during")[:40],
        days_before=visit.value("days_before")[:3],
        before=visit.value("before")[:40],
        is_working=bool(visit.value("is_working")),
        valid_hours=visit.value("valid_hours")[:4],
        in_doubt=visit.value("in_doubt"),
        weekly_limit=visit.value("weekly_limit")[:2],
    )


def form_from(campaign: Campaign, name: str) -> CampaignForm:
    """Show a campaign in the form, under a name."""
    schedule, segment = read_schedule(campaign.schedule), campaign.segment
    shown: dict[str, object] = {}
    match schedule:
        case SendNow():
            shown = {"when": When.NOW.value}
        case SendOnce():
            zone = TimeZone(campaign.schedule.split()[-1].upper())
            local = schedule.at.astimezone(zone.offset)
            shown = {
                "when": When.ONCE.value,
                "day": f"{local:%Y-%m-%d}",
                **_clock(ClockTime(at=local.time(), zone=zone)),
            }
        case SendWeekly():
            days = frozenset(WEEKDAYS[day] for day in schedule.weekdays)
            shown = {
                "when": When.WEEKLY.value,
                "weekdays": days,
                "during": STAGE_WORDS[schedule.during] if schedule.during else "",
                "is_working": schedule.is_working,
                **_clock(schedule.clock),
            }
        case SendBeforeStage():
            shown = {
                "when": When.BEFORE.value,
                "days_before": str(schedule.days),
                "before": STAGE_WORDS[schedule.stage],
                "is_working": schedule.is_working,
                **_clock(schedule.clock),
            }
    return CampaignForm(
        name=name,
        content=f"templat:{campaign.template}" if campaign.template else f"topik:{campaign.topic}",
        agencies=segment.agencies,
        regions=segment.regions,
        roles=segment.roles,
        stages=frozenset(stage.value for stage in segment.stages),
        channels=frozenset(channel.value for channel in segment.channels),
        valid_hours=str(campaign.valid_hours),
        in_doubt=campaign.in_doubt.value,
        weekly_limit=str(campaign.weekly_limit),
        **shown,  # type: ignore[arg-type]
    )


def _clock(clock: ClockTime) -> dict[str, object]:
    return {"clock": f"{clock.at:%H:%M}", "zone": clock.zone.value}


def _weekday_words(chosen: Collection[str]) -> str:
    named = [day for day in WEEKDAYS if day in chosen]
    if len(named) == len(WEEKDAYS):
        return "hari"
    return ", ".join(named) or "hari"


def _all(visit: AdminRequest, name: str) -> frozenset[str]:
    return frozenset(value.strip()[:200] for value in visit.fields.get(name, []) if value.strip())


def _known(kinds: type[Kind], values: Collection[str]) -> frozenset[Kind]:
    return frozenset(kind for kind in kinds if kind.value in values)


def _number(written: str, what: str) -> int:
    if not (written.isascii() and written.isdecimal()):
        raise InvalidInputError(f"{what} harus berupa bilangan.")
    return int(written)
