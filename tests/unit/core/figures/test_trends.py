"""Periods, their slices, and which topics rise."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.figures.trends import MIN_TO_RISE, NOISE, DateRange, last_days, per_slice, rising, share

MONDAY = date(2026, 11, 16)
SUNDAY = date(2026, 11, 22)
spans = st.builds(
    lambda days, length: last_days(MONDAY + timedelta(days=days), length), st.integers(0, 400), st.integers(1, 400)
)


def test_thirty_days_end_today_and_follow_thirty_days_before() -> None:
    span = last_days(date(2026, 11, 24), 30)
    assert (span.first, span.last, span.days) == (date(2026, 10, 26), date(2026, 11, 24), 30)
    assert (span.before.first, span.before.last) == (date(2026, 9, 26), date(2026, 10, 25))


@given(spans)
def test_slices_cover_every_day_of_a_span_once(span: DateRange) -> None:
    days = [each.first + timedelta(days=number) for each in span.slices() for number in range(each.days)]
    assert days == [span.first + timedelta(days=number) for number in range(span.days)]


@given(spans)
def test_a_slice_is_a_day_or_ends_with_its_week(span: DateRange) -> None:
    for each in span.slices():
        assert each.days == 1 or each.last.weekday() == 6 or each.last == span.last


def test_a_long_span_is_cut_into_weeks() -> None:
    slices = last_days(date(2026, 11, 24), 90).slices()
    assert len(slices) == 14
    assert (slices[-2].first, slices[-2].last) == (MONDAY, SUNDAY)
    assert (slices[-1].first, slices[-1].last) == (date(2026, 11, 23), date(2026, 11, 24))


@given(spans, st.lists(st.tuples(st.integers(-10, 420), st.integers(0, 9)), max_size=40))
def test_no_question_of_the_span_is_lost_in_slices(span: DateRange, drawn: list[tuple[int, int]]) -> None:
    counts = [(span.first + timedelta(days=days), count) for days, count in drawn]
    inside = sum(count for day, count in counts if span.first <= day <= span.last)
    assert sum(per_slice(span.slices(), counts)) == inside


@pytest.mark.parametrize(
    ("asked", "before", "is_rising"),
    [
        (MIN_TO_RISE, 0, True),
        (MIN_TO_RISE - 1, 0, False),
        (20, 10, False),  # 10 / 5.5 standard deviations
        (24, 10, True),
        (110, 100, False),
        (140, 100, True),
        (10, 40, False),
        (1030, 1000, False),
    ],
)
def test_a_topic_rises_only_by_more_than_chance_gives(asked: int, before: int, is_rising: bool) -> None:
    assert bool(rising({"hak_pilih": asked}, {"hak_pilih": before})) is is_rising


def test_the_surest_rise_comes_first_and_equals_by_name() -> None:
    found = rising({"a": 30, "b": 300, "c": 30}, {"b": 100})
    assert [(each.topic, each.asked, each.before) for each in found] == [("b", 300, 100), ("a", 30, 0), ("c", 30, 0)]


@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_whoever_rises_is_above_the_noise(asked: int, before: int) -> None:
    for each in rising({"x": asked}, {"x": before}):
        assert each.asked > each.before + NOISE * 3


def test_a_share_of_nothing_is_nothing() -> None:
    assert (share(0, 0), share(1, 3), share(3, 3)) == (0, 33, 100)
