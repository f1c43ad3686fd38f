"""Rights in chat, retention and keys: what is erased is gone from the files, and what was done is told of nobody."""

import asyncio
import secrets
import sqlite3
import stat
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.application.messaging.handle_update import HandleUpdate
from bot.application.messaging.ports import Destination, IncomingMessage, Message, ReceivedUpdate, Wait, WorkKind
from bot.core.dialogue.conversation import Conversation
from bot.core.errors import PermanentError
from bot.core.messaging.dead_letters import OTHER, Shape
from bot.core.messaging.send_outcome import SendOutcome, SendResult
from bot.core.privacy.retention import PrivacyEvent
from bot.core.replies.reply import Reply, as_text
from bot.core.vocabulary import Channel
from bot.storage.engine.key_ring import add_key, drop_older_keys, keys_from_file
from bot.storage.figures.tables import UnansweredRow
from bot.storage.privacy.events import events
from bot.storage.retention import leave_old_keys, purge_texts
from bot.storage.unit_of_work import DatabaseQueues, DatabaseStore
from tests.fakes.interpreter import parsed
from tests.integration.conftest import Conversing
from tests.support.database import rows

pytestmark = pytest.mark.privacy

PERSON = "8123456789012"
WORDS = "bolehkah zwartbolk ikut tim sukses"
TELLING = [PERSON, "zwartbolk", "pesan yang tertunda"]
TALKED = Conversation(topic="tim_sukses")


class PlainMessenger:
    """A channel whose updates are the text itself."""

    channel = Channel.TELEGRAM

    def parse_update(self, payload: bytes) -> IncomingMessage | None:
        return IncomingMessage(person=PERSON, heard=payload.decode(), is_private_chat=True, address=PERSON.encode())

    def addressee(self, payload: bytes) -> IncomingMessage | None:
        return self.parse_update(payload)

    def shape(self, payload: bytes) -> Shape:
        return Shape(kind=OTHER)

    def readdressed(self, payload: bytes, person: str) -> bytes:
        return payload

    def render(self, reply: Reply, inbound: IncomingMessage) -> list[bytes]:
        return [as_text(reply).encode()]

    async def acknowledge(self, payload: bytes) -> None:
        """Do nothing."""

    async def show_typing(self, inbound: IncomingMessage) -> None:
        """Do nothing."""

    async def send(self, message: Message) -> SendResult:
        return SendResult(outcome=SendOutcome.ACCEPTED)

    async def is_up(self) -> bool:
        return True

    def destination_of(self, payload: bytes) -> Destination:
        return Destination(person=PERSON)


@pytest.fixture
def file(seeded_sqlite: str) -> Path:
    """Return the database's file."""
    return Path(seeded_sqlite.removeprefix("sqlite:///"))


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    """Return a key file of this test alone."""
    keys_from_file(tmp_path / "keys" / "master.key")
    return tmp_path / "keys" / "master.key"


# Erasing


async def test_after_erasing_and_vacuum_no_file_holds_chat_id_or_text(
    conversing: Conversing, engine: AsyncEngine, file: Path
) -> None:
    await _opt_in(conversing.store, PERSON, conversing.clock.at)
    await conversing.about("tim_sukses", WORDS, PERSON)
    decision = await conversing.handle.on_text(Channel.WEB, PERSON, "/hapus")
    assert decision.erase is True
    await engine.dispose()
    _checkpoint_and_vacuum(file)
    assert _found_in(file.parent) == []


async def test_erasing_ends_opt_ins_of_the_person_alone(conversing: Conversing, engine: AsyncEngine) -> None:
    for person in (PERSON, "orang lain"):
        await _opt_in(conversing.store, person, conversing.clock.at)
    await conversing.handle.on_text(Channel.WEB, PERSON, "/hapus")
    assert await rows(engine, "SELECT key FROM opt_in") == [(conversing.store.key_of(Channel.WEB, "orang lain"),)]


async def test_erasing_through_the_queue_drops_pending_messages_and_confirms(
    conversing: Conversing, engine: AsyncEngine, file: Path
) -> None:
    queues = DatabaseQueues(conversing.store)
    conversing.interpreter.parses[WORDS] = parsed(("tim_sukses", 0.95))
    async with conversing.store.unit() as unit:
        await unit.add_opt_in(Channel.TELEGRAM, PERSON, conversing.clock.at, "1")
    await _handle(queues, conversing, 1, WORDS, owed="pesan yang tertunda")
    assert await rows(engine, "SELECT count(*) FROM outbox") == [(2,)]
    await _handle(queues, conversing, 2, "/hapus")
    counts = [
        (await rows(engine, f"SELECT count(*) FROM {table}"))[0][0] for table in ("outbox", "opt_in", "conversation")
    ]
    assert counts == [1, 0, 0]
    assert await rows(engine, "SELECT count(payload), count(work_key), count(arrived_at) FROM inbox") == [(0, 0, 0)]
    claim = await queues.claim(WorkKind.OUTBOX, "pekerja")
    assert claim is not None
    message = await queues.next_message(claim)
    assert message is not None
    assert "hapus" in message.payload.decode().lower()
    async with queues.unit_under(claim) as unit:
        await unit.delete_message(message)
    await queues.release_claim(claim, 0.0)
    await engine.dispose()
    _checkpoint_and_vacuum(file)
    assert _found_in(file.parent) == []
    for key in conversing.store.keys_of(Channel.TELEGRAM, PERSON):
        assert key not in _bytes_of(file.parent)


