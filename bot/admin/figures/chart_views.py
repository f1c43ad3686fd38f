"""Figures as the templates show them: charts with the table of the same numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from bot.admin.figures.charts import Chart, stacked
from bot.admin.figures.periods import short_day, slice_name
from bot.admin.web import labels
from bot.application.figures.read_figures import FigureSources, TimeSeries
from bot.core.figures.disclosure import TOTAL, PublishedTable
from bot.core.figures.trends import DateRange, QuestionOutcome
from bot.core.guidance.book import GuidanceBook

HIDDEN = "disembunyikan"
"""A cell of published figures that is left out: a small one, or one that would give a small one away."""
ALL = "asked"
"""The only series of published figures."""


@dataclass(frozen=True, kw_only=True)
class ChartView:
    """A chart, its legend and its table."""

    chart: Chart
    names: Mapping[str, str]
    """Series to what people call it."""
    totals: Mapping[str, int]
    rows: Sequence[tuple[str, Sequence[int | None]]]
    """One line a column of the chart; None is hidden."""

    @property
    def total(self) -> int:
        """Return the sum of all series."""
        return sum(self.totals.values())


@dataclass(frozen=True, kw_only=True)
class PublishedView:
    """Figures that anybody may see."""

    weeks: Sequence[str]
    course: ChartView
    rows: Sequence[tuple[str, str, Sequence[int | None]]]
    """Topic id, title, figures by week and over all weeks; asked most, as far as it is shown, first."""
    first: date
    last: date


def course_view(course: TimeSeries, renamed: Mapping[QuestionOutcome, str] | None = None) -> ChartView:
    """Show questions by outcome.

    Args:
        renamed: other names for outcomes; those it lacks are left out.
    """
    names = renamed or labels.OUTCOMES
    series = {outcome.value: course.series[outcome] for outcome in names}
    names_below = [short_day(each.first) for each in course.slices]
    return ChartView(
        chart=stacked(names_below, series),
        names={outcome.value: name for outcome, name in names.items()},
        totals={outcome.value: course.totals[outcome] for outcome in names},
        rows=[
            (slice_name(each), [values[place] for values in series.values()])
            for place, each in enumerate(course.slices)
        ],
    )


async def published_view(
    sources: FigureSources, book: GuidanceBook, today: date, weeks: int, topic: str | None = None
) -> PublishedView:
    """Read what anybody may see.

    Args:
        topic: whose course is shown; None: of everything that was written.
    """
    table = await sources.published(today, weeks)
    mondays = [date.fromisoformat(column) for column in table.columns]
    spans = [DateRange(first=monday, last=monday + timedelta(days=6)) for monday in mondays]
    row = TOTAL if topic is None else topic
    return PublishedView(
        weeks=[short_day(monday) for monday in mondays],
        course=_published_course(table, spans, row),
        rows=_published_rows(table, book),
        first=spans[0].first,
        last=spans[-1].last,
    )


def _published_course(table: PublishedTable, spans: Sequence[DateRange], row: str) -> ChartView:
    # A topic that was not asked at all has no row; that nobody asked is no secret of anybody.
    values = [table.figures.get((row, column), 0) for column in table.columns]
    return ChartView(
        chart=stacked([short_day(each.first) for each in spans], {ALL: values}),
        names={ALL: "Pesan"},
        totals={ALL: sum(value or 0 for value in values)},
        rows=[(slice_name(each), [value]) for each, value in zip(spans, values, strict=True)],
    )


def _published_rows(table: PublishedTable, book: GuidanceBook) -> Sequence[tuple[str, str, Sequence[int | None]]]:
    columns = [*table.columns, TOTAL]
    rows = [
        (row, book.topics[row].title if row in book.topics else row, [table.figures[row, c] for c in columns])
        for row in table.rows
    ]
    return sorted(rows, key=lambda row: (-sum(value or 0 for value in row[2][:-1]), row[1]))
