"""The audit trail: append-only, chained, and one flipped byte is found."""

import json
import random
import shutil
import sqlite3
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.core.accounts.audit_trail import BEGINNING, Action, ChainedEvent, Event, chain_hash
from bot.core.errors import TemporaryError
from bot.storage.accounts.audit_trail import reseal, verify
from bot.storage.engine.engine import make_engine
from bot.storage.engine.key_ring import KeyRing
from bot.storage.engine.known_value import BINDING, KNOWN
from bot.storage.unit_of_work import DatabaseAdminStore, DatabaseStore
from tests.support.database import KEYS, database_store, execute, rows

pytestmark = pytest.mark.admin

TRIALS = 200
EVENTS = 12
COLUMNS = ("at", "actor", "agency", "action", "subject", "detail", "hash")


@pytest.fixture(
    params=[
        pytest.param("seeded_sqlite", id="sqlite"),
        pytest.param("seeded_postgres", id="postgres", marks=pytest.mark.full),
    ]
)
def address(request: pytest.FixtureRequest) -> str:
    """Return the address of a database of this test alone."""
    return str(request.getfixturevalue(request.param))


@pytest.fixture
async def engine(address: str) -> AsyncIterator[AsyncEngine]:
    """Return its engine."""
    made = make_engine(address)
    yield made
    await made.dispose()


async def write_events(engine: AsyncEngine, now: datetime, count: int = EVENTS) -> None:
    store = DatabaseAdminStore(database_store(engine))
    for number in range(count):
        event = Event(
            action=Action.USER_CHANGED,
            actor="budi",
            agency="Kota Contoh",
            subject=f"ani{number}",
            detail="peran kurator",
        )
        async with store.unit() as unit:
            await unit.audit.add(event, now)


async def test_a_trail_as_written_is_whole(engine: AsyncEngine, now: datetime) -> None:
    assert await verify(database_store(engine)) == (0, None)
    await write_events(engine, now)
    assert await verify(database_store(engine)) == (EVENTS, None)


@pytest.mark.parametrize("statement", ["UPDATE audit_event SET actor = 'x'", "DELETE FROM audit_event"])
async def test_the_database_itself_refuses_every_change(engine: AsyncEngine, now: datetime, statement: str) -> None:
    await write_events(engine, now, 2)
    with pytest.raises(DBAPIError, match="append-only"):
        await execute(engine, statement)
    assert await verify(database_store(engine)) == (2, None)


async def test_one_flipped_byte_of_a_value_is_found_in_every_trial(engine: AsyncEngine, now: datetime) -> None:
    await write_events(engine, now)
    await _allow_changes(engine)
    chance = random.Random(7)
    found = 0
    for _ in range(TRIALS):
        number, column = chance.randint(1, EVENTS), chance.choice(COLUMNS)
        [(value,)] = await rows(engine, f"SELECT {column} FROM audit_event WHERE number = :n", n=number)
        change = f"UPDATE audit_event SET {column} = :v WHERE number = :n"
        await execute(engine, change, v=_flipped(value, chance), n=number)
        found += (await verify(database_store(engine)))[1] is not None
        await execute(engine, change, v=value, n=number)
    assert found == TRIALS
    assert await verify(database_store(engine)) == (EVENTS, None)


async def test_one_flipped_byte_of_the_file_is_found_in_every_trial(
    seeded_sqlite: str, tmp_path: Path, now: datetime
) -> None:
    engine = make_engine(seeded_sqlite)
    await write_events(engine, now)
    events = await rows(engine, f"SELECT {', '.join(COLUMNS)} FROM audit_event")
    await engine.dispose()
    places = _places(events, tmp_path / "sinetral.db")
    chance = random.Random(11)
    found = 0
    for _ in range(TRIALS):
        copy = tmp_path / "copy.db"
        shutil.copy(tmp_path / "sinetral.db", copy)
        content = bytearray(copy.read_bytes())
        content[chance.choice(places)] ^= 1 << chance.randrange(8)
        copy.write_bytes(content)
        damaged = make_engine(f"sqlite:///{copy}")
        found += (await verify(database_store(damaged)))[1] is not None
        await damaged.dispose()
    assert found == TRIALS


async def test_a_trail_cut_off_at_its_end_is_seen(engine: AsyncEngine, now: datetime) -> None:
    await write_events(engine, now)
    await _allow_changes(engine)
    await execute(engine, "DELETE FROM audit_event WHERE number > 9")
    _, broken = await verify(database_store(engine))
    assert broken is not None
    assert (broken.number, "penutup" in broken.reason) == (10, True)


