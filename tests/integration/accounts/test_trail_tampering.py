"""Whoever changes the audit trail without the key is found, however the product goes on; honest histories are whole."""

import asyncio
import hashlib
import json
import multiprocessing
import random
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.admin.accounts.credentials import PyotpCodes
from bot.admin.web.gate import new_session_id
from bot.application.accounts.log_in import LogIn
from bot.application.accounts.manage_users import ManageUsers
from bot.bootstrap.services import open_services
from bot.core.accounts.audit_trail import BEGINNING, Action, ChainedEvent, Event, chain_hash
from bot.core.accounts.login_limits import Origin
from bot.core.accounts.users import Role
from bot.core.errors import TemporaryError
from bot.storage.accounts.audit_anchor import FILE_NAME, AuditAnchor
from bot.storage.accounts.audit_trail import DailyCheck, break_seen, reseal, verify
from bot.storage.engine.engine import make_engine
from bot.storage.engine.key_ring import KeyRing
from bot.storage.key_check import check_key
from bot.storage.unit_of_work import DatabaseAdminStore, DatabaseStore
from tests.integration.accounts.test_audit_trail import _allow_changes
from tests.integration.accounts.test_login_limits import CountedPasswords
from tests.support.admin_browser import PASSWORD
from tests.support.clock import StillClock
from tests.support.database import KEYS, execute, rows, settings_for

pytestmark = pytest.mark.admin
EVENTS = 60
PLACES = 40
HISTORIES = 200
COLUMNS = ("number", "at", "actor", "agency", "action", "subject", "detail", "hash")
FOREIGN = KeyRing(b"\x07" * 32)
HOME = Origin(address="192.0.2.1")


@dataclass(kw_only=True)
class World:
    """One database with its keys and the folder beside them."""

    engine: AsyncEngine
    folder: Path
    clock: StillClock
    keys: KeyRing = KEYS
    ids: int = 0
    events: list[ChainedEvent] = field(default_factory=list)
    heads: list[bytes | None] = field(default_factory=list)
    """Of the trail with so many events."""

    def store(self, keys: KeyRing | None = None) -> DatabaseStore:
        """Start the service again: a store that remembers nothing."""
        anchor = AuditAnchor(self.folder / "master.key", "the database")
        return DatabaseStore(self.engine, keys or self.keys, self._new_id, audit_anchor=anchor)

    def _new_id(self) -> str:
        self.ids += 1
        return f"id-{self.ids}"

    def log_in(self, store: DatabaseStore) -> LogIn:
        """Return the product's login."""
        return LogIn(
            store=DatabaseAdminStore(store),
            passwords=CountedPasswords(),
            codes=PyotpCodes(),
            clock=self.clock,
            new_session_id=new_session_id,
        )

    def users(self, store: DatabaseStore) -> ManageUsers:
        """Return the product's management of users."""
        return ManageUsers(store=DatabaseAdminStore(store), passwords=CountedPasswords(), clock=self.clock)

    async def add(self, store: DatabaseStore, count: int = 1) -> None:
        """Write some events."""
        for _ in range(count):
            async with DatabaseAdminStore(store).unit() as unit:
                event = Event(action=Action.DRAFT_SAVED, actor="ani", subject=f"topik {self._new_id()}")
                await unit.audit.add(event, self.clock.now())

    async def begin(self) -> None:
        """Empty the database and begin a trail with a user who can log in."""
        await _allow_changes_once(self.engine)
        for table in ("session", "audit_event", "audit_head", "key_check", '"user"', "rate", "login_failure"):
            await execute(self.engine, f"DELETE FROM {table}")
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        await check_key(self.engine, self.keys, self.folder)
        async with DatabaseAdminStore(self.store()).unit() as unit:
            user = await unit.accounts.add("ani", "Ani", frozenset({Role.VIEWER}), None, PASSWORD)
            await unit.accounts.set_password(user, PASSWORD, must_change=False)
            await unit.audit.add(Event(action=Action.USER_ADDED, actor="sistem", subject="ani"), self.clock.now())

    async def go_on(self) -> None:
        """Do what people do: a wrong password, a right one, a change of a user, more deeds, and a new start."""
        store = self.store()
        log_in = self.log_in(store)
        await log_in.password("ani", "salah", HOME)
        self.clock.forward(hours=1)
        await log_in.sum_up(self.clock.now())
        assert isinstance(await log_in.password("ani", PASSWORD, HOME), str)
        await self.users(store).set_disabled(None, "ani", False)
        await self.add(store)


