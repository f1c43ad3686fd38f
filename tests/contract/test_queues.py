"""What the inbox and the outbox do on every database, and the pace that all senders share."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.application.messaging.ports import Claim, LeaseLostError, Message, ReceivedUpdate, StoredUpdate, Wait, WorkKind
from bot.core.vocabulary import Channel
from bot.storage.engine.engine import make_engine
from bot.storage.messaging.gap_tracker import FIRST_SECONDS, GAP_SECONDS
from bot.storage.messaging.queues import acquire_sender_token
from bot.storage.unit_of_work import DatabaseQueues, DatabaseStore
from tests.support.database import database_store, execute, rows

PERSON = "orang-satu-rahasia"
OTHER = "orang-dua-rahasia"
WORDS = "isi rahasia"
SOURCE = "telegram"
INTERVAL = 1000.0
"""Seconds; so long that no test's own time matters."""
NEARLY = 30.0
"""Seconds that a slow machine may lose between two statements."""


@dataclass(frozen=True, kw_only=True)
class Post:
    """Inbox and outbox of one process on one database."""

    store: DatabaseStore
    engine: AsyncEngine

    @property
    def queues(self) -> DatabaseQueues:
        """Return the queues as a process that has just begun has them."""
        return DatabaseQueues(self.store)

    async def remember(self, *numbers: int) -> None:
        """Make updates known as done."""
        for number in numbers:
            await execute(
                self.engine, "INSERT INTO inbox (channel, update_id) VALUES ('telegram', :id)", id=str(number)
            )

    async def accept(self, *numbers: int, person: str = PERSON) -> int:
        """Take updates of one person in."""
        return await self.queues.accept([_update(number, person) for number in numbers])

    async def claim(self, kind: WorkKind = WorkKind.INBOX, owner: str = "pekerja") -> Claim:
        """Take the conversation that surely waits."""
        claim = await self.queues.claim(kind, owner)
        assert claim is not None
        return claim

    async def is_free(self, kind: WorkKind = WorkKind.INBOX) -> bool:
        """Say whether anybody could take a conversation, and take it."""
        return await self.queues.claim(kind, "pengintip") is not None

    async def first(self, claim: Claim) -> StoredUpdate:
        """Return the update that is surely due."""
        found = await self.queues.next_update(claim)
        assert isinstance(found, StoredUpdate)
        return found

    async def finish_all(self, claim: Claim) -> list[str]:
        """Finish update after update, none of which has to wait; returns their ids."""
        finished = []
        while (found := await self.queues.next_update(claim)) is not None:
            assert isinstance(found, StoredUpdate)
            async with self.queues.unit_under(claim) as unit:
                await unit.complete_update(found)
            finished.append(found.update_id)
        return finished

    async def owe(self, *payloads: str, person: str = PERSON) -> None:
        """Owe messages, one unit for all; the inbox has been empty and is again."""
        await self.accept(1_000, person=person)
        claim = await self.claim()
        async with self.queues.unit_under(claim) as unit:
            for payload in payloads:
                await unit.add_message(Channel.TELEGRAM, person, payload.encode())
        await execute(self.engine, "DELETE FROM inbox")
        await self.queues.release_claim(claim, 0.0)

    async def message(self, claim: Claim) -> Message:
        """Return the message that is surely owed."""
        found = await self.queues.next_message(claim)
        assert found is not None
        return found

    async def send_all(self, claim: Claim) -> list[str]:
        """Finish message after message; returns their payloads."""
        sent = []
        while (found := await self.queues.next_message(claim)) is not None:
            async with self.queues.unit_under(claim) as unit:
                await unit.delete_message(found)
            sent.append(found.payload.decode())
        return sent

    async def end_leases(self) -> None:
        """Let every lease end, as time would."""
        await execute(self.engine, "UPDATE work SET leased_until = 0")


@dataclass(frozen=True, kw_only=True)
class Sender:
    """One source of messages: three at once, then one an interval."""

    store: DatabaseStore
    source: str = SOURCE
    burst: int = 3

    async def waits(self, count: int) -> list[float]:
        """Ask for so many sends, one after the other."""
        return [await acquire_sender_token(self.store, self.source, INTERVAL, self.burst) for _ in range(count)]


