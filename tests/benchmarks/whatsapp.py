"""`python -m tests.benchmarks.whatsapp [SECONDS]`: 240 signed statuses and 30 messages a second on one process.

Prints how soon the platform was answered, what was lost or doubled, and how long replies took beside idle.
"""

import asyncio
import json
import secrets
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import ClientError, ClientSession, ClientTimeout, TCPConnector
from sqlalchemy import insert, select, update

from bot.application.campaigns.record_receipts import ticket_of
from bot.channels.whatsapp.webhook import WEBHOOK_PATH
from bot.core.campaigns.campaign import CampaignStatus
from bot.core.campaigns.delivery import DeliveryStatus, UnknownDeliveryPolicy
from bot.core.vocabulary import Channel
from bot.storage.campaigns.campaign_runs import plan_step
from bot.storage.campaigns.consents import opt_in_binding
from bot.storage.campaigns.tables import CampaignRow, ChunkRow, DeliveryRow, OptInRow
from bot.storage.engine.engine import make_engine
from bot.storage.engine.key_ring import keys_from_file
from bot.storage.unit_of_work import DatabaseStore
from tests.fakes.whatsapp.graph_api import FakeGraph, Sent, signed_headers
from tests.integration.campaigns.engine.harness import add_campaign, noon
from tests.support.bot_process import Bot, free_port

STATUSES_A_SECOND = 240
MESSAGES_A_SECOND = 30
WORDS = ("sent", "delivered", "read")
IDLE_SECONDS = 12
SLOWEST = 30.0
PATIENCE_SECONDS = 180.0
"""A reply that has not come by then is lost."""
QUESTIONS = ("boleh ga sih aku dateng ke acara partai?", "boleh foto bareng calon gubernur?", "halo", "menu")


@dataclass
class Load:
    """One phase: what was posted, and how long each answer took."""

    answers: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    asked: dict[str, float] = field(default_factory=dict)
    """When each person asked; everybody asks once."""

    def summary(self) -> str:
        """Return median and 99th part of a hundred of the answers to the platform."""
        taken = sorted(self.answers)
        p99 = taken[int(len(taken) * 0.99)]
        return f"answered {dict(self.statuses)}, p50 {statistics.median(taken) * 1000:.0f} ms, p99 {p99 * 1000:.0f} ms"


async def prepare(bot: Bot, people: int) -> list[str]:
    """Write a campaign that was sent on WhatsApp to so many; returns the tickets of its messages."""
    engine = make_engine(f"sqlite:///{bot.folder / 'sinetral.db'}")
    store = DatabaseStore(engine, keys_from_file(bot.folder / "keys" / "master.key"), lambda: secrets.token_hex(16))
    rows = []
    for number in range(people):
        person = f"bsuid:ID.19{number:07d}"
        key = store.key_of(Channel.WHATSAPP, person)
        address = store.seal_bytes(person.encode(), opt_in_binding(key))
        rows.append({"key": key, "channel": Channel.WHATSAPP, "address": address, "opted_in_at": noon()})
    async with store.session() as session:
        await session.execute(insert(OptInRow), [{**row, "text_version": "ukur", "zone": "WIB"} for row in rows])
    id_ = await add_campaign(store, UnknownDeliveryPolicy.RESEND)
    while await plan_step(store, noon(), ()):
        pass
    async with store.session() as session:
        await session.execute(update(DeliveryRow).values(status=DeliveryStatus.SENT))
        await session.execute(update(ChunkRow).values(is_done=True))
        await session.execute(update(CampaignRow).where(CampaignRow.id == id_).values(status=CampaignStatus.DONE))
        found = await session.execute(select(DeliveryRow.chunk_id, DeliveryRow.key))
        tickets = [ticket_of(chunk, key) for chunk, key in found]
    await engine.dispose()
    return tickets


async def fates(bot: Bot) -> Counter[str]:
    """Count what became of the campaign's messages."""
    engine = make_engine(f"sqlite:///{bot.folder / 'sinetral.db'}")
    async with engine.connect() as connection:
        found = Counter(status.value for (status,) in await connection.execute(select(DeliveryRow.status)))
    await engine.dispose()
    return found


