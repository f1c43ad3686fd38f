"""Published figures: no small cell is shown, and none can be had by adding and subtracting."""

from collections.abc import Mapping
from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.application.publish_figures import NO_TOPIC, WEEK, DayCount, weekly_figures
from bot.core.published import ROUNDED_TO, SMALLEST_CELL, TOTAL, PublishedTable, publish

pytestmark = pytest.mark.privacy

MONDAY = date(2026, 11, 16)
TODAY = date(2026, 11, 25)
"""A Wednesday: its week is the one after the week of MONDAY."""

Counts = Mapping[tuple[str, str], int]
Vector = list[Fraction]

few = st.integers(0, 30) | st.sampled_from([0, 0, 0, 1, 9, 10, 11, 500])


@st.composite
def tables(draw: st.DrawFn) -> tuple[Counts, list[str], list[str]]:
    """Draw a small table of counts, most of them near ten."""
    rows = [f"topik{number}" for number in range(draw(st.integers(1, 5)))]
    columns = [f"minggu{number}" for number in range(draw(st.integers(1, 5)))]
    return {(row, column): draw(few) for row in rows for column in columns}, rows, columns


def true_values(counts: Counts, rows: list[str], columns: list[str]) -> dict[tuple[str, str], int]:
    """Give every cell with the totals, before anything is left out or rounded."""
    whole = {(row, column): counts.get((row, column), 0) for row in rows for column in columns}
    whole |= {(row, TOTAL): sum(whole[row, column] for column in columns) for row in rows}
    return whole | {(TOTAL, each): sum(whole[row, each] for row in rows) for each in [*columns, TOTAL]}


def determined(table: PublishedTable) -> set[tuple[str, str]]:
    """Give the cells left out that someone could compute who knew every shown cell without its rounding.

    Each line of the table says that its cells add up to its total. The unknowns are the cells left out; one is
    determined when its unit vector lies in the row space of these equations.
    """
    rows, columns = [*table.rows, TOTAL], [*table.columns, TOTAL]
    unknown = [cell for cell, figure in table.figures.items() if figure is None]
    place = {cell: number for number, cell in enumerate(unknown)}
    lines = [[(row, column) for column in columns] for row in rows]
    lines += [[(row, column) for row in rows] for column in columns]
    equations = []
    for line in lines:
        equation = [Fraction(0)] * len(unknown)
        for cell in line:
            if cell in place:
                equation[place[cell]] = Fraction(-1 if cell == line[-1] else 1)
        equations.append(equation)
    # In reduced form a row with a single one determines its unknown, and nothing else does.
    return {
        unknown[next(number for number, factor in enumerate(row) if factor)]
        for row in reduced(equations)
        if sum(factor != 0 for factor in row) == 1
    }


def reduced(equations: list[Vector]) -> list[Vector]:
    """Give the reduced row echelon form, exactly."""
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


# The table


@settings(max_examples=400, deadline=None)
@given(tables())
def test_no_cell_under_ten_is_shown(drawn: tuple[Counts, list[str], list[str]]) -> None:
    whole = true_values(*drawn)
    shown = publish(*drawn).figures
    assert set(shown) == set(whole)
    assert [cell for cell, figure in shown.items() if figure is not None and whole[cell] < SMALLEST_CELL] == []


@settings(max_examples=400, deadline=None)
@given(tables())
def test_no_cell_under_ten_can_be_had_by_adding_and_subtracting(drawn: tuple[Counts, list[str], list[str]]) -> None:
    whole = true_values(*drawn)
    assert [cell for cell in determined(publish(*drawn)) if whole[cell] < SMALLEST_CELL] == []


@settings(max_examples=400, deadline=None)
@given(tables())
def test_cells_left_out_of_one_line_are_together_no_fewer_than_ten(drawn: tuple[Counts, list[str], list[str]]) -> None:
    whole, table = true_values(*drawn), publish(*drawn)
    rows, columns = [*table.rows, TOTAL], [*table.columns, TOTAL]
    lines = [[(row, column) for column in columns] for row in rows]
    lines += [[(row, column) for row in rows] for column in columns]
    for *cells, total in lines:
        left_out = [cell for cell in cells if table.figures[cell] is None]
        if left_out and table.figures[total] is not None:
            assert sum(whole[cell] for cell in left_out) >= SMALLEST_CELL, (left_out, table)


