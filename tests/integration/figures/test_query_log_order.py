"""Rows of the log cannot be laid beside what a message leaves elsewhere: by order, place, transaction or time."""

import asyncio
import random
import re
import tempfile
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.application.dialogue.handle_message import IncomingTurn, handle_turn
from bot.application.messaging.ports import ReceivedUpdate, StoredUpdate, WorkKind
from bot.core.figures.query_log import masked_text
from bot.core.privacy.person_names import NameLexicon
from bot.core.vocabulary import Channel
from bot.storage.engine.engine import make_engine
from bot.storage.guidance.seed import SEED_FOLDER, read_seed
from bot.storage.privacy.word_lists import read_lexicon
from bot.storage.unit_of_work import DatabaseQueues, DatabaseStore
from tests.conftest import NOW
from tests.fakes.interpreter import parsed
from tests.support.database import KEYS, _seeded_file, rows

pytestmark = pytest.mark.privacy

SEED = 5
TURNS = 160
PEOPLE = 12
LIKELY = 3.3
"""Standard deviations; chance alone goes beyond in one of a thousand runs. The ids are random, so is the result."""
WORDS = "bolehkah zwartbolk ikut arisan kelurahan nomor"
"""Answered by nobody, so that its masked text is kept."""


Topics = tuple[str | None, ...]


@dataclass(frozen=True, kw_only=True)
class Talk:
    """A store in which many people have talked."""

    store: DatabaseStore
    engine: AsyncEngine
    topics: Topics
    """What each turn was about, in the order of arrival; None for a question that got no answer."""

    @property
    def is_postgres(self) -> bool:
        """Say which database it is."""
        return self.engine.dialect.name == "postgresql"

    async def flush_query_log(self) -> None:
        """Write the log as it is written an hour later."""
        await self.store.flush_query_log(NOW + timedelta(hours=1))

    async def bytes_of(self, table: str) -> bytes:
        """Return every value of a table, one after the other."""
        return repr(await rows(self.engine, f"SELECT * FROM {table}")).encode()


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
def talked(database: str) -> Topics:
    """Let people talk within one hour, each update through inbox and turn as the workers do; nothing is finished.

    SQLite's file is made once and copied.
    """
    if not database.startswith("sqlite"):
        return asyncio.run(_talk(database))
    content, topics = _talked_file()
    Path(database.removeprefix("sqlite:///")).write_bytes(content)
    return topics


@cache
def _talked_file() -> tuple[bytes, Topics]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "sinetral.db"
        file.write_bytes(_seeded_file())
        topics = asyncio.run(_talk(f"sqlite:///{file}"))
        return file.read_bytes(), topics


@pytest.fixture
async def talk(database: str, talked: Topics) -> AsyncIterator[Talk]:
    """Open the store after the talk, within its hour."""
    engine = make_engine(database)
    yield Talk(store=_store(engine, SEED + 3), engine=engine, topics=talked)
    await engine.dispose()


def _store(engine: AsyncEngine, seed: int) -> DatabaseStore:
    """Return ids that are random, but the same in every run: what chance gives must not fail one run in a hundred."""
    ids = random.Random(seed)
    return DatabaseStore(engine, KEYS, lambda: f"{ids.getrandbits(128):032x}")


async def _talk(address: str) -> Topics:
    chance = random.Random(SEED)
    engine = make_engine(address)
    store = _store(engine, SEED + 1)
    async with store.unit() as unit:
        known = sorted((await unit.guidance()).topics)
    # Every topic once at most, so that each row of the log can be told from the others: the best case for who aligns.
    topics = [*known, *[None] * (TURNS - len(known))]
    chance.shuffle(topics)
    for number, topic in enumerate(topics):
        await _turn(store, number, f"orang-{chance.randrange(PEOPLE)}", topic)
    await engine.dispose()
    return tuple(topics)


