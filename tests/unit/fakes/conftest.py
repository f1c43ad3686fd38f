"""A running fake Bot API with two people and a group, and a way to call it."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from tests.fakes.telegram.asking import ANI, BUDI, GROUP, Answer, Ask, post
from tests.fakes.telegram.bot_api import NO_LIMITS, FakeBotApi


@pytest.fixture
async def api() -> AsyncIterator[FakeBotApi]:
    async with FakeBotApi(limits=NO_LIMITS) as running:
        running.add_private(ANI, first_name="Ani")
        running.add_private(BUDI, first_name="Budi")
        running.add_group(GROUP, members=[ANI, 777], threads=[5])
        yield running


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as opened:
        yield opened


@pytest.fixture
def ask(api: FakeBotApi, session: aiohttp.ClientSession) -> Ask:
    """Call a method of the fixture's fake with JSON."""

    async def call(method: str, **params: Any) -> Answer:
        return await post(session, api, method, **params)

    return call
