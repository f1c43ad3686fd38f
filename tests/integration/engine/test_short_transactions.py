"""Jobs beside the replies touch few rows a transaction, so that no answer waits long for them."""

import random
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.core.dialogue.conversation import Conversation
from bot.core.dialogue.decision import ConfidenceBand, DecisionKind
from bot.core.errors import PermanentError
from bot.core.figures.measures import UNDERSTOOD_AT_ONCE
from bot.core.figures.query_log import LogRow
from bot.core.vocabulary import Channel
from bot.storage.engine.chunks import CHUNK_ROWS, FIRST_ROWS
from bot.storage.engine.engine import make_engine
from bot.storage.engine.key_ring import KeyRing
from bot.storage.figures.query_log import sealed_row
from bot.storage.figures.tables import PendingLogRow
from bot.storage.retention import PAGE_ROWS, leave_old_keys
from bot.storage.unit_of_work import DatabaseStore
from tests.support.database import KEYS, rows

pytestmark = pytest.mark.faults

OLDER_KEYS, NEWER_KEYS = KeyRing(bytes(range(1, 33))), KeyRing(bytes(range(2, 34)), bytes(range(1, 33)))
SPOOLED = 8_500
TOPICS = 20


@dataclass(kw_only=True)
class Watched:
    """A store, and the statements of each of its transactions."""

    store: DatabaseStore
    engine: AsyncEngine
    statements: list[int] = field(default_factory=list)
    """How many statements each transaction ran."""
    inserted: list[int] = field(default_factory=list)
    """How many rows of the log each transaction wrote."""


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
async def watched(database: str) -> AsyncIterator[Watched]:
    """Count what each transaction does."""
    engine = make_engine(database)
    ids = random.Random(7)
    made = Watched(store=DatabaseStore(engine, KEYS, lambda: f"{ids.getrandbits(128):032x}"), engine=engine)

    def begin(_connection: object) -> None:
        made.statements.append(0)
        made.inserted.append(0)

    def count(_c: object, _u: object, statement: str, parameters: object, _x: object, executemany: bool) -> None:
        if made.statements:
            made.statements[-1] += 1
        if made.inserted and statement.startswith("INSERT INTO query_log"):
            made.inserted[-1] += len(parameters) if executemany else 1  # type: ignore[arg-type]

    event.listen(engine.sync_engine, "begin", begin)
    event.listen(engine.sync_engine, "before_cursor_execute", count)
    yield made
    await engine.dispose()


def _row(number: int, now: datetime) -> LogRow:
    return LogRow(
        hour=now.replace(minute=0, second=0, microsecond=0),
        day=now.date(),
        channel=Channel.TELEGRAM,
        topic=f"topik_{number % TOPICS}",
        decision=DecisionKind.ANSWER,
        band=ConfidenceBand.ANSWER,
        stage=None,
        model="model",
        guidance_version=1,
        feedback=None,
        measures=frozenset({UNDERSTOOD_AT_ONCE}),
    )


async def _spool(watched: Watched, count: int, now: datetime) -> None:
    sealed = [sealed_row(watched.store, _row(number, now)) for number in range(count)]
    for start in range(0, count, 500):
        async with watched.store.session() as session:
            session.add_all(PendingLogRow(**each) for each in sealed[start : start + 500])
    watched.statements.clear()
    watched.inserted.clear()


@pytest.mark.full
async def test_a_busy_hour_is_written_in_one_go_and_in_short_transactions(watched: Watched, now: datetime) -> None:
    await _spool(watched, SPOOLED, now)
    assert await watched.store.flush_query_log(now + timedelta(hours=1)) == SPOOLED
    assert await rows(watched.engine, "SELECT count(*) FROM log_spool") == [(0,)]
    assert await rows(watched.engine, "SELECT count(*), sum(asked) FROM query_day") == [(TOPICS, SPOOLED)]
    assert max(watched.inserted) <= CHUNK_ROWS
    # The roll-ups once a group, not once a row.
    assert max(watched.statements) <= TOPICS + 10


