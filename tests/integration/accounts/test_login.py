"""Logging in, locking out, codes that work once, sessions that end, and users."""

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pyotp
import pytest

from bot.core.accounts.sessions import SessionStage
from bot.core.accounts.users import Role
from bot.core.campaigns.consent import Agency, TimeZone
from tests.support.admin_browser import NEW_PASSWORD, PASSWORD, Desk, next_session, open_desk
from tests.support.database import seeded

pytestmark = pytest.mark.admin


@pytest.fixture(params=[pytest.param("sqlite"), pytest.param("postgres", marks=pytest.mark.full)])
def desk(request: pytest.FixtureRequest, tmp_path: Path, now: datetime) -> Iterator[Desk]:
    """Return the web on a database of this test alone."""
    with seeded(request.param, tmp_path) as address, open_desk(address, tmp_path, now) as opened:
        yield opened


def log_in(desk: Desk, name: str, password: str = PASSWORD) -> str:
    """Send name and password; returns the session's id."""
    answer = desk.post("/admin/masuk", {"name": name, "password": password})
    assert answer.status_code == 303, answer.text
    return next_session(answer)


def is_inside(desk: Desk, session_id: str) -> bool:
    return desk.get("/admin", session_id).status_code == 200


def test_a_viewer_logs_in_with_name_and_password_alone(desk: Desk) -> None:
    desk.user("ani", Role.VIEWER)
    assert is_inside(desk, log_in(desk, "ani"))
    assert desk.actions() == ["logged_in"]


def test_only_a_hash_of_the_session_is_stored(desk: Desk) -> None:
    desk.user("ani", Role.VIEWER)
    session_id = log_in(desk, "ani")
    assert session_id.encode() not in repr(desk.dump()).encode()


@pytest.mark.parametrize("role", [Role.APPROVER, Role.BROADCASTER, Role.ADMIN])
def test_who_publishes_sends_or_manages_needs_a_code_too(desk: Desk, role: Role) -> None:
    desk.user("budi", role)
    waiting = log_in(desk, "budi")
    assert not is_inside(desk, waiting)
    entered = desk.post("/admin/kode", {"code": desk.code("budi")}, waiting)
    assert is_inside(desk, next_session(entered))
    assert not is_inside(desk, waiting)


def test_a_code_works_once(desk: Desk) -> None:
    desk.user("budi", Role.ADMIN)
    code = desk.code("budi")
    assert desk.post("/admin/kode", {"code": code}, log_in(desk, "budi")).status_code == 303
    again = desk.post("/admin/kode", {"code": code}, log_in(desk, "budi"))
    assert (again.status_code, "sudah dipakai" in again.text) == (400, True)


def test_an_older_code_within_the_drift_does_not_work_after_a_newer_one(desk: Desk) -> None:
    desk.user("budi", Role.ADMIN)
    older = desk.code("budi")
    desk.clock.forward(seconds=30)
    assert desk.post("/admin/kode", {"code": desk.code("budi")}, log_in(desk, "budi")).status_code == 303
    assert desk.post("/admin/kode", {"code": older}, log_in(desk, "budi")).status_code == 400


@pytest.mark.parametrize(("seconds", "status"), [(-30, 303), (30, 303), (-90, 400), (90, 400)])
def test_a_phone_may_be_one_step_off(desk: Desk, seconds: int, status: int) -> None:
    desk.user("budi", Role.ADMIN)
    code = desk.code("budi")
    desk.clock.forward(seconds=seconds)
    assert desk.post("/admin/kode", {"code": code}, log_in(desk, "budi")).status_code == status


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "-12345", "12 34 5a"])
def test_what_is_no_code_is_refused(desk: Desk, code: str) -> None:
    desk.user("budi", Role.ADMIN)
    assert desk.post("/admin/kode", {"code": code}, log_in(desk, "budi")).status_code == 400


def test_after_five_wrong_passwords_one_source_waits_three_minutes(desk: Desk) -> None:
    desk.user("ani", Role.VIEWER)
    for _ in range(5):
        assert desk.post("/admin/masuk", {"name": "ani", "password": "salah"}).status_code == 400
    assert desk.post("/admin/masuk", {"name": "ani", "password": PASSWORD}).status_code == 400
    desk.clock.forward(minutes=3)
    assert is_inside(desk, log_in(desk, "ani"))


def test_after_five_wrong_codes_a_right_one_waits_three_minutes_and_right_passwords_change_nothing(desk: Desk) -> None:
    desk.user("budi", Role.ADMIN)
    for _ in range(5):
        assert desk.post("/admin/kode", {"code": "000000"}, log_in(desk, "budi")).status_code == 400
    waiting = log_in(desk, "budi")
    held = desk.post("/admin/kode", {"code": desk.code("budi")}, waiting)
    assert (held.status_code, "Tunggu 3 menit" in held.text) == (400, True)
    desk.clock.forward(minutes=3)
    assert desk.post("/admin/kode", {"code": desk.code("budi")}, waiting).status_code == 303


