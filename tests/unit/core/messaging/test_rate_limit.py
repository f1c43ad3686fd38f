"""When a source is due next."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.messaging.rate_limit import due_after_pause, next_token, reserve

intervals = st.floats(min_value=0.01, max_value=60.0)
bursts = st.integers(min_value=1, max_value=50)
moments = st.floats(min_value=1_000_000.0, max_value=2_000_000.0)


@given(moments, intervals, bursts)
def test_a_burst_may_pass_at_once_and_one_more_waits_for_an_interval(now: float, interval: float, burst: int) -> None:
    due: float | None = None
    for _ in range(burst):
        token = next_token(due, now, interval, burst)
        assert token.wait == 0.0
        due = token.due
    refused = next_token(due, now, interval, burst)
    assert refused.wait == pytest.approx(interval, abs=1e-3)
    assert refused.due == due


@given(moments, intervals, bursts, st.lists(st.floats(min_value=0.0, max_value=30.0), max_size=60))
def test_nobody_passes_oftener_than_the_rate_and_the_burst_allow(
    start: float, interval: float, burst: int, pauses: list[float]
) -> None:
    due, now, passed = None, start, 0
    for pause in pauses:
        now += pause
        token = next_token(due, now, interval, burst)
        passed += token.wait == 0.0
        due = token.due
    assert passed <= burst + (now - start) / interval + 1e-6


@given(moments, intervals, bursts, st.floats(min_value=100.0, max_value=1e6))
def test_a_clock_that_went_back_silences_nobody(now: float, interval: float, burst: int, ahead: float) -> None:
    assert next_token(now + interval * burst + ahead, now, interval, burst).wait == 0.0


@pytest.mark.parametrize(
    ("due", "most", "first", "count"),
    [
        (100.0, 10, 100.0, 2),
        (99.0, 10, 99.95, 2),
        (100.15, 10, 100.15, 0),
        (100.0, 1, 100.0, 1),
        (100.0, 0, 100.0, 0),
        (105.0, 10, 105.0, 0),
    ],
)
def test_what_leaves_soon_is_reserved_and_no_more(due: float, most: int, first: float, count: int) -> None:
    reserved = reserve(due, 100.0, 0.1, most, credit=0.05, horizon=0.2)
    assert (reserved.first, reserved.count) == (first, count)
    assert reserved.due == pytest.approx(first + 0.1 * count)


def test_after_a_pause_even_a_burst_waits_for_it() -> None:
    due = due_after_pause(100.0, 30.0, 2.0, 5)
    assert next_token(due, 100.0, 2.0, 40).wait == 0.0
    assert due == 140.0
