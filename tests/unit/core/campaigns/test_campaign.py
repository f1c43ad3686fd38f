"""The life of a campaign, and who may be sent what, when."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.core.campaigns.campaign import FINAL, TRANSITIONS, CampaignEvent, CampaignStatus, next_status
from bot.core.campaigns.consent import TimeZone, quiet_until, week_of
from bot.core.campaigns.segment import Recipient, Segment, SendWindow, SkipReason, skip_reason
from bot.core.vocabulary import Channel, Stage

pytestmark = pytest.mark.broadcast

NOON = datetime(2031, 1, 6, 5, 0, tzinfo=UTC)
ANI = Recipient(channel=Channel.TELEGRAM, agency="bkd-jabar", region="Jawa Barat", role="PNS")
TERMS = SendWindow(segment=Segment(), deadline=NOON + timedelta(hours=24))


def test_what_is_done_or_stopped_stays_so() -> None:
    """Only a person's decision about messages in doubt opens a campaign again, and none that was stopped."""
    for status in FINAL:
        events = set(CampaignEvent) - {CampaignEvent.REOPEN}
        assert {next_status(status, event) for event in events} <= {None, status}
    assert next_status(CampaignStatus.STOPPED, CampaignEvent.REOPEN) is None


def test_nothing_is_sent_that_was_not_approved() -> None:
    """Every path from a draft to a running campaign leads over an approval."""
    reached, fresh = {CampaignStatus.DRAFT}, [CampaignStatus.DRAFT]
    while fresh:
        status = fresh.pop()
        for (source, event), target in TRANSITIONS.items():
            if source is status and event is not CampaignEvent.APPROVE and target not in reached:
                reached.add(target)
                fresh.append(target)
    assert reached == {CampaignStatus.DRAFT, CampaignStatus.SUBMITTED, CampaignStatus.STOPPED}


def test_everything_that_is_not_over_can_be_stopped() -> None:
    for status in set(CampaignStatus) - {CampaignStatus.DONE}:
        assert next_status(status, CampaignEvent.STOP) is CampaignStatus.STOPPED


@pytest.mark.parametrize(
    ("local_hour", "zone", "is_quiet"),
    [
        (19, TimeZone.WIB, False),
        (20, TimeZone.WIB, True),
        (6, TimeZone.WIT, True),
        (7, TimeZone.WIT, False),
        (0, TimeZone.WITA, True),
    ],
)
def test_quiet_hours_are_judged_by_the_clock_of_the_person(local_hour: int, zone: TimeZone, is_quiet: bool) -> None:
    now = datetime(2031, 1, 6, local_hour, 0, tzinfo=zone.offset).astimezone(UTC)
    assert (quiet_until(zone, now) is not None) is is_quiet


def test_quiet_hours_end_at_seven_of_the_next_morning() -> None:
    evening = datetime(2031, 1, 6, 22, 30, tzinfo=TimeZone.WITA.offset)
    assert quiet_until(TimeZone.WITA, evening) == datetime(2031, 1, 7, 7, 0, tzinfo=TimeZone.WITA.offset)
    night = datetime(2031, 1, 7, 3, 0, tzinfo=TimeZone.WITA.offset)
    assert quiet_until(TimeZone.WITA, night) == datetime(2031, 1, 7, 7, 0, tzinfo=TimeZone.WITA.offset)


def test_the_reasons_come_in_their_order() -> None:
    night = datetime(2031, 1, 6, 15, 0, tzinfo=UTC)
    expiring = replace(TERMS, deadline=night + timedelta(hours=1))
    assert skip_reason(None, TERMS, 0, NOON) is SkipReason.NOT_OPTED_IN
    assert skip_reason(replace(ANI, is_reachable=False), TERMS, 9, night) is SkipReason.UNREACHABLE
    elsewhere = replace(TERMS, segment=Segment(regions=frozenset({"Bali"})))
    assert skip_reason(ANI, elsewhere, 9, night) is SkipReason.NOT_MEANT
    assert skip_reason(ANI, expiring, 9, night) is SkipReason.TOO_LATE
    assert skip_reason(ANI, TERMS, TERMS.weekly_limit, night) is SkipReason.WEEKLY_LIMIT
    assert skip_reason(ANI, TERMS, 0, night) is SkipReason.QUIET_HOURS
    assert skip_reason(ANI, TERMS, 0, NOON) is None


def test_a_segment_takes_everybody_until_something_is_asked_for() -> None:
    bare = Recipient(channel=Channel.TELEGRAM, stages=frozenset({Stage.CAMPAIGN}))
    assert Segment().includes(bare)
    assert not Segment(agencies=frozenset({"bkd-jabar"})).includes(bare)
    assert not Segment(stages=frozenset({Stage.QUIET_PERIOD})).includes(bare)
    assert Segment(stages=frozenset({Stage.CAMPAIGN}), channels=frozenset({Channel.TELEGRAM})).includes(bare)


def test_a_week_begins_on_monday_by_the_clock_of_jakarta() -> None:
    monday = datetime(2031, 1, 6, 0, 0, tzinfo=TimeZone.WIB.offset)
    assert monday.weekday() == 0
    assert week_of(monday) == week_of(monday + timedelta(days=6, hours=23))
    assert week_of(monday) == week_of(monday - timedelta(seconds=1)) + 1
