"""The roll-ups say what a scan of the log says, on both databases, also for rows older than they are."""

import random
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from alembic import command
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.application.figures.ports import CountFilter
from bot.core.dialogue.decision import ConfidenceBand, DecisionKind, Feedback
from bot.core.figures.measures import UNDERSTOOD_AT_ONCE
from bot.core.figures.query_log import LogRow
from bot.core.figures.trends import DateRange
from bot.core.vocabulary import Channel, Stage
from bot.storage.engine.engine import make_engine
from bot.storage.engine.migrate import alembic_config, upgrade
from bot.storage.figures.question_counts import DatabaseQuestionCounts
from bot.storage.unit_of_work import DatabaseStore
from tests.conftest import NOW
from tests.support.database import JAKARTA, KEYS, execute, rows

pytestmark = pytest.mark.admin

SEED = 11
ROWS = 300
DAYS = 9
TOPICS = ["hak_pilih", "tim_sukses", "cara_lapor"]
EVERYTHING = DateRange(first=date(2026, 1, 1), last=date(2027, 1, 1))
BEFORE = "0005"


@pytest.fixture(
    params=[
        pytest.param("empty_sqlite", id="sqlite"),
        pytest.param("empty_postgres", id="postgres", marks=pytest.mark.full),
    ]
)
async def engine(request: pytest.FixtureRequest) -> AsyncIterator[AsyncEngine]:
    """Return the engine of an empty database of each kind."""
    engine = make_engine(str(request.getfixturevalue(request.param)))
    yield engine
    await engine.dispose()


def random_rows(chance: random.Random) -> list[LogRow]:
    """Return rows of every kind over some days."""
    return [_row(chance, NOW - timedelta(hours=chance.randrange(1, 24 * DAYS))) for _ in range(ROWS)]


def _row(chance: random.Random, at: datetime) -> LogRow:
    decision = chance.choice(list(DecisionKind))
    topic = chance.choice(TOPICS) if decision is DecisionKind.ANSWER else None
    is_vote = decision is DecisionKind.SMALLTALK and chance.random() < 0.7
    band = chance.choice(list(ConfidenceBand))
    return LogRow(
        hour=at.replace(minute=0, second=0, microsecond=0),
        day=at.astimezone(JAKARTA).date(),
        channel=chance.choice(list(Channel)),
        topic=topic,
        decision=decision,
        band=band,
        measures=frozenset({UNDERSTOOD_AT_ONCE} if band is ConfidenceBand.ANSWER else ()),
        stage=chance.choice([None, Stage.CAMPAIGN, Stage.QUIET_PERIOD]),
        model=None,
        guidance_version=1 if topic else None,
        feedback=Feedback(topic=chance.choice(TOPICS), version=1, helpful=chance.random() < 0.6) if is_vote else None,
    )


async def written(engine: AsyncEngine) -> tuple[DatabaseQuestionCounts, list[LogRow]]:
    """Log rows as the bot does, in several hours' turns."""
    chance = random.Random(SEED)
    store = DatabaseStore(engine, KEYS, lambda: f"{chance.getrandbits(128):032x}")
    logged = random_rows(chance)
    for part in (logged[:100], logged[100:]):
        async with store.unit() as unit:
            for row in part:
                await unit.add_log_row(row)
        await store.flush_query_log(NOW + timedelta(hours=1))
    return DatabaseQuestionCounts(store), logged


async def scanned(engine: AsyncEngine, wanted: str = "") -> Counter[tuple[object, ...]]:
    """Count the log itself by topic and decision, and how many were understood at once."""
    found = await rows(engine, f"SELECT COALESCE(topic_id, ''), decision, band FROM query_log {wanted}")
    counts: Counter[tuple[object, ...]] = Counter()
    for topic, decision, band in found:
        counts[topic, decision, "asked"] += 1
        counts[topic, decision, "at once"] += band == "answer"
    return counts


async def counted(counts: DatabaseQuestionCounts, sieve: CountFilter) -> Counter[tuple[object, ...]]:
    """Return the same from the roll-up."""
    found: Counter[tuple[object, ...]] = Counter()
    for each in await counts.by_topic(sieve):
        found[each.topic, each.decision.value, "asked"] = each.asked
        found[each.topic, each.decision.value, "at once"] = each.measures.get("at_once", 0)
    return found


async def test_counts_by_topic_equal_a_scan_of_the_log(engine: AsyncEngine) -> None:
    await upgrade(engine)
    counts, _ = await written(engine)
    assert await counted(counts, CountFilter(span=EVERYTHING)) == await scanned(engine)
    telegram = CountFilter(span=EVERYTHING, channel=Channel.TELEGRAM)
    assert await counted(counts, telegram) == await scanned(engine, "WHERE channel = 'telegram'")
    campaign = CountFilter(span=EVERYTHING, stage=Stage.CAMPAIGN)
    assert await counted(counts, campaign) == await scanned(engine, "WHERE stage = 'kampanye'")
    topic = CountFilter(span=EVERYTHING, topic="hak_pilih", channel=Channel.WEB)
    assert await counted(counts, topic) == await scanned(engine, "WHERE topic_id = 'hak_pilih' AND channel = 'web'")


async def test_counts_by_day_are_those_of_the_agencys_own_days(engine: AsyncEngine) -> None:
    await upgrade(engine)
    counts, logged = await written(engine)
    days = sorted({row.day for row in logged})
    span = DateRange(first=days[1], last=days[-2])
    found = {(each.day, each.decision): each.asked for each in await counts.by_day(CountFilter(span=span))}
    assert found == Counter((row.day, row.decision) for row in logged if span.first <= row.day <= span.last)
    by_both = {(each.day, each.topic): each.asked for each in await counts.by_topic_and_day(CountFilter(span=span))}
    inside = [row for row in logged if span.first <= row.day <= span.last and row.topic]
    assert by_both == Counter((row.day, row.topic) for row in inside)


