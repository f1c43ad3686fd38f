"""Telemelya, an emulator of the Bot API that none of us wrote, talks to the real bot process."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.core.replies import texts
from tests.integration.channels.telegram.emulator import Emulator, EmulatorServer
from tests.integration.channels.telegram.process import SECRET
from tests.support.bot_process import ROOT, Bot, free_port

pytestmark = [pytest.mark.telegram, pytest.mark.full]
PYTHON = ROOT / "var" / "emulator" / "bin" / "python"
TOKEN = "123456789:AAE-emulator-token-of-the-tests-012345"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmulatorServer]:
    """Return the emulator's process; `make test` makes its environment."""
    with EmulatorServer(PYTHON, tmp_path_factory.mktemp("telemelya")) as running:
        yield running


async def test_question_button_and_follow_up(server: EmulatorServer, bot: Bot, tmp_path: Path) -> None:
    async with Emulator(server.url, TOKEN) as telegram:
        port = free_port()
        own = Bot(
            tmp_path,
            port=port,
            nlu_port=bot.nlu_port,
            extra={
                "TELEGRAM_BOT_TOKEN": TOKEN,
                "TELEGRAM_API_BASE_URL": telegram.api_url,
                "TELEGRAM_WEBHOOK_URL": f"http://127.0.0.1:{port}",
                "TELEGRAM_WEBHOOK_SECRET": SECRET,
            },
        )
        await _in_thread(own.start)
        try:
            await _until_announced(telegram)
            assert await telegram.say("boleh ga sih aku dateng ke acara partai?") == 200
            [answer] = await telegram.wait_for(1, "sendMessage", seconds=15)
            assert "Menghadiri acara partai politik" in answer.text
            assert "UU 20/2023 Pasal 9 ayat (2)" in answer.text
            assert await telegram.press(texts.BUTTON_SANCTION) == 200
            sanction = (await telegram.wait_for(2, "sendMessage", seconds=15))[-1]
            assert "Sanksi · Menghadiri acara partai politik" in sanction.text
            assert await telegram.say("kalau PPPK?") == 200
            follow_up = (await telegram.wait_for(3, "sendMessage", seconds=15))[-1]
            assert "PPPK" in follow_up.text
            assert await telegram.deliver(telegram.updates[0]) == 200
            assert await telegram.deliver(telegram.updates[0], secret="x") == 403
            assert len(await telegram.sent("sendMessage")) == 3
        finally:
            await _in_thread(own.stop)


async def _until_announced(telegram: Emulator) -> None:
    for _ in range(200):
        if telegram.webhook_url:
            return
        await asyncio.sleep(0.1)
    raise AssertionError("the bot did not announce its webhook")


async def _in_thread(work: Callable[[], object]) -> None:
    await asyncio.to_thread(work)
