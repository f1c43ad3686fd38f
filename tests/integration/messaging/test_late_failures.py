"""What a platform says later of a message has the meaning of an answer, and makes no second sending."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.application.campaigns.record_receipts import Receipt, Ticket, read_ticket, ticket_of
from bot.core.campaigns.campaign import CampaignEvent, CampaignStatus
from bot.core.campaigns.delivery import MAX_ATTEMPTS, DeliveryStatus
from bot.core.messaging.send_outcome import SendOutcome, SendResult, Trouble
from bot.core.vocabulary import Channel
from bot.storage.campaigns.receipts import DatabaseReceipts
from bot.storage.engine.engine import make_engine
from bot.storage.unit_of_work import DatabaseStore
from tests.integration.campaigns.engine.desk import Desk, ToldSender
from tests.support.database import database_store, rows

pytestmark = pytest.mark.broadcast

S = DeliveryStatus
PEOPLE = tuple(f"bsuid:{number}" for number in range(8))
AGAIN = SendResult(outcome=SendOutcome.NOT_TAKEN, trouble=Trouble.PLATFORM, reason="131000")
UNPAID = SendResult(outcome=SendOutcome.HELD, trouble=Trouble.ACCOUNT, reason="131042")
GONE = SendResult(outcome=SendOutcome.UNREACHABLE, trouble=Trouble.PERSON, reason="131026")
UNKNOWN_CODE = SendResult(outcome=SendOutcome.REFUSED, reason="987654")


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
def desk(store: DatabaseStore) -> Desk:
    """Return a campaign's ledger on WhatsApp."""
    return Desk(store=store, sender=ToldSender(channel=Channel.WHATSAPP))


async def sent(desk: Desk, *people: str) -> None:
    """Send a campaign to people; the platform takes everything."""
    await desk.subscribe(*people)
    await desk.campaign()
    await desk.work()
    assert await desk.counts() == {S.SENT: len(people)}


async def tell(desk: Desk, *told: tuple[str, DeliveryStatus, SendResult | None]) -> int:
    """Let the platform tell things of tickets, in one webhook."""
    receipts = DatabaseReceipts(desk.store, desk.clock.now)
    return await receipts.record(
        [Receipt(ticket=ticket, status=status, attempt=attempt) for ticket, status, attempt in told]
    )


def ticket(desk: Desk, number: int = -1) -> str:
    return desk.sender.asked[number].ticket


async def test_what_failed_for_a_while_is_sent_again_after_a_rest(desk: Desk) -> None:
    await sent(desk, "bsuid:A")
    assert (await desk.look()).status is CampaignStatus.DONE
    assert await tell(desk, (ticket(desk), S.FAILED, AGAIN)) == 1
    assert await desk.counts() == {S.WAITING: 1}
    assert (await desk.look()).status is CampaignStatus.RUNNING
    await desk.work(2)
    desk.forward(seconds=3)
    await desk.work()
    assert len(desk.sender.asked) == 2
    assert await desk.counts() == {S.SENT: 1}
    assert (await desk.look()).status is CampaignStatus.DONE


async def test_a_webhook_that_comes_again_or_late_makes_no_second_sending(desk: Desk) -> None:
    await sent(desk, "bsuid:A")
    first = ticket(desk)
    await tell(desk, (first, S.FAILED, AGAIN))
    assert await tell(desk, (first, S.FAILED, AGAIN), (first, S.SENT, None)) == 0
    assert await desk.counts() == {S.WAITING: 1}, "a late `sent` of the attempt that failed loses nothing"
    desk.forward(seconds=5)
    await desk.work()
    assert await tell(desk, (first, S.FAILED, AGAIN), (first, S.FAILED, None)) == 0
    assert await desk.counts() == {S.SENT: 1}
    await tell(desk, (ticket(desk), S.DELIVERED, None))
    assert await tell(desk, (ticket(desk), S.FAILED, AGAIN)) == 0
    assert await desk.counts() == {S.DELIVERED: 1}
    assert len(desk.sender.asked) == 2


async def test_what_arrived_after_all_is_not_sent_again(desk: Desk) -> None:
    await sent(desk, "bsuid:A")
    await tell(desk, (ticket(desk), S.FAILED, AGAIN))
    await tell(desk, (ticket(desk), S.DELIVERED, None))
    desk.forward(seconds=90)
    await desk.work()
    assert await desk.counts() == {S.DELIVERED: 1}
    assert len(desk.sender.asked) == 1


async def test_failing_again_and_again_ends(desk: Desk) -> None:
    await sent(desk, "bsuid:A")
    for _ in range(MAX_ATTEMPTS):
        await tell(desk, (ticket(desk), S.FAILED, AGAIN))
        desk.forward(seconds=90)
        await desk.work()
    assert len(desk.sender.asked) == MAX_ATTEMPTS
    assert await desk.counts() == {S.FAILED: 1}
    assert (await desk.look()).status is CampaignStatus.DONE


