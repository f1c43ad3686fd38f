"""Published figures: no small cell is shown, and none can be had by adding and subtracting."""

import itertools
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.application.figures.publish_figures import NO_TOPIC, WEEK, DayCount, weekly_figures
from bot.core.figures.disclosure import (
    MIN_CELL,
    MIN_VALUES,
    ROUNDED_TO,
    TOTAL,
    PublishedTable,
    publish_people,
    suppress_small_cells,
)

pytestmark = pytest.mark.privacy

MONDAY = date(2026, 11, 16)
TODAY = date(2026, 11, 25)
"""A Wednesday: its week is the one after the week of MONDAY."""

Vector = list[Fraction]

few = st.integers(0, 30) | st.sampled_from([0, 0, 0, 1, 9, 10, 11, 500])


def reduced(equations: list[Vector]) -> list[Vector]:
    """Return the reduced row echelon form, exactly."""
    left = [list(equation) for equation in equations]
    done: list[Vector] = []
    for column in range(len(left[0]) if left else 0):
        pivot = next((row for row in left if row[column]), None)
        if pivot is None:
            continue
        left.remove(pivot)
        pivot = [factor / pivot[column] for factor in pivot]
        left, done = ([_without(row, pivot, column) for row in rows] for rows in (left, done))
        done.append(pivot)
    return done


def _without(row: Vector, pivot: Vector, column: int) -> Vector:
    return [factor - row[column] * other for factor, other in zip(row, pivot, strict=True)]


# One table


Column = Mapping[str, int]
columns_of_any = st.dictionaries(st.sampled_from([f"topik{number}" for number in range(8)]), few, max_size=8)


@settings(max_examples=400, deadline=None)
@given(columns_of_any)
def test_no_count_under_ten_is_shown(counts: Column) -> None:
    shown = suppress_small_cells(counts)
    assert set(shown) == {*counts, TOTAL}
    assert [row for row, count in counts.items() if shown[row] is not None and count < MIN_CELL] == []
    assert shown[TOTAL] is None or sum(counts.values()) >= MIN_CELL


@settings(max_examples=400, deadline=None)
@given(columns_of_any)
def test_every_count_of_ten_or_more_is_shown_as_a_multiple_of_five_next_to_it(counts: Column) -> None:
    shown = suppress_small_cells(counts)
    for row, count in counts.items():
        if count >= MIN_CELL:
            figure = shown[row]
            assert figure is not None
            assert figure % ROUNDED_TO == 0
            assert abs(figure - count) <= ROUNDED_TO / 2


@settings(max_examples=400, deadline=None)
@given(columns_of_any)
def test_counts_left_out_beside_a_total_are_together_no_fewer_than_ten(counts: Column) -> None:
    shown = suppress_small_cells(counts)
    left_out = [count for row, count in counts.items() if shown[row] is None]
    assert shown[TOTAL] is None or not left_out or sum(left_out) >= MIN_CELL


@pytest.mark.parametrize(("rows", "largest"), [(1, 60), (2, 40), (3, 26), (4, 12)])
def test_a_small_count_may_be_any_of_several_in_every_table_that_looks_the_same(rows: int, largest: int) -> None:
    def shown(counts: Column) -> Looks:
        figures = suppress_small_cells(counts)
        # A reader who knows all that is shown without its rounding.
        exact = {**counts, TOTAL: sum(counts.values())}
        return tuple(exact[row] if figure is not None else None for row, figure in figures.items())

    assert fewest_values(rows, largest, shown) >= MIN_VALUES


@pytest.mark.parametrize(("rows", "largest"), [(1, 60), (2, 40), (3, 26), (4, 12)])
def test_a_small_count_of_people_may_be_any_of_several_in_every_table_that_looks_the_same(
    rows: int, largest: int
) -> None:
    def shown(counts: Column) -> Looks:
        total, tables = publish_people({"kolom": counts})
        whole = sum(counts.values()) if total is not None else None
        return (*(counts[row] if figure is not None else None for row, figure in tables["kolom"].items()), whole)

    assert fewest_values(rows, largest, shown) >= MIN_VALUES


Looks = tuple[int | None, ...]


