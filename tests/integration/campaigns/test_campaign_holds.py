"""Campaigns stand still for trouble that is not the person's, and what changes before a message leaves counts."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import delete, update
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.application.campaigns.sending_state import Pause
from bot.core.campaigns.campaign import CampaignEvent, CampaignStatus
from bot.core.campaigns.consent import TimeZone
from bot.core.campaigns.delivery import MAX_UNEXPLAINED, DeliveryStatus
from bot.core.campaigns.segment import Segment
from bot.core.messaging.send_outcome import SendOutcome, SendResult, Trouble
from bot.core.vocabulary import Channel, Stage
from bot.storage.campaigns.tables import OptInRow
from bot.storage.engine.engine import make_engine
from bot.storage.messaging.tables import RateRow
from bot.storage.unit_of_work import DatabaseStore
from tests.integration.campaigns.engine.desk import ACCEPTED, Desk, ToldSender
from tests.support.database import database_store, rows

pytestmark = pytest.mark.broadcast

S = DeliveryStatus
PEOPLE = tuple(str(number) for number in range(1, 13))
UNKNOWN_CODE = SendResult(outcome=SendOutcome.REFUSED, reason="987654")


@pytest.fixture(
    params=["seeded_sqlite", pytest.param("seeded_postgres", id="postgres", marks=pytest.mark.full)],
)
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
def desk(store: DatabaseStore) -> Desk:
    """Return a ledger with a sender that accepts everything."""
    return Desk(store=store)


async def prepared(desk: Desk, *people: str, segment: Segment | None = None) -> None:
    await desk.subscribe(*(people or PEOPLE))
    await desk.campaign(segment=segment)


# What changes between collecting and sending


async def test_who_takes_the_stage_out_before_it_leaves_gets_nothing_and_is_shown_as_not_meant(desk: Desk) -> None:
    await prepared(desk, "1", "2", segment=Segment(stages=frozenset({Stage.QUIET_PERIOD})))
    await desk.collect()
    await desk.subscribe("2", stages=frozenset({Stage.CAMPAIGN}))
    await desk.work()
    assert [to.person for to in desk.sender.asked] == ["1"]
    assert await desk.counts() == {S.SENT: 1, S.NOT_MEANT: 1}
    assert (await desk.look()).status is CampaignStatus.DONE


@pytest.mark.parametrize(
    ("segment", "before", "after"),
    [
        (Segment(agencies=frozenset({"bkd"})), {"agency": "bkd"}, {"agency": "bkn"}),
        (Segment(regions=frozenset({"Jawa"})), {"region": "Jawa"}, {"region": "Bali"}),
        (Segment(roles=frozenset({"PNS"})), {"role": "PNS"}, {"role": None}),
    ],
    ids=["agency", "region", "role"],
)
async def test_every_choice_that_changes_before_it_leaves_counts(
    desk: Desk, segment: Segment, before: dict[str, object], after: dict[str, object]
) -> None:
    await desk.subscribe("1", "2", **before)
    await desk.campaign(segment=segment)
    await desk.collect()
    await desk.subscribe("2", **after)
    await desk.work()
    assert await desk.counts() == {S.SENT: 1, S.NOT_MEANT: 1}


async def test_who_moved_to_a_zone_where_it_is_night_gets_it_in_their_morning(desk: Desk) -> None:
    desk.clock.at = desk.clock.at.replace(hour=18, minute=30)
    await prepared(desk, "1", "2")
    await desk.collect()
    await desk.subscribe("2", zone=TimeZone.WIT)
    await desk.work()
    assert await desk.counts() == {S.SENT: 1, S.WAITING: 1}
    assert (await desk.look()).status is CampaignStatus.RUNNING
    desk.forward(hours=2)
    await desk.work()
    assert await desk.counts() == {S.SENT: 1, S.WAITING: 1}
    desk.forward(hours=10, minutes=40)
    await desk.work()
    assert await desk.counts() == {S.SENT: 2}
    assert (await desk.look()).status is CampaignStatus.DONE


async def test_who_is_awake_elsewhere_by_now_is_not_dropped_with_the_sleepers_of_their_chunk(desk: Desk) -> None:
    desk.clock.at = desk.clock.at.replace(hour=17)
    await desk.subscribe("1", "2", zone=TimeZone.WIT)
    await desk.campaign(hours=2)
    await desk.collect()
    desk.forward(hours=1, minutes=10)
    await desk.subscribe("2", zone=TimeZone.WIB)
    await desk.work()
    assert await desk.counts() == {S.SENT: 1, S.LATE: 1}
    assert [to.person for to in desk.sender.asked] == ["2"]


async def test_an_address_that_cannot_be_opened_pauses_and_marks_nobody_unreachable(
    desk: Desk, store: DatabaseStore, engine: AsyncEngine
) -> None:
    await prepared(desk, *PEOPLE)
    async with store.session() as session:
        await session.execute(update(OptInRow).values(address=b"sealed with another key"))
    await desk.work()
    campaign = await desk.look()
    assert (campaign.status, desk.sender.asked) == (CampaignStatus.PAUSED, [])
    assert "SINETRAL_KEY_FILE" in (campaign.note or "")
    assert await desk.counts() == {S.WAITING: len(PEOPLE)}
    assert await rows(engine, "SELECT count(*) FROM opt_in WHERE unreachable_since IS NOT NULL") == [(0,)]


async def test_one_address_that_cannot_be_opened_keeps_nobody_else_from_getting_it(
    desk: Desk, store: DatabaseStore
) -> None:
    await prepared(desk, *PEOPLE)
    async with store.session() as session:
        broken = OptInRow.key == store.key_of(Channel.TELEGRAM, "5")
        await session.execute(update(OptInRow).where(broken).values(address=b"broken"))
    await desk.work()
    assert await desk.counts() == {S.SENT: len(PEOPLE) - 1, S.WAITING: 1}
    assert (await desk.look()).status is CampaignStatus.PAUSED


# Trouble that is not the person's


@pytest.mark.parametrize("trouble", [Trouble.TEMPLATE, Trouble.NUMBER, Trouble.ACCOUNT, Trouble.OURS])
@pytest.mark.parametrize(
    "outcome", [SendOutcome.HELD, SendOutcome.REFUSED, SendOutcome.NOT_TAKEN, SendOutcome.UNREACHABLE]
)
async def test_trouble_that_meets_everybody_pauses_and_goes_on_after_it_is_mended(
    desk: Desk, outcome: SendOutcome, trouble: Trouble
) -> None:
    desk.sender.answer = lambda _: SendResult(outcome=outcome, trouble=trouble, reason="132015")
    await prepared(desk)
    await desk.work()
    campaign = await desk.look()
    assert campaign.status is CampaignStatus.PAUSED
    assert "132015" in (campaign.note or "")
    assert "Lanjutkan" in (campaign.note or "")
    assert await desk.counts() == {S.WAITING: len(PEOPLE)}
    assert desk.refreshed == ([Channel.TELEGRAM] if trouble is Trouble.TEMPLATE else [])
    desk.sender.answer = lambda _: ACCEPTED
    asked = len(desk.sender.asked)
    await desk.work()
    assert len(desk.sender.asked) == asked, "a pause sends nothing"
    await desk.happen(CampaignEvent.RESUME)
    await desk.work()
    assert await desk.counts() == {S.SENT: len(PEOPLE)}
    assert set(desk.sender.got.values()) == {1}
    assert (await desk.look()).status is CampaignStatus.DONE


async def test_a_pause_does_not_count_for_the_week_of_those_who_wait(desk: Desk, engine: AsyncEngine) -> None:
    desk.sender.answer = lambda _: SendResult(outcome=SendOutcome.HELD, trouble=Trouble.ACCOUNT, reason="131042")
    await prepared(desk)
    for _ in range(4):
        await desk.work()
        await desk.happen(CampaignEvent.RESUME)
    desk.sender.answer = lambda _: ACCEPTED
    await desk.work()
    assert await desk.counts() == {S.SENT: len(PEOPLE)}
    assert set(await rows(engine, "SELECT week_count FROM opt_in")) == {(1,)}


async def test_a_code_nobody_knows_pauses_when_nobody_gets_through_and_the_refused_wait_again(desk: Desk) -> None:
    desk.sender.answer = lambda _: UNKNOWN_CODE
    await prepared(desk)
    await desk.work()
    campaign = await desk.look()
    assert campaign.status is CampaignStatus.PAUSED
    assert "987654" in (campaign.note or "")
    assert await desk.counts() == {S.WAITING: len(PEOPLE)}
    desk.sender.answer = lambda _: ACCEPTED
    await desk.happen(CampaignEvent.RESUME)
    await desk.work()
    assert await desk.counts() == {S.SENT: len(PEOPLE)}


async def test_a_code_nobody_knows_counts_for_the_person_while_others_get_through(desk: Desk) -> None:
    desk.sender.answer = lambda person: UNKNOWN_CODE if person in {"2", "5", "7"} else ACCEPTED
    await prepared(desk)
    await desk.work()
    assert await desk.counts() == {S.SENT: len(PEOPLE) - 3, S.REFUSED: 3}
    assert (await desk.look()).status is CampaignStatus.DONE


@pytest.mark.parametrize("people", [2, MAX_UNEXPLAINED - 1])
async def test_a_small_campaign_in_which_everybody_is_refused_asks_a_person(desk: Desk, people: int) -> None:
    desk.sender.answer = lambda _: UNKNOWN_CODE
    await prepared(desk, *PEOPLE[:people])
    await desk.work()
    assert (await desk.look()).status is CampaignStatus.PAUSED
    assert await desk.counts() == {S.WAITING: people}


async def test_refusals_are_judged_together_over_processes_and_a_crash(desk: Desk) -> None:
    desk.sender.answer = lambda _: UNKNOWN_CODE
    await prepared(desk, *PEOPLE[:3])
    await desk.collect()
    await desk.process.tick()
    for _ in range(2):
        await desk.process.tick()
        await desk.work(1)
    other = desk.new_process("p1")
    desk.forward(seconds=30)
    await desk.work(process=other)
    assert (await desk.look()).status is CampaignStatus.PAUSED
    assert await desk.counts() == {S.WAITING: 3}


async def test_a_refusal_with_a_cause_in_the_person_is_final_and_pauses_nothing(desk: Desk) -> None:
    desk.sender.answer = lambda _: SendResult(outcome=SendOutcome.REFUSED, trouble=Trouble.PERSON, reason="131049")
    await prepared(desk)
    await desk.work()
    assert await desk.counts() == {S.REFUSED: len(PEOPLE)}
    assert (await desk.look()).status is CampaignStatus.DONE


@pytest.mark.parametrize(
    "attempt",
    [
        SendResult(outcome=SendOutcome.NOT_TAKEN, trouble=Trouble.PLATFORM, reason="503"),
        SendResult(outcome=SendOutcome.NO_CONNECTION, trouble=Trouble.PLATFORM, reason="no_connection"),
        SendResult(outcome=SendOutcome.HELD, trouble=Trouble.PLATFORM, reason="131016"),
    ],
    ids=["not_taken", "no_connection", "held"],
)
async def test_a_platform_out_of_order_holds_the_sender_and_nobody_is_given_up(desk: Desk, attempt: SendResult) -> None:
    desk.sender.answer = lambda _: attempt
    await prepared(desk)
    for _ in range(120):
        await desk.work(2)
        desk.forward(seconds=30)
    assert (await desk.look()).status is CampaignStatus.RUNNING
    assert await desk.counts() == {S.WAITING: len(PEOPLE)}, "an hour's outage is not the messages'"
    desk.sender.answer = lambda _: ACCEPTED
    for _ in range(6):
        await desk.work(4)
        desk.forward(seconds=30)
    assert await desk.counts() == {S.SENT: len(PEOPLE)}


async def test_a_limit_of_one_chat_delays_that_message_alone(desk: Desk) -> None:
    slow = SendResult(outcome=SendOutcome.RATE_LIMITED, retry_after=40.0, is_sender_wide=False)
    held = {"3"}
    desk.sender.answer = lambda person: slow if person in held else ACCEPTED
    await prepared(desk)
    await desk.work(4)
    assert await desk.counts() == {S.SENT: len(PEOPLE) - 1, S.WAITING: 1}
    held.clear()
    await desk.work(4)
    assert desk.sender.got["3"] == 0
    desk.forward(seconds=45)
    await desk.work(4)
    assert await desk.counts() == {S.SENT: len(PEOPLE)}


async def test_a_token_refused_for_a_while_holds_the_sender_and_for_long_pauses_the_campaign(desk: Desk) -> None:
    refused = SendResult(outcome=SendOutcome.HELD, trouble=Trouble.OURS, reason="token")
    pause = Pause()
    assert [pause.rest_for_token(now) for now in (0.0, 5.0, 10.0, 30.0, 70.0, 150.0, 310.0)] == [True] * 6 + [False]
    desk.sender.answer = lambda _: refused
    await prepared(desk)
    await desk.work(6)
    assert (await desk.look()).status is CampaignStatus.RUNNING
    assert await desk.counts() == {S.WAITING: len(PEOPLE)}


async def test_a_second_chat_limited_at_the_same_time_holds_the_whole_sender(desk: Desk) -> None:
    slow = SendResult(outcome=SendOutcome.RATE_LIMITED, retry_after=40.0)
    held = {"2", "3"}
    desk.sender.answer = lambda person: slow if person in held else ACCEPTED
    await prepared(desk)
    await desk.work(6)
    sent = await desk.counts()
    held.clear()
    await desk.work(4)
    assert await desk.counts() == sent, "nobody is sent anything while the sender is held"
    desk.forward(seconds=45)
    async with desk.store.session() as session:
        # The hold goes by the clock of the database, which no test moves.
        await session.execute(delete(RateRow))
    await desk.work(6)
    assert await desk.counts() == {S.SENT: len(PEOPLE)}


async def test_a_program_that_fails_at_every_message_pauses_instead_of_doubting_everybody(store: DatabaseStore) -> None:
    def fail(_: str) -> SendResult:
        raise ZeroDivisionError

    people = [str(number) for number in range(1, 40)]
    desk = Desk(store=store, sender=ToldSender(answer=fail))
    await prepared(desk, *people)
    desk.process.senders[Channel.TELEGRAM].answer = fail  # type: ignore[attr-defined]
    await desk.work(10)
    assert (await desk.look()).status is CampaignStatus.PAUSED
    assert "catatan program" in ((await desk.look()).note or "")


async def test_what_cannot_be_rendered_pauses_with_its_reason(desk: Desk) -> None:
    desk.sender.unfit = "tombolnya tidak cocok"
    await prepared(desk)
    await desk.work()
    campaign = await desk.look()
    assert campaign.status is CampaignStatus.PAUSED
    assert "tombolnya tidak cocok" in (campaign.note or "")
    assert await desk.counts() == {S.WAITING: len(PEOPLE)}


async def test_a_channel_that_nobody_serves_pauses_with_a_note(desk: Desk) -> None:
    await prepared(desk)
    await desk.collect()
    elsewhere = desk.new_process("p1", served=(Channel.WHATSAPP,))
    await desk.work(process=elsewhere)
    assert (await desk.look()).status is CampaignStatus.RUNNING
    desk.forward(minutes=11)
    await desk.work(process=elsewhere)
    campaign = await desk.look()
    assert campaign.status is CampaignStatus.PAUSED
    assert "Telegram" in (campaign.note or "")


async def test_a_campaign_that_a_person_stopped_is_not_paused_by_a_late_answer(desk: Desk) -> None:
    await prepared(desk)
    await desk.collect()
    desk.process._notes["k1"] = "terlambat"
    await desk.happen(CampaignEvent.STOP)
    await desk.work()
    campaign = await desk.look()
    assert (campaign.status, campaign.note) == (CampaignStatus.STOPPED, None)


# Marks of who cannot be reached


async def test_whatsapp_is_tried_once_more_in_a_later_campaign_and_then_not_until_they_write(
    store: DatabaseStore,
) -> None:
    gone = SendResult(outcome=SendOutcome.UNREACHABLE, trouble=Trouble.PERSON, reason="131026")
    desk = Desk(store=store, sender=ToldSender(answer=lambda _: gone, channel=Channel.WHATSAPP))
    await desk.subscribe("bsuid:A")
    for number, asked in ((1, 1), (2, 2), (3, 2)):
        await desk.campaign(f"k{number}")
        await desk.work()
        assert len(desk.sender.asked) == asked
    async with store.unit() as unit:
        await unit.set_reachable(Channel.WHATSAPP, "bsuid:A", True, desk.clock.at)
    desk.forward(days=7)
    for number, asked in ((4, 3), (5, 4), (6, 4)):
        await desk.campaign(f"k{number}")
        await desk.work()
        assert len(desk.sender.asked) == asked, number


async def test_telegrams_block_is_believed_at_once_until_they_write(desk: Desk, store: DatabaseStore) -> None:
    desk.sender.answer = lambda _: SendResult(outcome=SendOutcome.UNREACHABLE, trouble=Trouble.PERSON, reason="blocked")
    await prepared(desk, "1")
    await desk.work()
    await desk.campaign("k2")
    await desk.work()
    assert len(desk.sender.asked) == 1
    async with store.unit() as unit:
        await unit.set_reachable(Channel.TELEGRAM, "1", True, desk.clock.at)
    desk.sender.answer = lambda _: ACCEPTED
    await desk.campaign("k3")
    await desk.work()
    assert await desk.counts("k3") == {S.SENT: 1}


async def test_who_left_by_their_own_word_is_not_tried_again(store: DatabaseStore) -> None:
    desk = Desk(store=store, sender=ToldSender(channel=Channel.WHATSAPP))
    await desk.subscribe("bsuid:A")
    async with store.unit() as unit:
        await unit.set_reachable(Channel.WHATSAPP, "bsuid:A", False, desk.clock.at)
    await desk.campaign()
    await desk.work()
    assert desk.sender.asked == []
