"""Campaigns whose schedule hangs on a stage follow the calendar, or stop and ask."""

from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.application.campaigns import edit_campaigns
from bot.application.curation.edit_drafts import EditLaw
from bot.core.campaigns.campaign import CampaignEvent, CampaignStatus
from bot.core.campaigns.consent import TimeZone
from bot.core.errors import InvalidInputError
from bot.core.guidance.election_calendar import StagePeriod
from bot.core.vocabulary import Stage
from bot.storage.campaigns.campaigns import campaigns
from bot.storage.engine.engine import make_engine
from bot.storage.unit_of_work import DatabaseAdminStore, DatabaseStore
from tests.integration.campaigns.engine.desk import Desk
from tests.support.database import database_store, rows

pytestmark = pytest.mark.broadcast

BEFORE = "H-3 masa tenang 08.00 WIB"
DURING = "tiap hari 08.00 WIB selama masa tenang"
FIRST = date(2027, 2, 10)
"""Of the quiet period that campaigns are scheduled by."""


@pytest.fixture(params=["seeded_sqlite", pytest.param("seeded_postgres", id="postgres", marks=pytest.mark.full)])
def address(request: pytest.FixtureRequest) -> str:
    """Return the address of a database of each kind."""
    return str(request.getfixturevalue(request.param))


@pytest.fixture
async def engine(address: str) -> AsyncIterator[AsyncEngine]:
    """Return its engine."""
    made = make_engine(address)
    yield made
    await made.dispose()


@pytest.fixture
def store(engine: AsyncEngine) -> DatabaseStore:
    """Return a store."""
    return database_store(engine)


@pytest.fixture
async def desk(store: DatabaseStore) -> Desk:
    """Return a ledger on a day before a quiet period."""
    made = Desk(store=store)
    made.clock.at = datetime(2027, 2, 1, 9, 0, tzinfo=TimeZone.WIB.offset)
    await made.subscribe("1", "2")
    return made


async def set_quiet(desk: Desk, first: date | None, election: str = "Pilkada A") -> None:
    law = EditLaw(store=DatabaseAdminStore(desk.store), clock=desk.clock)
    period = StagePeriod(
        election=election,
        stage=Stage.QUIET_PERIOD,
        starts_on=first or FIRST,
        ends_on=(first or FIRST) + timedelta(days=2),
    )
    await law.set_stages(None, election, (period,) if first is not None else ())


def at(day: date, hour: int = 8) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=TimeZone.WIB.offset)


@pytest.mark.parametrize(("schedule", "days"), [(BEFORE, -3), (DURING, 0)], ids=["before", "during"])
async def test_a_schedule_moves_with_its_stage_and_says_so(
    desk: Desk, engine: AsyncEngine, schedule: str, days: int
) -> None:
    await set_quiet(desk, FIRST)
    await desk.campaign(schedule=schedule)
    assert (await desk.look()).next_run == at(FIRST + timedelta(days=days))
    later = FIRST + timedelta(days=90)
    await set_quiet(desk, later)
    campaign = await desk.look()
    assert (campaign.status, campaign.next_run) == (CampaignStatus.SCHEDULED, at(later + timedelta(days=days)))
    assert "Masa tenang berpindah" in (campaign.note or "")
    desk.clock.at = at(FIRST + timedelta(days=days), 9)
    await desk.work()
    assert desk.sender.asked == []
    told = await rows(engine, "SELECT subject FROM audit_event WHERE action = 'campaign_moved'")
    assert told == [("k1",)]


@pytest.mark.parametrize("schedule", [BEFORE, DURING], ids=["before", "during"])
async def test_without_its_stage_a_schedule_pauses_and_asks_and_goes_on_when_it_is_back(
    desk: Desk, store: DatabaseStore, schedule: str
) -> None:
    await set_quiet(desk, FIRST)
    await desk.campaign(schedule=schedule)
    await set_quiet(desk, None)
    campaign = await desk.look()
    assert (campaign.status, campaign.next_run) == (CampaignStatus.PAUSED, None)
    assert "dihapus; jadwal ini tidak punya waktu lagi" in (campaign.note or "")
    async with campaigns(store) as unit:
        with pytest.raises(InvalidInputError, match="tidak punya waktu lagi"):
            await edit_campaigns.start(unit, "k1", desk.clock.at)
    await set_quiet(desk, FIRST)
    campaign = await desk.look()
    assert campaign.status is CampaignStatus.PAUSED
    assert "tekan Lanjutkan" in (campaign.note or "")
    assert campaign.next_run is not None
    await desk.happen(CampaignEvent.RESUME)
    await desk.work()
    assert (await desk.look()).status is CampaignStatus.SCHEDULED
    desk.clock.at = campaign.next_run + timedelta(minutes=1)
    await desk.work()
    assert len(desk.sender.asked) == 2