async def test_a_trail_written_anew_by_someone_without_the_key_is_seen(engine: AsyncEngine, now: datetime) -> None:
    await write_events(engine, now, 3)
    await _allow_changes(engine)
    await execute(engine, "DELETE FROM audit_event")
    await execute(engine, "DELETE FROM audit_head")
    stranger = DatabaseAdminStore(database_store(engine, KeyRing(bytes(32))))
    async with stranger.unit() as unit:
        await unit.audit.add(Event(action=Action.LOGGED_IN, actor="maling"), now)
    assert (await verify(database_store(engine)))[1] is not None


async def test_after_a_change_of_keys_the_trail_is_still_whole(engine: AsyncEngine, now: datetime) -> None:
    await write_events(engine, now, 3)
    newer = KeyRing(bytes(32), bytes(range(32)))
    store = database_store(engine, newer)
    async with store.session() as session:
        assert await reseal(store, session) == 1
    assert await verify(database_store(engine, KeyRing(bytes(32)))) == (3, None)
    assert (await verify(database_store(engine, KEYS)))[1] is not None


async def _append(store: DatabaseStore, now: datetime, subject: str) -> None:
    async with DatabaseAdminStore(store).unit() as unit:
        await unit.audit.add(Event(action=Action.LOGIN_FAILED, actor="budi", subject=subject), now)


async def test_a_trail_of_a_release_without_keys_goes_on_under_one(engine: AsyncEngine, now: datetime) -> None:
    store = database_store(engine)
    events = [
        ChainedEvent(
            number=n, at="2026-11-01T00:00:00+00:00", actor="a", agency="", action="x", subject="", detail="", hash=b""
        )
        for n in (1, 2, 3)
    ]
    before = BEGINNING
    for event in events:
        before = chain_hash(before, event)
        values = vars(replace(event, hash=before))
        await execute(
            engine,
            "INSERT INTO audit_event (number, at, actor, agency, action, subject, detail, hash)"
            " VALUES (:number, :at, :actor, :agency, :action, :subject, :detail, :hash)",
            **values,
        )
    sealed = store.seal_bytes(json.dumps([3, before.hex()]).encode(), b"audit head")
    await execute(engine, "INSERT INTO audit_head (id, sealed) VALUES (1, :sealed)", sealed=sealed)
    assert await verify(store) == (3, None)
    await _append(store, now, "ani")
    assert await verify(store) == (4, None)
    await _allow_changes(engine)
    await execute(engine, "UPDATE audit_event SET actor = 'b' WHERE number = 2")
    assert (await verify(store))[1] is not None


async def test_a_process_that_does_not_know_the_new_key_yet_breaks_nothing(engine: AsyncEngine, now: datetime) -> None:
    store = database_store(engine)
    await _append(store, now, "ani")
    newer = database_store(engine, KeyRing(bytes(32), bytes(range(32))))
    sealed = newer.seal_bytes(KNOWN, BINDING)
    await execute(engine, "DELETE FROM key_check")
    await execute(engine, "INSERT INTO key_check (id, sealed) VALUES (1, :sealed)", sealed=sealed)
    await _append(newer, now, "ani")
    with pytest.raises(TemporaryError):
        await _append(store, now, "ani")
    assert await verify(newer) == (2, None)


async def _allow_changes(engine: AsyncEngine) -> None:
    """Do what an intruder with the database's password could do."""
    if engine.dialect.name == "postgresql":
        await execute(engine, "DROP TRIGGER audit_event_append_only ON audit_event")
        return
    for verb in ("update", "delete"):
        await execute(engine, f"DROP TRIGGER audit_event_no_{verb}")


def _flipped(value: object, chance: random.Random) -> object:
    """Change one byte so that the database still takes the value."""
    if isinstance(value, bytes):
        content = bytearray(value)
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
        return bytes(content)
    assert isinstance(value, str)
    at = chance.randrange(len(value))
    return value[:at] + chr(ord(value[at]) ^ 1 << chance.randrange(5)).replace("\x00", "~") + value[at + 1 :]


def _places(events: Sequence[tuple[object, ...]], file: Path) -> list[int]:
    """Find the bytes of the file that hold values of the trail."""
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = file.read_bytes()
    places: list[int] = []
    for event in events:
        stored = b"".join(value if isinstance(value, bytes) else str(value).encode() for value in event)
        start = content.find(stored)
        assert start >= 0
        places += range(start, start + len(stored))
    return places