@settings(max_examples=400, deadline=None)
@given(tables())
def test_no_cell_under_ten_can_be_bounded_below_ten_by_its_line_and_no_negative_count(
    drawn: tuple[Counts, list[str], list[str]],
) -> None:
    whole, table = true_values(*drawn), publish(*drawn)
    assert [cell for cell in table.figures if table.figures[cell] is None and _bound(cell, whole, table) == 0] == []


def _bound(cell: tuple[str, str], whole: Counts, table: PublishedTable) -> int:
    """Give the highest value that a cell can have by the shown total of its row or column alone."""
    row, column = cell
    bounds = [SMALLEST_CELL]
    for line, total in (
        ([(row, each) for each in table.columns], (row, TOTAL)),
        ([(each, column) for each in table.rows], (TOTAL, column)),
    ):
        if TOTAL not in cell and table.figures[total] is not None:
            bounds.append(whole[total] - sum(whole[each] for each in line if table.figures[each] is not None))
    return min(bounds)


@settings(max_examples=200, deadline=None)
@given(tables())
def test_every_figure_is_a_multiple_of_five_next_to_the_count(drawn: tuple[Counts, list[str], list[str]]) -> None:
    whole = true_values(*drawn)
    for cell, figure in publish(*drawn).figures.items():
        if figure is not None:
            assert figure % ROUNDED_TO == 0
            assert abs(figure - whole[cell]) <= ROUNDED_TO / 2


def test_a_table_of_large_cells_is_shown_whole() -> None:
    counts = {(row, column): 40 for row in ("a", "b") for column in ("x", "y")}
    table = publish(counts, ["a", "b"], ["x", "y"])
    assert [figure for figure in table.figures.values() if figure is None] == []
    assert table.figures[TOTAL, TOTAL] == 160


def test_one_small_cell_takes_three_others_with_it_and_leaves_the_totals() -> None:
    counts = {(row, column): 40 for row in ("a", "b", "c") for column in ("x", "y", "z")} | {("a", "x"): 3}
    table = publish(counts, ["a", "b", "c"], ["x", "y", "z"])
    left_out = {cell for cell, figure in table.figures.items() if figure is None}
    assert ("a", "x") in left_out
    assert len(left_out) == 4
    assert [cell for cell in left_out if TOTAL in cell] == []


def test_the_test_of_subtraction_finds_a_lonely_cell() -> None:
    figures: dict[tuple[str, str], int | None] = {("a", "x"): None, ("a", TOTAL): 20, (TOTAL, "x"): 20}
    table = PublishedTable(rows=("a",), columns=("x",), figures=figures | {(TOTAL, TOTAL): 20})
    assert determined(table) == {("a", "x")}


@pytest.mark.parametrize("count", [-1, -100])
def test_a_negative_count_is_an_error(count: int) -> None:
    with pytest.raises(ValueError, match="negative"):
        publish({("a", "x"): count}, ["a"], ["x"])


@pytest.mark.parametrize(("rows", "columns"), [([TOTAL], ["x"]), (["a"], [TOTAL])])
def test_a_row_or_column_named_like_the_totals_is_an_error(rows: list[str], columns: list[str]) -> None:
    with pytest.raises(ValueError, match="totals"):
        publish({}, rows, columns)


def test_an_empty_table_shows_nothing() -> None:
    assert publish({}, [], []).figures == {(TOTAL, TOTAL): None}


# Weeks


def test_a_week_looks_the_same_in_every_publication_and_totals_need_all_its_weeks() -> None:
    asked = {("a", 0): 40, ("b", 0): 60, ("a", 1): 30, ("b", 1): 3, ("c", 1): 25, ("a", 2): 50, ("c", 2): 20}
    counts = [DayCount(day=MONDAY - WEEK * 2 + WEEK * week, topic=row, asked=n) for (row, week), n in asked.items()]
    table = weekly_figures(counts, TODAY, 3)
    after = weekly_figures(counts, TODAY + WEEK, 3)
    first, second, third = table.columns
    assert (table.figures["a", first], table.figures["b", first], table.figures[TOTAL, first]) == (40, 60, 100)
    assert table.figures["b", second] is None
    assert table.figures[TOTAL, TOTAL] == 230
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
            if _asked(counts, row, column) < SMALLEST_CELL and cells != [None, None]:
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
    assert {cell: asked for cell, asked in found.items() if 0 < asked < SMALLEST_CELL} == {}


def _determined_by_both(before: PublishedTable, after: PublishedTable) -> set[tuple[str, str]]:
    """Give the cells of both that someone could compute who laid one table beside the other."""
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
