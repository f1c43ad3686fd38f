"""Questions without a pause while one part after another breaks down, and the books at the end."""

import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

from tests.faults.breakdowns import Breakdown
from tests.faults.load import HealthWatch, Load, Reckoning
from tests.faults.world import World

WARM_SECONDS = 8.0
SETTLE_SECONDS = 240.0


@dataclass(frozen=True, kw_only=True)
class Episode:
    """One breakdown as it went."""

    name: str
    seconds: float
    told_after: float | None
    """Seconds until `/health` said that something is wrong; None: it never did."""
    well_after: float | None
    """Seconds from the mending until it said for good that all is well."""
    lost: int
    """Of the questions asked from its beginning to the next one's, counted at the end."""
    asked: int
    shows: bool

    def line(self) -> str:
        """Return the row of the table."""
        told = "never" if self.told_after is None else f"{self.told_after:.1f} s"
        well = "never" if self.well_after is None else f"{self.well_after:.1f} s"
        need = "" if self.shows else " (not asked for)"
        return (
            f"{self.name:<24} {self.seconds:5.0f} s  told after {told:>8}{need:<16}"
            f" well after {well:>8}  lost {self.lost} of {self.asked}"
        )


@dataclass(frozen=True, kw_only=True)
class Report:
    """The whole run."""

    database: str
    minutes: float
    per_second: float
    episodes: Sequence[Episode]
    telegram: Reckoning
    whatsapp: Reckoning
    waiting: dict[str, int]
    slowest_health: float
    leaks: int
    lines: dict[str, int]

    def text(self) -> str:
        """Return the table."""
        return "\n".join(
            [
                f"{self.database}: {self.per_second:.0f} questions a second for {self.minutes:.1f} minutes",
                *[each.line() for each in self.episodes],
                f"Telegram: {self.telegram.line()}",
                f"WhatsApp: {self.whatsapp.line()}",
                f"waiting at the end {self.waiting}; slowest /health {self.slowest_health:.1f} s;"
                f" leaks {self.leaks}; log {self.lines}",
            ]
        )

    def values(self) -> dict[str, Any]:
        """Return the same for a file."""
        return asdict(self)


class _Asking:
    """Asks in a thread until told to end."""

    def __init__(self, load: Load, per_second: float) -> None:
        self._load, self._per_second = load, per_second
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "_Asking":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join(timeout=30)

    def _run(self) -> None:
        number = 2
        while not self._end.is_set():
            number = self._load.run(1.0, self._per_second, number)


def endure(world: World, database: str, plan: Sequence[Breakdown], per_second: float, people: int) -> Report:
    """Go through a schedule; whatever is broken at the end is mended before the books are closed."""
    load = Load(world=world, people=people)
    # The first update ever waits for a pause, so that none before it is missed; that is not measured here.
    load.ask(0)
    load.ask(1)
    load.wait(SETTLE_SECONDS)
    marks: list[tuple[Breakdown, float, float, float]] = []
    started = time.monotonic()
    with HealthWatch(world) as health:
        with _Asking(load, per_second):
            time.sleep(WARM_SECONDS)
            for each in plan:
                began = time.monotonic()
                try:
                    each.begin()
                    time.sleep(each.seconds)
                finally:
                    mending = time.monotonic()
                    each.end()
                marks.append((each, began, mending, time.monotonic()))
                time.sleep(each.rest)
        asked_for = time.monotonic() - started
        load.wait(SETTLE_SECONDS)
    telegram, whatsapp = load.reckon("telegram"), load.reckon("whatsapp")
    return Report(
        database=database,
        minutes=asked_for / 60,
        per_second=per_second,
        episodes=_episodes(load, health, marks),
        telegram=telegram,
        whatsapp=whatsapp,
        waiting=_waiting(world),
        slowest_health=health.slowest(),
        leaks=len(world.leaks()),
        lines=dict(world.log_lines()),
    )


def _waiting(world: World) -> dict[str, int]:
    with suppress(Exception):
        return dict(world.wait_until_empty(20))
    return {"database": -1}


def _episodes(load: Load, health: HealthWatch, marks: Sequence[tuple[Breakdown, float, float, float]]) -> list[Episode]:
    made = []
    for place, (each, began, mending, mended) in enumerate(marks):
        until = marks[place + 1][1] if place + 1 < len(marks) else float("inf")
        lost, asked = load.lost_between(began, until)
        made.append(
            Episode(
                name=each.name,
                seconds=mended - began,
                told_after=health.seconds_until_told(began, max(mended, mending) + 1),
                well_after=health.seconds_until_well_before(mending, until),
                lost=lost,
                asked=asked,
                shows=each.shows,
            )
        )
    return made
