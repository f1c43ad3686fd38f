"""A reminder in real browsers, on the real process with the fake Telegram: written, approved, watched, stopped."""

import asyncio
import re
import secrets
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from playwright.sync_api import Page, expect

from bot.core.accounts.users import Role
from bot.core.campaigns.consent import Agency, TimeZone
from bot.storage.campaigns.campaigns import campaigns
from bot.storage.engine.engine import make_engine
from bot.storage.engine.key_ring import keys_from_file
from bot.storage.unit_of_work import DatabaseStore
from tests.browser.test_admin import People, Person, browser, overflows, people, serious, shoot, width
from tests.fakes.telegram.bot_api import NO_LIMITS, FakeBotApi
from tests.integration.campaigns.engine.harness import FIRST_CHAT, add_opt_ins, shift
from tests.integration.channels.telegram.process import running, telegram_bot
from tests.support.bot_process import Bot

__all__ = ["browser", "people", "width"]
pytestmark = [pytest.mark.full, pytest.mark.broadcast, pytest.mark.timeout(300)]
SUBSCRIBERS = 300
PER_SECOND = 15


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeBotApi]:
    """Return a Telegram with people who subscribed."""
    with FakeBotApi(limits=NO_LIMITS) as api:
        for chat in range(FIRST_CHAT, FIRST_CHAT + SUBSCRIBERS):
            api.add_private(chat)
        yield api


@pytest.fixture(scope="module")
def own_bot(bot: Bot, fake: FakeBotApi, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bot]:
    """Return a bot at noon that sends slowly enough to be watched."""
    own = telegram_bot(tmp_path_factory.mktemp("reminders"), bot, fake)
    own.extra |= {"CLOCK_SHIFT": str(shift()), "SINETRAL_TELEGRAM_PER_SECOND": str(PER_SECOND)}
    own.serving = [sys.executable, "-m", "tests.integration.campaigns.engine.daytime"]
    with running(own):
        fill(own)
        yield own


def fill(bot: Bot) -> None:
    """Let people subscribe, and add an agency."""

    async def work() -> None:
        engine = make_engine(bot.environment["SINETRAL_DATABASE_URL"])
        keys = keys_from_file(bot.folder / "keys" / "master.key")
        store = DatabaseStore(engine, keys, lambda: secrets.token_hex(16))
        await add_opt_ins(store, range(FIRST_CHAT, FIRST_CHAT + SUBSCRIBERS))
        async with campaigns(store) as unit:
            await unit.add_agency(Agency(code="bkd-maluku", name="BKD Maluku", region="Maluku", zone=TimeZone.WIT))
        await engine.dispose()

    with ThreadPoolExecutor(1) as elsewhere:
        elsewhere.submit(lambda: asyncio.run(work())).result()


def forget_reminders_of_the_week(bot: Bot) -> None:
    """Each width sends its own: the weekly limit is not what is looked at here."""

    async def work() -> None:
        engine = make_engine(bot.environment["SINETRAL_DATABASE_URL"])
        async with engine.begin() as connection:
            await connection.exec_driver_sql("UPDATE opt_in SET week_count = 0")
        await engine.dispose()

    with ThreadPoolExecutor(1) as elsewhere:
        elsewhere.submit(lambda: asyncio.run(work())).result()


def confirm(page: Page, label: str, yes: str) -> None:
    page.locator("summary", has_text=re.compile(f"^{label}$")).click()
    page.get_by_role("button", name=yes).click()


def arrived(page: Page) -> int:
    shown = page.locator("#jalan .tile", has_text="terkirim").locator(".number").inner_text()
    return int(shown.replace(".", ""))


def until_arrived(page: Page, least: int) -> None:
    until = time.monotonic() + 40
    while page.locator("#jalan .tile").count() == 0 or arrived(page) < least:
        assert time.monotonic() < until, page.locator("#isi").inner_text()
        page.wait_for_timeout(250)


def write(ani: Person, name: str, width: int) -> None:
    """Write a reminder for everybody and see how many that are."""
    page = ani.page
    ani.go("/pengingat")
    page.get_by_role("link", name="Tulis pengingat").first.click()
    page.get_by_label("Nama").fill(name)
    page.get_by_label("Isi pengingat").select_option(label="Foto bersama calon")
    page.get_by_label("Begitu dijadwalkan").check()
    expect(page.locator("#hitungan")).to_contain_text(f"{SUBSCRIBERS} orang")
    expect(page.locator("#hitungan .telegram").first).to_contain_text("Foto bersama")
    shoot(page, "reminder-form", width)
    assert serious(page) == []
    assert not overflows(page)
    page.get_by_role("button", name="Simpan draf").click()
    expect(page.get_by_text("Draf disimpan.")).to_be_visible()
    shoot(page, "reminder-draft", width)


