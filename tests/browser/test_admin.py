"""The administrators' web in a real browser, on the real process, by the roles that use it."""

import asyncio
import os
import re
import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pyotp
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

from bot.application.accounts.manage_users import Wanted
from bot.bootstrap.services import open_services
from bot.bootstrap.web import admin_site
from bot.core.accounts.users import Role
from bot.settings import Settings
from tests.browser.test_web_chat import FLAGS
from tests.support.admin_browser import NEW_PASSWORD, PASSWORD
from tests.support.bot_process import Bot

pytestmark = [pytest.mark.full, pytest.mark.admin]

ASK = "bolehkah PNS menjadi tim sukses calon?"
TITLE = "Menjadi tim sukses, relawan, atau juru kampanye"
NEW_WORDS = "Tidak boleh, menurut kalimat baru yang disetujui dua orang."
WIDTHS = [390, 1280]
SERIOUS = {"serious", "critical"}


@dataclass
class Person:
    """One user in a browser of their own."""

    bot: Bot
    page: Page
    name: str
    secret: str = ""
    last_code: str = ""
    foreign: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    def go(self, path: str = "") -> None:
        """Open a page of the administrators' web."""
        self.page.goto(f"{self.bot.url}/admin{path}")

    def code(self) -> str:
        """Return the present code."""
        shift = float(self.bot.extra.get("CLOCK_SHIFT", "0"))
        return pyotp.TOTP(self.secret).at(int(time.time() + shift))

    def log_in(self, password: str = NEW_PASSWORD) -> None:
        """Type name and password, and the code where one is asked for."""
        self.go("/masuk")
        self.page.get_by_label("Nama pengguna").fill(self.name)
        self.page.get_by_label("Kata sandi").fill(password)
        self.page.get_by_role("button", name="Masuk").click()

    def give_code(self) -> None:
        """Type the code; waits for the next one, since none works twice."""
        while self.code() == self.last_code:
            time.sleep(0.5)
        self.last_code = self.code()
        self.page.get_by_label("Kode enam angka").fill(self.last_code)
        self.page.get_by_role("button", name=re.compile("Lanjut|Pasang")).click()

    def first_login(self, password: str = PASSWORD) -> None:
        """Log in with a password that somebody else knows: set up a second factor where asked, change the password."""
        self.log_in(password)
        # Which page comes is known only when it is there.
        either = self.page.get_by_role("heading", name=re.compile("Pasang faktor kedua|Ganti kata sandi"))
        expect(either).to_be_visible()
        if "Pasang" in either.inner_text():
            self.secret = self.page.locator(".secret").inner_text().replace(" ", "")
            self.give_code()
        self.page.get_by_label("Kata sandi sekarang").fill(password)
        self.page.get_by_label("Kata sandi baru", exact=True).fill(NEW_PASSWORD)
        self.page.get_by_label("Kata sandi baru, sekali lagi").fill(NEW_PASSWORD)
        self.page.get_by_role("button", name="Ganti kata sandi").click()
        expect(self.page.get_by_role("heading", name="Selamat datang")).to_be_visible()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return headless Chromium; `make test` installs it where it may."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert path, "no Chromium: install it (Debian: apt-get install chromium), then run the tests again"
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield running
        running.close()


@pytest.fixture(scope="module")
def own_bot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bot]:
    """Return a bot of this module alone: its answers are changed."""
    running = Bot(tmp_path_factory.mktemp("admin"))
    running.start()
    yield running
    running.stop()


@pytest.fixture(params=WIDTHS)
def width(request: pytest.FixtureRequest) -> int:
    """Return the width of a phone and of a desk."""
    return int(request.param)


@pytest.fixture
def people(browser: Browser, own_bot: Bot, width: int) -> Iterator["People"]:
    """Return whoever is asked for; no request may leave for another host, no script may fail."""
    made = People(browser=browser, bot=own_bot, width=width)
    yield made
    for person in made.known:
        person.page.context.close()
        assert person.foreign == []
        assert person.broken == []


