"""Telegram's whole intake, worker and outbox in this process, with the fake Bot API: what goes wrong is survived."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.bootstrap.channels import Running, telegram
from bot.bootstrap.services import Services, SystemClock
from bot.core.replies import texts
from bot.storage.engine.engine import make_engine
from bot.workers.supervision import Supervisor
from tests.fakes.interpreter import FakeInterpreter
from tests.fakes.telegram.bot_api import TOKEN, FakeBotApi
from tests.support.database import JAKARTA, database_store, execute, rows, settings_for

pytestmark = [pytest.mark.telegram, pytest.mark.faults, pytest.mark.full]
PERSON, GROUP, NEW_GROUP = 501, -601, -1_001_000_000_601


@pytest.fixture
async def api() -> AsyncIterator[FakeBotApi]:
    async with FakeBotApi() as opened:
        opened.add_private(PERSON)
        yield opened


@pytest.fixture
async def parts(seeded_sqlite: str, tmp_path: Path, api: FakeBotApi) -> AsyncIterator[Services]:
    settings = replace(settings_for(seeded_sqlite, tmp_path), telegram_token=TOKEN, telegram_api=api.url)
    engine = make_engine(seeded_sqlite)
    yield Services(settings=settings, engine=engine, store=database_store(engine), clock=SystemClock(JAKARTA))
    await engine.dispose()


@pytest.fixture
async def running(parts: Services) -> AsyncIterator[Services]:
    nlu: Any = FakeInterpreter()
    async with telegram(parts, nlu, Supervisor(), Running()):
        yield parts


async def said(api: FakeBotApi, chat: int, count: int) -> list[str]:
    found = await api.eventually(lambda: sent if len(sent := api.sent(chat)) >= count else None, timeout=20)
    return [each.text for each in found or ()]


async def test_an_update_that_cannot_be_parsed_holds_nobody(api: FakeBotApi, running: Services) -> None:
    api.add_private(PERSON + 1)
    api.post(PERSON, {"text": "teruskan", "forward_origin": {"type": "user", "date": 1_700_000_000}})
    api.update("message", {"message_id": 1, "date": 1, "text": "tanpa obrolan"})
    api.update("message", None)  # type: ignore[arg-type]
    api.say(PERSON + 1, "/privasi")
    assert texts.FORWARDED in (await said(api, PERSON, 1))[0]
    assert "Privasi" in (await said(api, PERSON + 1, 1))[0]
    await api.eventually(lambda: not api.pending)
    letters = await rows(running.engine, "SELECT reason, kind FROM dead_letter ORDER BY kind")
    assert letters == [("no_chat", "message"), ("no_chat", "message.text")]


async def test_a_database_that_cannot_be_written_for_a_while_costs_nothing(api: FakeBotApi, running: Services) -> None:
    await execute(running.engine, "ALTER TABLE inbox RENAME TO elsewhere")
    api.say(PERSON, "/privasi")
    await asyncio.sleep(2)
    assert api.sent(PERSON) == []
    await execute(running.engine, "ALTER TABLE elsewhere RENAME TO inbox")
    assert "Privasi" in (await said(api, PERSON, 1))[0]
    assert len(api.sent(PERSON)) == 1


async def test_a_webhook_of_somebody_else_is_taken_down(api: FakeBotApi, running: Services) -> None:
    await api.eventually(lambda: api.calls_of("getUpdates"))
    api._methods.webhook = {"url": "http://127.0.0.1:9/x", "secret": "", "max_connections": 1}
    api.say(PERSON, "/privasi")
    assert "Privasi" in (await said(api, PERSON, 1))[0]
    assert not api.webhook.get("url")


async def test_checklists_and_stories_get_a_sentence(api: FakeBotApi, running: Services) -> None:
    api.post(PERSON, {"checklist": {"title": "x", "tasks": [{"id": 1, "text": "y"}]}})
    assert texts.UNSUPPORTED in (await said(api, PERSON, 1))[0]
