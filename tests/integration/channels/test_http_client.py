"""What the platforms answer is read up to a most size, and never unpacked."""

import contextlib
import gzip
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from telegram.error import NetworkError

from bot.channels.telegram import http_request as telegram_request
from bot.channels.telegram import sender as telegram_sender
from bot.channels.telegram.http_request import AiohttpRequest
from bot.channels.telegram.sender import TelegramSender
from bot.channels.whatsapp import graph_client
from bot.channels.whatsapp.graph_client import GraphClient, GraphError
from bot.core.messaging.send_outcome import SendOutcome

MOST = 64 * 1024


async def _endless(request: web.Request) -> web.StreamResponse:
    """Answer far more than anybody reads, as fast as it is taken."""
    answer = web.StreamResponse()
    await answer.prepare(request)
    for _ in range(1_000):
        await answer.write(b" " * MOST)
    return answer


async def _bomb(_: web.Request) -> web.Response:
    return web.Response(body=gzip.compress(b" " * 50 * MOST), headers={"Content-Encoding": "gzip"})


@pytest.fixture(params=[_endless, _bomb], ids=["without end", "packed"])
async def address(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
    for module in (telegram_request, telegram_sender, graph_client):
        monkeypatch.setattr(module, "MAX_ANSWER", MOST)
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", request.param)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    [(host, port)] = runner.addresses
    yield f"http://{host}:{port}"
    await runner.cleanup()


async def test_a_reply_whose_answer_is_out_of_bounds_is_in_doubt_and_not_read(address: str) -> None:
    sender = TelegramSender(f"{address}/bot1")
    assert (await sender.call("sendMessage", b"{}")).outcome is SendOutcome.UNKNOWN
    await sender.close()


async def test_a_message_whose_answer_is_out_of_bounds_is_in_doubt_and_not_read(address: str) -> None:
    client = GraphClient(address, "v23.0", "token", "1", "2")
    assert (await client.send({})).outcome is SendOutcome.UNKNOWN
    with pytest.raises(GraphError):
        await client.templates()
    await client.close()


async def test_updates_out_of_bounds_are_no_updates(address: str) -> None:
    request = AiohttpRequest()
    answers: list[bytes] = []
    with contextlib.suppress(NetworkError):
        answers.append((await request.ask(f"{address}/getUpdates", {}, 5.0))[1])
    # What was packed stays as it came: a few hundred bytes that are no JSON.
    assert all(answer.startswith(b"\x1f\x8b") and len(answer) < MOST for answer in answers)
    await request.shutdown()
