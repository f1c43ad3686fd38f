"""Where the parts of a chart lie; the templates draw them as SVG.

Widths are per cent and heights are pixels, so that a chart fills a phone and a desk while its letters keep their size.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.admin.web.labels import thousands

HEIGHT = 200
"""Pixels of the plot, from the axis to the highest line."""

MAX_LABELS = 5
"""Of the horizontal axis; more would touch on a phone."""

MAX_LINES = 4
"""Horizontal lines above the axis."""

TOPS = (10, 12, 16, 20, 24, 32, 40, 60, 80)
"""Round numbers, times a power of ten; close enough to each other that no chart is half empty."""

GAP = 0.22
"""Of a column, left free beside its bar."""

SPARK_WIDTH = 100

SPARK_HEIGHT = 24

SPARK_MARGIN = 2


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One piece of one column."""

    series: str
    x: float
    """Per cent of the width, as `width`."""
    width: float
    y: float
    """Pixels from the top, as `height`."""
    height: float
    words: str
    """What it says, when pointed at."""


@dataclass(frozen=True, kw_only=True)
class Mark:
    """A line with its number, or a label of a column."""

    at: float
    """Pixels from the top for a line, per cent of the width for a label."""
    words: str


@dataclass(frozen=True, kw_only=True)
class Chart:
    """Stacked columns."""

    bars: Sequence[Bar]
    lines: Sequence[Mark]
    labels: Sequence[Mark]
    hidden: Sequence[float]
    """Where a column is left out, in per cent of the width."""
    height: int = HEIGHT


def stacked(labels: Sequence[str], series: Mapping[str, Sequence[int | None]]) -> Chart:
    """Lay out one column a label, its series one upon the other in their order.

    Args:
        series: one number a label each; a column with None in any of them is left out and marked.
    """
    is_hidden = [any(values[place] is None for values in series.values()) for place in range(len(labels))]
    heights = [sum(values[place] or 0 for values in series.values()) for place in range(len(labels))]
    top = top_of(max((h for h, hidden in zip(heights, is_hidden, strict=True) if not hidden), default=0))
    wide = 100 / max(len(labels), 1)
    bars: list[Bar] = []
    for place, label in enumerate(labels):
        below = 0.0
        for name, values in series.items():
            count = values[place]
            if is_hidden[place] or not count:
                continue
            tall = HEIGHT * count / top
            bars.append(
                Bar(
                    series=name,
                    x=round(wide * (place + GAP / 2), 3),
                    width=round(wide * (1 - GAP), 3),
                    y=round(HEIGHT - below - tall, 2),
                    height=round(tall, 2),
                    words=f"{label}: {count}",
                )
            )
            below += tall
    middles = [round(wide * (place + 0.5), 3) for place in range(len(labels))]
    return Chart(
        bars=bars,
        lines=[Mark(at=round(HEIGHT - HEIGHT * value / top, 2), words=thousands(value)) for value in lines_to(top)],
        labels=[Mark(at=middles[place], words=labels[place]) for place in sparse(len(labels))],
        hidden=[middle for middle, hidden in zip(middles, is_hidden, strict=True) if hidden],
    )


def top_of(highest: int) -> int:
    """Return a round number not below the highest column, and four times a whole one."""
    power = 1
    while True:
        for step in TOPS:
            top = step * power
            if top >= 10 * highest and top % (10 * MAX_LINES) == 0:
                return top // 10
        power *= 10


def lines_to(top: int) -> Sequence[int]:
    """Return the numbers at the lines, without 0; `top` is a multiple of their count."""
    return [top * number // MAX_LINES for number in range(1, MAX_LINES + 1)]


def sparse(count: int) -> Sequence[int]:
    """Return the places of the labels that are shown: evenly apart, the last one always."""
    step = max(1, -(-count // MAX_LABELS))
    return [place for place in range(count) if (count - 1 - place) % step == 0]


def spark(values: Sequence[int]) -> str:
    """Return the points of a small line over the whole width, for a `polyline`."""
    if len(values) < 2:
        values = [*values, *values] or [0, 0]
    highest = max(*values, 1)
    room = SPARK_HEIGHT - 2 * SPARK_MARGIN
    return " ".join(
        f"{SPARK_WIDTH * place / (len(values) - 1):.1f},{SPARK_HEIGHT - SPARK_MARGIN - room * value / highest:.1f}"
        for place, value in enumerate(values)
    )
