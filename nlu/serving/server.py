"""Serves parses and vectors on loopback: GET /health, POST /model/parse, POST /embed."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
import re
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

from aiohttp import web

from nlu.components.calibration import OUT_OF_SCOPE_AT

NONCE = re.compile(r"[0-9a-f]{32,64}")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
MAX_TEXT = 4_096
"""Characters; longer questions are refused by the bot without asking."""
MAX_BODY = 1024 * 1024
MAX_TEXTS = 200
"""Texts embedded at once: about two seconds of work."""

logger = logging.getLogger(__name__)


class Parser(Protocol):
    """What the server needs of a model."""

    model: str

    def parse(self, text: str) -> dict[str, object]:
        """Return the parse of one text."""

    def embed(self, texts: list[str]) -> list[list[float]]:
        """Return one vector for each text."""


def build_app(parser: Parser, secret: str) -> web.Application:
    """Make the application around a loaded model; one parse runs at a time, as the model requires.

    Args:
        secret: what every route but `GET /health` asks for, and what that one proves that it knows.
    """
    worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="parse")

    async def health(request: web.Request) -> web.Response:
        told = {"status": "ready", "model": parser.model}
        nonce = request.query.get("nonce", "")
        if NONCE.fullmatch(nonce):
            message = f"{nonce}\n{parser.model}".encode()
            told["proof"] = hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()
        return web.json_response(told)

    async def parse(request: web.Request) -> web.Response:
        text = await _text_of(request)
        if text is None:
            return web.json_response({"error": f"send {{'text': str}} of 1..{MAX_TEXT} characters"}, status=422)
        try:
            result = await asyncio.get_running_loop().run_in_executor(worker, parser.parse, text)
        except Exception as error:  # the top of a request
            # The message of an exception may carry the text, its type may not.
            logger.error("a text could not be parsed: %s", type(error).__name__)
            return web.json_response({"error": "parse failed"}, status=500)
        # Whoever asks needs every threshold of the model, and repeats none.
        bands = result.get("bands")
        told = {"bands": bands | {"out_of_scope": OUT_OF_SCOPE_AT}} if isinstance(bands, dict) else {}
        return web.json_response(result | told)

    async def embed(request: web.Request) -> web.Response:
        texts = await _texts_of(request)
        if texts is None:
            return web.json_response(
                {"error": f"send {{'texts': [str]}}, at most {MAX_TEXTS} of 1..{MAX_TEXT} characters"}, status=422
            )
        try:
            vectors = await asyncio.get_running_loop().run_in_executor(worker, parser.embed, texts)
        except Exception as error:  # the top of a request
            logger.error("texts could not be embedded: %s", type(error).__name__)
            return web.json_response({"error": "embed failed"}, status=500)
        return web.json_response({"vectors": vectors})

    @web.middleware
    async def asked_by_ours(request: web.Request, handler: Handler) -> web.StreamResponse:
        sent = request.headers.get("Authorization", "").encode("utf-8", "surrogateescape")
        if request.path != "/health" and not hmac.compare_digest(sent, f"Bearer {secret}".encode()):
            return web.json_response({"error": "this NLU answers its own bot only"}, status=401)
        return await handler(request)

    app = web.Application(client_max_size=MAX_BODY, middlewares=[asked_by_ours])
    app.router.add_get("/health", health)
    app.router.add_post("/model/parse", parse)
    app.router.add_post("/embed", embed)
    return app


async def _text_of(request: web.Request) -> str | None:
    text = await _field(request, "text")
    return text if _is_text(text) else None


async def _texts_of(request: web.Request) -> list[str] | None:
    texts = await _field(request, "texts")
    is_good = isinstance(texts, list) and len(texts) <= MAX_TEXTS and all(_is_text(text) for text in texts)
    return texts if is_good else None


async def _field(request: web.Request, name: str) -> Any:
    try:
        body = await request.json()
    except ValueError:
        return None
    return body.get(name) if isinstance(body, dict) else None


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= MAX_TEXT
