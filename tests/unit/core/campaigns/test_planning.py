"""When runs begin, are missed, wait, move and end, and who is sent to together."""

from datetime import UTC, date, datetime, timedelta

import pytest

from bot.core.campaigns.campaign import CampaignEvent
from bot.core.campaigns.consent import TimeZone
from bot.core.campaigns.planning import (
    BATCH_RECIPIENTS,
    MissRun,
    MoveRun,
    PauseRun,
    Planned,
    RunPlan,
    StartRun,
    after_run,
    batches,
    first_look,
    plan_run,
)
from bot.core.guidance.election_calendar import StagePeriod
from bot.core.vocabulary import Channel, Stage

AT = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
"""A Tuesday, 09.00 in Jakarta."""
CAMPAIGN = StagePeriod(
    election="pilkada", stage=Stage.CAMPAIGN, starts_on=date(2026, 11, 1), ends_on=date(2026, 12, 10)
)


def plan(
    schedule: str = "2026-11-24 09.00 WIB",
    now: datetime = AT,
    *,
    note: str | None = None,
    periods: tuple[StagePeriod, ...] = (CAMPAIGN,),
    may_still_be_sent: bool = True,
) -> RunPlan:
    planned = Planned(schedule=schedule, at=AT, valid_hours=24, note=note)
    return plan_run(planned, periods, (), now, may_still_be_sent=may_still_be_sent)


def test_a_run_begins_at_its_moment_and_may_be_sent_for_its_hours() -> None:
    assert plan() == StartRun(deadline=AT + timedelta(hours=24), following=None)


def test_a_repeated_run_names_the_next_one() -> None:
    begun = plan("tiap selasa 09.00 WIB")
    assert isinstance(begun, StartRun)
    assert begun.following == AT + timedelta(days=7)


@pytest.mark.parametrize(("hours", "is_missed"), [(23.9, False), (24, False), (24.1, True)])
def test_a_run_whose_hours_are_over_is_missed(hours: float, is_missed: bool) -> None:
    assert isinstance(plan(now=AT + timedelta(hours=hours)), MissRun) is is_missed


def test_a_missed_run_of_a_week_is_followed_by_the_next_moment_to_come() -> None:
    missed = plan("tiap selasa 09.00 WIB", now=AT + timedelta(days=8))
    assert isinstance(missed, MissRun)
    assert missed.following == AT + timedelta(days=14)
    assert "terlewat" in missed.note


def test_what_may_not_be_said_any_more_waits_for_a_person() -> None:
    assert isinstance(plan(may_still_be_sent=False), PauseRun)


def test_a_missed_run_is_missed_whatever_may_be_said() -> None:
    assert isinstance(plan(now=AT + timedelta(days=3), may_still_be_sent=False), MissRun)


def test_a_moment_that_the_calendar_took_away_has_none_and_keeps_the_former_note() -> None:
    moved = plan("tiap selasa 09.00 WIB selama kampanye", note="Catatan lama.", periods=())
    assert isinstance(moved, MoveRun)
    assert (moved.following, moved.note.startswith("Catatan lama.")) == (None, True)


def test_people_of_one_channel_and_zone_are_sent_to_together_and_no_more_than_a_batch() -> None:
    east = [(bytes([1, n // 256, n % 256]), Channel.TELEGRAM, TimeZone.WIT) for n in range(BATCH_RECIPIENTS + 1)]
    west = [(b"\0w", Channel.WHATSAPP, TimeZone.WIB), (b"\0v", Channel.TELEGRAM, TimeZone.WIB)]
    sizes = [(channel, zone, len(keys)) for channel, zone, keys in batches([*east, *west])]
    assert sorted(sizes) == [
        (Channel.TELEGRAM, TimeZone.WIB, 1),
        (Channel.TELEGRAM, TimeZone.WIT, 1),
        (Channel.TELEGRAM, TimeZone.WIT, BATCH_RECIPIENTS),
        (Channel.WHATSAPP, TimeZone.WIB, 1),
    ]


@pytest.mark.parametrize(("hour", "opens"), [(2, 2), (13, 24), (14, 24)])
def test_a_batch_is_looked_at_after_the_night(hour: int, opens: int) -> None:
    midnight = datetime(2026, 11, 24, tzinfo=UTC)
    now = midnight + timedelta(hours=hour)
    assert first_look(TimeZone.WIB, now, now + timedelta(days=2)) == midnight + timedelta(hours=opens)


def test_a_night_that_lasts_until_it_is_too_late_is_not_waited_for() -> None:
    now = datetime(2026, 11, 24, 14, tzinfo=UTC)
    assert first_look(TimeZone.WIB, now, now + timedelta(hours=1)) == now


def test_a_campaign_without_another_run_is_done() -> None:
    assert (after_run(None), after_run(AT)) == (CampaignEvent.FINISH, CampaignEvent.REST)
