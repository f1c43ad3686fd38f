"""Serves parses on loopback: GET /health, POST /model/parse."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from aiohttp import web

LONGEST_TEXT = 4_096
"""Characters; longer questions are refused by the bot without asking (`design.md`, Commands)."""
LONGEST_BODY = 64 * 1024

logger = logging.getLogger(__name__)


class Parser(Protocol):
    """What the server needs of a model."""

    model: str

    def parse(self, text: str) -> dict[str, object]:
        """Give the parse of one text."""


def build_app(parser: Parser) -> web.Application:
    """Make the application around a loaded model; one parse runs at a time, as the model requires."""
    worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="parse")

    async def health(_request: web.Request) -> web.Response:
        return web.json_response({"status": "ready", "model": parser.model})

    async def parse(request: web.Request) -> web.Response:
        text = await _text_of(request)
        if text is None:
            return web.json_response({"error": f"send {{'text': str}} of 1..{LONGEST_TEXT} characters"}, status=422)
        try:
            result = await asyncio.get_running_loop().run_in_executor(worker, parser.parse, text)
        except Exception as error:  # the top of a request
            # The message of an exception may carry the text, its type may not.
            logger.error("a text could not be parsed: %s", type(error).__name__)
            return web.json_response({"error": "parse failed"}, status=500)
        return web.json_response(result)

    app = web.Application(client_max_size=LONGEST_BODY)
    app.router.add_get("/health", health)
    app.router.add_post("/model/parse", parse)
    return app


async def _text_of(request: web.Request) -> str | None:
    try:
        body = await request.json()
    except ValueError:
        return None
    text = body.get("text") if isinstance(body, dict) else None
    return text if isinstance(text, str) and 0 < len(text) <= LONGEST_TEXT else None