@pytest.fixture
async def post(database: str) -> AsyncIterator[Post]:
    """Return queues on each database in turn, with nothing in them."""
    engine = make_engine(database)
    yield Post(store=database_store(engine), engine=engine)
    await engine.dispose()


# Taking in


async def test_a_repeat_is_dropped(post: Post) -> None:
    await post.remember(0)
    assert await post.accept(1) == 1
    assert await post.accept(1, 2, 2) == 1
    assert await post.finish_all(await post.claim()) == ["1", "2"]


async def test_a_repeat_of_an_update_that_is_done_is_dropped_and_makes_no_work(post: Post) -> None:
    await post.remember(0)
    await post.accept(1)
    claim = await post.claim()
    await post.finish_all(claim)
    await post.queues.release_claim(claim, 0.0)
    assert await post.accept(1) == 0
    assert not await post.is_free()


async def test_repeats_that_come_at_once_are_one_update(post: Post) -> None:
    assert sorted(await asyncio.gather(*(post.accept(1) for _ in range(4)))) == [0, 0, 0, 1]


async def test_the_same_id_of_another_channel_is_no_repeat(post: Post) -> None:
    update = _update(1, PERSON)
    other = ReceivedUpdate(channel=Channel.WHATSAPP, update_id="1", position=1, person=PERSON, payload=WORDS.encode())
    assert await post.queues.accept([update, other]) == 2


async def test_an_update_comes_back_as_it_was_taken_in(post: Post) -> None:
    await post.remember(0)
    await post.accept(1)
    assert await post.first(await post.claim()) == StoredUpdate(
        channel=Channel.TELEGRAM, update_id="1", payload=f"{WORDS} 1".encode()
    )


# Claims


async def test_without_work_there_is_nothing_to_claim(post: Post) -> None:
    assert await post.queues.claim(WorkKind.INBOX, "pekerja") is None


async def test_a_conversation_has_one_claim_at_a_time(post: Post) -> None:
    await post.accept(1, 2)
    await post.claim()
    await post.accept(3)
    assert not await post.is_free()


async def test_a_claim_tells_whether_work_was_added_since_the_one_before(post: Post) -> None:
    await post.accept(1)
    generations = [(await post.claim()).generation]
    for number in (1, 2):
        await post.accept(number)
        await post.end_leases()
        generations.append((await post.claim()).generation)
    first, after_a_repeat, after_another = generations
    assert first == after_a_repeat < after_another


async def test_claims_at_the_same_moment_go_to_one_worker(post: Post) -> None:
    await post.accept(1)
    claims = await asyncio.gather(*(post.queues.claim(WorkKind.INBOX, f"pekerja-{n}") for n in range(5)))
    assert len([claim for claim in claims if claim is not None]) == 1


async def test_conversations_are_worked_on_side_by_side_the_longest_waiting_first(post: Post) -> None:
    await post.accept(1)
    await post.accept(2, person=OTHER)
    await execute(post.engine, "UPDATE work SET due_at = 1 WHERE key = :key", key=_key(post, OTHER))
    claims = [await post.claim(owner="a"), await post.claim(owner="b")]
    assert [claim.key for claim in claims] == [_key(post, OTHER), _key(post, PERSON)]


async def test_inbox_and_outbox_of_a_conversation_are_claimed_apart(post: Post) -> None:
    await post.owe(WORDS)
    await post.accept(1)
    inbox, outbox = await post.claim(), await post.claim(WorkKind.OUTBOX)
    assert (inbox.key, inbox.kind, outbox.kind) == (outbox.key, WorkKind.INBOX, WorkKind.OUTBOX)


async def test_a_lease_that_ended_is_taken_over_and_the_old_owner_can_keep_nothing(post: Post) -> None:
    await post.remember(0)
    await post.accept(1)
    old = await post.claim(owner="lama")
    stored = await post.first(old)
    await post.end_leases()
    new = await post.claim(owner="baru")
    with pytest.raises(LeaseLostError):
        await _finish_and_owe(post, old, stored)
    assert await post.finish_all(new) == ["1"]
    assert await rows(post.engine, "SELECT id FROM outbox") == []