@pytest.fixture(
    params=[
        pytest.param("seeded_sqlite", id="sqlite"),
        pytest.param("seeded_postgres", id="postgres", marks=pytest.mark.full),
    ]
)
def address(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(request.param))


@pytest.fixture
async def world(address: str, tmp_path: Path, now: datetime) -> AsyncIterator[World]:
    engine = make_engine(address)
    made = World(engine=engine, folder=tmp_path / "keys", clock=StillClock(now))
    await made.begin()
    yield made
    await engine.dispose()


async def _allow_changes_once(engine: AsyncEngine) -> None:
    if engine.dialect.name == "sqlite":
        present = await rows(engine, "SELECT name FROM sqlite_master WHERE type = 'trigger'")
    else:
        present = await rows(engine, "SELECT tgname FROM pg_trigger WHERE tgname = 'audit_event_append_only'")
    if present:
        await _allow_changes(engine)


# The six kinds. `place` is from 1 to two below the number of events.

Tamper = Callable[[World, int], Awaitable[None]]


async def _put(world: World, events: Sequence[ChainedEvent], head: bytes | None) -> None:
    """Write trail and head as somebody who owns the tables can."""
    names = ", ".join(COLUMNS)
    values = ", ".join(f":{column}" for column in COLUMNS)
    async with world.engine.begin() as connection:
        await connection.execute(text("DELETE FROM audit_event"))
        await connection.execute(text("DELETE FROM audit_head"))
        if events:
            insert = text(f"INSERT INTO audit_event ({names}) VALUES ({values})")
            await connection.execute(insert, [vars(event) for event in events])
        if head is not None:
            await connection.execute(text("INSERT INTO audit_head (id, sealed) VALUES (1, :sealed)"), {"sealed": head})


def _chained_anew(events: Sequence[ChainedEvent], key: bytes | None) -> list[ChainedEvent]:
    """Compute every hash again: without a key, as anybody can, or with one of one's own."""
    previous, chained = BEGINNING, []
    for event in events:
        digest = chain_hash(previous, event, key or b"")
        chained.append(replace(event, hash=digest))
        previous = digest
    return chained


async def edit(world: World, place: int) -> None:
    events = list(world.events)
    changed = [
        replace(events[place - 1], actor="orang lain"),
        replace(events[place - 1], detail="lain", at="2026-11-24T05:31:00+00:00"),
        replace(events[place - 1], action="user_added", subject="budi"),
    ]
    events[place - 1] = changed[place % 3]
    if place % 2:
        events[place - 1 :] = _chained_anew(events, None)[place - 1 :]
    await _put(world, events, world.heads[-1])


async def delete(world: World, place: int) -> None:
    events = [event for event in world.events if event.number != place]
    if place % 2:
        # The rest moves up, so that no number is missing.
        events = [replace(event, number=at) for at, event in enumerate(events, start=1)]
    await _put(world, events, world.heads[-1])


async def reorder(world: World, place: int) -> None:
    events = list(world.events)
    one, other = events[place - 1], events[place]
    if place % 2:
        events[place - 1], events[place] = replace(other, number=one.number), replace(one, number=other.number)
    else:
        events[place - 1] = replace(other, number=one.number, hash=one.hash)
        events[place] = replace(one, number=other.number, hash=other.hash)
    await _put(world, events, world.heads[-1])


async def cut(world: World, place: int) -> None:
    """Take the end away: beside the present head, without any, or with everything before it."""
    events = [] if place % 3 == 2 else world.events[:place]
    await _put(world, events, world.heads[-1] if place % 3 == 0 else None)


async def set_back(world: World, place: int) -> None:
    """Put an older copy in the place of trail and head, both as they were."""
    await _put(world, world.events[:place], world.heads[place])


