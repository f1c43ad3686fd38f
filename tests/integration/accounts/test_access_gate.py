"""Every page of the administrators' web, for every role, with and without the form's token."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot import admin
from bot.admin.web.gate import COOKIE, MAX_BODY, UNWRITABLE, AdminRoute, token_of
from bot.bootstrap.web import admin_site
from bot.core.accounts.users import Role, User
from tests.conftest import NOW
from tests.support.admin_browser import Desk, add_campaign, begin_draft, open_desk
from tests.support.database import seeded

pytestmark = pytest.mark.admin

HTMX_SHA256 = "d6fdc75f204e6bdefa99b69bf1e6d4ac69b8a364f77929f45c13476b4000f717"
"""Of dist/htmx.min.js in the npm package htmx.org 2.0.11 (Zero-Clause BSD)."""
NOBODY = "nobody"
WHO = [NOBODY, *Role]
TOKENS = ["own", None, "0" * 64]
EVERYBODY = frozenset(Role)
ANYONE = frozenset([NOBODY, *Role])
ADMIN = frozenset([Role.ADMIN])
CURATOR = frozenset([Role.CURATOR])
APPROVER = frozenset([Role.APPROVER])
BROADCASTER = frozenset([Role.BROADCASTER])
REVIEWER = APPROVER | BROADCASTER

ROWS: dict[str, frozenset[str]] = {
    "GET /admin/masuk": ANYONE,
    "POST /admin/masuk": ANYONE,
    "GET /admin/kode": frozenset(),
    "POST /admin/kode": frozenset(),
    "GET /admin/faktor-kedua": frozenset(),
    "POST /admin/faktor-kedua": frozenset(),
    "GET /admin/kata-sandi": EVERYBODY,
    "POST /admin/kata-sandi": EVERYBODY,
    "POST /admin/keluar": ANYONE,
    "GET /admin": EVERYBODY,
    "GET /admin/pertanyaan": EVERYBODY,
    "GET /admin/pertanyaan/unduh": EVERYBODY,
    "GET /admin/pertanyaan/topik/{topic}": EVERYBODY,
    "GET /admin/jawaban": EVERYBODY,
    "GET /admin/jawaban/{topic}": EVERYBODY,
    "GET /admin/jawaban/{topic}/versi/{version}": EVERYBODY,
    "POST /admin/jawaban/{topic}/draf": CURATOR,
    "POST /admin/jawaban/{topic}/versi/{version}/pulihkan": CURATOR,
    "GET /admin/draf": EVERYBODY,
    "GET /admin/draf/{draft}": EVERYBODY,
    "POST /admin/draf/{draft}": CURATOR,
    "POST /admin/draf/{draft}/pratinjau": CURATOR,
    "POST /admin/draf/{draft}/ajukan": CURATOR,
    "POST /admin/draf/{draft}/buang": CURATOR,
    "POST /admin/draf/{draft}/kembalikan": APPROVER,
    "POST /admin/draf/{draft}/terbitkan": APPROVER,
    "GET /admin/belum-terjawab": CURATOR,
    "GET /admin/belum-terjawab/keadaan": CURATOR,
    "POST /admin/belum-terjawab/label": CURATOR,
    "POST /admin/belum-terjawab/usul": CURATOR,
    "POST /admin/belum-terjawab/hapus": CURATOR,
    "POST /admin/belum-terjawab/urung": CURATOR,
    "GET /admin/belum-terjawab/usulan": CURATOR,
    "POST /admin/belum-terjawab/usulan/{proposal}/gabung": CURATOR,
    "POST /admin/belum-terjawab/usulan/{proposal}/tutup": CURATOR,
    "GET /admin/belum-terjawab/contoh": CURATOR,
    "POST /admin/belum-terjawab/contoh/{example}/hapus": CURATOR,
    "GET /admin/coba": EVERYBODY,
    "POST /admin/coba": EVERYBODY,
    "GET /admin/peraturan": EVERYBODY,
    "GET /admin/peraturan/satu": EVERYBODY,
    "POST /admin/peraturan/satu": CURATOR | APPROVER,
    "GET /admin/tinjau": EVERYBODY,
    "GET /admin/kalender": EVERYBODY,
    "GET /admin/kalender/satu": CURATOR,
    "POST /admin/kalender/satu": CURATOR,
    "POST /admin/kalender/hapus": CURATOR,
    "GET /admin/pengingat": REVIEWER,
    "GET /admin/pengingat/baru": BROADCASTER,
    "POST /admin/pengingat/baru": BROADCASTER,
    "POST /admin/pengingat/hitung": BROADCASTER,
    "GET /admin/pengingat/satu/{campaign}": REVIEWER,
    "GET /admin/pengingat/satu/{campaign}/jalan": REVIEWER,
    "GET /admin/pengingat/satu/{campaign}/csv": REVIEWER,
    "GET /admin/pengingat/satu/{campaign}/ubah": BROADCASTER,
    "POST /admin/pengingat/satu/{campaign}/ubah": BROADCASTER,
    "POST /admin/pengingat/satu/{campaign}/ajukan": BROADCASTER,
    "POST /admin/pengingat/satu/{campaign}/kembalikan": REVIEWER,
    "POST /admin/pengingat/satu/{campaign}/setujui": REVIEWER,
    "POST /admin/pengingat/satu/{campaign}/jalankan": BROADCASTER,
    "POST /admin/pengingat/satu/{campaign}/jeda": BROADCASTER,
    "POST /admin/pengingat/satu/{campaign}/putuskan": BROADCASTER,
    "POST /admin/pengingat/satu/{campaign}/hentikan": BROADCASTER,
    "GET /admin/templat": REVIEWER,
    "GET /admin/templat/baru": BROADCASTER,
    "POST /admin/templat/baru": BROADCASTER,
    "GET /admin/templat/satu/{template}": REVIEWER,
    "POST /admin/templat/satu/{template}": BROADCASTER,
    "POST /admin/templat/satu/{template}/ajukan": BROADCASTER,
    "POST /admin/templat/satu/{template}/kembalikan": REVIEWER,
    "POST /admin/templat/satu/{template}/setujui": REVIEWER,
    "POST /admin/templat/satu/{template}/pensiunkan": BROADCASTER,
    "GET /admin/instansi": REVIEWER,
    "POST /admin/instansi": BROADCASTER,
    "GET /admin/pelanggan": REVIEWER,
    "GET /admin/whatsapp": EVERYBODY,
    "GET /admin/pengguna": ADMIN,
    "GET /admin/pengguna/baru": ADMIN,
    "POST /admin/pengguna/baru": ADMIN,
    "GET /admin/pengguna/satu/{name}": ADMIN,
    "POST /admin/pengguna/satu/{name}": ADMIN,
    "POST /admin/pengguna/satu/{name}/setujui": ADMIN,
    "POST /admin/pengguna/satu/{name}/nonaktif": ADMIN,
    "POST /admin/pengguna/satu/{name}/aktif": ADMIN,
    "POST /admin/pengguna/satu/{name}/faktor-kedua": ADMIN,
    "POST /admin/pengguna/satu/{name}/kata-sandi": ADMIN,
    "GET /admin/jejak": ADMIN,
    "GET /admin/bantuan": EVERYBODY,
    "GET /admin/bantuan/{name}": EVERYBODY,
    "GET /admin/bantuan/dokumen/{name}": EVERYBODY,
    "GET /admin/{rest:path}": EVERYBODY,
}
"""Who with an open session reaches a page; whoever does not is sent elsewhere or told no."""
SAMPLES = {
    "{name}": "sasaran",
    "{rest:path}": "tidak/ada",
    "{topic}": "tim_sukses",
    "{version}": "1",
    "{draft}": "draf-contoh",
    "{proposal}": "usulan-contoh",
    "{example}": "pertanyaan-contoh",
    "{campaign}": "kampanye-contoh",
    "{template}": "templat-contoh",
}


@pytest.fixture(
    scope="module",
    params=[pytest.param("sqlite"), pytest.param("postgres", marks=pytest.mark.full)],
)
def desk(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Return the web with a user of each role, and one to do things to."""
    folder = tmp_path_factory.mktemp("gate")
    with seeded(request.param, folder) as address, open_desk(address, folder, NOW) as opened:
        for role in Role:
            opened.user(role.value, role)
        add_campaign(opened, SAMPLES["{campaign}"])
        begin_draft(opened, opened.user("sasaran", Role.VIEWER), "tim_sukses", SAMPLES["{draft}"])
        yield opened


