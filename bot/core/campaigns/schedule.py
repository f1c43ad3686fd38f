"""When a campaign sends: once, again and again, or so many days before a stage."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TypeAlias

from bot.core.campaigns.consent import TimeZone
from bot.core.errors import InvalidInputError
from bot.core.guidance.election_calendar import StagePeriod
from bot.core.vocabulary import Stage

WEEKDAYS = ("senin", "selasa", "rabu", "kamis", "jumat", "sabtu", "minggu")
WORKING_WEEKDAYS = frozenset(range(5))
USUAL_TIME = time(8)
STAGES = {
    "sebelum penetapan": Stage.BEFORE_CANDIDATES,
    "kampanye": Stage.CAMPAIGN,
    "masa tenang": Stage.QUIET_PERIOD,
    "hari pemungutan": Stage.VOTING_DAY,
    "setelah pemungutan": Stage.AFTER_VOTING,
}
FARTHEST_DAYS = 800
"""How far ahead a moment is looked for."""
HELP = (
    "jadwal ditulis: 'sekarang', '2031-01-05 08.00 WIB', 'tiap Senin 08.00 WIB selama kampanye',"
    " 'tiap hari kerja 08.00 WITA selama masa tenang', atau 'H-3 masa tenang 08.00 WIB hari kerja'"
)


@dataclass(frozen=True, kw_only=True)
class TimeOfDay:
    """A time of day in a zone."""

    at: time
    zone: TimeZone

    def on(self, day: date) -> datetime:
        """Return the moment of a day."""
        return datetime.combine(day, self.at, self.zone.offset)


@dataclass(frozen=True, kw_only=True)
class SendNow:
    """At once."""


@dataclass(frozen=True, kw_only=True)
class SendOnce:
    """At one moment."""

    at: datetime


@dataclass(frozen=True, kw_only=True)
class SendWeekly:
    """On days of the week."""

    weekdays: frozenset[int]
    """0 is Monday."""
    clock: TimeOfDay
    during: Stage | None
    """Only while this stage runs; None: without end."""
    is_working: bool
    """Not on holidays and weekends."""


@dataclass(frozen=True, kw_only=True)
class SendBeforeStage:
    """So many days before a stage begins."""

    days: int
    stage: Stage
    clock: TimeOfDay
    is_working: bool
    """Where that day is none, on the working day before."""


Schedule: TypeAlias = SendNow | SendOnce | SendWeekly | SendBeforeStage

_CLOCK = r"(?P<hour>[01]?\d|2[0-3])[.:](?P<minute>[0-5]\d)\s+(?P<zone>wib|wita|wit)"
_WORK = r"(?P<work>\s+hari kerja)?"
_ONCE = re.compile(rf"(?P<day>\d{{4}}-\d\d-\d\d)\s+{_CLOCK}")
_WEEKLY = re.compile(rf"tiap\s+(?P<days>[a-z, ]+?)\s+{_CLOCK}(?:\s+selama\s+(?P<stage>[a-z ]+?))?{_WORK}")
_BEFORE = re.compile(rf"h-(?P<days>\d{{1,3}})\s+(?P<stage>[a-z ]+?)(?:\s+{_CLOCK})?{_WORK}")


def read_schedule(written: str) -> Schedule:
    """Read what a person wrote.

    Raises:
        InvalidInputError: naming the forms.
    """
    text = " ".join(written.lower().split())
    if text == "sekarang":
        return SendNow()
    if match := _ONCE.fullmatch(text):
        return SendOnce(at=_clock(match).on(_day(match["day"])))
    if match := _WEEKLY.fullmatch(text):
        weekdays, is_working = _weekdays(match["days"])
        during = _stage(match["stage"]) if match["stage"] else None
        is_working = is_working or bool(match["work"])
        return SendWeekly(weekdays=weekdays, clock=_clock(match), during=during, is_working=is_working)
    if match := _BEFORE.fullmatch(text):
        clock = _clock(match) if match["hour"] else TimeOfDay(at=USUAL_TIME, zone=TimeZone.WIB)
        stage, is_working = _stage(match["stage"]), bool(match["work"])
        return SendBeforeStage(days=int(match["days"]), stage=stage, clock=clock, is_working=is_working)
    raise InvalidInputError(HELP)


def next_moment(
    schedule: Schedule, periods: Iterable[StagePeriod], holidays: Collection[date], after: datetime
) -> datetime | None:
    """Return the first moment after another, None when none will come.

    Args:
        periods: the calendar of elections.
        holidays: the national ones, of the years ahead.
        after: aware.
    """
    match schedule:
        case SendNow():
            return after
        case SendOnce():
            return schedule.at if schedule.at > after else None
        case SendWeekly():
            return _next_weekly(schedule, tuple(periods), holidays, after)
        case SendBeforeStage():
            moments = [
                schedule.clock.on(_moved(period.starts_on - timedelta(days=schedule.days), schedule, holidays))
                for period in periods
                if period.stage is schedule.stage
            ]
            return min((moment for moment in moments if moment > after), default=None)


@dataclass(frozen=True, kw_only=True)
class Moved:
    """What a calendar makes of a schedule whose moment is none any more."""

    stage: Stage | None
    """The stage that it hangs on; None where it was a holiday."""
    is_removed: bool
    """Whether no election has that stage at all."""
    after: datetime | None
    """Its moment by the present calendar; None: it has none."""


def moved_to(schedule: Schedule, periods: Iterable[StagePeriod], after: datetime | None) -> Moved:
    """Describe how a schedule goes on by the present calendar."""
    stage = stage_of(schedule)
    is_known = any(period.stage is stage for period in periods)
    return Moved(stage=stage, is_removed=stage is not None and not is_known, after=after)


def stage_of(schedule: Schedule) -> Stage | None:
    """Return the stage that a schedule hangs on, None when on none."""
    match schedule:
        case SendWeekly():
            return schedule.during
        case SendBeforeStage():
            return schedule.stage
        case _:
            return None


def is_moment(schedule: Schedule, periods: Iterable[StagePeriod], holidays: Collection[date], at: datetime) -> bool:
    """Decide whether a moment that was found earlier still is one by the present calendar."""
    if not isinstance(schedule, SendWeekly | SendBeforeStage):
        return True
    return next_moment(schedule, tuple(periods), holidays, at - timedelta(microseconds=1)) == at


def is_repeated(schedule: Schedule) -> bool:
    """Say whether more than one run may come."""
    return isinstance(schedule, SendWeekly | SendBeforeStage)


def is_working_day(day: date, holidays: Collection[date]) -> bool:
    """Say whether offices work on a day."""
    return day.weekday() in WORKING_WEEKDAYS and day not in holidays


def _next_weekly(
    schedule: SendWeekly, periods: tuple[StagePeriod, ...], holidays: Collection[date], after: datetime
) -> datetime | None:
    first = after.astimezone(schedule.clock.zone.offset).date()
    for distance in range(FARTHEST_DAYS):
        day = first + timedelta(days=distance)
        if day.weekday() not in schedule.weekdays or schedule.clock.on(day) <= after:
            continue
        if schedule.is_working and not is_working_day(day, holidays):
            continue
        if schedule.during is None or any(p.stage is schedule.during and p.holds_on(day) for p in periods):
            return schedule.clock.on(day)
    return None


def _moved(day: date, schedule: SendBeforeStage, holidays: Collection[date]) -> date:
    while schedule.is_working and not is_working_day(day, holidays):
        day -= timedelta(days=1)
    return day


def _clock(match: re.Match[str]) -> TimeOfDay:
    return TimeOfDay(at=time(int(match["hour"]), int(match["minute"])), zone=TimeZone(match["zone"].upper()))


def _day(written: str) -> date:
    try:
        return date.fromisoformat(written)
    except ValueError as error:
        raise InvalidInputError(f"tidak ada tanggal {written}") from error


def _stage(written: str) -> Stage:
    if written not in STAGES:
        raise InvalidInputError(f"tahapan yang dikenal: {', '.join(STAGES)}; bukan {written}")
    return STAGES[written]


def _weekdays(written: str) -> tuple[frozenset[int], bool]:
    """Return the days, and whether only working ones count."""
    if written in {"hari kerja", "hari"}:
        return (WORKING_WEEKDAYS, True) if written == "hari kerja" else (frozenset(range(7)), False)
    names = [name for name in re.split(r"[, ]+", written) if name not in {"", "dan"}]
    unknown = [name for name in names if name not in WEEKDAYS]
    if unknown or not names:
        raise InvalidInputError(f"hari yang dikenal: {', '.join(WEEKDAYS)}; bukan {', '.join(unknown)}")
    return frozenset(WEEKDAYS.index(name) for name in names), False
