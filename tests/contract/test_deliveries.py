"""What becomes of owed replies over every outcome, crash and stop; on every database."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.application.messaging.deliver_message import DeliverMessage, SendRate
from bot.application.messaging.ports import Claim, Message, ReceivedUpdate, WorkKind
from bot.application.messaging.record_replies import ReplyWord, read_reply_ticket, reply_ticket
from bot.core.dialogue.conversation import Conversation
from bot.core.messaging.reply_delivery import MAX_READINGS
from bot.core.messaging.send_outcome import SendOutcome, SendResult, Trouble
from bot.core.messaging.sender_state import LONE_SECONDS
from bot.core.vocabulary import Channel, Pending
from bot.storage.engine.engine import make_engine
from bot.storage.messaging.replies import DatabaseReplies
from bot.storage.unit_of_work import DatabaseQueues, DatabaseStore, note_pending
from tests.conftest import NOW
from tests.fakes.messenger import FakeMessenger
from tests.support.database import database_store, execute, rows

PERSON, OTHER, THIRD, GROUP, GROUP_TWO = "101", "102", "103", "-201", "-202"
FREE = SendRate(interval=0.0001, burst=1_000)
UNKNOWN = SendResult(outcome=SendOutcome.UNKNOWN, trouble=Trouble.PLATFORM)
UNSENT = SendResult(outcome=SendOutcome.NO_CONNECTION, trouble=Trouble.PLATFORM)
HELD = SendResult(outcome=SendOutcome.HELD, trouble=Trouble.OURS)
REFUSED = SendResult(outcome=SendOutcome.REFUSED, trouble=Trouble.MESSAGE)
SIX_HOURS = 6 * 3600.0


def limited(seconds: float = 40.0) -> SendResult:
    return SendResult(outcome=SendOutcome.RATE_LIMITED, trouble=Trouble.PERSON, retry_after=seconds)


@dataclass(kw_only=True)
class Post:
    """The outbox of one process, with a channel that does as it is told."""

    store: DatabaseStore
    engine: AsyncEngine
    messenger: FakeMessenger = field(default_factory=FakeMessenger)
    numbers: int = 0

    def __post_init__(self) -> None:
        self.queues = DatabaseQueues(self.store)
        self.deliver = self.process()

    def process(self) -> DeliverMessage:
        """Return the use case as a process that has just begun has it."""
        channel = self.messenger.channel
        return DeliverMessage(
            queues=self.queues,
            messengers={channel: self.messenger},
            sender_pace={channel: FREE},
            person_pace={channel: FREE},
            chance=lambda: 1.0,
        )

    async def owe(self, person: str = PERSON, *words: str) -> None:
        """Owe messages to somebody."""
        self.numbers += 1
        channel = self.messenger.channel
        update = ReceivedUpdate(
            channel=channel, update_id=str(self.numbers), position=self.numbers, person=person, payload=b"x y"
        )
        await self.queues.accept([update])
        claim = await self.queues.claim(WorkKind.INBOX, "masuk", channel)
        assert claim is not None
        async with self.queues.unit_under(claim) as unit:
            for each in words or ("jawaban",):
                await unit.add_message(channel, person, f"{person} {each}".encode())
        await execute(self.engine, "DELETE FROM inbox")
        await self.queues.release_claim(claim, 0.0)

    async def step(self, deliver: DeliverMessage | None = None) -> float | None:
        """Take the next conversation and send its first message; returns the wait, None when nothing is to be taken.

        The conversation is given back at once, so that the test need not wait.
        """
        claim = await self.queues.claim(WorkKind.OUTBOX, "keluar", self.messenger.channel)
        if claim is None:
            return None
        message = await self.queues.next_message(claim)
        wait = 0.0
        if message is not None:
            wait = await (deliver or self.deliver)(claim, message) or 0.0
        await self.queues.release_claim(claim, 0.0)
        return wait

    async def all(self, most: int = 50) -> list[float]:
        """Send whatever is owed, a fresh process for each sending; returns the waits."""
        waits: list[float] = []
        while len(waits) < most and (wait := await self.step(self.process())) is not None:
            waits.append(wait)
        return waits

    async def left(self) -> int:
        """Count what is owed or awaited."""
        return len(await rows(self.engine, "SELECT id FROM outbox"))

    async def pending(self, person: str = PERSON) -> tuple[Pending, ...]:
        """Return what somebody is to be told."""
        async with self.store.unit() as unit:
            return (
                await unit.load_conversation(self.messenger.channel, person, datetime.fromtimestamp(time.time(), UTC))
            ).pending

    async def claim(self) -> tuple[Claim, Message]:
        """Take what is surely owed."""
        claim = await self.queues.claim(WorkKind.OUTBOX, "keluar", self.messenger.channel)
        assert claim is not None
        message = await self.queues.next_message(claim)
        assert message is not None
        return claim, message


@pytest.fixture
async def post(database: str) -> AsyncIterator[Post]:
    """Return an outbox on each database in turn."""
    engine = make_engine(database)
    yield Post(store=database_store(engine), engine=engine)
    await engine.dispose()


# Doubts


async def test_a_reply_that_may_have_arrived_is_repeated_once_and_then_counts_as_sent(post: Post) -> None:
    post.messenger.script = deque([UNKNOWN] * 20)
    await post.owe()
    await post.all()
    assert post.messenger.sent == [f"{PERSON} jawaban"] * 2
    assert (await post.left(), await post.pending()) == (0, ())


async def test_a_process_that_dies_amid_sendings_leaves_doubts_and_no_third_copy(post: Post) -> None:
    await post.owe()
    for _ in range(2):
        claim, message = await post.claim()
        async with post.queues.unit_under(claim) as unit:
            assert await post.process().reserve(unit, message) == 0.0
        # Here it sent, and died.
        await execute(post.engine, "UPDATE work SET leased_until = 0")
    await post.all()
    assert (post.messenger.sent, await post.left()) == ([], 0)


async def test_a_reply_claimed_where_it_is_owed_counts_as_begun(post: Post) -> None:
    await post.owe(OTHER)
    claim, _ = await post.claim()
    async with post.queues.unit_under(claim) as unit:
        await unit.add_message(post.messenger.channel, PERSON, f"{PERSON} a".encode())
        taken = await unit.claim_reply()
        assert taken is not None
        assert await post.deliver.reserve(unit, taken[1]) == 0.0
    message = await post.queues.next_message(taken[0])
    assert message is not None
    assert (message.attempts, message.begun) == (1, 1)
    await post.deliver(taken[0], message, is_reserved=True, is_fresh=False)
    assert post.messenger.sent == [f"{PERSON} a"]


async def test_what_surely_did_not_leave_is_tried_on_and_makes_no_doubt(post: Post) -> None:
    post.messenger.script = deque([UNSENT] * 20)
    await post.owe()
    await post.all()
    assert len(post.messenger.sent) == 21
    assert await post.left() == 0


async def test_a_doubt_stays_one_over_what_surely_did_not_leave(post: Post) -> None:
    post.messenger.script = deque([UNKNOWN, UNSENT, UNSENT, UNKNOWN, UNKNOWN])
    await post.owe()
    await post.all()
    assert len(post.messenger.sent) == 4
    assert await post.left() == 0


async def test_the_next_reply_follows_one_in_doubt(post: Post) -> None:
    post.messenger.script = deque([UNKNOWN, UNKNOWN])
    await post.owe(PERSON, "satu", "dua")
    await post.all()
    assert post.messenger.sent == [f"{PERSON} satu", f"{PERSON} satu", f"{PERSON} dua"]


# Ends


@pytest.mark.parametrize("error", [KeyError("result"), RuntimeError("pesan rahasia"), ValueError()])
async def test_any_error_in_a_send_ends_after_a_few_and_is_told(post: Post, error: Exception) -> None:
    post.messenger.script = deque([error] * 50)
    await post.owe(PERSON, "satu")
    waits = await post.all()
    assert 1 < len(post.messenger.sent) <= 2
    assert waits[0] >= 1.0
    assert (await post.left(), await post.pending()) == (0, (Pending.REPLY_LOST,))


async def test_a_message_that_cannot_be_opened_is_put_to_an_end_and_the_next_one_goes(post: Post) -> None:
    await post.owe(PERSON, "satu", "dua")
    await execute(post.engine, "UPDATE outbox SET payload = :junk WHERE id = (SELECT min(id) FROM outbox)", junk=b"x")
    waits = await post.all()
    assert post.messenger.sent == [f"{PERSON} dua"]
    assert len(waits) == MAX_READINGS + 1
    assert await post.pending() == (Pending.REPLY_LOST,)


async def test_a_message_that_cannot_be_read_is_put_to_an_end(post: Post) -> None:
    await post.owe()
    key = post.store.key_of(post.messenger.channel, PERSON)
    sealed = post.store.seal_bytes(b"tanpa-orang", b"outbox " + key)
    await execute(post.engine, "UPDATE outbox SET payload = :sealed", sealed=sealed)
    await post.all()
    assert (post.messenger.sent, await post.left()) == ([], 0)


async def test_a_reply_refused_is_told_at_the_next_message_and_in_no_group(post: Post) -> None:
    post.messenger.by_person = {PERSON: REFUSED, GROUP: REFUSED}
    present = datetime.fromtimestamp(time.time(), UTC)
    async with post.store.unit() as unit:
        await unit.save_conversation(post.messenger.channel, PERSON, Conversation(topic="tim_sukses"), present)
    await post.owe()
    await post.owe(GROUP)
    await post.all()
    assert (await post.left(), await post.pending()) == (0, (Pending.REPLY_LOST,))
    async with post.store.unit() as unit:
        assert (await unit.load_conversation(post.messenger.channel, PERSON, present)).topic == "tim_sukses"
    assert await rows(post.engine, "SELECT count(*) FROM conversation") == [(1,)]


async def test_patience_is_a_time_and_no_number_of_tries(post: Post) -> None:
    await post.owe()
    post.messenger.script = deque([UNSENT] * 12)
    await post.all(12)
    assert await post.left() == 1
    await execute(post.engine, "UPDATE outbox SET owed_at = owed_at - :passed", passed=SIX_HOURS + 60)
    post.messenger.script = deque([UNSENT] * 12)
    await post.all()
    assert len(post.messenger.sent) == 13
    assert (await post.left(), await post.pending()) == (0, (Pending.REPLY_LOST,))


async def test_a_clock_set_forward_costs_no_reply_its_try(post: Post) -> None:
    await post.owe()
    await execute(post.engine, "UPDATE outbox SET owed_at = owed_at - :passed", passed=48 * 3600.0)
    await post.all()
    assert (len(post.messenger.sent), await post.left(), await post.pending()) == (1, 0, ())


async def test_who_is_gone_is_owed_nothing_more(post: Post) -> None:
    post.messenger.by_person = {PERSON: SendResult(outcome=SendOutcome.UNREACHABLE, trouble=Trouble.PERSON)}
    await post.owe(PERSON, "satu", "dua")
    await post.all()
    assert (post.messenger.sent, await post.left()) == ([f"{PERSON} satu"], 0)


async def test_a_chat_that_moved_takes_along_what_is_owed_to_it(post: Post) -> None:
    moved = "-100201"
    post.messenger.script = deque([SendResult(outcome=SendOutcome.ACCEPTED, moved_to=moved)])
    await post.owe(GROUP, "satu", "dua")
    await post.step()
    key = post.store.key_of(post.messenger.channel, moved)
    assert await rows(post.engine, "SELECT work_key FROM outbox") == [(key,)]
    await post.all()
    assert post.messenger.sent == [f"{GROUP} satu", f"{moved} dua"]
    assert await rows(post.engine, "SELECT key FROM work") == []


# Stops


async def test_a_stop_amid_a_send_records_it_and_repeats_nothing(post: Post) -> None:
    began = asyncio.Event()
    post.messenger.takes, post.messenger.on_send = 0.3, began.set
    await post.owe()
    claim, message = await post.claim()
    worker = asyncio.create_task(post.deliver(claim, message))
    await began.wait()
    for _ in range(3):
        worker.cancel()
        await asyncio.sleep(0.02)
    with pytest.raises(asyncio.CancelledError):
        await worker
    assert (post.messenger.sent, await post.left()) == ([f"{PERSON} jawaban"], 0)


# Limits and outages


async def test_a_limit_of_a_group_holds_that_group_and_nobody_else(post: Post) -> None:
    post.messenger.by_person = {GROUP: limited(), GROUP_TWO: limited()}
    for each in (GROUP, GROUP_TWO, PERSON):
        await post.owe(each)
    waits = [await post.step(), await post.step(), await post.step()]
    assert sorted(post.messenger.sent) == sorted(f"{each} jawaban" for each in (GROUP, GROUP_TWO, PERSON))
    assert sorted(wait or 0.0 for wait in waits) == [0.0, 40.0, 40.0]
    post.messenger.by_person = {}
    await post.owe(GROUP)
    assert (await post.step(post.process()) or 0.0) > 30.0


async def test_limits_of_two_people_hold_the_sender_in_every_process(post: Post) -> None:
    post.messenger.by_person = {PERSON: limited(), OTHER: limited(30.0)}
    # Each by a process of its own.
    for each in (PERSON, OTHER):
        await post.owe(each)
        await post.step(post.process())
        await execute(post.engine, "UPDATE work SET due_at = due_at + 1000")
    await post.owe(THIRD)
    wait = await post.step(post.process())
    assert wait is not None
    assert 25.0 < wait < 35.0
    assert f"{THIRD} jawaban" not in post.messenger.sent


async def test_a_limit_said_to_be_the_senders_holds_it_at_once(post: Post) -> None:
    wide = SendResult(outcome=SendOutcome.RATE_LIMITED, retry_after=20.0, is_sender_wide=True)
    post.messenger.by_person = {PERSON: wide}
    await post.owe()
    await post.step()
    await execute(post.engine, "UPDATE work SET due_at = due_at + 1000")
    await post.owe(OTHER)
    assert 15.0 < (await post.step(post.process()) or 0.0) < 25.0


async def test_a_refused_token_loses_nothing_and_lets_one_probe_pass_at_a_time(post: Post) -> None:
    post.messenger.by_person = dict.fromkeys((PERSON, OTHER), HELD)
    await post.owe()
    await post.owe(OTHER)
    await post.step()
    assert post.deliver.sending(post.messenger.channel).trouble is Trouble.OURS
    assert 9.0 < (await post.step() or 0.0) <= 11.0
    # Another process finds the rest in the database.
    assert 9.0 < (await post.step(post.process()) or 0.0) <= 11.0
    assert len(post.messenger.sent) == 1
    assert await rows(post.engine, "SELECT count(*), max(begun) FROM outbox") == [(2, 0)]


async def test_in_an_outage_fresh_replies_probe_and_no_repeat_is_used_up(post: Post) -> None:
    people = [str(number) for number in range(301, 307)]
    post.messenger.by_person = dict.fromkeys(people, UNKNOWN)
    sending = post.deliver.sending(post.messenger.channel)
    for each in people:
        await post.owe(each)
    for _ in range(30):
        await post.step()
        await execute(post.engine, "UPDATE work SET due_at = due_at + 0.001")
        # As if the rest were over.
        await execute(post.engine, "DELETE FROM rate")
        sending.state = replace(sending.state, rest_until=0.0)
    assert [post.messenger.sent.count(f"{each} jawaban") for each in people] == [1] * len(people)
    post.messenger.by_person = {}
    await post.owe(OTHER)
    for _ in range(40):
        await post.step()
    assert await post.left() == 0
    assert [post.messenger.sent.count(f"{each} jawaban") for each in people] == [2] * len(people)


async def test_a_lone_repeat_asks_first_whether_the_platform_answers(post: Post) -> None:
    post.messenger.script = deque([UNKNOWN])
    post.messenger.is_reached = False
    sending = post.deliver.sending(post.messenger.channel)
    await post.owe()
    await post.step()
    assert (await post.step() or 0.0) > 1.0
    assert (len(post.messenger.sent), post.messenger.asked) == (1, 0)
    # As if some time had passed.
    sending.state = replace(sending.state, last=-LONE_SECONDS)
    for _ in range(3):
        assert (await post.step() or 0.0) > 0.0
    assert (len(post.messenger.sent), post.messenger.asked) == (1, 3)
    post.messenger.is_reached = True
    await post.step()
    assert (len(post.messenger.sent), await post.left()) == (2, 0)


# What the platform says later


@pytest.fixture
def later(post: Post) -> Post:
    """Return an outbox of a platform that tells later."""
    post.messenger = FakeMessenger(channel=Channel.WHATSAPP, has_receipts=True)
    post.deliver = post.process()
    return post


async def said(post: Post, failure: SendResult | None = None, number: int = -1, *, closed: bool = False) -> int:
    """Say something of a sending; returns how many replies it lost."""
    ticket = read_reply_ticket(reply_ticket(post.messenger.messages[number]))
    assert ticket is not None
    word = ReplyWord(ticket=ticket, failure=failure, is_window_closed=closed)
    return await DatabaseReplies(post.store, note_pending).record([word])


PASSING = SendResult(outcome=SendOutcome.NOT_TAKEN, trouble=Trouble.PLATFORM, reason="131000")
CLOSED = SendResult(outcome=SendOutcome.REFUSED, trouble=Trouble.PERSON, reason="131047")


async def test_a_reply_stays_sealed_until_it_is_told_of_and_keeps_nothing_back(later: Post) -> None:
    await later.owe(PERSON, "satu", "dua")
    await later.all()
    assert later.messenger.sent == [f"{PERSON} satu", f"{PERSON} dua"]
    assert await later.left() == 2
    assert await rows(later.engine, "SELECT key FROM work") == []
    await said(later, number=0)
    await said(later, number=1)
    assert await later.left() == 0


async def test_nobody_waits_for_a_word_longer_than_ten_minutes(later: Post) -> None:
    await later.owe()
    await later.all()
    assert await later.queues.forget_accepted() == 0
    await execute(later.engine, "UPDATE outbox SET accepted_at = accepted_at - 601")
    assert await later.queues.forget_accepted() == 1


async def test_a_clock_set_back_keeps_no_reply_longer(later: Post) -> None:
    await later.owe()
    await later.all()
    await execute(later.engine, "UPDATE outbox SET accepted_at = accepted_at + 3600")
    assert await later.queues.forget_accepted() == 1


async def test_what_failed_for_now_is_sent_once_more_and_a_word_twice_said_is_heard_once(later: Post) -> None:
    await later.owe()
    await later.all()
    for _ in range(3):
        assert await said(later, PASSING, number=0) == 0
    await later.all()
    assert len(later.messenger.sent) == 2
    await said(later, PASSING, number=0)
    await later.all()
    assert len(later.messenger.sent) == 2
    assert await said(later, PASSING) == 1
    assert (await later.left(), await later.pending()) == (0, (Pending.REPLY_LOST,))


async def test_a_closed_window_lets_the_template_go_once(later: Post) -> None:
    await later.owe()
    await later.all()
    await said(later, CLOSED, closed=True)
    await later.all()
    assert [each.is_reopening for each in later.messenger.messages] == [False, True]
    assert await said(later, CLOSED, closed=True) == 1
    assert await later.left() == 0


async def test_what_failed_for_good_is_told_to_the_person(later: Post) -> None:
    await later.owe()
    await later.all()
    gone = SendResult(outcome=SendOutcome.UNREACHABLE, trouble=Trouble.PERSON, reason="131026")
    assert await said(later, gone) == 1
    assert await said(later, gone) == 0
    assert (await later.left(), await later.pending()) == (0, (Pending.REPLY_LOST,))


async def test_a_word_that_overtakes_its_own_record_is_not_lost(later: Post) -> None:
    await later.owe()
    claim, message = await later.claim()
    async with later.queues.unit_under(claim) as unit:
        begun = await unit.begin_sending(message)
    later.messenger.messages.append(begun)
    await said(later, PASSING)
    async with later.queues.unit_under(claim) as unit:
        await unit.accept_message(begun)
    await later.queues.release_claim(claim, 0.0)
    await later.all()
    assert later.messenger.sent == [f"{PERSON} jawaban"]


async def test_a_word_that_it_is_out_settles_a_doubt(later: Post) -> None:
    later.messenger.script = deque([UNKNOWN])
    await later.owe()
    await later.step()
    await said(later)
    await later.all()
    assert (len(later.messenger.sent), await later.left()) == (1, 0)


async def test_after_erasure_no_word_brings_a_reply_back(later: Post) -> None:
    await later.owe()
    await later.all()
    async with later.store.unit() as unit:
        await unit.erase_person(Channel.WHATSAPP, PERSON, NOW)
    await said(later, PASSING)
    await later.all()
    assert (len(later.messenger.sent), await later.left(), await later.pending()) == (1, 0, ())


@pytest.mark.parametrize("ticket", ["", "r", "r1.2", "r1.2.3.4", "rx.2.3", "r1.2.-3", "7.abc", "r" + "9" * 40 + ".1.1"])
def test_only_our_tickets_are_read(ticket: str) -> None:
    assert read_reply_ticket(ticket) is None