@dataclass
class People:
    """Makes users with browsers of their own."""

    browser: Browser
    bot: Bot
    width: int
    known: list[Person] = field(default_factory=list)

    def new(self, *roles: Role) -> Person:
        """Add a user, whose password is `PASSWORD` until the first login."""
        name = f"{roles[0].value}-{self.width}-{time.monotonic_ns() % 100_000}"
        with ThreadPoolExecutor(1) as elsewhere:
            # Playwright's own loop runs in this thread.
            elsewhere.submit(lambda: asyncio.run(_add(self.bot, name, frozenset(roles)))).result()
        context = self.browser.new_context(viewport={"width": self.width, "height": 900})
        person = Person(bot=self.bot, page=context.new_page(), name=name)
        person.page.on("request", lambda r: None if r.url.startswith(self.bot.url) else person.foreign.append(r.url))
        person.page.on("pageerror", lambda error: person.broken.append(str(error)))
        person.page.on(
            "console", lambda said: person.broken.append(said.text) if "Content Security Policy" in said.text else None
        )
        self.known.append(person)
        return person

    def inside(self, *roles: Role) -> Person:
        """Add a user who is logged in and has changed the password."""
        person = self.new(*roles)
        person.first_login()
        return person


async def _add(bot: Bot, name: str, roles: frozenset[Role]) -> None:
    """Add a user beside the running process, as `sinetral user add` does."""
    async with open_services(Settings.from_env(bot.environment)) as parts:
        wanted = Wanted(full_name=f"Orang {name}", roles=roles, agency=None, is_national=True)
        await admin_site(parts).manage_users().add(None, name, wanted, PASSWORD)


def shoot(page: Page, name: str, width: int) -> None:
    """Keep a picture where SINETRAL_SHOTS says, for people to look at."""
    folder = os.environ.get("SINETRAL_SHOTS")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}-{width}.png", full_page=True)


def overflows(page: Page) -> bool:
    return bool(page.locator("html").evaluate("e => e.scrollWidth > e.clientWidth"))


