"""A Bot API on loopback that answers getUpdates as it is told, in any form; the rest it answers well."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from tests.integration.channels.telegram.updates import BOT, NAME

LONG_POLL_SECONDS = 0.02
TOKEN = f"{BOT}:rahasia-zwartbolk"


class Answers:
    """What is answered, in order, and what was asked."""

    def __init__(self) -> None:
        self.script: list[tuple[int, bytes]] = []
        """Of getUpdates; when it is over, the updates that wait."""
        self.waiting: list[Any] = []
        """Updates of any form; confirmed by a higher offset where they have an id."""
        self.webhook: dict[str, Any] = {"url": ""}
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.is_down = False
        self.url = ""

    def of(self, method: str) -> list[dict[str, str]]:
        """Return the parameters of each call of a method."""
        return [params for name, params in self.asked if name == method]

    async def answer(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        params = {key: str(value) for key, value in (await request.post()).items()}
        self.asked.append((method, params))
        if self.is_down:
            return web.Response(status=502, text="<html>")
        if method == "getUpdates":
            if not self.script:
                await asyncio.sleep(LONG_POLL_SECONDS)
            return self._updates(params)
        if method == "setWebhook":
            self.webhook = {"url": params["url"]}
        if method == "deleteWebhook":
            self.webhook = {"url": ""}
        me = {"id": BOT, "is_bot": True, "first_name": "S", "username": NAME}
        info = {"has_custom_certificate": False, "pending_update_count": 0} | self.webhook
        return well({"getMe": me, "getWebhookInfo": info}.get(method, True))

    def _updates(self, params: dict[str, str]) -> web.Response:
        if self.script:
            status, body = self.script.pop(0)
            return web.Response(status=status, body=body)
        if self.webhook["url"]:
            return web.Response(status=409, body=refusal(409, "Conflict: can't use getUpdates while webhook is active"))
        offset = int(params.get("offset", 0))
        self.waiting = [one for one in self.waiting if not _is_below(one, offset)]
        return well(self.waiting[: int(params["limit"])])


def _is_below(one: Any, offset: int) -> bool:
    update_id = one.get("update_id") if isinstance(one, dict) else None
    return isinstance(update_id, int) and update_id < offset


def well(result: Any) -> web.Response:
    return web.Response(body=json.dumps({"ok": True, "result": result}).encode())


def refusal(code: int, description: str) -> bytes:
    return json.dumps({"ok": False, "error_code": code, "description": description}).encode()


@asynccontextmanager
async def answering() -> AsyncIterator[Answers]:
    """Serve for as long as this lasts."""
    answers = Answers()
    app = web.Application()
    app.router.add_post("/bot{token}/{method}", answers.answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    answers.url = f"http://{host}:{port}"
    try:
        yield answers
    finally:
        await runner.cleanup()
