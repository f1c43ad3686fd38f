"""Messages of somebody unknown that come at the same moment: no row exists yet that could be locked."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime

import pytest

from bot.core.vocabulary import Channel
from bot.storage.engine.engine import make_engine
from bot.storage.unit_of_work import DatabaseStore
from tests.support.database import database_store

PERSON = "orang"


@pytest.fixture(
    params=[
        pytest.param("seeded_sqlite", id="sqlite"),
        pytest.param("seeded_postgres", id="postgres", marks=pytest.mark.full),
    ]
)
def database(request: pytest.FixtureRequest) -> str:
    """Return the address of each kind of database."""
    return str(request.getfixturevalue(request.param))


@pytest.fixture
async def shared(database: str) -> AsyncIterator[DatabaseStore]:
    """Return a store on each kind of database."""
    engine = make_engine(database)
    yield database_store(engine)
    await engine.dispose()


async def test_of_ten_first_messages_at_once_no_more_than_the_burst_pass(shared: DatabaseStore, now: datetime) -> None:
    waits = await asyncio.gather(*(_take_slot(shared, now) for _ in range(10)))
    assert sorted(waits) == [0.0] * 3 + [15.0] * 7


async def test_of_four_first_turns_at_once_none_is_forgotten(shared: DatabaseStore, now: datetime) -> None:
    turns = ["satu", "dua", "tiga", "empat"]
    await asyncio.gather(*(_turn(shared, turn, now) for turn in turns))
    async with shared.unit() as unit:
        known = await unit.load_conversation(Channel.WEB, PERSON, now)
    assert sorted(known.alternatives) == sorted(turns)


async def test_a_writer_that_gives_up_while_it_waits_leaves_no_lock(seeded_sqlite: str, now: datetime) -> None:
    file = seeded_sqlite.removeprefix("sqlite:///")
    engine = make_engine(seeded_sqlite)
    store = database_store(engine)
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    waiting = asyncio.create_task(_turn(store, "satu", now))
    await asyncio.sleep(0.3)
    waiting.cancel()
    await asyncio.sleep(0.1)
    other.execute("COMMIT")
    await asyncio.gather(waiting, return_exceptions=True)
    assert waiting.cancelled()
    # SQLite looks again within a tenth of a second: by now the writer's own wait is over, too.
    await asyncio.sleep(0.5)
    other.execute("PRAGMA busy_timeout = 0")
    other.execute("BEGIN IMMEDIATE")
    other.close()
    await engine.dispose()


async def _take_slot(store: DatabaseStore, now: datetime) -> float:
    async with store.unit() as unit:
        return await unit.acquire_token("sumber", now, 15.0, 3)


async def _turn(store: DatabaseStore, turn: str, now: datetime) -> None:
    """Add one word to what is remembered; others come while we think."""
    async with store.unit() as unit:
        known = await unit.load_conversation(Channel.WEB, PERSON, now)
        await asyncio.sleep(0.05)
        added = replace(known, alternatives=(*known.alternatives, turn))
        await unit.save_conversation(Channel.WEB, PERSON, added, now)
