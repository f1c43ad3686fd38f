"""Campaigns on a database with many opt-ins, processes to kill, and the books at the end."""

import asyncio
import gc
import json
import os
import random
import secrets
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import delete, insert

from bot.core.campaigns.campaign import Campaign, CampaignEvent, CampaignStatus
from bot.core.campaigns.consent import TimeZone
from bot.core.campaigns.delivery import DeliveryStatus, UnknownDeliveryPolicy
from bot.core.campaigns.segment import Segment
from bot.core.guidance.entry import GuidanceEntry
from bot.core.replies.reply import Reply, text
from bot.core.vocabulary import Channel
from bot.storage.campaigns.campaigns import campaigns
from bot.storage.campaigns.consents import opt_in_binding
from bot.storage.campaigns.tables import OptInRow
from bot.storage.engine.engine import make_engine
from bot.storage.engine.key_ring import keys_from_file
from bot.storage.unit_of_work import DatabaseStore
from tests.fakes.telegram.bot_api import TOKEN, FakeBotApi

TOPIC = "foto_bersama_calon"
FIRST_CHAT = 10_000_000
BLOCKED_EVERY = 97
"""About one per cent of people have blocked the bot."""
START_SECONDS = 30.0


def noon() -> datetime:
    """Return today's noon in Jakarta: no zone is asleep then."""
    return datetime.now(TimeZone.WIB.offset).replace(hour=12, minute=0, second=0, microsecond=0)  # noqa: TID251


def shift() -> float:
    """Return the seconds from now to noon, for processes' calendars."""
    return (noon() - datetime.now(UTC)).total_seconds()  # noqa: TID251


@dataclass(frozen=True, kw_only=True)
class Books:
    """What became of a campaign, by the ledger and by what arrived."""

    statuses: dict[DeliveryStatus, int]
    arrived: Counter[int]
    moments: Sequence[float]
    """Of arrivals, rising."""
    recipients: int

    @property
    def lost(self) -> int:
        """People who can be reached and got nothing, and are not held for a person."""
        return self.recipients - self.statuses.get(DeliveryStatus.UNREACHABLE, 0) - len(self.arrived)

    @property
    def duplicates(self) -> int:
        """Messages too many."""
        return sum(self.arrived.values()) - len(self.arrived)

    @property
    def most_to_one(self) -> int:
        """The most that one person got."""
        return max(self.arrived.values(), default=0)

    @property
    def rate(self) -> float:
        """Messages a second from the first to the last."""
        return (len(self.moments) - 1) / (self.moments[-1] - self.moments[0])

    @property
    def worst_second(self) -> int:
        """The most messages in any window of one second."""
        worst, start = 0, 0
        for end, moment in enumerate(self.moments):
            while moment - self.moments[start] >= 1.0:
                start += 1
            worst = max(worst, end - start + 1)
        return worst