def test_a_wrong_name_a_wrong_password_and_one_tried_too_often_look_the_same(desk: Desk) -> None:
    desk.user("ani", Role.VIEWER)
    pages = [desk.post("/admin/masuk", {"name": name, "password": "salah"}).text for name in ("ani", "hantu")]
    for _ in range(5):
        desk.post("/admin/masuk", {"name": "ani", "password": "salah"})
    pages.append(desk.post("/admin/masuk", {"name": "ani", "password": PASSWORD}).text)
    shown = {re.sub(r"hantu|ani\b|[0-9a-f]{64}", "", page) for page in pages}
    assert len(shown) == 1


def test_one_address_cannot_try_for_ever(desk: Desk) -> None:
    tries = [desk.post("/admin/masuk", {"name": f"n{n}", "password": "salah"}).status_code for n in range(21)]
    assert tries == [400] * 20 + [429]


@pytest.mark.parametrize(("minutes", "is_kept"), [(29, True), (30, False)])
def test_a_session_ends_after_half_an_hour_idle(desk: Desk, minutes: int, is_kept: bool) -> None:
    session_id = desk.session(desk.user("ani", Role.VIEWER))
    desk.clock.forward(minutes=minutes)
    assert is_inside(desk, session_id) is is_kept


def test_a_session_ends_after_twelve_hours_however_busy(desk: Desk) -> None:
    session_id = desk.session(desk.user("ani", Role.VIEWER))
    for _ in range(35):
        desk.clock.forward(minutes=20)
        assert is_inside(desk, session_id)
    desk.clock.forward(minutes=20)
    assert not is_inside(desk, session_id)


def test_ended_sessions_are_deleted(desk: Desk) -> None:
    desk.session(desk.user("ani", Role.VIEWER))
    desk.clock.forward(minutes=30)

    async def purge() -> int:
        async with desk.unit() as unit:
            return await unit.accounts.purge_sessions(desk.clock.now())

    assert desk.call(purge) == 1
    assert desk.rows("SELECT count(*) FROM session") == [(0,)]


def test_logging_out_ends_the_session_on_the_server(desk: Desk) -> None:
    session_id = desk.session(desk.user("ani", Role.VIEWER))
    desk.post("/admin/keluar", {}, session_id)
    assert not is_inside(desk, session_id)


def test_a_second_factor_is_set_up_at_the_first_login(desk: Desk) -> None:
    user = desk.user("budi", Role.APPROVER)
    desk.sql('UPDATE "user" SET secret = NULL')
    waiting = log_in(desk, "budi")
    assert not is_inside(desk, waiting)
    page = desk.get("/admin/faktor-kedua", waiting).text
    shown = re.search(r'class="secret">([A-Z2-7 ]+)<', page)
    assert shown
    assert "<svg" in page
    secret = shown.group(1).replace(" ", "")
    assert secret.encode() not in repr(desk.dump()).encode()
    assert desk.post("/admin/faktor-kedua", {"code": "000000"}, waiting).status_code == 400
    code = pyotp.TOTP(secret).at(desk.clock.now())
    assert is_inside(desk, next_session(desk.post("/admin/faktor-kedua", {"code": code}, waiting)))
    assert desk.post("/admin/kode", {"code": code}, log_in(desk, "budi")).status_code == 400
    assert desk.actions()[:2] == ["second_factor_set", "logged_in"]
    assert user.name == "budi"


def test_a_password_that_somebody_else_knows_is_changed_first(desk: Desk) -> None:
    desk.user("ani", Role.VIEWER, must_change=True)
    session_id = log_in(desk, "ani")
    assert desk.get("/admin", session_id).headers["location"] == "/admin/kata-sandi"
    fields = {"present": PASSWORD, "wanted": NEW_PASSWORD, "again": NEW_PASSWORD}
    assert is_inside(desk, next_session(desk.post("/admin/kata-sandi", fields, session_id)))
    assert is_inside(desk, log_in(desk, "ani", NEW_PASSWORD))


def test_changing_the_password_ends_every_other_session(desk: Desk) -> None:
    user = desk.user("ani", Role.VIEWER)
    here, elsewhere = desk.session(user), desk.session(user)
    desk.post("/admin/kata-sandi", {"present": PASSWORD, "wanted": NEW_PASSWORD, "again": NEW_PASSWORD}, here)
    assert not is_inside(desk, elsewhere)
    assert desk.post("/admin/masuk", {"name": "ani", "password": PASSWORD}).status_code == 400


@pytest.mark.parametrize(
    ("present", "wanted", "again", "words"),
    [
        ("salah", NEW_PASSWORD, NEW_PASSWORD, "sekarang salah"),
        (PASSWORD, NEW_PASSWORD, "lain sama sekali", "tidak sama"),
        (PASSWORD, "pendek", "pendek", "paling sedikit 12"),
        (PASSWORD, "aaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaa", "terlalu berulang"),
        (PASSWORD, "kata sandi ani saja", "kata sandi ani saja", "jangan memuat"),
        (PASSWORD, PASSWORD, PASSWORD, "harus berbeda"),
        (PASSWORD, "x1" * 129, "x1" * 129, "paling panjang"),
    ],
)
def test_a_password_change_says_what_is_wrong(desk: Desk, present: str, wanted: str, again: str, words: str) -> None:
    session_id = desk.session(desk.user("ani", Role.VIEWER))
    answer = desk.post("/admin/kata-sandi", {"present": present, "wanted": wanted, "again": again}, session_id)
    assert (answer.status_code, words in answer.text) == (400, True)


