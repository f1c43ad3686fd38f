"""The period that a page of figures shows, picked in its address."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from bot.core.figures.trends import WEEK_DAYS, DateRange, last_days
from bot.core.guidance.election_calendar import StagePeriod, stage_on
from bot.core.replies.answer import format_date

LENGTHS = (7, 30, 90)
"""Days."""
USUAL = "30"
STAGE = "tahapan"
MAX_WEEKS = 53


@dataclass(frozen=True, kw_only=True)
class Period:
    """One choice."""

    key: str
    """In the address."""
    label: str
    span: DateRange

    @property
    def weeks(self) -> int:
        """Return how many whole weeks are published for it."""
        return min(max(1, round(self.span.days / WEEK_DAYS)), MAX_WEEKS)


def periods_on(today: date, calendar: Iterable[StagePeriod]) -> Sequence[Period]:
    """Return the choices of a day; the running stage is one while there is one."""
    found = [Period(key=str(days), label=f"{days} hari", span=last_days(today, days)) for days in LENGTHS]
    running = [period for period in calendar if period.holds_on(today)]
    strictest = stage_on(running, today)
    begun = [period.starts_on for period in running if period.stage is strictest]
    if begun:
        found.append(Period(key=STAGE, label="Tahapan ini", span=DateRange(first=min(begun), last=today)))
    return found


def picked(periods: Sequence[Period], key: str) -> Period:
    """Return the period that was asked for, the usual one for anything else."""
    by_key = {period.key: period for period in periods}
    return by_key.get(key, by_key[USUAL])


def short_day(day: date) -> str:
    """Write a day where there is little room: 24 Nov."""
    number, month, _ = format_date(day).split(" ")
    return f"{number} {month[:3]}"


def slice_name(span: DateRange) -> str:
    """Name a day or some days of a table."""
    return short_day(span.first) if span.days == 1 else f"{short_day(span.first)} sampai {short_day(span.last)}"
