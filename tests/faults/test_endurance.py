"""Steady questions while one part breaks down: none lost, none out of order, and `/health` says so within seconds.

Short breakdowns, each on a bot of its own; `make bench-faults` goes through the whole schedule.
"""

from pathlib import Path

import pytest

from tests.benchmarks.faults import server_of
from tests.faults.breakdowns import breakdowns
from tests.faults.endurance import endure
from tests.faults.flood import private_replies_beside_a_held_group
from tests.faults.world import world

pytestmark = [pytest.mark.full, pytest.mark.faults, pytest.mark.timeout(900)]

SCALE = 0.4
PER_SECOND = 4.0
PEOPLE = 160
TRUTH_SECONDS = 10.0
IN_FLIGHT = 16
"""Replies of both channels that may be under way when a part breaks: eight senders each."""
SLOWER_SECONDS = 2.0
"""What a machine that does much else may add to a reply."""


@pytest.mark.parametrize(
    ("database", "name"),
    [
        ("sqlite", "SQLite locked"),
        ("postgresql", "PostgreSQL frozen"),
        ("postgresql", "PostgreSQL restarted"),
        ("postgresql", "PostgreSQL away"),
        ("sqlite", "NLU frozen"),
        ("sqlite", "NLU killed"),
        ("sqlite", "NLU answers 500"),
        ("sqlite", "platforms away"),
        ("sqlite", "platforms silent"),
        ("sqlite", "platforms answer 502"),
        ("sqlite", "platforms answer 401"),
        ("sqlite", "bot killed"),
        ("sqlite", "bot stopped"),
    ],
)
def test_nothing_is_lost_while_a_part_breaks_down(
    database: str, name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with server_of(database) as server:
        address = server.address if server is not None else ""
        with world(tmp_path / "bot", database=address) as made:
            plan = [each for each in breakdowns(made, server, SCALE) if each.name == name]
            assert plan
            report = endure(made, database, plan, PER_SECOND, PEOPLE)
    with capsys.disabled():
        print("\n" + report.text())
    [episode] = report.episodes
    assert (report.telegram.lost, report.whatsapp.lost, report.telegram.out_of_order) == (0, 0, 0)
    assert not any(report.waiting.values())
    # A clean stop repeats nothing; a kill, and a cut, repeat what was under way.
    most = 0 if name == "bot stopped" else IN_FLIGHT
    assert report.telegram.doubled + report.whatsapp.doubled <= most
    assert max(report.telegram.most_copies, report.whatsapp.most_copies) <= 2
    assert not episode.shows or (episode.told_after is not None and episode.told_after <= TRUTH_SECONDS)
    assert report.leaks == 0


@pytest.mark.telegram
def test_a_group_that_is_held_does_not_slow_private_replies(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with world(tmp_path / "bot", per_second="25") as made:
        flood = private_replies_beside_a_held_group(made, 15)
    with capsys.disabled():
        print("\n" + flood.line())
    assert flood.unanswered == 0
    assert flood.with_p95 <= flood.without_p95 + SLOWER_SECONDS
