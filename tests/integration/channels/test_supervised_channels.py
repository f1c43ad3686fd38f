"""A channel lives on whatever fails while it takes in, handles or sends, and shows what does not work meanwhile."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.application.messaging.channel_state import ChannelState
from bot.bootstrap.channels import Running, channels
from bot.bootstrap.services import Services, SystemClock
from bot.core.vocabulary import Channel
from bot.storage.engine.engine import make_engine
from bot.workers.supervision import Supervisor
from tests.fakes.interpreter import FakeInterpreter
from tests.fakes.nlu import FakeNlu
from tests.fakes.telegram.bot_api import TOKEN, FakeBotApi
from tests.fakes.telegram.types import NO_LIMITS
from tests.support.database import JAKARTA, database_store, execute, rows, settings_for

pytestmark = [pytest.mark.telegram, pytest.mark.faults, pytest.mark.full]

CHAT = 6_100_000


@dataclass(frozen=True, kw_only=True)
class Live:
    """Telegram's part of a process, in this loop."""

    api: FakeBotApi
    engine: AsyncEngine
    supervisor: Supervisor
    running: Running
    chat: int

    @property
    def state(self) -> ChannelState:
        """Return how the intake does."""
        return self.running.states[Channel.TELEGRAM]

    async def answered(self, text: str, seconds: float = 20) -> None:
        """Ask, and wait for an answer."""
        before = len(self.api.sent(self.chat))
        self.api.say(self.chat, text)
        await self.api.eventually(lambda: len(self.api.sent(self.chat)) > before, timeout=seconds)

    def failing(self) -> set[str]:
        """Return the names of the parts that do not work."""
        return {part.name for part in self.supervisor.health() if not part.is_working}


@pytest.fixture(params=["seeded_sqlite", "seeded_postgres"])
def address(request: pytest.FixtureRequest) -> str:
    """Return the address of each kind of database."""
    return str(request.getfixturevalue(request.param))


@pytest.fixture
async def live(address: str, tmp_path: Path) -> AsyncIterator[Live]:
    """Run Telegram by polling against a fake."""
    async with FakeBotApi(limits=NO_LIMITS) as api:
        settings = replace(settings_for(address, tmp_path), telegram_token=TOKEN, telegram_api=api.url)
        engine = make_engine(address)
        parts = Services(settings=settings, engine=engine, store=database_store(engine), clock=SystemClock(JAKARTA))
        supervisor = Supervisor(first_pause=0.05, longest_pause=0.2)
        async with channels(parts, FakeNlu(FakeInterpreter()), supervisor) as running:
            made = Live(api=api, engine=engine, supervisor=supervisor, running=running, chat=api.add_private(CHAT))
            await api.eventually(lambda: api.calls_of("getUpdates"), timeout=20)
            yield made
        await engine.dispose()


@contextlib.asynccontextmanager
async def broken(engine: AsyncEngine, table: str) -> AsyncIterator[None]:
    """Take a table away for the length of a block."""
    await execute(engine, f"ALTER TABLE {table} RENAME TO {table}_away")
    yield
    await execute(engine, f"ALTER TABLE {table}_away RENAME TO {table}")


@pytest.mark.parametrize("table", ["inbox", "work", "outbox", "conversation", "rate"])
async def test_telegram_lives_on_after_each_table_failed(live: Live, table: str) -> None:
    await live.answered("/topik")
    async with broken(live.engine, table):
        before = len(live.api.sent(live.chat))
        live.api.say(live.chat, "/privasi")
        # Long enough for intake, handling and sending to have met it.
        with contextlib.suppress(AssertionError):
            await live.api.eventually(lambda: len(live.api.sent(live.chat)) > before, timeout=2.5)
    await live.api.eventually(lambda: len(live.api.sent(live.chat)) > before, timeout=30)
    await live.answered("/topik")


async def test_a_database_that_takes_nothing_in_shows_and_is_over_with_the_next_success(live: Live) -> None:
    await live.answered("/topik")
    async with broken(live.engine, "inbox"):
        live.api.say(live.chat, "/privasi")
        await live.api.eventually(lambda: live.state.trouble == "database", timeout=20)
    await live.api.eventually(lambda: live.state.trouble is None, timeout=20)


@pytest.mark.parametrize(("status", "trouble"), [(401, "token"), (409, "other_poller"), (502, "no_connection")])
async def test_what_the_platform_refuses_shows_until_it_does_no_more(live: Live, status: int, trouble: str) -> None:
    await live.answered("/topik")
    live.api.fail("getUpdates", status, times=None)
    live.api.say(live.chat, "/privasi")
    await live.api.eventually(lambda: live.state.trouble == trouble, timeout=20)
    live.api.clear_faults()
    await live.api.eventually(lambda: live.state.trouble is None, timeout=20)
    await live.answered("/topik")


async def test_a_stop_leaves_no_claim_behind(live: Live) -> None:
    live.api.hang("sendMessage", 1.0, times=None)
    before = len(live.api.sent(live.chat))
    live.api.say(live.chat, "/privasi")
    await live.api.eventually(lambda: live.api.faults_used > 0, timeout=20)
    await live.supervisor.stop()
    # What was under way is sent and recorded, so that the next start repeats nothing.
    assert len(live.api.sent(live.chat)) > before
    assert await rows(live.engine, "SELECT count(*) FROM work WHERE owner IS NOT NULL") == [(0,)]
    sent = len(live.api.sent(live.chat))
    owed = await rows(live.engine, "SELECT count(*) FROM outbox")
    assert sent > 0
    assert owed[0][0] in (0, 1)
