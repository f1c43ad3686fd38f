"""Feeds malformed updates to a running bot between ordinary questions, and closes the books."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from aiohttp import ClientError, ClientSession, ClientTimeout, TCPConnector

from bot.channels.telegram.webhook import WEBHOOK_PATH
from tests.fakes.telegram.queue import Waiting
from tests.fakes.whatsapp.graph_api import WINDOW_SECONDS, Person, signed_headers
from tests.faults.malformed import RAW, Variant, kinds, variants
from tests.faults.nlu_stub import question
from tests.faults.world import Heard, World, titles
from tests.integration.channels.telegram.process import SECRET

AT_ONCE = 16
BATCH = 60
OTHERS = 6
"""Ordinary people who ask beside each batch."""
POST_SECONDS = 60.0
STANDSTILL_SECONDS = 30.0
"""Nothing more is expected when no answer came for so long."""
FIRST_OTHER = 9_500_000
MAX_MEMORY_MB = 450.0
"""Three times what the process holds at rest, and room for the largest bodies."""


@dataclass(kw_only=True)
class Books:
    """What became of a corpus."""

    channel: str
    intake: str
    variants: int
    kinds: int
    fields: int
    ways: int
    asked: int
    blocking: list[str]
    """Variants after which the same person's ordinary question was not answered, and other people so."""
    unacknowledged: list[str]
    """Variants that the webhook did not answer 200."""
    replied: int
    """Variants that their person got a reply to."""
    silent: int
    dead_letters: int | None
    waiting: Mapping[str, int]
    leaks: list[bytes]
    lines: Mapping[str, int]
    health: tuple[int, str]
    alive: bool
    memory_mb: float
    seconds: float

    def lines_of_report(self) -> list[str]:
        """Return the figures as text."""
        return [
            f"{self.channel} {self.intake}: {self.variants} variants ({self.kinds} kinds, {self.fields} fields,"
            f" {self.ways} ways); blocking {len(self.blocking)} of {self.asked} ordinary questions;"
            f" not acknowledged {len(self.unacknowledged)}; waiting at the end {dict(self.waiting)};"
            f" replied {self.replied}, no reply {self.silent}, dead letters {self.dead_letters};"
            f" leaks {len(self.leaks)}; log {dict(self.lines)}; health {self.health}; alive {self.alive};"
            f" memory {self.memory_mb:.0f} MB; {self.seconds:.0f} s",
            *[f"  blocking after {name}" for name in self.blocking[:8]],
            *[f"  not acknowledged: {name}" for name in self.unacknowledged[:8]],
            *[f"  leak: {line!r}" for line in self.leaks[:5]],
        ]

    def problems(self) -> list[str]:
        """Return what must not be."""
        found = []
        if self.blocking:
            found.append(f"{len(self.blocking)} ordinary questions unanswered, e.g. after {self.blocking[:3]}")
        if self.unacknowledged:
            found.append(f"{len(self.unacknowledged)} not acknowledged, e.g. {self.unacknowledged[:3]}")
        if any(self.waiting.values()):
            found.append(f"still waiting: {dict(self.waiting)}")
        if self.leaks:
            found.append(f"{len(self.leaks)} log lines hold what people wrote, e.g. {self.leaks[:2]}")
        if not self.alive or self.health[0] != 200:
            found.append(f"alive {self.alive}, health {self.health}")
        if self.memory_mb > MAX_MEMORY_MB:
            found.append(f"{self.memory_mb:.0f} MB of memory")
        return found


