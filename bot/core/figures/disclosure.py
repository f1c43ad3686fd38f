"""Figures that leave the curators' circle: no count under ten, none to be had by subtraction, rounded to five.

What is left out is judged against a reader who knows more than is shown: everything that is shown without its rounding,
and the rules of this module. To such a reader every count under ten that is left out may still be any of several
values. Two rules bring that about, and neither looks at how large something is that is not small:

- A table of what was asked shows every count of ten or more. Its total is shown only where the counts left out add up
  to something that leaves all of them open.
- Where the total is known from elsewhere, as that of people who stand in several tables, more counts are left out until
  the small ones are open. Which ones goes by their names: that one is left out tells nothing about its size.

Source: complementary suppression and the attack on it by intervals, as statistics offices practise them (Hundepool and
others, "Handbook on Statistical Disclosure Control", chapter 4).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

MIN_CELL = 10
ROUNDED_TO = 5
PEOPLE_ROUNDED_TO = 10
"""Where the same people are counted again and again, as by whoever tries segments: what is shown of two tries differs
by nothing or by ten, never by a number that may be a person."""
MIN_VALUES = 5
"""That a count left out may have to whoever knows the rest; of the nine that it could have."""
TOTAL = ""
"""Names the row and the column of totals."""

Cell: TypeAlias = tuple[str, str]
"""Row and column."""


@dataclass(frozen=True, kw_only=True)
class PublishedTable:
    """A table that may be shown to anybody."""

    rows: tuple[str, ...]
    """Without the totals, as given."""
    columns: tuple[str, ...]
    figures: Mapping[Cell, int | None]
    """Every cell, the totals under `TOTAL`; rounded, None where it is left out."""


def suppress_small_cells(counts: Mapping[str, int]) -> Mapping[str, int | None]:
    """Make counts publishable whose total nobody knows from elsewhere.

    Args:
        counts: how many of each; must not say who asked.

    Returns:
        Every count and their sum under `TOTAL`; rounded, None where it is left out.

    Raises:
        ValueError: for a negative count, or a row named like the total.
    """
    _check(counts)
    small = [count for count in counts.values() if count < MIN_CELL]
    figures: dict[str, int | None] = {row: _shown(count) for row, count in counts.items()}
    is_open = not small or (sum(small) >= MIN_CELL and _are_open(small, []))
    figures[TOTAL] = _shown(sum(counts.values())) if is_open else None
    return figures


def publish_people(
    tables: Mapping[str, Mapping[str, int]],
) -> tuple[int | None, Mapping[str, Mapping[str, int | None]]]:
    """Make several tables publishable that count the same people, so that each of them tells the total of the others.

    Args:
        tables: how many people by each value of each column; all of a column add up to the same.

    Returns:
        The total, and the tables; rounded, None where something is left out.

    Raises:
        ValueError: for a negative count, or a value named like the total.
    """
    for counts in tables.values():
        _check(counts)
    total = max((sum(counts.values()) for counts in tables.values()), default=0)
    if total < MIN_CELL:
        return None, {column: dict.fromkeys(counts) for column, counts in tables.items()}
    shown = {}
    for column, counts in tables.items():
        hidden = _hidden_beside_total(counts)
        shown[column] = {row: None if row in hidden else _rounded(count) for row, count in counts.items()}
    return _rounded(total), shown


def suppress_by_column(counts: Mapping[Cell, int], columns: Sequence[str]) -> PublishedTable:
    """Make a table publishable whose columns will be shown again beside others, as weeks in a moving window are.

    Every column is made publishable by itself, with the rows counted in it alone, so it looks the same in every table.
    A total over columns is left out unless all it adds up is shown: the totals of two windows that overlap would
    otherwise differ by a small cell.

    Args:
        counts: how many of each; a cell that is missing counts none.
        columns: each counted for good: whole weeks that are over, never days.

    Raises:
        ValueError: for a negative count, or a row or column named like the totals.
    """
    if TOTAL in columns:
        raise ValueError("totals are made here")
    rows = sorted({row for (row, column), count in counts.items() if column in columns and count})
    figures: dict[Cell, int | None] = {}
    for column in columns:
        counted = {row: counts[row, column] for row in rows if counts.get((row, column))}
        alone = suppress_small_cells(counted)
        figures |= {(row, column): alone.get(row) for row in [*rows, TOTAL]}
    for row in [*rows, TOTAL]:
        is_shown = bool(columns) and all(figures[row, column] is not None for column in columns)
        added = rows if row == TOTAL else [row]
        whole = sum(counts.get((each, column), 0) for each in added for column in columns)
        figures[row, TOTAL] = _shown(whole) if is_shown else None
    return PublishedTable(rows=tuple(rows), columns=tuple(columns), figures=figures)


def rough(people: int) -> int | None:
    """Return a number of people as it may be told whoever asks as often as they like; None for fewer than ten.

    Nobody and few are not told apart: that there is somebody in an office is told of that person.
    """
    if people < MIN_CELL:
        return None
    return PEOPLE_ROUNDED_TO * ((people + PEOPLE_ROUNDED_TO // 2) // PEOPLE_ROUNDED_TO)


def _check(counts: Mapping[str, int]) -> None:
    if TOTAL in counts or any(count < 0 for count in counts.values()):
        raise ValueError("counts must not be negative, and totals are made here")


def _hidden_beside_total(counts: Mapping[str, int]) -> set[str]:
    """Return the rows to leave out where the total is known: the small ones, and others until those are open."""
    small = {row: count for row, count in counts.items() if count < MIN_CELL}
    hidden: dict[str, int] = {}
    for row in _one_by_one(counts, small):
        if row is not None:
            hidden[row] = counts[row]
        if not small or _are_open(list(small.values()), list(hidden.values())):
            return {*small, *hidden}
    return set(counts)


def _one_by_one(counts: Mapping[str, int], small: Mapping[str, int]) -> Iterable[str | None]:
    """Return nothing first, and then the rows that are not small, in the order of their names."""
    return [None, *sorted(row for row in counts if row not in small)]


def _are_open(small: Sequence[int], others: Sequence[int]) -> bool:
    """Say whether every one of these small counts may have several values to whoever knows what all add up to.

    Args:
        others: counts of ten or more that are left out too.
    """
    whole, beside = sum(small) + sum(others), len(small) - 1
    least = 1 if others else max(1, whole - (MIN_CELL - 1) * beside)
    most = min(MIN_CELL - 1, whole - beside - MIN_CELL * len(others))
    return most - least + 1 >= MIN_VALUES


def _shown(count: int) -> int | None:
    return _rounded(count) if count >= MIN_CELL else None


def _rounded(count: int) -> int:
    return ROUNDED_TO * round(count / ROUNDED_TO)
