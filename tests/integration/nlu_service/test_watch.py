"""The NLU's process is replaced when it ends, hangs or gives no parse, and a failed start is tried again."""

import asyncio
import logging
import os
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.core.errors import TemporaryError
from bot.nlu_service.client import NluClient
from bot.nlu_service.models import ModelStore
from bot.nlu_service.supervisor import NluSupervisor, WatchTimes, free_port
from tests.fakes import nlu_server
from tests.fakes.nlu_server import FakeNluServer
from tests.support.bot_process import NLU_SECRET

pytestmark = [pytest.mark.nlu, pytest.mark.faults]

TIMES = WatchTimes(ready=15.0, ask=0.1, first_restart=0.05, longest_restart=0.2)
SERVING = """
import sys
from nlu.server import FakeNluServer
FakeNluServer(int(sys.argv[sys.argv.index("--port") + 1])).serve_forever()
"""


@dataclass(kw_only=True)
class Watched:
    """A process of the fake NLU that is watched."""

    shop: ModelStore
    process: NluSupervisor
    client: NluClient
    answers: list[int] = field(default_factory=list)

    @property
    def pid(self) -> int:
        """The process that serves now."""
        running = self.process._process
        assert running is not None
        return running.pid

    async def replaced(self, former: int) -> None:
        """Wait until another process answers."""
        await until(lambda: self.pid != former)
        async with asyncio.timeout(30):
            while not await self.client.answers():  # noqa: ASYNC110 (another process sets no event)
                await asyncio.sleep(0.05)


async def until(is_true: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not is_true():  # noqa: ASYNC110 (what is waited for cannot set an event)
            await asyncio.sleep(0.02)


@pytest.fixture
async def watched(tmp_path: Path) -> AsyncIterator[Watched]:
    """Start the fake NLU as the real one is started, and watch it."""
    (tmp_path / "nlu" / "serving").mkdir(parents=True)
    shutil.copy(nlu_server.__file__, tmp_path / "nlu" / "server.py")
    (tmp_path / "nlu" / "serving" / "__main__.py").write_text(SERVING, encoding="utf-8")
    for name in ("config.yml", "domain.yml", "nlu/requirements.txt"):
        (tmp_path / name).touch()
    models = tmp_path / "models"
    models.mkdir()
    (models / "nlu-a.tar.gz").touch()
    url = f"http://127.0.0.1:{free_port()}"
    client = NluClient(url, NLU_SECRET)
    shop = ModelStore(root=tmp_path, python=Path(sys.executable), models=models, secret=NLU_SECRET)

    async def is_ready() -> bool:
        return await client.model() is not None

    process = NluSupervisor(shop, url, tmp_path / "log", is_ready, client.answers, TIMES)
    await process.start()
    made = Watched(shop=shop, process=process, client=client)
    watch = asyncio.create_task(process.run(lambda: made.answers.append(1)))
    yield made
    watch.cancel()
    await asyncio.wait([watch])
    await process.stop()
    await client.close()


async def test_an_nlu_that_ends_is_started_again(watched: Watched) -> None:
    former = watched.pid
    os.kill(former, signal.SIGKILL)
    await watched.replaced(former)


@pytest.mark.full
async def test_an_nlu_that_hangs_is_replaced(watched: Watched) -> None:
    former = watched.pid
    os.kill(former, signal.SIGSTOP)
    await watched.replaced(former)
    assert not await asyncio.to_thread(Path(f"/proc/{former}").exists)


async def test_an_nlu_that_answers_is_left_alone_and_counts_as_progress(watched: Watched) -> None:
    former = watched.pid
    await until(lambda: len(watched.answers) >= 5)
    assert watched.pid == former


async def test_a_start_without_a_model_is_tried_again(watched: Watched, caplog: pytest.LogCaptureFixture) -> None:
    [model] = watched.shop.models.iterdir()
    model.unlink()
    former = watched.pid
    os.kill(former, signal.SIGKILL)
    await until(lambda: "the NLU process could not be started" in caplog.messages)
    model.touch()
    await watched.replaced(former)


async def test_a_start_without_an_interpreter_is_tried_again(
    watched: Watched, caplog: pytest.LogCaptureFixture
) -> None:
    serving = watched.shop.root / "nlu" / "serving"
    serving.rename(serving.with_name("pergi"))
    former = watched.pid
    os.kill(former, signal.SIGKILL)
    await until(lambda: caplog.messages.count("the NLU process could not be started") >= 2)
    serving.with_name("pergi").rename(serving)
    await watched.replaced(former)


# What is logged of an outage


async def test_an_outage_is_one_line_at_each_end(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    with FakeNluServer() as server:
        port = server.server_port
        client = NluClient(server.url, NLU_SECRET)
        await client.parse("boleh zwartbolk?")
    assert caplog.messages == []
    for _ in range(5):
        with pytest.raises(TemporaryError):
            await client.parse("boleh zwartbolk?")
    assert caplog.messages == ["the NLU gives no answers"]
    with FakeNluServer(port):
        await client.parse("boleh zwartbolk?")
        await client.parse("boleh zwartbolk?")
    assert caplog.messages == ["the NLU gives no answers", "the NLU answers again"]
    assert caplog.records[1].__dict__["count"] == 5
    assert "zwartbolk" not in str([record.__dict__ for record in caplog.records])
    await client.close()