def test_every_page_has_a_row(desk: Desk) -> None:
    assert {name_of(page) for page in admin_site(desk.parts).pages()} == set(ROWS)


@pytest.mark.full
@pytest.mark.parametrize("row", ROWS)
@pytest.mark.parametrize("who", WHO)
def test_a_page_opens_for_whom_its_row_names_and_changes_nothing_for_others(desk: Desk, row: str, who: str) -> None:
    method, path = row.split(" ")
    for name, value in SAMPLES.items():
        path = path.replace(name, value)
    for token in TOKENS if method == "POST" else ["own"]:
        session_id = desk.session(_user(desk, who)) if who != NOBODY else ""
        before = desk.dump()
        answer = desk.get(path, session_id) if method == "GET" else desk.post(path, {}, session_id, token)
        is_admitted = who in ROWS[row] and token == "own"
        assert answer.status_code < 500
        if method == "GET" or not is_admitted:
            assert desk.dump() == before, "something was changed"
        if method == "POST" and token != "own":
            assert answer.status_code == 403
        elif who in ROWS[row]:
            assert answer.status_code in (200, 303, 400, 404)
            assert answer.headers.get("location", "") not in ("/admin/masuk",) or row.endswith("keluar")
        else:
            assert answer.status_code in (303, 403)