async def test_an_old_owner_cannot_give_back_what_another_holds(post: Post) -> None:
    await post.accept(1)
    old = await post.claim(owner="lama")
    await post.end_leases()
    new = await post.claim(owner="baru")
    await post.queues.release_claim(old, 0.0)
    assert not await post.is_free()
    await post.queues.release_claim(new, 0.0)
    assert await post.is_free()


async def test_a_unit_renews_the_lease(post: Post) -> None:
    await post.accept(1)
    claim = await post.claim()
    await post.end_leases()
    async with post.queues.unit_under(claim):
        pass
    assert not await post.is_free()


async def test_a_unit_that_fails_keeps_nothing(post: Post) -> None:
    await post.remember(0)
    await post.accept(1)
    claim = await post.claim()
    with pytest.raises(RuntimeError, match="afterwards"):
        await _finish_and_fail(post, claim)
    assert (await post.first(claim)).update_id == "1"
    assert await rows(post.engine, "SELECT id FROM outbox") == []


# Order


async def test_updates_come_in_the_order_of_their_positions(post: Post) -> None:
    await post.remember(8)
    await post.accept(11, 9)
    await post.accept(10)
    assert await post.finish_all(await post.claim()) == ["9", "10", "11"]


async def test_an_update_waits_for_a_missing_one_before_it(post: Post) -> None:
    await post.remember(0)
    await post.accept(2)
    claim = await post.claim()
    assert isinstance(await post.queues.next_update(claim), Wait)
    await post.accept(1)
    assert await post.finish_all(claim) == ["1", "2"]


async def test_an_update_waits_for_none_that_another_conversation_got(post: Post) -> None:
    await post.remember(0)
    await post.accept(1, person=OTHER)
    await execute(post.engine, "UPDATE work SET leased_until = due_at + 10")
    await post.accept(2)
    assert (await post.first(await post.claim())).update_id == "2"


async def test_an_update_waits_for_none_below_one_that_is_done(post: Post) -> None:
    await post.remember(1, 5)
    await post.accept(6)
    assert (await post.first(await post.claim())).update_id == "6"


async def test_while_nothing_is_done_all_wait_until_no_more_come_in(post: Post) -> None:
    await post.accept(5, 6, person=OTHER)
    await post.accept(7)
    for claim in [await post.claim(), await post.claim()]:
        assert isinstance(await post.queues.next_update(claim), Wait)


@pytest.mark.parametrize(
    ("known", "seconds"),
    [
        pytest.param([0], GAP_SECONDS, id="after a known one", marks=pytest.mark.full),
        pytest.param([], FIRST_SECONDS, id="the first ever"),
    ],
)
async def test_the_wait_for_a_missing_update_ends(post: Post, known: list[int], seconds: float) -> None:
    await post.remember(*known)
    await post.accept(2)
    claim, began = await post.claim(), time.monotonic()
    assert (await _patiently(post.queues, claim)).update_id == "2"
    assert seconds - 0.3 < time.monotonic() - began < seconds + 3.0


# Giving back


async def test_a_conversation_without_anything_left_is_given_back_for_good(post: Post) -> None:
    await post.remember(0)
    await post.accept(1)
    claim = await post.claim()
    await post.finish_all(claim)
    await post.queues.release_claim(claim, 0.0)
    assert await rows(post.engine, "SELECT key FROM work") == []


async def test_work_that_came_after_the_last_look_is_not_lost_on_giving_back(post: Post) -> None:
    await post.remember(0)
    await post.accept(1)
    claim = await post.claim()
    await post.finish_all(claim)
    await post.accept(2)
    await post.queues.release_claim(claim, 0.0)
    assert await post.finish_all(await post.claim()) == ["2"]


async def test_work_that_is_being_committed_while_a_conversation_is_given_back_is_not_lost(post: Post) -> None:
    await post.remember(0)
    await post.accept(1)
    claim = await post.claim()
    await post.finish_all(claim)
    async with post.engine.begin() as other:
        # What `accept` does, stopped before its commit.
        await other.execute(text("UPDATE inbox SET work_key = :key WHERE update_id = '0'"), {"key": claim.key})
        await other.execute(text("UPDATE work SET generation = generation + 1"))
        giving_back = asyncio.create_task(post.queues.release_claim(claim, 0.0))
        await asyncio.sleep(0.2)
    await giving_back
    assert await post.is_free()