async def test_of_two_elections_with_the_stage_the_right_one_is_followed(desk: Desk) -> None:
    other = FIRST + timedelta(days=30)
    await set_quiet(desk, FIRST)
    await set_quiet(desk, other, "Pilkada B")
    await desk.campaign(schedule=BEFORE)
    assert (await desk.look()).next_run == at(FIRST - timedelta(days=3))
    await set_quiet(desk, other + timedelta(days=5), "Pilkada B")
    assert (await desk.look()).next_run == at(FIRST - timedelta(days=3)), "another election moves nothing"
    assert (await desk.look()).note is None
    await set_quiet(desk, other + timedelta(days=60))
    assert (await desk.look()).next_run == at(other + timedelta(days=2))
    await set_quiet(desk, None, "Pilkada B")
    assert (await desk.look()).next_run == at(other + timedelta(days=57))


async def test_a_paused_one_moves_too_and_stays_paused(desk: Desk) -> None:
    await set_quiet(desk, FIRST)
    await desk.campaign(schedule=BEFORE)
    await desk.happen(CampaignEvent.PAUSE)
    later = FIRST + timedelta(days=9)
    await set_quiet(desk, later)
    campaign = await desk.look()
    assert (campaign.status, campaign.next_run) == (CampaignStatus.PAUSED, at(later - timedelta(days=3)))


async def test_a_run_whose_stage_moves_away_meanwhile_pauses_and_asks(desk: Desk) -> None:
    await set_quiet(desk, FIRST)
    await desk.campaign(schedule=BEFORE)
    desk.clock.at = at(FIRST - timedelta(days=3)) + timedelta(minutes=1)
    await desk.collect()
    assert (await desk.look()).status is CampaignStatus.RUNNING
    await set_quiet(desk, FIRST + timedelta(days=90))
    await desk.work()
    campaign = await desk.look()
    assert campaign.status is CampaignStatus.PAUSED
    assert "sedang dikirim" in (campaign.note or "")
    assert desk.sender.asked == []
    await desk.happen(CampaignEvent.RESUME)
    await desk.work()
    assert len(desk.sender.asked) == 2
    assert (await desk.look()).status is CampaignStatus.SCHEDULED


async def test_a_start_looks_at_the_calendar_of_the_day_whoever_changed_it(desk: Desk, store: DatabaseStore) -> None:
    await set_quiet(desk, FIRST)
    await desk.campaign(schedule=BEFORE)
    moved = StagePeriod(
        election="Pilkada A",
        stage=Stage.QUIET_PERIOD,
        starts_on=FIRST + timedelta(days=40),
        ends_on=FIRST + timedelta(days=42),
    )
    async with store.unit() as unit:
        await unit.replace_stage_periods("Pilkada A", (moved,))
    desk.clock.at = at(FIRST - timedelta(days=3)) + timedelta(minutes=1)
    await desk.work()
    campaign = await desk.look()
    assert (campaign.status, campaign.next_run) == (CampaignStatus.SCHEDULED, at(FIRST + timedelta(days=37)))
    assert desk.sender.asked == []
    async with store.unit() as unit:
        await unit.replace_stage_periods("Pilkada A", ())
    desk.clock.at = at(FIRST + timedelta(days=37)) + timedelta(minutes=1)
    await desk.work()
    campaign = await desk.look()
    assert (campaign.status, desk.sender.asked) == (CampaignStatus.PAUSED, [])
    assert "tidak punya waktu lagi" in (campaign.note or "")


async def test_a_day_that_became_a_holiday_is_passed_by(desk: Desk) -> None:
    await desk.campaign(schedule="tiap Senin 08.00 WIB hari kerja")
    planned = (await desk.look()).next_run
    assert planned is not None
    desk.process.ledger._holidays = {planned.astimezone(TimeZone.WIB.offset).date()}  # type: ignore[attr-defined]
    desk.clock.at = planned + timedelta(minutes=1)
    await desk.work()
    campaign = await desk.look()
    assert (campaign.status, campaign.next_run) == (CampaignStatus.SCHEDULED, planned + timedelta(days=7))
    assert desk.sender.asked == []


async def test_what_hangs_on_no_stage_stays_as_it_is(desk: Desk) -> None:
    await desk.campaign(schedule="2027-02-20 08.00 WIB")
    await set_quiet(desk, FIRST)
    campaign = await desk.look()
    assert (campaign.next_run, campaign.note) == (at(date(2027, 2, 20)), None)