@pytest.mark.parametrize("row", [row for row in ROWS if row.startswith("POST")])
def test_a_form_sent_from_another_origin_is_refused(desk: Desk, row: str) -> None:
    session_id = desk.session(_user(desk, Role.ADMIN))
    path = row.split(" ")[1]
    for name, value in SAMPLES.items():
        path = path.replace(name, value)
    before = desk.dump()
    for origin in ("https://jahat.example", "null", "http://testserver.jahat.example", "http://[::"):
        assert desk.post(path, {}, session_id, origin=origin).status_code == 403
    assert desk.dump() == before


def test_the_token_may_come_in_the_header_as_htmx_sends_it(desk: Desk) -> None:
    session_id = desk.session(_user(desk, Role.ADMIN))
    answer = desk.post(
        "/admin/keluar", {}, session_id, None, **{"X-CSRF-Token": token_of(session_id), "HX-Request": "true"}
    )
    assert (answer.status_code, answer.headers["hx-redirect"]) == (200, "/admin/masuk")


def test_the_token_of_another_session_is_refused(desk: Desk) -> None:
    own, other = desk.session(_user(desk, Role.ADMIN)), desk.session(_user(desk, Role.CURATOR))
    assert desk.post("/admin/keluar", {}, own, token_of(other)).status_code == 403


def test_a_post_that_is_too_large_is_refused(desk: Desk) -> None:
    session_id = desk.session(_user(desk, Role.ADMIN))
    answer = desk.post("/admin/pengguna/baru", {"full_name": "x" * MAX_BODY}, session_id)
    assert answer.status_code == 413


@pytest.mark.parametrize("path", ["/admin/masuk", "/admin", "/admin/tidak/ada"])
def test_every_page_forbids_what_it_does_not_need(desk: Desk, path: str) -> None:
    headers = desk.get(path, desk.session(_user(desk, Role.ADMIN)) if path != "/admin/masuk" else "").headers
    assert headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'; style-src 'self'")
    assert "unsafe" not in headers["content-security-policy"]
    assert (headers["cache-control"], headers["x-frame-options"]) == ("no-store", "DENY")


def test_the_vendored_script_is_the_one_that_was_checked() -> None:
    script = Path(admin.__file__).parent / "web" / "static" / "htmx-2.0.11.min.js"
    assert hashlib.sha256(script.read_bytes()).hexdigest() == HTMX_SHA256


