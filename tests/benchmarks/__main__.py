"""`make bench`: what a question costs, part by part, as ratios within this run."""

import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

from bot.application.dialogue.handle_message import HandleMessage
from bot.core.dialogue.conversation import Conversation
from bot.core.dialogue.policy import decide
from bot.core.privacy.masking import mask
from bot.core.vocabulary import Channel
from bot.nlu_service.client import NluClient
from bot.storage.engine.engine import make_engine
from bot.storage.engine.key_ring import keys_from_file
from bot.storage.privacy.word_lists import read_lexicon
from bot.storage.unit_of_work import DatabaseStore
from tests.fakes.clock import FakeClock
from tests.support.bot_process import NLU_SECRET, Bot

SHORT = "boleh ga sih aku dateng ke acara partai?"
LONG = (
    "jadi gini, kemarin saya ditelepon teman lama yang sekarang jadi pengurus partai, dia undang saya ke peresmian"
    " kantor cabang di kecamatan, katanya cuma makan-makan dan kenalan sama calon bupati, saya PNS di puskesmas dan"
    " istri saya bilang tidak usah, tapi tidak enak juga menolak karena dia sudah banyak membantu keluarga kami"
)
ROUNDS = 200
MASKED_CHARACTERS = 500
Timed = Callable[[], Awaitable[object]]


async def _seconds(work: Timed) -> list[float]:
    await work()
    taken = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        await work()
        taken.append(time.perf_counter() - started)
    return sorted(taken)


async def _measure(bot: Bot) -> None:
    client = NluClient(f"http://127.0.0.1:{bot.nlu_port}", NLU_SECRET)
    engine = make_engine(f"sqlite:///{bot.folder / 'sinetral.db'}")
    numbers = iter(range(10**9))
    keys = keys_from_file(bot.folder / "keys" / "master.key")
    store = DatabaseStore(engine, keys, lambda: f"bench-{next(numbers)}")
    now = datetime.now(UTC)  # noqa: TID251 - a benchmark has no clock of its own
    handle = HandleMessage(interpreter=client, store=store, clock=FakeClock(now))
    parsed = await client.parse(SHORT)
    async with store.unit() as unit:
        book = await unit.guidance()

    async def decided() -> object:
        return decide(Conversation(), parsed, book, None, now)

    lexicon = read_lexicon(book.instruments.values())
    story = f"{LONG}. {LONG}"[:MASKED_CHARACTERS]

    async def masked() -> object:
        return mask(story, lexicon)

    parts: dict[str, Timed] = {
        "parse, short question": lambda: client.parse(SHORT),
        "parse, long story": lambda: client.parse(LONG),
        "decide": decided,
        "mask, 500 characters": masked,
        "whole answer with store": lambda: handle.on_text(Channel.WEB, "bench", SHORT),
    }
    base = 0.0
    for name, work in parts.items():
        taken = await _seconds(work)
        p50, p95 = statistics.median(taken), taken[int(len(taken) * 0.95)]
        base = base or p50
        print(f"{name:28} p50 {p50 * 1000:7.2f} ms  p95 {p95 * 1000:7.2f} ms  {p50 / base:5.2f} x of a short parse")
    await client.close()
    await engine.dispose()


def main() -> None:
    """Start a bot of our own, measure, stop it."""
    with tempfile.TemporaryDirectory() as folder:
        bot = Bot(Path(folder))
        print(f"start to page: {bot.start():.1f} s")
        try:
            memory = Path(f"/proc/{bot.nlu_pid()}/status").read_text()
            print("NLU " + next(line for line in memory.splitlines() if line.startswith("VmRSS")))
            asyncio.run(_measure(bot))
        finally:
            bot.stop()


if __name__ == "__main__":
    main()
