"""When a run of a campaign begins, is missed, waits for a person or ends, and whom it is sent to together."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import TypeAlias

from bot.core.campaigns import status_notes as notes
from bot.core.campaigns.campaign import CampaignEvent
from bot.core.campaigns.consent import TimeZone, quiet_until
from bot.core.campaigns.schedule import is_moment, is_repeated, moved_to, next_moment, read_schedule
from bot.core.guidance.election_calendar import StagePeriod
from bot.core.vocabulary import Channel

BATCH_RECIPIENTS = 500
"""Of one channel and zone; what one worker holds at once."""


@dataclass(frozen=True, kw_only=True)
class Planned:
    """A campaign whose moment has come."""

    schedule: str
    at: datetime
    """Aware; the moment."""
    valid_hours: int
    note: str | None


@dataclass(frozen=True, kw_only=True)
class StartRun:
    """The run begins now."""

    deadline: datetime
    """After it nothing is sent any more."""
    following: datetime | None
    """When the next one begins, None for the last."""


@dataclass(frozen=True, kw_only=True)
class MissRun:
    """The run is passed by; the campaign is done where no other follows."""

    note: str
    following: datetime | None


@dataclass(frozen=True, kw_only=True)
class PauseRun:
    """A person has to look."""

    note: str


@dataclass(frozen=True, kw_only=True)
class MoveRun:
    """The calendar has moved the moment."""

    note: str
    following: datetime | None
    """None where it has no moment any more: then the campaign pauses."""


RunPlan: TypeAlias = StartRun | MissRun | PauseRun | MoveRun


def plan_run(
    planned: Planned,
    periods: Sequence[StagePeriod],
    holidays: Collection[date],
    now: datetime,
    *,
    may_still_be_sent: bool,
) -> RunPlan:
    """Decide what becomes of a run whose moment has come.

    Args:
        now: aware.
        may_still_be_sent: whether what was approved may be said today.
    """
    schedule = read_schedule(planned.schedule)
    following = next_moment(schedule, periods, holidays, max(planned.at, now)) if is_repeated(schedule) else None
    if not is_moment(schedule, periods, holidays, planned.at):
        moved = moved_to(schedule, periods, following)
        return MoveRun(
            note=notes.with_calendar_note(planned.note, notes.followed(moved, planned.at)), following=moved.after
        )
    deadline = planned.at + timedelta(hours=planned.valid_hours)
    if now > deadline:
        return MissRun(note=notes.missed(planned.at), following=following)
    if not may_still_be_sent:
        return PauseRun(note=notes.answer_changed())
    return StartRun(deadline=deadline, following=following)


def batches(people: Sequence[tuple[bytes, Channel, TimeZone]]) -> Iterator[tuple[Channel, TimeZone, list[bytes]]]:
    """Put recipients together who are sent to together: of one channel and zone, so many at most."""
    in_order = sorted(people, key=lambda person: person[1:])
    for (channel, zone), group in groupby(in_order, key=lambda person: person[1:]):
        keys = [key for key, _, _ in group]
        for start in range(0, len(keys), BATCH_RECIPIENTS):
            yield channel, zone, keys[start : start + BATCH_RECIPIENTS]


def first_look(zone: TimeZone, now: datetime, deadline: datetime) -> datetime:
    """Return when a batch is looked at first: after the night, unless that lasts until it is too late for everybody.

    Then each of its recipients is looked at now: some may live where it is day.
    """
    opens = quiet_until(zone, now) or now
    return opens if opens <= deadline else now


def after_run(following: datetime | None) -> CampaignEvent:
    """Return what happens to a campaign whose run is through."""
    return CampaignEvent.FINISH if following is None else CampaignEvent.REST