def test_the_cookie_is_for_our_pages_alone_and_secure_over_https(desk: Desk) -> None:
    plain = desk.get("/admin/masuk").headers["set-cookie"]
    assert [part.strip().lower() for part in plain.split(";")[1:]] == ["httponly", "path=/admin", "samesite=lax"]
    desk.client.cookies.clear()
    secure = desk.client.get("https://testserver/admin/masuk").headers["set-cookie"]
    assert "secure" in [part.strip().lower() for part in secure.split(";")]


# Links from elsewhere


def test_a_link_followed_from_elsewhere_costs_no_login(desk: Desk) -> None:
    session_id = desk.session(_user(desk, Role.ADMIN))
    for path in ("/admin", "/admin/jejak", "/admin/pengingat", "/admin/tidak/ada"):
        bare = desk.get(path)
        assert (bare.status_code, bare.headers["location"]) == (303, "/admin/masuk")
        assert "set-cookie" not in bare.headers
    assert desk.get("/admin/jejak", session_id).status_code == 200


def test_only_the_page_with_the_login_form_begins_a_session(desk: Desk) -> None:
    opened = desk.get("/admin/masuk")
    assert opened.headers["set-cookie"].startswith(COOKIE)
    assert "set-cookie" not in desk.get("/admin/masuk", desk.session(_user(desk, Role.VIEWER))).headers
    assert "set-cookie" not in desk.post("/admin/masuk", {}, token=None).headers


# Control characters


@pytest.mark.parametrize("character", ["\0", "\x07", "\x0b", "\x1b", "\x7f", "\x85"])
def test_a_form_with_a_control_character_is_refused_before_any_page_sees_it(desk: Desk, character: str) -> None:
    session_id = desk.session(_user(desk, Role.ADMIN))
    before = desk.dump()
    for path, fields in (
        ("/admin/masuk", {"name": f"ri{character}na", "password": "x"}),
        ("/admin/masuk", {f"na{character}me": "rina"}),
        ("/admin/pengguna/baru", {"name": "baru", "full_name": f"A{character}B", "role": "viewer"}),
        ("/admin/kalender/satu", {"election": f"Pilkada{character}"}),
    ):
        answer = desk.post(path, fields, session_id)
        assert (answer.status_code, UNWRITABLE in answer.text) == (400, True), path
    assert desk.dump() == before


@pytest.mark.parametrize("path", ["/admin/jawaban/%00", "/admin/masuk?name=%00", "/admin/%01/x", "/admin/draf/%7F"])
def test_an_address_with_a_control_character_is_refused(desk: Desk, path: str) -> None:
    for session_id in ("", desk.session(_user(desk, Role.ADMIN))):
        answer = desk.get(path, session_id)
        assert (answer.status_code, UNWRITABLE in answer.text) == (400, True)


def test_line_breaks_and_tabs_in_a_form_reach_the_page(desk: Desk) -> None:
    session_id = desk.session(_user(desk, Role.ADMIN))
    answer = desk.post("/admin/pengguna/baru", {"name": "a\tb\r\nc", "full_name": "A"}, session_id)
    assert UNWRITABLE not in answer.text


# Origins


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("sinetral.example:443", "https://sinetral.example"),
        ("SiNetral.Example", "https://sinetral.example:443"),
        ("sinetral.example:80", "http://sinetral.example"),
        ("sinetral.example.", "http://sinetral.example"),
        ("[::1]:8080", "http://[0:0:0:0:0:0:0:1]:8080"),
    ],
)
def test_one_origin_in_another_spelling_is_ours(desk: Desk, host: str, origin: str) -> None:
    session_id = desk.session(_user(desk, Role.VIEWER))
    assert desk.post("/admin/keluar", {}, session_id, Host=host, origin=origin).status_code == 303


def name_of(page: AdminRoute) -> str:
    return f"{page.method} {page.path}"


def _user(desk: Desk, name: str) -> User:
    async def found() -> User | None:
        async with desk.unit() as unit:
            return await unit.accounts.user(name)

    user = desk.call(found)
    assert isinstance(user, User)
    return user