async def test_the_search_would_find_what_was_not_erased(
    conversing: Conversing, engine: AsyncEngine, file: Path
) -> None:
    async with conversing.store.session() as session:
        session.add(UnansweredRow(id="x", day=conversing.clock.at.date(), words=f"{WORDS} {PERSON}"))
    await engine.dispose()
    assert _found_in(file.parent) == TELLING[:2]


async def test_erasing_leaves_an_event_without_identity(conversing: Conversing, engine: AsyncEngine) -> None:
    await conversing.about("tim_sukses", WORDS, PERSON)
    await conversing.handle.on_text(Channel.WEB, PERSON, "/hapus")
    [row] = await rows(engine, "SELECT * FROM privacy_event")
    assert [str(each) for each in row[1:]] == [conversing.clock.at.date().isoformat(), PrivacyEvent.ERASED.value, "1"]


async def test_stopping_withdraws_opt_ins_only(conversing: Conversing, engine: AsyncEngine) -> None:
    await _opt_in(conversing.store, PERSON, conversing.clock.at)
    await conversing.about("tim_sukses", WORDS, PERSON)
    await conversing.handle.on_text(Channel.WEB, PERSON, "/berhenti")
    assert await rows(engine, "SELECT count(*) FROM opt_in") == [(0,)]
    assert await rows(engine, "SELECT count(*) FROM conversation") == [(1,)]
    assert await rows(engine, "SELECT kind FROM privacy_event") == [(PrivacyEvent.WITHDRAWN.value,)]
    await conversing.handle.on_text(Channel.WEB, PERSON, "/berhenti")
    assert await rows(engine, "SELECT count(*) FROM privacy_event") == [(1,)]


async def test_an_opt_in_shows_no_address(conversing: Conversing, engine: AsyncEngine, file: Path) -> None:
    await _opt_in(conversing.store, PERSON, conversing.clock.at)
    await engine.dispose()
    assert _found_in(file.parent) == []


# Retention


@pytest.mark.parametrize("days", [30, 60, 90])
async def test_texts_are_purged_after_their_days_and_the_purge_is_reported(
    store: DatabaseStore, engine: AsyncEngine, now: datetime, days: int
) -> None:
    for age in (0, days - 1, days, days + 1, days + 400):
        async with store.session() as session:
            session.add(UnansweredRow(id=f"umur-{age}", day=(now - timedelta(days=age)).date(), words="apa itu arisan"))
    assert await purge_texts(store, now, days) == 3
    left = {str(each) for (each,) in await rows(engine, "SELECT id FROM unanswered")}
    assert left == {"umur-0", f"umur-{days - 1}"}
    [event] = await events(store, now.date())
    assert (event.kind, event.times, event.rows) == (PrivacyEvent.UNANSWERED_PURGED, 1, 3)
    assert await purge_texts(store, now, days) == 0
    assert len(await events(store, now.date())) == 1


# Keys


async def test_what_the_older_key_sealed_still_opens_after_a_rotation(
    engine: AsyncEngine, key_file: Path, now: datetime
) -> None:
    await _save(_store(engine, key_file), "orang", now)
    sealed = keys_from_file(key_file).seal(b"isi", b"baris")
    add_key(key_file)
    assert keys_from_file(key_file).open(sealed, b"baris") == b"isi"


async def test_a_conversation_goes_on_after_a_rotation(engine: AsyncEngine, key_file: Path, now: datetime) -> None:
    await _save(_store(engine, key_file), "orang", now)
    add_key(key_file)
    async with _store(engine, key_file).unit() as unit:
        assert await unit.load_conversation(Channel.WEB, "orang", now) == TALKED


async def test_erasing_after_a_rotation_finds_what_lies_under_the_older_key(
    engine: AsyncEngine, key_file: Path, now: datetime
) -> None:
    await _save(_store(engine, key_file), "orang", now)
    await _opt_in(_store(engine, key_file), "orang", now)
    add_key(key_file)
    async with _store(engine, key_file).unit() as unit:
        await unit.erase_person(Channel.WEB, "orang", now)
    assert await rows(engine, "SELECT count(*) FROM conversation") == [(0,)]
    assert await rows(engine, "SELECT count(*) FROM opt_in") == [(0,)]


