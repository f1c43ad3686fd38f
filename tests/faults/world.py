"""A real bot between fake platforms and a stub of the NLU, each of which can be frozen, killed and spoiled."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import psycopg

from bot.channels.whatsapp.webhook import WEBHOOK_PATH
from bot.storage.guidance.seed import SEED_FOLDER, read_seed
from tests.fakes.spoiling_proxy import SpoilingProxy
from tests.fakes.telegram.bot_api import NO_LIMITS, TOKEN, FakeBotApi
from tests.fakes.telegram.types import Limits
from tests.fakes.whatsapp.graph_api import FakeGraph, Person
from tests.faults.malformed import LEAK
from tests.integration.channels.telegram.process import SECRET
from tests.support.bot_process import ROOT, Bot, free_port

PACE = "1000"
"""Messages a second, so that no test waits for the platforms' own limits."""
STUB_SECONDS = 30.0
STOP_SECONDS = 60.0
DOWN = ("sedang tidak menyala", "bagian yang memahami pertanyaan")
Found = TypeVar("Found")


def wait_for(predicate: Callable[[], Found], seconds: float, pause: float = 0.1) -> Found | None:
    """Wait for a truthy value; None when it did not come."""
    until = time.monotonic() + seconds
    while not (found := predicate()):
        if time.monotonic() > until:
            return None
        time.sleep(pause)
    return found


@dataclass(kw_only=True)
class NluStub:
    """The stub as a process of its own."""

    port: int = field(default_factory=free_port)
    process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        """Start, and wait until it answers."""
        command = [sys.executable, "-m", "tests.faults.nlu_stub", "--port", str(self.port)]
        self.process = subprocess.Popen(command, cwd=ROOT)
        assert wait_for(self._answers, STUB_SECONDS), "the stub of the NLU does not answer"

    def signal(self, number: signal.Signals) -> None:
        """Freeze, wake or kill it."""
        assert self.process is not None
        self.process.send_signal(number)

    def stop(self) -> None:
        """End it, frozen or not."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
        if self.process is not None:
            self.process.wait(timeout=10)
        self.process = None

    def mode(self, mode: str) -> None:
        """Choose how it answers: ok, 500, html, hang."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/mode", mode.encode())
        with urllib.request.urlopen(request, timeout=5):
            pass

    def _answers(self) -> bool:
        with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health", timeout=1) as answer:
            return bool(answer.status == 200)
        return False


