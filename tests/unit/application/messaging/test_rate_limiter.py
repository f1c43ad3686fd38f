"""Several sources of one message: all let it in, or none counts it."""

from datetime import datetime

import pytest

from bot.application.messaging.rate_limiter import RateLimit, RateLimiter
from bot.core.guidance.book import GuidanceBook
from tests.fakes.clock import FakeClock
from tests.fakes.store import FakeStore

BROWSER = RateLimit(source="peramban", per_minute=4, burst=1)
OFFICE = RateLimit(source="kantor", per_minute=60, burst=3)


@pytest.fixture
def admit(book: GuidanceBook, now: datetime) -> RateLimiter:
    """Return the use case at a time that stands still."""
    return RateLimiter(store=FakeStore(book=book), clock=FakeClock(at=now))


async def test_a_message_without_sources_is_let_in(admit: RateLimiter) -> None:
    assert await admit.acquire([]) == 0.0


async def test_a_message_that_every_source_allows_is_let_in_and_counts_for_each(admit: RateLimiter) -> None:
    assert await admit.acquire([BROWSER, OFFICE]) == 0.0
    assert await admit.acquire([BROWSER]) == 15.0
    assert [await admit.acquire([OFFICE]) for _ in range(3)] == [0.0, 0.0, 1.0]


@pytest.mark.parametrize("sources", [[BROWSER, OFFICE], [OFFICE, BROWSER]], ids=["refused first", "refused last"])
async def test_a_message_refused_for_one_source_does_not_count_for_the_other(
    admit: RateLimiter, sources: list[RateLimit]
) -> None:
    assert [await admit.acquire(sources) for _ in range(10)] == [0.0] + [15.0] * 9
    assert [await admit.acquire([OFFICE]) for _ in range(3)] == [0.0, 0.0, 1.0]


async def test_a_message_that_two_sources_refuse_waits_for_the_slower(admit: RateLimiter) -> None:
    for _ in range(3):
        await admit.acquire([OFFICE])
    await admit.acquire([BROWSER])
    assert await admit.acquire([OFFICE, BROWSER]) == 15.0