def fewest_values(rows: int, largest: int, shown: Callable[[Column], Looks]) -> int:
    """Return how many values the count left out that is known best may have, over all tables of so many rows.

    Two tables that look the same cannot be told apart, whoever knows the rules.
    """
    names = [f"baris{number}" for number in range(rows)]
    alike: dict[Looks, list[tuple[int, ...]]] = {}
    for values in itertools.product(range(1, largest), repeat=rows):
        alike.setdefault(shown(dict(zip(names, values, strict=True))), []).append(values)
    open_for = []
    for looks, tables in alike.items():
        if looks[-1] is not None and looks[-1] > largest:
            # Larger counts, which would look the same, were not made.
            continue
        for place in range(rows):
            values_here = {values[place] for values in tables}
            if looks[place] is None and min(values_here) < MIN_CELL:
                open_for.append(len(values_here))
    assert open_for
    return min(open_for)


def test_rounding_tells_no_small_count_between_two_large_ones() -> None:
    assert suppress_small_cells({"a": 12, "b": 12, "c": 9})[TOTAL] is None
    total, tables = publish_people({"kolom": {"a": 12, "b": 12, "c": 9}})
    assert total == 35
    assert [row for row, figure in tables["kolom"].items() if figure is None] == ["a", "c"]


def test_a_table_of_large_counts_is_shown_whole() -> None:
    assert suppress_small_cells({"a": 40, "b": 40}) == {"a": 40, "b": 40, TOTAL: 80}
    assert publish_people({"x": {"a": 40, "b": 40}, "y": {"c": 80}}) == (80, {"x": {"a": 40, "b": 40}, "y": {"c": 80}})


def test_the_total_is_shown_beside_small_counts_that_it_leaves_open() -> None:
    shown = suppress_small_cells({"a": 40, "b": 6, "c": 7})
    assert shown == {"a": 40, "b": None, "c": None, TOTAL: 55}


def test_fewer_than_ten_people_show_nothing_at_all() -> None:
    assert publish_people({"x": {"a": 9}, "y": {"b": 4, "c": 5}}) == (
        None,
        {"x": {"a": None}, "y": dict.fromkeys("bc")},
    )


def test_which_large_count_is_left_out_does_not_go_by_its_size() -> None:
    for a, b in ((10, 500), (500, 10)):
        _, tables = publish_people({"kolom": {"a": a, "b": b, "c": 8}})
        assert tables["kolom"]["b"] is not None
        assert tables["kolom"]["a"] is None


@pytest.mark.parametrize("make", [suppress_small_cells, lambda counts: publish_people({"kolom": counts})])
@pytest.mark.parametrize("counts", [{"a": -1}, {TOTAL: 3}])
def test_a_negative_count_and_a_row_named_like_the_total_are_errors(
    make: Callable[[Column], object], counts: Column
) -> None:
    with pytest.raises(ValueError, match="totals are made here"):
        make(counts)


def test_an_empty_table_shows_nothing() -> None:
    assert suppress_small_cells({}) == {TOTAL: None}
    assert publish_people({}) == (None, {})


# Weeks


def test_a_week_looks_the_same_in_every_publication_and_totals_need_all_its_weeks() -> None:
    asked = {("a", 0): 40, ("b", 0): 60, ("a", 1): 30, ("b", 1): 6, ("c", 1): 25, ("d", 1): 8}
    asked |= {("a", 2): 50, ("c", 2): 20}
    counts = [DayCount(day=MONDAY - WEEK * 2 + WEEK * week, topic=row, asked=n) for (row, week), n in asked.items()]
    table = weekly_figures(counts, TODAY, 3)
    after = weekly_figures(counts, TODAY + WEEK, 3)
    first, second, third = table.columns
    assert (table.figures["a", first], table.figures["b", first], table.figures[TOTAL, first]) == (40, 60, 100)
    assert table.figures["b", second] is None
    assert table.figures[TOTAL, TOTAL] == 240
    assert table.figures["b", TOTAL] is None
    kept = [(row, column) for row in [*table.rows, TOTAL] for column in (second, third)]
    assert [table.figures[cell] for cell in kept] == [after.figures.get(cell) for cell in kept]


@st.composite
def days(draw: st.DrawFn) -> list[DayCount]:
    """Draw counts of ten weeks around today."""
    first = MONDAY - WEEK * 8
    made = st.builds(
        DayCount,
        day=st.integers(0, 77).map(lambda number: first + timedelta(days=number)),
        topic=st.sampled_from(["", "foto", "like", "kampanye"]),
        asked=st.integers(0, 40),
    )
    return draw(st.lists(made, max_size=60))