async def test_an_hour_is_counted_alike_in_one_transaction_and_in_several(watched: Watched, now: datetime) -> None:
    await _spool(watched, CHUNK_ROWS + 50, now)
    assert await watched.store.flush_query_log(now + timedelta(hours=1)) == CHUNK_ROWS + 50
    counts = [count for count in watched.inserted if count]
    # How many come after the first depends on how long that took.
    assert counts[0] == FIRST_ROWS
    assert max(counts) <= CHUNK_ROWS
    assert sum(counts) == CHUNK_ROWS + 50
    for table in ("query_day", "query_measure_day"):
        assert await rows(watched.engine, f"SELECT sum(asked) FROM {table}") == [(CHUNK_ROWS + 50,)]


async def test_equal_texts_of_a_day_are_kept_once_and_each_is_counted(watched: Watched, now: datetime) -> None:
    for hour in range(2):
        for words in ("harga beras naik", "harga beras naik", "cuaca besok"):
            async with watched.store.unit() as unit:
                await unit.add_log_row(replace(_row(1, now + timedelta(hours=hour)), unanswered=words))
        await watched.store.flush_query_log(now + timedelta(hours=hour + 1))
    async with watched.store.unit() as unit:
        later = now + timedelta(days=1)
        await unit.add_log_row(replace(_row(1, later), day=later.date(), unanswered="cuaca besok"))
    await watched.store.flush_query_log(now + timedelta(days=2))
    kept = await rows(watched.engine, "SELECT words, count(*) FROM unanswered GROUP BY words ORDER BY words")
    assert kept == [("cuaca besok", 2), ("harga beras naik", 1)]
    assert await rows(watched.engine, "SELECT sum(asked) FROM query_day") == [(7,)]


async def test_expired_conversations_go_in_short_transactions(watched: Watched, now: datetime) -> None:
    for number in range(CHUNK_ROWS + 50):
        async with watched.store.unit() as unit:
            await unit.save_conversation(Channel.WEB, f"orang {number}", Conversation(topic="tim_sukses"), now)
    watched.statements.clear()
    assert await watched.store.purge(now + timedelta(days=2)) == CHUNK_ROWS + 50
    # Several for the conversations, one each for paces and windows, and few statements in each.
    assert len(watched.statements) >= 4
    assert max(watched.statements) <= 2


async def test_what_is_deleted_is_looked_for_where_no_writer_waits(watched: Watched, now: datetime) -> None:
    begun: list[str] = []
    event.listen(
        watched.engine.sync_engine, "before_cursor_execute", lambda _c, _u, statement, *_rest: begun.append(statement)
    )
    await watched.store.purge(now)
    assert [statement for statement in begun if statement.startswith("DELETE")] == []


async def test_new_keys_come_to_many_people_in_short_transactions(watched: Watched, now: datetime) -> None:
    older = DatabaseStore(watched.engine, OLDER_KEYS, watched.store.new_id)
    for number in range(CHUNK_ROWS + 50):
        async with older.unit() as unit:
            await unit.add_opt_in(Channel.TELEGRAM, f"orang {number}", now, "1")
    newer = DatabaseStore(watched.engine, NEWER_KEYS, watched.store.new_id)
    watched.statements.clear()
    assert await leave_old_keys(newer, now) == CHUNK_ROWS + 50
    assert max(watched.statements) <= 6
    current = {(newer.key_of(Channel.TELEGRAM, f"orang {number}"),) for number in range(CHUNK_ROWS + 50)}
    assert set(await rows(watched.engine, "SELECT key FROM opt_in")) == current
    assert await leave_old_keys(newer, now) == 0


async def test_what_an_old_key_sealed_is_seen_on_every_page(watched: Watched, now: datetime) -> None:
    newer = DatabaseStore(watched.engine, NEWER_KEYS, watched.store.new_id)
    for number in range(PAGE_ROWS + 5):
        async with newer.unit() as unit:
            await unit.add_log_row(_row(number, now))
    await leave_old_keys(newer, now)
    last = DatabaseStore(watched.engine, OLDER_KEYS, lambda: "z" * 32)
    async with last.unit() as unit:
        await unit.add_log_row(_row(1, now))
    with pytest.raises(PermanentError, match="log_spool"):
        await leave_old_keys(newer, now)