async def forge(world: World, place: int) -> None:
    """Write what was never done: into a place, behind the end, or as a whole trail under another key or none."""
    events = list(world.events)
    false = replace(events[place], actor="ani", action="guidance_published", subject="topik palsu")
    if place % 4 == 0:
        events[place - 1] = replace(false, number=place, hash=hashlib.sha256(events[place - 2].hash).digest())
        await _put(world, events, world.heads[-1])
    elif place % 4 == 1:
        more = replace(false, number=EVENTS + 1)
        more = replace(more, hash=chain_hash(events[-1].hash, more))
        await _put(world, [*events, more], world.heads[-1])
    elif place % 4 == 2:
        events[place - 1] = replace(false, number=place)
        chained = _chained_anew(events, bytes(32))
        fields = {"number": EVENTS, "hash": chained[-1].hash.hex(), "key": bytes(32).hex(), "keyed_from": 1}
        await _put(world, chained, _sealed(FOREIGN, fields | {"breaks": []}))
    else:
        # As an earlier release wrote it, for the upgrade to take it over.
        chained = _chained_anew([*events[: place - 1], replace(false, number=place)], None)
        await _put(world, chained, _sealed(FOREIGN, [place, chained[-1].hash.hex()]))


def _sealed(keys: KeyRing, head: object) -> bytes:
    return keys.seal(json.dumps(head).encode(), b"audit head")


KINDS: dict[str, Tamper] = {
    "edit": edit,
    "delete": delete,
    "reorder": reorder,
    "cut": cut,
    "set back": set_back,
    "forge": forge,
}


async def _write_history(world: World) -> None:
    """Write the trail that is tampered with, and remember every head that it ever had."""
    world.events.clear()
    world.heads[:] = [None]
    store = world.store()
    for number in range(1, EVENTS + 1):
        if number > 1:
            await world.add(store)
        world.heads.append(await _head(world))
    read = await rows(world.engine, f"SELECT {', '.join(COLUMNS)} FROM audit_event ORDER BY number")
    world.events.extend(ChainedEvent(**dict(zip(COLUMNS, row, strict=True))) for row in read)  # type: ignore[arg-type]
    assert len(world.events) == EVENTS


async def _head(world: World) -> bytes:
    [(sealed,)] = await rows(world.engine, "SELECT sealed FROM audit_head")
    assert isinstance(sealed, bytes)
    return sealed


async def _is_found(world: World, kind: str, place: int, kept: Path) -> bool:
    """Tamper, let the product go on, and look: for ever, at the command, at health, and after the next start."""
    shutil.rmtree(world.folder)
    shutil.copytree(kept, world.folder)
    await execute(world.engine, "DELETE FROM rate")
    await KINDS[kind](world, place)
    seen = []
    for _ in range(2):
        await world.go_on()
        store = world.store()
        seen.append((await verify(store))[1] is not None)
        await DailyCheck(store).run(world.clock.now())
        seen.append(await break_seen(store) is not None)
        world.clock.forward(days=1)
    return all(seen)


@pytest.mark.parametrize("places", [3, pytest.param(PLACES, marks=pytest.mark.full)])
@pytest.mark.parametrize("kind", KINDS)
async def test_tampering_is_found_in_every_place_whatever_is_written_after_it(
    world: World, kind: str, places: int, tmp_path: Path
) -> None:
    await _write_history(world)
    shutil.copytree(world.folder, tmp_path / "kept")
    chosen = random.Random(f"{kind} {places}").sample(range(1, EVENTS - 1), places)
    found = [place for place in chosen if await _is_found(world, kind, place, tmp_path / "kept")]
    assert sorted(found) == sorted(chosen)


@pytest.mark.parametrize("kind", ["cut", "set back", "forge"])
async def test_the_next_deed_notes_an_end_that_is_not_as_it_was_left(world: World, kind: str, tmp_path: Path) -> None:
    await _write_history(world)
    shutil.copytree(world.folder, tmp_path / "kept")
    for place in (9, 10, 11):
        shutil.rmtree(world.folder)
        shutil.copytree(tmp_path / "kept", world.folder)
        await KINDS[kind](world, place)
        await world.add(world.store(), 2)
        numbers = await rows(world.engine, "SELECT number FROM audit_event ORDER BY number DESC LIMIT 2")
        # Noted without any check, and behind every number that was ever used.
        assert await break_seen(world.store()) is not None
        assert min(number for (number,) in numbers if isinstance(number, int)) > EVENTS


