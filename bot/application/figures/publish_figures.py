"""Counts that may leave the curators' circle: topic by whole week."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from bot.core.dialogue.decision import DecisionKind
from bot.core.figures.disclosure import PublishedTable, suppress_by_column

WEEK = timedelta(days=7)
NO_TOPIC = "(sapaan dan lainnya)"
WITHOUT_TOPIC: Mapping[DecisionKind, str] = {
    DecisionKind.CLARIFY: "(ditawari pilihan topik)",
    DecisionKind.FALLBACK: "(tidak diketahui)",
}
"""Rows of questions without a topic; greetings and refusals are `NO_TOPIC`. They are the same in every publication:
two that cut them differently would give small ones away."""


@dataclass(frozen=True, kw_only=True)
class DayCount:
    """How often something was asked on a day."""

    day: date
    topic: str
    """Empty for a question without a topic."""
    asked: int


def named(topic: str, decision: DecisionKind) -> str:
    """Return the row that a question is counted in."""
    return topic or WITHOUT_TOPIC.get(decision, NO_TOPIC)


def first_day_of(today: date, weeks: int) -> date:
    """Return the Monday that the figures of so many whole weeks begin with."""
    return today - timedelta(days=today.weekday()) - WEEK * weeks


def weekly_figures(counts: Iterable[DayCount], today: date, weeks: int) -> PublishedTable:
    """Return the figures of the last whole weeks, Monday to Sunday; the running week is never shown.

    Each week is made publishable by itself, so that publications laid side by side tell no more than one.

    Args:
        weeks: how many; the columns are the Mondays in ISO form, oldest first.
    """
    first = first_day_of(today, weeks)
    columns = [(first + WEEK * number).isoformat() for number in range(weeks)]
    week_of = {first + timedelta(days=day): columns[day // 7] for day in range(7 * weeks)}
    table: dict[tuple[str, str], int] = {}
    for each in counts:
        column = week_of.get(each.day)
        if column is not None:
            cell = (each.topic or NO_TOPIC, column)
            table[cell] = table.get(cell, 0) + each.asked
    return suppress_by_column(table, columns)
