"""How the fake's own tests call it, and a webhook for it to post to."""

from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from aiohttp import web

from tests.fakes.telegram.bot_api import FakeBotApi, Json

ANI, BUDI, GROUP = 101, 102, -1001
Answer = tuple[int, Json]
Ask = Callable[..., Coroutine[Any, Any, Answer]]


async def post(session: aiohttp.ClientSession, api: FakeBotApi, method: str, **params: Any) -> Answer:
    async with session.post(f"{api.base_url}{api.token}/{method}", json=params) as answer:
        return answer.status, await answer.json()


def keyboard(*rows: list[Json]) -> Json:
    return {"inline_keyboard": list(rows)}


def button(data: str, text: str = "Ya") -> Json:
    return {"text": text, "callback_data": data}


@asynccontextmanager
async def receiver(*statuses: int) -> AsyncIterator[tuple[str, list[tuple[int, str]]]]:
    """Return a webhook's address and what arrived; answers the given statuses first, then 200."""
    arrived: list[tuple[int, str]] = []
    left = list(statuses)

    async def take(request: web.Request) -> web.Response:
        body = await request.json()
        arrived.append((body["update_id"], request.headers.get("X-Telegram-Bot-Api-Secret-Token", "")))
        return web.Response(status=left.pop(0) if left else 200)

    app = web.Application()
    app.router.add_post("/hook", take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/hook", arrived
    finally:
        await runner.cleanup()