@pytest.mark.parametrize("table", ["audit_event", "audit_head"])
async def test_a_trail_or_head_that_is_gone_is_a_break_for_ever(world: World, table: str) -> None:
    await world.add(world.store(), 3)
    await execute(world.engine, f"DELETE FROM {table}")
    for _ in range(2):
        assert (await verify(world.store()))[1] is not None
        assert await break_seen(world.store()) is not None
        await world.go_on()


async def test_the_file_beside_the_key_is_its_owners_alone(world: World) -> None:
    await world.add(world.store(), 4)
    noted = world.folder / FILE_NAME
    assert noted.stat().st_mode & 0o777 == 0o600
    assert [each["number"] for each in json.loads(noted.read_text()).values()] == [5]


async def test_the_daily_check_looks_once_a_day_and_notes_what_it_finds_once(world: World) -> None:
    await _write_history(world)
    await edit(world, 20)
    store, daily = world.store(), DailyCheck(world.store())
    assert await break_seen(store) is None
    assert [await daily.run(world.clock.now()) for _ in range(2)] == [1, 0]
    head = await _head(world)
    world.clock.forward(days=1)
    assert await daily.run(world.clock.now()) == 1
    assert await _head(world) == head
    found = await break_seen(store)
    assert found is not None
    assert found.number == 20


async def test_a_deed_that_was_rolled_back_leaves_no_anchor(world: World) -> None:
    store = world.store()

    async def fail() -> None:
        async with DatabaseAdminStore(store).unit() as unit:
            await unit.audit.add(Event(action=Action.DRAFT_SAVED, actor="ani"), world.clock.now())
            raise RuntimeError("the deed failed")

    with pytest.raises(RuntimeError):
        await fail()
    await world.add(store)
    assert await verify(world.store()) == (2, None)


async def test_a_process_that_lacks_the_newest_key_is_refused_and_notes_no_break(world: World) -> None:
    stale = world.store()
    world.keys = KeyRing(b"\x01" * 32, bytes(range(32)))
    await check_key(world.engine, world.keys, world.folder)
    newer = world.store()
    await world.add(newer)
    with pytest.raises(TemporaryError, match="keys were changed"):
        await world.add(stale)
    assert await verify(newer) == (2, None)


# Trails of earlier releases


async def _unkeyed_trail(world: World) -> None:
    """Make the trail as a release before keyed hashes left it; no anchor was kept then."""
    await _write_history(world)
    chained = _chained_anew(world.events, None)
    plain = json.dumps([EVENTS, chained[-1].hash.hex()]).encode()
    await _put(world, chained, KEYS.seal(plain, b"audit head"))
    shutil.rmtree(world.folder)
    world.folder.mkdir()


async def test_an_unkeyed_trail_goes_on_under_a_key(world: World) -> None:
    await _unkeyed_trail(world)
    assert await verify(world.store()) == (EVENTS, None)
    await world.go_on()
    assert (await verify(world.store()))[1] is None
    assert await break_seen(world.store()) is None


async def test_an_unkeyed_trail_that_does_not_fit_is_broken_for_ever(world: World) -> None:
    await _unkeyed_trail(world)
    await execute(world.engine, "UPDATE audit_event SET actor = 'x' WHERE number = 5")
    await DailyCheck(world.store()).run(world.clock.now())
    await world.go_on()
    broken = (await verify(world.store()))[1]
    assert broken is not None
    assert (broken.number, await break_seen(world.store())) == (5, broken)


@pytest.mark.parametrize("place", [1, 30, EVENTS])
async def test_the_unkeyed_part_cannot_be_changed_after_it_was_sealed(world: World, place: int) -> None:
    await _unkeyed_trail(world)
    await world.add(world.store())
    read = await rows(world.engine, f"SELECT {', '.join(COLUMNS)} FROM audit_event ORDER BY number")
    events = [ChainedEvent(**dict(zip(COLUMNS, row, strict=True))) for row in read]  # type: ignore[arg-type]
    events[place - 1] = replace(events[place - 1], actor="orang lain")
    await _put(world, [*_chained_anew(events[:EVENTS], None), events[EVENTS]], await _head(world))
    await world.go_on()
    assert (await verify(world.store()))[1] is not None