def send_oneself_a_test(page: Page, fake: FakeBotApi) -> None:
    link = page.get_by_role("link", name="https://t.me/").get_attribute("href") or ""
    chat = FIRST_CHAT + 7
    before = len(fake.sent(chat))
    fake.press_start(chat, link.rsplit("=", 1)[1])
    tested = fake.wait_for_sent(chat, before + 1)[before]
    assert ("Kirim uji" in tested.text, "Foto bersama" in tested.text) == (True, True)


def approve(budi: Person, name: str, width: int) -> None:
    budi.go("/pengingat")
    expect(budi.page.get_by_text("menunggu Anda")).to_be_visible()
    shoot(budi.page, "reminder-list", width)
    budi.page.get_by_role("link", name=name).click()
    shoot(budi.page, "reminder-review", width)
    assert serious(budi.page) == []
    confirm(budi.page, "Setujui", "Ya, setujui")
    expect(budi.page.get_by_text("Pengingat disetujui")).to_be_visible()


def test_a_reminder_is_written_approved_watched_paused_and_stopped(
    people: People, width: int, fake: FakeBotApi
) -> None:
    forget_reminders_of_the_week(people.bot)
    ani, budi = people.inside(Role.BROADCASTER), people.inside(Role.APPROVER)
    name, page = f"Masa tenang {width}", ani.page
    write(ani, name, width)
    send_oneself_a_test(page, fake)
    confirm(page, "Ajukan", "Ya, ajukan")
    expect(page.get_by_text("harus oleh orang lain")).to_be_visible()
    approve(budi, name, width)
    page.reload()
    confirm(page, "Jadwalkan", "Ya, jadwalkan")
    until_arrived(page, 20)
    shoot(page, "reminder-running", width)
    assert serious(page) == []
    assert not overflows(page)
    # The page of the second person, which nobody reloads, is told by its own watch.
    expect(budi.page.locator("#jalan .tile").first).to_be_visible(timeout=40_000)
    confirm(page, "Jeda", "Ya, jeda")
    expect(page.get_by_text("Pengiriman dijeda.")).to_be_visible()
    page.wait_for_timeout(2_000)
    paused = len(fake.sent())
    page.wait_for_timeout(1_500)
    assert len(fake.sent()) == paused
    confirm(page, "Lanjutkan", "Ya, lanjutkan")
    fake.wait_until(lambda: len(fake.sent()) > paused + 5, timeout=20)
    confirm(page, "Hentikan", "Ya, hentikan")
    expect(page.locator(".tag", has_text="dihentikan")).to_be_visible()
    expect(budi.page.locator(".tag", has_text="dihentikan")).to_be_visible(timeout=20_000)
    expect(budi.page.locator("#jalan[hx-trigger]")).to_have_count(0, timeout=20_000)
    shoot(page, "reminder-stopped", width)
    page.wait_for_timeout(2_000)
    stopped = len(fake.sent())
    page.wait_for_timeout(1_500)
    assert len(fake.sent()) == stopped


def test_a_template_is_written_and_approved(people: People, width: int) -> None:
    ani, budi = people.inside(Role.BROADCASTER), people.inside(Role.APPROVER)
    page = ani.page
    ani.go("/templat/baru")
    page.get_by_label("Judul").fill(f"Mulai besok {width}")
    page.get_by_label("Teks").fill("Mulai besok masa tenang.\nJangan bagikan unggahan calon.")
    page.get_by_label("Peraturan 1").select_option(label="UU 20/2023")
    page.get_by_label("Pasal 1").fill("Pasal 9 ayat (2)")
    page.get_by_role("button", name="Simpan").click()
    expect(page.get_by_text("Templat disimpan.")).to_be_visible()
    shoot(page, "template-form", width)
    page.get_by_role("button", name="Simpan dan ajukan").click()
    expect(page.get_by_text("Templat diajukan.")).to_be_visible()
    budi.go("/templat")
    budi.page.get_by_role("link", name=f"Mulai besok {width}").click()
    confirm(budi.page, "Setujui", "Ya, setujui")
    expect(budi.page.get_by_text("Templat disetujui")).to_be_visible()
    shoot(budi.page, "template", width)
    assert serious(budi.page) == []


PAGES = ["/pengingat", "/pengingat/baru", "/templat", "/templat/baru", "/pelanggan", "/instansi"]


def test_no_page_has_a_serious_barrier_or_overflows(people: People, width: int) -> None:
    person = people.inside(Role.BROADCASTER)
    found = {}
    for path in PAGES:
        person.go(path)
        shoot(person.page, f"page{path.replace('/', '-')}", width)
        found[path] = [*serious(person.page), *(["overflows"] if overflows(person.page) else [])]
    assert {path: barriers for path, barriers in found.items() if barriers} == {}