async def test_a_key_is_not_retired_while_it_is_needed(engine: AsyncEngine, key_file: Path, now: datetime) -> None:
    await _save(_store(engine, key_file), "orang", now)
    add_key(key_file)
    with pytest.raises(PermanentError, match="conversation"):
        await leave_old_keys(_store(engine, key_file), now)


async def test_retiring_moves_opt_ins_and_drops_the_older_key(
    engine: AsyncEngine, key_file: Path, now: datetime
) -> None:
    await _opt_in(_store(engine, key_file), "orang", now)
    [(before,)] = await rows(engine, "SELECT key FROM opt_in")
    add_key(key_file)
    store = _store(engine, key_file)
    assert await leave_old_keys(store, now) == 1
    assert drop_older_keys(key_file) == 1
    store = _store(engine, key_file)
    [(after, address)] = await rows(engine, "SELECT key, address FROM opt_in")
    assert isinstance(address, bytes)
    assert (after == before, after) == (False, store.key_of(Channel.WEB, "orang"))
    assert store.open_bytes(address, b"opt-in " + store.key_of(Channel.WEB, "orang")) == b"orang"
    assert store.keys_of(Channel.WEB, "orang") == [after]


async def test_retiring_copes_with_a_person_who_opted_in_under_both_keys(
    engine: AsyncEngine, key_file: Path, now: datetime
) -> None:
    await _opt_in(_store(engine, key_file), "orang", now)
    add_key(key_file)
    store = _store(engine, key_file)
    await _opt_in(store, "orang", now)
    await leave_old_keys(store, now)
    assert await rows(engine, "SELECT key FROM opt_in") == [(store.key_of(Channel.WEB, "orang"),)]


def test_a_second_rotation_before_the_first_is_retired_is_refused(key_file: Path) -> None:
    add_key(key_file)
    with pytest.raises(PermanentError, match="retire"):
        add_key(key_file)


def test_the_key_file_is_its_owners_alone_however_it_was_written(key_file: Path) -> None:
    modes = [stat.S_IMODE(key_file.stat().st_mode)]
    add_key(key_file)
    modes.append(stat.S_IMODE(key_file.stat().st_mode))
    drop_older_keys(key_file)
    modes.append(stat.S_IMODE(key_file.stat().st_mode))
    assert modes == [0o600] * 3
    assert [each.name for each in key_file.parent.iterdir()] == ["master.key"]


async def _handle(
    queues: DatabaseQueues, conversing: Conversing, number: int, text: str, owed: str | None = None
) -> None:
    messengers = {Channel.TELEGRAM: PlainMessenger()}
    handle = HandleUpdate(
        interpreter=conversing.interpreter, queues=queues, clock=conversing.clock, messengers=messengers
    )
    update = ReceivedUpdate(
        channel=Channel.TELEGRAM, update_id=str(number), person=PERSON, position=number, payload=text.encode()
    )
    await queues.accept([update])
    claim = await queues.claim(WorkKind.INBOX, "pekerja")
    assert claim is not None
    if owed is not None:
        async with queues.unit_under(claim) as unit:
            await unit.add_message(Channel.TELEGRAM, PERSON, owed.encode())
    async with asyncio.timeout(10):
        while True:
            found = await queues.next_update(claim)
            assert found is not None
            if not isinstance(found, Wait):
                break
            await asyncio.sleep(0.1)
    await handle(claim, found)
    await queues.release_claim(claim, 0.0)


def _store(engine: AsyncEngine, key_file: Path) -> DatabaseStore:
    return DatabaseStore(engine, keys_from_file(key_file), lambda: secrets.token_hex(16))


async def _save(store: DatabaseStore, person: str, now: datetime) -> None:
    async with store.unit() as unit:
        await unit.save_conversation(Channel.WEB, person, TALKED, now)


async def _opt_in(store: DatabaseStore, person: str, now: datetime) -> None:
    async with store.unit() as unit:
        await unit.add_opt_in(Channel.WEB, person, now, "1")


def _checkpoint_and_vacuum(file: Path) -> None:
    database = sqlite3.connect(file)
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.execute("VACUUM")
    database.close()


def _bytes_of(folder: Path) -> bytes:
    return b"".join(each.read_bytes() for each in sorted(folder.rglob("*")) if each.is_file())


def _found_in(folder: Path) -> list[str]:
    content = _bytes_of(folder).lower()
    return [word for word in TELLING if word.encode() in content]