async def _turn(store: DatabaseStore, number: int, person: str, topic: str | None) -> None:
    queues = DatabaseQueues(store)
    text = f"{WORDS} {number}"
    await queues.accept(
        [
            ReceivedUpdate(
                channel=Channel.TELEGRAM, update_id=str(number), person=person, position=number, payload=text.encode()
            )
        ]
    )
    claim = await queues.claim(WorkKind.INBOX, "pekerja")
    assert claim is not None
    heard = parsed((topic, 0.95)) if topic else parsed(("di_luar_cakupan", 0.95), out_of_scope=0.95)
    lexicon = _lexicon()
    async with queues.unit_under(claim) as unit:
        kept = masked_text(heard, text, lexicon)
        turn = IncomingTurn(channel=Channel.TELEGRAM, person=person, heard=heard, said=text, text=kept)
        # A minute has few turns and an hour many: what is later stays within the hour.
        await handle_turn(unit, turn, NOW + timedelta(seconds=number), lexicon)
        await unit.add_message(Channel.TELEGRAM, person, f"jawaban {number}".encode())
        await unit.complete_update(StoredUpdate(channel=Channel.TELEGRAM, update_id=str(number), payload=b""))
    await queues.release_claim(claim, 0.0)


_LEXICON = read_lexicon(read_seed(SEED_FOLDER).instruments)


def _lexicon() -> NameLexicon:
    return _LEXICON


# Before the hour has ended


async def test_before_its_hour_ends_the_log_is_empty(talk: Talk) -> None:
    assert await talk.store.flush_query_log(NOW + timedelta(minutes=20)) == 0
    for table in ("query_log", "unanswered", "feedback", "query_day"):
        assert await rows(talk.engine, f"SELECT count(*) FROM {table}") == [(0,)]
    assert await rows(talk.engine, "SELECT count(*) FROM log_spool") == [(TURNS,)]


async def test_the_spool_holds_nothing_that_can_be_read(talk: Talk) -> None:
    spooled = (await talk.bytes_of("log_spool")).lower()
    readable = [b"zwartbolk", b"arisan", b"telegram", b"fallback", *(each.encode() for each in talk.topics if each)]
    assert [word for word in readable if word in spooled] == []


async def test_rows_of_the_spool_are_no_longer_than_chance_for_what_they_hold(talk: Talk) -> None:
    lengths = {length for (length,) in await rows(talk.engine, "SELECT DISTINCT length(payload) FROM log_spool")}
    assert len(lengths) <= 1, f"the length of a sealed row tells its topic: {len(lengths)} lengths of {TURNS} rows"


async def test_the_spool_is_empty_after_the_hour_and_every_turn_is_counted_once(talk: Talk) -> None:
    await talk.flush_query_log()
    assert await rows(talk.engine, "SELECT count(*) FROM log_spool") == [(0,)]
    assert await rows(talk.engine, "SELECT count(*) FROM query_log") == [(TURNS,)]
    await talk.flush_query_log()
    assert await rows(talk.engine, "SELECT count(*) FROM query_log") == [(TURNS,)]


# Who tries to align


async def test_the_order_of_the_log_as_it_lies_tells_nothing_of_the_order_of_arrival(talk: Talk) -> None:
    await talk.flush_query_log()
    for order in ["", "ORDER BY id", *(["ORDER BY ctid"] if talk.is_postgres else [])]:
        found = [topic for (topic,) in await rows(talk.engine, f"SELECT topic_id FROM query_log {order}")]
        arrived = {topic: place for place, topic in enumerate(talk.topics) if topic}
        _assert_by_chance([arrived[str(topic)] for topic in found if topic])


async def test_the_order_of_kept_texts_tells_nothing_of_the_order_of_arrival(talk: Talk) -> None:
    await talk.flush_query_log()
    for order in ["", "ORDER BY id", *(["ORDER BY ctid"] if talk.is_postgres else [])]:
        found = await rows(talk.engine, f"SELECT words FROM unanswered {order}")
        numbers = [int(str(words).rsplit(" ", 1)[1]) for (words,) in found]
        assert len(numbers) > 80
        _assert_by_chance(numbers)


