"""Reminders by real processes: nothing lost, few twice, never too fast, whatever breaks."""

import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.broadcast.harness import Books, Harness
from tests.database import seeded_postgres, seeded_sqlite
from tests.fakes.bot_api import NO_LIMITS, FakeBotApi, Limits

__all__ = ["seeded_postgres", "seeded_sqlite"]
pytestmark = [pytest.mark.broadcast, pytest.mark.full, pytest.mark.faults, pytest.mark.timeout(400)]

FAST, FAST_LIMIT = 850, 1_000
SLOW, SLOW_LIMIT = 25, 30
LATENCY = 0.03
"""Seconds that the fake takes to answer."""
FLUSH = 0.1
"""Seconds from an answer to its record: a tick and its transaction, on a busy machine."""


@pytest.fixture(params=["seeded_sqlite", "seeded_postgres"], ids=["sqlite", "postgres"])
def address(request: pytest.FixtureRequest) -> str:
    """Give the address of each kind of database, with the seed."""
    return str(request.getfixturevalue(request.param))


@pytest.fixture
def chance(capsys: pytest.CaptureFixture[str]) -> random.Random:
    """Give a source of chance whose seed is told."""
    seed = int.from_bytes(os.urandom(4), "big")
    with capsys.disabled():
        print(f"\nseed {seed}")
    return random.Random(seed)


@contextmanager
def harness(
    address: str, folder: Path, recipients: int, per_second: int, limits: Limits = NO_LIMITS
) -> Iterator[Harness]:
    with FakeBotApi(limits=limits) as api:
        made = Harness(address=address, folder=folder, api=api, per_second=per_second, recipients=recipients)
        try:
            yield made
        finally:
            made.stop()


def tell(capsys: pytest.CaptureFixture[str], what: str, books: Books) -> None:
    with capsys.disabled():
        counted = {status.value: number for status, number in sorted(books.statuses.items())}
        print(
            f"{what}: lost {books.lost}, duplicates {books.duplicates}, most to one {books.most_to_one},"
            f" {books.rate:.1f}/s, worst second {books.worst_second}; {counted}"
        )


def most_duplicates(per_second: int, kills: int) -> float:
    """Give the bound of the issue; at a slow rate at least the one message that is under way."""
    return kills * max(per_second * (LATENCY + FLUSH) * 1.5, 1)


@pytest.mark.parametrize(("per_second", "recipients"), [(FAST, 20_000), (SLOW, 400)], ids=["850", "25"])
def test_five_kills_lose_nothing_and_repeat_little(
    address: str,
    per_second: int,
    recipients: int,
    tmp_path: Path,
    chance: random.Random,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with harness(address, tmp_path, recipients, per_second) as run:
        run.api.hang("sendMessage", LATENCY, times=None)
        campaign = run.prepare()
        run.start(0)
        run.start(1)
        run.kill_at([chance.uniform(0.05, 0.9) for _ in range(5)], chance)
        run.wait(campaign, 120)
        books = run.books(campaign)
    tell(capsys, f"{per_second}/s, 5 kills", books)
    assert books.lost == 0
    assert sum(books.statuses.values()) == recipients
    assert books.most_to_one <= 3
    assert books.duplicates <= most_duplicates(per_second, 5)
