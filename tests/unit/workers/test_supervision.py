"""Whatever ends unasked is begun again, whatever hangs is seen, and a stop ends everything in time."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

import pytest

from bot.application.figures.service_health import PartHealth
from bot.workers.supervision import (
    SETTLED_SECONDS,
    Supervisor,
    is_stopping,
    progress,
    report_trouble,
)

SECRET = "orang-1 bertanya soal tim_sukses"


@dataclass(kw_only=True)
class Seconds:
    """A clock that is moved by hand."""

    at: float = 1_000.0

    def __call__(self) -> float:
        """Return the set seconds."""
        return self.at


@dataclass(kw_only=True)
class Watched:
    """A supervisor whose pauses are short, and its clock."""

    clock: Seconds = field(default_factory=Seconds)
    supervisor: Supervisor = field(init=False)

    def __post_init__(self) -> None:
        self.supervisor = Supervisor(monotonic=self.clock, first_pause=0.001, longest_pause=0.004)

    def health(self, name: str = "bagian") -> PartHealth:
        """Return how one part does."""
        [found] = [part for part in self.supervisor.health() if part.name == name]
        return found


@pytest.fixture
async def watched() -> AsyncIterator[Watched]:
    """Return a supervisor and end it."""
    made = Watched()
    yield made
    await made.supervisor.stop(0.0)


async def until(is_true: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not is_true():  # noqa: ASYNC110 (what is waited for cannot set an event)
            await asyncio.sleep(0.001)


async def _raises() -> None:
    raise ValueError(SECRET)


async def _returns() -> None:
    await asyncio.sleep(0.01)


async def _cancels_itself() -> None:
    raise asyncio.CancelledError


async def _fails_in_a_group() -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(asyncio.sleep(10))
        group.create_task(_raises())


ENDS = {"raises": _raises, "returns": _returns, "cancels itself": _cancels_itself, "group": _fails_in_a_group}


@pytest.mark.parametrize("how", sorted(ENDS))
async def test_whatever_ends_unasked_is_begun_again(
    watched: Watched, caplog: pytest.LogCaptureFixture, how: str
) -> None:
    begun: list[int] = []

    async def work() -> None:
        begun.append(len(begun))
        if len(begun) < 4:
            await ENDS[how]()
            return
        while True:
            progress()
            await asyncio.sleep(0.001)

    watched.supervisor.start("bagian", work)
    await until(lambda: len(begun) == 4 and watched.health().is_working)
    assert watched.health().details["restarts"] == 3
    assert len(caplog.records) == 3
    assert SECRET not in caplog.text
    assert {record.__dict__["job"] for record in caplog.records} == {"bagian"}


async def test_one_part_that_fails_leaves_its_neighbours_alone(watched: Watched) -> None:
    turns: list[int] = []

    async def lives() -> None:
        while True:
            turns.append(1)
            await asyncio.sleep(0.001)

    watched.supervisor.start("rusak", _raises)
    watched.supervisor.start("baik", lives)
    await until(lambda: watched.health("rusak").details["restarts"] in range(3, 99))
    before = len(turns)
    await until(lambda: len(turns) > before + 3)
    assert not watched.health("rusak").is_working
    assert watched.health("baik").is_working


async def test_of_several_copies_one_that_fails_shows(watched: Watched) -> None:
    begun: list[int] = []

    async def work() -> None:
        begun.append(1)
        if len(begun) == 1 or len(begun) > 3:
            raise ValueError(SECRET)
        await asyncio.Event().wait()

    watched.supervisor.start("bagian", work, copies=3)
    await until(lambda: len(begun) > 4)
    assert not watched.health().is_working
    assert watched.health().details["of"] == 3


async def test_a_part_that_makes_no_progress_shows_as_silent(watched: Watched) -> None:
    async def hangs() -> None:
        progress()
        await asyncio.Event().wait()

    watched.supervisor.start("bagian", hangs, longest_silence=30.0)
    await until(lambda: watched.health().age_seconds is not None)
    assert watched.health().is_working
    watched.clock.at += 31.0
    assert (watched.health().trouble, watched.health().age_seconds) == ("silent", 31.0)


async def test_a_part_that_never_made_progress_shows_as_silent_too(watched: Watched) -> None:
    watched.supervisor.start("bagian", asyncio.Event().wait, longest_silence=30.0)  # type: ignore[arg-type]
    await asyncio.sleep(0.01)
    watched.clock.at += 31.0
    assert watched.health().trouble == "silent"


async def test_a_failure_shows_until_progress(watched: Watched) -> None:
    may_go_on = asyncio.Event()
    begun: list[int] = []

    async def work() -> None:
        begun.append(1)
        if len(begun) == 1:
            raise ValueError(SECRET)
        await may_go_on.wait()
        progress()
        await asyncio.Event().wait()

    watched.supervisor.start("bagian", work)
    await until(lambda: len(begun) == 2)
    assert watched.health().trouble == "failing"
    may_go_on.set()
    await until(lambda: watched.health().is_working)


async def test_a_failure_of_a_part_that_reports_nothing_is_over_when_it_settled(watched: Watched) -> None:
    begun: list[int] = []

    async def work() -> None:
        begun.append(1)
        if len(begun) == 1:
            raise ValueError(SECRET)
        await asyncio.Event().wait()

    watched.supervisor.start("bagian", work)
    await until(lambda: len(begun) == 2)
    watched.clock.at += SETTLED_SECONDS - 1
    assert not watched.health().is_working
    watched.clock.at += 2
    assert watched.health().is_working


async def test_what_a_part_says_of_its_trouble_shows_until_progress(watched: Watched) -> None:
    mended = asyncio.Event()

    async def work() -> None:
        report_trouble("log")
        await mended.wait()
        progress()
        await asyncio.Event().wait()

    watched.supervisor.start("bagian", work)
    await until(lambda: watched.health().trouble == "log")
    mended.set()
    await until(lambda: watched.health().is_working)


async def test_what_is_to_happen_once_is_tried_until_it_succeeds(watched: Watched) -> None:
    tries: list[int] = []

    async def work() -> None:
        tries.append(1)
        if len(tries) < 3:
            raise ValueError(SECRET)

    watched.supervisor.start("bagian", work, is_once=True)
    await until(lambda: watched.health().is_working)
    await asyncio.sleep(0.02)
    assert len(tries) == 3


async def test_what_is_to_happen_once_does_not_work_before(watched: Watched) -> None:
    watched.supervisor.start("bagian", asyncio.Event().wait, is_once=True)  # type: ignore[arg-type]
    assert watched.health().trouble == "starting"


async def test_pauses_grow_and_begin_anew_after_a_long_life(caplog: pytest.LogCaptureFixture) -> None:
    watched = Watched()
    begun: list[int] = []

    async def work() -> None:
        begun.append(1)
        if len(begun) == 5:
            watched.clock.at += SETTLED_SECONDS + 1
        await _raises()

    watched.supervisor.start("bagian", work)
    await until(lambda: len(begun) > 6)
    await watched.supervisor.stop(0.0)
    pauses = [record.__dict__["seconds"] for record in caplog.records][:6]
    assert pauses == [0.001, 0.002, 0.004, 0.004, 0.001, 0.002]


# The stop


def _stubborn(seconds: float, ended: list[str]) -> Callable[[], Awaitable[None]]:
    async def work() -> None:
        while not is_stopping():
            await asyncio.sleep(seconds)
            ended.append("a send")

    return work


async def test_a_stop_lets_what_drains_end_its_work(watched: Watched) -> None:
    ended: list[str] = []
    watched.supervisor.start("bagian", _stubborn(0.1, ended), drains=True)
    await asyncio.sleep(0.01)
    await watched.supervisor.stop()
    assert ended == ["a send"]


async def test_a_stop_cancels_at_once_what_does_not_drain(watched: Watched) -> None:
    ended: list[str] = []
    watched.supervisor.start("bagian", _stubborn(30.0, ended))
    await asyncio.sleep(0.01)
    async with asyncio.timeout(5):
        await watched.supervisor.stop()
    assert ended == []


async def test_a_stop_waits_no_longer_than_it_may() -> None:
    supervisor = Supervisor()
    ended: list[str] = []
    supervisor.start("bagian", _stubborn(30.0, ended), drains=True)
    await asyncio.sleep(0.01)
    async with asyncio.timeout(5):
        await supervisor.stop(0.1)
    assert ended == []


async def test_a_stop_does_not_wait_for_ever_for_what_swallows_cancellations(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.workers.supervision.CANCEL_SECONDS", 0.05)
    supervisor, may_end = Supervisor(), asyncio.Event()

    async def deaf() -> None:
        while not may_end.is_set():
            try:
                await may_end.wait()
            except asyncio.CancelledError:
                continue

    supervisor.start("bagian", deaf, drains=True)
    await asyncio.sleep(0.01)
    async with asyncio.timeout(5):
        await supervisor.stop(0.05)
    may_end.set()
    await asyncio.sleep(0.01)
    assert caplog.messages == ["a part of the process does not end"]


async def test_a_stop_lets_a_cancelled_part_finish_what_it_must() -> None:
    supervisor = Supervisor()
    ended: list[str] = []

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.1)
            ended.append("drained")

    supervisor.start("bagian", work)
    await asyncio.sleep(0.01)
    await supervisor.stop()
    assert ended == ["drained"]


async def test_who_waits_for_work_is_woken_by_a_stop(watched: Watched) -> None:
    wakeups = asyncio.Event()

    async def work() -> None:
        while not is_stopping():
            await wakeups.wait()

    watched.supervisor.start("bagian", work, drains=True)
    watched.supervisor.when_stopping(wakeups.set)
    await asyncio.sleep(0.01)
    async with asyncio.timeout(5):
        await watched.supervisor.stop()


async def test_nothing_is_begun_again_while_stopping(watched: Watched, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)

    async def work() -> None:
        await watched.supervisor.stopping.wait()
        raise ValueError(SECRET)

    watched.supervisor.start("bagian", work, drains=True)
    await asyncio.sleep(0.01)
    await watched.supervisor.stop()
    assert caplog.messages == []
