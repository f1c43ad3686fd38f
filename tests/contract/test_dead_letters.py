"""Every queue has an end for what cannot be done, on every database: a bounded number of tries, then a dead letter."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.application.messaging import handle_update
from bot.application.messaging.handle_update import MAX_TRIES, HandleUpdate
from bot.application.messaging.ports import (
    Claim,
    Destination,
    IncomingMessage,
    Message,
    Moved,
    Read,
    ReceivedUpdate,
    SetAside,
    StoredUpdate,
    Wait,
    WorkKind,
)
from bot.core.campaigns.consent import ReminderPreferences
from bot.core.errors import DatabaseDownError
from bot.core.messaging.dead_letters import KEPT_DAYS, DeadLetter, DeadLetterCount, Reason, Shape
from bot.core.messaging.send_outcome import SendOutcome, SendResult
from bot.core.replies import texts
from bot.core.replies.reply import Reply, as_text
from bot.core.vocabulary import Channel, Pending
from bot.storage.engine.engine import make_engine
from bot.storage.messaging.dead_letters import dead_letters_since, purge_dead_letters
from bot.storage.unit_of_work import DatabaseQueues, DatabaseStore
from bot.workers import wakeups
from bot.workers.conversations import WorkerContext, run_inbox_worker
from bot.workers.wakeups import Wakeups
from tests.conftest import NOW
from tests.fakes.clock import FakeClock
from tests.fakes.interpreter import FakeInterpreter
from tests.support.database import KEYS, database_store, execute, rows

CHANNEL = Channel.WHATSAPP
PERSON, OTHER_PERSON = "orang-satu", "orang-dua"
POISON = "racun zwartbolk"


@dataclass
class Plain:
    """A channel whose updates are the words; some of them break it, at one place or another."""

    breaks: str = ""
    """`read`, `write` or `shape`."""
    reads: int = 0
    moved: Moved | None = None

    channel = CHANNEL

    def parse_update(self, payload: bytes) -> Read:
        self.reads += 1
        if self.moved is not None:
            return self.moved
        told = json.loads(payload)
        if self.breaks == "read" and told["words"] == POISON:
            raise KeyError(POISON)
        return self.addressee(payload)

    def addressee(self, payload: bytes) -> IncomingMessage | None:
        told = json.loads(payload)
        return IncomingMessage(person=told["person"], heard=told["words"], is_private_chat=True, address=payload)

    def shape(self, payload: bytes) -> Shape:
        return Shape(kind="message.text", keys=("text",))

    def readdressed(self, payload: bytes, person: str) -> bytes:
        return json.dumps({**json.loads(payload), "person": person}).encode()

    def render(self, reply: Reply, inbound: IncomingMessage) -> Sequence[bytes]:
        told = json.loads(inbound.address)
        if self.breaks == "write" and told["words"] == POISON:
            raise RuntimeError(POISON)
        return [json.dumps({"person": inbound.person, "reply": as_text(reply)}).encode()]

    async def acknowledge(self, payload: bytes) -> None:
        raise KeyError("a sign that fails matters to nobody")

    async def show_typing(self, inbound: IncomingMessage) -> None:
        """Do nothing."""

    async def send(self, message: Message) -> SendResult:
        return SendResult(outcome=SendOutcome.ACCEPTED)

    async def is_up(self) -> bool:
        return True

    def destination_of(self, payload: bytes) -> Destination:
        return Destination(person=str(json.loads(payload)["person"]))


@dataclass(kw_only=True)
class Desk:
    """One process on one database."""

    store: DatabaseStore
    engine: AsyncEngine
    messenger: Plain = field(default_factory=Plain)
    numbers: list[int] = field(default_factory=lambda: [0])

    @property
    def queues(self) -> DatabaseQueues:
        return DatabaseQueues(self.store)

    async def say(self, *said: str, person: str = PERSON) -> None:
        for words in said:
            self.numbers[0] += 1
            payload = json.dumps({"person": person, "words": words}).encode()
            number = self.numbers[0]
            update = ReceivedUpdate(
                channel=CHANNEL, update_id=f"{number:04d}", position=number, person=person, payload=payload
            )
            await self.queues.accept([update])

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """Let a worker handle what comes."""
        handle = HandleUpdate(
            interpreter=FakeInterpreter(),
            queues=self.queues,
            clock=FakeClock(datetime.now(UTC)),  # noqa: TID251 - updates arrive by the machine's clock
            messengers={CHANNEL: self.messenger},
        )
        shift = WorkerContext(queues=self.queues, channel=CHANNEL, owner="pekerja", wakeups=Wakeups())
        task = asyncio.create_task(run_inbox_worker(shift, handle, Wakeups()))
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def waiting(self) -> int:
        [(count,)] = await rows(self.engine, "SELECT count(*) FROM inbox WHERE work_key IS NOT NULL")
        assert isinstance(count, int)
        return count

    async def work_off(self) -> None:
        async with self.working(), asyncio.timeout(20):
            while await self.waiting():  # noqa: ASYNC110 - another process could be what works it off
                await asyncio.sleep(0.05)

    async def owed(self) -> list[tuple[str, str]]:
        """Return to whom something is owed, and what."""
        found = []
        for key, payload in await rows(self.engine, "SELECT work_key, payload FROM outbox ORDER BY id"):
            assert isinstance(key, bytes)
            assert isinstance(payload, bytes)
            plain = KEYS.open(payload, b"outbox " + key)
            assert plain is not None
            told = json.loads(plain)
            assert key == self.store.key_of(CHANNEL, told["person"])
            found.append((told["person"], told["reply"]))
        return found

    async def letters(self) -> list[tuple[object, ...]]:
        return await rows(self.engine, "SELECT reason, kind, keys, error FROM dead_letter")

    async def claim(self) -> Claim:
        claim = await self.queues.claim(WorkKind.INBOX, "pekerja", CHANNEL)
        assert claim is not None
        return claim


@pytest.fixture
async def desk(database: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    monkeypatch.setattr(handle_update, "FIRST_PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(wakeups, "AFTER_ERROR_SECONDS", 0.05)
    engine = make_engine(database)
    yield Desk(store=database_store(engine), engine=engine)
    await engine.dispose()


# Poison


@pytest.mark.parametrize(
    ("breaks", "reason", "error"), [("read", "unreadable", "KeyError"), ("write", "failed", "RuntimeError")]
)
async def test_poison_ends_after_some_tries_and_what_follows_is_handled(
    desk: Desk, breaks: str, reason: str, error: str, caplog: pytest.LogCaptureFixture
) -> None:
    desk.messenger.breaks = breaks
    await desk.say(POISON, "halo")
    await desk.say("halo juga", person=OTHER_PERSON)
    await desk.work_off()
    assert await desk.letters() == [(reason, "message.text", "text", error)]
    owed = await desk.owed()
    assert {person for person, _ in owed} == {PERSON, OTHER_PERSON}
    apologies = [reply for person, reply in owed if person == PERSON and texts.NOT_PROCESSED in reply]
    # Where not even a sentence can be written, there is none; the next message is answered all the same.
    assert len(apologies) == (1 if breaks == "read" else 0)
    assert "zwartbolk" not in caplog.text
    assert await rows(desk.engine, "SELECT attempts, payload FROM inbox WHERE update_id = '0001'") == [(None, None)]


async def test_poison_is_tried_so_many_times_and_no_more(desk: Desk) -> None:
    desk.messenger.breaks = "read"
    await desk.say(POISON)
    await desk.work_off()
    # Once more, to say whether the reader is what fails.
    assert desk.messenger.reads == MAX_TRIES + 1


async def test_failures_are_counted_over_a_restart(desk: Desk) -> None:
    desk.messenger.breaks = "read"
    await desk.say(POISON)
    for number in range(3):
        claim = await desk.claim()
        found = await desk.queues.next_update(claim)
        assert isinstance(found, StoredUpdate)
        assert found.attempts == number
        async with desk.queues.unit_under(claim) as unit:
            await unit.count_failure(found)
        await desk.queues.release_claim(claim, 0.0)
    await desk.work_off()
    assert desk.messenger.reads == MAX_TRIES - 3 + 1


async def test_a_failure_of_the_database_counts_against_no_update(desk: Desk) -> None:
    await execute(desk.engine, "ALTER TABLE conversation RENAME TO elsewhere")
    await desk.say("halo")
    async with desk.working():
        await asyncio.sleep(0.5)
        assert await rows(desk.engine, "SELECT attempts FROM inbox") == [(None,)]
        await execute(desk.engine, "ALTER TABLE elsewhere RENAME TO conversation")
    await desk.work_off()
    assert (len(await desk.owed()), await desk.letters()) == (1, [])


async def test_what_fails_with_the_database_for_an_hour_is_poison_after_all(desk: Desk) -> None:
    await desk.say("halo")
    await execute(desk.engine, "UPDATE inbox SET arrived_at = :at", at=time.time() - 3_700)
    await execute(desk.engine, "ALTER TABLE conversation RENAME TO elsewhere")
    await desk.work_off()
    await execute(desk.engine, "ALTER TABLE elsewhere RENAME TO conversation")
    assert [reason for reason, *_ in await desk.letters()] == ["failed"]


async def test_what_the_database_does_not_do_is_told_from_what_we_do(desk: Desk) -> None:
    await desk.say("halo")
    claim = await desk.claim()
    await execute(desk.engine, "ALTER TABLE conversation RENAME TO elsewhere")
    with pytest.raises(DatabaseDownError):
        await _forget(desk, claim)


async def _forget(desk: Desk, claim: Claim) -> None:
    async with desk.queues.unit_under(claim) as unit:
        await unit.erase_conversation(CHANNEL, PERSON)


async def test_an_update_that_cannot_be_opened_is_never_an_empty_one(desk: Desk) -> None:
    await desk.say("halo")
    await execute(desk.engine, "UPDATE inbox SET payload = :other", other=b"lain" * 20)
    await desk.say("halo lagi")
    await desk.work_off()
    assert [reason for reason, *_ in await desk.letters()] == ["sealed"]
    assert desk.messenger.reads > 0
    assert len(await desk.owed()) == 1


# What is set aside as it comes


def letter(reason: Reason = Reason.NO_CHAT) -> DeadLetter:
    return DeadLetter(channel=CHANNEL, reason=reason, shape=Shape(kind="message.text"), length=12)


async def test_what_is_set_aside_makes_no_work_and_is_counted_once(desk: Desk) -> None:
    aside = SetAside(channel=CHANNEL, update_id="7", letter=letter())
    assert await desk.queues.accept([aside, aside]) == 0
    assert await desk.queues.accept([aside]) == 0
    assert len(await desk.letters()) == 1
    assert await desk.queues.claim(WorkKind.INBOX, "pekerja") is None
    assert await rows(desk.engine, "SELECT work_key, arrived_at, payload FROM inbox") == [(None,) * 3]


async def test_what_asks_for_nothing_leaves_its_id_alone(desk: Desk) -> None:
    await desk.queues.accept([SetAside(channel=CHANNEL, update_id="7")])
    assert (await desk.letters(), await rows(desk.engine, "SELECT update_id FROM inbox")) == ([], [("7",)])


async def test_what_has_no_id_is_counted_each_time(desk: Desk) -> None:
    await desk.queues.accept([SetAside(channel=CHANNEL, letter=letter())] * 2)
    assert (len(await desk.letters()), await rows(desk.engine, "SELECT update_id FROM inbox")) == (2, [])


async def test_an_id_set_aside_lets_no_other_update_wait_for_it(desk: Desk) -> None:
    telegram = Channel.TELEGRAM
    await execute(desk.engine, "INSERT INTO inbox (channel, update_id) VALUES ('telegram', '1')")
    update = ReceivedUpdate(channel=telegram, update_id="3", position=3, person="1", payload=b"{}")
    await desk.queues.accept([SetAside(channel=telegram, update_id="2", letter=None), update])
    claim = await desk.queues.claim(WorkKind.INBOX, "pekerja", telegram)
    assert claim is not None
    assert isinstance(await desk.queues.next_update(claim), StoredUpdate)


async def test_an_id_set_aside_does_not_stand_for_those_before_it(desk: Desk) -> None:
    telegram = Channel.TELEGRAM
    await execute(desk.engine, "INSERT INTO inbox (channel, update_id) VALUES ('telegram', '1')")
    late, later = (
        ReceivedUpdate(channel=telegram, update_id=str(number), position=number, person="1", payload=b"{}")
        for number in (2, 4)
    )
    await desk.queues.accept([SetAside(channel=telegram, update_id="3"), later])
    claim = await desk.queues.claim(WorkKind.INBOX, "pekerja", telegram)
    assert claim is not None
    assert isinstance(await desk.queues.next_update(claim), Wait)
    await desk.queues.accept([late])
    found = await desk.queues.next_update(claim)
    assert isinstance(found, StoredUpdate)
    assert found.update_id == "2"


async def test_dead_letters_are_counted_by_day_and_kind_and_purged_after_a_month(desk: Desk) -> None:
    today = date(2026, 11, 24)
    await desk.say("halo")
    claim = await desk.claim()
    days = [today, today, today - timedelta(days=3), today - timedelta(days=KEPT_DAYS)]
    async with desk.queues.unit_under(claim) as unit:
        for day in days:
            await unit.add_dead_letter(letter(), day)
    found = await dead_letters_since(desk.store, today - timedelta(days=6))
    expected = DeadLetterCount(day=today, channel=CHANNEL, reason=Reason.NO_CHAT, kind="message.text", count=2)
    assert found[0] == expected
    assert [each.count for each in found] == [2, 1]
    assert await purge_dead_letters(desk.store, NOW) == 1
    assert len(await desk.letters()) == 3


# Conversations that move or end


async def owe(desk: Desk, person: str, *replies: str) -> None:
    await desk.say("halo", person=person)
    claim = await desk.claim()
    async with desk.queues.unit_under(claim) as unit:
        for reply in replies:
            await unit.add_message(CHANNEL, person, json.dumps({"person": person, "reply": reply}).encode())
        found = await desk.queues.next_update(claim)
        assert isinstance(found, StoredUpdate)
        await unit.complete_update(found)
    await desk.queues.release_claim(claim, 0.0)


async def test_what_waits_follows_a_conversation_to_its_present_id(desk: Desk) -> None:
    await owe(desk, "lama", "satu", "dua")
    await desk.say("masih menunggu", person="lama")
    await desk.say("pindah", person="baru")
    desk.messenger.moved = Moved(formers=("lama",), persons=("baru",), is_same=True)
    handle = HandleUpdate(
        interpreter=FakeInterpreter(), queues=desk.queues, clock=FakeClock(NOW), messengers={CHANNEL: desk.messenger}
    )
    claims_of = {claim.key: claim for claim in [await desk.claim(), await desk.claim()]}
    claim = claims_of[desk.store.key_of(CHANNEL, "baru")]
    found = await desk.queues.next_update(claim)
    assert isinstance(found, StoredUpdate)
    await handle(claim, found)
    assert await desk.owed() == [("baru", "satu"), ("baru", "dua")]
    key = desk.store.key_of(CHANNEL, "baru")
    assert await rows(desk.engine, "SELECT work_key FROM inbox WHERE work_key IS NOT NULL") == [(key,)]
    await execute(desk.engine, "UPDATE work SET leased_until = 0")
    outbox = await rows(desk.engine, "SELECT key FROM work WHERE kind = 'outbox' AND key = :key", key=key)
    assert outbox == [(key,)]


@pytest.mark.parametrize("had_consent", [True, False])
async def test_a_changed_number_ends_what_is_kept_and_the_new_one_is_told_once(desk: Desk, had_consent: bool) -> None:
    await owe(desk, PERSON, "belum terkirim")
    async with desk.store.unit() as unit:
        if had_consent:
            await unit.subscribe(CHANNEL, PERSON, ReminderPreferences(method="button", text_version="uji"), NOW)
        await unit.save_conversation(CHANNEL, PERSON, await unit.load_conversation(CHANNEL, PERSON, NOW), NOW)
    desk.messenger.moved = Moved(formers=(PERSON,), persons=("baru",))
    await desk.say("ganti nomor")
    await desk.work_off()
    assert await desk.owed() == []
    for table in ("opt_in", "service_window"):
        assert await rows(desk.engine, f"SELECT key FROM {table}") == []
    events = await rows(desk.engine, "SELECT kind FROM privacy_event")
    assert events == ([("withdrawn",)] if had_consent else [])
    desk.messenger.moved = None
    await desk.say("halo", "halo", person="baru")
    await desk.work_off()
    told = [texts.NUMBER_CHANGED in reply for _, reply in await desk.owed()]
    assert told == [had_consent, False]


async def test_what_is_still_to_be_told_follows_to_the_id_that_is_kept(desk: Desk) -> None:
    await desk.say("halo")
    claim = await desk.claim()
    async with desk.queues.unit_under(claim) as unit:
        conversation = await unit.load_conversation(CHANNEL, "nomor", NOW)
        told = replace(conversation, pending=(Pending.NUMBER_CHANGED,))
        await unit.save_conversation(CHANNEL, "nomor", told, NOW)
        assert await unit.rename_person(CHANNEL, "nomor", PERSON) == (Pending.NUMBER_CHANGED,)
        assert await unit.rename_person(CHANNEL, "nomor", PERSON) == ()


# Who writes can be reached


async def test_a_message_takes_the_mark_of_being_unreachable_off(desk: Desk) -> None:
    async with desk.store.unit() as unit:
        for person in (PERSON, OTHER_PERSON):
            await unit.subscribe(CHANNEL, person, ReminderPreferences(method="button", text_version="uji"), NOW)
            await unit.set_reachable(CHANNEL, person, False, NOW)
    await desk.say("halo")
    await desk.work_off()
    marked = await rows(desk.engine, "SELECT key FROM opt_in WHERE unreachable_since IS NOT NULL")
    assert marked == [(desk.store.key_of(CHANNEL, OTHER_PERSON),)]
