"""A clock that jumps, back or forward, silences nobody: stored moments are believed only within their rule's reach."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.application.messaging.ports import ReceivedUpdate, WorkKind
from bot.core.vocabulary import Channel
from bot.storage.campaigns.sending import DatabaseLedger, SendingLimits
from bot.storage.engine.engine import make_engine
from bot.storage.messaging.queues import acquire_sender_token
from bot.storage.unit_of_work import DatabaseQueues, DatabaseStore
from tests.support.database import database_store, execute

pytestmark = pytest.mark.faults

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0
JUMPS = [-2 * DAY, -HOUR, -MINUTE, -5.0, 5.0, MINUTE, HOUR, 2 * DAY]
BACK = [jump for jump in JUMPS if jump <= -MINUTE]
INTERVAL = 0.04
BURST = 25
SENDER = "sender telegram"


@pytest.fixture(
    params=[
        pytest.param("seeded_sqlite", id="sqlite"),
        pytest.param("seeded_postgres", id="postgres", marks=pytest.mark.full),
    ]
)
def database(request: pytest.FixtureRequest) -> str:
    """Return the address of each kind of database."""
    return str(request.getfixturevalue(request.param))


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A store whose clock can jump: what was stored is moved the other way."""

    store: DatabaseStore
    engine: AsyncEngine
    queues: DatabaseQueues

    async def jump(self, seconds: float) -> None:
        """Let the clock jump by so many seconds; back when negative."""
        await execute(self.engine, "UPDATE work SET due_at = due_at - :s, set_at = set_at - :s", s=seconds)
        await execute(self.engine, "UPDATE work SET leased_until = leased_until - :s WHERE leased_until > 0", s=seconds)
        await execute(self.engine, "UPDATE rate SET due_at = due_at - :s, set_at = set_at - :s", s=seconds)

    async def ingest(self) -> None:
        """Take an update in."""
        update = ReceivedUpdate(channel=Channel.WHATSAPP, update_id="1", position=1, person="orang", payload=b"halo")
        await self.queues.accept([update])

    async def is_free(self) -> bool:
        """Say whether the conversation can be claimed."""
        return await self.queues.claim(WorkKind.INBOX, "lain") is not None


@pytest.fixture
async def kept(database: str) -> AsyncIterator[Kept]:
    """Return a store on each database."""
    engine = make_engine(database)
    store = database_store(engine)
    yield Kept(store=store, engine=engine, queues=DatabaseQueues(store))
    await engine.dispose()


@pytest.mark.parametrize("jump", JUMPS)
async def test_what_was_taken_in_is_handled_whatever_the_clock_did(kept: Kept, jump: float) -> None:
    await kept.ingest()
    await kept.jump(jump)
    assert await kept.is_free()


@pytest.mark.parametrize("jump", [jump for jump in JUMPS if abs(jump) >= MINUTE])
async def test_what_a_vanished_worker_held_is_free_whatever_the_clock_did(kept: Kept, jump: float) -> None:
    await kept.ingest()
    assert await kept.is_free()
    assert not await kept.is_free()
    await kept.jump(jump)
    assert await kept.is_free()


@pytest.mark.parametrize("jump", BACK)
async def test_what_was_put_off_by_a_clock_that_went_back_is_due(kept: Kept, jump: float) -> None:
    await kept.ingest()
    claim = await kept.queues.claim(WorkKind.INBOX, "satu")
    assert claim is not None
    await kept.queues.release_claim(claim, 30.0)
    assert not await kept.is_free()
    await kept.jump(jump)
    assert await kept.is_free()


async def test_nothing_is_put_off_by_more_than_the_longest_wait(kept: Kept) -> None:
    await kept.ingest()
    claim = await kept.queues.claim(WorkKind.INBOX, "satu")
    assert claim is not None
    await kept.queues.release_claim(claim, 9 * DAY)
    await kept.jump(HOUR + 1)
    assert await kept.is_free()


@pytest.mark.parametrize("jump", JUMPS)
async def test_a_sender_goes_on_whatever_the_clock_did(kept: Kept, jump: float) -> None:
    while await acquire_sender_token(kept.store, SENDER, INTERVAL, BURST) == 0.0:
        pass
    await kept.jump(jump)
    waits = [await acquire_sender_token(kept.store, SENDER, INTERVAL, BURST) for _ in range(2)]
    assert max(waits) <= INTERVAL * BURST


@pytest.mark.parametrize("jump", BACK)
async def test_a_hold_of_a_clock_that_went_back_holds_nobody(kept: Kept, jump: float) -> None:
    await _hold(kept, 40.0)
    assert await acquire_sender_token(kept.store, SENDER, INTERVAL, BURST) > 30
    await kept.jump(jump)
    assert await acquire_sender_token(kept.store, SENDER, INTERVAL, BURST) == 0.0


async def test_a_hold_lasts_as_long_as_it_was_asked_for_and_an_hour_at_most(kept: Kept) -> None:
    await _hold(kept, 600.0)
    assert 590 < await acquire_sender_token(kept.store, SENDER, INTERVAL, BURST) < 610
    await _hold(kept, 9 * DAY)
    assert HOUR - 10 < await acquire_sender_token(kept.store, SENDER, INTERVAL, BURST) < HOUR + 10


@pytest.mark.parametrize("jump", JUMPS)
async def test_a_person_on_the_web_goes_on_whatever_the_clock_did(kept: Kept, jump: float, now: datetime) -> None:
    async with kept.store.unit() as unit:
        while await unit.acquire_token("orang", now, 3.0, 10) == 0.0:
            pass
        later = now + timedelta(seconds=jump)
        # At most as long as the rule itself could ever make somebody wait.
        assert await unit.acquire_token("orang", later, 3.0, 10) <= 3.0 + 5.0


@pytest.mark.parametrize("jump", JUMPS)
async def test_reminders_go_on_whatever_the_clock_did(kept: Kept, jump: float) -> None:
    limits = {Channel.TELEGRAM: SendingLimits(interval=INTERVAL, reply_burst=BURST)}
    ledger = DatabaseLedger(kept.store, "pengirim", limits)
    async with ledger.unit() as unit:
        assert (await unit.reserve(Channel.TELEGRAM, 100)).delays
        await unit.hold(Channel.TELEGRAM, 40.0)
    await kept.jump(jump)
    async with ledger.unit() as unit:
        slots = await unit.reserve(Channel.TELEGRAM, 100)
    if jump < 0 or jump >= MINUTE:
        assert (slots.held_for, len(slots.delays) > 0) == (0.0, True)
    else:
        assert 0 < slots.held_for < HOUR


async def _hold(kept: Kept, seconds: float) -> None:
    await kept.ingest()
    claim = await kept.queues.claim(WorkKind.INBOX, "penahan")
    assert claim is not None
    async with kept.queues.unit_under(claim) as unit:
        await unit.pause_sender(SENDER, seconds, INTERVAL, BURST)
    await kept.queues.release_claim(claim, 0.0)