def serious(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [
        f"{each['id']}: {node['html'][:120]}" for each in found if each["impact"] in SERIOUS for node in each["nodes"]
    ]


def test_a_login_needs_the_code_of_the_phone(people: People, width: int) -> None:
    person = people.new(Role.APPROVER)
    person.log_in(PASSWORD)
    expect(person.page.get_by_role("heading", name="Pasang faktor kedua")).to_be_visible()
    shoot(person.page, "enrol", width)
    assert serious(person.page) == []
    person.first_login()
    person.page.get_by_role("button", name="Keluar").click()
    expect(person.page.get_by_text("Anda sudah keluar.")).to_be_visible()
    shoot(person.page, "login", width)
    person.log_in()
    person.give_code()
    expect(person.page.get_by_role("heading", name="Selamat datang")).to_be_visible()
    shoot(person.page, "home", width)


def test_two_persons_publish_an_answer_and_the_bot_gives_it(people: People, width: int) -> None:
    words = f"{NEW_WORDS} Lebar {width}."
    curator, approver = people.inside(Role.CURATOR), people.inside(Role.APPROVER)
    curator.go("/jawaban?cari=tim+sukses")
    curator.page.get_by_role("link", name=TITLE).click()
    curator.page.get_by_role("button", name="Sunting jawaban").click()
    curator.page.get_by_label("Jawaban singkat").fill(words)
    expect(curator.page.locator("#pratinjau .telegram").first).to_contain_text(words)
    expect(curator.page.locator("#pratinjau .whatsapp").first).to_contain_text(words)
    curator.page.get_by_label("Apa yang diubah, dan mengapa").fill("Diperjelas.")
    shoot(curator.page, "draft-form", width)
    assert not overflows(curator.page)
    curator.page.get_by_role("button", name="Simpan dan ajukan").click()
    expect(curator.page.get_by_text("Draf diajukan.")).to_be_visible()
    assert words not in curator.bot.say(ASK)[0]
    approver.go("/draf")
    approver.page.get_by_role("link", name=TITLE).click()
    shoot(approver.page, "draft-review", width)
    approver.page.get_by_text("Terbitkan", exact=True).click()
    approver.page.get_by_role("button", name="Ya, terbitkan").click()
    expect(approver.page.get_by_text("Jawaban terbit.")).to_be_visible()
    approver.page.goto(approver.bot.url)
    approver.page.get_by_label("Pertanyaan Anda").fill(ASK)
    approver.page.get_by_role("button", name="Kirim").click()
    expect(approver.page.get_by_text(words)).to_be_visible()


def test_revoking_an_instrument_withholds_the_answers_on_it(people: People, width: int) -> None:
    person = people.inside(Role.CURATOR, Role.APPROVER)
    person.go("/peraturan?cari=skb+netralitas")
    person.page.get_by_role("link", name="SKB Netralitas 2022").click()
    shoot(person.page, "instrument", width)
    person.page.get_by_label("Status").select_option(label="dicabut")
    person.page.get_by_role("button", name="Lihat akibatnya dulu").click()
    expect(person.page.get_by_text("akan ditahan").first).to_be_visible()
    shoot(person.page, "effects", width)
    person.page.get_by_role("button", name="Ya, ubah statusnya").click()
    expect(person.page.get_by_role("heading", name="Sedang ditahan")).to_be_visible()
    shoot(person.page, "reviews", width)
    assert "sedang kami tahan" in person.bot.say(ASK)[0]
    person.go("/peraturan/satu?kode=SKB+Netralitas+2022&status=berlaku")
    person.page.get_by_role("button", name="Ya, ubah statusnya").click()
    expect(person.page.get_by_text("Semua jawaban boleh dikirim")).to_be_visible()
    assert "sedang kami tahan" not in person.bot.say(ASK)[0]


PAGES = [
    "",
    "/belum-terjawab",
    "/belum-terjawab/usulan",
    "/belum-terjawab/contoh",
    "/coba",
    "/bantuan",
    "/bantuan?cari=xyzzy",
    "/bantuan/pertanyaan",
    "/bantuan/dokumen/dampak",
    "/pertanyaan",
    "/pertanyaan/topik/hak_pilih",
    "/jawaban",
    "/jawaban/hak_pilih",
    "/jawaban/hak_pilih/versi/1",
    "/draf",
    "/peraturan",
    "/peraturan/satu?kode=PP+94/2021",
    "/tinjau",
    "/kalender",
    "/kalender/satu",
    "/pengguna",
    "/pengguna/baru",
    "/jejak?periksa=1",
    "/kata-sandi",
    "/tidak-ada",
]


def test_no_page_has_a_serious_barrier_or_overflows(people: People, width: int) -> None:
    person = people.inside(Role.CURATOR, Role.ADMIN)
    found = {}
    for path in PAGES:
        person.go(path)
        shoot(person.page, f"page{path.split('?')[0].replace('/', '-')}", width)
        found[path] = [*serious(person.page), *(["overflows"] if overflows(person.page) else [])]
    assert {path: barriers for path, barriers in found.items() if barriers} == {}


def test_the_menu_opens_by_keyboard_alone(people: People, width: int) -> None:
    person = people.inside(Role.VIEWER)
    person.go()
    person.page.keyboard.press("Tab")
    expect(person.page.get_by_text("Langsung ke isi")).to_be_focused()
    person.page.keyboard.press("Enter")
    expect(person.page.locator("#isi")).to_be_focused()
    if width < 600:
        person.page.get_by_label("Buka menu").press("Space")
    person.page.get_by_role("link", name="Semua jawaban").first.press("Enter")
    expect(person.page.get_by_role("heading", name="Semua jawaban")).to_be_visible()
