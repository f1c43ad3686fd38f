"""A small NLU without Rasa: `python -m tests.faults.nlu_stub --port N`, as a process that can be frozen and killed.

It understands "... perihal foto bersama calon?" as the topic `foto_bersama_calon`, and nothing else. `POST /mode` makes
it answer 500, HTML, or nothing at all. It also takes the arguments of the real NLU, so that the bot can own one.
"""

import argparse
import asyncio
import os
import sys
import threading
from pathlib import Path

from aiohttp import web

from bot.nlu_secret import proof_of
from tests.support.bot_process import NLU_SECRET

MODEL = "stub-0001"
SUBJECT = "perihal "
VECTOR_WIDTH = 8
MAX_HANG_SECONDS = 120.0
SCRIPT = """#!/bin/sh
exec "{python}" -m tests.faults.nlu_stub "$@"
"""


def question(topic: str) -> str:
    """Return a text that the stub understands as a topic, and no rule of the bot as a command or follow-up."""
    return f"bolehkah saya besok pagi {SUBJECT}{topic.replace('_', ' ')}?"


def understood(text: str) -> dict[str, object]:
    """Return what the NLU's JSON says about a text."""
    _, found, subject = text.lower().partition(SUBJECT)
    intent = subject.strip().rstrip("?").strip().replace(" ", "_") if found else "di_luar_cakupan"
    ranking = [{"name": intent, "confidence": 0.97}, {"name": "salam", "confidence": 0.01}]
    return {
        "text": text,
        "intent": ranking[0],
        "intent_ranking": ranking,
        "entities": [],
        "bands": {"answer": 0.8, "clarify": 0.2, "out_of_scope": 0.5},
        "out_of_scope": 0.02 if found else 0.96,
        "doubt": 0.5,
        "model": MODEL,
    }


class Stub:
    """Answers as its mode says."""

    def __init__(self) -> None:
        self.mode = "ok"

    async def health(self, request: web.Request) -> web.StreamResponse:
        secret = os.environ.get("SINETRAL_NLU_SECRET") or NLU_SECRET
        proof = proof_of(secret, request.query.get("nonce", ""), MODEL)
        return await self._answer({"status": "ready", "model": MODEL, "proof": proof})

    async def parse(self, request: web.Request) -> web.StreamResponse:
        return await self._answer(understood(str((await request.json()).get("text", ""))))

    async def embed(self, request: web.Request) -> web.StreamResponse:
        texts = (await request.json()).get("texts", [])
        return await self._answer({"vectors": [[float(len(text) % 7 + 1)] * VECTOR_WIDTH for text in texts]})

    async def set_mode(self, request: web.Request) -> web.StreamResponse:
        self.mode = (await request.text()).strip()
        return web.Response(text=self.mode)

    async def _answer(self, body: dict[str, object]) -> web.StreamResponse:
        if self.mode == "500":
            return web.Response(status=500, text="error")
        if self.mode == "html":
            return web.Response(text="<html>portal</html>", content_type="text/html")
        if self.mode == "hang":
            await asyncio.sleep(MAX_HANG_SECONDS)
        return web.json_response(body)


def own_python(folder: Path) -> Path:
    """Write what can stand for the NLU's interpreter, so that the bot starts and watches a stub of its own."""
    script = folder / "nlu-python"
    script.write_text(SCRIPT.format(python=sys.executable))
    script.chmod(0o755)
    return script


def main() -> None:
    """Serve until a signal or, with `--exit-with-parent`, until standard input closes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("-m", dest="module")
    parser.add_argument("--model")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--exit-with-parent", action="store_true")
    arguments, _ = parser.parse_known_args()
    if arguments.exit_with_parent:
        threading.Thread(target=_leave_with_parent, daemon=True).start()
    stub = Stub()
    app = web.Application(client_max_size=16 * 1024 * 1024)
    app.router.add_get("/health", stub.health)
    app.router.add_post("/model/parse", stub.parse)
    app.router.add_post("/embed", stub.embed)
    app.router.add_post("/mode", stub.set_mode)
    web.run_app(app, host=arguments.host, port=arguments.port, access_log=None, print=lambda *_: None)


def _leave_with_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


if __name__ == "__main__":
    main()
