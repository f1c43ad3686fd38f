"""Take the pictures of README and docs from the running product: `python -m tools.pictures`.

A bot with a database of its own is started, months of made-up counts are written beside it, and headless Chromium opens
the pages. Nothing in the pictures is of a person. Signs are missing where no font of emoji is
installed (Debian: fonts-noto-color-emoji).
"""

import asyncio
import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from bot.application.accounts.manage_users import Wanted
from bot.bootstrap.services import open_services
from bot.bootstrap.web import admin_site
from bot.core.accounts.users import Role
from bot.core.legal_day import legal_day
from bot.settings import Settings
from tests.browser.test_admin import Person
from tests.browser.test_web_chat import FLAGS
from tests.support.admin_browser import PASSWORD
from tests.support.bot_process import ROOT, Bot
from tests.support.questions import day_rows, fill

FOLDER = ROOT / "docs" / "pictures"
MAX_BYTES = 120_000
"""Of one picture, so that the README opens at once."""
CHAT_SIZE = (680, 780)
ADMIN_WIDTH, ADMIN_HEIGHT = 1000, 760
QUESTION = "boleh ga sih aku dateng ke acara partai?"
CURATOR = "kurator"
DAYS = 180
QUESTIONS_A_DAY = 60.0
RISING = "hak_pilih"
"""A topic that is asked more often of late, so that the overview has something to say."""


def main() -> int:
    """Take every picture; returns 1 when one came out too large."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        print("pictures: no Chromium (Debian: apt-get install chromium)", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="sinetral-pictures-") as folder:
        bot = Bot(Path(folder))
        bot.start()
        try:
            asyncio.run(_prepare(bot))
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
                taken = [_chat(browser, bot), _overview(browser, bot)]
                browser.close()
        finally:
            bot.stop()
    for picture in taken:
        print(f"{picture.relative_to(ROOT)}: {picture.stat().st_size:,} bytes")
    return int(any(picture.stat().st_size > MAX_BYTES for picture in taken))


def _chat(browser: Browser, bot: Bot) -> Path:
    width, height = CHAT_SIZE
    page = browser.new_page(viewport={"width": width, "height": height})
    page.goto(bot.url)
    page.get_by_label("Pertanyaan Anda").fill(QUESTION)
    page.get_by_role("button", name="Kirim").click()
    page.get_by_role("heading", name="Tidak boleh").wait_for()
    return _shoot(page, "web-chat")


def _overview(browser: Browser, bot: Bot) -> Path:
    page = browser.new_page(viewport={"width": ADMIN_WIDTH, "height": ADMIN_HEIGHT})
    person = Person(bot=bot, page=page, name=CURATOR)
    person.first_login()
    page.get_by_role("link", name="90 hari").click()
    page.get_by_role("img", name="Pertanyaan dari waktu ke waktu").wait_for()
    return _shoot(page, "admin-overview")


def _shoot(page: Page, name: str) -> Path:
    path = FOLDER / f"{name}.png"
    page.screenshot(path=path)
    return path


async def _prepare(bot: Bot) -> None:
    """Add a curator and months of counts beside the running process."""
    async with open_services(Settings.from_env(bot.environment)) as parts:
        wanted = Wanted(full_name="Kurator", roles=frozenset({Role.CURATOR}), agency=None, is_national=True)
        await admin_site(parts).manage_users().add(None, CURATOR, wanted, PASSWORD)
        async with parts.store.unit() as unit:
            topics = list((await unit.guidance()).topics)
        today = legal_day(parts.clock.now())
        await fill(parts.engine, day_rows(topics, today, DAYS, QUESTIONS_A_DAY, rising=RISING))


if __name__ == "__main__":
    sys.exit(main())
