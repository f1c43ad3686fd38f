"""`sinetral figures`: counts that may be shown to anybody, as CSV."""

import argparse
import csv
import sys

from bot.application.figures.publish_figures import first_day_of, weekly_figures
from bot.bootstrap.services import open_services
from bot.core.figures.disclosure import TOTAL
from bot.core.legal_day import legal_day
from bot.settings import Settings
from bot.storage.figures.day_counts import day_counts

HIDDEN = "disembunyikan"
"""Not "<10": larger cells are left out too, so that no small one can be computed."""
TOTAL_TITLE = "jumlah"


async def run(settings: Settings, arguments: argparse.Namespace) -> int:
    """Print topic by week; small cells and those that would give them away are left out."""
    async with open_services(settings) as parts:
        today = legal_day(parts.clock.now())
        counts = await day_counts(parts.store, first_day_of(today, arguments.weeks))
        table = weekly_figures(counts, today, arguments.weeks)
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(["topik", *(f"minggu {column}" for column in table.columns), TOTAL_TITLE])
    for row in [*table.rows, TOTAL]:
        figures = [table.figures[row, column] for column in [*table.columns, TOTAL]]
        writer.writerow([row or TOTAL_TITLE, *(HIDDEN if figure is None else figure for figure in figures)])
    return 0