async def run(graph: FakeGraph, load: Load, tickets: Sequence[str], seconds: int, first: int, per_second: int) -> None:
    """Post statuses of the tickets, if any, and one question each of new people, evenly."""
    bodies: list[tuple[float, bytes, str]] = []
    pace = 1 / STATUSES_A_SECOND
    for number in range(seconds * STATUSES_A_SECOND if tickets else 0):
        ticket, word = tickets[number // len(WORDS) % len(tickets)], WORDS[number % len(WORDS)]
        status = {"id": f"wamid.{number}", "status": word, "timestamp": "0", "biz_opaque_callback_data": ticket}
        bodies.append((number * pace, json.dumps(graph.body_of({"statuses": [status]})).encode(), ""))
    for number in range(seconds * per_second):
        person = graph.add(None, f"ID.20{first + number:07d}")
        person.open_until = time.time() + 3600
        told = {
            "id": f"wamid.m{first + number}",
            "from_user_id": person.bsuid,
            "timestamp": str(int(time.time())),
            "type": "text",
            "text": {"body": QUESTIONS[number % len(QUESTIONS)]},
        }
        bodies.append((number / per_second, json.dumps(graph.body_of({"messages": [told]})).encode(), person.id))
    bodies.sort(key=lambda each: each[0])
    async with ClientSession(timeout=ClientTimeout(total=SLOWEST), connector=TCPConnector(limit=0)) as session:
        started = time.monotonic()
        tasks = []
        for at, data, person_id in bodies:
            await asyncio.sleep(max(0.0, started + at - time.monotonic()))
            tasks.append(asyncio.create_task(_post(session, graph, load, data, person_id)))
        await asyncio.gather(*tasks)


async def _post(session: ClientSession, graph: FakeGraph, load: Load, data: bytes, person: str) -> None:
    if person:
        load.asked[person] = time.time()
    status = 0
    while status != 200:
        started = time.monotonic()
        try:
            async with session.post(graph.webhook, data=data, headers=signed_headers(data)) as answer:
                status = answer.status
        except ClientError:
            # A kept connection that the server closed in this moment; the platform, too, comes again.
            status = 0
        load.statuses[status] += 1
        load.answers.append(time.monotonic() - started)


def replies(graph: FakeGraph, load: Load) -> tuple[list[float], int, int]:
    """Wait for every reply; returns the seconds of each, rising, how many never came, and how many came twice."""
    until = time.monotonic() + PATIENCE_SECONDS
    got: dict[str, list[Sent]] = {}
    while time.monotonic() < until:
        got = {}
        for each in graph.sent():
            if each.person in load.asked:
                got.setdefault(each.person, []).append(each)
        if len(got) == len(load.asked):
            break
        time.sleep(0.1)
    doubled = sum(len(each) != len({sent.text for sent in each}) for each in got.values())
    taken = sorted(got[person][0].at - asked for person, asked in load.asked.items() if person in got)
    return taken, len(load.asked) - len(got), doubled


def p95(taken: Sequence[float]) -> float:
    """Return the 95th part of a hundred, in milliseconds."""
    return taken[int(len(taken) * 0.95)] * 1000


def main() -> None:
    """Measure idle, then under load, on one bot process with its NLU."""
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    with tempfile.TemporaryDirectory() as folder, FakeGraph(sends_statuses=False) as graph:
        bot = Bot(Path(folder), port=free_port(), extra=graph.environment)
        graph.webhook = bot.url + WEBHOOK_PATH
        bot.start()
        try:
            tickets = asyncio.run(prepare(bot, seconds * STATUSES_A_SECOND // len(WORDS)))
            warm = Load()
            asyncio.run(run(graph, warm, (), 3, 0, MESSAGES_A_SECOND))
            replies(graph, warm)
            figures = {}
            for name, shown, spell, rate in (
                ("a few messages", (), IDLE_SECONDS, 3),
                ("30 messages/s", (), IDLE_SECONDS, MESSAGES_A_SECOND),
                ("30 messages/s and 240 statuses/s", tickets, seconds, MESSAGES_A_SECOND),
            ):
                load = Load()
                asyncio.run(run(graph, load, shown, spell, len(graph.people), rate))
                taken, lost, doubled = replies(graph, load)
                figures[name] = p95(taken)
                print(
                    f"{name}: {load.summary()}; replies p50 {statistics.median(taken) * 1000:.0f} ms,"
                    f" p95 {p95(taken):.0f} ms, lost {lost}, twice {doubled}",
                    flush=True,
                )
            few, busy, loaded = figures.values()
            print(f"replies' p95 under load: {loaded / busy:.2f} x without statuses, {loaded / few:.2f} x of idle")
            print(f"messages of the campaign by status: {dict(asyncio.run(fates(bot)))}")
            memory = Path(f"/proc/{bot.process.pid}/status").read_text() if bot.process else ""
            print("bot " + next(line for line in memory.splitlines() if line.startswith("VmHWM")))
        finally:
            bot.stop()


if __name__ == "__main__":
    main()
