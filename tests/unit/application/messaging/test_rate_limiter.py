"""Several sources of one message: all let it in, or none counts it."""

from datetime import datetime

import pytest

from bot.application.messaging.rate_limiter import Admit, Allowance
from bot.core.guidance.book import GuidanceBook
from tests.fakes.ports import FakeClock, FakeStore

BROWSER = Allowance(source="peramban", per_minute=4, burst=1)
OFFICE = Allowance(source="kantor", per_minute=60, burst=3)


@pytest.fixture
def admit(book: GuidanceBook, now: datetime) -> Admit:
    """Give the use case at a time that stands still."""
    return Admit(store=FakeStore(book=book), clock=FakeClock(at=now))


async def test_a_message_without_sources_is_let_in(admit: Admit) -> None:
    assert await admit.wait([]) == 0.0


async def test_a_message_that_every_source_allows_is_let_in_and_counts_for_each(admit: Admit) -> None:
    assert await admit.wait([BROWSER, OFFICE]) == 0.0
    assert await admit.wait([BROWSER]) == 15.0
    assert [await admit.wait([OFFICE]) for _ in range(3)] == [0.0, 0.0, 1.0]


@pytest.mark.parametrize("sources", [[BROWSER, OFFICE], [OFFICE, BROWSER]], ids=["refused first", "refused last"])
async def test_a_message_refused_for_one_source_does_not_count_for_the_other(
    admit: Admit, sources: list[Allowance]
) -> None:
    assert [await admit.wait(sources) for _ in range(10)] == [0.0] + [15.0] * 9
    assert [await admit.wait([OFFICE]) for _ in range(3)] == [0.0, 0.0, 1.0]


async def test_a_message_that_two_sources_refuse_waits_for_the_slower(admit: Admit) -> None:
    for _ in range(3):
        await admit.wait([OFFICE])
    await admit.wait([BROWSER])
    assert await admit.wait([OFFICE, BROWSER]) == 15.0