async def test_votes_equal_a_scan_of_the_feedback(engine: AsyncEngine) -> None:
    await upgrade(engine)
    counts, _ = await written(engine)
    found = {each.topic: (each.helpful, each.unhelpful) for each in await counts.votes(EVERYTHING)}
    scan = Counter(await rows(engine, "SELECT topic_id, helpful FROM feedback"))
    assert found == {topic: (scan[topic, True], scan[topic, False]) for topic in TOPICS}


async def test_an_empty_log_has_no_counts(engine: AsyncEngine) -> None:
    await upgrade(engine)
    counts = DatabaseQuestionCounts(DatabaseStore(engine, KEYS, lambda: "x"))
    assert await counts.by_topic(CountFilter(span=EVERYTHING)) == []
    assert await counts.votes(EVERYTHING) == []


async def test_the_migration_counts_what_was_logged_before_it(engine: AsyncEngine) -> None:
    await upgrade(engine)
    counts, _ = await written(engine)
    votes, asked = await _by_topic(counts), await counted(counts, CountFilter(span=EVERYTHING))
    days = await rows(engine, "SELECT * FROM feedback_day ORDER BY day, topic_id, helpful")
    async with engine.begin() as connection:
        await connection.run_sync(_back_to_before)
    await upgrade(engine)
    assert await _by_topic(counts) == votes
    assert await counted(counts, CountFilter(span=EVERYTHING)) == asked
    assert await rows(engine, "SELECT * FROM feedback_day ORDER BY day, topic_id, helpful") == days


async def test_a_roll_up_written_by_the_code_before_stays_right(engine: AsyncEngine) -> None:
    await upgrade(engine)
    await execute(
        engine,
        "INSERT INTO query_day (day, channel, topic_id, decision, stage, asked) "
        "VALUES ('2026-11-20', 'web', 'hak_pilih', 'answer', '', 3)",
    )
    counts = DatabaseQuestionCounts(DatabaseStore(engine, KEYS, lambda: "x"))
    [only] = await counts.by_topic(CountFilter(span=EVERYTHING))
    assert (only.topic, only.asked, only.measures) == ("hak_pilih", 3, {})


async def _by_topic(counts: DatabaseQuestionCounts) -> dict[str, tuple[int, int]]:
    return {each.topic: (each.helpful, each.unhelpful) for each in await counts.votes(EVERYTHING)}


def _back_to_before(connection: Connection) -> None:
    command.downgrade(alembic_config(connection), BEFORE)


# A changed mind


def vote(at: datetime, *, helpful: bool, replaces: date | None = None, comment: str | None = None) -> LogRow:
    """Return the row of a vote on one version of one answer."""
    feedback = Feedback(topic=TOPICS[0], version=1, helpful=helpful, replaces=replaces, comment=comment)
    return replace(_row(random.Random(1), at), decision=DecisionKind.SMALLTALK, feedback=feedback)


async def _written(
    engine: AsyncEngine, *votes: LogRow
) -> tuple[Counter[bool], list[tuple[object, ...]], tuple[int, int]]:
    """Write the log; returns what stands in it, the roll-up by day, and the figures."""
    store = DatabaseStore(engine, KEYS, lambda: f"{random.random()}")
    async with store.unit() as unit:
        for each in votes:
            await unit.add_log_row(each)
    await store.flush_query_log(NOW + timedelta(days=1))
    kept = Counter(bool(helpful) for (helpful,) in await rows(engine, "SELECT helpful FROM feedback"))
    days = await rows(engine, "SELECT helpful, votes FROM feedback_day WHERE votes <> 0 ORDER BY day, helpful")
    [counted] = await DatabaseQuestionCounts(store).votes(EVERYTHING)
    return kept, [(bool(helpful), votes) for helpful, votes in days], (counted.helpful, counted.unhelpful)


async def test_a_changed_mind_is_counted_in_place_of_the_first(engine: AsyncEngine) -> None:
    await upgrade(engine)
    yesterday, today = NOW - timedelta(days=1), NOW
    first = vote(yesterday, helpful=True)
    changed = vote(today, helpful=False, replaces=first.day)
    back = vote(today, helpful=True, replaces=changed.day)
    assert await _written(engine, first) == (Counter({True: 1}), [(True, 1)], (1, 0))
    assert await _written(engine, changed) == (Counter({False: 1}), [(False, 1)], (0, 1))
    assert await _written(engine, back) == (Counter({True: 1}), [(True, 1)], (1, 0))


async def test_the_order_in_which_a_vote_and_its_change_are_written_does_not_matter(engine: AsyncEngine) -> None:
    await upgrade(engine)
    for _ in range(6):
        first = vote(NOW, helpful=True)
        changed = vote(NOW, helpful=False, replaces=first.day)
        await _written(engine, changed, first)
    kept, _, counted = await _written(engine)
    assert (kept, counted) == (Counter({False: 6}), (0, 6))


async def test_the_votes_of_others_stay_and_a_comment_goes_last(engine: AsyncEngine) -> None:
    await upgrade(engine)
    others = [vote(NOW, helpful=True, comment="jelas dan singkat sekali"), vote(NOW, helpful=True)]
    changed = vote(NOW, helpful=False, replaces=others[0].day)
    kept, _, counted = await _written(engine, *others, vote(NOW, helpful=True), changed)
    assert (kept, counted) == (Counter({True: 2, False: 1}), (2, 1))
    assert await rows(engine, "SELECT count(*) FROM feedback WHERE comment IS NOT NULL") == [(1,)]
