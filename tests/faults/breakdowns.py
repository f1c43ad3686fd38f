"""What is done to the parts around the bot, and to the bot itself, and how it is undone."""

import signal
import sqlite3
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from tests.fakes.spoiling_proxy import SpoilingProxy, Way
from tests.faults.postgres import OwnPostgres
from tests.faults.world import World

EXIT_SECONDS = 40.0
HANG_SECONDS = 60.0


@dataclass(frozen=True, kw_only=True)
class Breakdown:
    """One fault: begun, kept up, mended, and some time to recover in."""

    name: str
    begin: Callable[[], object]
    end: Callable[[], object]
    seconds: float
    rest: float
    shows: bool = True
    """Whether `/health` must say so within ten seconds: not where the fault is over before."""


@dataclass(kw_only=True)
class Repairs:
    """The deeds that need to remember something."""

    world: World
    server: OwnPostgres | None
    locks: list[sqlite3.Connection] = field(default_factory=list)

    def lock(self) -> None:
        """Hold SQLite's write lock, as a backup or a careless tool does."""
        file = self.world.address.removeprefix("sqlite:///")
        connection = sqlite3.connect(file, timeout=30, isolation_level=None, check_same_thread=False)
        connection.execute("BEGIN IMMEDIATE")
        self.locks.append(connection)

    def unlock(self) -> None:
        """Let others write."""
        while self.locks:
            connection = self.locks.pop()
            with suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
            connection.close()

    def restart(self, number: signal.Signals) -> None:
        """End the bot by a signal and start it again."""
        bot = self.world.bot
        assert bot.process is not None
        if bot.process.poll() is None:
            bot.process.send_signal(number)
            with suppress(Exception):
                bot.process.wait(timeout=EXIT_SECONDS)
        if bot.process.poll() is None:
            bot.process.kill()
            bot.process.wait(timeout=EXIT_SECONDS)
        bot.start(is_behind=True)

    def spoil(self, way: Way, path: str = ".*") -> Callable[[], None]:
        """Return what makes both platforms answer nothing but this."""

        def begin() -> None:
            for proxy in self._proxies():
                proxy.spoil(way, path=path, after=False, seconds=HANG_SECONDS)

        return begin

    def mend(self) -> None:
        """Let both platforms work again."""
        for proxy in self._proxies():
            proxy.mend()

    def cut_off(self) -> None:
        """Let nobody listen at the platforms."""
        for proxy in self._proxies():
            proxy.close()

    def connect(self) -> None:
        """Let the platforms listen again."""
        for proxy in self._proxies():
            proxy.open()

    def start_stub(self) -> None:
        """Replace the dead NLU."""
        self.world.stub.stop()
        self.world.stub.start()

    def _proxies(self) -> Sequence[SpoilingProxy]:
        return (self.world.telegram_proxy, self.world.graph_proxy)


def breakdowns(world: World, server: OwnPostgres | None, scale: float) -> Sequence[Breakdown]:
    """Return the schedule.

    Args:
        server: None for SQLite.
        scale: 1.0: the whole schedule, some ten minutes.
    """
    repairs = Repairs(world=world, server=server)
    return [
        Breakdown(name=name, begin=begin, end=end, seconds=seconds * scale, rest=rest * scale, shows=shows)
        for name, begin, end, seconds, rest, shows in (
            *_of_database(repairs, server),
            *_of_nlu(repairs, world),
            *_of_platforms(repairs),
            *_of_bot(repairs),
        )
    ]


Row = tuple[str, Callable[[], object], Callable[[], object], float, float, bool]


def _of_database(repairs: Repairs, server: OwnPostgres | None) -> list[Row]:
    if server is None:
        return [("SQLite locked", repairs.lock, repairs.unlock, 30, 30, True)]

    def restart() -> None:
        server.shut()
        time.sleep(4)
        server.start()

    return [
        ("PostgreSQL frozen", server.freeze, server.thaw, 30, 30, True),
        ("PostgreSQL restarted", restart, _nothing, 1, 25, False),
        ("PostgreSQL away", server.shut, server.start, 20, 25, True),
    ]


def _of_nlu(repairs: Repairs, world: World) -> list[Row]:
    stub = world.stub
    return [
        ("NLU frozen", lambda: stub.signal(signal.SIGSTOP), lambda: stub.signal(signal.SIGCONT), 20, 15, True),
        ("NLU killed", lambda: stub.signal(signal.SIGKILL), repairs.start_stub, 15, 15, True),
        ("NLU answers 500", lambda: stub.mode("500"), lambda: stub.mode("ok"), 15, 10, True),
    ]


def _of_platforms(repairs: Repairs) -> list[Row]:
    return [
        ("platforms away", repairs.cut_off, repairs.connect, 40, 25, False),
        ("platforms silent", repairs.spoil(Way.HANG), repairs.mend, 40, 30, False),
        ("platforms answer 502", repairs.spoil(Way.BAD_GATEWAY), repairs.mend, 60, 30, False),
        ("platforms answer 401", repairs.spoil(Way.UNAUTHORISED), repairs.mend, 30, 30, False),
    ]


def _of_bot(repairs: Repairs) -> list[Row]:
    return [
        ("bot killed", lambda: repairs.restart(signal.SIGKILL), _nothing, 1, 15, False),
        ("bot stopped", lambda: repairs.restart(signal.SIGTERM), _nothing, 1, 15, False),
    ]


def _nothing() -> None:
    """Nothing to undo."""
