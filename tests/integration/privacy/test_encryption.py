"""The key file, and what the database alone gives away."""

import base64
import json
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.core.dialogue.conversation import Conversation
from bot.core.errors import PermanentError
from bot.core.vocabulary import Channel, Slot
from bot.storage.engine.key_ring import KeyRing, keys_from_file
from bot.storage.unit_of_work import DatabaseStore
from tests.support.database import KEYS, database_store, execute, rows

PLAIN = b"isi yang disegel"
OTHER_KEYS = KeyRing(bytes(32))
TALKED = Conversation(topic="tim_sukses", options=("saksi_parpol",), slots={Slot.ROLE: "pppk"})


# The key file


def test_the_key_file_is_made_readable_by_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "keys" / "master.key"
    keys_from_file(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_the_key_file_holds_32_random_bytes(tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("satu", "dua")]
    for file in files:
        keys_from_file(file)
    masters = [base64.urlsafe_b64decode(file.read_text(encoding="ascii")) for file in files]
    assert [len(master) for master in masters] == [32, 32]
    assert masters[0] != masters[1]


def test_the_key_file_is_made_once(tmp_path: Path) -> None:
    file = tmp_path / "master.key"
    sealed = keys_from_file(file).seal(PLAIN, b"baris")
    written = file.read_bytes()
    assert keys_from_file(file).open(sealed, b"baris") == PLAIN
    assert file.read_bytes() == written


def test_makers_of_the_key_file_at_the_same_moment_agree_and_leave_one_file(tmp_path: Path) -> None:
    for attempt in range(10):
        folder = tmp_path / str(attempt)
        folder.mkdir()
        assert len(set(_make_together(folder / "master.key"))) == 1
        assert [(file.name, stat.S_IMODE(file.stat().st_mode)) for file in folder.iterdir()] == [("master.key", 0o600)]


@pytest.mark.parametrize("place", ["folder", "folder/berkas/master.key"], ids=["a folder", "below a file"])
def test_a_key_file_that_can_be_neither_read_nor_made_is_an_error_that_names_it(tmp_path: Path, place: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "berkas").touch()
    with pytest.raises(PermanentError, match=str(tmp_path / place)):
        keys_from_file(tmp_path / place)


@pytest.mark.parametrize(
    "content",
    [b"", b"bukan kunci", base64.urlsafe_b64encode(bytes(31)), base64.urlsafe_b64encode(bytes(33)), b"\xff" * 44],
    ids=["empty", "words", "too short", "too long", "not ASCII"],
)
def test_a_damaged_key_file_is_an_error_and_is_never_replaced(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "master.key"
    file.write_bytes(content)
    with pytest.raises(PermanentError, match=str(file)):
        keys_from_file(file)
    assert file.read_bytes() == content


# Sealing


def test_what_is_sealed_opens_with_the_same_key_and_row() -> None:
    assert KEYS.open(KEYS.seal(PLAIN, b"baris 1"), b"baris 1") == PLAIN


def test_what_is_sealed_is_bound_to_its_row() -> None:
    assert KEYS.open(KEYS.seal(PLAIN, b"baris 1"), b"baris 2") is None


def test_what_is_sealed_does_not_open_with_another_key() -> None:
    assert OTHER_KEYS.open(KEYS.seal(PLAIN, b"baris"), b"baris") is None


@pytest.mark.parametrize("place", [0, 12, -1], ids=["nonce", "first byte", "last byte"])
def test_what_is_sealed_does_not_open_when_a_byte_was_changed(place: int) -> None:
    changed = bytearray(KEYS.seal(PLAIN, b"baris"))
    changed[place] ^= 1
    assert KEYS.open(bytes(changed), b"baris") is None


def test_sealing_the_same_twice_gives_different_bytes_without_the_plain_text() -> None:
    one, other = KEYS.seal(PLAIN, b"baris"), KEYS.seal(PLAIN, b"baris")
    assert one != other
    assert PLAIN not in one


def test_an_identifier_depends_on_every_part_and_on_the_key() -> None:
    given = KEYS.keyed_hash("conversation", "web", "orang")
    assert given == KEYS.keyed_hash("conversation", "web", "orang")
    others = [
        KEYS.keyed_hash("rate", "web", "orang"),
        KEYS.keyed_hash("conversation", "terminal", "orang"),
        KEYS.keyed_hash("conversation", "web", "orang lain"),
        KEYS.keyed_hash("conversation", "webo", "rang"),
        OTHER_KEYS.keyed_hash("conversation", "web", "orang"),
    ]
    assert len({given, *others}) == 6
    assert {len(each) for each in others} == {32}


# Rows


async def test_the_state_moved_to_another_persons_row_is_a_fresh_conversation(
    store: DatabaseStore, engine: AsyncEngine, now: datetime
) -> None:
    await _save(store, "orang-1", TALKED, now)
    await _save(store, "orang-2", Conversation(topic="hak_pilih"), now)
    await execute(
        engine,
        "UPDATE conversation SET state = (SELECT state FROM conversation WHERE key = :other) WHERE key = :own",
        own=store.key_of(Channel.WEB, "orang-2"),
        other=store.key_of(Channel.WEB, "orang-1"),
    )
    assert await _load(store, "orang-1", now) == TALKED
    assert await _load(store, "orang-2", now) == Conversation()


async def test_a_state_sealed_before_versions_were_kept_still_opens(
    store: DatabaseStore, engine: AsyncEngine, now: datetime
) -> None:
    await _save(store, "orang", Conversation(), now)
    key = store.key_of(Channel.WEB, "orang")
    state = {"topic": "tim_sukses", "options": ["saksi_parpol"], "alternatives": [], "slots": {Slot.ROLE.value: "pppk"}}
    await execute(engine, "UPDATE conversation SET state = :state", state=KEYS.seal(json.dumps(state).encode(), key))
    assert await _load(store, "orang", now) == TALKED


@pytest.mark.parametrize(
    "state",
    [
        b"no json",
        b"[]",
        b"{}",
        json.dumps({"topic": "a", "options": [], "alternatives": [], "slots": {"later": "x"}}).encode(),
        json.dumps({"topic": "a", "options": [], "alternatives": [], "slots": {}, "pending": ["unknown"]}).encode(),
    ],
    ids=["text", "list", "empty", "slot", "pending"],
)
async def test_a_state_that_this_release_cannot_read_is_a_fresh_conversation(
    store: DatabaseStore, engine: AsyncEngine, now: datetime, state: bytes
) -> None:
    await _save(store, "orang", TALKED, now)
    key = store.key_of(Channel.WEB, "orang")
    await execute(engine, "UPDATE conversation SET state = :state", state=KEYS.seal(state, key))
    assert await _load(store, "orang", now) == Conversation()


async def test_a_state_that_another_key_sealed_is_a_fresh_conversation(
    store: DatabaseStore, engine: AsyncEngine, now: datetime
) -> None:
    changed = database_store(engine, OTHER_KEYS)
    await _save(store, "orang", TALKED, now)
    await execute(engine, "UPDATE conversation SET key = :key", key=changed.key_of(Channel.WEB, "orang"))
    assert await _load(changed, "orang", now) == Conversation()
    await _save(changed, "orang", TALKED, now)
    assert await _load(changed, "orang", now) == TALKED


async def test_after_a_change_of_key_nobody_finds_their_row(
    store: DatabaseStore, engine: AsyncEngine, now: datetime
) -> None:
    await _save(store, "orang", TALKED, now)
    assert await _load(database_store(engine, OTHER_KEYS), "orang", now) == Conversation()


async def test_the_row_of_a_conversation_shows_neither_person_nor_topic_nor_role(
    store: DatabaseStore, engine: AsyncEngine, now: datetime
) -> None:
    await _save(store, "orang-1", TALKED, now)
    [(key, state)] = await rows(engine, "SELECT key, state FROM conversation")
    assert isinstance(key, bytes)
    assert isinstance(state, bytes)
    hidden = [b"orang-1", b"tim_sukses", b"saksi_parpol", b"pppk"]
    assert [word for word in hidden if word in key + state] == []


def _make_together(file: Path) -> list[bytes]:
    """Ask for the keys of a file that does not exist, four times at once; returns what each would call a person."""
    together = Barrier(4)

    def identifier() -> bytes:
        together.wait(timeout=60)
        return keys_from_file(file).keyed_hash("orang")

    with ThreadPoolExecutor(4) as pool:
        return [each.result() for each in [pool.submit(identifier) for _ in range(4)]]


async def _save(store: DatabaseStore, person: str, conversation: Conversation, now: datetime) -> None:
    async with store.unit() as unit:
        await unit.save_conversation(Channel.WEB, person, conversation, now)


async def _load(store: DatabaseStore, person: str, now: datetime) -> Conversation:
    async with store.unit() as unit:
        return await unit.load_conversation(Channel.WEB, person, now)
