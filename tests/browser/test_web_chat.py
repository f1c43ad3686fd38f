"""The web chat in a real browser, on the real process."""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.support.bot_process import Bot

pytestmark = [pytest.mark.full]

FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return headless Chromium; `make test` installs it where it may."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert path, "no Chromium: install it (Debian: apt-get install chromium), then run the tests again"
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield running
        running.close()


@pytest.fixture(params=[390, 1280])
def page(browser: Browser, bot: Bot, request: pytest.FixtureRequest) -> Iterator[Page]:
    """Return the opened page, on a phone and on a desk; no request may leave for another host, no script may fail."""
    context = browser.new_context(viewport={"width": request.param, "height": 800})
    opened = context.new_page()
    foreign: list[str] = []
    broken: list[str] = []
    opened.on("request", lambda r: None if r.url.startswith(bot.url) else foreign.append(r.url))
    opened.on("pageerror", lambda error: broken.append(str(error)))
    opened.goto(bot.url)
    yield opened
    context.close()
    assert foreign == []
    assert broken == []


def ask(page: Page, text: str) -> None:
    page.get_by_label("Pertanyaan Anda").fill(text)
    page.get_by_role("button", name="Kirim").click()


def test_a_slang_question_gets_its_article_and_buttons_go_on(page: Page) -> None:
    ask(page, "boleh ga sih aku dateng ke acara partai?")
    expect(page.get_by_role("heading", name="Tidak boleh · Menghadiri acara partai politik")).to_be_visible()
    expect(page.get_by_text("UU 20/2023 Pasal 9 ayat (2)", exact=True)).to_have_count(1)
    page.get_by_role("button", name="Sanksinya?").click()
    expect(page.get_by_role("heading", name="Sanksi · Menghadiri acara partai politik")).to_be_visible()
    ask(page, "dasar hukumnya?")
    expect(page.get_by_role("heading", name="Dasar hukum · Menghadiri acara partai politik")).to_be_visible()


def test_the_menu_leads_to_an_answer(page: Page) -> None:
    page.get_by_role("button", name="Daftar topik").click()
    page.get_by_role("button", name="Media sosial").click()
    page.get_by_role("button", name="Foto bersama calon").first.click()
    expect(page.get_by_role("heading", name="Foto bersama calon", exact=False).last).to_be_visible()


def test_an_example_asks_itself(page: Page) -> None:
    page.get_by_role("button", name="Mobil dinas dipakai ke kampanye").click()
    expect(page.get_by_text("PP 94/2021 Pasal 5 huruf n angka 4", exact=True)).to_have_count(1)


def test_the_page_itself_never_scrolls_or_overflows(page: Page) -> None:
    ask(page, "boleh ga sih aku dateng ke acara partai?")
    expect(page.get_by_role("button", name="Sanksinya?")).to_be_visible()
    root = page.locator("html")
    assert root.evaluate("e => [e.scrollTop, e.scrollWidth > e.clientWidth]") == [0, False]


def test_markup_in_a_question_stays_text(page: Page) -> None:
    ask(page, "<img src=x onerror=alert(1)> boleh?")
    expect(page.get_by_text("<img src=x onerror=alert(1)> boleh?")).to_be_visible()


def test_without_a_network_the_text_is_kept(page: Page) -> None:
    page.context.set_offline(True)
    ask(page, "boleh foto sama calon?")
    expect(page.get_by_text("Tidak tersambung")).to_be_visible()
    expect(page.get_by_label("Pertanyaan Anda")).to_have_value("boleh foto sama calon?")


def test_the_page_works_without_script(browser: Browser, bot: Bot) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(bot.url)
    ask(page, "boleh ga sih aku dateng ke acara partai?")
    expect(page.get_by_role("heading", name="Menghadiri acara partai politik", exact=False)).to_be_visible()
    page.get_by_role("button", name="Sanksinya?").click()
    expect(page.get_by_role("heading", name="Sanksi · Menghadiri acara partai politik")).to_be_visible()
    context.close()