async def test_after_the_deadline_a_failure_is_one(desk: Desk) -> None:
    await sent(desk, "bsuid:A")
    desk.forward(hours=49)
    await tell(desk, (ticket(desk), S.FAILED, AGAIN))
    assert await desk.counts() == {S.FAILED: 1}
    assert (await desk.look()).status is CampaignStatus.DONE


async def test_trouble_with_the_account_told_later_pauses_and_nobody_is_lost(desk: Desk) -> None:
    await sent(desk, *PEOPLE)
    tickets = [to.ticket for to in desk.sender.asked]
    await tell(desk, *((each, S.FAILED, UNPAID) for each in tickets))
    campaign = await desk.look()
    assert campaign.status is CampaignStatus.PAUSED
    assert "131042" in (campaign.note or "")
    assert await desk.counts() == {S.WAITING: len(PEOPLE)}
    await desk.happen(CampaignEvent.RESUME)
    await desk.work()
    assert await desk.counts() == {S.SENT: len(PEOPLE)}
    assert len(desk.sender.asked) == 2 * len(PEOPLE)
    assert await tell(desk, *((each, S.FAILED, UNPAID) for each in tickets)) == 0


async def test_a_code_nobody_knows_told_later_for_everybody_pauses(desk: Desk) -> None:
    await sent(desk, *PEOPLE)
    for to in list(desk.sender.asked):
        await tell(desk, (to.ticket, S.FAILED, UNKNOWN_CODE))
        if (await desk.look()).status is CampaignStatus.PAUSED:
            break
    assert (await desk.look()).status is CampaignStatus.PAUSED
    counts = await desk.counts()
    assert counts[S.REFUSED] == 0
    assert counts[S.WAITING] == 5


async def test_a_small_campaign_whose_everybody_is_refused_later_asks_a_person(desk: Desk) -> None:
    await sent(desk, "bsuid:A", "bsuid:B")
    await tell(desk, *((to.ticket, S.FAILED, UNKNOWN_CODE) for to in desk.sender.asked))
    assert (await desk.look()).status is CampaignStatus.PAUSED
    assert await desk.counts() == {S.WAITING: 2}


async def test_a_code_nobody_knows_told_later_counts_for_the_person_when_others_arrived(desk: Desk) -> None:
    await sent(desk, *PEOPLE)
    tickets = [to.ticket for to in desk.sender.asked]
    for refused, arrived in zip(tickets[::2], tickets[1::2], strict=True):
        await tell(desk, (refused, S.FAILED, UNKNOWN_CODE))
        await tell(desk, (arrived, S.DELIVERED, None))
    assert await desk.counts() == {S.REFUSED: len(PEOPLE) // 2, S.DELIVERED: len(PEOPLE) // 2}
    assert (await desk.look()).status is CampaignStatus.DONE


async def test_somebody_who_cannot_be_reached_is_marked_once_and_an_opt_out_ends_the_opt_in(
    desk: Desk, engine: AsyncEngine
) -> None:
    await sent(desk, "bsuid:A", "bsuid:B")
    tickets = [to.ticket for to in desk.sender.asked]
    for _ in range(2):
        await tell(desk, (tickets[0], S.FAILED, GONE))
    assert await rows(engine, "SELECT unreachable_times FROM opt_in WHERE unreachable_since IS NOT NULL") == [(1,)]
    out = SendResult(outcome=SendOutcome.WITHDRAWN, trouble=Trouble.PERSON, reason="131050")
    await tell(desk, (tickets[1], S.FAILED, AGAIN))
    desk.forward(seconds=5)
    await desk.work()
    await tell(desk, (tickets[1], S.FAILED, out))
    assert len(await rows(engine, "SELECT key FROM opt_in")) == 1, "an opt-out counts whichever attempt it is said of"


async def test_a_stopped_campaign_sends_nothing_again(desk: Desk) -> None:
    await desk.subscribe(*PEOPLE)
    await desk.campaign()
    desk.sender.answer = lambda person: (
        SendResult(outcome=SendOutcome.ACCEPTED)
        if person == PEOPLE[0]
        else SendResult(outcome=SendOutcome.NO_CONNECTION)
    )
    await desk.work(3)
    await desk.happen(CampaignEvent.STOP)
    accepted = next(to.ticket for to in desk.sender.asked if to.person == PEOPLE[0])
    asked = len(desk.sender.asked)
    await tell(desk, (accepted, S.FAILED, AGAIN))
    desk.forward(seconds=90)
    await desk.work()
    assert (await desk.look()).status is CampaignStatus.STOPPED
    assert len(desk.sender.asked) == asked
    assert (await desk.counts())[S.FAILED] == 1


def test_a_ticket_names_the_attempt_and_an_old_one_the_first() -> None:
    key = bytes(range(32))
    assert read_ticket(ticket_of(7, key, 3)) == Ticket(chunk=7, key=key, number=3)
    old = ticket_of(7, key).rpartition(".")[0]
    assert read_ticket(old) == Ticket(chunk=7, key=key, number=1)
    for broken in (f"{old}.x", f"{old}.-1", f"{old}.{'9' * 30}", f"{old}.1.1", f"{old}.٣"):
        assert read_ticket(broken) is None
