"""What one connection may hold, over real sockets."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from bot.bootstrap import connections
from bot.bootstrap.connections import MAX_BODY_BYTES, MAX_HEADER_BYTES, Gate, gate_of_process, guarded_by
from bot.bootstrap.edge import Edge

GET = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: "
Send = Callable[[bytes], Awaitable[bytes]]


@dataclass(frozen=True, kw_only=True)
class Running:
    """A served application."""

    port: int
    gate: Gate

    async def open(self, content: bytes = b"") -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Connect and send."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(content)
        await writer.drain()
        return reader, writer

    async def answer(self, content: bytes) -> bytes:
        """Connect, send, and return everything until the other side closes, ten seconds at most."""
        reader, writer = await self.open(content)
        try:
            async with asyncio.timeout(10):
                return await reader.read()
        finally:
            writer.close()


async def _echo(request: Request) -> PlainTextResponse:
    body = await request.body()
    return PlainTextResponse(f"{len(body)}", headers={"connection": "close"})


@pytest.fixture
async def running(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Running]:
    """Serve with short deadlines and few places."""
    for name, value in (("HEADER_SECONDS", 0.6), ("BODY_SECONDS", 0.6), ("CLOSING_SECONDS", 0.2)):
        monkeypatch.setattr(connections, name, value)
    gate = Gate(most=12, most_of_a_source=8)
    app = Starlette(routes=[Route("/", _echo, methods=["GET", "POST"])])
    config = uvicorn.Config(
        Edge(app=app, hosts=frozenset({"uji.example"})),
        http=guarded_by(gate),
        ws="none",
        h11_max_incomplete_event_size=MAX_HEADER_BYTES,
        log_config=None,
        access_log=False,
        lifespan="off",
        proxy_headers=False,
    )
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started:  # noqa: ASYNC110 (uvicorn sets no event)
        await asyncio.sleep(0.01)
    yield Running(port=listener.getsockname()[1], gate=gate)
    server.should_exit = server.force_exit = True
    await task


async def test_a_request_is_answered(running: Running) -> None:
    assert (await running.answer(GET)).startswith(b"HTTP/1.1 200")
    assert (await running.answer(POST + b"5\r\n\r\nhallo")).endswith(b"5")


@pytest.mark.parametrize("sent", [b"", b"GE", GET[:-2], GET[:20]], ids=["nothing", "a word", "no end", "half"])
async def test_headers_that_do_not_come_end_the_connection(running: Running, sent: bytes) -> None:
    assert (await running.answer(sent)).startswith(b"HTTP/1.1 408")


async def test_headers_in_drops_have_no_more_time(running: Running) -> None:
    reader, writer = await running.open()
    sent = 0
    async with asyncio.timeout(5):
        while not reader.at_eof() and sent < 40:
            writer.write(GET[sent : sent + 1])
            sent += 1
            await asyncio.sleep(0.05)
            if writer.is_closing() or reader._buffer:  # type: ignore[attr-defined]
                break
    assert (await reader.read()).startswith(b"HTTP/1.1 408")
    writer.close()


async def test_a_body_that_does_not_come_ends_the_connection(running: Running) -> None:
    assert (await running.answer(POST + b"100\r\n\r\nabc")).startswith(b"HTTP/1.1 408")


@pytest.mark.parametrize(
    "headers",
    [b"X: " + b"a" * 2 * MAX_HEADER_BYTES, b"X: a\r\n" * MAX_HEADER_BYTES, b"a" * 2 * MAX_HEADER_BYTES],
    ids=["one long", "many", "no colon"],
)
async def test_headers_without_end_are_refused(running: Running, headers: bytes) -> None:
    answer = await running.answer(GET[:-2] + headers)
    assert answer.startswith((b"HTTP/1.1 431", b"HTTP/1.1 400"))


async def test_a_body_that_is_announced_too_large_is_refused_unread(running: Running) -> None:
    answer = await running.answer(POST + b"%d\r\n\r\n" % (MAX_BODY_BYTES + 1))
    assert answer.startswith(b"HTTP/1.1 413")


@pytest.mark.parametrize(
    "sent", [b"\x16\x03\x01\x02", b"\r\n\r\nabc\r\n\r\n", b"GET / HTTP/9.9.9\r\n\r\n", b"\x00" * 50]
)
async def test_what_is_no_request_gets_a_well_formed_refusal(running: Running, sent: bytes) -> None:
    assert (await running.answer(sent)).startswith((b"HTTP/1.1 400", b"HTTP/1.1 408"))


async def test_who_only_holds_connections_gives_way_to_who_asks(running: Running) -> None:
    held = [await running.open(b"GET / HT") for _ in range(30)]
    answers = [await running.answer(GET) for _ in range(20)]
    assert all(answer.startswith(b"HTTP/1.1 200") for answer in answers)
    for _, writer in held:
        writer.close()


async def test_connections_that_are_gone_are_forgotten(running: Running) -> None:
    for _ in range(30):
        await running.answer(GET)
    await asyncio.sleep(0.1)
    assert running.gate._open.total() == 0
    assert running.gate._idle == {}


def test_where_nobody_only_waits_one_more_is_refused() -> None:
    gate = Gate(most=3, most_of_a_source=2)
    assert [gate.enter(address) for address in ("192.0.2.1", "192.0.2.1", "192.0.2.1")][-1] is None
    assert [gate.enter(address) for address in ("192.0.2.2", "192.0.2.3")] == ["192.0.2.2", None]
    gate.leave("192.0.2.1")
    assert gate.enter("192.0.2.3") == "192.0.2.3"


def test_a_process_holds_fewer_connections_than_files() -> None:
    assert 0 < gate_of_process(()).most <= 1_000


@pytest.mark.parametrize(
    ("host", "status"), [(b"evil.example", b"421"), (b"uji.example", b"200"), (b"localhost", b"200")]
)
async def test_only_requests_for_our_names_are_answered(running: Running, host: bytes, status: bytes) -> None:
    answer = await running.answer(b"GET / HTTP/1.1\r\nHost: " + host + b"\r\nConnection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 " + status)


async def test_a_stranger_is_not_believed_whom_it_comes_for(running: Running) -> None:
    answer = await running.answer(GET[:-2] + b"X-Forwarded-Proto: https\r\n\r\n")
    assert b"strict-transport-security" not in answer
