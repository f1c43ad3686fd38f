"""A schedule that hangs on the calendar follows it, or stops and asks, whoever changes the calendar and however."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.core.accounts.users import Role
from tests.integration.campaigns.engine.harness import TOPIC, noon
from tests.support.admin_browser import Desk, open_desk
from tests.support.database import seeded

pytestmark = [pytest.mark.faults, pytest.mark.broadcast, pytest.mark.admin]

ELECTION = "Pilkada Uji"
FORM: dict[str, str | list[str]] = {
    "name": "Uji kalender",
    "content": f"topik:{TOPIC}",
    "clock": "08:00",
    "zone": "WIB",
    "valid_hours": "24",
    "in_doubt": "resend",
    "weekly_limit": "3",
}
SCHEDULES: dict[str, dict[str, str | list[str]]] = {
    "before the stage": {"when": "tahapan", "days_before": "3", "before": "masa tenang"},
    "before the stage, on working days": {
        "when": "tahapan",
        "days_before": "10",
        "before": "masa tenang",
        "is_working": "ya",
        "zone": "WIT",
    },
    "daily during the stage": {
        "when": "mingguan",
        "weekdays": ["senin", "selasa", "rabu", "kamis", "jumat", "sabtu", "minggu"],
        "during": "masa tenang",
    },
    "on some days during the stage": {
        "when": "mingguan",
        "weekdays": ["senin", "selasa", "rabu"],
        "during": "masa tenang",
        "zone": "WITA",
    },
}
QUIET = ("2027-03-08", "2027-03-14")
LATER = ("2027-06-07", "2027-06-13")
EARLIER = ("2027-02-08", "2027-02-14")
DAY = 86_400.0


@pytest.fixture(params=[pytest.param("sqlite"), pytest.param("postgres", marks=pytest.mark.full)])
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    """Return the web on a database of each test's own."""
    with seeded(request.param, tmp_path) as address, open_desk(address, tmp_path, noon()) as opened:
        yield opened


@pytest.fixture
def people(desk: Desk) -> dict[str, str]:
    """Return sessions by name."""
    roles = {"ani": Role.BROADCASTER, "budi": Role.APPROVER, "cici": Role.CURATOR}
    return {name: desk.session(desk.user(name, role)) for name, role in roles.items()}


def set_stage(desk: Desk, people: dict[str, str], stage: str, days: tuple[str, str]) -> None:
    """Set the one stage of the election."""
    fields = {"nama": ELECTION, f"{stage}.mulai": days[0], f"{stage}.selesai": days[1]}
    answer = desk.post("/admin/kalender/satu", fields, people["cici"])
    assert answer.status_code == 303, answer.text


def scheduled(desk: Desk, people: dict[str, str], name: str) -> str:
    """Write a campaign, let a second person approve it, and schedule it."""
    answer = desk.post("/admin/pengingat/baru", {**FORM, **SCHEDULES[name]}, people["ani"])
    assert answer.status_code == 303, answer.text
    address = str(answer.headers["location"])
    assert desk.post(f"{address}/ajukan", {}, people["ani"]).status_code == 303
    seen = re.search(r'name="seen" value="(\w+)"', desk.get(address, people["budi"]).text)
    assert seen
    assert desk.post(f"{address}/setujui", {"seen": seen[1]}, people["budi"]).status_code == 303
    started = desk.post(f"{address}/jalankan", {}, people["ani"])
    assert started.status_code == 303, started.text
    return address.rsplit("/", 1)[1]


def stands(desk: Desk, id_: str) -> tuple[str, float, str]:
    """Return a campaign's status, its next moment and its note."""
    [(status, moment, note)] = desk.rows("SELECT status, next_run, note FROM campaign WHERE id = :id", id=id_)
    return str(status), float(str(moment or 0)), str(note or "")


@pytest.mark.parametrize("name", SCHEDULES)
@pytest.mark.parametrize(("moved", "days"), [(LATER, 91), (EARLIER, -28)], ids=["later", "earlier"])
def test_a_schedule_follows_a_stage_that_moves(
    desk: Desk, people: dict[str, str], name: str, moved: tuple[str, str], days: int
) -> None:
    set_stage(desk, people, "masa_tenang", QUIET)
    id_ = scheduled(desk, people, name)
    before = stands(desk, id_)[1]
    set_stage(desk, people, "masa_tenang", moved)
    status, after, _ = stands(desk, id_)
    assert status == "scheduled"
    assert after - before == pytest.approx(days * DAY, abs=5 * DAY)


@pytest.mark.parametrize("name", SCHEDULES)
@pytest.mark.parametrize("change", ["the election is removed", "the stage is left out"])
def test_a_schedule_whose_stage_goes_is_paused_with_a_note(
    desk: Desk, people: dict[str, str], name: str, change: str
) -> None:
    set_stage(desk, people, "masa_tenang", QUIET)
    id_ = scheduled(desk, people, name)
    if "removed" in change:
        assert desk.post("/admin/kalender/hapus", {"nama": ELECTION}, people["cici"]).status_code == 303
    else:
        set_stage(desk, people, "kampanye", QUIET)
    status, _, note = stands(desk, id_)
    assert (status, bool(note)) == ("paused", True)


def test_a_paused_campaign_follows_the_calendar_as_well(desk: Desk, people: dict[str, str]) -> None:
    set_stage(desk, people, "masa_tenang", QUIET)
    id_ = scheduled(desk, people, "before the stage")
    assert desk.post(f"/admin/pengingat/satu/{id_}/jeda", {}, people["ani"]).status_code == 303
    before = stands(desk, id_)[1]
    set_stage(desk, people, "masa_tenang", LATER)
    assert stands(desk, id_)[1] > before + 80 * DAY


def test_a_stage_that_is_moved_into_the_past_is_not_sent_for(desk: Desk, people: dict[str, str]) -> None:
    set_stage(desk, people, "masa_tenang", QUIET)
    id_ = scheduled(desk, people, "before the stage")
    set_stage(desk, people, "masa_tenang", ("2020-03-08", "2020-03-14"))
    status, _, note = stands(desk, id_)
    assert (status, bool(note)) == ("paused", True)


def test_another_election_leaves_a_schedule_alone(desk: Desk, people: dict[str, str]) -> None:
    set_stage(desk, people, "masa_tenang", QUIET)
    id_ = scheduled(desk, people, "before the stage")
    before = stands(desk, id_)
    fields = {"nama": "Pemilu Lain", "masa_tenang.mulai": "2029-02-11", "masa_tenang.selesai": "2029-02-13"}
    assert desk.post("/admin/kalender/satu", fields, people["cici"]).status_code == 303
    assert stands(desk, id_) == before
