"""Tables to open in a spreadsheet."""

import csv
import io
from collections.abc import Iterable, Sequence

from starlette.responses import Response

BYTE_ORDER_MARK = "\ufeff"
"""Without it Excel takes UTF-8 for the code page of the machine."""
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""A cell that begins so may be run as a formula (OWASP, CSV injection)."""


def csv_file(rows: Iterable[Sequence[str | int]], name: str) -> Response:
    """Return rows as a file to keep, with a semicolon between cells as the Indonesian Excel expects.

    Args:
        name: ASCII, without quotes.
    """
    written = io.StringIO()
    written.write(BYTE_ORDER_MARK)
    csv.writer(written, delimiter=";").writerows([[escape_formula(cell) for cell in row] for row in rows])
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(written.getvalue().encode(), media_type="text/csv; charset=utf-8", headers=headers)


def escape_formula(cell: str | int) -> str | int:
    """Return a cell that no spreadsheet runs; numbers stay numbers."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA_STARTS) else cell
