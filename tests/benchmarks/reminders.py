"""`make bench-reminders`: what campaigns cost by size, how fast one process can be, and the long run with kills.

Each part alone: `python -m tests.benchmarks.reminders sizes|ceiling|slow [sqlite|postgresql]`.
"""

import asyncio
import os
import random
import secrets
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from telegram.ext import AIORateLimiter, ExtBot

from bot.core.campaigns.delivery import Delivery, DeliveryStatus, UnknownDeliveryPolicy
from bot.core.vocabulary import Channel
from bot.storage.campaigns.campaign_runs import plan_step
from bot.storage.campaigns.sending import DatabaseLedger, SendingLimits
from bot.storage.engine.engine import make_engine
from bot.storage.engine.key_ring import keys_from_file
from bot.storage.unit_of_work import DatabaseStore
from tests.fakes.telegram.bot_api import NO_LIMITS, TOKEN, FakeBotApi
from tests.integration.campaigns.engine.harness import FIRST_CHAT, Harness, add_campaign, add_opt_ins, noon
from tests.support.database import SEEDED, _publish_on_postgres, _seeded_file, new_postgres

SIZES = (10_000, 100_000, 1_000_000)
CLAIMS = 20
ADMITTED = 100
LATENCY = 0.03
KILLS = 5


@contextmanager
def database(kind: str) -> Iterator[tuple[str, Path]]:
    """Return the address of a database with the seed, and a folder for the rest."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if kind == "sqlite":
            (folder / "reminders.db").write_bytes(_seeded_file())
            yield f"sqlite:///{folder / 'reminders.db'}", folder
            return
        _publish_on_postgres()
        for address in new_postgres(SEEDED):
            yield address, folder


def sizes(kind: str) -> None:
    """Print one line a size."""
    print(f"{kind}: recipients, s to create, ms to claim 500, ms to mark 100, ms to record 100, MB of a sender")
    for size in SIZES:
        with database(kind) as (address, folder), FakeBotApi(limits=NO_LIMITS) as api:
            run = Harness(address=address, folder=folder, api=api, per_second=500, recipients=size)
            figures = asyncio.run(_steps(run, size))
            run.start(0)
            time.sleep(8)
            memory = Path(f"/proc/{run.processes[0].pid}/status").read_text(encoding="ascii")
            resident = next(line for line in memory.splitlines() if line.startswith("VmHWM"))
            run.stop()
        print(f"{size:>9} {' '.join(f'{figure:9.2f}' for figure in figures)} {int(resident.split()[1]) / 1024:9.0f}")


async def _steps(run: Harness, size: int) -> list[float]:
    engine = make_engine(run.address)
    keys = keys_from_file(run.folder / "keys" / "master.key")
    store = DatabaseStore(engine, keys, lambda: secrets.token_hex(16))
    await add_opt_ins(store, range(FIRST_CHAT, FIRST_CHAT + size))
    await add_campaign(store, UnknownDeliveryPolicy.RESEND)
    now = noon()
    started = time.perf_counter()
    while await plan_step(store, now, ()):
        pass
    created = time.perf_counter() - started
    ledger = DatabaseLedger(store, "ukur", {Channel.TELEGRAM: SendingLimits(interval=0.001)})
    claims, marks, records = [], [], []
    for _ in range(CLAIMS):
        started = time.perf_counter()
        async with ledger.unit() as unit:
            claimed = await unit.claim(now)
        claims.append(time.perf_counter() - started)
        assert claimed is not None
        chunk, waiting = claimed
        keys_of = [key for key, _ in waiting[:ADMITTED]]
        started = time.perf_counter()
        async with ledger.unit() as unit:
            await unit.admit(chunk, keys_of, set(keys_of), now)
        marks.append(time.perf_counter() - started)
        started = time.perf_counter()
        async with ledger.unit() as unit:
            await unit.record(chunk.id, [(key, Delivery(status=DeliveryStatus.SENT)) for key in keys_of])
        records.append(time.perf_counter() - started)
        async with ledger.unit() as unit:
            await unit.release(chunk.id, None)
            await unit.claim(now)
    await engine.dispose()
    return [created, *(statistics.median(each) * 1000 for each in (claims, marks, records))]


def ceiling(kind: str) -> None:
    """Print the rate of one process whose limiter allows 1,000/s, beside python-telegram-bot's own limiter."""
    with database(kind) as (address, folder), FakeBotApi(limits=NO_LIMITS) as api:
        run = Harness(address=address, folder=folder, api=api, per_second=1_000, recipients=8_000)
        run.blocked_every = 10**9
        api.hang("sendMessage", LATENCY, times=None)
        bare = run.ceiling(processes=1)
        campaign = run.prepare()
        run.start(0)
        run.wait(campaign, 120)
        ours = run.books(campaign).rate
        run.stop()
        theirs = asyncio.run(_ptb(api))
    print(
        f"{kind}: bare client {bare:.0f}/s; one process at 1,000/s: {ours:.0f}/s; AIORateLimiter {theirs:.0f}/s"
        f" ({ours / theirs:.1f} x)"
    )


async def _ptb(api: FakeBotApi, messages: int = 400) -> float:
    limiter = AIORateLimiter(overall_max_rate=1_000, overall_time_period=1)
    bot = ExtBot(TOKEN, base_url=api.base_url, rate_limiter=limiter)
    async with bot:
        started = time.perf_counter()
        await asyncio.gather(*(bot.send_message(FIRST_CHAT + number, "uji") for number in range(1, messages + 1)))
        return messages / (time.perf_counter() - started)


def slow(kind: str) -> None:
    """Print the books of 20,000 at 25/s over five kills; thirteen minutes."""
    seed = int.from_bytes(os.urandom(4), "big")
    chance = random.Random(seed)
    with database(kind) as (address, folder), FakeBotApi(limits=NO_LIMITS) as api:
        run = Harness(address=address, folder=folder, api=api, per_second=25, recipients=20_000)
        api.hang("sendMessage", LATENCY, times=None)
        campaign = run.prepare()
        run.start(0)
        run.start(1)
        for share in sorted(chance.uniform(0.02, 0.95) for _ in range(KILLS)):
            target = int(share * run.recipients)
            while len(api.world.sent) < target:
                time.sleep(0.5)
            number = chance.choice((0, 1))
            run.kill(number)
            run.start(number)
        run.wait(campaign, 1_200)
        books = run.books(campaign)
        run.stop()
    print(
        f"{kind}, 25/s, seed {seed}: lost {books.lost}, duplicates {books.duplicates}, most to one"
        f" {books.most_to_one}, {books.rate:.1f}/s, worst second {books.worst_second}"
    )


PARTS: dict[str, Callable[[str], None]] = {"sizes": sizes, "ceiling": ceiling, "slow": slow}


def main() -> None:
    """Run the parts that were asked for, all without a word."""
    chosen = [word for word in sys.argv[1:] if word in PARTS] or list(PARTS)
    kinds = [word for word in sys.argv[1:] if word not in PARTS] or ["sqlite", "postgresql"]
    for part in chosen:
        for kind in kinds:
            PARTS[part](kind)


if __name__ == "__main__":
    main()