async def test_messages_that_came_after_the_last_look_are_not_lost_on_giving_back(post: Post) -> None:
    await post.owe("satu")
    claim = await post.claim(WorkKind.OUTBOX)
    await post.send_all(claim)
    await post.owe("dua")
    await post.queues.release_claim(claim, 0.0)
    assert await post.send_all(await post.claim(WorkKind.OUTBOX)) == ["dua"]


async def test_a_conversation_given_back_for_later_is_taken_later(post: Post) -> None:
    await post.accept(1)
    await post.queues.release_claim(await post.claim(), INTERVAL)
    assert not await post.is_free()
    await execute(post.engine, "UPDATE work SET due_at = due_at - :passed", passed=INTERVAL)
    assert await post.is_free()


# What is kept


async def test_of_an_update_that_is_done_only_its_id_is_left(post: Post) -> None:
    await post.remember(0)
    await post.accept(1)
    await post.finish_all(await post.claim())
    [kept] = await rows(post.engine, "SELECT * FROM inbox WHERE update_id = '1'")
    assert {value for value in kept if value is not None} == {"telegram", "1"}


async def test_payloads_are_sealed_and_nobody_is_named(post: Post) -> None:
    await post.owe(WORDS)
    await post.accept(1)
    kept = await rows(post.engine, "SELECT work_key, payload FROM inbox UNION ALL SELECT work_key, payload FROM outbox")
    written = b"".join(value for row in kept for value in row if isinstance(value, bytes))
    assert len(kept) == 2
    assert [clear for clear in (WORDS, PERSON) if clear.encode() in written] == []


async def test_a_payload_moved_to_another_row_does_not_open(post: Post) -> None:
    await post.remember(0)
    await post.accept(1, 2)
    await execute(
        post.engine,
        "UPDATE inbox SET payload = (SELECT payload FROM inbox WHERE update_id = '2') WHERE update_id = '1'",
    )
    assert (await post.first(await post.claim())).payload == b""


async def test_the_files_of_sqlite_hold_neither_words_nor_person(seeded_sqlite: str) -> None:
    engine = make_engine(seeded_sqlite)
    post = Post(store=database_store(engine), engine=engine)
    await post.owe(WORDS)
    await post.accept(1)
    file = Path(seeded_sqlite.removeprefix("sqlite:///"))
    written = b"".join(each.read_bytes() for each in file.parent.glob(f"{file.name}*"))
    await engine.dispose()
    assert b"telegram" in written
    assert [clear for clear in (WORDS, PERSON) if clear.encode() in written] == []


# Messages


async def test_messages_are_sent_in_the_order_they_were_owed(post: Post) -> None:
    await post.owe("satu", "dua")
    await post.owe("tiga")
    assert await post.send_all(await post.claim(WorkKind.OUTBOX)) == ["satu", "dua", "tiga"]


async def test_a_vain_attempt_is_counted_and_the_message_stays_first(post: Post) -> None:
    await post.owe("satu", "dua")
    claim = await post.claim(WorkKind.OUTBOX)
    first = await post.message(claim)
    for _ in range(2):
        async with post.queues.unit_under(claim) as unit:
            await unit.count_attempt(first)
    message = await post.message(claim)
    assert (message.payload, message.attempts) == (b"satu", 2)


async def test_dropping_messages_takes_all_of_the_claimed_conversation_and_no_other(post: Post) -> None:
    await post.owe("satu", "dua")
    claim = await post.claim(WorkKind.OUTBOX)
    await post.owe("untuk yang lain", person=OTHER)
    async with post.queues.unit_under(claim) as unit:
        assert await unit.drop_messages() == 2
    assert await post.send_all(claim) == []
    assert await post.send_all(await post.claim(WorkKind.OUTBOX)) == ["untuk yang lain"]


# The pace of senders


async def test_a_burst_of_sends_passes_at_once_and_the_next_waits_one_interval(post: Post) -> None:
    waits = await Sender(store=post.store).waits(4)
    assert waits == [0.0, 0.0, 0.0, pytest.approx(INTERVAL, abs=NEARLY)]


