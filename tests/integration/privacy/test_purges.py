"""What has outlived its purpose is deleted, again and again."""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.core.dialogue.conversation import Conversation
from bot.core.vocabulary import Channel
from bot.storage.unit_of_work import DatabaseStore
from bot.workers.periodic import FIRST_RETRY_SECONDS, PURGE_SECONDS, PeriodicTask, purge_for_ever
from tests.fakes.clock import FakeClock
from tests.support.database import rows

TALKED = Conversation(topic="tim_sukses")
DAY = timedelta(hours=24)
SECOND = timedelta(seconds=1)


class SkippingLoop(asyncio.SelectorEventLoop):
    """A loop whose time can be moved, so that nobody waits for a quarter of an hour."""

    skipped = 0.0

    def time(self) -> float:
        """Return the real time and what was skipped."""
        return super().time() + self.skipped


@dataclass(kw_only=True)
class CountingStore:
    """Notes when it was purged; fails as often as it is told to."""

    failures: int = 0
    moments: list[datetime] = field(default_factory=list)

    async def purge(self, now: datetime) -> int:
        """Note the moment."""
        self.moments.append(now)
        if len(self.moments) <= self.failures:
            raise RuntimeError("orang-1 bertanya soal tim_sukses")
        return 0


@pytest.fixture
def clock(now: datetime) -> FakeClock:
    """Return a clock that stands still."""
    return FakeClock(at=now)


# The rows


async def test_expired_conversations_go_and_others_stay(
    store: DatabaseStore, engine: AsyncEngine, now: datetime
) -> None:
    await _save(store, "lama", now - DAY)
    await _save(store, "baru", now - DAY + SECOND)
    assert await store.purge(now) == 1
    assert await rows(engine, "SELECT key FROM conversation") == [(store.key_of(Channel.WEB, "baru"),)]


async def test_rates_that_hold_nobody_up_any_more_go_and_others_stay(
    store: DatabaseStore, engine: AsyncEngine, now: datetime
) -> None:
    await _count(store, "lama", now - timedelta(minutes=2))
    await _count(store, "baru", now)
    await store.purge(now)
    assert await rows(engine, "SELECT key FROM rate") == [(store.rate_key("baru", now.date().isoformat()),)]


async def test_purging_gives_nobody_a_new_burst(store: DatabaseStore, now: datetime) -> None:
    assert await _count(store, "orang", now) == 0.0
    await store.purge(now)
    assert await _count(store, "orang", now) == 60.0


async def test_purging_leaves_guidance_and_counts_alone(
    store: DatabaseStore, engine: AsyncEngine, now: datetime
) -> None:
    await store.purge(now + timedelta(days=3650))
    assert await rows(engine, "SELECT count(*) FROM guidance") == [(59,)]


# The job


async def test_the_job_purges_as_soon_as_it_starts_and_says_how_many(
    store: DatabaseStore, engine: AsyncEngine, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="bot.workers.periodic")
    await _save(store, "orang-1", clock.at - DAY)
    await _save(store, "orang-2", clock.at - DAY)
    job = asyncio.create_task(purge_for_ever([PeriodicTask(name="conversations", run=store.purge)], clock))
    await _until(lambda: caplog.messages != [])
    await _stop(job)
    [done] = caplog.records
    assert (done.message, done.__dict__["job"], done.__dict__["count"]) == ("a job is done", "conversations", 2)
    assert await rows(engine, "SELECT count(*) FROM conversation") == [(0,)]


def test_the_job_purges_again_every_quarter_of_an_hour(clock: FakeClock) -> None:
    store = CountingStore()
    with asyncio.Runner(loop_factory=SkippingLoop) as runner:
        runner.run(_three_quarters_of_an_hour(store, clock))
    assert [moment - clock.at for moment in store.moments] == [timedelta(minutes=m - 45) for m in (0, 15, 30, 45)]


def test_a_failed_purge_is_logged_without_its_message_and_soon_tried_again(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    store = CountingStore(failures=2)
    with asyncio.Runner(loop_factory=SkippingLoop) as runner:
        runner.run(_two_failures(store, clock))
    assert len(store.moments) == 3
    assert caplog.messages == ["a job failed"] * 2
    assert [record.__dict__["error"] for record in caplog.records] == ["RuntimeError"] * 2
    assert "orang-1" not in caplog.text


async def _two_failures(store: CountingStore, clock: FakeClock) -> None:
    """Run the job until it succeeds, and as long again."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, SkippingLoop)
    job = asyncio.create_task(purge_for_ever([PeriodicTask(name="conversations", run=store.purge)], clock))
    for number, pause in enumerate([FIRST_RETRY_SECONDS, FIRST_RETRY_SECONDS * 2, FIRST_RETRY_SECONDS * 4], start=1):
        await _until(partial(_was_purged, store, number))
        loop.skipped += pause
        await asyncio.sleep(0.01)
    await _stop(job)


async def _three_quarters_of_an_hour(store: CountingStore, clock: FakeClock) -> None:
    """Run the job while clock and loop skip three times; just before each purge there must be none."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, SkippingLoop)
    job = asyncio.create_task(purge_for_ever([PeriodicTask(name="conversations", run=store.purge)], clock))
    await _until(partial(_was_purged, store, 1))
    for number in range(2, 5):
        loop.skipped += PURGE_SECONDS - 60
        await asyncio.sleep(0.001)
        assert len(store.moments) == number - 1
        clock.at += timedelta(minutes=15)
        loop.skipped += 60
        await _until(partial(_was_purged, store, number))
    await _stop(job)


def _was_purged(store: CountingStore, times: int) -> bool:
    return len(store.moments) == times


async def _until(is_true: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not is_true():  # noqa: ASYNC110 (what is waited for cannot set an event)
            await asyncio.sleep(0.001)


async def _stop(job: asyncio.Task[None]) -> None:
    job.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await job


async def _save(store: DatabaseStore, person: str, at: datetime) -> None:
    async with store.unit() as unit:
        await unit.save_conversation(Channel.WEB, person, TALKED, at)


async def _count(store: DatabaseStore, source: str, at: datetime) -> float:
    async with store.unit() as unit:
        return await unit.acquire_token(source, at, 60.0, 1)
