"""Where the parts of a chart lie."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.admin.figures.charts import HEIGHT, MAX_LABELS, SPARK_HEIGHT, SPARK_WIDTH, spark, sparse, stacked, top_of
from bot.admin.web.labels import thousands

counts = st.lists(st.tuples(st.integers(0, 50_000), st.integers(0, 50_000)), min_size=1, max_size=60)


@given(counts)
def test_bars_of_a_column_stand_on_each_other_and_stay_inside(drawn: list[tuple[int, int]]) -> None:
    chart = stacked(
        [str(place) for place in range(len(drawn))], {"a": [a for a, _ in drawn], "b": [b for _, b in drawn]}
    )
    for bar in chart.bars:
        assert bar.x >= 0
        assert bar.x + bar.width <= 100.01
        assert bar.y >= -0.02
        assert bar.y + bar.height <= HEIGHT + 0.02
    for x in {bar.x for bar in chart.bars}:
        column = [bar for bar in chart.bars if bar.x == x]
        if len(column) == 2:
            assert column[1].y + column[1].height == pytest.approx(column[0].y, abs=0.03)


@given(counts)
def test_heights_are_in_proportion(drawn: list[tuple[int, int]]) -> None:
    chart = stacked(
        [str(place) for place in range(len(drawn))], {"a": [a for a, _ in drawn], "b": [b for _, b in drawn]}
    )
    top = top_of(max(a + b for a, b in drawn))
    assert sum(bar.height for bar in chart.bars) == pytest.approx(
        sum(HEIGHT * (a + b) / top for a, b in drawn), abs=0.02 * len(drawn)
    )


def test_a_hidden_column_is_marked_and_does_not_raise_the_others() -> None:
    chart = stacked(["a", "b", "c"], {"asked": [10, None, 4]})
    assert [bar.words for bar in chart.bars] == ["a: 10", "c: 4"]
    assert chart.hidden == [50.0]
    assert chart.bars[0].height == pytest.approx(HEIGHT * 10 / 12, abs=0.01)


def test_a_chart_of_nothing_has_lines_and_no_bars() -> None:
    chart = stacked([], {"asked": []})
    assert (chart.bars, chart.labels, [line.words for line in chart.lines]) == ([], [], ["1", "2", "3", "4"])


@given(st.integers(0, 10**7))
def test_the_top_is_close_above_and_has_whole_quarters(highest: int) -> None:
    top = top_of(highest)
    assert top >= max(highest, 4)
    assert top % 4 == 0
    assert top <= max(8, 1.67 * highest + 4)


@given(st.integers(1, 400))
def test_labels_are_few_evenly_apart_and_end_with_the_last(count: int) -> None:
    places = sparse(count)
    assert len(places) <= MAX_LABELS
    assert places[-1] == count - 1
    assert len({later - earlier for earlier, later in itertools.pairwise(places)}) <= 1


@given(st.lists(st.integers(0, 10_000), max_size=90))
def test_a_spark_fills_the_width_and_stays_inside(values: list[int]) -> None:
    points = [tuple(map(float, point.split(","))) for point in spark(values).split()]
    assert (points[0][0], points[-1][0]) == (0, SPARK_WIDTH)
    assert all(0 <= y <= SPARK_HEIGHT for _, y in points)


def test_thousands_are_parted_by_points() -> None:
    assert [thousands(0), thousands(999), thousands(1234567)] == ["0", "999", "1.234.567"]
