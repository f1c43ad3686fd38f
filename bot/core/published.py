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
        exposed = exposed or _thin_line(whole, hidden, rows, columns)
        if exposed is None:
            return hidden
        companion = _companion(whole, hidden, exposed, rows, columns)
        if companion is None:
            # Nothing is left to hide it behind: the table says nothing at all.
            return set(whole)
        hidden.add(companion)


def _thin_line(
    whole: Mapping[Cell, int], hidden: set[Cell], rows: Sequence[str], columns: Sequence[str]
) -> Cell | None:
    """Give a hidden cell of a line whose hidden cells are together still fewer than ten, as its total would tell."""
    lines = [([(row, column) for column in columns], (row, TOTAL)) for row in rows]
    lines += [([(row, column) for row in rows], (TOTAL, column)) for column in columns]
    for cells, total in lines:
        left_out = [cell for cell in cells if cell in hidden]
        if left_out and total not in hidden and sum(whole[cell] for cell in left_out) < SMALLEST_CELL:
            return left_out[0]
    return None


def _companion(
    whole: Mapping[Cell, int], hidden: set[Cell], exposed: Cell, rows: Sequence[str], columns: Sequence[str]
) -> Cell | None:
    """Give the smallest cell beside the exposed one that is still shown; of the whole table when there is none."""
    row, column = exposed
    beside = [(row, each) for each in columns] + [(each, column) for each in rows]
    shown = [cell for cell in beside if cell not in hidden] or [cell for cell in whole if cell not in hidden]
    # Totals are what readers want most: they are left out last.
    return min(shown, key=lambda cell: (TOTAL in cell, whole[cell], cell), default=None)


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
