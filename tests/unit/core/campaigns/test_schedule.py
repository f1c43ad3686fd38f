"""When a campaign sends."""

from datetime import UTC, date, datetime

import pytest

from bot.core.campaigns.schedule import SendNow, is_repeated, next_moment, read_schedule
from bot.core.errors import InvalidInputError
from bot.core.guidance.election_calendar import StagePeriod
from bot.core.vocabulary import Stage

pytestmark = pytest.mark.broadcast

PERIODS = (
    StagePeriod(election="Pilkada 2031", stage=Stage.CAMPAIGN, starts_on=date(2030, 12, 1), ends_on=date(2031, 1, 4)),
    StagePeriod(
        election="Pilkada 2031", stage=Stage.QUIET_PERIOD, starts_on=date(2031, 1, 5), ends_on=date(2031, 1, 7)
    ),
)
NEW_YEAR = date(2031, 1, 1)
BEFORE = datetime(2030, 12, 28, 0, 0, tzinfo=UTC)


def moment(written: str, after: datetime = BEFORE) -> str | None:
    found = next_moment(read_schedule(written), PERIODS, {NEW_YEAR}, after)
    return found.isoformat() if found else None


def test_once_is_at_its_moment_and_never_after_it() -> None:
    assert moment("2031-01-04 08.00 WITA") == "2031-01-04T08:00:00+08:00"
    assert moment("2030-12-27 08.00 WITA") is None


def test_now_is_now() -> None:
    assert read_schedule(" Sekarang ") == SendNow()
    assert moment("sekarang") == BEFORE.isoformat()


def test_days_before_a_stage_are_counted_from_its_beginning() -> None:
    assert moment("H-3 masa tenang") == "2031-01-02T08:00:00+07:00"
    assert moment("H-3 masa tenang 09.30 WIT") == "2031-01-02T09:30:00+09:00"


def test_a_working_day_is_looked_for_before_the_day_so_that_nobody_hears_too_late() -> None:
    """Four days before is New Year's Day, seven days before a Sunday."""
    assert moment("H-4 masa tenang 08.00 WIB hari kerja") == "2030-12-31T08:00:00+07:00"
    assert moment("H-7 masa tenang 08.00 WIB") == "2030-12-29T08:00:00+07:00"


def test_a_weekly_one_lasts_as_long_as_its_stage() -> None:
    assert moment("tiap Senin 08.00 WIB selama kampanye") == "2030-12-30T08:00:00+07:00"
    after = datetime(2030, 12, 30, 1, 0, tzinfo=UTC)
    assert moment("tiap Senin 08.00 WIB selama kampanye", after) is None
    assert moment("tiap Senin, Rabu 08.00 WIB selama kampanye", after) == "2031-01-01T08:00:00+07:00"
    assert moment("tiap Senin, Rabu 08.00 WIB selama kampanye hari kerja", after) is None


def test_every_working_day_leaves_out_weekends_and_holidays() -> None:
    after = datetime(2030, 12, 31, 2, 0, tzinfo=UTC)
    assert moment("tiap hari kerja 08.00 WIB", after) == "2031-01-02T08:00:00+07:00"


def test_only_what_follows_a_calendar_is_repeated() -> None:
    assert is_repeated(read_schedule("tiap hari 08.00 WIB"))
    assert is_repeated(read_schedule("H-1 hari pemungutan"))
    assert not is_repeated(read_schedule("sekarang"))


@pytest.mark.parametrize(
    "written", ["", "besok", "tiap Senen 08.00 WIB", "H-3 masa depan", "2031-02-30 08.00 WIB", "tiap Senin 25.00 WIB"]
)
def test_what_cannot_be_read_is_said(written: str) -> None:
    with pytest.raises(InvalidInputError):
        read_schedule(written)
