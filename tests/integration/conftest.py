"""Databases for the tests of this folder, and the bot on a SQLite file with the seed published."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.application.dialogue.handle_message import HandleMessage
from bot.core.dialogue.decision import Decision
from bot.core.vocabulary import Channel
from bot.storage.engine.engine import make_engine
from bot.storage.unit_of_work import DatabaseStore
from tests.fakes.clock import FakeClock
from tests.fakes.interpreter import FakeInterpreter, parsed
from tests.support.database import database_store, empty_postgres, empty_sqlite, seeded_postgres, seeded_sqlite

__all__ = ["empty_postgres", "empty_sqlite", "seeded_postgres", "seeded_sqlite"]


@dataclass(frozen=True, kw_only=True)
class Conversing:
    """The use case on a real store, with an interpreter that knows what it is taught."""

    store: DatabaseStore
    clock: FakeClock
    interpreter: FakeInterpreter = field(default_factory=FakeInterpreter)

    @property
    def handle(self) -> HandleMessage:
        """Return the use case."""
        return HandleMessage(interpreter=self.interpreter, store=self.store, clock=self.clock)

    async def flush_query_log(self) -> None:
        """Write the log as if the hour had ended."""
        await self.store.flush_query_log(self.clock.at + timedelta(hours=1))

    async def about(self, topic: str, utterance: str = "apa aturannya", person: str = "orang") -> Decision:
        """Ask something that is surely about a topic."""
        self.interpreter.parses[utterance] = parsed((topic, 0.95))
        return await self.handle.on_text(Channel.WEB, person, utterance)


@pytest.fixture
async def engine(seeded_sqlite: str) -> AsyncIterator[AsyncEngine]:
    """Return a SQLite engine; the seed is published."""
    engine = make_engine(seeded_sqlite)
    yield engine
    await engine.dispose()


@pytest.fixture
def store(engine: AsyncEngine) -> DatabaseStore:
    """Return a store that has not read anything yet."""
    return database_store(engine)


@pytest.fixture
def conversing(store: DatabaseStore, now: datetime) -> Conversing:
    """Return the bot on a day on which every answer may be sent."""
    return Conversing(store=store, clock=FakeClock(at=now))
