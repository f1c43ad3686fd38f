"""Which stage of an election holds on a day."""

from datetime import date
from itertools import combinations, permutations

import pytest

from bot.core.guidance.election_calendar import StagePeriod, stage_on
from bot.core.vocabulary import Stage

STRICTEST_FIRST = [
    Stage.VOTING_DAY,
    Stage.QUIET_PERIOD,
    Stage.CAMPAIGN,
    Stage.BEFORE_CANDIDATES,
    Stage.AFTER_VOTING,
]


def _period(stage: Stage, first: int = 1, last: int = 30, election: str = "Pilkada") -> StagePeriod:
    return StagePeriod(election=election, stage=stage, starts_on=date(2027, 6, first), ends_on=date(2027, 6, last))


@pytest.mark.parametrize(
    ("day", "stage"),
    [
        (date(2027, 6, 9), None),
        (date(2027, 6, 10), Stage.CAMPAIGN),
        (date(2027, 6, 12), Stage.CAMPAIGN),
        (date(2027, 6, 13), None),
        (date(2028, 6, 11), None),
    ],
)
def test_a_stage_runs_from_its_first_day_to_its_last(day: date, stage: Stage | None) -> None:
    assert stage_on([_period(Stage.CAMPAIGN, 10, 12)], day) == stage


def test_without_elections_no_stage_runs() -> None:
    assert stage_on([], date(2027, 6, 10)) is None


def test_the_stages_of_one_election_follow_each_other() -> None:
    periods = [_period(Stage.CAMPAIGN, 1, 10), _period(Stage.QUIET_PERIOD, 11, 13), _period(Stage.VOTING_DAY, 14, 14)]
    found = [stage_on(periods, date(2027, 6, day)) for day in (10, 11, 13, 14, 15)]
    assert found == [Stage.CAMPAIGN, Stage.QUIET_PERIOD, Stage.QUIET_PERIOD, Stage.VOTING_DAY, None]


@pytest.mark.parametrize(("stricter", "milder"), list(combinations(STRICTEST_FIRST, 2)))
def test_where_elections_overlap_the_stricter_stage_holds_in_any_order(stricter: Stage, milder: Stage) -> None:
    periods = [_period(stricter, election="Pilkada"), _period(milder, election="Pemilu")]
    found = {stage_on(order, date(2027, 6, 10)) for order in permutations(periods)}
    assert found == {stricter}


def test_an_election_not_running_today_does_not_count() -> None:
    periods = [_period(Stage.VOTING_DAY, 20, 20), _period(Stage.AFTER_VOTING, 1, 15, "Pilkades")]
    assert stage_on(periods, date(2027, 6, 10)) == Stage.AFTER_VOTING
