"""A stop of the real process: what is out is recorded and not repeated, and no client keeps it from ending."""

import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.nlu_server import FakeNluServer
from tests.fakes.telegram.bot_api import TOKEN, FakeBotApi
from tests.fakes.telegram.types import NO_LIMITS
from tests.integration.channels.telegram.process import SECRET
from tests.support.bot_process import Bot, free_port

pytestmark = [pytest.mark.full, pytest.mark.faults, pytest.mark.telegram]

SECONDS = 10.0
CHATS = 20
QUESTIONS = ("/topik", "/privasi", "/bantuan")


@pytest.fixture
def nlu() -> Iterator[FakeNluServer]:
    """Return an NLU."""
    with FakeNluServer() as server:
        yield server


def _bot(folder: Path, nlu: FakeNluServer, api: FakeBotApi, *, webhook: bool) -> Bot:
    port = free_port()
    extra = {"TELEGRAM_BOT_TOKEN": TOKEN, "TELEGRAM_API_BASE_URL": api.url}
    if webhook:
        extra |= {"TELEGRAM_WEBHOOK_URL": f"http://127.0.0.1:{port}", "TELEGRAM_WEBHOOK_SECRET": SECRET}
    return Bot(folder, port=port, nlu_port=nlu.server_port, extra=extra)


@pytest.mark.parametrize("webhook", [False, True], ids=["polling", "webhook"])
def test_a_stop_amid_sends_loses_and_repeats_nothing(webhook: bool, nlu: FakeNluServer, tmp_path: Path) -> None:
    with FakeBotApi(limits=NO_LIMITS) as api:
        bot = _bot(tmp_path, nlu, api, webhook=webhook)
        bot.start()
        chats = [api.add_private(6_100_000 + number) for number in range(CHATS)]
        # As on a real network: each send takes its time.
        api.hang("sendMessage", 0.4, times=None)
        for question in QUESTIONS:
            for chat in chats:
                api.say(chat, question)
        api.wait_until(lambda: len(api.sent()) >= 8, timeout=30)
        began = time.monotonic()
        assert bot.stop(signal.SIGTERM) == 0
        assert time.monotonic() - began < SECONDS
        api.clear_faults()
        bot.start()
        api.wait_until(lambda: all(len(api.sent(chat)) >= len(QUESTIONS) for chat in chats), timeout=60)
        time.sleep(1)
        sent = [len(api.sent(chat)) for chat in chats]
        bot.stop()
    assert sent == [sent[0]] * CHATS


def test_no_half_open_client_keeps_the_process_from_ending(nlu: FakeNluServer, tmp_path: Path) -> None:
    with FakeBotApi() as api:
        bot = _bot(tmp_path, nlu, api, webhook=True)
        bot.start()
        begun = [
            b"",
            b"POST /chat HTTP/1.1\r\nHost: localhost\r\n",
            b"POST /chat HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\ntext=h",
            b"POST /admin/masuk HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nnama=h",
            b"POST /telegram/webhook HTTP/1.1\r\nHost: localhost\r\nX-Telegram-Bot-Api-Secret-Token: "
            + SECRET.encode()
            + b"\r\nContent-Length: 100\r\n\r\n{",
            b"POST /chat HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\ntext=\r\n",
        ]
        clients = [socket.create_connection(("127.0.0.1", bot.port)) for _ in begun]
        for client, content in zip(clients, begun, strict=True):
            client.sendall(content)
        time.sleep(0.3)
        began = time.monotonic()
        assert bot.stop(signal.SIGTERM) == 0
        assert time.monotonic() - began < SECONDS
        for client in clients:
            client.close()


def test_a_body_that_does_not_come_is_answered_408(nlu: FakeNluServer, tmp_path: Path) -> None:
    with FakeBotApi() as api:
        bot = _bot(tmp_path, nlu, api, webhook=False)
        bot.start()
        with socket.create_connection(("127.0.0.1", bot.port), timeout=20) as client:
            client.sendall(b"POST /chat HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\ntext=h")
            assert client.recv(1_000).startswith(b"HTTP/1.1 408")
        bot.stop()


def test_a_hung_nlu_keeps_the_process_from_nothing(nlu: FakeNluServer, tmp_path: Path) -> None:
    with FakeBotApi() as api:
        bot = _bot(tmp_path, nlu, api, webhook=False)
        bot.start()
        nlu.hangs = "all"
        until = time.monotonic() + 10
        while bot.health()[0] != 503:
            assert time.monotonic() < until
            time.sleep(0.2)
        assert bot.health()[1]["failing"] == ["nlu"]
        began = time.monotonic()
        assert bot.stop(signal.SIGTERM) == 0
        assert time.monotonic() - began < SECONDS
