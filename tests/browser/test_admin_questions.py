"""Overview and frequent questions in a real browser, with months of questions in the database of the real process."""

import asyncio
import csv
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from playwright.sync_api import expect

from bot.bootstrap.services import open_services
from bot.core.accounts.users import Role
from bot.settings import Settings
from tests.browser.test_admin import People, browser, overflows, own_bot, people, serious, shoot, width
from tests.support.bot_process import Bot
from tests.support.questions import day_rows, fill

__all__ = ["browser", "own_bot", "people", "width"]

pytestmark = [pytest.mark.full, pytest.mark.admin]

OFTEN, TITLE = "tim_sukses", "Menjadi tim sukses, relawan, atau juru kampanye"
PATHS = ["", "?masa=90", "/pertanyaan", "/pertanyaan?masa=90", f"/pertanyaan/topik/{OFTEN}?masa=90"]


@pytest.fixture(scope="module", autouse=True)
def _months(own_bot: Bot) -> None:
    with ThreadPoolExecutor(1) as elsewhere:
        # Playwright's own loop runs in this thread.
        elsewhere.submit(lambda: asyncio.run(_fill(own_bot))).result()


async def _fill(bot: Bot) -> None:
    """Fill the roll-ups beside the running process."""
    async with open_services(Settings.from_env(bot.environment)) as parts:
        async with parts.store.unit() as unit:
            known = list((await unit.guidance()).topics)
        topics = [OFTEN, *(topic for topic in known if topic != OFTEN)]
        await fill(parts.engine, day_rows(topics, parts.clock.now().date(), 180, 60.0, rising="hak_pilih"))


def test_a_curator_goes_from_the_overview_to_the_answer_of_a_topic(people: People, width: int) -> None:
    person = people.inside(Role.CURATOR)
    person.page.get_by_role("link", name="90 hari").click()
    chart = person.page.get_by_role("img", name="Pertanyaan dari waktu ke waktu")
    expect(chart).to_be_visible()
    assert chart.locator("rect.bar").count() > 30
    person.page.get_by_text("Angka dalam tabel").click()
    expect(person.page.get_by_role("columnheader", name="Tidak diketahui")).to_be_visible()
    shoot(person.page, "overview-table", width)
    person.page.get_by_role("region", name="Topik paling banyak ditanyakan").get_by_role("link", name=TITLE).click()
    expect(person.page.get_by_role("heading", name=TITLE)).to_be_visible()
    assert person.page.locator(".quotes li").count() > 5
    person.page.get_by_role("button", name="Sunting jawaban").click()
    expect(person.page.get_by_label("Jawaban singkat")).to_be_visible()


def test_a_curator_filters_topics_by_channel_and_order(people: People, width: int) -> None:
    person = people.inside(Role.CURATOR)
    person.go("/pertanyaan")
    person.page.get_by_label("Kanal").select_option(label="Telegram")
    person.page.get_by_label("Urutkan").select_option(label="paling naik")
    person.page.get_by_role("button", name="Tampilkan").click()
    first = person.page.locator(".questions tbody tr").first
    expect(first).to_contain_text("naik dari")
    expect(person.page.get_by_label("Kanal")).to_have_value("telegram")


def test_a_viewer_keeps_a_file_without_small_numbers(people: People, width: int, tmp_path: Path) -> None:
    person = people.inside(Role.VIEWER)
    person.go("/pertanyaan?masa=90")
    expect(person.page.get_by_label("Kanal")).to_have_count(0)
    with person.page.expect_download() as waiting:
        person.page.get_by_role("link", name="Unduh CSV").click()
    assert waiting.value.suggested_filename.startswith("sinetral-pertanyaan-")
    waiting.value.save_as(tmp_path / "file.csv")
    with (tmp_path / "file.csv").open(encoding="utf-8-sig", newline="") as file:
        cells = [cell for row in list(csv.reader(file, delimiter=";"))[1:] for cell in row[3:]]
    assert "disembunyikan" in cells
    assert all(cell == "disembunyikan" or int(cell) % 5 == 0 for cell in cells)


@pytest.mark.parametrize("role", [Role.CURATOR, Role.VIEWER])
def test_pages_of_figures_have_no_serious_barrier_and_do_not_overflow(people: People, width: int, role: Role) -> None:
    person = people.inside(role)
    found = {}
    for path in PATHS:
        person.go(path)
        shoot(person.page, f"figures-{role}{path.split('?')[0].replace('/', '-')}", width)
        found[path] = [*serious(person.page), *(["overflows"] if overflows(person.page) else [])]
    assert {path: barriers for path, barriers in found.items() if barriers} == {}