async def test_after_a_burst_one_send_passes_an_interval(post: Post) -> None:
    sender = Sender(store=post.store)
    await sender.waits(3)
    await _let_pass(post, INTERVAL)
    assert await sender.waits(2) == [0.0, pytest.approx(INTERVAL, abs=NEARLY)]


async def test_a_send_refused_is_not_counted(post: Post) -> None:
    waits = await Sender(store=post.store, burst=1).waits(3)
    assert waits == [0.0, pytest.approx(INTERVAL, abs=NEARLY), pytest.approx(INTERVAL, abs=NEARLY)]


async def test_a_rest_gives_the_whole_burst_of_sends_back_and_no_more(post: Post) -> None:
    sender = Sender(store=post.store)
    await sender.waits(3)
    await _let_pass(post, 100 * INTERVAL)
    assert await sender.waits(4) == [0.0, 0.0, 0.0, pytest.approx(INTERVAL, abs=NEARLY)]


async def test_first_sends_at_the_same_moment_are_all_counted(post: Post) -> None:
    waits = await asyncio.gather(*(Sender(store=post.store).waits(1) for _ in range(8)))
    assert sorted(wait > 0 for (wait,) in waits) == [False] * 3 + [True] * 5


async def test_a_held_source_stops_every_process_until_its_time_and_no_other_source(post: Post) -> None:
    await _hold(post, 3 * INTERVAL)
    elsewhere = make_engine(post.engine.url.render_as_string(hide_password=False))
    [wait] = await Sender(store=database_store(elsewhere)).waits(1)
    await elsewhere.dispose()
    assert 3 * INTERVAL - NEARLY < wait <= 4 * INTERVAL
    assert await Sender(store=post.store, source="lain").waits(1) == [0.0]
    await _let_pass(post, 4 * INTERVAL)
    assert await Sender(store=post.store).waits(1) == [0.0]


async def test_a_shorter_hold_does_not_shorten_a_longer_one(post: Post) -> None:
    await _hold(post, 3 * INTERVAL)
    await _hold(post, INTERVAL)
    [wait] = await Sender(store=post.store).waits(1)
    assert wait > 3 * INTERVAL - NEARLY


def _update(number: int, person: str) -> ReceivedUpdate:
    return ReceivedUpdate(
        channel=Channel.TELEGRAM,
        update_id=str(number),
        position=number,
        person=person,
        payload=f"{WORDS} {number}".encode(),
    )


def _key(post: Post, person: str) -> bytes:
    return post.store.key_of(Channel.TELEGRAM, person)


async def _finish_and_owe(post: Post, claim: Claim, stored: StoredUpdate) -> None:
    async with post.queues.unit_under(claim) as unit:
        await unit.complete_update(stored)
        await unit.add_message(Channel.TELEGRAM, PERSON, WORDS.encode())


async def _finish_and_fail(post: Post, claim: Claim) -> None:
    stored = await post.first(claim)
    async with post.queues.unit_under(claim) as unit:
        await unit.complete_update(stored)
        await unit.add_message(Channel.TELEGRAM, PERSON, WORDS.encode())
        raise RuntimeError("afterwards")


async def _patiently(queues: DatabaseQueues, claim: Claim) -> StoredUpdate:
    found = await queues.next_update(claim)
    if isinstance(found, Wait):
        await asyncio.sleep(found.seconds)
        return await _patiently(queues, claim)
    assert isinstance(found, StoredUpdate)
    return found


async def _hold(post: Post, seconds: float) -> None:
    await post.accept(1)
    claim = await post.claim()
    async with post.queues.unit_under(claim) as unit:
        await unit.pause_sender(SOURCE, seconds, INTERVAL, 3)
    await post.queues.release_claim(claim, 0.0)


async def _let_pass(post: Post, seconds: float) -> None:
    """Move what is due back, as if so much time had passed."""
    await execute(post.engine, "UPDATE rate SET due_at = due_at - :passed", passed=seconds)


async def test_a_look_at_an_empty_queue_waits_for_no_writer(post: Post) -> None:
    await post.accept(1)
    async with post.store.session() as writer:
        await writer.execute(text("UPDATE inbox SET position = 2"))
        async with asyncio.timeout(3):
            assert await post.queues.claim(WorkKind.OUTBOX, "pekerja") is None