# Users


def test_a_user_added_by_an_administrator_gets_a_password_shown_once(desk: Desk) -> None:
    session_id = desk.session(desk.user("budi", Role.ADMIN))
    fields: dict[str, str | list[str]] = {
        "name": "Citra",
        "full_name": "Citra Dewi",
        "roles": ["viewer", "curator"],
        "scope": "nasional",
    }
    shown = re.search(r'class="secret">([\w-]+)<', desk.post("/admin/pengguna/baru", fields, session_id).text)
    assert shown
    assert desk.get("/admin", log_in(desk, "citra", shown.group(1))).headers["location"] == "/admin/kata-sandi"
    assert desk.post("/admin/pengguna/baru", fields, session_id).status_code == 400
    assert shown.group(1).encode() not in repr(desk.dump()).encode()


def test_the_form_offers_the_agencies_and_warns_of_one_that_is_none(desk: Desk) -> None:
    desk.user("citra", Role.VIEWER, agency="bkd_a")
    desk.call(lambda: add_agency(desk, "bkd-a", "BKD A"))
    session_id = desk.session(desk.user("budi", Role.ADMIN))
    assert '<option value="bkd-a">BKD A</option>' in desk.get("/admin/pengguna/baru", session_id).text
    assert "belum terdaftar" not in desk.get("/admin/pengguna/baru", session_id).text
    assert "belum terdaftar" in desk.get("/admin/pengguna/satu/citra", session_id).text
    desk.post("/admin/pengguna/satu/citra", {"full_name": "Citra", "roles": ["viewer"], "agency": "bkd-a"}, session_id)
    assert "belum terdaftar" not in desk.get("/admin/pengguna/satu/citra", session_id).text


async def add_agency(desk: Desk, code: str, name: str) -> None:
    async with desk.unit() as unit:
        await unit.campaigns.add_agency(Agency(code=code, name=name, region="Maluku", zone=TimeZone.WIT))


def test_a_disabled_user_is_out_at_once(desk: Desk) -> None:
    admin, other = desk.session(desk.user("budi", Role.ADMIN)), desk.session(desk.user("ani", Role.VIEWER))
    desk.post("/admin/pengguna/satu/ani/nonaktif", {}, admin)
    assert not is_inside(desk, other)
    assert desk.post("/admin/masuk", {"name": "ani", "password": PASSWORD}).status_code == 400
    desk.post("/admin/pengguna/satu/ani/aktif", {}, admin)
    assert is_inside(desk, log_in(desk, "ani"))


def test_a_change_of_roles_ends_the_sessions_of_the_user(desk: Desk) -> None:
    admin, other = desk.session(desk.user("budi", Role.ADMIN)), desk.session(desk.user("ani", Role.CURATOR))
    desk.post("/admin/pengguna/satu/ani", {"full_name": "Ani", "roles": ["viewer"], "scope": "nasional"}, admin)
    assert not is_inside(desk, other)


def test_an_administrator_of_one_agency_sees_and_makes_only_its_own_users(desk: Desk) -> None:
    session_id = desk.session(desk.user("budi", Role.ADMIN, agency="Kota A"))
    desk.user("ani", Role.VIEWER, agency="Kota B")
    desk.user("pusat", Role.VIEWER)
    page = desk.get("/admin/pengguna", session_id).text
    assert (">budi<" in page, ">ani<" in page, ">pusat<" in page) == (True, False, False)
    assert desk.post("/admin/pengguna/satu/ani/nonaktif", {}, session_id).status_code == 400
    desk.post(
        "/admin/pengguna/baru",
        {"name": "citra", "full_name": "Citra", "roles": "viewer", "agency": "Kota B"},
        session_id,
    )
    assert desk.rows("SELECT agency FROM \"user\" WHERE name = 'citra'") == [("Kota A",)]


def test_nobody_takes_the_administrators_role_or_account_from_oneself(desk: Desk) -> None:
    session_id = desk.session(desk.user("budi", Role.ADMIN))
    assert desk.post("/admin/pengguna/satu/budi/nonaktif", {}, session_id).status_code == 400
    answer = desk.post("/admin/pengguna/satu/budi", {"full_name": "Budi", "roles": "viewer"}, session_id)
    assert (answer.status_code, is_inside(desk, session_id)) == (400, True)


def test_a_session_waiting_for_its_code_reaches_nothing_else(desk: Desk) -> None:
    session_id = desk.session(desk.user("budi", Role.ADMIN), SessionStage.CODE)
    for path in ("/admin/pengguna", "/admin/kata-sandi", "/admin/faktor-kedua", "/admin/jejak"):
        assert desk.get(path, session_id).headers["location"] == "/admin/kode"