async def test_the_unkeyed_trail_of_before_the_upgrade_is_not_taken_over_a_second_time(world: World) -> None:
    await _unkeyed_trail(world)
    read = await rows(world.engine, f"SELECT {', '.join(COLUMNS)} FROM audit_event ORDER BY number")
    events = [ChainedEvent(**dict(zip(COLUMNS, row, strict=True))) for row in read]  # type: ignore[arg-type]
    head = await _head(world)
    await world.go_on()
    await _put(world, events, head)
    await world.go_on()
    assert (await verify(world.store()))[1] is not None


# Honest histories


@pytest.mark.parametrize("histories", [10, pytest.param(HISTORIES, marks=pytest.mark.full)])
async def test_honest_histories_raise_no_alarm(world: World, histories: int) -> None:
    alarms = []
    for number in range(histories):
        world.keys = KEYS
        await world.begin()
        await _live(world, random.Random(f"history {number}"))
        seen = (await verify(world.store()))[1] or await break_seen(world.store())
        alarms += [number] if seen else []
    assert alarms == []


async def _live(world: World, chance: random.Random) -> None:
    """Let some days pass: people work, the service starts again, keys change, checks run."""
    masters = [bytes(range(32))]
    stores = [world.store(), world.store()]

    async def work() -> None:
        await world.add(chance.choice(stores), chance.randint(1, 4))

    async def fail_and_log_in() -> None:
        log_in = world.log_in(chance.choice(stores))
        await log_in.password("ani", "salah", HOME)
        await log_in.password("ani", PASSWORD, HOME)

    async def together() -> None:
        await asyncio.gather(*(world.add(store, 2) for store in stores))

    async def start_again() -> None:
        stores[chance.randrange(2)] = world.store()

    async def check() -> None:
        store = chance.choice(stores)
        assert (await DailyCheck(store).run(world.clock.now()), await break_seen(store)) == (0, None)

    async def rotate() -> None:
        """One process starts again with the new key, the other still works with the old one for a while."""
        if len(masters) > 1:
            await retire()
        masters.insert(0, chance.randbytes(32))
        world.keys = KeyRing(*masters)
        await check_key(world.engine, world.keys, world.folder)
        stores[0] = world.store()
        done = await asyncio.gather(*(world.add(store, 2) for store in stores), return_exceptions=True)
        # Until it is started again too, the other is refused.
        assert [type(each) for each in done if each is not None] in ([], [TemporaryError])
        stores[1] = world.store()

    async def retire() -> None:
        async with stores[0].session() as session:
            await reseal(stores[0], session)
        del masters[1:]
        world.keys = KeyRing(*masters)
        stores[chance.randrange(2)] = world.store()

    deeds: Sequence[Callable[[], Awaitable[Any]]] = (
        *(work, work, fail_and_log_in, together, start_again, check, rotate, retire),
    )
    for _ in range(chance.randint(5, 15)):
        await chance.choice(deeds)()
        world.clock.forward(minutes=chance.choice((1, 61, 24 * 60)))


@pytest.mark.full
def test_appends_of_two_processes_at_once_keep_the_trail_whole(seeded_postgres: str, tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_append_in_process, args=(seeded_postgres, tmp_path)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(timeout=120)
    assert [process.exitcode for process in processes] == [0, 0]
    assert asyncio.run(_verified(seeded_postgres, tmp_path)) == (100, None)


def _append_in_process(address: str, folder: Path) -> None:
    async def append() -> None:
        async with open_services(settings_for(address, folder)) as parts:
            for number in range(50):
                async with parts.admin_store.unit() as unit:
                    event = Event(action=Action.DRAFT_SAVED, actor="ani", subject=f"topik {number}")
                    await unit.audit.add(event, parts.clock.now() + timedelta(days=number % 3))

    asyncio.run(append())


async def _verified(address: str, folder: Path) -> object:
    async with open_services(settings_for(address, folder)) as parts:
        assert await break_seen(parts.store) is None
        return await verify(parts.store)