@dataclass(kw_only=True)
class World:
    """Everything around one bot."""

    bot: Bot
    stub: NluStub
    telegram: FakeBotApi
    telegram_proxy: SpoilingProxy
    graph: FakeGraph
    graph_proxy: SpoilingProxy
    address: str
    """Of the database."""

    def ask_sql(self, statement: str) -> list[tuple[Any, ...]]:
        """Read the database behind the bot's back."""
        if self.address.startswith("sqlite"):
            file = self.address.removeprefix("sqlite:///")
            with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=20)) as connection:
                return list(connection.execute(statement))
        with psycopg.connect(self.address) as connection:
            return list(connection.execute(statement.encode()))

    def waiting(self) -> Mapping[str, int]:
        """Return how much waits to be handled and to be sent."""
        inbox = self.ask_sql("SELECT count(*) FROM inbox WHERE payload IS NOT NULL AND work_key IS NOT NULL")[0][0]
        # What the platform took stays some minutes, in case it tells that it failed.
        outbox = self.ask_sql("SELECT count(*) FROM outbox WHERE accepted_at IS NULL")[0][0]
        return {"inbox": int(inbox), "outbox": int(outbox)}

    def wait_until_empty(self, seconds: float) -> Mapping[str, int]:
        """Wait until nothing waits; returns what still does."""
        wait_for(lambda: not any(self.waiting().values()), seconds, pause=0.5)
        return self.waiting()

    def dead_letters(self) -> int | None:
        """Return how many updates were put aside as unreadable, None where the database keeps no such count."""
        if self.address.startswith("sqlite"):
            tables = [row[0] for row in self.ask_sql("SELECT name FROM sqlite_master WHERE type = 'table'")]
        else:
            tables = [row[0] for row in self.ask_sql("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
        named = [table for table in tables if "dead" in table or "unreadable" in table or "set_aside" in table]
        return sum(int(self.ask_sql(f'SELECT count(*) FROM "{table}"')[0][0]) for table in named) if named else None

    def logged(self) -> bytes:
        """Return everything that was printed or logged."""
        logs = [path for path in self.bot.folder.rglob("*.log*") if path.is_file()]
        return b"\n".join(path.read_bytes() for path in sorted(logs))

    def leaks(self) -> list[bytes]:
        """Return log lines with something that a person wrote or is known by."""
        return [line[:300] for line in self.logged().splitlines() if LEAK.search(line)]

    def log_lines(self) -> Mapping[str, int]:
        """Count the lines of each level, and traces."""
        counts: Counter[str] = Counter()
        for line in self.logged().splitlines():
            for word in (b"ERROR", b"WARNING", b"Traceback"):
                counts[word.decode()] += word in line
        return counts

    def memory_mb(self) -> float:
        """Return the most memory that the process ever held."""
        assert self.bot.process is not None
        status = Path(f"/proc/{self.bot.process.pid}/status").read_text()
        line = next(each for each in status.splitlines() if each.startswith("VmHWM"))
        return int(line.split()[1]) / 1024

    def is_alive(self) -> bool:
        """Say whether the process runs."""
        return self.bot.process is not None and self.bot.process.poll() is None

    def ready(self) -> None:
        """Wait until updates are fetched, or the webhook stands."""
        self.telegram.wait_until(
            lambda: self.telegram.calls_of("getUpdates") or self.telegram.calls_of("setWebhook"), timeout=60
        )


class Heard:
    """What each person was sent, read once as it arrives: the fakes keep one list of everything."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._seen = {"telegram": 0, "whatsapp": 0}
        self.texts: dict[str, list[str]] = {}
        self.moments: dict[str, list[float]] = {}
        """Of arrival, `time.monotonic()`."""

    def look(self) -> None:
        """Read what is new."""
        for name, sent in (("telegram", self._world.telegram.world.sent), ("whatsapp", self._world.graph.messages)):
            new = sent[self._seen[name] :]
            self._seen[name] += len(new)
            for each in new:
                person = str(each.chat_id) if name == "telegram" else each.person  # type: ignore[union-attr]
                at = each.at if name == "telegram" else each.at - time.time() + time.monotonic()
                self.texts.setdefault(person, []).append(each.text)
                self.moments.setdefault(person, []).append(at)

    def of(self, person: str) -> list[str]:
        """Return what somebody was sent so far, in order."""
        return self.texts.get(person, [])


def titles() -> dict[str, str]:
    """Return the first line of each topic's answer."""
    return {topic.id: topic.title for topic in read_seed(SEED_FOLDER).topics}


@contextmanager
def world(
    folder: Path,
    *,
    webhook: bool = False,
    database: str = "",
    limits: Limits = NO_LIMITS,
    extra: Mapping[str, str] | None = None,
    starts: bool = True,
    per_second: str = PACE,
) -> Iterator[World]:
    """Run a bot on both platforms; everything ends with it, whatever happened to it."""
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        telegram = stack.enter_context(FakeBotApi(limits=limits))
        graph = stack.enter_context(FakeGraph(has_pair_limit=False, sends_statuses=False))
        telegram_proxy = stack.enter_context(SpoilingProxy(target=telegram.url))
        graph_proxy = stack.enter_context(SpoilingProxy(target=graph.url))
        # The platform writes addresses of its own into its answers.
        graph_proxy.replaced[graph.url.encode()] = graph_proxy.url.encode()
        stub = NluStub()
        stack.callback(stub.stop)
        stub.start()
        port = free_port()
        environment = {
            "TELEGRAM_BOT_TOKEN": TOKEN,
            "TELEGRAM_API_BASE_URL": telegram_proxy.url,
            **graph.environment,
            "WHATSAPP_API_BASE_URL": graph_proxy.url,
            "SINETRAL_TELEGRAM_PER_SECOND": per_second,
            "SINETRAL_WHATSAPP_PER_SECOND": per_second,
            # Where the stub is away while the bot starts, no Rasa takes its place.
            "SINETRAL_NLU_PYTHON": str(folder / "no-python"),
        }
        if webhook:
            environment |= {"TELEGRAM_WEBHOOK_URL": f"http://127.0.0.1:{port}", "TELEGRAM_WEBHOOK_SECRET": SECRET}
        if database:
            environment["SINETRAL_DATABASE_URL"] = database
        bot = Bot(folder, port=port, nlu_port=stub.port, extra=environment | dict(extra or {}))
        graph.webhook = bot.url + WEBHOOK_PATH
        made = World(
            bot=bot,
            stub=stub,
            telegram=telegram,
            telegram_proxy=telegram_proxy,
            graph=graph,
            graph_proxy=graph_proxy,
            address=database or f"sqlite:///{folder / 'sinetral.db'}",
        )
        stack.callback(end, bot)
        if starts:
            bot.start()
            made.ready()
        yield made


def end(bot: Bot) -> None:
    """Stop a bot politely, then by force: a test of faults may leave it hanging."""
    process = bot.process
    if process is None or process.poll() is not None:
        return
    with suppress(ProcessLookupError):
        os.kill(process.pid, signal.SIGCONT)
        process.terminate()
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(timeout=STOP_SECONDS)


def add_person(made: World, number: int) -> tuple[int, Person]:
    """Add the same person to both platforms."""
    chat = made.telegram.add_private(800_000_000 + number)
    person = made.graph.add(f"62899{number:07d}")
    return chat, person
