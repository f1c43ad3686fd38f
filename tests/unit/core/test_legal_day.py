"""Which day the law goes by."""

import ast
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.core.legal_day import legal_day

BY_ZONES_OF_THEIR_OWN = {"bot/core/legal_day.py", "bot/core/campaigns/consent.py", "bot/core/campaigns/schedule.py"}
"""Nights, weeks and schedules go by a zone that is named beside them; pages write by the viewer's."""


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(2026, 11, 23, 17, 0, tzinfo=UTC), date(2026, 11, 24)),
        (datetime(2026, 11, 23, 16, 59, tzinfo=UTC), date(2026, 11, 23)),
        (datetime(2026, 11, 24, 0, 30, tzinfo=ZoneInfo("Asia/Jakarta")), date(2026, 11, 24)),
        (datetime(2026, 11, 24, 0, 30, tzinfo=ZoneInfo("Asia/Jayapura")), date(2026, 11, 24)),
        (datetime(2026, 11, 24, 0, 30, tzinfo=timezone(timedelta(hours=8))), date(2026, 11, 24)),
    ],
)
def test_a_day_begins_at_midnight_in_indonesia(moment: datetime, day: date) -> None:
    assert legal_day(moment) == day


def test_a_moment_without_a_zone_has_no_day() -> None:
    with pytest.raises(ValueError, match="zone"):
        legal_day(datetime(2026, 11, 24))  # noqa: DTZ001 (that is the fault)


def test_no_other_module_makes_a_day_of_a_moment(root: Path) -> None:
    found = {
        path.relative_to(root).as_posix()
        for path in (root / "bot").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "date"
    }
    assert found - BY_ZONES_OF_THEIR_OWN - {"bot/admin/web/render.py"} == set()