@settings(max_examples=200, deadline=None)
@given(days(), st.integers(0, 6), st.integers(1, 8))
def test_the_running_week_is_never_shown(counts: list[DayCount], weekday: int, weeks: int) -> None:
    today = MONDAY + WEEK + timedelta(days=weekday)
    table = weekly_figures(counts, today, weeks)
    assert len(table.columns) == weeks
    assert table.columns[-1] == MONDAY.isoformat()
    older = [each for each in counts if each.day < MONDAY + WEEK]
    assert weekly_figures(older, today, weeks) == table


@settings(max_examples=200, deadline=None)
@given(days())
def test_figures_are_the_same_on_every_day_of_a_week(counts: list[DayCount]) -> None:
    tables_of_week = [weekly_figures(counts, MONDAY + WEEK + timedelta(days=number), 4) for number in range(7)]
    assert [table for table in tables_of_week if table != tables_of_week[0]] == []


@settings(max_examples=300, deadline=None)
@given(days())
def test_two_publications_a_week_apart_give_no_small_cell_by_subtraction(counts: list[DayCount]) -> None:
    before, after = weekly_figures(counts, TODAY, 4), weekly_figures(counts, TODAY + WEEK, 4)
    exposed = []
    for row in [*sorted({*before.rows, *after.rows})]:
        for column in set(before.columns) & set(after.columns):
            cells = [table.figures.get((row, column)) for table in (before, after)]
            if _asked(counts, row, column) < MIN_CELL and cells != [None, None]:
                exposed.append((row, column))
    assert exposed == []


ONE_WEEK_LEAVES_THE_WINDOW = [
    DayCount(day=MONDAY + WEEK * weeks, topic="", asked=asked) for weeks, asked in ((-2, 1), (-1, 10), (1, 10))
]
"""Their totals over three weeks, a week apart, differed by the one question."""


@settings(max_examples=200, deadline=None)
@given(days())
@example(ONE_WEEK_LEAVES_THE_WINDOW)
def test_two_publications_a_week_apart_determine_no_small_cell_together(counts: list[DayCount]) -> None:
    before, after = weekly_figures(counts, TODAY, 3), weekly_figures(counts, TODAY + WEEK, 3)
    # That a topic was not asked at all tells of nobody: a table does not name it.
    found = {cell: _asked(counts, *cell) for cell in _determined_by_both(before, after)}
    assert {cell: asked for cell, asked in found.items() if 0 < asked < MIN_CELL} == {}


def _determined_by_both(before: PublishedTable, after: PublishedTable) -> set[tuple[str, str]]:
    """Return the cells of both that someone could compute who laid one table beside the other."""
    shown: dict[tuple[str, str], int] = {}
    for table in (before, after):
        for (row, column), figure in table.figures.items():
            if figure is not None and column != TOTAL:
                shown[row, column] = figure
    rows, columns = sorted({*before.rows, *after.rows}), sorted({*before.columns, *after.columns})
    lines: list[list[tuple[str, str]]] = []
    for column in columns:
        # A topic that a table does not name was not asked in its weeks.
        lines.append([*((row, column) for row in rows), (TOTAL, column)])
    totals: dict[tuple[str, str], int | None] = {}
    for number, table in enumerate((before, after)):
        for row in [*rows, TOTAL]:
            name = f"jumlah {number}"
            lines.append([*((row, column) for column in table.columns), (row, name)])
            totals[row, name] = table.figures.get((row, TOTAL), 0)
        lines.append([*((row, f"jumlah {number}") for row in rows), (TOTAL, f"jumlah {number}")])
    known = set(shown) | {cell for cell, figure in totals.items() if figure is not None}
    unknown = sorted({cell for line in lines for cell in line} - known)
    place = {cell: number for number, cell in enumerate(unknown)}
    equations = []
    for line in lines:
        equation = [Fraction(0)] * len(unknown)
        for cell in line:
            if cell in place:
                equation[place[cell]] = Fraction(-1 if cell == line[-1] else 1)
        equations.append(equation)
    found = {
        unknown[next(number for number, factor in enumerate(row) if factor)]
        for row in reduced(equations)
        if sum(factor != 0 for factor in row) == 1
    }
    return {(row, column) for row, column in found if row in rows and column in columns}


def _asked(counts: list[DayCount], row: str, column: str) -> int:
    monday = date.fromisoformat(column)
    return sum(each.asked for each in counts if (each.topic or NO_TOPIC) == row and monday <= each.day < monday + WEEK)
