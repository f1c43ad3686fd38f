"""Edges of the administrators' web: links from elsewhere, odd characters, spellings of one origin."""

import urllib.parse
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from bot.admin.web.gate import COOKIE, TOKEN_FIELD, new_session_id, token_of
from bot.core.accounts.users import Role
from tests.conftest import NOW
from tests.support.admin_browser import PASSWORD, Desk, open_desk
from tests.support.database import seeded

pytestmark = [pytest.mark.admin, pytest.mark.faults]

CONTROLS = {
    "NUL": "\0",
    "NUL first": "\0",
    "escape": "\x1b",
    "backspace": "\x08",
    "wakeups": "\x07",
    "delete": "\x7f",
    "C1 control": "\x85",
    "shift out": "\x0e",
}
LINKS = (
    "/admin",
    "/admin/jawaban",
    "/admin/jawaban/tim_sukses",
    "/admin/bantuan",
    "/admin/tidak/ada",
    "/admin/kalender",
)


@pytest.fixture(scope="module", params=[pytest.param("sqlite"), pytest.param("postgres", marks=pytest.mark.full)])
def desk(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Return the web with a curator, a broadcaster and an admin."""
    folder: Path = tmp_path_factory.mktemp("admin")
    with seeded(request.param, folder) as address, open_desk(address, folder, NOW) as opened:
        opened.user("kurator", Role.CURATOR)
        opened.user("penyiar", Role.BROADCASTER)
        opened.user("pengurus", Role.ADMIN)
        yield opened


def session(desk: Desk, name: str) -> str:
    """Begin a session of somebody who is there already."""

    async def look() -> object:
        async with desk.unit() as unit:
            return await unit.accounts.user(name)

    user = desk.call(look)
    return desk.session(user)


def bare(desk: Desk, method: str, path: str, **options: object) -> httpx2.Response:
    """Call without any cookie."""
    desk.client.cookies.clear()
    return desk.client.request(method, path, follow_redirects=False, **options)  # type: ignore[arg-type]


# A GET that comes from elsewhere


@pytest.mark.parametrize("path", LINKS)
def test_a_link_followed_without_the_cookie_does_not_replace_the_session(desk: Desk, path: str) -> None:
    answer = bare(desk, "GET", path)
    set_cookies = answer.headers.get_list("set-cookie") if "set-cookie" in answer.headers else []
    assert not [each for each in set_cookies if each.startswith(f"{COOKIE}=")], set_cookies


def test_the_form_of_the_login_still_gets_its_session(desk: Desk) -> None:
    answer = bare(desk, "GET", "/admin/masuk")
    assert f"{COOKIE}=" in answer.headers.get("set-cookie", "")


def test_no_cookie_is_strict_so_that_links_from_a_mail_carry_it(desk: Desk) -> None:
    answer = bare(desk, "GET", "/admin/masuk")
    assert "samesite=lax" in answer.headers.get("set-cookie", "").lower()


# Control characters


@pytest.mark.parametrize("name", CONTROLS)
def test_a_login_with_control_characters_is_refused_and_not_an_error(desk: Desk, name: str) -> None:
    mark = CONTROLS[name]
    typed = mark + "rina" if "first" in name else f"ri{mark}na"
    answer = desk.post("/admin/masuk", {"name": typed, "password": PASSWORD})
    assert answer.status_code == 400


@pytest.mark.parametrize("field", ["name", "password"])
def test_a_nul_in_any_field_of_the_login_is_refused(desk: Desk, field: str) -> None:
    fields = {"name": "rina", "password": PASSWORD} | {field: "a\0b"}
    assert desk.post("/admin/masuk", fields).status_code == 400


@pytest.mark.parametrize("mark", ["\0", "\x1b", "\x08"])
@pytest.mark.parametrize(
    "path",
    [
        "/admin/jawaban/{}",
        "/admin/jawaban/tim_sukses/versi/{}",
        "/admin/bantuan/{}",
        "/admin/draf/{}",
        "/admin/a{}b/c",
    ],
)
def test_a_path_with_control_characters_is_refused_and_not_an_error(desk: Desk, path: str, mark: str) -> None:
    answer = desk.get(path.format(urllib.parse.quote(mark)), session(desk, "kurator"))
    assert answer.status_code in (400, 404), answer.status_code


@pytest.mark.parametrize("mark", ["\0", "a\0b", "\x1b[2J"])
@pytest.mark.parametrize("query", ["/admin/jawaban?cari={}", "/admin/pertanyaan?dari={}", "/admin/jejak?nama={}"])
def test_a_query_with_control_characters_is_refused_and_not_an_error(desk: Desk, query: str, mark: str) -> None:
    user = "pengurus" if "jejak" in query else "kurator"
    answer = desk.get(query.format(urllib.parse.quote(mark)), session(desk, user))
    assert answer.status_code == 400, answer.status_code


@pytest.mark.parametrize("field", ["code", "name", "region"])
def test_a_form_that_is_stored_takes_no_control_characters(desk: Desk, field: str) -> None:
    fields = {"code": "uji", "name": "Dinas Uji", "region": "Jawa Tengah", "zone": "WIB"} | {field: "a\0b"}
    answer = desk.post("/admin/instansi", fields, session(desk, "penyiar"))
    assert answer.status_code == 400


@pytest.mark.parametrize("name", ["a\0b", "nama"])
def test_the_name_of_a_field_takes_no_control_characters_either(desk: Desk, name: str) -> None:
    answer = desk.post("/admin/instansi", {f"{name}\0": "x", "code": "u"}, session(desk, "penyiar"))
    assert answer.status_code == 400


def test_line_breaks_and_tabs_in_a_text_are_no_control_characters(desk: Desk) -> None:
    answer = desk.post("/admin/coba", {"text": "bolehkah\n\tsaya hadir?\r\n"}, session(desk, "kurator"))
    assert answer.status_code != 400


# Spellings of one origin

SAME = {
    "default port on the host": ("contoh.example:443", "https://contoh.example", "https"),
    "default port on the origin": ("contoh.example", "https://contoh.example:443", "https"),
    "default port of http": ("contoh.example:80", "http://contoh.example", "http"),
    "capitals in the host": ("Contoh.Example", "https://contoh.example", "https"),
    "capitals in the origin": ("contoh.example", "https://CONTOH.example", "https"),
    "both, and capitals": ("CONTOH.example:443", "https://contoh.example", "https"),
    "another port on both": ("contoh.example:8443", "https://contoh.example:8443", "https"),
}
OTHERS = {
    "another name": ("contoh.example", "https://jahat.example"),
    "another port": ("contoh.example:443", "https://contoh.example:444"),
    "the name as a part": ("contoh.example", "https://contoh.example.jahat.example"),
    "the name as a user": ("contoh.example", "https://contoh.example@jahat.example"),
    "null": ("contoh.example", "null"),
    "http's port under https": ("contoh.example:443", "https://contoh.example:80"),
    "no scheme": ("contoh.example", "contoh.example"),
    "a prefix": ("contoh.example", "https://xcontoh.example"),
}


def sent_from(desk: Desk, host: str, origin: str, scheme: str = "https") -> int:
    """Send a form of a session under a host from an origin; returns the status."""
    id_ = session(desk, "penyiar")
    desk.client.cookies.clear()
    fields = {"code": "asal", "name": "Dinas Asal", "region": "Jawa Tengah", "zone": "WIB", TOKEN_FIELD: token_of(id_)}
    headers = {"Host": host, "Origin": origin, "Cookie": f"{COOKIE}={id_}", "X-Forwarded-Proto": scheme}
    answer = desk.client.post("/admin/instansi", data=fields, headers=headers, follow_redirects=False)
    return answer.status_code


@pytest.mark.parametrize("name", SAME)
def test_one_origin_is_the_same_in_every_spelling(desk: Desk, name: str) -> None:
    assert sent_from(desk, *SAME[name]) != 403


@pytest.mark.parametrize("name", OTHERS)
def test_another_origin_is_refused_in_every_spelling(desk: Desk, name: str) -> None:
    assert sent_from(desk, *OTHERS[name]) == 403


def test_the_session_ids_of_two_visits_differ() -> None:
    assert new_session_id() != new_session_id()