@dataclass(kw_only=True)
class Harness:
    """One database, one fake Telegram, some processes."""

    address: str
    folder: Path
    api: FakeBotApi
    per_second: int
    recipients: int
    blocked_every: int = BLOCKED_EVERY
    processes: dict[int, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Make the key file that every process shares."""
        self.keys = keys_from_file(self.folder / "keys" / "master.key")

    @property
    def log(self) -> Path:
        """What the processes wrote."""
        return self.folder / "worker.log"

    def run(self, work: Callable[[DatabaseStore], object]) -> object:
        """Do something on the database with an engine of its own."""

        async def with_store() -> object:
            engine = make_engine(self.address)
            store = DatabaseStore(engine, self.keys, lambda: secrets.token_hex(16))
            try:
                return await work(store)  # type: ignore[misc]
            finally:
                await engine.dispose()

        return asyncio.run(with_store())

    def prepare(self, mode: UnknownDeliveryPolicy = UnknownDeliveryPolicy.RESEND) -> str:
        """Add people who opted in and a campaign that is due; returns its id."""
        chats = range(FIRST_CHAT, FIRST_CHAT + self.recipients)
        # A collector that walks through all that was sent would stop the fake's clockwork now and then.
        gc.disable()
        for number, chat in enumerate(chats):
            self.api.add_private(chat)
            if number % self.blocked_every == 0:
                self.api.world.chats[chat].is_blocked = True

        async def fill(store: DatabaseStore) -> str:
            await add_opt_ins(store, chats)
            return await add_campaign(store, mode)

        return str(self.run(fill))

    @property
    def environment(self) -> dict[str, str]:
        """What processes are started with."""
        return os.environ | {
            "SINETRAL_DATABASE_URL": self.address,
            "SINETRAL_KEY_FILE": str(self.folder / "keys" / "master.key"),
            "SINETRAL_TELEGRAM_PER_SECOND": str(self.per_second),
            "TELEGRAM_BOT_TOKEN": TOKEN,
            "TELEGRAM_API_BASE_URL": self.api.url,
            "CLOCK_SHIFT": str(shift()),
        }

    def start(self, number: int = 0) -> None:
        """Start a process."""
        with self.log.open("ab") as output:
            command = [sys.executable, "-m", "tests.integration.campaigns.engine.worker"]
            self.processes[number] = subprocess.Popen(command, env=self.environment, stdout=output, stderr=output)

    def replies(self, first: int, count: int) -> list[float]:
        """Let another process answer so many people; returns the seconds of each, rising."""
        for chat in range(first, first + count):
            self.api.add_private(chat)
        command = [sys.executable, "-m", "tests.integration.campaigns.engine.replier"]
        environment = self.environment | {"REPLIES": f"{first} {count}"}
        done = subprocess.run(command, env=environment, capture_output=True, check=True, timeout=120)
        return sorted(json.loads(done.stdout))

    def ceiling(self, processes: int, seconds: float = 4.0) -> float:
        """Return the messages a second that bare processes get through to the fake, on this machine, now."""
        before = len(self.api.world.sent)
        chat = self.api.add_private(FIRST_CHAT - 1)
        environment = os.environ | {"TELEGRAM_API_BASE_URL": self.api.url, "FLOOD": f"{chat} {seconds}"}
        command = [sys.executable, "-m", "tests.integration.campaigns.engine.flood"]
        flooding = [subprocess.Popen(command, env=environment) for _ in range(processes)]
        assert [process.wait(timeout=60) for process in flooding] == [0] * processes
        moments = [each.at for each in self.api.world.sent[before:]]
        del self.api.world.sent[before:]
        middle = [at for at in moments if moments[0] + seconds / 4 < at < moments[0] + 3 * seconds / 4]
        return len(middle) / (seconds / 2)

    def kill(self, number: int) -> None:
        """Kill a process without warning."""
        self.processes[number].send_signal(signal.SIGKILL)
        self.processes[number].wait(timeout=10)

    def stop(self) -> None:
        """End every process."""
        gc.enable()
        for process in self.processes.values():
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in self.processes.values():
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()

    def kill_at(self, shares: Sequence[float], chance: random.Random) -> None:
        """Kill and restart a random process whenever so much of the campaign, 0..1, has arrived."""
        for share in sorted(shares):
            target = int(self.recipients * share)
            self.api.wait_until(lambda target=target: len(self.api.world.sent) >= target, timeout=400)  # type: ignore[misc]
            time.sleep(chance.uniform(0.0, 0.1))
            number = chance.choice(sorted(self.processes))
            self.kill(number)
            self.start(number)

    def status(self, campaign: str) -> CampaignStatus:
        """Return where a campaign stands."""

        async def look(store: DatabaseStore) -> CampaignStatus:
            async with campaigns(store) as unit:
                return (await unit.get(campaign)).status

        status = self.run(look)
        assert isinstance(status, CampaignStatus)
        return status

    def wait(self, campaign: str, seconds: float) -> None:
        """Wait until a campaign is over; looking costs the fake some time, so only when nothing arrives any more."""
        until = time.monotonic() + seconds
        before = -1
        while before != len(self.api.world.sent) or before == 0:
            before = len(self.api.world.sent)
            time.sleep(max(1.0, 5 / self.per_second))
        while self.status(campaign) is not CampaignStatus.DONE:
            assert time.monotonic() < until, (
                f"not over: {self.books(campaign).statuses}\n{self.log.read_text()[-3000:]}"
            )
            time.sleep(0.5)

    def event(self, campaign: str, event: CampaignEvent) -> None:
        """Let something happen to a campaign."""

        async def change(store: DatabaseStore) -> None:
            async with campaigns(store) as unit:
                await unit.change(campaign, event)

        self.run(change)

    def withdraw_all(self) -> None:
        """Let everybody opt out."""

        async def forget(store: DatabaseStore) -> None:
            async with store.session() as session:
                await session.execute(delete(OptInRow))

        self.run(forget)

    def books(self, campaign: str) -> Books:
        """Close the books."""

        async def look(store: DatabaseStore) -> dict[DeliveryStatus, int]:
            statuses: Counter[DeliveryStatus] = Counter()
            async with campaigns(store) as unit:
                for counts in (await unit.results(campaign)).values():
                    for each in counts:
                        statuses[each.status] += each.messages
            return dict(statuses)

        statuses = self.run(look)
        assert isinstance(statuses, dict)
        sent = self.api.sent()
        return Books(
            statuses=statuses,
            arrived=Counter(each.chat_id for each in sent),
            moments=sorted(each.at for each in sent),
            recipients=self.recipients,
        )


async def add_opt_ins(store: DatabaseStore, chats: Sequence[int]) -> None:
    """Let many people opt in at once."""
    for start in range(0, len(chats), 5_000):
        made = []
        for chat in chats[start : start + 5_000]:
            key = store.key_of(Channel.TELEGRAM, str(chat))
            made.append(
                {
                    "key": key,
                    "channel": Channel.TELEGRAM,
                    "address": store.seal_bytes(str(chat).encode(), opt_in_binding(key)),
                    "opted_in_at": noon(),
                    "text_version": "uji",
                    "zone": list(TimeZone)[chat % 3].value,
                }
            )
        async with store.session() as session:
            await session.execute(insert(OptInRow), made)


async def add_campaign(store: DatabaseStore, mode: UnknownDeliveryPolicy) -> str:
    """Write, approve and schedule a campaign for now."""
    now = noon()
    id_ = secrets.token_hex(4)
    async with store.unit() as unit:
        entry = (await unit.guidance()).answer_on(TOPIC, now.date())
    assert isinstance(entry, GuidanceEntry)
    async with campaigns(store) as unit:
        await unit.add(
            Campaign(
                id=id_,
                name="uji",
                status=CampaignStatus.DRAFT,
                topic=TOPIC,
                version=None,
                message=None,
                segment=Segment(),
                schedule="sekarang",
                valid_hours=48,
                in_doubt=mode,
                weekly_limit=3,
                created_by="ani",
            ),
            now,
        )
        await unit.change(id_, CampaignEvent.SUBMIT, submitted_by="ani")
        await unit.approve(id_, "budi", Reply(paragraphs=(text("Pengingat: jaga netralitas."),)), entry.version)
        await unit.change(id_, CampaignEvent.SCHEDULE, next_run=(now - timedelta(hours=1)).timestamp())
    return id_
