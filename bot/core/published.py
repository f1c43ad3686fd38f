"""Figures that leave the curators' circle: no cell under ten, none to be had by subtraction, rounded to five.

A cell that is left out can be computed from the totals when it stands alone in its row or column, or in any chain of
rows and columns. Seen as a graph whose nodes are rows and columns (the totals being one of each) and whose edges are
the cells left out, a cell can be computed exactly when its edge is a bridge. So cells are left out until no small one
is a bridge.

Source: complementary suppression as statistics offices practise it (`measured-facts.md`, part C); bridges: Gusfield
1988, "A graph theoretic approach to statistical data security".
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

SMALLEST_CELL = 10
ROUNDED_TO = 5
COST_OF_TOTAL = 10
"""How many times dearer a total is than a cell of the same size."""
TOTAL = ""
"""Names the row and the column of totals."""

Cell: TypeAlias = tuple[str, str]
"""Row and column."""
_Node: TypeAlias = tuple[str, str]
"""Whether it is a row or a column, and its name."""


@dataclass(frozen=True, kw_only=True)
class PublishedTable:
    """A table that may be shown to anybody."""

    rows: tuple[str, ...]
    """Without the totals, as given."""
    columns: tuple[str, ...]
    figures: Mapping[Cell, int | None]
    """Every cell, the totals under `TOTAL`; rounded, None where it is left out."""


def publish(counts: Mapping[Cell, int], rows: Sequence[str], columns: Sequence[str]) -> PublishedTable:
    """Make a table of counts publishable.

    Args:
        counts: how many of each; a cell that is missing counts none.
        rows: what is told apart in one direction; must not say who asked.
        columns: the other direction: whole weeks that are over, never days (a table shown again with one week more must
            differ by a whole week).

    Raises:
        ValueError: for a negative count, or a row or column named like the totals.
    """
    if TOTAL in rows or TOTAL in columns or any(count < 0 for count in counts.values()):
        raise ValueError("counts must not be negative, and totals are made here")
    whole = _with_totals(counts, rows, columns)
    hidden = _hidden(whole, [*rows, TOTAL], [*columns, TOTAL])
    figures = {cell: None if cell in hidden else _rounded(count) for cell, count in whole.items()}
    return PublishedTable(rows=tuple(rows), columns=tuple(columns), figures=figures)


def publish_apart(counts: Mapping[Cell, int], columns: Sequence[str]) -> PublishedTable:
    """Make a table publishable whose columns will be shown again beside others, as weeks in a moving window are.

    Every column is made publishable by itself, with the rows counted in it alone, so it looks the same in every table.
    A total over columns is left out unless all it adds up is shown: the totals of two windows that overlap would
    otherwise differ by a small cell.

    Args:
        counts: how many of each; a cell that is missing counts none.
        columns: each counted for good: whole weeks that are over.

    Raises:
        ValueError: for a negative count, or a row or column named like the totals.
    """
    rows = sorted({row for (row, column), count in counts.items() if column in columns and count})
    whole = _with_totals(counts, rows, columns)
    figures: dict[Cell, int | None] = {}
    for column in columns:
        counted = [row for row in rows if whole[row, column]]
        alone = publish({(row, column): whole[row, column] for row in counted}, counted, [column]).figures
        figures |= {(row, column): alone.get((row, column)) for row in [*rows, TOTAL]}
    for row in [*rows, TOTAL]:
        is_shown = bool(columns) and all(figures[row, column] is not None for column in columns)
        figures[row, TOTAL] = _rounded(whole[row, TOTAL]) if is_shown else None
    return PublishedTable(rows=tuple(rows), columns=tuple(columns), figures=figures)


def _with_totals(counts: Mapping[Cell, int], rows: Sequence[str], columns: Sequence[str]) -> dict[Cell, int]:
    whole = {(row, column): counts.get((row, column), 0) for row in rows for column in columns}
    for row in rows:
        whole[row, TOTAL] = sum(whole[row, column] for column in columns)
    for column in [*columns, TOTAL]:
        whole[TOTAL, column] = sum(whole[row, column] for row in rows)
    return whole


def _rounded(count: int) -> int:
    return ROUNDED_TO * round(count / ROUNDED_TO)


def _hidden(whole: Mapping[Cell, int], rows: Sequence[str], columns: Sequence[str]) -> set[Cell]:
    """Give the cells to leave out: the small ones, and others until no small one can be computed."""
    hidden = {cell for cell, count in whole.items() if count < SMALLEST_CELL}
    while True:
        exposed = next((cell for cell in sorted(_bridges(hidden)) if whole[cell] < SMALLEST_CELL), None)
        more: set[Cell] = set()
        if exposed is not None:
            more = _rectangle(whole, hidden, exposed, rows, columns)
        else:
            thin = _thin_line(whole, hidden, rows, columns)
            if thin is None:
                return hidden
            more = {thin}
        if not more - hidden:
            # Nothing is left to hide it behind: the table says nothing at all.
            return set(whole)
        hidden |= more


def _rectangle(
    whole: Mapping[Cell, int], hidden: set[Cell], exposed: Cell, rows: Sequence[str], columns: Sequence[str]
) -> set[Cell]:
    """Give the three cells that, left out too, make the exposed one unknowable, and cost the reader least."""
    row, column = exposed
    corners = [
        {(row, other_column), (other_row, column), (other_row, other_column)}
        for other_row in rows
        for other_column in columns
        if other_row != row and other_column != column
    ]
    return min(corners, key=lambda cells: (_cost(whole, cells - hidden), sorted(cells)), default=set())


def _cost(whole: Mapping[Cell, int], cells: set[Cell]) -> int:
    """Give how many questions are lost with these cells; totals are what readers want most."""
    return sum(whole[cell] * (COST_OF_TOTAL if TOTAL in cell else 1) + 1 for cell in cells)


def _thin_line(
    whole: Mapping[Cell, int], hidden: set[Cell], rows: Sequence[str], columns: Sequence[str]
) -> Cell | None:
    """Give the cell to leave out of a line whose hidden cells are together still fewer than ten, as its total tells."""
    lines = [([(row, column) for column in columns], (row, TOTAL)) for row in rows]
    lines += [([(row, column) for row in rows], (TOTAL, column)) for column in columns]
    for cells, total in lines:
        left_out = [cell for cell in cells if cell in hidden]
        if left_out and total not in hidden and sum(whole[cell] for cell in left_out) < SMALLEST_CELL:
            shown = [cell for cell in cells if cell not in hidden and cell != total]
            return min(shown, key=lambda cell: (_cost(whole, {cell}), cell), default=total)
    return None


def _bridges(hidden: set[Cell]) -> set[Cell]:
    """Give the hidden cells that can be computed from what is shown: the bridges of the graph (Tarjan 1974)."""
    neighbours: dict[_Node, list[tuple[_Node, Cell]]] = {}
    for cell in hidden:
        row, column = ("row", cell[0]), ("column", cell[1])
        neighbours.setdefault(row, []).append((column, cell))
        neighbours.setdefault(column, []).append((row, cell))
    number: dict[_Node, int] = {}
    lowest: dict[_Node, int] = {}
    found: set[Cell] = set()
    for root, beside in neighbours.items():
        if root in number:
            continue
        number[root] = lowest[root] = len(number)
        path: list[tuple[_Node, Cell | None, Iterator[tuple[_Node, Cell]]]] = [(root, None, iter(beside))]
        while path:
            node, entered_by, left = path[-1]
            step = next(left, None)
            if step is None:
                path.pop()
                if path and entered_by is not None:
                    parent = path[-1][0]
                    lowest[parent] = min(lowest[parent], lowest[node])
                    if lowest[node] > number[parent]:
                        found.add(entered_by)
                continue
            neighbour, cell = step
            if cell == entered_by:
                continue
            if neighbour in number:
                lowest[node] = min(lowest[node], number[neighbour])
            else:
                number[neighbour] = lowest[neighbour] = len(number)
                path.append((neighbour, cell, iter(neighbours[neighbour])))
    return found