async def test_no_row_of_the_log_can_be_found_by_a_number_that_counts(talk: Talk) -> None:
    await talk.flush_query_log()
    for table in ("query_log", "unanswered"):
        ids = [str(each) for (each,) in await rows(talk.engine, f"SELECT id FROM {table}")]
        assert len({each[:8] for each in ids}) >= len(ids) - 1


async def test_log_rows_share_no_transaction_with_rows_that_know_a_person(talk: Talk) -> None:
    if not talk.is_postgres:
        pytest.skip("SQLite keeps no transaction of a row")
    before = await rows(talk.engine, "SELECT DISTINCT xmin::text FROM conversation UNION SELECT xmin::text FROM inbox")
    assert len(before) > PEOPLE
    await talk.flush_query_log()
    persons = set(await rows(talk.engine, "SELECT xmin::text FROM conversation UNION SELECT xmin::text FROM inbox"))
    persons |= set(await rows(talk.engine, "SELECT xmin::text FROM outbox UNION SELECT xmin::text FROM work"))
    logged = set(await rows(talk.engine, "SELECT xmin::text FROM query_log UNION SELECT xmin::text FROM unanswered"))
    logged |= set(await rows(talk.engine, "SELECT xmin::text FROM query_day"))
    assert logged
    assert persons & logged == set()


async def test_a_row_of_the_log_has_no_place_in_sqlite(talk: Talk) -> None:
    if talk.is_postgres:
        pytest.skip("PostgreSQL has no rowid")
    [*made] = await rows(talk.engine, "SELECT name, sql FROM sqlite_master WHERE type = 'table'")
    unordered = {str(name) for name, sql in made if "WITHOUT ROWID" in str(sql).upper()}
    assert {"query_log", "unanswered", "feedback", "log_spool", "privacy_event"} <= unordered


async def test_all_rows_of_an_hour_have_the_same_time(talk: Talk) -> None:
    await talk.flush_query_log()
    assert len(await rows(talk.engine, "SELECT DISTINCT hour FROM query_log")) == 1
    columns = "day, words" if talk.is_postgres else "*"
    assert len(await rows(talk.engine, "SELECT DISTINCT day FROM unanswered")) == 1
    assert [row for row in await rows(talk.engine, f"SELECT {columns} FROM unanswered") if len(row) > 3] == []


async def test_files_hold_no_order_of_arrival_either(talk: Talk, database: str) -> None:
    if talk.is_postgres:
        pytest.skip("PostgreSQL's files are its own")
    await talk.flush_query_log()
    await talk.engine.dispose()
    content = Path(database.removeprefix("sqlite:///")).read_bytes()  # noqa: ASYNC240 (nothing else runs)
    found = list(dict.fromkeys(int(number) for number in re.findall(rb"arisan kelurahan nomor (\d+)", content)))
    assert len(found) > 80
    _assert_by_chance(found)


def _assert_by_chance(places: Sequence[int]) -> None:
    """Hold Spearman's rank correlation of a sequence with its own order within what chance gives."""
    assert len(places) > 30
    correlation = _rank_correlation(places)
    assert abs(correlation) < LIKELY / (len(places) - 1) ** 0.5, correlation


def _rank_correlation(places: Sequence[int]) -> float:
    ranks = {place: rank for rank, place in enumerate(sorted(places))}
    count = len(places)
    distance = sum((ranks[place] - rank) ** 2 for rank, place in enumerate(places))
    return 1 - 6 * distance / (count * (count**2 - 1))


def test_the_measure_sees_an_order() -> None:
    assert _rank_correlation(range(100)) == 1.0
    assert _rank_correlation(range(100, 0, -1)) == -1.0