@dataclass(kw_only=True)
class Feeding:
    """One run of a corpus."""

    world: World
    channel: str
    polls: bool
    heard: Heard = field(init=False)
    people: dict[str, Person] = field(default_factory=dict)
    expected: dict[str, tuple[str, str]] = field(default_factory=dict)
    """By person: the answer's title, and after which variant it was asked."""
    unacknowledged: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.heard = Heard(self.world)
        self.titles = titles()
        self.world.telegram_proxy.replaced = dict(RAW)

    def run(self, chosen: Sequence[Variant]) -> Books:
        """Feed everything, wait for the ordinary answers, and count."""
        started = time.monotonic()
        others = 0
        for start in range(0, len(chosen), BATCH):
            batch = chosen[start : start + BATCH]
            self._add_people(batch)
            asyncio.run(self._feed(batch))
            for variant in batch:
                self._ask(variant.number, variant.name)
            for _ in range(OTHERS):
                others += 1
                self._add(FIRST_OTHER + others, both=False)
                self._ask(FIRST_OTHER + others, f"{batch[0].name} .. {batch[-1].name}, by somebody else")
            self._wait(allowed=4 * BATCH)
        self._wait(allowed=0)
        return self._close(chosen, time.monotonic() - started)

    # Deeds

    def _add_people(self, batch: Sequence[Variant]) -> None:
        for variant in batch:
            self._add(variant.number, both="user_id" in variant.kind)
            if self.channel == "telegram":
                self.world.telegram.add_group(-1_001_000_000_000 - variant.chat, members=[variant.chat])

    def _add(self, number: int, *, both: bool) -> None:
        if self.channel == "telegram":
            self.world.telegram.add_private(800_000_000 + number)
            return
        person = self.world.graph.add(f"62899{number:07d}", f"ID.1899{number:07d}" if both else None)
        person.open_until = time.time() + WINDOW_SECONDS
        self.people[str(number)] = person

    def _ask(self, number: int, after: str) -> None:
        topics = sorted(self.titles)
        topic = topics[number % len(topics)]
        if self.channel == "telegram":
            person = str(800_000_000 + number)
            self.world.telegram.say(int(person), question(topic))
        else:
            person = self.people[str(number)].id
            self.world.graph.say(self.people[str(number)], question(topic))
        self.expected[person] = (self.titles[topic], after)

    async def _feed(self, batch: Sequence[Variant]) -> None:
        if self.channel == "telegram" and self.polls:
            for variant in batch:
                self._queue(variant)
            return
        gate = asyncio.Semaphore(AT_ONCE)
        timeout = ClientTimeout(total=POST_SECONDS)
        async with ClientSession(timeout=timeout, connector=TCPConnector(limit=AT_ONCE)) as session:
            await asyncio.gather(*[self._post(session, gate, variant) for variant in batch])

    def _queue(self, variant: Variant) -> None:
        """Put an update before the poller as it is, asked for or not."""
        api = self.world.telegram
        update_id = self._next_id()
        one = Waiting(update_id=update_id, chat_id=variant.chat, body=json.loads(variant.marked(update_id)))
        with api._lock:
            api.updates.history[update_id] = one
            api.updates.waiting.append(one)
        api._server.changed()

    def _next_id(self) -> int:
        queue = self.world.telegram.updates
        with self.world.telegram._lock:
            update_id = queue._next_id
            queue._next_id += 1
        return update_id

    async def _post(self, session: ClientSession, gate: asyncio.Semaphore, variant: Variant) -> None:
        async with gate:
            if self.channel == "telegram":
                url = self.world.bot.url + WEBHOOK_PATH
                body = variant.json(self._next_id())
                headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET, "Content-Type": "application/json"}
            else:
                url, body = self.world.graph.webhook, variant.json()
                headers = signed_headers(body)
            try:
                async with session.post(url, data=body, headers=headers) as answer:
                    status = answer.status
            except (ClientError, OSError, TimeoutError):
                status = 0
            if status != 200:
                self.unacknowledged.append(f"{variant.name}: {status}")

    # Books

    def _unanswered(self) -> list[str]:
        self.heard.look()
        return [
            person
            for person, (title, _) in self.expected.items()
            if not any(title in text for text in self.heard.of(person))
        ]

    def _wait(self, *, allowed: int) -> None:
        """Wait until no more than so many questions are open, or nothing moves any more."""
        before, since = -1, time.monotonic()
        while True:
            left = len(self._unanswered())
            if left <= allowed or (left == before and time.monotonic() - since > STANDSTILL_SECONDS):
                return
            if left != before:
                before, since = left, time.monotonic()
            time.sleep(0.2)

    def _close(self, chosen: Sequence[Variant], seconds: float) -> Books:
        unanswered = self._unanswered()
        waiting = self.world.wait_until_empty(10)
        owners = {self._person(variant): variant for variant in chosen}
        replied = sum(len(self.heard.of(person)) > 1 for person in owners)
        status, body = self.world.bot.health()
        return Books(
            channel=self.channel,
            intake="polling" if self.polls else "webhook",
            variants=len(chosen),
            kinds=len({variant.kind for variant in chosen}),
            fields=len({(variant.kind, variant.path) for variant in chosen}),
            ways=len({variant.way for variant in chosen}),
            asked=len(self.expected),
            blocking=[self.expected[person][1] for person in unanswered],
            unacknowledged=self.unacknowledged,
            replied=replied,
            silent=len(chosen) - replied,
            dead_letters=self.world.dead_letters(),
            waiting=waiting,
            leaks=self.world.leaks(),
            lines=Counter(self.world.log_lines()),
            health=(status, str(body.get("status"))),
            alive=self.world.is_alive(),
            memory_mb=self.world.memory_mb() if self.world.is_alive() else 0.0,
            seconds=seconds,
        )

    def _person(self, variant: Variant) -> str:
        return str(variant.chat) if self.channel == "telegram" else self.people[str(variant.number)].id


def feed(world: World, channel: str, *, polls: bool, most: int | None) -> Books:
    """Feed a channel's corpus, or so many variants of it, to a running bot."""
    return Feeding(world=world, channel=channel, polls=polls).run(variants(channel, most))


def all_kinds(channel: str) -> Sequence[str]:
    """Return the names of the corpus."""
    return sorted(kinds(channel))
