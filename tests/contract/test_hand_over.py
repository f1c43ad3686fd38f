"""Work that is claimed in the transaction that makes it, for workers who wait; on every database."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.application.messaging.deliver_message import DeliverMessage, SendRate
from bot.application.messaging.handle_update import HandleUpdate
from bot.application.messaging.ports import (
    Claim,
    Destination,
    IncomingMessage,
    LeaseLostError,
    Message,
    ReceivedUpdate,
    StoredUpdate,
    WorkKind,
)
from bot.core.messaging.dead_letters import OTHER, Shape
from bot.core.messaging.send_outcome import SendOutcome, SendResult
from bot.core.replies.reply import Reply
from bot.core.vocabulary import Channel
from bot.storage.engine.engine import make_engine
from bot.storage.unit_of_work import DatabaseQueues
from bot.workers.conversations import WorkerContext, ingest, run_inbox_worker, run_outbox_worker
from bot.workers.wakeups import Wakeups
from tests.conftest import NOW
from tests.fakes.interpreter import FakeInterpreter
from tests.support.clock import StillClock
from tests.support.database import database_store, execute, rows

FAST = SendRate(interval=0.001, burst=100)
SLOW = SendRate(interval=0.3, burst=1)
WAIT_SECONDS = 20.0


@dataclass
class PlainWhatsApp:
    """A channel whose updates are "person text", and whose messages are "person number"."""

    channel = Channel.WHATSAPP
    messages_each: int = 1
    sent: list[str] = field(default_factory=list)
    takes: float = 0.0
    """Seconds that a send takes."""

    def parse_update(self, payload: bytes) -> IncomingMessage:
        """Make sense of an update."""
        person, _, words = payload.decode().partition(" ")
        return IncomingMessage(person=person, heard=words, is_private_chat=True, address=person.encode())

    def addressee(self, payload: bytes) -> IncomingMessage | None:
        """Return who sent it."""
        return self.parse_update(payload)

    def shape(self, payload: bytes) -> Shape:
        """Tell no kind."""
        return Shape(kind=OTHER)

    def readdressed(self, payload: bytes, person: str) -> bytes:
        """Leave it as it is."""
        return payload

    def render(self, reply: Reply, inbound: IncomingMessage) -> Sequence[bytes]:
        """Return so many messages."""
        return [f"{inbound.person} {number}".encode() for number in range(self.messages_each)]

    async def acknowledge(self, payload: bytes) -> None:
        """Do nothing."""

    async def show_typing(self, inbound: IncomingMessage) -> None:
        """Do nothing."""

    async def send(self, message: Message) -> SendResult:
        """Remember what was sent."""
        await asyncio.sleep(self.takes)
        self.sent.append(message.payload.decode())
        return SendResult(outcome=SendOutcome.ACCEPTED)

    async def is_up(self) -> bool:
        """Be there."""
        return True

    def destination_of(self, payload: bytes) -> Destination:
        """Return the person."""
        return Destination(person=payload.decode().partition(" ")[0])


@dataclass(kw_only=True)
class Office:
    """A process with workers that look by themselves only after minutes: what is done was handed to them."""

    queues: DatabaseQueues
    engine: AsyncEngine
    messenger: PlainWhatsApp
    inbox: Wakeups = field(default_factory=Wakeups)
    outbox: Wakeups = field(default_factory=Wakeups)
    tasks: list["asyncio.Task[None]"] = field(default_factory=list)

    async def open(self, inboxes: int, outboxes: int, pace: SendRate = FAST) -> None:
        """Let so many workers wait for work."""
        messengers = {Channel.WHATSAPP: self.messenger}
        deliver = DeliverMessage(
            queues=self.queues,
            messengers=messengers,
            sender_pace={Channel.WHATSAPP: pace},
            person_pace={Channel.WHATSAPP: FAST},
        )
        handle = HandleUpdate(
            interpreter=FakeInterpreter(),
            queues=self.queues,
            clock=StillClock(NOW),
            messengers=messengers,
            reserve=deliver.reserve,
        )
        # So many colleagues that nobody looks without being told.
        seldom = 10_000
        for number in range(inboxes):
            shift = self._shift(f"masuk {number}", self.inbox, seldom)
            self.tasks.append(asyncio.create_task(run_inbox_worker(shift, handle, self.outbox)))
        for number in range(outboxes):
            shift = self._shift(f"keluar {number}", self.outbox, seldom)
            self.tasks.append(asyncio.create_task(run_outbox_worker(shift, deliver)))
        await _until(lambda: self.inbox.idle == inboxes and self.outbox.idle == outboxes)

    async def close(self) -> None:
        """Send the workers home."""
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    async def ingest(self, *updates: ReceivedUpdate) -> None:
        """Take updates in as a webhook does."""
        await ingest(self.queues, self.inbox, updates)

    async def is_empty(self) -> bool:
        """Say whether nothing is left to do or to send."""
        return not await rows(self.engine, "SELECT key FROM work UNION ALL SELECT work_key FROM outbox")

    def _shift(self, owner: str, wakeups: Wakeups, colleagues: int) -> WorkerContext:
        return WorkerContext(
            queues=self.queues, channel=Channel.WHATSAPP, owner=owner, wakeups=wakeups, peers=colleagues
        )


@pytest.fixture
async def engine(database: str) -> AsyncIterator[AsyncEngine]:
    """Return the database."""
    engine = make_engine(database)
    yield engine
    await engine.dispose()


@pytest.fixture
def queues(engine: AsyncEngine) -> DatabaseQueues:
    """Return empty queues."""
    return DatabaseQueues(database_store(engine))


@pytest.fixture
async def office(queues: DatabaseQueues, engine: AsyncEngine) -> AsyncIterator[Office]:
    """Return an office without workers."""
    office = Office(queues=queues, engine=engine, messenger=PlainWhatsApp())
    yield office
    await office.close()


# Claims with the intake


async def test_a_conversation_that_comes_in_is_claimed_and_nobody_elses(queues: DatabaseQueues) -> None:
    fresh, claims = await queues.accept_and_claim([update(1)], most=1)
    assert (fresh, len(claims)) == (1, 1)
    assert await queues.claim(WorkKind.INBOX, "lain") is None
    assert await finished(queues, claims[0]) == ["1"]
    assert await finished(queues, await claimed(queues, 2)) == ["2"]


async def test_no_more_are_claimed_than_workers_wait(queues: DatabaseQueues) -> None:
    fresh, claims = await queues.accept_and_claim([update(number, f"orang-{number}") for number in range(3)], most=2)
    assert (fresh, len(claims)) == (3, 2)
    assert await queues.claim(WorkKind.INBOX, "lain") is not None
    assert await queues.claim(WorkKind.INBOX, "lain") is None


async def test_a_conversation_that_had_work_is_not_claimed_again(queues: DatabaseQueues) -> None:
    first = await claimed(queues, 1)
    assert await queues.accept_and_claim([update(2)], most=1) == (1, [])
    assert await finished(queues, first) == ["1", "2"]


async def test_a_repeat_is_not_claimed(queues: DatabaseQueues) -> None:
    await finished(queues, await claimed(queues, 1))
    assert await queues.accept_and_claim([update(1)], most=1) == (0, [])


async def test_two_updates_of_one_person_are_one_claim_in_order(queues: DatabaseQueues) -> None:
    fresh, claims = await queues.accept_and_claim([update(2), update(1)], most=5)
    assert (fresh, len(claims)) == (2, 1)
    assert await finished(queues, claims[0]) == ["1", "2"]


async def test_a_claim_that_nobody_took_up_ends_as_every_lease(queues: DatabaseQueues, engine: AsyncEngine) -> None:
    lost = await claimed(queues, 1)
    await execute(engine, "UPDATE work SET leased_until = 0")
    taken = await queues.claim(WorkKind.INBOX, "lain")
    assert taken is not None
    with pytest.raises(LeaseLostError):
        await finished(queues, lost)
    assert await finished(queues, taken) == ["1"]


# Claims with the reply


async def test_a_reply_is_claimed_where_it_is_owed(queues: DatabaseQueues) -> None:
    claim = await claimed(queues, 1)
    async with queues.unit_under(claim) as unit:
        await unit.add_message(Channel.WHATSAPP, "orang", b"satu")
        await unit.add_message(Channel.WHATSAPP, "orang", b"dua")
        taken = await unit.claim_reply()
    assert taken is not None
    assert await queues.claim(WorkKind.OUTBOX, "lain") is None
    assert await sent(queues, taken[0]) == [b"satu", b"dua"]
    assert await queues.claim(WorkKind.OUTBOX, "lain") is None


async def test_a_reply_behind_another_is_left_to_whoever_sends_that(queues: DatabaseQueues) -> None:
    claim = await claimed(queues, 1)
    async with queues.unit_under(claim) as unit:
        await unit.add_message(Channel.WHATSAPP, "orang", b"satu")
    async with queues.unit_under(claim) as unit:
        await unit.add_message(Channel.WHATSAPP, "orang", b"dua")
        assert await unit.claim_reply() is None
    sender = await queues.claim(WorkKind.OUTBOX, "lain")
    assert sender is not None
    assert await sent(queues, sender) == [b"satu", b"dua"]


async def test_what_was_read_with_a_claim_is_not_kept_when_it_is_given_back_unused(queues: DatabaseQueues) -> None:
    inbox = await claimed(queues, 1)
    async with queues.unit_under(inbox) as unit:
        await unit.add_message(Channel.WHATSAPP, "orang", b"satu")
        taken = await unit.claim_reply()
    assert taken is not None
    await queues.release_claim(taken[0], 0.0)
    await queues.release_claim(inbox, 0.0)
    assert queues.read_ahead == 0


async def test_a_unit_that_owes_nothing_takes_nothing(queues: DatabaseQueues) -> None:
    async with queues.unit_under(await claimed(queues, 1)) as unit:
        assert await unit.claim_reply() is None


async def test_of_a_unit_that_fails_no_reply_is_claimed(queues: DatabaseQueues) -> None:
    claim = await claimed(queues, 1)
    with pytest.raises(RuntimeError, match="afterwards"):
        await _owe_and_fail(queues, claim)
    async with queues.unit_under(claim) as unit:
        await unit.add_message(Channel.WHATSAPP, "orang", b"baru")
    sender = await queues.claim(WorkKind.OUTBOX, "lain")
    assert sender is not None
    assert await sent(queues, sender) == [b"baru"]


# Workers


async def test_whoever_waits_is_handed_update_and_reply(office: Office) -> None:
    await office.open(inboxes=1, outboxes=1)
    await office.ingest(update(1))
    await _until(lambda: office.messenger.sent == ["orang 0"])
    await _until_empty(office)


async def test_every_message_of_a_reply_goes_out_once_and_in_order(office: Office) -> None:
    office.messenger.messages_each = 3
    await office.open(inboxes=2, outboxes=2)
    await office.ingest(update(1), update(2, "lain"))
    await _until(lambda: len(office.messenger.sent) == 6)
    await _until_empty(office)
    for person in ("orang", "lain"):
        assert [each for each in office.messenger.sent if each.startswith(person)] == [
            f"{person} {n}" for n in range(3)
        ]


async def test_more_conversations_than_workers_are_all_answered(office: Office) -> None:
    office.messenger.takes = 0.02
    await office.open(inboxes=2, outboxes=1)
    await office.ingest(*(update(number, f"orang-{number}") for number in range(12)))
    await _until(lambda: len(office.messenger.sent) == 12)
    await _until_empty(office)
    assert len(set(office.messenger.sent)) == 12


async def test_a_reply_waits_for_its_place_among_the_sends(office: Office) -> None:
    await office.open(inboxes=2, outboxes=2, pace=SLOW)
    began = asyncio.get_running_loop().time()
    await office.ingest(update(1), update(2, "lain"), update(3, "ketiga"))
    await _until(lambda: len(office.messenger.sent) == 3)
    assert asyncio.get_running_loop().time() - began >= SLOW.interval * 2 - 0.05


def update(number: int, person: str = "orang") -> ReceivedUpdate:
    """Return an update of WhatsApp, whose ids tell no order."""
    return ReceivedUpdate(
        channel=Channel.WHATSAPP,
        update_id=str(number),
        position=number,
        person=person,
        payload=f"{person} pertanyaan {number}".encode(),
    )


async def claimed(queues: DatabaseQueues, number: int) -> Claim:
    """Take in one update and give the claim that came with it."""
    _, claims = await queues.accept_and_claim([update(number)], most=1)
    return claims[0]


async def finished(queues: DatabaseQueues, claim: Claim) -> list[str]:
    """Finish every update under a claim and give it back; returns their ids."""
    done = []
    is_over = False
    while not is_over:
        found = await queues.next_update(claim)
        assert isinstance(found, StoredUpdate)
        async with queues.unit_under(claim) as unit:
            await unit.complete_update(found)
            is_over = await unit.complete_claim()
        done.append(found.update_id)
        if not is_over and await queues.next_update(claim) is None:
            await queues.release_claim(claim, 0.0)
            is_over = True
    return done


async def sent(queues: DatabaseQueues, claim: Claim) -> list[bytes]:
    """Finish every message under a claim and give it back; returns their payloads."""
    done = []
    while (found := await queues.next_message(claim)) is not None:
        async with queues.unit_under(claim) as unit:
            await unit.delete_message(found)
        done.append(found.payload)
    await queues.release_claim(claim, 0.0)
    return done


async def _owe_and_fail(queues: DatabaseQueues, claim: Claim) -> None:
    async with queues.unit_under(claim) as unit:
        await unit.add_message(Channel.WHATSAPP, "orang", b"lama")
        await unit.claim_reply()
        raise RuntimeError("afterwards")


async def _until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(WAIT_SECONDS):
        while not is_so():  # noqa: ASYNC110 (what is waited for cannot set an event)
            await asyncio.sleep(0.01)


async def _until_empty(office: Office) -> None:
    async with asyncio.timeout(WAIT_SECONDS):
        while not await office.is_empty():  # noqa: ASYNC110 (what is waited for cannot set an event)
            await asyncio.sleep(0.01)
