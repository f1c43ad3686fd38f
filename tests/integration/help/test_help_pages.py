"""Help pages: every page has a section, every link leads somewhere, documents are readable."""

import html
import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.admin.help.help_pages import FOLDER, ORDER, read_pages
from bot.admin.help.markdown import Table, read_document
from bot.admin.web import labels
from bot.admin.web.help_links import SECTIONS, help_for
from bot.admin.web.navigation import NAVIGATION
from bot.core.accounts.users import Role, User
from bot.data.privacy_documents import DOCUMENTS, document
from tests.conftest import NOW
from tests.support.admin_browser import Desk, open_desk
from tests.support.database import seeded

pytestmark = pytest.mark.admin

ANCHORS = {f"{page.name}#{entry.id}" for page in read_pages() for entry in page.headings}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Return the web."""
    folder = tmp_path_factory.mktemp("help")
    with seeded("sqlite", folder) as address, open_desk(address, folder, NOW) as opened:
        opened.user("pengamat", Role.VIEWER)
        yield opened


def viewer(desk: Desk) -> str:
    return desk.session(desk.call(lambda: _user(desk)))


async def _user(desk: Desk) -> User | None:
    async with desk.unit() as unit:
        return await unit.accounts.user("pengamat")


def test_every_template_of_the_folder_is_in_the_index_with_headings() -> None:
    assert {path.stem for path in FOLDER.glob("*.html")} == set(ORDER)
    assert all(page.headings for page in read_pages())


def test_what_a_help_page_names_in_bold_stands_on_the_pages_themselves() -> None:
    templates = [path for path in FOLDER.parents[2].glob("*/templates/*.html") if not path.name.startswith("help")]
    shown = " ".join(path.read_text(encoding="utf-8") for path in templates).lower()
    known = {each.lower() for each in [*labels.ROLES.values(), *labels.STATUSES.values()]}
    sources = [path.read_text(encoding="utf-8") for path in FOLDER.glob("*.html")]
    named = {name.lower() for source in sources for name in re.findall("<strong>(.+?)</strong>", source)}
    assert {name for name in named - known if name not in shown} == set()


def test_no_anchor_stands_twice_on_a_page() -> None:
    assert len(ANCHORS) == sum(len(page.headings) for page in read_pages())


def test_every_line_of_the_menu_but_the_help_has_a_section_that_exists() -> None:
    paths = [entry.path for group in NAVIGATION for entry in group.entries if entry.path != "/bantuan"]
    assert [path for path in paths if help_for(f"/admin{path}") is None] == []
    assert set(SECTIONS.values()) <= ANCHORS


def test_a_page_below_another_has_the_nearest_section() -> None:
    assert help_for("/admin/jawaban/tim_sukses") == "jawaban#dua-orang"
    assert help_for("/admin/belum-terjawab/contoh") == "pertanyaan#contoh"
    assert help_for("/admin/tidak-ada") is None
    assert help_for("/admin") == "pantau#ringkasan"


def test_a_page_links_to_its_section(desk: Desk) -> None:
    page = desk.get("/admin/kalender", viewer(desk)).text
    assert 'href="/admin/bantuan/kalender#mengisi" aria-label="Bantuan untuk halaman ini"' in page


@pytest.mark.parametrize("name", ORDER)
def test_every_link_of_a_help_page_leads_to_a_page(desk: Desk, name: str) -> None:
    session = viewer(desk)
    page = desk.get(f"/admin/bantuan/{name}", session)
    assert page.status_code == 200
    links = set(re.findall(r'href="(/admin[^"#]*)', page.text.split("<main")[1]))
    assert {link: desk.get(link, session).status_code for link in links if "static" not in link} == dict.fromkeys(
        links, 200
    )


@pytest.mark.parametrize(
    ("asked", "found", "missing"),
    [
        ("faktor kedua", "akun#faktor-kedua", "kalender#mengisi"),
        ("MENCABUT peraturan", "peraturan#memulihkan", "akun#masuk"),
        ("72 jam", "dokumen/insiden", "coba#mencoba"),
    ],
)
def test_the_index_is_searched_by_words(desk: Desk, asked: str, found: str, missing: str) -> None:
    page = desk.get(f"/admin/bantuan?cari={asked.replace(' ', '+')}", viewer(desk)).text
    assert f"/admin/bantuan/{found}" in page
    assert f"/admin/bantuan/{missing}" not in page.split("<main")[1].split("help-link")[-1]


def test_a_search_without_a_find_says_what_to_do(desk: Desk) -> None:
    assert "Tidak ditemukan" in desk.get("/admin/bantuan?cari=xyzzy", viewer(desk)).text


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_privacy_document_is_shown_with_every_word_of_it(desk: Desk, name: str) -> None:
    page = desk.get(f"/admin/bantuan/dokumen/{name}", viewer(desk))
    assert page.status_code == 200
    shown = _letters(html.unescape(re.sub(r"<[^>]+>", "", page.text)))
    for line in document(name).splitlines():
        for cell in line.strip("|# ").split("|"):
            assert _letters(re.sub(r"[`<>]|^-+$", "", cell)) in shown


def _letters(text: str) -> str:
    return re.sub(r"\s+", "", text)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_row_of_a_document_is_as_long_as_its_header(name: str) -> None:
    tables = [block for block in read_document(document(name)).blocks if isinstance(block, Table)]
    assert tables
    assert {len(row) == len(table.header) for table in tables for row in table.rows} == {True}


def test_pages_that_do_not_exist_are_not_found(desk: Desk) -> None:
    for path in ("/admin/bantuan/tidak-ada", "/admin/bantuan/dokumen/tidak-ada", "/admin/bantuan/..%2fbase"):
        assert desk.get(path, viewer(desk)).status_code == 404


@given(st.lists(st.sampled_from(["# a", "## b", "isi `kode` <isian>", "", "#", "bukan | tabel", "<"]), max_size=12))
def test_any_lines_make_a_document(lines: list[str]) -> None:
    read_document("\n".join(["# Judul", *lines]))
