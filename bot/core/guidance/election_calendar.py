"""The calendar of elections: which stage holds on a day."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from bot.core.vocabulary import Stage

STRICTEST_FIRST = (
    Stage.VOTING_DAY,
    Stage.QUIET_PERIOD,
    Stage.CAMPAIGN,
    Stage.BEFORE_CANDIDATES,
    Stage.AFTER_VOTING,
)


@dataclass(frozen=True, kw_only=True)
class StagePeriod:
    """One stage of one election."""

    election: str
    """The election's name, as people call it."""
    stage: Stage
    starts_on: date
    ends_on: date
    """The last day, inclusive."""

    def holds_on(self, day: date) -> bool:
        """Say whether the stage runs on this day."""
        return self.starts_on <= day <= self.ends_on


def stage_on(periods: Iterable[StagePeriod], day: date) -> Stage | None:
    """Return the stage of a day, the strictest where elections overlap, None when none runs."""
    running = {period.stage for period in periods if period.holds_on(day)}
    return next((stage for stage in STRICTEST_FIRST if stage in running), None)
